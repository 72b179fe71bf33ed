"""The official suite: nothing is wrong, and what is passed stays so. `python -m bench.official_suite --write` renews what is expected."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from bench.official_suite import EXPECTED, Result, changes, judged, results, spelled, unexpected
from fsmgen.frontends import regex

DATA = os.environ.get("FSMGEN_DATA", "")

@pytest.fixture(scope="module")
def found() -> list[Result]:
    if not DATA:
        pytest.skip("FSMGEN_DATA does not name the folder of the suite")
    return results(Path(DATA))


def test_no_test_is_wrong(found):
    assert [result for result in found if result.verdict == "wrong"] == []


def test_only_names_of_hosts_in_punycode_are_narrowed(found):
    narrowed = {(result.file, result.group) for result in found if result.verdict == "narrowed"}
    assert narrowed == {("optional/format/hostname.json", "validation of A-label (punycode) host names")}


def test_no_test_is_worse_than_expected_and_none_better_without_being_written_down(found):
    worse, better = changes(found, json.loads(EXPECTED.read_text(encoding="utf-8")))
    assert worse == []
    assert better == [], "run python -m bench.official_suite --write"


RESULTS = [
    Result("a.json", "g", "one", "pass"), Result("a.json", "g", "two", "wrong", "accepted"),
    Result("a.json", "h", "one", "refused", "not"), Result("b.json", "g", "one", "narrowed", "rejected"),
]  # fmt: skip


def test_expectations_hold_what_is_not_passed():
    expected = unexpected(RESULTS)
    assert expected == {"a.json": {"g": {"two": "wrong: accepted"}, "h": "refused: not"}, "b.json": {"g": {"one": "narrowed: rejected"}}}
    assert changes(RESULTS, expected) == ([], [])


def test_a_change_is_worse_or_better():
    [passed, wrong, refused, narrowed] = RESULTS
    assert changes(RESULTS, {}) == ([wrong, refused, narrowed], [])
    assert changes([narrowed], {"b.json": {"g": {"one": "wrong: accepted"}}}) == ([], [narrowed])
    assert changes([passed], {"a.json": {"g": "refused: not"}}) == ([], [passed])
    assert changes([refused], {"a.json": {"h": {"one": "wrong: accepted"}}}) == ([], [refused])


def test_values_are_spelled_with_and_without_exponents_and_escapes():
    value = {"ä": [1e25, 2, None, "b"]}
    assert spelled(value, plain=False, ascii_only=False) == json.dumps(value, ensure_ascii=False)
    assert spelled(value, plain=True, ascii_only=True) == r'{"\u00e4": [10000000000000000000000000, 2, null, "b"]}'


def test_a_decision_is_judged_over_all_spellings():
    states = regex(r"1e\+16|\"(ä|\\u00e4)\"|\"ö\"").grammar.automaton("")
    assert judged(states, 1e16, True) == judged(states, "ä", True) == judged(states, "u", False) == ""
    assert judged(states, "ö", True) == "rejected in one spelling"
    assert (judged(states, 1e16, False), judged(states, 2, True)) == ("accepted", "rejected")
