"""Metrics against the libraries that define them, against scikit-learn, and by hand."""

from __future__ import annotations

import importlib
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsmgen.errors import InputError, InvalidOption, MissingPackage
from fsmgen.evaluation import metrics
from fsmgen.evaluation.metrics import ChoiceScores, ScoredChoice
from fsmgen.evaluation.statistics import Unsaid

WORDS = st.text(alphabet="ab the.,", max_size=20)
PROBABILITIES = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.7, 0.9, 1.0]), st.booleans()), min_size=1, max_size=40)


@pytest.mark.parametrize(
    ("answer", "reference", "expected"),
    [
        ("Paris", "Paris ", {"exact_match", "prefix_match", "suffix_match", "quasi_exact_match", "quasi_prefix_match"}),
        ("the Paris.", "paris", {"quasi_exact_match", "quasi_prefix_match"}),
        ("Paris, France", "Paris", {"prefix_match", "quasi_prefix_match"}),
        ("in Paris", "Paris", {"suffix_match"}),
        ("!", "?", set()),
        ("the", "the", {"exact_match", "prefix_match", "suffix_match", "quasi_exact_match"}),
    ],
)
def test_each_match_is_what_its_name_says(answer, reference, expected):
    matches = {name for name in dir(metrics) if name.endswith("_match") and name != "gaia_match"}
    assert {name for name in matches if getattr(metrics, name)(answer, reference)} == expected


@given(WORDS, WORDS)
def test_token_f1_is_between_no_common_word_and_equal_words_and_symmetric(one, other):
    f1 = metrics.token_f1(one, other)
    assert 0 <= f1 == metrics.token_f1(other, one) <= 1
    assert (f1 == 1) == (sorted(metrics.texts.normalised(one).split()) == sorted(metrics.texts.normalised(other).split()))


def test_scores_of_libraries_are_theirs():
    sacrebleu, rouge = importlib.import_module("sacrebleu"), importlib.import_module("rouge_score.rouge_scorer")
    answers, references = ["the cat sat on the mat", "a dog"], [["the cat is on the mat", "a cat sat"], ["the dog", "a dog"]]
    columns = [["the cat is on the mat", "the dog"], ["a cat sat", "a dog"]]
    assert metrics.bleu(answers, references) == sacrebleu.corpus_bleu(answers, columns).score
    assert metrics.chrf(answers, references) == sacrebleu.corpus_chrf(answers, columns).score
    expected = rouge.RougeScorer(["rougeL"]).score("the cat is on the mat", "the cat sat on the mat")["rougeL"].fmeasure
    assert metrics.rouge_l("the cat sat on the mat", "the cat is on the mat") == expected
    with pytest.raises(InputError, match="2 answers and 1 lists"):
        metrics.bleu(answers, references[:1])


def test_a_library_that_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "sacrebleu", None)
    with pytest.raises(MissingPackage, match="pip install sacrebleu"):
        metrics.bleu(["a"], [["a"]])


@pytest.mark.parametrize(
    ("answer", "gold", "right"),
    [
        ("17", "17", True), ("17.0", "17", True), ("$1,700%", "1700", True), ("seventeen", "17", False), (None, "17", False),
        ("12 km", "12", False), ("a, b", "a,b", True), ("A ; 2.0", "a; 2", True), ("b, a", "a, b", False), ("a", "a, b", False),
        ("a.b, c", "ab, c", False), ("St. Louis", "st louis", True),
        ("Saint Louis", "St. Louis", False), (None, "None", True), ("inf", "1e999", True),
    ],
)  # fmt: skip
def test_gaias_rule(answer, gold, right):
    assert metrics.gaia_match(answer, gold) == right


SCORED = ChoiceScores((ScoredChoice("é", -2.0, 2, -1.0, -1.5), ScoredChoice("yes, of course", -3.0, 4, -9.0, -0.5, greedy=True)))


def test_choices_under_each_normalisation():
    assert SCORED.values("raw") == (-2.0, -3.0)
    assert SCORED.values("token") == (-1.0, -0.75)
    assert SCORED.values("character") == (-2.0, -3 / 14)
    assert SCORED.values("byte") == (-1.0, -3 / 14)
    assert SCORED.values("pmi") == (-1.0, 6.0)
    assert [SCORED.best(name) for name in metrics.NORMALISATIONS] == [0, 1, 1, 1, 1]
    assert SCORED.margin("pmi") == 7.0
    assert ChoiceScores((ScoredChoice("a", -1.0),)).margin() == math.inf


def test_one_half_in_three_definitions_and_the_mass_of_all_choices():
    assert SCORED.shares() == pytest.approx((math.e / (1 + math.e), 1 / (1 + math.e)))
    assert SCORED.coverage() == pytest.approx(math.exp(-2) + math.exp(-3))
    assert [SCORED.at_least_half(0, how) for how in ("raw", "normalised", "marginal")] == [False, True, False]
    assert [SCORED.at_least_half(1, how) for how in ("raw", "normalised", "marginal")] == [False, False, True]


