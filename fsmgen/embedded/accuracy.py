"""How well a checkpoint answers stories: greedy decoding by transformers' own `generate`, apart from fsmgen's decoding."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from fsmgen.embedded import formats

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from fsmgen.embedded.formats import Format
    from fsmgen.embedded.stories import Story

LONGEST_ANSWER = 64
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Tally:
    """Greedy answers to some items in one format.

    Attributes:
        right: for each item, whether the number that the answer gives (`formats.answer_in`) is the right one.
        styles: how many answers are written in each style, None for those in no style.
    """

    right: tuple[bool, ...]
    styles: Counter[str | None]

    @property
    def accuracy(self) -> float:
        return sum(self.right) / len(self.right)


class Answerer:
    """A checkpoint folder, loaded in float32 for greedy answers."""

    def __init__(self, folder: Path) -> None:
        self._tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), padding_side="left")
        self._model: Any = AutoModelForCausalLM.from_pretrained(str(folder), dtype=torch.float32).eval()

    @property
    def parameters(self) -> int:
        return sum(weights.numel() for weights in self._model.parameters())

    def answers(self, prompts: Sequence[str], *, longest: int = LONGEST_ANSWER) -> list[str]:
        """The greedy continuations up to the end token, `longest` tokens at most."""
        texts: list[str] = []
        for first in range(0, len(prompts), _BATCH):
            inputs = self._tokenizer(list(prompts[first : first + _BATCH]), padding=True, return_tensors="pt")
            chosen = {"input_ids": inputs["input_ids"], "attention_mask": inputs["attention_mask"]}
            rows = self._model.generate(**chosen, max_new_tokens=longest, do_sample=False)
            texts += self._tokenizer.batch_decode(rows[:, chosen["input_ids"].shape[1] :], skip_special_tokens=True)
        return texts

    def tally(self, written: Format, items: Sequence[Story], *, shots: Sequence[Story] = ()) -> Tally:
        texts = self.answers([written.prompt(item, shots) for item in items])
        right = tuple(formats.answer_in(text) == item.answer for text, item in zip(texts, items, strict=True))
        return Tally(right, Counter(map(formats.style_of, texts)))
