"""The model's own answers inside a language, from masked samples: by rejection, exactly, or by weights.

Masked sampling draws from q, which is not p given the language: it pays at each step only for that step, and so prefers beginnings that
look free and turn out dear. An answer of weight w = prod Z_t that is accepted with probability w / Z_0 is an exact draw from p( . | L):
Z_0, the mass of the first step, is the same for all answers to a prompt. So the share of accepted draws is P(L) / Z_0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar

import numpy as np

from fsmgen.evaluation.effects.answers import Draw, Drawing, effective_size, log_masses, log_weight, require_draws, require_size
from fsmgen.evaluation.statistics import Interval, Unsaid, mean_interval
from fsmgen.evaluation.statistics.values import sums_by_item

_AT_ONCE = 64
_ACCEPTING = 1
"""Beside the seed of a draw, of the number by which it is accepted, which is then another one than those that chose its tokens."""


class SeededDraw(Draw, Protocol):
    """A draw that knows the seed of its random numbers."""

    @property
    def seed(self) -> int: ...


A = TypeVar("A", bound=SeededDraw)
Numbered: TypeAlias = tuple[int, int]
"""A row, and which of its draws, from 0."""


@dataclass(frozen=True, slots=True)
class Accepted(Generic[A]):
    """An exact draw, and how many were drawn for it; no answer where none was accepted within the limit."""

    answer: A | None
    tries: int


def conditional_answers(
    draw: Callable[[Sequence[Numbered]], Sequence[A]], rows: int, drawing: Drawing, *, tries: int = 1000
) -> list[Accepted[A]]:
    """One exact draw from p( . | L) for each of so many rows.

    Which draw is accepted depends on the row's own draws alone, not on those beside it.

    Args:
        draw: answers of rows, each of them drawn by a seed of its own.
        tries: most draws for a row. A row that reaches it has no answer: nothing is approximated.

    Raises:
        NoExpectation: what `draw` gives are no draws from q.
    """
    found: dict[int, Accepted[A]] = {}
    first = 0
    while first < tries and len(found) < rows:
        waiting = [row for row in range(rows) if row not in found]
        numbers = range(first, min(tries, first + max(1, _AT_ONCE // len(waiting))))
        asked = [(row, number) for row in waiting for number in numbers]
        answers = draw(asked)
        require_draws("exact sample", answers, drawing)
        for (row, number), answer in zip(asked, answers, strict=True):
            if row not in found and accepted(answer, np.random.default_rng((answer.seed, _ACCEPTING)).random()):
                found[row] = Accepted(answer, number + 1)
        first = numbers.stop
    return [found.get(row, Accepted(None, tries)) for row in range(rows)]


def accepted(answer: Draw, uniform: float) -> bool:
    """Whether a uniform number from [0, 1) accepts the answer as a draw from p( . | L)."""
    logs = log_masses(answer)
    return uniform < math.exp(math.fsum(logs[1:]))


def resampled(answers: Sequence[SeededDraw]) -> tuple[int, float]:
    """The place of one of several draws of one prompt, drawn in proportion to their weights, and their effective size.

    That is nearly a draw from p( . | L), and nearer with more draws (sampling importance resampling, Rubin 1987). Random numbers come from
    the seed of the first draw.
    """
    logs = [log_weight(answer) for answer in answers]
    weights = np.exp(np.array(logs) - max(logs))
    uniform = np.random.default_rng((answers[0].seed, _ACCEPTING)).random()
    place = int(np.searchsorted(np.cumsum(weights), uniform * weights.sum(), side="right"))
    return min(place, len(answers) - 1), effective_size(logs)


@dataclass(frozen=True, slots=True)
class Reweighted:
    """A mean under p( . | L) from draws of q.

    Attributes:
        interval: normal, from the linearised ratio of weighted sums, clustered by item.
        effective: effective sample size.
    """

    estimate: float
    interval: Interval | Unsaid
    effective: float


def reweighted_mean(
    values: Sequence[float], answers: Sequence[Draw], items: Sequence[Hashable], drawing: Drawing, *, level: float = 0.95
) -> Reweighted:
    """The mean that the unconstrained model's answers have where they are in the language: sum w v / sum w over all answers.

    Over several prompts it is the mean over all free answers in the language, whichever prompt they answer: prompts whose answers obey
    more often count more.

    Raises:
        NoExpectation: the answers are no draws from q, or worth too few.
    """
    require_draws("reweighted mean", answers, drawing)
    logs = [log_weight(answer) for answer in answers]
    size = require_size("reweighted mean", logs)
    weights = np.exp(np.array(logs) - max(logs))
    weights *= len(weights) / weights.sum()
    numbers = np.asarray(values, np.float64)
    mean = float(np.mean(weights * numbers))
    if len(sums_by_item(values, items)[0]) < 2 or np.ptp(numbers) == 0:
        return Reweighted(mean, Unsaid("values that do not differ, or one item, do not show a sampling error"), size)
    around = mean_interval((mean + weights * (numbers - mean)).tolist(), items, level=level, name="t on the linearised weighted mean")
    return Reweighted(mean, around, size)
