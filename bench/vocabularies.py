"""The two real vocabularies of the bench, from the data of the mistral-common package, with their encoders.

    tekken          131,072 ids, byte-level BPE
    sentencepiece    32,768 ids, BPE with byte fallback; a third of its single bytes exist twice
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from fsmgen.tokens import Vocabulary

NAMES = ("tekken", "sentencepiece")

_ANCHOR = "\n"
"""No token joins it with what follows, so the text behind it is encoded as it would be inside a longer text."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A vocabulary and its tokenizer's encoder, without special tokens."""

    vocabulary: Vocabulary
    encoder: Callable[[str], list[int]]

    def encode(self, text: str) -> list[int]:
        """Ids that spell exactly this text: no space is put before it."""
        ids = self.encoder(_ANCHOR + text)
        count = next(i for i in range(1, len(ids)) if self.vocabulary.decode(ids[:i]).endswith(_ANCHOR.encode()))
        assert self.vocabulary.decode(ids[count:]) == text.encode(), text
        return ids[count:]


def load(name: str) -> Loaded:
    """The vocabulary of that name, one of NAMES."""
    tokenizer = {"tekken": _tekken, "sentencepiece": _sentence_piece}[name]()
    return Loaded(Vocabulary.from_tokenizer(tokenizer, eos_ids=[2]), lambda text: tokenizer.encode(text, bos=False, eos=False))


def _tekken() -> Any:
    from mistral_common.tokens.tokenizers.tekken import Tekkenizer

    return Tekkenizer.from_file(_data() / "tekken_240911.json")


def _sentence_piece() -> Any:
    from mistral_common.tokens.tokenizers.sentencepiece import SentencePieceTokenizer

    return SentencePieceTokenizer(_data() / "mistral_instruct_tokenizer_240323.model.v3")


def _data() -> Path:
    import mistral_common

    return Path(mistral_common.__file__).parent / "data"


def portable(vocabulary: Vocabulary) -> dict[str, Any]:
    """The vocabulary as plain values that another process can be given."""
    values = {field.name: getattr(vocabulary, field.name) for field in fields(vocabulary)}
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in values.items()}


def from_portable(values: dict[str, Any]) -> Loaded:
    """The vocabulary without its tokenizer, whose memory is spared; texts are encoded byte by byte."""
    vocabulary = Vocabulary(**{name: MappingProxyType(value) if isinstance(value, dict) else value for name, value in values.items()})
    bytes_by_token = {vocabulary.token_bytes(token): token for token in range(vocabulary.size)}
    return Loaded(vocabulary, lambda text: [bytes_by_token[bytes([byte])] for byte in text.encode()])
