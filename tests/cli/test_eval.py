"""The commands on studies: tables, JSON, conditions, and what they say where nothing can be said."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fsmgen.embedded.formats import FAVOURITE
from fsmgen.evaluation.arms import FreeText
from fsmgen.evaluation.comparison import compare
from fsmgen.evaluation.evidence import evidence
from fsmgen.evaluation.prompts import FormatPrompt
from fsmgen.evaluation.records import identified, read_study
from fsmgen.evaluation.tasks import story_task
from tests.evaluation.conftest import FakeModel, fake_generate, fake_text, make_experiment

try:
    from fsmgen.evaluation.running import run
except ImportError:
    from fsmgen.evaluation.experiment import run


def study(folder: Path, generate: Any = fake_generate, **changes: Any) -> Path:
    run(make_experiment(**changes), folder, generate=generate)
    return folder


def other_texts(model, prompts, constraint, *, max_tokens, sampling, **options):
    """A model that knows less: its number is off for prompts of odd length."""
    answers = fake_generate(model, prompts, constraint, max_tokens=max_tokens, sampling=sampling, **options)
    return [
        replace(
            answer,
            text=fake_text(prompt, constraint is not None)[0].replace("The answer is", "It may be") if len(prompt) % 2 else answer.text,
        )
        for prompt, answer in zip(prompts, answers, strict=True)
    ]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return study(tmp_path_factory.mktemp("studies") / "first", task=story_task("dev", 40))


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("studies") / "second"
    return study(folder, other_texts, task=story_task("dev", 40), model=FakeModel(name="embedded:other"))


def figures(out: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads(out)["figures"]
    return found


def test_compare_prints_what_the_functions_find(fsmgen, first):
    code, out, err = fsmgen("eval", "compare", first, "--json")
    assert (code, err) == (0, "")
    [(arm, found)] = figures(out).items()
    [pair], [more] = compare(read_study(first)).pairs, evidence(read_study(first)).pairs
    assert arm == pair.arm
    assert (found["delta"], found["low"], found["p"]) == (pair.overall.estimate, pair.overall.interval.low, pair.overall.test.p_value)
    assert (found["permutation_p"], found["equivalence_p"]) == (more.permutation.p_value, more.equivalence.p_value)
    assert found["variance_ratio"] == {"unsaid": "at least 3 prompts are needed, and there are 2"}
    code, out, _ = fsmgen("eval", "compare", first)
    assert code == 0
    assert all(title in out for title in ("Result", "Evidence", "Where the difference", "Spread over prompts"))


@pytest.mark.parametrize(
    ("condition", "code", "message"),
    [
        ("delta < -1.0", 0, ""),
        ("delta > -1 and pairs == 80", 1, "delta is"),
        ("variance_ratio > 1", 1, "it cannot be excluded, since variance_ratio has no value: at least 3 prompts"),
        ("pairs < 10 and variance_ratio > 1", 0, ""),
        ("delat < 0", 2, "there is no figure 'delat'; did you mean delta"),
        ("delta <", 2, "the end where a number or the name of a figure should be at position 7"),
        ("__import__('os')", 2, "is no part of a condition at position 11"),
        ("", 2, "the end where a number or the name of a figure should be"),
        ("1 < 2", 2, "it names no figure"),
        ("delta < 0 delta", 2, "where `and`, `or` or the end should be"),
    ],
)
def test_a_condition_decides_the_exit_code(fsmgen, first, condition, code, message):
    found, _, err = fsmgen("eval", "compare", first, "--json", "--fail-if", condition)
    assert found == code
    assert message in err.replace("\n", " ")


def test_two_studies_are_compared_by_folder_and_said_to_be_of_two_versions(fsmgen, first, tmp_path):
    newer = FakeModel(facts={"sha256": "0" * 64, "torch": "another", "revision": None})
    again = study(tmp_path / "again", task=story_task("dev", 40), model=newer)
    code, out, _ = fsmgen("eval", "compare", first, again, "--json")
    found = json.loads(out)
    assert code == 0
    assert found["cautions"] == [
        "again and first are of two versions (torch none and another): a difference between them may come from that, "
        "and cannot be put down to the arms"
    ]
    assert found["figures"]["again: free text"]["delta"] == 0.0
    assert found["figures"]["again: free text"]["p"] == {"unsaid": "the two arms agree on every item, so there is nothing to test"}
    assert "All arms together" in found["sentences"][-1]


def test_rank_orders_models_and_says_how_stable_that_is(fsmgen, first, second):
    code, out, _ = fsmgen("eval", "rank", first, second, "--json")
    found = json.loads(out)
    assert code == 0
    assert found["figures"]["free text"]["models"] == 2.0
    [ranking] = [each for each in found["details"]["rankings"] if each["arm"] == "free text"]
    assert ranking["means"]["embedded:fake"] > ranking["means"]["embedded:other"]
    assert ranking["stability"]["tau_b"] == found["figures"]["free text"]["tau_b"] == 1.0
    code, out, err = fsmgen("eval", "rank", first, second, "--fail-if", "swap > 0.2 or tau_b < 1")
    assert (code, "change two models' places" in out) == (0, True), err


@pytest.mark.parametrize("command", ["compare", "rank"])
def test_the_same_study_twice_is_refused(fsmgen, first, command):
    code, out, err = fsmgen("eval", command, first, first)
    assert (code, out) == (2, "")
    assert "one is there twice" in err.replace("\n", " ")


def test_one_model_has_no_ranking_and_one_prompt_no_spread_and_one_arm_no_difference(fsmgen, tmp_path):
    alone = study(tmp_path / "alone", prompts=(FormatPrompt(FAVOURITE),), arms=(FreeText(),))
    for command in ("compare", "rank"):
        code, out, _ = fsmgen("eval", command, alone, "--json")
        assert code == 0 and "NaN" not in out
        found = json.loads(out)
        if command == "compare":
            assert found["cautions"] == ["there is one arm, free text, so nothing can be compared"]
            assert any("at least two prompts" in note for table in found["tables"] for note in table["notes"])
        else:
            assert found["figures"]["free text"]["tau_b"] == {"unsaid": "at least 2 models are needed, and there is one"}
    code, _, err = fsmgen("eval", "compare", alone, "--fail-if", "delta < 0")
    assert (code, "there are no figures to judge by it" in err.replace("\n", " ")) == (1, True)


def test_plan_gives_the_smallest_effect_of_a_design_and_the_pairs_of_an_effect(fsmgen, first):
    code, out, _ = fsmgen("eval", "plan", "--discordance", 0.2, "--pairs", 1319, "--effect", 0.02, "--json")
    assert code == 0
    assert figures(out)["design"] == {"discordance": 0.2, "detectable": pytest.approx(0.0345, abs=1e-4), "needed": 3925.0}
    code, out, _ = fsmgen("eval", "plan", first, "--pairs", 1000, "--json")
    [(arm, found)] = figures(out).items()
    assert (code, arm, found["needed"]) == (0, "constrained, 1-80 characters", {"unsaid": "--effect was not given"})
    assert 0 < found["detectable"] < 0.05
    code, _, err = fsmgen("eval", "plan")
    assert (code, "--discordance" in err) == (2, True)
    code, out, _ = fsmgen("eval", "plan", "--discordance", 0.01, "--effect", 0.02, "--json")
    assert figures(out)["design"]["needed"] == {"unsaid": "the arms differ on 1.0% of the pairs, so their scores cannot differ by 2.0%"}


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--discordance", 0.2, "--effect", 1e-300], 2, "between 1e-09 and 1"),
        (["--discordance", 0.2, "--power", 0.01, "--level", 0.5], 2, "power is 0.01; it must be above 0.25"),
        (["--discordance", 0.2, "--pairs", 3], 0, "3 pairs of which 20.0% differ find no effect that often"),
        (["--discordance", 1, "--pairs", 1], 0, "find no effect that often"),
    ],
)
def test_designs_that_cannot_be_planned_say_why(fsmgen, options, code, said):
    found, out, err = fsmgen("eval", "plan", *options, "--json")
    assert (found, said in " ".join((out + err).split())) == (code, True), out + err


def test_a_pilot_leaves_no_room_for_another_discordance(fsmgen, first):
    code, _, err = fsmgen("eval", "plan", first, "--discordance", 0.3)
    assert (code, "left out where it is taken from" in err.replace("\n", " ")) == (2, True)


@pytest.mark.parametrize("name", ["schema", "rung", "trials", "arms"])
def test_a_manifest_of_another_version_is_named(fsmgen, first, tmp_path, name):
    content = {key: value for key, value in json.loads((first / "study.json").read_text()).items() if key not in ("id", name)}
    (tmp_path / "study.json").write_text(json.dumps(identified(content)))
    for command in ("compare", "rank", "calibrate", "plan", "effects", "validate"):
        code, out, err = fsmgen("eval", command, tmp_path)
        assert (code, "was written by another version" in " ".join((out + err).split())) == (1, True), command


def test_a_folder_that_is_no_study_or_an_empty_one_is_named(fsmgen, first, tmp_path):
    code, _, err = fsmgen("eval", "compare", tmp_path)
    assert (code, "no study" in err) == (1, True)
    (tmp_path / "study.json").write_bytes((first / "study.json").read_bytes())
    code, _, err = fsmgen("eval", "compare", tmp_path)
    assert (code, "has no records yet" in err.replace("\n", " ")) == (1, True)
    other = study(tmp_path / "other", task=story_task("test", 12))
    code, _, err = fsmgen("eval", "compare", first, other)
    assert (code, "of one task" in err.replace("\n", " ")) == (2, True)


def test_a_partial_study_says_so(fsmgen, first, tmp_path):
    (tmp_path / "study.json").write_bytes((first / "study.json").read_bytes())
    lines = (first / "records.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "records.jsonl").write_bytes(b"".join(lines[:70]))
    code, out, _ = fsmgen("eval", "compare", tmp_path, "--json")
    assert code == 0
    assert json.loads(out)["cautions"][0].endswith("is not complete: 70 of 160 answers")


def test_effects_of_records_that_an_earlier_version_wrote_say_what_they_lack(fsmgen, first):
    code, out, _ = fsmgen("eval", "effects", first, "--json")
    [(arm, found)] = figures(out).items()
    assert (code, arm) == (0, "constrained, 1-80 characters")
    assert found["path_tax"] > 0
    assert found["validity"]["unsaid"].startswith("the run is greedy")
    assert found["affected"]["unsaid"].endswith("they were written by a version that did not keep it")
    code, out, err = fsmgen("eval", "effects", first, "--fail-if", "path_tax > 0.001")
    assert (code, "path_tax is" in err, "What the constraint leaves" in out) == (1, True, True)
    code, _, err = fsmgen("eval", "effects", first, "--fail-if", "validity < 0.5")
    assert (code, "it cannot be excluded, since validity has no value: the run is greedy" in err.replace("\n", " ")) == (1, True)


def test_calibrate_says_which_arms_have_no_such_confidence(fsmgen, first):
    code, out, _ = fsmgen("eval", "calibrate", first, "--confidence", "whole", "--bins", 4, "--json")
    found = figures(out)
    assert code == 0
    assert set(found) == {"free text", "constrained, 1-80 characters"}
    assert all(0 <= each["ece"] <= 1 and each["left_out"] == 0 for each in found.values())
    code, out, _ = fsmgen("eval", "calibrate", first)
    assert code == 0 and "no answer of this arm has the confidence 'answer'" in " ".join(out.split())
    code, _, err = fsmgen("eval", "calibrate", first, "--confidence", "hunch")
    assert (code, "one of choices, choices-raw" in err.replace("\n", " ")) == (2, True)


def test_report_writes_a_page_once_and_names_a_broken_line(fsmgen, first, second, tmp_path):
    page = tmp_path / "out.html"
    code, out, err = fsmgen("eval", "report", first, second, "--output", page)
    assert code == 0 and "out.md, out.csv, out-files" in out and "error" not in err
    assert "embedded" not in page.read_text().partition("<h1>")[2].partition("</h1>")[0]
    code, _, err = fsmgen("eval", "report", first, "--output", page)
    assert code == 1 and "out.html exists and is not overwritten" in err
    assert fsmgen("eval", "report", first, "--output", page, "--overwrite")[0] == 0
    broken = tmp_path / "broken"
    shutil.copytree(first, broken)
    with (broken / "records.jsonl").open("a") as file:
        file.write("{}\n")
    code, _, err = fsmgen("eval", "report", broken, "--output", tmp_path / "other.html")
    assert code == 1 and re.search(r"records\.jsonl, line \d+: ", err)
    assert not (tmp_path / "other.html").exists()
    code, _, err = fsmgen("eval", "report", first, "--output", tmp_path / "other.txt")
    assert code == 2 and "ends in .html" in err