@pytest.mark.parametrize(
    "call",
    [
        lambda: ChoiceScores(()),
        lambda: SCORED.values("words"),
        lambda: SCORED.at_least_half(0, "best"),
        lambda: ChoiceScores((ScoredChoice("a", -1.0),)).values("pmi"),
        lambda: ChoiceScores((ScoredChoice("a", -1.0),)).at_least_half(0, "marginal"),
        lambda: ChoiceScores((ScoredChoice("", -1.0),)).values("byte"),
    ],
)
def test_what_cannot_be_said_of_choices_is_refused(call):
    with pytest.raises(InvalidOption):
        call()


@given(PROBABILITIES)
def test_brier_nll_and_auroc_are_those_of_scikit_learn(pairs):
    sklearn = importlib.import_module("sklearn.metrics")
    p, y = [p for p, _ in pairs], [float(y) for _, y in pairs]
    found = metrics.calibration(p, y)
    assert not isinstance(found, Unsaid)
    assert found.brier == pytest.approx(np.mean((np.array(p) - y) ** 2))
    if len(set(y)) == 2:
        assert found.auroc == pytest.approx(sklearn.roc_auc_score(y, p))
    else:
        assert isinstance(found.auroc, Unsaid)
    if math.isfinite(found.nll):
        assert found.nll == pytest.approx(sklearn.log_loss(y, p, labels=[0.0, 1.0]), abs=1e-9)
    else:
        assert any((p == 0 and y) or (p == 1 and not y) for p, y in pairs)
    assert 0 <= found.ece <= found.mce <= 1


@given(PROBABILITIES, st.integers(1, 12), st.sampled_from(["mass", "width"]))
def test_bins_hold_every_probability_once_in_order_and_equal_ones_together(pairs, bins, binning):
    p, y = [p for p, _ in pairs], [float(y) for _, y in pairs]
    diagram = metrics.reliability(p, y, bins=bins, binning=binning, resamples=9)
    assert not isinstance(diagram, Unsaid)
    assert sum(part.count for part in diagram) == len(p)
    assert len(diagram) <= bins
    confidences = [part.confidence for part in diagram]
    assert confidences == sorted(confidences)
    assert sum(part.count * part.confidence for part in diagram) == pytest.approx(sum(p))
    assert all(-1e-9 <= part.low <= part.high <= 1 + 1e-9 for part in diagram)


def test_equal_width_bins_give_the_textbook_figure():
    p, y = [0.05, 0.15, 0.62, 0.68, 0.95], [0.0, 1.0, 1.0, 0.0, 1.0]
    found = metrics.calibration(p, y, bins=10, binning="width")
    assert not isinstance(found, Unsaid)
    assert found.ece == pytest.approx((0.05 + 0.85 + 2 * 0.15 + 0.05) / 5)
    assert found.mce == pytest.approx(0.85)


def test_without_its_bias_the_error_of_true_probabilities_is_nearer_to_none():
    rng, plain, debiased = np.random.default_rng(0), [], []
    for _ in range(100):
        p = rng.random(300)
        found = metrics.calibration(p.tolist(), (rng.random(300) < p).astype(float).tolist(), bins=15)
        assert not isinstance(found, Unsaid)
        plain.append(found.ece)
        debiased.append(found.debiased_ece)
    assert abs(np.mean(debiased)) < 0.7 * np.mean(plain)


def test_true_probabilities_lie_in_the_band_about_as_often_as_it_says():
    rng, inside = np.random.default_rng(1), []
    for seed in range(60):
        p = rng.random(200)
        diagram = metrics.reliability(p.tolist(), (rng.random(200) < p).astype(float).tolist(), bins=5, resamples=299, seed=seed)
        assert not isinstance(diagram, Unsaid)
        inside += [part.low <= part.accuracy <= part.high for part in diagram]
    assert 0.9 < np.mean(inside) < 0.995


def test_a_temperature_is_found_again_and_one_that_is_none_is_not_made_up():
    rng, temperature = np.random.default_rng(2), 2.5
    scores = rng.normal(0, 3, (4000, 4))
    chances = np.exp(scores / temperature)
    chances /= chances.sum(axis=1, keepdims=True)
    right = [int(rng.choice(4, p=row)) for row in chances]
    assert metrics.fitted_temperature(scores.tolist(), right) == pytest.approx(temperature, rel=0.05)
    assert isinstance(metrics.fitted_temperature([[0.0, -5.0]] * 3, [0, 0, 0]), Unsaid)
    assert isinstance(metrics.fitted_temperature([], []), Unsaid)


def test_facts_seen_once_and_probabilities_that_are_none():
    assert metrics.seen_once([1, 1, 3, 5, 0]) == pytest.approx(2 / 10)
    assert isinstance(metrics.seen_once([]), Unsaid)
    assert isinstance(metrics.calibration([0.5], []), Unsaid)
    assert isinstance(metrics.calibration([1.5], [1.0]), Unsaid)
    assert isinstance(metrics.reliability([], []), Unsaid)
