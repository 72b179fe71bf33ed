"""What every generated task is made of: samples, the draws that make them, and the split that their bones decide."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

SPLITS = ("train", "dev", "test")
_HELD_OUT_TENTHS = {0: "test", 1: "dev"}


@dataclass(frozen=True, slots=True)
class Sample:
    """One item of a task.

    Attributes:
        question: without its choices, ending with a full stop or a question mark.
        steps: the working, whole sentences, without the answer's label.
        answer: the right answer as text; with choices, one of them.
        choices: the options of a multiple-choice item, else empty.
        group: the template; items with the same one have something in common.
        bones: what decides the split: two samples with the same bones ask the same thing.
    """

    task: str
    question: str
    steps: str
    answer: str
    choices: tuple[str, ...]
    group: str
    bones: str

    @property
    def split(self) -> str:
        return split_of(self.bones)


def split_of(bones: str) -> str:
    """The split of the samples with these bones: a tenth each is test and dev."""
    digest = hashlib.sha256(bones.encode()).digest()
    return _HELD_OUT_TENTHS.get(int.from_bytes(digest[:8], "big") % 10, "train")


class Draw:
    """Random choices that use only `random()`, the one method whose sequence Python promises to keep over versions."""

    def __init__(self, seed: str) -> None:
        self.fraction = random.Random(seed).random

    def pick(self, options: Sequence[T]) -> T:
        return options[int(self.fraction() * len(options))]

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self.fraction() * (high - low + 1))

    def distinct(self, options: Sequence[T], count: int) -> list[T]:
        """Some different options in random order."""
        left = list(options)
        return [left.pop(int(self.fraction() * len(left))) for _ in range(count)]

    def shuffled(self, options: Sequence[T]) -> list[T]:
        return self.distinct(options, len(options))
