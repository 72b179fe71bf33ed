"""More than two arms on the same cells: is any better, and which pairs differ, with the error rate of all pairs together kept."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import stats

from fsmgen.evaluation.statistics.paired import exact_test
from fsmgen.evaluation.statistics.values import Array, Unsaid, sums_by_item, without_numbers


@dataclass(frozen=True, slots=True)
class Omnibus:
    """A test of "no arm is better than another".

    Attributes:
        statistic: Cochran's Q, or Friedman's chi squared without its ties, on items' sums; see `method`.
        pairs: for each pair of arms the exact p-value, adjusted by Holm (1979), or why there is none.
    """

    statistic: float
    p_value: float
    method: str
    pairs: Mapping[tuple[str, str], float | Unsaid]


def omnibus(scores: Mapping[str, Sequence[float]], items: Sequence[Hashable], *, resamples: int = 9999, seed: int = 0) -> Omnibus | Unsaid:
    """Cochran's Q over arms on the same cells; `scores[arm]` holds the score of each cell in the order of `items`.

    Q takes cells as independent, so with one cell per item its chi squared is used; with several, the arms are permuted within items, all
    cells of an item together.
    """
    if len(scores) < 3:
        return Unsaid(f"a test of several arms needs at least three, and there {'is one' if len(scores) == 1 else f'are {len(scores)}'}")
    if any(len(column) != len(items) for column in scores.values()):
        return Unsaid("the arms have different cells")
    if (reason := next(filter(None, map(without_numbers, scores.values())), None)) is not None:
        return reason
    sums = np.stack([sums_by_item(column, items)[0] for column in scores.values()], axis=1)
    moved = sums[np.ptp(sums, axis=1) > 0]
    if not len(moved):
        return Unsaid("the arms are even on every item, so there is nothing to test")
    statistic = float(_q(moved))
    single = len(set(items)) == len(items) and set(np.unique(sums)) <= {0.0, 1.0}
    p_value = float(stats.chi2.sf(statistic, len(scores) - 1)) if single else _permuted(moved, statistic, resamples, seed)
    method = "Cochran's Q" if single else f"Q of items' sums, arms permuted within items, {resamples} permutations, seed {seed}"
    return Omnibus(statistic, p_value, method, _pairs(scores, items))


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Holm's adjusted p-values, in the order given: each at most the level exactly where the step-down procedure rejects."""
    order = np.argsort(p_values, kind="stable")
    scaled = np.asarray(p_values, np.float64)[order] * np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(scaled))
    return tuple(adjusted.tolist())


def _pairs(scores: Mapping[str, Sequence[float]], items: Sequence[Hashable]) -> Mapping[tuple[str, str], float | Unsaid]:
    tests = {
        (one, other): exact_test([b - a for a, b in zip(scores[one], scores[other], strict=True)], items)
        for one, other in combinations(scores, 2)
    }
    told = {pair: test.p_value for pair, test in tests.items() if not isinstance(test, Unsaid)}
    adjusted = dict(zip(told, holm(list(told.values())), strict=True))
    return {pair: test if isinstance(test, Unsaid) else adjusted[pair] for pair, test in tests.items()}


def _q(sums: Array) -> Array:
    """Cochran's Q of [..., items, arms]: for scores 0 and 1 as he has it, for sums the same ratio of variances."""
    arms = sums.shape[-1]
    within = ((sums - sums.mean(axis=-1, keepdims=True)) ** 2).sum(axis=(-2, -1)) / (arms - 1)
    totals = sums.sum(axis=-2)
    return np.asarray(((totals - totals.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1) / within)


def _permuted(sums: Array, statistic: float, resamples: int, seed: int) -> float:
    rng = np.random.default_rng(seed)
    above = sum(float(_q(rng.permuted(sums, axis=1))) >= statistic - 1e-9 for _ in range(resamples))
    return (above + 1) / (resamples + 1)
