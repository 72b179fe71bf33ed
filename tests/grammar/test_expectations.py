"""What may follow, in terms of rules: the chart is another parser, and says what the automaton says."""

from __future__ import annotations

import random

import pytest

import fsmgen
from fsmgen.automata import Call, choice, repeat, sequence, text
from fsmgen.automata.expression import characters
from fsmgen.errors import EmptyLanguage, LimitReached
from fsmgen.frontends.named import grammar_names
from fsmgen.grammar import Grammar
from fsmgen.grammar.chart import Chart
from fsmgen.grammar.expectations import Expecting, expectations, shown_name
from tests.random_grammars import Grammars


def agrees(grammar, states, data):
    """Whether both read as far, accept the same, and go on with the same labels."""
    found, state = expectations(grammar, data), states.start
    for i, byte in enumerate(data):
        after = states.step(state, byte)
        if not after:
            assert (found.read, found.whole) == (i, False)
            break
        state = after
    else:
        assert (found.read, found.whole) == (len(data), True)
    assert found.accepted == states.accepting(state)
    after = {label for label in states.labels if states.step(state, label)}
    assert found.labels == {label if label < 256 else states.symbols[label - 256] for label in after}
    assert bool(found.expected) == bool(found.labels)


@pytest.mark.parametrize("block", range(4))
def test_random_grammars_go_on_as_their_automata_do(block):
    for seed in range(25 * block, 25 * block + 25):
        made, choose = Grammars(seed), random.Random(seed)
        grammar = Grammar(made.rules())
        try:
            states = grammar.automaton("random")
        except EmptyLanguage:
            with pytest.raises(EmptyLanguage):
                expectations(grammar, b"")
            continue
        for _ in range(6):
            agrees(grammar, states, b"".join(choose.choices(made.alphabet.pieces, k=choose.randrange(5))))


@pytest.mark.parametrize(("block", "kept"), [(0, 1), (1, 5), (2, 20_000), (3, 20_000)])
def test_what_texts_share_is_read_once_and_changes_nothing(block, kept, monkeypatch):
    monkeypatch.setattr(fsmgen.grammar.chart, "KEPT", kept)
    for seed in range(25 * block, 25 * block + 25):
        made, choose = Grammars(seed), random.Random(seed)
        grammar = Grammar(made.rules())
        try:
            expecting = Expecting(grammar)
        except EmptyLanguage:
            continue
        for _ in range(12):
            data = b"".join(choose.choices(made.alphabet.pieces, k=choose.randrange(5)))
            assert expecting.after(data) == expectations(grammar, data)


def test_a_limit_that_one_text_meets_does_not_count_for_the_next():
    grammar = fsmgen.regex("(a|b){1,40}").grammar
    expecting = Expecting(grammar)
    expecting._chart._limit = 60
    with pytest.raises(LimitReached):
        expecting.after(b"ab" * 20)
    assert expecting.after(b"ab") == expectations(grammar, b"ab")
    assert expecting.after(b"aba") == expectations(grammar, b"aba")


@pytest.mark.parametrize("name", grammar_names())
def test_grammars_that_ship_go_on_as_their_automata_do(name):
    language, choose = fsmgen.grammar_named(name), random.Random(3)
    states = language.grammar.automaton(name)
    for _ in range(4):
        word = bytes(fsmgen.automata.words.random_word(states, choose, typical=30, ending=0.05, by_class=True))
        agrees(language.grammar, states, word[: choose.randrange(len(word) + 1)] + choose.choice([b"", b"\x00", b"(", b"x"]))


def test_counted_parts_tables_and_symbols_are_read():
    grammar = fsmgen.gbnf('root ::= [a-c]{2,5} <stop> ("x"{0,3} | "é")\n').grammar
    states = grammar.automaton("symbols")
    for data in (b"", b"a", b"abcab", b"abcabc"):
        agrees(grammar, states, data)
    stop = 256 + states.symbols.index("<stop>")
    chart = Chart(grammar.rules, "root", states.symbols)
    assert chart.read([*b"ab", stop, *"é".encode()]) == 5 and chart.accepts and chart.labels() == frozenset()


def test_left_right_hidden_recursion_and_ambiguity_end():
    start = Call("start")
    for rule in (
        choice([sequence([start, start]), text("a"), text("")]),
        choice([sequence([repeat(text("b"), 0, 1), start, text("a")]), text("b")]),
        choice([sequence([text("a"), start, text("a")]), sequence([text("b"), start, text("b")]), text("")]),
        sequence([repeat(choice([text("a"), text("")]), 2, 4), repeat(repeat(text("b"), 0), 0, 3)]),
    ):
        grammar = Grammar({"start": rule})
        states = grammar.automaton("x")
        for data in (b"", b"a", b"ab", b"aba", b"abba", b"bbaab", b"aaaaaaaaaa"):
            agrees(grammar, states, data)


def test_names_are_the_users():
    assert [shown_name(name) for name in ("NAME#0>2", "__names_star_0", "0.1.value", "%ignored@0#1-2>3", "0.%start", "__x_plus_12")] == [
        "NAME", "names", "value", "", "", "x",
    ]  # fmt: skip


@pytest.mark.parametrize("lexer", ["scannerless", "dynamic", "contextual", "basic"])
def test_terminals_are_told_by_name_or_text_with_the_rules_in_which_they_stand(lexer):
    language = fsmgen.lark(
        'start: "SELECT" names "FROM" table\nnames: NAME ("," NAME)*\ntable: NAME | "(" start ")"\nNAME: /[a-z]+/\n%ignore " "', lexer=lexer
    )

    def told(data):
        return {(each.what, each.kind, each.begun, each.within) for each in expectations(language.grammar, data).expected}

    ignored = ("' '", "ignored", "", ())
    assert told(b"SELECT a FROM ") == {("NAME", "terminal", "", ("table",)), ("'('", "text", "", ("table",)), ignored}
    assert told(b"SELECT a, b FR") == {("'OM'", "text", "'FROM'", ("start",))}
    assert ("'a'-'z'", "characters", "NAME", ("names",)) in told(b"SELECT ab")
    assert ("','", "text", "", ("names",)) in told(b"SELECT ab")
    assert told(b"SELECT ?") == {("NAME", "terminal", "", ("names",)), ignored}


def test_a_chart_that_grows_too_large_is_refused():
    start = Call("start")
    rules = {"start": choice([sequence([start, start]), characters([(97, 122)])])}
    chart = Chart(rules, "start", limit=10_000)
    with pytest.raises(LimitReached, match="items of a chart"):
        chart.read(b"a" * 1000)


def test_a_chart_reads_on_after_a_text_that_was_too_large():
    start = Call("start")
    rules = {"start": choice([sequence([start, start]), characters([(97, 122)])])}
    chart = Chart(rules, "start", limit=10_000)
    for text_read in (b"a" * 1000, b"b" * 1000, b"a" * 1000):
        with pytest.raises(LimitReached, match="10001"):
            chart.read(text_read)
        chart.back(0)
        assert chart.read(b"ab") == 2 and chart.accepts
        chart.back(0)


def test_deferred_rules_are_read_as_others():
    class Countdown:
        def least(self, name):  # noqa: ARG002
            return 1

        def rule(self, name):
            return choice([text("."), sequence([text(name), *([Call(chr(ord(name) - 1))] if name > "a" else [])])])

    found = expectations(Grammar({"start": Call("d")}, deferred=Countdown()), b"dc")
    assert [(each.what, each.within) for each in found.expected] == [("'.'", ("b",)), ("'b'", ("b",))]
