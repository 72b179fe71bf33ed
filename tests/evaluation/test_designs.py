"""Several arms, equivalence, planning, resampling, components of variance, prompt variance of two arms, exposure."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.contingency_tables import cochrans_q
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import ttost_paired

from fsmgen.errors import InvalidOption
from fsmgen.evaluation.statistics import (
    Components,
    Interval,
    Unsaid,
    compare_by_exposure,
    compare_prompt_variance,
    detectable_effect,
    difference_interval,
    equivalence,
    exact_test,
    generalisability_curve,
    holm,
    omnibus,
    pairs_needed,
    permutation_test,
    two_way_interval,
    variance_components,
)


def reason(value: object) -> str:
    assert isinstance(value, Unsaid)
    return value.reason


def table(values: np.ndarray) -> dict[str, dict[str, float]]:
    return {f"p{i}": {f"i{j}": float(value) for j, value in enumerate(row)} for i, row in enumerate(values)}


@given(
    st.lists(st.lists(st.sampled_from([0.0, 1.0]), min_size=3, max_size=3), min_size=2, max_size=30).filter(
        lambda x: any(len(set(r)) > 1 for r in x)
    )
)
def test_with_one_cell_per_item_several_arms_have_cochrans_q_of_statsmodels(rows):
    scores = {f"arm {i}": [row[i] for row in rows] for i in range(3)}
    ours, theirs = omnibus(scores, range(len(rows))), cochrans_q(np.array(rows))
    assert not isinstance(ours, Unsaid)
    assert (ours.statistic, ours.p_value) == pytest.approx((theirs.statistic, theirs.pvalue))
    assert ours.method == "Cochran's Q"


def test_copies_of_every_cell_do_not_make_the_test_of_several_arms_surer():
    rng = np.random.default_rng(0)
    scores = {f"arm {i}": (rng.random(40) < chance).astype(float).tolist() for i, chance in enumerate((0.4, 0.5, 0.7))}
    once, often = omnibus(scores, range(40)), omnibus({arm: column * 5 for arm, column in scores.items()}, list(range(40)) * 5)
    assert not isinstance(once, Unsaid)
    assert not isinstance(often, Unsaid)
    assert often.p_value == pytest.approx(once.p_value, abs=0.02)
    assert often.pairs == once.pairs
    assert "permuted within items" in often.method


@pytest.mark.parametrize("p_values", [[0.3], [0.01, 0.04, 0.03], [0.5, 0.5, 0.0, 1.0], [0.02, 0.2, 0.001, 0.02, 0.7, 0.012], [0.9] * 5])
def test_holms_adjustment_is_that_of_statsmodels(p_values):
    assert holm(p_values) == pytest.approx(multipletests(p_values, method="holm")[1])


def test_several_arms_that_cannot_be_tested_say_why():
    assert "at least three, and there are 2" in reason(omnibus({"a": [1.0], "b": [0.0]}, [0]))
    assert "even on every item" in reason(omnibus({"a": [1.0], "b": [1.0], "c": [1.0]}, [0]))
    assert "different cells" in reason(omnibus({"a": [1.0], "b": [1.0], "c": []}, [0]))
    found = omnibus({"a": [1.0, 0.0], "b": [1.0, 0.0], "c": [0.0, 0.0]}, [0, 1])
    assert not isinstance(found, Unsaid)
    assert "agree on every item" in reason(found.pairs["a", "b"])
    assert found.pairs["a", "c"] == 1.0


@pytest.mark.parametrize("margin", [0.02, 0.2])
def test_with_one_cell_per_item_equivalence_is_the_two_one_sided_tests_of_statsmodels(margin):
    rng = np.random.default_rng(1)
    first, second = ((rng.random(200) < 0.6).astype(float) for _ in range(2))
    ours = equivalence((second - first).tolist(), range(200), margin=margin)
    theirs, lower, _ = ttost_paired(second, first, -margin, margin)
    assert not isinstance(ours, Unsaid)
    assert (ours.p_value, ours.no_loss) == pytest.approx((theirs, lower[1]))
    assert ours.equivalent == (-margin < ours.interval.low and ours.interval.high < margin)


def test_equal_looking_arms_are_not_equivalent_without_evidence():
    few, many = ([1.0, -1.0, *[0.0] * 98], [1.0, -1.0, *[0.0] * 98] * 60)
    unsure, sure = (equivalence(column, range(len(column))) for column in (few, many))
    assert not isinstance(unsure, Unsaid)
    assert not isinstance(sure, Unsaid)
    assert (unsure.verdict, sure.verdict) == ("a loss of 2 points is not excluded", "equivalent within 2 points")
    better = equivalence([1.0] * 30 + [0.0] * 70, range(100))
    assert not isinstance(better, Unsaid)
    assert better.verdict == "no loss of 2 points or more"
    assert "same difference" in reason(equivalence([1.0, 1.0], [0, 1]))
    with pytest.raises(InvalidOption, match="margin"):
        equivalence([1.0], [0], margin=2)


def test_a_planned_design_finds_its_effect_as_often_as_it_says():
    pairs, discordance = 500, 0.3
    effect = detectable_effect(pairs=pairs, discordance=discordance)
    assert effect == pytest.approx(2.80 * math.sqrt(discordance / pairs), rel=1e-3)
    assert pairs_needed(effect=effect, discordance=discordance) == pairs
    rng = np.random.default_rng(2)
    draws = rng.choice([-1.0, 0.0, 1.0], p=[(discordance - effect) / 2, 1 - discordance, (discordance + effect) / 2], size=(500, pairs))
    found = [difference_interval(row.tolist(), range(pairs)) for row in draws]
    assert np.mean([interval.low > 0 for interval in found if isinstance(interval, Interval)]) == pytest.approx(0.8, abs=0.06)


@pytest.mark.parametrize(("name", "call"), [
    ("pairs", lambda: detectable_effect(pairs=0, discordance=0.2)),
    ("discordance", lambda: detectable_effect(pairs=5, discordance=1.2)),
    ("effect", lambda: pairs_needed(effect=0.3, discordance=0.2)),
    ("power", lambda: pairs_needed(effect=0.1, discordance=0.2, power=1.0)),
])  # fmt: skip
def test_a_design_that_cannot_be_is_refused_by_name(name, call):
    with pytest.raises(InvalidOption) as raised:
        call()
    assert raised.value.option == name


@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1, max_size=12).filter(any))
def test_with_one_cell_per_item_all_swaps_give_mcnemars_exact_p(differences):
    swapped, exact = permutation_test(differences, range(len(differences))), exact_test(differences, range(len(differences)))
    assert not isinstance(swapped, Unsaid)
    assert not isinstance(exact, Unsaid)
    assert swapped.exact
    assert swapped.p_value == pytest.approx(exact.p_value)


def test_a_permutation_test_of_nothing_says_so_and_a_large_one_says_how_many_swaps():
    assert "nothing to test" in reason(permutation_test([1.0, -1.0], [0, 0]))
    found = permutation_test([1.0] * 40 + [-1.0] * 10, range(50), resamples=999)
    assert not isinstance(found, Unsaid)
    assert (found.exact, found.method) == (False, "permutation of the arms within items, 999 random swaps, seed 0")
    assert found.p_value < 0.01


def test_an_interval_over_prompts_too_is_wider_where_prompts_differ_and_like_the_other_where_they_do_not():
    rng = np.random.default_rng(3)
    noise = rng.choice([-1.0, 0.0, 1.0], size=(12, 150), p=[0.1, 0.8, 0.1])
    steady, shaky = table(noise), table(noise + np.linspace(-0.5, 0.5, 12)[:, None])
    over_items = difference_interval([*noise.ravel()], list(range(150)) * 12)
    first, second = two_way_interval(steady), two_way_interval(shaky)
    assert isinstance(over_items, Interval)
    assert isinstance(first, Interval)
    assert isinstance(second, Interval)
    assert first.high - first.low == pytest.approx(
        math.sqrt(3) * (over_items.high - over_items.low), rel=0.15
    )  # Owen 2007: noise counts thrice
    assert second.high - second.low == pytest.approx(2 * 1.96 * np.linspace(-0.5, 0.5, 12).std() / math.sqrt(12), rel=0.2)
    assert "at least 2 prompts" in reason(two_way_interval({"p": {"i": 1.0, "j": 0.0}}))
    assert "every item shows no difference" in reason(two_way_interval(table(np.zeros((2, 3)))))


def frame(values: np.ndarray) -> pandas.DataFrame:
    cells = [(*place, values[place]) for place in product(*map(range, values.shape))]
    return pandas.DataFrame(cells, columns=["model", "prompt", "item", "score"])


def by_model(values: np.ndarray) -> dict[str, dict[str, dict[str, float]]]:
    return {f"m{i}": table(model) for i, model in enumerate(values)}


def test_components_solve_the_mean_squares_of_statsmodels():
    values = np.random.default_rng(4).random((3, 4, 5)).round(2)
    found = variance_components(by_model(values))
    assert isinstance(found, Components)
    formula = "score ~ (C(model) + C(prompt) + C(item)) ** 2"
    squares = anova_lm(ols(formula, data=frame(values)).fit())["mean_sq"]
    v = found.variances
    assert v["rest"] == pytest.approx(squares["Residual"])
    assert v["rest"] + 5 * v["model x prompt"] == pytest.approx(squares["C(model):C(prompt)"])
    assert v["rest"] + 4 * v["model x item"] == pytest.approx(squares["C(model):C(item)"])
    assert v["rest"] + 3 * v["prompt x item"] == pytest.approx(squares["C(prompt):C(item)"])
    assert v["rest"] + 5 * v["model x prompt"] + 4 * v["model x item"] + 20 * v["model"] == pytest.approx(squares["C(model)"])
    assert v["rest"] + 5 * v["model x prompt"] + 3 * v["prompt x item"] + 15 * v["prompt"] == pytest.approx(squares["C(prompt)"])
    assert v["rest"] + 4 * v["model x item"] + 3 * v["prompt x item"] + 12 * v["item"] == pytest.approx(squares["C(item)"])


def test_components_find_on_average_what_scores_were_made_of():
    rng, made = np.random.default_rng(5), {"model": 0.04, "prompt": 0.02, "item": 0.09, "model x prompt": 0.01, "rest": 0.16}
    found = []
    for _ in range(300):

        def draw(source: str, *shape: int) -> np.ndarray:
            return rng.normal(0, math.sqrt(made[source]), shape)

        values = (
            draw("model", 5, 1, 1)
            + draw("prompt", 1, 6, 1)
            + draw("item", 1, 1, 30)
            + draw("model x prompt", 5, 6, 1)
            + draw("rest", 5, 6, 30)
        )
        components = variance_components(by_model(values))
        assert isinstance(components, Components)
        found.append(components.variances)
    for source in ("model", "prompt", "item", "model x prompt", "model x item", "prompt x item", "rest"):
        assert np.mean([variances[source] for variances in found]) == pytest.approx(made.get(source, 0.0), abs=0.004), source


def test_the_coefficient_is_the_squared_correlation_of_means_with_what_they_estimate():
    components = Components(
        {"model": 0.04, "prompt": 0.1, "item": 0.1, "model x prompt": 0.02, "model x item": 0.05, "prompt x item": 0.1, "rest": 0.1},
        5,
        4,
        50,
    )
    rng, prompts, items = np.random.default_rng(6), 4, 50
    truth = rng.normal(0, 0.2, 20_000)
    error = 0.02 / prompts + 0.05 / items + 0.1 / (prompts * items)
    seen = truth + rng.normal(0, math.sqrt(error), 20_000)
    curve = generalisability_curve(components, [1, prompts, 100])
    assert not isinstance(curve, Unsaid)
    assert curve[prompts] == pytest.approx(np.corrcoef(truth, seen)[0, 1] ** 2, abs=0.01)
    assert curve[1] < curve[prompts] < curve[100] < 1


def test_components_that_cannot_be_found_say_why():
    assert "at least 2 prompts" in reason(variance_components(by_model(np.ones((2, 1, 3)))))
    assert "all cells score 1" in reason(variance_components(by_model(np.ones((2, 2, 3)))))
    flat = Components(
        dict.fromkeys(["model", "prompt", "item", "model x prompt", "model x item", "prompt x item"], 0.0) | {"rest": 0.2}, 2, 2, 9
    )
    assert "no ranking" in reason(generalisability_curve(flat))
    assert flat.share("rest") == 1.0


def two_arms(rng: np.random.Generator, sds: tuple[float, float], *, prompts: int, items: int) -> list[dict[str, dict[str, float]]]:
    """Scores of two arms whose chances vary over prompts with the given standard deviations, half of it in common."""
    common = rng.normal(0, 1, prompts)
    chances = [0.5 + sd * (common + rng.normal(0, 1, prompts)) / math.sqrt(2) for sd in sds]
    return [table((rng.random((prompts, items)) < chance[:, None]).astype(float)) for chance in chances]


def test_an_arm_that_depends_less_on_the_prompt_is_found_and_equal_arms_are_not():
    rng = np.random.default_rng(7)
    unequal = compare_prompt_variance(*two_arms(rng, (0.15, 0.04), prompts=30, items=300), resamples=500)
    assert not isinstance(unequal, Unsaid)
    assert isinstance(unequal.ratio, Interval)
    assert unequal.ratio.high < 0.5
    assert max(unequal.pitman_morgan, unequal.swaps) < 0.01
    p_values = []
    for _ in range(60):
        equal = compare_prompt_variance(*two_arms(rng, (0.1, 0.1), prompts=12, items=100), resamples=200)
        assert not isinstance(equal, Unsaid)
        p_values.append((equal.pitman_morgan, equal.swaps))
    assert all(0.0 <= np.mean(np.array(column) < 0.1) < 0.25 for column in zip(*p_values, strict=True))


def test_pitman_and_morgan_as_the_t_test_of_their_papers():
    rng = np.random.default_rng(8)
    arms = two_arms(rng, (0.1, 0.2), prompts=10, items=50)
    x, y = (np.array([np.mean(list(row.values())) for row in arm.values()]) for arm in arms)
    ratio, r = x.var(ddof=1) / y.var(ddof=1), np.corrcoef(x, y)[0, 1]
    t = (ratio - 1) * math.sqrt(8) / (2 * math.sqrt(ratio * (1 - r**2)))
    found = compare_prompt_variance(*arms, resamples=50)
    assert not isinstance(found, Unsaid)
    assert found.pitman_morgan == pytest.approx(2 * stats.t.sf(abs(t), 8))


def test_a_variance_that_is_not_above_noise_has_no_ratio_and_a_bound_is_named():
    rng = np.random.default_rng(9)
    noise = [table(np.tile((rng.random(200) < 0.5).astype(float), (4, 1))) for _ in range(2)]
    found = compare_prompt_variance(*noise, resamples=50)
    assert not isinstance(found, Unsaid)
    assert "not distinguishable from item noise" in reason(found.ratio)
    high = compare_prompt_variance(
        *two_arms(rng, (0.1, 0.1), prompts=5, items=50)[:1], table((rng.random((5, 50)) < 0.99).astype(float)), resamples=50
    )
    assert not isinstance(high, Unsaid)
    assert high.guard is not None
    assert "near the ceiling" in high.guard
    assert "at least 3 prompts" in reason(compare_prompt_variance(table(np.ones((2, 3))), table(np.ones((2, 3)))))


def test_models_are_compared_on_formats_that_both_or_neither_saw():
    rng = np.random.default_rng(10)
    ability, bonus, saw = {"first": 0.5, "second": 0.4}, 0.3, {"first": [True, False, True, False], "second": [True, False, False, True]}
    scores = {
        model: table((rng.random((4, 800)) < np.array([[chance + bonus * seen] for seen in saw[model]])).astype(float))
        for model, chance in ability.items()
    }
    exposure = {model: {f"p{i}": seen for i, seen in enumerate(saw[model])} for model in saw}
    found = compare_by_exposure(scores["first"], scores["second"], first_saw=exposure["first"], second_saw=exposure["second"])
    assert not isinstance(found, Unsaid)
    assert isinstance(found.adjusted, Interval)
    assert found.adjusted.low < -0.1 < found.adjusted.high
    prompts, difference = found.groups["only the second saw"]
    assert prompts == ("p3",)
    assert isinstance(difference, Interval)
    assert difference.low < 0.2 < difference.high
    assert "not known" in reason(compare_by_exposure(scores["first"], scores["second"], first_saw={}, second_saw={}))
    apart = compare_by_exposure({"p": {"i": 1.0}}, {"p": {"i": 0.0}}, first_saw={"p": True}, second_saw={"p": False})
    assert not isinstance(apart, Unsaid)
    assert "no format was seen by both" in reason(apart.adjusted)
