"""SentencePiece: `sentencepiece.SentencePieceProcessor`, on its own or inside mistral-common's tokenizer.

The pieces come from the processor. What it does to a text is written only in the serialized model, a protocol buffer, of which four
fields are needed; they are read here, so that no protocol buffer library is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fsmgen.errors import UnsupportedTokenizer
from fsmgen.tokens.table import TokenTable

_MARK = "\u2581"
# Field numbers of sentencepiece_model.proto.
_TRAINER, _NORMALIZER, _DENORMALIZER = 2, 3, 5
_WHITESPACE_AS_SUFFIX = 24
_NAME, _CHARSMAP, _DUMMY_PREFIX, _REMOVE_EXTRA_WHITESPACES = 1, 2, 3, 4


def read_sentence_piece(processor: Any) -> TokenTable:
    """The tokens of a SentencePiece model.

    Raises:
        UnsupportedTokenizer: a model that marks the ends of words, or one that changes the text when it decodes.
    """
    model = dict(_fields(processor.serialized_model_proto()))
    if dict(_fields(model.get(_TRAINER, b""))).get(_WHITESPACE_AS_SUFFIX):
        raise UnsupportedTokenizer("treat_whitespace_as_suffix", reason="words carry their space at the end")
    if dict(_fields(model.get(_DENORMALIZER, b""))).get(_CHARSMAP):
        raise UnsupportedTokenizer("denormalizer_spec", reason="decoding changes the text")
    ids = list(range(processor.get_piece_size()))
    pieces = processor.id_to_piece(ids)
    control = zip(processor.is_control(ids), processor.is_unknown(ids), strict=True)
    spec = dict(_fields(model.get(_NORMALIZER, b"")))
    return TokenTable(
        tokens=[_spelled(piece, is_byte) for piece, is_byte in zip(pieces, processor.is_byte(ids), strict=True)],
        special_ids={pieces[t]: t for t, kinds in enumerate(control) if any(kinds)},
        eos_ids=(processor.eos_id(),) if processor.eos_id() >= 0 else (),
        dummy_prefix=bool(spec.get(_DUMMY_PREFIX, True)),
        normalizer=_normalizer(spec),
    )


def _spelled(piece: str, is_byte: bool) -> bytes:
    """The bytes of a piece; a byte piece is written `<0xNN>`."""
    return bytes([int(piece[3:5], 16)]) if is_byte else piece.replace(_MARK, " ").encode()


def _normalizer(spec: dict[int, Any]) -> str | None:
    names = [spec.get(_NAME, b"").decode() or "precompiled_charsmap"] if spec.get(_CHARSMAP) else []
    if spec.get(_REMOVE_EXTRA_WHITESPACES, True):
        names.append("remove_extra_whitespaces")
    return ", ".join(names) or None


def _fields(message: bytes) -> Iterator[tuple[int, Any]]:
    """(number, value) of each field of a protocol buffer message; the value is an int or the field's bytes."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        if key & 7 == 0:
            value, at = _varint(message, at)
            yield key >> 3, value
            continue
        length = {1: 8, 5: 4}.get(key & 7)
        if length is None:
            length, at = _varint(message, at)
        yield key >> 3, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """A number in groups of seven bits, lowest first, and the index after it."""
    value = shift = 0
    while message[at] >= 0x80:
        value |= (message[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
    return value | message[at] << shift, at + 1
