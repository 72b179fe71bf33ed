"""Differences by resampling: prompts resampled beside items, and swaps of the arms."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from fsmgen.evaluation.statistics.paired import without_spread
from fsmgen.evaluation.statistics.tables import Accuracies, accuracy_table
from fsmgen.evaluation.statistics.values import Interval, Unsaid, sums_by_item, without_numbers


@dataclass(frozen=True, slots=True)
class Permutation:
    """A two-sided test of "swapping the arms of an item changes nothing".

    Attributes:
        exact: whether every way of swapping was looked at.
    """

    p_value: float
    exact: bool
    method: str


def permutation_test(
    differences: Sequence[float], items: Sequence[Hashable], *, resamples: int = 9999, seed: int = 0
) -> Permutation | Unsaid:
    """The arms of an item swapped, all its cells together: all ways if there are at most `resamples`, else so many drawn.

    For whole numbers `exact_test` is the same without drawing.
    """
    if (reason := without_numbers(differences)) is not None:
        return reason
    sums, _ = sums_by_item(differences, items)
    moved = sums[sums != 0]
    if not len(moved):
        return Unsaid("the two arms are even on every item, so there is nothing to test")
    padded = moved if len(moved) > 1 else np.append(moved, 0.0)  # scipy asks for two observations; to swap an even item changes nothing
    found = stats.permutation_test(
        (padded,), np.sum, permutation_type="samples", vectorized=True, n_resamples=resamples, rng=np.random.default_rng(seed)
    )
    exact = 2.0 ** len(padded) <= resamples
    how = "all swaps" if exact else f"{resamples} random swaps, seed {seed}"
    return Permutation(float(found.pvalue), exact, f"permutation of the arms within items, {how}")


def two_way_interval(differences: Accuracies, *, level: float = 0.95, resamples: int = 9999, seed: int = 0) -> Interval | Unsaid:
    """The mean difference over prompts and items, both taken as samples: `differences[prompt][item]`.

    Percentiles of a bootstrap that resamples prompts and items independently (Owen 2007), which is conservative: it counts the noise of
    single cells three times. An interval over items alone is about these prompts; this one is about prompts like these.
    """
    table = accuracy_table(differences, rows="prompts", columns="items")
    if isinstance(table, Unsaid):
        return table
    prompts, count = table.values.shape
    if (reason := without_spread(table.values.sum(axis=0), np.full(count, float(prompts)))) is not None:
        return reason
    rng = np.random.default_rng(seed)
    by_prompt = rng.multinomial(prompts, np.full(prompts, 1 / prompts), size=resamples) / prompts
    by_item = rng.multinomial(count, np.full(count, 1 / count), size=resamples) / count
    means = np.einsum("ri,ri->r", by_prompt @ table.values, by_item)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    method = f"bootstrap over prompts and items, {resamples} resamples, seed {seed}"
    return Interval(float(table.values.mean()), float(low), float(high), level, method)
