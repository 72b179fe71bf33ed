"""A single score: the share of cells that are correct."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from scipy import stats

from fsmgen.evaluation.statistics.values import Array, Interval, Unsaid, sums_by_item, without_numbers


def proportion(correct: Sequence[float], items: Sequence[Hashable], *, level: float = 0.95) -> Interval | Unsaid:
    """Wilson's interval for the share of correct cells.

    Where an item has several cells, n in Wilson's formula is the effective sample size: cells divided by the design effect,
    the ratio of the variance clustered by item to the binomial one (Dean and Pagano 2015). The design effect is taken as at
    least 1, and as the mean number of cells per item where all cells are alike and it cannot be estimated.
    """
    if not correct:
        return Unsaid("there are no cells")
    if (reason := without_numbers(correct)) is not None:
        return reason
    sums, sizes = sums_by_item(correct, items)
    cells = float(sizes.sum())
    share = float(sums.sum() / cells)
    low, high = _wilson(share, cells / _design_effect(sums, sizes), level)
    clustered = len(sizes) < cells
    return Interval(share, low, high, level, "Wilson, effective sample size clustered by item" if clustered else "Wilson")


def _design_effect(sums: Array, sizes: Array) -> float:
    cells, items = float(sizes.sum()), len(sizes)
    share = float(sums.sum()) / cells
    if items == cells:
        return 1.0
    if share in (0.0, 1.0) or items == 1:
        return cells / items
    clustered = items / (items - 1) * float(np.sum((sums - share * sizes) ** 2)) / cells**2
    return max(1.0, clustered / (share * (1 - share) / cells))


def _wilson(share: float, size: float, level: float) -> tuple[float, float]:
    """Wilson (1927). `scipy.stats.binomtest` has it for whole counts only, and agrees there."""
    z2 = float(stats.norm.ppf((1 + level) / 2)) ** 2
    centre = (share + z2 / (2 * size)) / (1 + z2 / size)
    half = float(np.sqrt(z2 * (share * (1 - share) / size + z2 / (4 * size**2)))) / (1 + z2 / size)
    return max(0.0, centre - half) if share > 0 else 0.0, min(1.0, centre + half) if share < 1 else 1.0
