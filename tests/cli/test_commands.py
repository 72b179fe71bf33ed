"""The commands as a user meets them: what they print, where they write, how they fail."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from fsmgen.embedded import checkpoint_folder

QUESTION = "Question: One box holds 9 pillows. How many pillows do 7 boxes hold?\nAnswer:"
pytestmark = pytest.mark.filterwarnings("default::fsmgen.decoding.FirstStepWarning")


def test_inspect_shows_states_words_and_what_texts_lead_to(fsmgen):
    code, out, _ = fsmgen("inspect", "--regex", r"a{2,3}b?", "--text", "aab", "--text", "ab", "--text", "a", "--examples", 2)
    assert code == 0
    assert "5 (minimal deterministic automaton over bytes)" in out
    assert "'aa'" in out and "accepted; may go on with: nothing" not in out.split("text 'a'")[1]
    assert "leaves the language after 'a'; expected: 'a'" in out
    assert "a beginning; expected: 'a'" in out


def test_inspect_is_the_same_for_the_same_seed(fsmgen):
    first, again, other = (fsmgen("inspect", "--regex", "[a-z]{9}", "--seed", seed)[1] for seed in (1, 1, 2))
    assert first == again != other


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["inspect", "--regex", "a(b"], 2, "unterminated subpattern at position 1"),
        (["inspect", "--regex", r"(a)\1"], 2, "a back-reference"),
        (["inspect", "--regex", r"[^\s\S]"], 2, "no text satisfies"),
        (["inspect"], 2, "give --regex"),
        (["inspect", "--regex", "a", "--choice", "b"], 2, "--choice"),
        (["inspect", "--choices-from", "missing.txt"], 1, "missing.txt"),
        (["inspect", "--regex", "a", "--leading-space", "maybe"], 2, "leading_space"),
        (["inspect", "--rege", "a"], 2, "No such option"),
        (["generate"], 2, "no prompt given"),
        (["generate", "--regex", "a{5}", "--max-tokens", "1", "x"], 2, "the shortest answer of regex 'a{5}' takes at least"),
        (["generate", "--max-tokens", "1000", "x"], 2, "the model's context is"),
        (["generate", "--temperature", "-1", "x"], 2, "temperature"),
        (["generate", "--model", "nowhere/at-all", "x"], 2, "no model 'nowhere/at-all'"),
        (["generate", "--model", "embedded:none", "x"], 2, "stories"),
        (["demo", "--items", "1"], 2, "Invalid value"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_input_is_a_message_and_an_exit_code(fsmgen, arguments, code, message):
    ended, out, err = fsmgen(*arguments)
    assert (ended, out) == (code, "")
    assert message in " ".join(err.split())


def test_generate_answers_prompts_of_the_command_line_as_text(fsmgen):
    code, out, _ = fsmgen("generate", "--choice", "63", "--choice", "64", "--leading-space", "required", QUESTION)
    assert (code, out) == (0, " 63\n")


def test_generate_reads_prompts_from_a_file_and_from_standard_input(fsmgen, tmp_path):
    lines = "\n".join(json.dumps({"prompt": prompt, "id": 1}) for prompt in (QUESTION, QUESTION))
    file = tmp_path / "prompts.jsonl"
    file.write_text(lines, encoding="utf-8")
    _, from_file, _ = fsmgen("generate", "--regex", "[0-9]{2}", "--prompts", file, "--json-lines")
    _, from_stdin, _ = fsmgen("generate", "--regex", "[0-9]{2}", "--prompts", "-", "--json-lines", given=lines)
    answers = [json.loads(line) for line in from_file.splitlines()]
    assert from_file == from_stdin
    assert [len(answer["text"]) for answer in answers] == [2, 2] and all(answer["text"].isdigit() for answer in answers)
    assert {"prompt", "ids", "logprobs", "masked_logprobs", "allowed_mass", "stop_reason", "constraint", "leading_space"} <= set(answers[0])


def test_a_line_that_is_no_prompt_is_named(fsmgen, tmp_path):
    file = tmp_path / "prompts.jsonl"
    file.write_text('{"prompt": "a"}\n{"question": "b"}\n', encoding="utf-8")
    code, _, err = fsmgen("generate", "--regex", "a", "--prompts", file)
    assert code == 2 and "line 2" in err


def test_an_output_file_is_never_overwritten(fsmgen, tmp_path):
    target = tmp_path / "answers.txt"
    assert fsmgen("generate", "--choice", "x", "--output", target, QUESTION)[0] == 0
    assert target.read_text(encoding="utf-8") == "x\n"
    code, _, err = fsmgen("generate", "--choice", "y", "--output", target, QUESTION)
    assert code == 1 and "is not overwritten" in err
    assert target.read_text(encoding="utf-8") == "x\n"


def test_a_failed_run_leaves_no_empty_output_behind(fsmgen, tmp_path):
    target = tmp_path / "answers.txt"
    assert fsmgen("generate", "--model", "embedded:none", "--output", target, "x")[0] == 2
    assert not target.exists()


def test_a_checkpoint_without_a_tokenizer_is_refused_by_name(fsmgen, tmp_path):
    folder = tmp_path / "bare"
    shutil.copytree(checkpoint_folder("stories"), folder, ignore=shutil.ignore_patterns("tokenizer*"))
    code, _, err = fsmgen("generate", "--model", folder, "x")
    assert code == 2 and "tokenizer" in err


def test_the_demo_writes_its_records_and_report_once_and_shows_them_again(fsmgen, tmp_path, monkeypatch):
    monkeypatch.setattr("fsmgen.cli.demo.names", lambda: ("stories", "tiny"))
    folder = tmp_path / "demo"
    code, out, err = fsmgen("demo", "--items", 2, "--output", folder)
    assert code == 0, err
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert {"report.html", "report.md", "report.csv"} <= set(files)
    assert {f"{name}/{file}" for name in ("stories", "tiny") for file in ("records.jsonl", "study.json")} <= set(files)
    assert all(f"{name}: " in out for name in ("stories", "tiny")) and "Report:" in out
    assert fsmgen("demo", "--items", 2, "--output", folder)[0] == 0
    assert {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()} == files
    (folder / "report.csv").write_text("my own")
    code, again, _ = fsmgen("demo", "--items", 2, "--output", folder)
    assert code == 0 and "left as it is" in again and (folder / "report.csv").read_text() == "my own"
    (folder / "report.csv").write_bytes(files["report.csv"])
    assert {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()} == files
    code, _, err = fsmgen("demo", "--items", 3, "--output", folder)
    assert code == 1 and "another study" in err


def test_the_version_and_the_help_are_printed(fsmgen):
    assert fsmgen("--version")[1].startswith("fsmgen 0.")
    assert "Examples" in fsmgen("generate", "--help")[1]


def test_the_module_runs_as_a_program():
    assert Path(sys.modules["fsmgen"].__file__).with_name("__main__.py").exists()
