"""Recorded answers with published figures; the environment variable FSMGEN_DATA names their folder."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pytest
from scipy import stats

from fsmgen.evaluation.extraction import AnswerForm, extract
from fsmgen.evaluation.outcomes import Kind, judge
from fsmgen.evaluation.statistics import ExactTest, Interval, difference_interval, exact_test

DATA = Path(os.environ.get("FSMGEN_DATA", ""))
FORM = AnswerForm("A:", "")

pytestmark = pytest.mark.skipif("FSMGEN_DATA" not in os.environ, reason="FSMGEN_DATA does not name the folder of the recorded data")


@pytest.fixture(scope="module")
def expected() -> dict:
    return json.loads((DATA / "gsm8k_recorded_expected.json").read_text())


@pytest.fixture(scope="module")
def rows() -> list[dict]:
    with gzip.open(DATA / "gsm8k_recorded.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def correct(rows: list[dict], model: str, rung: str) -> list[float]:
    """1.0 where the recorded solution has the value of the recorded gold rationale, both read by the ladder."""
    golds = [extract(row["ground_truth"], "strict", form=FORM).value for row in rows]
    answers = [extract(row[model]["solution"], rung, form=FORM) for row in rows]
    assert None not in golds
    return [float(judge(answer, gold).kind is Kind.CORRECT) for answer, gold in zip(answers, golds, strict=True)]


@pytest.mark.parametrize("rung", ["strict", "flexible", "lenient"])
@pytest.mark.parametrize("model", ["6b_finetuning", "6b_verification"])
def test_the_recorded_solutions_have_the_published_accuracies(rows, expected, model, rung):
    scores = correct(rows, model, rung)
    assert sum(scores) / len(scores) == pytest.approx(expected["accuracy"][model], abs=5e-7)


def test_the_paired_figures_of_the_recorded_solutions_are_reproduced(rows, expected):
    first, second = (correct(rows, model, "strict") for model in expected["models"])
    differences = [b - a for a, b in zip(first, second, strict=True)]
    interval, test = (function(differences, range(len(rows))) for function in (difference_interval, exact_test))
    assert isinstance(interval, Interval)
    assert isinstance(test, ExactTest)
    assert (test.first_only, test.second_only) == (expected["first_only"], expected["second_only"])
    assert test.p_value == pytest.approx(expected["mcnemar_exact_p"])
    assert interval.estimate == pytest.approx(expected["difference_second_minus_first"], abs=5e-7)
    critical = stats.t.ppf(0.975, len(rows) - 1)
    assert (interval.high - interval.estimate) / critical == pytest.approx(expected["paired_standard_error"], abs=5e-7)


def test_one_declared_extractor_gives_all_forty_published_accuracies_of_bbh():
    """The answer is what follows the last "the answer is", else the whole text."""
    form = AnswerForm("the answer is", ".", "text")
    cells: dict[tuple[str, str], list[tuple[bool, float]]] = {}
    with gzip.open(DATA / "bbh_recorded.jsonl.gz", "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            outcome = judge(extract(row["prediction"], "lenient", form=form), row["target"], form=form)
            cells.setdefault((row["task"], row["mode"]), []).append((outcome.kind is Kind.CORRECT, row["published_accuracy"]))
    assert len(cells) == 40
    for cell, rows in cells.items():
        assert 100 * sum(right for right, _ in rows) / len(rows) == pytest.approx(rows[0][1]), cell
