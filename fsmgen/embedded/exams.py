"""How well a checkpoint of the family does on a task: greedy answers to some samples in one wording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fsmgen.embedded import reading

if TYPE_CHECKING:
    from fsmgen.embedded.accuracy import Answerer
    from fsmgen.embedded.tasks import Sample
    from fsmgen.embedded.wordings import Wording

LONGEST = 96


@dataclass(frozen=True, slots=True)
class Marks:
    """Greedy answers to some samples in one wording.

    Attributes:
        right: for each sample, whether the answer that the text gives (`reading.answer_in`) is the right one.
        styles: how many answers are written in each style, None for those in no style.
    """

    right: tuple[bool, ...]
    styles: Counter[str | None]

    @property
    def accuracy(self) -> float:
        return sum(self.right) / len(self.right)


def examine(answerer: Answerer, written: Wording, samples: Sequence[Sample], *, shots: Sequence[Sample] = ()) -> Marks:
    texts = answerer.answers([written.prompt(sample, shots) for sample in samples], longest=LONGEST)
    right = tuple(reading.answer_in(text) == written.answer(sample) for text, sample in zip(texts, samples, strict=True))
    return Marks(right, Counter(map(reading.style_of, texts)))
