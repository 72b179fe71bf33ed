"""Known answers, parity with scipy and statsmodels, laws, and coverage by simulation."""

from __future__ import annotations

import itertools
import math
import operator

import numpy as np
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

from fsmgen.evaluation.statistics import (
    Interval,
    Unsaid,
    bootstrap_interval,
    difference_interval,
    exact_test,
    prompt_spread,
    proportion,
    smallest_detectable,
)

SIGNS = st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1, max_size=40)


def items(count: int, *, cells: int = 1) -> list[int]:
    return [index // cells for index in range(count)]


def unsaid(value: object) -> str:
    assert isinstance(value, Unsaid)
    return value.reason


def table(rng: np.random.Generator, *, prompts: int, count: int, effect: float) -> dict[str, dict[str, float]]:
    """Scores of prompts whose probabilities of success lie evenly within `effect` around one half."""
    chances = 0.5 + effect * np.linspace(-1, 1, prompts)
    return {f"p{i}": {f"i{j}": float(rng.random() < chance) for j in range(count)} for i, chance in enumerate(chances)}


@pytest.mark.parametrize(("correct", "total"), [(0, 7), (1, 10), (50, 100), (99, 100), (7, 7)])
def test_a_score_with_one_cell_per_item_has_the_wilson_interval_of_statsmodels_and_scipy(correct, total):
    ours = proportion([1.0] * correct + [0.0] * (total - correct), items(total))
    assert isinstance(ours, Interval)
    assert (ours.low, ours.high) == pytest.approx(proportion_confint(correct, total, method="wilson"))
    theirs = stats.binomtest(correct, total).proportion_ci(method="wilson")
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))
    assert ours.method == "Wilson"


def test_identical_copies_of_every_cell_leave_the_interval_of_a_score_as_wide_as_the_items_alone():
    once = proportion([1.0] * 30 + [0.0] * 70, items(100))
    four_times = proportion(([1.0] * 30 + [0.0] * 70) * 4, items(100) * 4)
    assert isinstance(once, Interval)
    assert isinstance(four_times, Interval)
    assert four_times.high - four_times.low == pytest.approx(once.high - once.low, rel=0.02)
    assert "clustered" in four_times.method


def test_a_score_of_nothing_says_so_and_a_perfect_one_keeps_an_interval():
    assert unsaid(proportion([], [])) == "there are no cells"
    perfect = proportion([1.0] * 40, items(40, cells=4))
    assert isinstance(perfect, Interval)
    assert perfect.high == 1
    assert perfect.low == pytest.approx(proportion_confint(10, 10, method="wilson")[0])


def test_with_one_cell_per_item_the_difference_has_the_paired_t_interval_of_scipy():
    differences = [1.0, 0.0, 0.0, -1.0, 1.0, 1.0, 0.0, 0.0, 1.0]
    ours = difference_interval(differences, items(9))
    theirs = stats.ttest_1samp(differences, 0).confidence_interval()
    assert isinstance(ours, Interval)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))


def test_with_equal_clusters_the_difference_has_the_t_interval_of_the_item_means():
    differences = np.random.default_rng(0).integers(-1, 2, size=(30, 4)).astype(float)
    ours = difference_interval(differences.ravel().tolist(), items(120, cells=4))
    theirs = stats.ttest_1samp(differences.mean(axis=1), 0).confidence_interval()
    assert isinstance(ours, Interval)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))
    assert ours.method == "paired t, clustered by item"


def test_the_bootstrap_agrees_with_the_default_interval_on_plenty_of_data():
    differences = np.random.default_rng(1).choice([-1.0, 0.0, 1.0], p=[0.1, 0.7, 0.2], size=400).tolist()
    first, second = difference_interval(differences, items(400, cells=2)), bootstrap_interval(differences, items(400, cells=2))
    assert isinstance(first, Interval)
    assert isinstance(second, Interval)
    assert (second.low, second.high) == pytest.approx((first.low, first.high), abs=0.005)
    assert second == bootstrap_interval(differences, items(400, cells=2))


@pytest.mark.parametrize("differences", [[0.0] * 5, [1.0] * 5])
def test_a_difference_without_spread_has_no_interval(differences):
    for interval in (difference_interval, bootstrap_interval):
        assert "sampling error cannot be estimated" in unsaid(interval(differences, items(5)))


def test_one_item_has_no_interval_of_a_difference():
    assert unsaid(difference_interval([1.0, 0.0], [0, 0])) == "an interval needs at least two items, and there is one"
    assert unsaid(difference_interval([], [])) == "an interval needs at least two items, and there are none"


