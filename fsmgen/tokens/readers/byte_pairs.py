"""tiktoken and tekken: byte pair encodings that hold their tokens as bytes and take the text as it is."""

from __future__ import annotations

from typing import Any

from fsmgen.tokens.table import TokenTable

_END_OF_TEXT = "<|endoftext|>"


def read_tiktoken(encoding: Any) -> TokenTable:
    """The tokens of a `tiktoken.Encoding`; its end of sequence is `<|endoftext|>` where it has one."""
    tokens = [_tiktoken_bytes(encoding, token) for token in range(encoding.n_vocab)]
    special_ids = {spelled.decode(): t for t, spelled in enumerate(tokens) if spelled is not None and encoding.is_special_token(t)}
    eos_ids = (special_ids[_END_OF_TEXT],) if _END_OF_TEXT in special_ids else ()
    return TokenTable(tokens, special_ids, eos_ids)


def _tiktoken_bytes(encoding: Any, token: int) -> bytes | None:
    try:
        return bytes(encoding.decode_single_token_bytes(token))
    except KeyError:
        return None


def read_tekken(tokenizer: Any) -> TokenTable:
    """The tokens of mistral-common's `Tekkenizer`."""
    tokens = [tokenizer.id_to_byte_piece(token) for token in range(tokenizer.n_words)]
    special_ids = {tokenizer.id_to_piece(token): token for token in sorted(tokenizer.special_ids)}
    return TokenTable(tokens, special_ids, (tokenizer.eos_id,))
