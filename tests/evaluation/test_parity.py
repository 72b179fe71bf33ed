"""Estimators beside those of scipy and statsmodels, or beside all cases, where other files do not have them; and numbers that are none."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import normal_power

from fsmgen.evaluation.statistics import (
    Interval,
    Unsaid,
    bootstrap_interval,
    compare_by_exposure,
    compare_prompt_variance,
    detectable_effect,
    difference_interval,
    equivalence,
    exact_test,
    mean_interval,
    omnibus,
    permutation_test,
    prompt_spread,
    proportion,
    rank_stability,
    smallest_detectable,
    swap_probabilities,
    two_way_interval,
    variance_components,
)

CLUSTERS = st.lists(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1, max_size=6), min_size=2, max_size=12)


def flat(clusters: list[list[float]]) -> tuple[list[float], list[int]]:
    """Values and the item of each, for items with different numbers of cells."""
    return [value for row in clusters for value in row], [item for item, row in enumerate(clusters) for _ in row]


@given(CLUSTERS)
def test_the_clustered_interval_is_that_of_a_regression_with_clustered_errors_whatever_the_sizes(clusters):
    values, items = flat(clusters)
    ours = mean_interval(values, items)
    if isinstance(ours, Unsaid):
        return
    fit = sm.OLS(values, np.ones(len(values))).fit(cov_type="cluster", cov_kwds={"groups": np.array(items)}, use_t=True)
    low, high = fit.conf_int()[0]
    assert (ours.estimate, ours.low, ours.high) == pytest.approx((fit.params[0], low, high), abs=1e-9)


def test_the_bootstrap_is_scipys_with_one_cell_per_item():
    values = np.random.default_rng(0).choice([-1.0, 0.0, 1.0], p=[0.1, 0.6, 0.3], size=120)
    ours = bootstrap_interval(values.tolist(), range(120), resamples=999, seed=4)
    theirs = stats.bootstrap((values,), np.mean, n_resamples=999, method="BCa", rng=np.random.default_rng(4)).confidence_interval
    assert isinstance(ours, Interval)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.01)
    assert ours.estimate == pytest.approx(values.mean())


@given(CLUSTERS.filter(lambda clusters: len(clusters) <= 8))
def test_the_permutation_test_looks_at_every_way_to_swap_the_arms_of_items(clusters):
    values, items = flat(clusters)
    ours = permutation_test(values, items)
    sums = np.array([sum(row) for row in clusters])
    if isinstance(ours, Unsaid):
        assert not sums.any()
        return
    ways = [abs(np.dot(signs, sums)) for signs in product((1, -1), repeat=len(sums))]
    assert ours.exact
    assert ours.p_value == pytest.approx(np.mean(np.array(ways) >= abs(sums.sum()) - 1e-9))


def test_the_two_way_interval_is_the_bootstrap_of_prompts_and_items_written_out():
    rng = np.random.default_rng(1)
    table = rng.choice([-1.0, 0.0, 1.0], size=(6, 40)) + np.linspace(-0.3, 0.3, 6)[:, None]
    ours = two_way_interval({f"p{i}": {f"i{j}": float(x) for j, x in enumerate(row)} for i, row in enumerate(table)})
    means = [table[rng.integers(6, size=6)][:, rng.integers(40, size=40)].mean() for _ in range(20_000)]
    assert isinstance(ours, Interval)
    assert (ours.low, ours.high) == pytest.approx(tuple(np.quantile(means, [0.025, 0.975])), abs=0.02)


@pytest.mark.parametrize(("pairs", "discordance", "power"), [(200, 0.3, 0.8), (1319, 0.2, 0.9)])
def test_the_smallest_effect_of_a_design_has_statsmodels_power(pairs, discordance, power):
    effect = detectable_effect(pairs=pairs, discordance=discordance, power=power)
    theirs = normal_power(effect / np.sqrt(discordance), pairs, 0.05)
    assert theirs == pytest.approx(power, abs=1e-4)


NAN = float("nan")
TABLE = {"p": {"i": 1.0, "j": NAN}, "q": {"i": 0.0, "j": 1.0}, "r": {"i": 0.0, "j": 0.0}}
FINE = {"p": {"i": 1.0, "j": 0.0}, "q": {"i": 0.0, "j": 1.0}, "r": {"i": 0.0, "j": 0.0}}


@pytest.mark.parametrize(
    "call",
    [
        lambda: proportion([1.0, NAN], [0, 1]),
        lambda: mean_interval([1.0, NAN], [0, 1]),
        lambda: difference_interval([1.0, NAN, 0.0], [0, 1, 2]),
        lambda: bootstrap_interval([1.0, NAN, 0.0], [0, 1, 2]),
        lambda: exact_test([1.0, NAN], [0, 1]),
        lambda: permutation_test([1.0, NAN], [0, 1]),
        lambda: smallest_detectable([1.0, NAN], [0, 1]),
        lambda: equivalence([1.0, NAN, 0.0], [0, 1, 2]),
        lambda: omnibus({"a": [1.0, NAN], "b": [0.0, 0.0], "c": [0.0, 1.0]}, [0, 1]),
        lambda: prompt_spread(TABLE),
        lambda: two_way_interval(TABLE),
        lambda: compare_prompt_variance(TABLE, FINE),
        lambda: rank_stability(TABLE),
        lambda: swap_probabilities({"m": TABLE, "n": FINE}),
        lambda: variance_components({"m": TABLE, "n": FINE}),
        lambda: compare_by_exposure(TABLE, FINE, first_saw=dict.fromkeys("pqr", True), second_saw=dict.fromkeys("pqr", True)).plain,
    ],
)
def test_a_score_that_is_no_number_leaves_nothing_to_say(call):
    found = call()
    assert isinstance(found, Unsaid)
    assert "no number" in found.reason