@given(SIGNS, st.integers(1, 4))
def test_no_interval_is_ever_nan_and_every_interval_holds_its_estimate(differences, cells):
    for interval in (difference_interval, bootstrap_interval):
        found = interval(differences, items(len(differences), cells=cells), **({"resamples": 99} if interval is bootstrap_interval else {}))
        if isinstance(found, Interval):
            assert -1 <= found.low <= found.high <= 1
            assert not math.isnan(found.low + found.high)
            if interval is difference_interval:
                assert found.low <= found.estimate <= found.high


@pytest.mark.parametrize(("first_only", "second_only"), [(1, 0), (3, 9), (64, 293), (10, 10)])
def test_with_one_cell_per_item_the_exact_test_is_mcnemar_as_statsmodels_has_it(first_only, second_only):
    differences = [-1.0] * first_only + [1.0] * second_only + [0.0] * 20
    ours = exact_test(differences, items(len(differences)))
    theirs = mcnemar([[10, first_only], [second_only, 10]], exact=True)
    assert not isinstance(ours, Unsaid)
    assert ours.p_value == pytest.approx(theirs.pvalue)
    assert (ours.first_only, ours.second_only, ours.method) == (first_only, second_only, "exact McNemar")


def test_copies_of_a_cell_do_not_make_the_exact_test_surer():
    once = exact_test([1.0, 1.0, 1.0, -1.0, 0.0], items(5))
    often = exact_test([1.0, 1.0, 1.0, -1.0, 0.0] * 8, items(5) * 8)
    assert not isinstance(once, Unsaid)
    assert not isinstance(often, Unsaid)
    assert once.p_value == often.p_value
    assert often.method == "exact sign test of each item's summed difference"


CELLS = st.lists(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1, max_size=4), min_size=2, max_size=9)


@given(CELLS.filter(lambda cells: max(map(len, cells)) > 1))
def test_the_exact_test_looks_at_all_ways_of_swapping_the_arms_of_items(cells):
    differences = [each for cell in cells for each in cell]
    names = [number for number, cell in enumerate(cells) for _ in cell]
    sums = [sum(cell) for cell in cells]
    found = exact_test(differences, names)
    if not any(sums):
        assert isinstance(found, Unsaid)
        return
    totals = [sum(map(operator.mul, signs, sums)) for signs in itertools.product((1, -1), repeat=len(sums))]
    assert not isinstance(found, Unsaid)
    assert found.p_value == pytest.approx(sum(abs(total) >= abs(sum(sums)) for total in totals) / len(totals), rel=1e-9)
    assert (found.first_only, found.second_only) == (sum(each < 0 for each in sums), sum(each > 0 for each in sums))


def test_the_exact_test_asks_by_how_much_where_items_have_several_cells():
    """Thirty items that lose one prompt of eight, and six that win five: no difference on average."""
    differences = ([-1.0] + [0.0] * 7) * 30 + ([1.0] * 5 + [0.0] * 3) * 6
    found = exact_test(differences, [number for number in range(36) for _ in range(8)])
    assert not isinstance(found, Unsaid)
    assert (found.first_only, found.second_only, found.method) == (30, 6, "exact test by swaps of the arms of an item")
    assert found.p_value == pytest.approx(1.0)
    means = exact_test([-1 / 8] * 30 + [5 / 8] * 6, range(36))
    assert not isinstance(means, Unsaid)
    assert (means.p_value, means.method) == (found.p_value, found.method)
    anything = exact_test([-math.pi, -0.25, 0.5], range(3))
    assert not isinstance(anything, Unsaid)
    assert (anything.p_value, anything.method) == (1.0, "exact sign test of each item's summed difference")


def test_without_discordance_there_is_nothing_to_test_and_no_smallest_effect():
    assert unsaid(exact_test([0.0, 0.0], [0, 1])) == "the two arms agree on every item, so there is nothing to test"
    assert unsaid(exact_test([1.0, -1.0], [0, 0])) == "the two arms are even on every item, so there is nothing to test"
    assert "discordance" in unsaid(smallest_detectable([0.0, 0.0], [0, 1]))


@given(SIGNS.filter(any))
def test_with_one_cell_per_item_the_smallest_effect_is_the_formula_with_the_discordance(differences):
    discordance = sum(map(abs, differences)) / len(differences)
    expected, found = 2.80 * math.sqrt(discordance / len(differences)), smallest_detectable(differences, items(len(differences)))
    assert "so few items" in unsaid(found) if expected > 1 else found == pytest.approx(expected)


def test_an_effect_of_the_smallest_detectable_size_is_found_in_four_studies_of_five():
    rng, pairs, discordance = np.random.default_rng(3), 400, 0.2
    effect = 2.80 * math.sqrt(discordance / pairs)
    shares = [(discordance - effect) / 2, 1 - discordance, (discordance + effect) / 2]
    draws = rng.choice([-1.0, 0.0, 1.0], p=shares, size=(600, pairs))
    found = [difference_interval(row.tolist(), items(pairs)) for row in draws]
    assert np.mean([interval.low > 0 for interval in found if isinstance(interval, Interval)]) == pytest.approx(0.8, abs=0.06)


