"""The two real vocabularies of the bench, from the data of the mistral-common package, with their encoders.

    tekken          131,072 ids, byte-level BPE
    sentencepiece    32,768 ids, BPE with byte fallback; a third of its single bytes exist twice
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import mistral_common
from mistral_common.tokens.tokenizers.sentencepiece import SentencePieceTokenizer
from mistral_common.tokens.tokenizers.tekken import Tekkenizer

from fsmgen.tokens import Vocabulary

DATA = Path(mistral_common.__file__).parent / "data"
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


def _tekken() -> Tekkenizer:
    return Tekkenizer.from_file(DATA / "tekken_240911.json")


def _sentence_piece() -> SentencePieceTokenizer:
    return SentencePieceTokenizer(DATA / "mistral_instruct_tokenizer_240323.model.v3")
