"""The model's own answers inside a language, from masked samples: by rejection, exactly, or by weights.

Masked sampling draws from q, which is not p given the language: it pays at each step only for that step, and so prefers beginnings that
look free and turn out dear. An answer of weight w = prod Z_t, accepted with probability w, is an exact draw from p( . | L).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from fsmgen.errors import LimitReached
from fsmgen.evaluation.effects.answers import Answer, Drawing, log_weight, require_draws, require_size
from fsmgen.evaluation.statistics import Interval, Unsaid, mean_interval
from fsmgen.evaluation.statistics.values import sums_by_item

A = TypeVar("A", bound=Answer)


@dataclass(frozen=True, slots=True)
class Accepted(Generic[A]):
    """An exact draw, and how many were drawn for it."""

    answer: A
    tries: int


def conditional_answers(
    draw: Callable[[Sequence[int], int], Sequence[A]], rows: int, drawing: Drawing, *, seed: int = 0, tries: int = 1000
) -> list[Accepted[A]]:
    """One exact draw from p( . | L) for each of so many rows.

    Args:
        draw: answers of the rows with these numbers, drawn anew in each round, which is counted from 0: seeds must differ from round to
            round.
        tries: most rounds.

    Raises:
        NoExpectation: what `draw` gives are no draws from q.
        LimitReached: some row has no accepted answer after all rounds; nothing was approximated.
    """
    found: dict[int, Accepted[A]] = {}
    for attempt in range(tries):
        open_rows = [row for row in range(rows) if row not in found]
        if not open_rows:
            break
        answers = draw(open_rows, attempt)
        require_draws("exact sample", answers, drawing)
        for row, answer in zip(open_rows, answers, strict=True):
            if accepted(answer, np.random.default_rng((seed, row, attempt)).random()):
                found[row] = Accepted(answer, attempt + 1)
    if len(found) < rows:
        raise LimitReached(f"an exact sample of {rows - len(found)} of {rows} rows, in draws for each,", limit=tries, reached=tries + 1)
    return [found[row] for row in range(rows)]


def accepted(answer: Answer, uniform: float) -> bool:
    """Whether a uniform number from [0, 1) accepts the answer as a draw from p( . | L)."""
    return uniform < math.exp(log_weight(answer))


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
    values: Sequence[float], answers: Sequence[Answer], items: Sequence[Hashable], drawing: Drawing, *, level: float = 0.95
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