def test_corrected_spread_over_prompts_is_that_of_the_two_way_analysis_of_variance():
    scores = table(np.random.default_rng(4), prompts=5, count=40, effect=0.3)
    spread = prompt_spread(scores)
    cells = [(prompt, item, score) for prompt, row in scores.items() for item, score in row.items()]
    frame = pandas.DataFrame(cells, columns=["prompt", "item", "score"])
    mean_squares = anova_lm(ols("score ~ C(prompt) + C(item)", data=frame).fit())["mean_sq"]
    means = [np.mean(list(row.values())) for row in scores.values()]
    assert not isinstance(spread, Unsaid)
    assert spread.corrected_sd == pytest.approx(math.sqrt((mean_squares["C(prompt)"] - mean_squares["Residual"]) / 40))
    assert spread.sd == pytest.approx(np.std(means, ddof=1))
    assert (spread.range, spread.lowest, spread.worst) == (max(means) - min(means), min(means), f"p{int(np.argmin(means))}")


def test_prompts_that_differ_by_item_noise_only_are_mostly_not_distinguished():
    rng = np.random.default_rng(5)
    spreads = [prompt_spread(table(rng, prompts=4, count=50, effect=0.0)) for _ in range(200)]
    silent = [spread for spread in spreads if not isinstance(spread, Unsaid) and isinstance(spread.corrected_sd, Unsaid)]
    assert {unsaid(spread.corrected_sd) for spread in silent} == {"not distinguishable from item noise"}
    assert 0.4 < len(silent) / len(spreads) < 0.8


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        ({}, "there are none"),
        ({"p": {"a": 1.0, "b": 0.0}}, "there is one"),
        ({"p": {"a": 1.0}, "q": {"a": 0.0}}, "at least two items"),
        ({"p": {"a": 1.0, "b": 0.0}, "q": {"a": 1.0}}, "1 to 2 each, 1 in common"),
        ({"p": {"a": 1.0, "b": 1.0}, "q": {"a": 1.0, "b": 1.0}}, "ceiling"),
        ({"p": {"a": 0.0, "b": 0.0}, "q": {"a": 0.0, "b": 0.0}}, "floor"),
    ],
)
def test_spread_over_prompts_says_why_it_cannot_be_said(scores, reason):
    assert reason in unsaid(prompt_spread(scores))


def latent(rng: np.random.Generator, *, shape: tuple[int, int], share: float, chances: tuple[float, float]) -> list[list[float]]:
    """Scores of two arms, flat [items, cells]; `share` is how much of a cell's latent difficulty is its item's."""
    difficulty = math.sqrt(share) * rng.standard_normal((shape[0], 1))
    noise = [math.sqrt(1 - share) * rng.standard_normal(shape) for _ in chances]
    return [(difficulty + own < stats.norm.ppf(p)).astype(float).ravel().tolist() for own, p in zip(noise, chances, strict=True)]


def covers(interval: Interval | Unsaid, value: float) -> bool:
    return isinstance(interval, Interval) and interval.low <= value <= interval.high


@pytest.mark.parametrize(("chance", "effect", "count", "cells"), [(0.3, 0.05, 100, 1), (0.5, 0.0, 100, 4), (0.85, 0.05, 200, 2)])
def test_intervals_cover_about_as_often_as_they_say(chance, effect, count, cells):
    """Loose bounds on a few hundred replications."""
    rng, replications, groups = np.random.default_rng(6), 400, items(count * cells, cells=cells)
    covered = {"score": 0, "difference": 0}
    for _ in range(replications):
        first, second = latent(rng, shape=(count, cells), share=0.5, chances=(chance, chance + effect))
        differences = [b - a for a, b in zip(first, second, strict=True)]
        covered["score"] += covers(proportion(first, groups), chance)
        covered["difference"] += covers(difference_interval(differences, groups), effect)
    assert all(0.92 <= times / replications <= 0.98 for times in covered.values()), covered


def test_where_few_pairs_are_discordant_the_default_interval_covers_no_less_than_the_bootstrap():
    rng, covered = np.random.default_rng(7), {difference_interval: 0, bootstrap_interval: 0}
    for _ in range(250):
        first, second = latent(rng, shape=(100, 1), share=0.9, chances=(0.1, 0.1))
        differences = [b - a for a, b in zip(first, second, strict=True)]
        for interval in covered:
            covered[interval] += covers(interval(differences, items(100)), 0.0)
    assert covered[difference_interval] > covered[bootstrap_interval]
