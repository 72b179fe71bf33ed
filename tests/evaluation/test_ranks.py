"""Rankings over prompts: published data, scipy, and cases that can be counted by hand."""

from __future__ import annotations

import csv
import json
import os
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fsmgen.errors import InvalidOption
from fsmgen.evaluation.statistics import RankStability, Unsaid, means_by_prompt, rank_stability, swap_probabilities

DATA = Path(os.environ.get("FSMGEN_DATA", ""))
EXPECTED = json.loads((DATA / "multi_prompt_expected.json").read_text())["tasks"] if "FSMGEN_DATA" in os.environ else {}
LEVELS = st.sampled_from([0.0, 0.25, 0.5, 1.0])


def named(values: list[list[float]]) -> dict[str, dict[str, float]]:
    return {f"m{i}": {f"p{j}": value for j, value in enumerate(row)} for i, row in enumerate(values)}


def read_accuracies(task: str) -> dict[str, dict[str, float]]:
    """The recorded accuracies of a task by model and prompt; prompts with a missing value are left out."""
    with (DATA / "multi_prompt" / f"{task}.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if all(row.values())]
    models = [name for name in rows[0] if name.endswith("_acc")]
    return {model: {row["paraphrase idx"]: float(row[model]) for row in rows} for model in models}


@pytest.mark.skipif("FSMGEN_DATA" not in os.environ, reason="FSMGEN_DATA does not name the folder of the recorded data")
@pytest.mark.parametrize("task", EXPECTED or ["none"])
def test_recorded_accuracies_under_many_prompts_have_the_published_stability(task):
    found, expected = rank_stability(read_accuracies(task)), EXPECTED[task]
    assert isinstance(found, RankStability)
    assert (found.models, found.prompts) == (expected["models"], expected["prompts"])
    for name in ("tau_b", "kendall_w", "top1", "spread"):
        assert getattr(found, name) == pytest.approx(expected[name], abs=5e-7), name


@given(st.lists(st.lists(LEVELS, min_size=3, max_size=3), min_size=2, max_size=5))
def test_tau_is_the_mean_of_scipys_over_all_pairs_of_prompts(values):
    found = rank_stability(named(values))
    assert isinstance(found, RankStability)
    columns = np.array(values).T
    taus = [stats.kendalltau(one, other).statistic for one, other in combinations(columns, 2) if np.ptp(one) and np.ptp(other)]
    assert found.undefined == 3 - len(taus)
    if taus:
        assert found.tau_b == pytest.approx(np.mean(taus))
    else:
        assert isinstance(found.tau_b, Unsaid)


def test_without_ties_w_is_the_chi_squared_of_friedman_over_its_largest_value():
    values = np.random.default_rng(0).random((4, 9))
    found = rank_stability(named(values.tolist()))
    assert isinstance(found, RankStability)
    assert found.kendall_w == pytest.approx(stats.friedmanchisquare(*values).statistic / (9 * 3))


def test_equal_rankings_are_perfectly_stable_and_reversed_ones_are_not():
    same = rank_stability({"a": {"p": 0.9, "q": 0.6}, "b": {"p": 0.3, "q": 0.2}})
    reverse = rank_stability({"a": {"p": 0.9, "q": 0.2}, "b": {"p": 0.3, "q": 0.6}})
    assert isinstance(same, RankStability)
    assert isinstance(reverse, RankStability)
    assert (same.tau_b, same.kendall_w, same.top1, same.inversions) == (1.0, 1.0, 1.0, 0.0)
    assert (reverse.tau_b, reverse.kendall_w, reverse.top1, reverse.inversions) == (-1.0, 0.0, 0.5, 1.0)


@pytest.mark.parametrize(
    ("accuracies", "reason"),
    [
        ({}, "at least 2 models are needed, and there are none"),
        ({"a": {"p": 1.0, "q": 0.0}}, "at least 2 models are needed, and there is one"),
        ({"a": {"p": 1.0}, "b": {"p": 0.0}}, "at least 2 prompts are needed, and there is one"),
        ({"a": {"p": 1.0, "q": 1.0}, "b": {"p": 0.0}}, "different prompts (1 to 2 each, 1 in common)"),
        ({"a": {"p": 1.0, "q": float("nan")}, "b": {"p": 0.0, "q": 0.0}}, "the score of a and q is no number"),
    ],
)
def test_a_ranking_that_cannot_be_compared_says_why(accuracies, reason):
    found = rank_stability(accuracies)
    assert isinstance(found, Unsaid)
    assert reason in found.reason


def random_scores(rng: np.random.Generator, chances: dict[str, float], *, prompts: int, items: int) -> dict:
    return {
        model: {f"p{i}": {f"i{j}": float(rng.random() < chance) for j in range(items)} for i in range(prompts)}
        for model, chance in chances.items()
    }


def test_models_far_apart_never_swap_and_copies_of_one_model_swap_half_of_the_time():
    scores = random_scores(np.random.default_rng(1), {"good": 0.9, "bad": 0.1}, prompts=3, items=60)
    scores["also good"] = scores["good"]
    swaps = swap_probabilities(scores, resamples=200)
    assert not isinstance(swaps, Unsaid)
    found = {(swap.better, swap.worse): swap.probability for swap in swaps}
    assert found == {("good", "bad"): 0.0, ("good", "also good"): 0.5, ("also good", "bad"): 0.0}


def test_the_probability_of_a_swap_over_items_is_that_of_a_normal_difference():
    scores = random_scores(np.random.default_rng(2), {"a": 0.5, "b": 0.45}, prompts=1, items=400)
    means = means_by_prompt(scores)
    differences = np.array(list(scores["a"]["p0"].values())) - np.array(list(scores["b"]["p0"].values()))
    [swap] = swap_probabilities(scores, over="items", resamples=4000)
    assert swap.difference == pytest.approx(abs(means["a"]["p0"] - means["b"]["p0"]))
    assert swap.probability == pytest.approx(stats.norm.sf(swap.difference / (differences.std() / 20)), abs=0.03)


def test_over_prompts_alone_nothing_changes_where_prompts_do_not_matter():
    scores = {model: {prompt: {"i": a, "j": b} for prompt in "pq"} for model, (a, b) in {"x": (1.0, 1.0), "y": (1.0, 0.0)}.items()}
    [swap] = swap_probabilities(scores, over="prompts", resamples=50)
    assert (swap.better, swap.worse, swap.probability) == ("x", "y", 0.0)
    with pytest.raises(InvalidOption, match="over"):
        swap_probabilities(scores, over="models")  # type: ignore[arg-type]
