"""Does one arm depend less on the prompt than another? Paired, since both see the same prompts and items.

Never F or Levene: those take the two sets of scores as independent, and prompts that are hard for one arm are hard for the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from fsmgen.evaluation.statistics.prompts import corrected_variances
from fsmgen.evaluation.statistics.tables import Accuracies, score_table
from fsmgen.evaluation.statistics.values import Array, Interval, Unsaid

NEAR_BOUND = 0.05
"""An arm whose mean score is this near to 0 or 1 has little variance whatever its prompts do."""


@dataclass(frozen=True, slots=True)
class VarianceComparison:
    """The variance of scores over prompts, second arm against first.

    Attributes:
        first_sd, second_sd: standard deviation over prompts, as seen.
        ratio: variance corrected for item noise, second over first; its interval is a bootstrap's over prompts and items, and approximate:
            its coverage is in the table of `bench/coverage.py`.
        pitman_morgan: p-value of equal variances as seen (Pitman 1939, Morgan 1939): the correlation of sums and differences.
        swaps: p-value of the same by swapping the arms, each about its own mean, within prompts.
        guard: why the ratio would say little although it can be computed, or None: an arm near the floor or the ceiling.
    """

    first_sd: float
    second_sd: float
    ratio: Interval | Unsaid
    pitman_morgan: float | Unsaid
    swaps: float | Unsaid
    guard: str | None
    prompts: int
    items: int


def compare_prompt_variance(
    first: Accuracies, second: Accuracies, *, level: float = 0.95, resamples: int = 4999, seed: int = 0
) -> VarianceComparison | Unsaid:
    """Two arms, `scores[prompt][item]` each, on the same prompts and items: at least three prompts and two items."""
    table = score_table({"first": first, "second": second}, least=(2, 3, 2))
    if isinstance(table, Unsaid):
        return table
    values, rng = table.values, np.random.default_rng(seed)
    means = values.mean(axis=2)
    return VarianceComparison(
        first_sd=float(means[0].std(ddof=1)),
        second_sd=float(means[1].std(ddof=1)),
        ratio=_ratio(values, level, resamples, rng),
        pitman_morgan=_pitman_morgan(means),
        swaps=_swapped(means, resamples, rng),
        guard=_guard({"first": float(means[0].mean()), "second": float(means[1].mean())}),
        prompts=values.shape[1],
        items=values.shape[2],
    )


def _guard(means: Mapping[str, float]) -> str | None:
    for arm, mean in means.items():
        if min(mean, 1 - mean) < NEAR_BOUND:
            bound = "floor" if mean < NEAR_BOUND else "ceiling"
            return f"the {arm} arm scores {mean:.1%}, near the {bound}, where prompts have little room to differ"
    return None


def _ratio(values: Array, level: float, resamples: int, rng: np.random.Generator) -> Interval | Unsaid:
    """The ratio of corrected variances with the percentiles of its bootstrap over prompts and items."""
    seen = corrected_variances(values)
    for arm, variance in zip(("first", "second"), seen, strict=True):
        if variance <= 0:
            return Unsaid(f"the {arm} arm's variance over prompts is not distinguishable from item noise")
    _, prompts, items = values.shape
    draws = ((rng.integers(prompts, size=prompts), rng.integers(items, size=items)) for _ in range(resamples))
    drawn = np.array([corrected_variances(values[:, by_prompt][:, :, by_item]) for by_prompt, by_item in draws])
    ratios = _ratios(drawn)
    low, high = np.quantile(ratios, [(1 - level) / 2, (1 + level) / 2], method="inverted_cdf")
    if not np.isfinite(high):
        return Unsaid("the first arm's variance over prompts is not distinguishable from item noise in enough of the resamples")
    silent = int(np.sum(drawn[:, 0] <= 0))
    method = f"bootstrap over prompts and items, approximate, {resamples} resamples, {silent} of them without variance in the first arm"
    return Interval(float(seen[1] / seen[0]), float(low), float(high), level, method)


def _ratios(variances: Array) -> Array:
    """Second over first of [resamples, 2]; a variance at or below zero counts as none, and a ratio to none as infinite."""
    first, second = np.maximum(variances, 0.0).T
    return np.where(first > 0, second / np.where(first > 0, first, 1.0), np.inf)


def _pitman_morgan(means: Array) -> float | Unsaid:
    sums, differences = means[0] + means[1], means[0] - means[1]
    if np.ptp(sums) == 0 or np.ptp(differences) == 0:
        return Unsaid("the two arms' scores move by the same amounts over the prompts, so their variances cannot be compared")
    return float(stats.pearsonr(sums, differences).pvalue)


def _swapped(means: Array, resamples: int, rng: np.random.Generator) -> float | Unsaid:
    """Arms swapped within prompts, all ways or so many drawn; the statistic is the log ratio of the variances."""
    centred = means - means.mean(axis=1, keepdims=True)
    if np.allclose(abs(centred[0]), abs(centred[1])):
        return Unsaid("the two arms are even on every prompt, so there is nothing to test")
    prompts = centred.shape[1]
    if 2**prompts <= resamples:
        swaps = (np.arange(2**prompts)[:, None] >> np.arange(prompts)) & 1
    else:
        swaps = np.concatenate([np.zeros((1, prompts), int), rng.integers(2, size=(resamples, prompts))])
    one = np.where(swaps == 1, centred[1], centred[0]).var(axis=1)
    other = np.where(swaps == 1, centred[0], centred[1]).var(axis=1)
    with np.errstate(divide="ignore"):
        extremes = abs(np.log(one) - np.log(other))
    return float(np.mean(extremes >= extremes[0] - 1e-9))
