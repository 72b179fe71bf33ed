"""`fsmgen inspect` of grammars: what texts lead to in terms of the rules, warnings, words, and the same as JSON."""

from __future__ import annotations

import json

import pytest

from bench.hard_grammars import CASES
from fsmgen.cli.expecting import growth
from fsmgen.grammar import Grammar


def facts(fsmgen, *arguments):
    code, out, err = fsmgen("inspect", "--json", "--examples", 0, *arguments)
    assert code == 0, err
    return json.loads(out)


def test_what_may_follow_is_told_by_terminals_and_the_rules_in_which_they_stand(fsmgen):
    code, out, _ = fsmgen("inspect", "--grammar", "sql_select", "--text", "SELECT a FROM ", "--text", "SELECT ,", "--examples", 0)
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert code == 0
    assert "text 'SELECT a FROM ' a beginning; expected:" in lines and "in name NAME or QUOTED" in lines and "in source '('" in lines
    assert "text 'SELECT ,' leaves the language after 'SELECT '; expected:" in lines and "in column '*'" in lines


def test_gbnf_is_told_by_its_rules_and_texts(fsmgen):
    [text] = facts(fsmgen, "--grammar", "json", "--text", '{"a": [1, tr')["texts"]
    assert text["outcome"] == "a beginning; expected:" and not text["accepted"] and text["read"] == '{"a": [1, tr'
    assert text["expected"] == [{"what": "'ue'", "kind": "text", "begun": "", "within": ["value"]}]
    [text] = facts(fsmgen, "--grammar", "json", "--text", "[1]x")["texts"]
    assert text["outcome"].startswith("leaves the language after '[1]'") and text["accepted"] and text["read"] == "[1]"


def test_a_pattern_has_no_rules_and_is_told_by_bytes(fsmgen):
    [text] = facts(fsmgen, "--regex", "[0-9]{3}", "--text", "12")["texts"]
    assert text == {"text": "12", "outcome": "a beginning; expected: '0'-'9'"}


def test_the_end_of_a_language_is_told(fsmgen):
    [done, wrong] = facts(fsmgen, "--grammar", "chess", "--text", "e4 e5 1-0", "--text", "\udce9")["texts"]
    assert done["outcome"] == "accepted; nothing may follow" and done["expected"] == []
    assert wrong["outcome"].startswith("leaves the language after ''")


def test_rules_that_nothing_leads_to_are_warned_of(fsmgen, tmp_path):
    (tmp_path / "a.lark").write_text('start: sum\nsum: NUM ("+" NUM)*\nstray: other\nother: "y"\nNUM: /[0-9]+/\n')
    (tmp_path / "b.gbnf").write_text('root ::= "a" | b\nb ::= "b"\nstray ::= b "c"\n')
    (tmp_path / "c.lark").write_text('start: list{NUM}\nlist{x}: x ("," x)*\nNUM: /[0-9]+/\n')
    warned = facts(fsmgen, "--lark", tmp_path / "a.lark")["warnings"]
    assert warned == ["unreachable from the start: stray, other"]
    assert facts(fsmgen, "--gbnf", tmp_path / "b.gbnf")["warnings"] == ["unreachable from the start: stray"]
    assert facts(fsmgen, "--lark", tmp_path / "c.lark")["warnings"] == []
    _, out, _ = fsmgen("inspect", "--gbnf", tmp_path / "b.gbnf")
    assert "unreachable from the start: stray" in out


def test_another_start_is_where_rules_are_reached_from(fsmgen, tmp_path):
    (tmp_path / "a.lark").write_text('start: sum\nsum: "1" ("+" "1")*\n')
    assert facts(fsmgen, "--lark", tmp_path / "a.lark", "--start", "sum")["warnings"] == ["unreachable from the start: start"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_ambiguity_that_grows_is_warned_of_and_nesting_is_not(case):
    warned = list(growth(Grammar(case.rules).automaton(case.name), 0))
    assert bool(warned) == (case.name == "palindromes")
    assert all("ambiguity grows" in text for text in warned)


def test_random_words_of_a_recursive_grammar_are_words_and_come_again_with_the_seed(fsmgen):
    runs = [fsmgen("inspect", "--grammar", "json", "--examples", 30, "--seed", seed, "--json")[1] for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]
    words = [value for label, value in json.loads(runs[0])["rows"] if label in ("at random", "")]
    assert len(words) == 30
    for word in words:
        json.loads(eval(word))
