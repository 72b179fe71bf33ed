"""`fsmgen eval rescore` and `replay`: the same answers read again, and recorded outputs with published accuracies."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from fsmgen.evaluation.outcomes import Kind
from fsmgen.evaluation.records import RECORDS, read_study
from fsmgen.evaluation.replay import rescore
from fsmgen.evaluation.running import run
from tests.evaluation.conftest import fake_generate, make_experiment

DATA = os.environ.get("FSMGEN_DATA")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("studies") / "study"
    run(make_experiment(), path, generate=fake_generate)
    return path


def test_rescore_prints_outcomes_by_arm_and_changes_no_record(fsmgen, folder):
    before = (folder / RECORDS).read_bytes()
    code, out, err = fsmgen("eval", "rescore", folder, "--rung", "strict", "--json-lines")
    assert code == 0, err
    lines = [json.loads(line) for line in out.splitlines()]
    expected = rescore(read_study(folder), rung="strict")
    assert {line["key"]: (line["outcome"], line["value"]) for line in lines} == {
        key: (outcome.label, outcome.value) for key, outcome in expected.items()
    }
    assert (folder / RECORDS).read_bytes() == before
    code, out, _ = fsmgen("eval", "rescore", folder)
    assert code == 0 and "48 records, read as" in " ".join(out.split())


def test_another_form_reads_another_value(fsmgen, folder):
    counts = []
    for before in ("The answer is", "####"):
        _, out, _ = fsmgen("eval", "rescore", folder, "--rung", "strict", "--json-lines", "--before", before)
        counts.append(Counter(json.loads(line)["outcome"] for line in out.splitlines()))
    marked = sum("####" in record.text for record in read_study(folder).records)
    assert counts[0][str(Kind.CORRECT)] > marked >= counts[1][str(Kind.CORRECT)] > 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["rescore", "nowhere"], 1, "no study"),
        (["replay", "gsm8k"], 2, "give one of --recorded, --lm-eval and --inspect"),
        (["replay", "gsm8k", "--recorded", "7b"], 2, "there is none of that name"),
        (["replay", "gsm8", "--recorded", "7b"], 2, "did you mean 'gsm8k'"),
        (["replay", "stories", "--lm-eval", "missing.jsonl"], 2, "missing.jsonl"),
    ],
)
def test_what_cannot_be_read_is_a_message(fsmgen, arguments, code, message):
    ended, out, err = fsmgen("eval", *arguments)
    assert (ended, out) == (code, "")
    assert message in " ".join(err.split())


def test_a_wrong_rung_is_refused(fsmgen, folder):
    code, _, err = fsmgen("eval", "rescore", folder, "--rung", "loose")
    assert code == 2 and "strict, flexible, lenient" in err


@pytest.mark.skipif(DATA is None, reason="FSMGEN_DATA is not set")
@pytest.mark.parametrize(("name", "accuracy"), [("6b_finetuning", "0.216831"), ("6b_verification", "0.390447")])
def test_replay_gives_the_recorded_accuracies(fsmgen, tmp_path, name, accuracy):
    code, out, err = fsmgen("eval", "replay", "gsm8k", "--recorded", name, "--data", DATA, "--output", tmp_path / "study")
    assert code == 0, err
    assert f"accuracy {accuracy}, 1319 outputs" in out
    assert len(read_study(tmp_path / "study").records) == 1319
