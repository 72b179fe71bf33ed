"""The difference of two arms on the same cells: interval, exact test, smallest detectable effect.

All functions take the difference second - first of each cell and the item that the cell belongs to.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import signal, stats

from fsmgen.evaluation.statistics.values import Array, ExactTest, Interval, Unsaid, sums_by_item, without_numbers

DETECTABLE = 2.80
"""Standard errors that an effect needs to be seen at the 5% level with a power of 80%: 1.96 + 0.84."""

_JACKKNIFE_ROWS = 256
_PARTS, _NEARLY = 240, 1e-9
"""Sums that are whole numbers when they are multiplied by at most this, and as near as this to them, are taken as such."""


def difference_interval(differences: Sequence[float], items: Sequence[Hashable], *, level: float = 0.95) -> Interval | Unsaid:
    """The default interval of a mean difference: Student's t with the standard error clustered by item.

    It is the default because it is deterministic and, in simulation with 100 and 300 items, covers at least as well as the
    bootstrap where few pairs are discordant. With one cell per item it is the paired t interval.
    """
    return mean_interval(differences, items, level=level, bounds=(-1.0, 1.0), name="paired t")


def mean_interval(
    values: Sequence[float],
    items: Sequence[Hashable],
    *,
    level: float = 0.95,
    bounds: tuple[float, float] = (-math.inf, math.inf),
    name: str = "t",
) -> Interval | Unsaid:
    """Student's t interval of a mean with the standard error clustered by item, cut off at the bounds that the mean cannot leave."""
    sums, sizes = sums_by_item(values, items)
    if (reason := without_spread(sums, sizes)) is not None:
        return reason
    mean, count = float(sums.sum() / sizes.sum()), len(sums)
    half = float(stats.t.ppf((1 + level) / 2, count - 1)) * clustered_error(sums, sizes)
    method = name if count == sizes.sum() else f"{name}, clustered by item"
    return Interval(mean, max(bounds[0], mean - half), min(bounds[1], mean + half), level, method)


def bootstrap_interval(
    differences: Sequence[float],
    items: Sequence[Hashable],
    *,
    level: float = 0.95,
    resamples: int = 9999,
    seed: int = 0,
) -> Interval | Unsaid:
    """The second opinion: paired BCa bootstrap (Efron 1987) that resamples items, with all their cells.

    It covers less than its level where few pairs are discordant. Memory: items x max(resamples, 256) numbers.
    """
    sums, sizes = sums_by_item(differences, items)
    if (reason := without_spread(sums, sizes)) is not None:
        return reason
    with warnings.catch_warnings():
        warnings.simplefilter("error", stats.DegenerateDataWarning)
        try:
            found = stats.bootstrap(
                (sums, sizes),
                _ratio,
                paired=True,
                vectorized=True,
                n_resamples=resamples,
                batch=_JACKKNIFE_ROWS,
                confidence_level=level,
                method="BCa",
                rng=np.random.default_rng(seed),
            ).confidence_interval
        except stats.DegenerateDataWarning:
            return Unsaid("too few items differ for the bootstrap to have a distribution")
    method = f"paired BCa bootstrap over items, {resamples} resamples, seed {seed}"
    return Interval(float(sums.sum() / sizes.sum()), float(found.low), float(found.high), level, method)


