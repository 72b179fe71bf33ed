"""What a statistic is: small frozen values that name their method, or a reason why there is no figure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Array: TypeAlias = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A figure that these data cannot give.

    Attributes:
        reason: why, as a sentence without a full stop.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with a confidence interval of the given level."""

    estimate: float
    low: float
    high: float
    level: float
    method: str


@dataclass(frozen=True, slots=True)
class ExactTest:
    """An exact two-sided test of "neither arm is better".

    Attributes:
        first_only: items on which the first arm does better.
        second_only: items on which the second arm does better.
    """

    p_value: float
    first_only: int
    second_only: int
    method: str


def sums_by_item(values: Sequence[float], items: Sequence[Hashable]) -> tuple[Array, Array]:
    """The sum of the values and the number of cells of each item, float64[items] each, in order of first appearance."""
    place = {item: index for index, item in enumerate(dict.fromkeys(items))}
    index = np.array([place[item] for item in items], dtype=np.intp)
    sums, sizes = np.zeros(len(place)), np.zeros(len(place))
    np.add.at(sums, index, values)
    np.add.at(sizes, index, 1.0)
    return sums, sizes


def without_numbers(values: Sequence[float]) -> Unsaid | None:
    """Why nothing can be said of the values, if one of them is no number."""
    bad = np.flatnonzero(~np.isfinite(np.asarray(values, np.float64)))
    return Unsaid(f"the value of cell {bad[0] + 1} of {len(values)} is no number") if len(bad) else None
