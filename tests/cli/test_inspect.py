"""What `fsmgen inspect` says of a language: numbers, lists, comparisons and pictures."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest


def rows(out: str) -> dict[str, list[str]]:
    """The values under each label."""
    found: dict[str, list[str]] = {}
    label = ""
    for line in out.splitlines():
        name, _, value = line.strip("\n").partition("  ") if not line.startswith(" ") else ("", "", line)
        label = name or label
        found.setdefault(label, []).append(value.strip())
    return found


def test_words_are_counted_and_listed_in_order_and_the_longest_is_shown(fsmgen):
    code, out, _ = fsmgen("inspect", "--regex", "[a-c]{1,3}", "--count", "--words", 5, "--longest", "--examples", 0)
    found = rows(out)
    assert code == 0
    assert found["words"] == ["39"] and found["words by length"] == ["1: 3, 2: 9, 3: 27"]
    assert found["in order"] == ["'a'", "'b'", "'c'", "'aa'", "'ab'"] and found["longest word"] == ["'aaa' (3 bytes)"]


def test_infinite_languages_are_said_to_be_so(fsmgen):
    _, out, _ = fsmgen("inspect", "--regex", "(ab)*", "--count", "--longest", "--max-length", 7, "--words", 3)
    found = rows(out)
    assert found["words"] == ["infinitely many"] and found["words up to 7 bytes"] == ["4"]
    assert found["longest word"] == ["none: words have any length"] and found["in order"] == ["''", "'ab'", "'abab'"]
    assert found["words by length"][0].startswith("0: 1, 2: 1, 4: 1")


def test_very_large_numbers_are_shown_by_their_size(fsmgen):
    _, out, _ = fsmgen("inspect", "--regex", "[a-z]{1,3000}", "--count", "--examples", 0)
    assert rows(out)["words"] == ["about 8.65e4244"]


def test_uniform_words_are_the_same_for_the_same_seed_and_no_longer_than_asked(fsmgen):
    runs = [fsmgen("inspect", "--regex", "[a-f]*", "--uniform", 20, "--max-length", 9, "--seed", seed)[1] for seed in (3, 3, 4)]
    assert runs[0] == runs[1] != runs[2]
    assert all(re.fullmatch("'[a-f]{,9}'", word) for word in rows(runs[0])["uniformly"]) and len(rows(runs[0])["uniformly"]) == 20


@pytest.mark.parametrize(
    ("other", "relation", "witnesses"),
    [
        ("[0-9][0-9]?[0-9]?", "both have the same words", {"in both": "'0'"}),
        ("[0-9]+", "every word of the first is one of the second", {"only in the second": "'0000'", "in both": "'0'"}),
        ("[0-9]{2}", "every word of the second is one of the first", {"only in the first": "'0'", "in both": "'00'"}),
        ("[a-z]", "they have no word in common", {"only in the first": "'0'", "only in the second": "'a'"}),
        ("[1-9][0-9]*", "they share words", {"only in the first": "'0'", "only in the second": "'1000'", "in both": "'1'"}),
    ],
)
def test_a_comparison_names_the_relation_and_its_witnesses(fsmgen, other, relation, witnesses):
    code, out, _ = fsmgen("inspect", "--regex", "[0-9]{1,3}", "--compare", other, "--examples", 0)
    found = rows(out.replace("\n  ", "\n"))
    assert code == 0 and relation in " ".join(out.split())
    names = ("only in the first", "only in the second", "in both")
    assert {label: values[0] for label, values in found.items() if label in names} == witnesses


def test_the_machine_over_tokens_is_counted_and_drawn_into_a_new_file_only(fsmgen, tmp_path):
    target = tmp_path / "machine.svg"
    code, out, err = fsmgen("inspect", "--choice", "yes", "--choice", "no", "--svg", target)
    assert code == 0, err
    assert re.search(r"\d+ states, \d+ edges, \d+ token sequences,", " ".join(out.split())) and "embedded:stories" in out
    picture = target.read_bytes()
    assert ET.fromstring(picture).tag.endswith("svg")
    code, out, err = fsmgen("inspect", "--choice", "maybe", "--svg", target)
    assert (code, out) == (1, "") and "is not overwritten" in err and target.read_bytes() == picture
    assert "token machine" in fsmgen("inspect", "--regex", "[0-9]", "--model", "embedded:stories")[1]


def test_a_picture_that_would_be_too_large_is_refused_and_leaves_no_file(fsmgen, tmp_path):
    code, _, err = fsmgen("inspect", "--regex", "[a-z0-9]{1,60}", "--svg", tmp_path / "large.svg")
    assert code == 1 and "arrows of a drawing" in err and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--compare", "a(b"], 2, "unterminated subpattern at position 1"),
        (["--compare", r"[^\s\S]"], 2, "no text satisfies"),
        (["--words", "-1"], 2, "Invalid value"),
        (["--uniform", "many"], 2, "Invalid value"),
        (["--regex", "a+", "--uniform", "1"], 2, "infinitely many"),
        (["--regex", "aaa", "--uniform", "1", "--max-length", "2"], 2, "at least 3"),
        (["--regex", "a{500}", "--count", "--state-limit", "100"], 1, "the limit is 100"),
        (["--svg", "/nowhere/at/all.svg"], 1, "/nowhere/at/all.svg"),
        (["--model", "embedded:none"], 2, "stories"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_input_is_a_message_and_an_exit_code(fsmgen, arguments, code, message):
    given = arguments if "--regex" in arguments else ["--regex", "a", *arguments]
    ended, out, err = fsmgen("inspect", *given)
    assert (ended, out) == (code, "")
    assert message in " ".join(err.split())


def test_long_words_are_shown_whole(fsmgen):
    out = fsmgen("inspect", "--regex", "(ab){300}", "--longest", "--examples", 0)[1]
    assert "".join(rows(out)["longest word"]).replace(" ", "") == "'" + "ab" * 300 + "'(600bytes)"


def test_the_help_has_examples(fsmgen):
    out = fsmgen("inspect", "--help")[1]
    assert "--compare '[1-9][0-9]*'" in out and "--svg machine.svg" in out