def exact_test(differences: Sequence[float], items: Sequence[Hashable]) -> ExactTest | Unsaid:
    """McNemar's exact test, made valid for items that appear in several cells.

    McNemar's test takes each pair as independent; the cells of one item under several prompts are not. So the unit here is the item, with
    its summed difference. Under the hypothesis that swapping the arms of an item changes nothing, the sign of each sum is a fair coin: p is
    the share of all ways of swapping whose total is as far from zero as the one that is there. With one cell per item this is exactly
    McNemar's test. Where all sums are of one size, or no multiples of a 240th, this is a test of their signs.
    """
    if (reason := without_numbers(differences)) is not None:
        return reason
    sums, sizes = sums_by_item(differences, items)
    first, second = int(np.sum(sums < 0)), int(np.sum(sums > 0))
    if first + second == 0:
        alike = "agree on every item" if not np.any(differences) else "are even on every item"
        return Unsaid(f"the two arms {alike}, so there is nothing to test")
    moved = sums[sums != 0]
    if np.ptp(np.abs(moved)) and (whole := _whole(moved)) is not None:
        return ExactTest(_swapped(whole), first, second, "exact test by swaps of the arms of an item")
    p_value = float(stats.binomtest(second, first + second, 0.5).pvalue)
    single = len(sizes) == sizes.sum() and bool(np.all(np.abs(moved) == 1))
    return ExactTest(p_value, first, second, "exact McNemar" if single else "exact sign test of each item's summed difference")


def _whole(sums: Array) -> NDArray[np.int64] | None:
    """The sums in a unit in which all are whole numbers, as means over so many prompts are; None if there is none of a moderate size."""
    for parts in range(1, _PARTS + 1):
        whole = np.rint(sums * parts)
        if np.all(np.abs(sums * parts - whole) < _NEARLY):
            return whole.astype(np.int64)
    return None


def _swapped(sums: NDArray[np.int64]) -> float:
    """The share of all choices of signs for which the total is as far from zero as it is: from how often each total is met.

    Sums of one size are a binomial count; the distribution of all is the convolution of theirs.
    """
    sums = sums // np.gcd.reduce(sums)
    met = np.ones(1)  # by the total of what is positive
    for size, count in zip(*np.unique(np.abs(sums), return_counts=True), strict=True):
        own = np.zeros(size * count + 1)
        own[::size] = stats.binom.pmf(np.arange(count + 1), count, 0.5)
        met = np.maximum(signal.convolve(met, own), 0.0)
    totals = 2 * np.arange(len(met)) - np.abs(sums).sum()
    return min(1.0, float(met[np.abs(totals) >= abs(int(sums.sum()))].sum()))


def smallest_detectable(differences: Sequence[float], items: Sequence[Hashable]) -> float | Unsaid:
    """The smallest effect that this design finds in four studies of five at the 5% level: 2.80 sqrt(p_d / n).

    p_d is the share of discordant pairs and n the number of pairs. Where an item has several cells, the root is the standard
    error clustered by item around zero, which is the same number when each item has one.
    """
    if (reason := without_numbers(differences)) is not None:
        return reason
    sums, sizes = sums_by_item(differences, items)
    if not np.any(sums):
        return Unsaid("no item shows a difference, so the discordance that decides what can be detected is unknown")
    found = float(DETECTABLE * np.sqrt(np.sum(sums**2)) / sizes.sum())
    return found if found <= 1 else Unsaid("so few items cannot show any effect: even one of 100 points would mostly be missed")


def clustered_error(sums: Array, sizes: Array) -> float:
    """The standard error of the mean of all cells, clustered by item; at least two items."""
    mean, count = float(sums.sum() / sizes.sum()), len(sums)
    return float(np.sqrt(count / (count - 1) * np.sum((sums - mean * sizes) ** 2)) / sizes.sum())


def without_spread(sums: Array, sizes: Array) -> Unsaid | None:
    """Why there can be no interval, if there cannot."""
    if not np.isfinite(sums).all():
        return Unsaid("a value is no number")
    if len(sums) < 2:
        return Unsaid(f"an interval needs at least two items, and there {'is one' if len(sums) else 'are none'}")
    means = sums / sizes
    if np.ptp(means) == 0:
        amount = "no difference" if means[0] == 0 else f"the same difference of {means[0]:+.3g}"
        return Unsaid(f"every item shows {amount}, so its sampling error cannot be estimated")
    return None


def _ratio(sums: Array, sizes: Array, axis: int = -1) -> Array:
    return np.asarray(sums.sum(axis=axis) / sizes.sum(axis=axis))
