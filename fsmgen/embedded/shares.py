"""Drawing from declared shares."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping
from itertools import accumulate
from typing import TypeVar

T = TypeVar("T")


def choose(shares: Mapping[T, float], draw: float) -> T:
    """The option in whose share `draw`, a number in [0, 1), falls; shares need not add up to 1."""
    options, ends = list(shares), list(accumulate(shares.values()))
    return options[min(bisect(ends, draw * ends[-1]), len(options) - 1)]
