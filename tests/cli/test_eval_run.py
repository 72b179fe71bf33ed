"""`fsmgen eval run` and the commands on folders, as a user meets them, with the embedded model."""

from __future__ import annotations

import json
import shutil

import pytest
import torch

from fsmgen.evaluation.arms import KINDS
from fsmgen.evaluation.catalogue import task_names
from fsmgen.evaluation.records import RECORDS, read_study

RUN = ("eval", "run", "--task", "stories", "--limit", 6, "--batch-size", 2, "--max-tokens", 48)


@pytest.fixture(autouse=True)
def one_thread():
    """The machine is shared, and one thread is faster on models this small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_a_run_writes_records_and_shows_scores_and_says_that_it_is_partial(fsmgen, tmp_path):
    folder = tmp_path / "study"
    code, out, err = fsmgen(*RUN, "--arm", "free", "--arm", "full:longest=60", "--output", folder)
    assert code == 0, err
    assert "Result" in out and "12 of 12 trials; partial: 6 of 200 items, by --limit" in out
    study = read_study(folder)
    assert study.complete and study.partial and len(study.records) == 12
    before = (folder / RECORDS).read_bytes()
    assert fsmgen(*RUN, "--arm", "free", "--arm", "full:longest=60", "--output", folder)[0] == 0
    assert (folder / RECORDS).read_bytes() == before
    code, _, err = fsmgen(*RUN[:4], "--limit", 7, *RUN[6:], "--arm", "free", "--arm", "full:longest=60", "--output", folder)
    assert code == 1 and "another study (other limit (6 there, 7 here), other trials" in " ".join(err.split())
    code, _, err = fsmgen(*RUN, "--arm", "free", "--output", folder)
    assert code == 1 and "another study (other arms, other trials" in " ".join(err.split())


@pytest.mark.filterwarnings("default::fsmgen.evaluation.records.RepairWarning")
def test_a_line_left_half_written_is_repaired_with_a_message(fsmgen, tmp_path):
    command = (*RUN, "--arm", "free", "--output", tmp_path)
    fsmgen(*command)
    whole = (tmp_path / RECORDS).read_bytes()
    (tmp_path / RECORDS).write_bytes(whole[:-100])
    code, out, _ = fsmgen("eval", "validate", tmp_path)
    assert code == 0 and "left unfinished" in out and "5 of 6 trials" in out
    code, _, err = fsmgen(*command)
    assert code == 0 and "left the last line unfinished; its" in " ".join(err.split())
    assert (tmp_path / RECORDS).read_bytes() == whole


def test_shards_merge_to_what_one_run_writes(fsmgen, tmp_path):
    for output, *shard in ((tmp_path / "whole",), (tmp_path / "a", "--shard", "1/2"), (tmp_path / "b", "--shard", "2/2")):
        assert fsmgen(*RUN, "--arm", "free", "--output", output, *shard)[0] == 0
    code, out, _ = fsmgen("eval", "merge", tmp_path / "b", tmp_path / "a", "--output", tmp_path / "ab")
    assert code == 0 and "6 of 6 trials" in out
    assert (tmp_path / "ab" / RECORDS).read_bytes() == (tmp_path / "whole" / RECORDS).read_bytes()
    for number in (1, 2):
        assert fsmgen(*RUN, "--arm", "free", "--output", tmp_path / "both", "--shard", f"{number}/2")[0] == 0
    code, _, err = fsmgen("eval", "merge", tmp_path / "both", "--output", tmp_path / "both")
    assert code == 1 and "it holds parts of a study itself" in " ".join(err.split())
    assert fsmgen("eval", "merge", *[tmp_path / "both"] * 2, tmp_path / "a", "--output", tmp_path / "ab")[0] == 0
    assert (tmp_path / "ab" / RECORDS).read_bytes() == (tmp_path / "whole" / RECORDS).read_bytes()
    shutil.rmtree(tmp_path / "both")
    code, out, _ = fsmgen("eval", "ls", tmp_path)
    assert code == 0 and out.count("embedded:stories") == 4 and "unfinished" in " ".join(out.split())
    code, out, _ = fsmgen("eval", "validate", *(tmp_path / name for name in ("whole", "a", "ab")))
    assert code == 0 and out.count("sound") == 3


def test_validate_exits_with_one_where_something_is_wrong(fsmgen, tmp_path):
    fsmgen(*RUN, "--arm", "free", "--output", tmp_path)
    lines = (tmp_path / RECORDS).read_text().splitlines(keepends=True)
    (tmp_path / RECORDS).write_text("".join([lines[0], "no record\n", *lines[2:]]))
    code, out, _ = fsmgen("eval", "validate", tmp_path)
    assert code == 1 and "1 faults" in out and f"{RECORDS}, line 2: " in out


def test_lint_passes_a_sound_task_and_fails_one_whose_gold_is_outside(fsmgen, tmp_path):
    code, out, _ = fsmgen("eval", "lint", "stories")
    assert code == 0 and "every gold is in the language: 200 of 200" in out
    shown = ("eval", "lint", "stories", "--model", "embedded:stories", "--shots", 8, "--max-tokens")
    code, out, _ = fsmgen(*shown, 128)
    assert code == 1 and "prompt and max_tokens fit into the context: 0 of 200" in out and "more than the context of 512" in out
    code, out, _ = fsmgen(*shown, 100)
    assert code == 0 and "prompt and max_tokens fit into the context: 200 of 200" in out
    task = tmp_path / "sums.toml"
    task.write_text(
        'description = "Sums"\n[dataset]\nrows = [{ q = "7 + 7?", a = "14" }]\n[item]\nquestion = "{{ q }}"\ngold = "{{ a }}"\n'
        '[prompt]\nquestion = "{{ question }}"\n[constraint]\nregex = "[0-9]"\n'
    )
    code, out, _ = fsmgen("eval", "lint", task)
    assert code == 1 and "every gold is in the language: 0 of 1" in out


def test_a_task_of_a_file_runs_with_scored_choices_and_a_named_reference(fsmgen, tmp_path):
    rows = [{"q": f"How many is {n} and {n}?", "right": str(2 * n), "wrong": str(2 * n + 1)} for n in range(2, 6)]
    task = tmp_path / "sums.toml"
    task.write_text(
        'description = "Sums"\n[dataset]\nrows = [\n'
        + ",\n".join("{ " + ", ".join(f"{key} = {json.dumps(value)}" for key, value in row.items()) + " }" for row in rows)
        + ']\n[item]\nquestion = "{{ q }}"\ngold = "A"\nchoices = ["{{ right }}", "{{ wrong }}"]\nlabels = ["A", "B"]\n'
        '[prompt]\nquestion = "Question: {{ question }}\\nAnswer:"\n[extraction]\nkind = "option"\noptions = ["A", "B"]\n'
    )
    command = ("eval", "run", "--task", task, "--arm", "likelihood:normalisation=pmi", "--arm", "likelihood", "--output", tmp_path / "out")
    code, _, err = fsmgen(*command, "--reference", "likelihood of options by pmi")
    assert code == 0, err
    study = read_study(tmp_path / "out")
    assert len(study.records) == 8 and study.manifest["reference"] == "likelihood of options by pmi"
    assert all(len(record.scored) == 2 and record.stop_reason == "scored" for record in study.records)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--task", "storys"], 2, "did you mean 'stories'"),
        (["--task", "stories", "--arm", "fre"], 2, "did you mean 'free'"),
        (["--task", "stories", "--arm", "full:longst=3"], 2, "did you mean 'longest'"),
        (["--task", "stories", "--prompt", "favorite"], 2, "did you mean 'favourite'"),
        (["--task", "stories", "--shard", "3/2"], 2, "I/N with I from 1 to N"),
        (["--task", "stories", "--shots", 9], 2, "between 0 and 8"),
        (["--task", "stories", "--arm", "full"], 2, "with free text among them"),
        (["--task", "stories", "--limt", 9], 2, "--limit"),
        (["--task", "stories", "--model", "nowhere/at-all"], 2, "no model 'nowhere/at-all'"),
        (["--task", "stories", "--reference", "fre"], 2, "the name of an arm"),
        (["--task", "stories", "--limit", 2, "--max-tokens", 1000], 2, "context is 512; 4 of 4 trials do not fit (constrained, "),
        (["--task", "stories", "--arm", "free", "--arm", "full", "--max-tokens", 3], 2, "max_tokens is 3 (constrained, 1-80 characters, "),
        (["--task", "stories", "--arm", "likelihood"], 2, "is asked by the likelihood of its choices (likelihood of options, "),
    ],
    ids=lambda value: " ".join(map(str, value)) if isinstance(value, list) else None,
)
def test_what_cannot_be_is_a_message_and_an_exit_code(fsmgen, tmp_path, arguments, code, message):
    ended, _, err = fsmgen("eval", "run", *arguments, "--output", tmp_path / "out")
    assert ended == code
    assert message in " ".join(err.split())
    assert not (tmp_path / "out").exists()


def test_a_model_that_fails_in_the_middle_leaves_what_was_finished_and_how_to_go_on(fsmgen, tmp_path, monkeypatch):
    from fsmgen.decoding.cache import CachedSession

    real, calls = CachedSession.start, []

    def failing(session, prompts):
        calls.append(prompts)
        if len(calls) == 3:
            raise RuntimeError("device lost")
        return real(session, prompts)

    command = (*RUN, "--arm", "free", "--output", tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(CachedSession, "start", failing)
        code, _, err = fsmgen(*command)
    said = " ".join(err.split())
    assert code == 1 and "RuntimeError: device lost" in said and "the records of 4 of 6 trials are in" in said
    kept = (tmp_path / RECORDS).read_bytes()
    assert fsmgen(*command)[0] == 0
    assert read_study(tmp_path).complete and (tmp_path / RECORDS).read_bytes().startswith(kept)


def test_tasks_and_arms_are_listed_by_the_names_that_run_takes(fsmgen):
    code, out, _ = fsmgen("eval", "tasks")
    assert code == 0 and all(name in out for name in task_names())
    code, out, _ = fsmgen("eval", "arms")
    assert code == 0 and all(kind in out for kind in KINDS) and "samples=5" in out


def test_a_preset_runs_again_to_the_same_report_and_an_unknown_one_is_named(fsmgen, tmp_path):
    code, out, _ = fsmgen("eval", "presets")
    assert code == 0 and "mmlu-ways" in out and "2502.09061" in out
    command = ("eval", "preset", "interleaved", "--limit", 2, "--model", "embedded:stories", "--output", tmp_path / "study")
    code, out, err = fsmgen(*command)
    assert code == 0, err
    assert "Declared contrasts" in out and "(published)" in out and "very small models" in out
    report = (tmp_path / "study" / "report.md").read_text()
    assert "fsmgen eval preset interleaved --model embedded:stories --limit 2" in report
    assert "Beside the published figures" in (tmp_path / "study" / "report.html").read_text()
    assert fsmgen(*command)[0] == 0 and (tmp_path / "study" / "report.md").read_text() == report
    (tmp_path / "study" / "report.md").write_text("notes of my own")
    code, _, err = fsmgen(*command)
    assert code == 1 and "report.md exists" in " ".join(err.split())
    assert (tmp_path / "study" / "report.md").read_text() == "notes of my own"
    assert fsmgen(*command, "--overwrite")[0] == 0 and (tmp_path / "study" / "report.md").read_text() == report
    code, _, err = fsmgen("eval", "preset", "interleave", "--output", tmp_path / "other")
    assert code == 2 and "did you mean 'interleaved'" in " ".join(err.split()) and not (tmp_path / "other").exists()
    code, _, err = fsmgen("eval", "preset", "interleaved", "--data", "gsm8k=nowhere", "--output", tmp_path / "other")
    assert code == 2 and "NAME=FILE" in err
    code, _, err = fsmgen(*command[:3], "--limit", 3, *command[5:])
    assert code == 1 and "another run of a preset (other limit)" in " ".join(err.split())


def test_the_last_shard_of_a_preset_writes_its_report(fsmgen, tmp_path):
    command = ("eval", "preset", "interleaved", "--limit", 1, "--model", "embedded:tiny", "--output", tmp_path / "study")
    code, out, err = fsmgen(*command, "--shard", "1/2")
    assert code == 0, err
    assert "No report yet" in out and not (tmp_path / "study" / "report.html").exists()
    code, out, err = fsmgen(*command, "--shard", "2/2")
    assert code == 0 and (tmp_path / "study" / "report.html").exists(), err
