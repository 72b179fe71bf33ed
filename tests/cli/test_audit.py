"""`fsmgen audit`: what a constraint and a validator disagree on is counted, shown, and an exit code."""

from __future__ import annotations

import sys

import pytest

EVEN = f"{sys.executable} -c 'import sys; text = sys.stdin.read(); sys.exit(int(text) % 2)'"


def lines(out):
    """The lines of a table, without its columns."""
    return [" ".join(line.split()) for line in out.splitlines()]


def test_words_that_the_validator_refuses_are_counted_and_shown(fsmgen):
    code, out, _ = fsmgen("audit", "--regex", "[0-9]", "--words", 12, "--validator", EVEN)
    assert code == 1 and {"random words 12", "'3': exit status 1"} <= set(lines(out)) and "allowed and not valid" in out
    code, out, _ = fsmgen("audit", "--regex", "[02468]", "--words", 6, "--validator", EVEN)
    assert code == 0 and "allowed and not valid" not in out


def test_texts_that_the_constraint_leaves_out_are_counted_and_shown(fsmgen, tmp_path):
    (tmp_path / "texts.txt").write_text("2\n3\n10\n\n8\n")
    code, out, _ = fsmgen("audit", "--regex", "[0-9]", "--words", 0, "--validator", EVEN, "--instances", tmp_path / "texts.txt")
    found = lines(out)
    assert code == 1
    assert {"texts given 4", "valid and allowed 2", "allowed and not valid 1", "valid and not allowed 1"} <= set(found)
    assert any("'10': leaves the language after '1'" in line for line in found)
    (tmp_path / "texts.jsonl").write_text('"2"\n"9\\n"\n')
    code, out, _ = fsmgen("audit", "--regex", "[0-9]", "--words", 0, "--validator", EVEN, "--instances", tmp_path / "texts.jsonl")
    assert code == 0 and "neither valid nor allowed" in out


def test_a_leading_space_is_no_part_of_the_text_that_is_decided(fsmgen):
    code, _, _ = fsmgen("audit", "--regex", "[02468]", "--leading-space", "required", "--words", 5, "--validator", EVEN)
    assert code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "fault"),
    [
        (["--regex", "a"], 2, "give --validator COMMAND"),
        (["--validator", "true"], 2, "give --regex"),
        (["--regex", "a", "--validator", "no-such-command-at-all"], 2, "cannot be run: No such file"),
        (["--regex", "a", "--validator", "'open"], 2, "No closing quotation"),
        (["--regex", "a", "--validator", " "], 2, "it must be a command"),
        (["--regex", "a", "--validator", "sleep 20", "--timeout", "0.2"], 1, "takes more than 0.2 s for 'a'"),
        (["--regex", "a", "--validator", "true", "--instances", "no.txt"], 1, "No such file"),
    ],
)
def test_what_is_wrong_is_said(fsmgen, arguments, code, fault):
    ended, _, err = fsmgen("audit", *arguments)
    assert ended == code and fault in err


def test_the_validator_is_run_without_a_shell(fsmgen, tmp_path):
    target = tmp_path / "made"
    fsmgen("audit", "--regex", "a", "--words", 1, "--validator", f"true; touch {target}")
    assert not target.exists()
    fsmgen("audit", "--regex", "a", "--words", 1, "--validator", f"sh -c 'touch {target}'")
    assert target.exists()
