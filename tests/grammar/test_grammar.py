"""Grammars: calls and named symbols."""

from __future__ import annotations

import pytest

from fsmgen.automata import NOTHING, Call, Symbol, choice, repeat, sequence, text
from fsmgen.errors import EmptyLanguage, InputError
from fsmgen.grammar import Grammar


def accepts(grammar: Grammar, labels) -> bool:
    automaton = grammar.automaton("a grammar")
    return automaton.accepting(automaton.run(automaton.start, labels))


def test_a_call_stands_for_the_words_of_its_rule():
    pair = sequence([Call("key"), text("="), repeat(Call("digit"), 1, 2)])
    grammar = Grammar({"start": pair, "key": choice([text("a"), Call("digit")]), "digit": choice([text("0"), text("1")])})
    assert all(accepts(grammar, word) for word in (b"a=1", b"0=10"))
    assert not any(accepts(grammar, word) for word in (b"a=", b"b=1", b"a=101"))


def test_named_symbols_are_labels_of_their_own_and_not_text():
    grammar = Grammar({"start": sequence([text("x"), Symbol("<|end|>"), Call("more")]), "more": repeat(Symbol("<|call|>"), 0, 1)})
    assert accepts(grammar, [ord("x"), 256]) and accepts(grammar, [ord("x"), 256, 257])
    assert not accepts(grammar, b"x<|end|>")


def test_a_rule_that_derives_nothing_is_cut_off_and_an_empty_grammar_is_refused():
    assert accepts(Grammar({"start": choice([text("a"), Call("none")]), "none": NOTHING}), b"a")
    with pytest.raises(EmptyLanguage, match="a grammar"):
        Grammar({"start": sequence([text("a"), Call("none")]), "none": NOTHING}).automaton("a grammar")


def test_an_unknown_rule_is_refused_by_name():
    with pytest.raises(InputError, match="'missing' is called and does not exist"):
        Grammar({"start": Call("missing")}).automaton("")
