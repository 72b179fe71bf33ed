"""Hugging Face: fast tokenizers of transformers, and `tokenizers.Tokenizer` itself.

Such a tokenizer is a pipeline: normalizer, pre-tokenizer, model, decoder. The decoder says what a token's bytes are, and the encoder's side
must agree with it. Two kinds are exact: byte-level, in which each letter of a token stands for a byte, and pieces of text with a
word boundary mark and byte tokens such as `<0x0A>`. All others (WordPiece, suffixes, CTC, no decoder, components of the caller's own)
do not give back what was encoded, and are refused.

A decoder's `Strip` of one leading space is the counterpart of the dummy prefix: tokens keep the space.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fsmgen.errors import UnsupportedTokenizer
from fsmgen.tokens.table import TokenTable

Part = dict[str, Any]
"""A component of the pipeline, as in tokenizer.json: its "type" and its parameters."""

# The jobs of a decoder, in the order in which they must be done: 0 mark to space, 1 bytes, 2 join, 3 strip. Each part does the jobs
# from its first to its last.
_JOBS = {"Replace": (0, 0), "Metaspace": (0, 0), "ByteLevel": (0, 1), "ByteFallback": (1, 1), "Fuse": (2, 2), "Strip": (3, 3)}
_KEEPS_TEXT = {"ByteLevel", "Metaspace", "Digits", "UnicodeScripts", "FixedLength"}
_BYTE_PIECE = re.compile("<0x([+0-9A-Fa-f][0-9A-Fa-f])>")  # the plus sign is what Rust's number parser takes too


def _byte_letters() -> dict[int, str]:
    """For `str.translate`: byte-level letter to the character of its byte; U+FFFF for the Latin-1 characters that are no letter.

    Bytes that print stand for themselves, the others for U+0100 and up, in order (GPT-2's `bytes_to_unicode`).
    """
    printing = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    others = [byte for byte in range(256) if byte not in printing]
    return dict.fromkeys(others, "\uffff") | {0x100 + i: chr(byte) for i, byte in enumerate(others)}


_BYTE_LETTERS = _byte_letters()


@dataclass(frozen=True, slots=True)
class _Spelling:
    """How a token's text becomes bytes: either byte-level, or with a mark for a space and perhaps byte tokens."""

    byte_level: bool
    mark: str | None
    byte_fallback: bool

    def __call__(self, piece: str) -> bytes:
        if self.byte_level:
            return _byte_level(piece)
        if self.byte_fallback and (byte := _BYTE_PIECE.fullmatch(piece)):
            return bytes([int(byte[1], 16)])
        return (piece.replace(self.mark, " ") if self.mark else piece).encode()


def _byte_level(piece: str) -> bytes:
    try:
        return piece.translate(_BYTE_LETTERS).encode("latin-1")
    except UnicodeEncodeError:  # a piece with a character that is no letter is taken literally, as a whole
        return piece.encode()


def read_hugging_face(tokenizer: Any) -> TokenTable:
    """The tokens of a fast tokenizer.

    Raises:
        UnsupportedTokenizer: it has a component under which tokens are not exact bytes.
    """
    backend = getattr(tokenizer, "backend_tokenizer", tokenizer)
    unknown, byte_fallback = _model_facts(backend.model)
    normalizers, splits = _parts(backend.normalizer, "normalizer"), _parts(backend.pre_tokenizer, "pre_tokenizer")
    spelling = _spelling(_parts(backend.decoder, "decoder"))
    _check_agreement(spelling, normalizers + splits, byte_fallback)
    added = backend.get_added_tokens_decoder()
    special = {token for token, entry in added.items() if entry.special} | set(getattr(tokenizer, "all_special_ids", ()))
    if unknown is not None and (token := backend.token_to_id(unknown)) is not None:
        special.add(token)
    changes = [part["type"] for part in normalizers if not _is_boundary(part, spelling.mark)]
    changes += [part["type"] for part in splits if not _keeps_text(part)]
    changes += ["AddedToken" for entry in added.values() if not entry.special and (entry.lstrip or entry.rstrip)]
    return TokenTable(
        tokens=_tokens(backend, spelling),
        special_ids={backend.id_to_token(token): token for token in sorted(special)},
        eos_ids=_as_tuple(getattr(tokenizer, "eos_token_id", None)),
        dummy_prefix=any(_adds_prefix(part, spelling.mark) for part in normalizers + splits),
        normalizer=", ".join(dict.fromkeys(changes)) or None,
        added_ids={entry.content: token for token, entry in sorted(added.items()) if token not in special},
    )


def _as_tuple(ids: int | list[int] | None) -> tuple[int, ...]:
    if ids is None:
        return ()
    return (ids,) if isinstance(ids, int) else tuple(ids)


def _parts(component: Any, role: str) -> list[Part]:
    """The component's parts in order, without their `Sequence`s. Its pickled state is its part of tokenizer.json."""
    if component is None:
        return []
    try:
        return list(_flattened(json.loads(component.__getstate__())))
    except Exception as error:  # the class that tokenizers raises for a component written in Python
        raise UnsupportedTokenizer(f"{role} {type(component).__name__}", reason=str(error)) from error


def _flattened(part: Part) -> Iterator[Part]:
    if part["type"] != "Sequence":
        yield part
        return
    for members in (value for key, value in part.items() if key != "type"):
        for member in members:
            yield from _flattened(member)


def _model_facts(model: Any) -> tuple[str | None, bool]:
    """The token for what cannot be spelled, if any, and whether bytes that are no token become byte tokens."""
    kind = type(model).__name__
    if kind == "BPE":
        for affix in ("continuing_subword_prefix", "end_of_word_suffix"):
            if getattr(model, affix):
                raise UnsupportedTokenizer(f"BPE.{affix}", reason="tokens carry a mark that is not text")
        return model.unk_token, model.byte_fallback
    if kind == "Unigram":
        state = json.loads(model.__getstate__())
        return None if state["unk_id"] is None else state["vocab"][state["unk_id"]][0], state["byte_fallback"]
    if kind == "WordLevel":
        return model.unk_token, False
    raise UnsupportedTokenizer(f"model {kind}", reason="known are BPE, Unigram and WordLevel")


def _spelling(decoder: list[Part]) -> _Spelling:
    """What the decoder's parts do to a token, if each of them does it to every token by itself."""
    if not decoder:
        raise UnsupportedTokenizer("decoder None", reason="decoding puts blanks between tokens")
    done = -1
    for part in decoder:
        _check_decoder_part(part)
        first, last = _JOBS[part["type"]]
        if first <= done:
            raise UnsupportedTokenizer(f"decoder {part['type']}", reason="at this place it acts on more than one token")
        done = last
    types = {part["type"] for part in decoder}
    if "Strip" in types and "Fuse" not in types and "ByteLevel" not in types:
        raise UnsupportedTokenizer("decoder Strip", reason="without Fuse it acts on every token")
    return _Spelling("ByteLevel" in types, _decoded_mark(decoder[0]), "ByteFallback" in types)


def _check_decoder_part(part: Part) -> None:
    match part:
        case {"type": "ByteLevel" | "Metaspace" | "ByteFallback" | "Fuse"}:
            return
        case {"type": "Replace", "pattern": {"String": mark}, "content": " "} if len(mark) == 1:
            return
        case {"type": "Strip", "content": " ", "start": 0 | 1, "stop": 0}:
            return
        case {"type": "Replace" | "Strip" as kind}:
            raise UnsupportedTokenizer(f"decoder {kind}", reason=f"its parameters {_shown(part)} change the text")
    raise UnsupportedTokenizer(f"decoder {part['type']}", reason="what it decodes is not what was encoded")


def _shown(part: Part) -> str:
    return json.dumps({key: value for key, value in part.items() if key != "type"}, ensure_ascii=False)


def _decoded_mark(part: Part) -> str | None:
    mark: str | None = part["pattern"]["String"] if part["type"] == "Replace" else part.get("replacement")
    return mark


def _check_agreement(spelling: _Spelling, encoder: list[Part], byte_fallback: bool) -> None:
    """The decoder must undo what the encoder does to spaces and bytes, and nothing else."""
    marks = {mark for part in encoder if (mark := _encoded_mark(part)) is not None}
    if marks != ({spelling.mark} if spelling.mark else set()):
        raise UnsupportedTokenizer("decoder", reason=f"the encoder writes a space as {sorted(marks)}, the decoder reads {spelling.mark!r}")
    if spelling.byte_level != any(part["type"] == "ByteLevel" for part in encoder):
        raise UnsupportedTokenizer("ByteLevel", reason="either only the encoder or only the decoder has it")
    if byte_fallback and not spelling.byte_fallback:
        raise UnsupportedTokenizer("byte_fallback", reason="the decoder takes byte tokens for text")


def _encoded_mark(part: Part) -> str | None:
    """What this part of the encoder writes instead of a space, None if it does no such thing."""
    match part:
        case {"type": "Replace", "pattern": {"String": " "}, "content": str(mark)} | {"type": "Metaspace", "replacement": str(mark)}:
            return mark
    return None


def _is_boundary(part: Part, mark: str | None) -> bool:
    """Whether this part of the normalizer only writes the word boundary mark or bytes as letters."""
    return part["type"] == "ByteLevel" or _encoded_mark(part) is not None or _adds_prefix(part, mark)


def _adds_prefix(part: Part, mark: str | None) -> bool:
    match part:
        case {"type": "Prepend", "prepend": str(prefix)}:
            return prefix in (" ", mark)
        case {"type": "Metaspace", "prepend_scheme": str(scheme)}:
            return scheme != "never"
    return part["type"] == "ByteLevel" and bool(part.get("add_prefix_space"))


def _keeps_text(part: Part) -> bool:
    """Whether the pre-tokenizer only cuts the text, without dropping any of it."""
    if part["type"] in ("Split", "Punctuation"):
        return bool(part["behavior"] != "Removed")
    return part["type"] in _KEEPS_TEXT


def _tokens(backend: Any, spelling: _Spelling) -> list[bytes | None]:
    """Bytes by id of the model's tokens and the added ones; None where the tokenizer has no token.

    An added token is matched in the text before the byte-level letters are written, so it means its literal text. (Decoding reads
    letters there too: an added "caf\u00e9" comes back as `b"caf\\xe9"`. What the model has seen is what counts.)
    """
    vocabulary = backend.get_vocab(with_added_tokens=False)
    added = backend.get_added_tokens_decoder()
    tokens: list[bytes | None] = [None] * (1 + max([*vocabulary.values(), *added], default=-1))
    for piece, token in vocabulary.items():
        spelled = spelling(piece)
        if tokens[token] is not None and tokens[token] != spelled:
            raise UnsupportedTokenizer("vocabulary", reason=f"id {token} has two spellings, {tokens[token]!r} and {spelled!r}")
        tokens[token] = spelled
    for token, entry in added.items():
        literal = spelling.byte_level and entry.content not in vocabulary
        tokens[token] = entry.content.encode() if literal else spelling(entry.content)
    for token in [t for t, spelled in enumerate(tokens) if spelled is None]:
        piece = backend.id_to_token(token)  # a Unigram model may list a piece twice; `get_vocab` has its last id only
        tokens[token] = None if piece is None else spelling(piece)
    return tokens
