"""Readers: one function per family of tokenizers, each from the tokenizer to a `TokenTable`.

A family is recognised by a method that only its tokenizers have, so none of their packages is imported here. A reader says which bytes
each token stands for only where it understands every component that has a part in it; anything else is refused by name.
"""

from __future__ import annotations

from typing import Any

from fsmgen.errors import UnsupportedTokenizer
from fsmgen.tokens.readers.byte_pairs import read_tekken, read_tiktoken
from fsmgen.tokens.readers.hugging_face import read_hugging_face
from fsmgen.tokens.readers.sentence_piece import read_sentence_piece
from fsmgen.tokens.table import TokenTable

__all__ = ["read"]


def read(tokenizer: Any) -> TokenTable:
    """The tokens of any tokenizer that a reader knows.

    Raises:
        UnsupportedTokenizer: no reader knows it, or its tokens cannot be written as exact bytes.
    """
    if hasattr(tokenizer, "instruct_tokenizer"):  # mistral-common's MistralTokenizer, around one of its own tokenizers
        return read(tokenizer.instruct_tokenizer.tokenizer)
    if hasattr(tokenizer, "backend_tokenizer") or hasattr(tokenizer, "get_added_tokens_decoder"):
        return read_hugging_face(tokenizer)
    if hasattr(tokenizer, "id_to_byte_piece"):
        return read_tekken(tokenizer)
    if hasattr(tokenizer, "decode_single_token_bytes"):
        return read_tiktoken(tokenizer)
    processor = getattr(tokenizer, "_model", tokenizer)  # mistral-common keeps the processor there
    if hasattr(processor, "serialized_model_proto"):
        return read_sentence_piece(processor)
    raise UnsupportedTokenizer(
        type(tokenizer).__name__,
        reason="known are fast tokenizers of transformers, tokenizers, tiktoken, mistral-common and sentencepiece",
    )
