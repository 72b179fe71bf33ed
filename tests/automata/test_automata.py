"""Expressions, UTF-8, lazily built and explicit automata, against derivatives and enumeration."""

from __future__ import annotations

import itertools
import sys
import threading
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsmgen.automata import DEAD, EMPTY, NEVER, NOTHING, Characters, Dfa, Lexicon, Symbol, choice, repeat, sequence, text
from fsmgen.automata.expression import complement, union, words
from fsmgen.automata.utf8 import byte_sequences, utf8_automaton
from fsmgen.errors import InputError, LimitReached
from fsmgen.grammar import States
from fsmgen.grammar.network import lower
from tests.reference import accepts, shortest_length

leaves = st.one_of(
    st.sampled_from([text("a"), text("ab"), text(""), words([b"a", b"ba", b""]), Symbol("<s>"), Characters(((0x61, 0x62), (0xE9, 0x800)))])
)
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(sequence),
        st.lists(inner, min_size=1, max_size=3).map(choice),
        st.tuples(inner, st.sampled_from([(0, None), (1, None), (0, 1), (2, 3), (2, None)])).map(lambda pair: repeat(pair[0], *pair[1])),
    ),
    max_leaves=6,
)
LABELS = [0x61, 0x62, "<s>", 0xC3, 0xA9]
SHORT = [word for length in range(4) for word in itertools.product(LABELS, repeat=length)]


def run(automaton, word):
    return automaton.run(automaton.start, [256 if label == "<s>" else label for label in word])


def build(expression) -> States:
    return States(replace(lower({"start": expression}, "start"), symbols=("<s>",)))


@settings(max_examples=150)
@given(expression=expressions)
def test_the_lazy_automaton_accepts_what_derivatives_accept(expression):
    automaton = build(expression)
    assert [w for w in SHORT if automaton.accepting(run(automaton, w))] == [w for w in SHORT if accepts(expression, w)]
    assert automaton.distance(automaton.start) == shortest_length(expression)


@settings(max_examples=100)
@given(expression=expressions)
def test_the_minimal_table_is_the_same_language_with_one_state_for_each_derivative_class(expression):
    automaton = build(expression)
    table = Dfa.of(automaton)
    small = table.minimized()
    assert all(bool(small.accepting[run(small, w)]) == automaton.accepting(run(automaton, w)) for w in SHORT)
    assert small.state_count <= table.state_count
    rows = {(bool(a), *row) for a, row in zip(small.accepting, small.transitions.tolist(), strict=True)}
    assert len(rows) == small.state_count, "two states of a minimal automaton are alike"
    assert small.minimized().transitions.tolist() == small.transitions.tolist()


@settings(max_examples=60)
@given(one=expressions, other=expressions)
def test_intersection_and_complement_are_set_operations(one, other):
    a, b = (Dfa.of(build(e)).minimized() for e in (one, other))
    both, neither = a.intersect(b), a.complement()
    for word in SHORT:
        first, second = (accepts(e, word) for e in (one, other))
        assert bool(both.accepting[run(both, word)]) == (first and second)
        assert bool(neither.accepting[run(neither, word)]) != first
    assert Lexicon(a.intersect(neither)).empty
    shortest = Lexicon(a).shortest()
    assert shortest is not None and len(shortest) == shortest_length(one) and a.accepts(shortest)


def test_operations_on_different_symbols_and_beyond_limits_are_refused():
    a = Dfa.of(build(text("a")))
    with pytest.raises(InputError, match="symbols differ"):
        a.intersect(Dfa.of(States(lower({"start": text("a")}, "start"))))
    with pytest.raises(LimitReached, match="limit is 3"):
        Dfa.of(build(text("abcdef")), limit=3)
    with pytest.raises(LimitReached):
        States(lower({"start": text("a" * 200)}, "start"), table_bytes=5_000).run(1, b"a" * 200)
    deep = text("a")
    for _ in range(sys.getrecursionlimit()):
        deep = repeat(sequence([deep, text("b")]), 0, None)
    with pytest.raises(LimitReached, match="nesting"):
        lower({"start": deep}, "start")


@settings(max_examples=60)
@given(ranges=st.lists(st.tuples(st.integers(0, 0x10FFFF), st.integers(0, 2000)), min_size=1, max_size=4))
def test_utf8_sequences_spell_exactly_the_code_points(ranges):
    for low, width in ranges:
        high = min(low + width, 0x10FFFF)
        spelled = [bytes(s) for row in byte_sequences(low, high) for s in itertools.product(*(range(a, b + 1) for a, b in row))]
        assert spelled == [chr(c).encode("utf-8", "surrogatepass") for c in range(low, high + 1)]


def test_equal_tails_of_a_character_set_are_one_node():
    seen: set[int] = set()

    def visit(node):
        if node is not None and id(node) not in seen:
            seen.add(id(node))
            for _, _, target in node:
                visit(target)

    visit(utf8_automaton(((0, 0xD7FF), (0xE000, 0x10FFFF))))
    assert len(seen) == 8, "the well-formed UTF-8 characters need eight states besides the end"


@given(items=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6)), max_size=5))
def test_union_and_complement_of_ranges_are_those_of_sets(items):
    ranges = union((low, low + width) for low, width in items)
    members = {n for low, width in items for n in range(low, low + width + 1)}
    assert {n for low, high in ranges for n in range(low, high + 1)} == members
    assert all(a[1] + 1 < b[0] for a, b in itertools.pairwise(ranges))
    assert {n for low, high in complement(ranges, top=40) for n in range(low, high + 1)} == set(range(41)) - members


def test_constructors_keep_nothing_out_of_expressions():
    assert sequence([text("a"), NOTHING]) == NOTHING
    assert choice([NOTHING, text("a"), text("a")]) == text("a")
    assert repeat(NOTHING, 0, None) == EMPTY and repeat(NOTHING, 1, None) == NOTHING
    assert sequence([text("a"), text("b")]) == text("ab")
    with pytest.raises(ValueError, match="no range"):
        repeat(text("a"), 3, 2)
    empty = States(lower({"start": NOTHING}, "start"))
    assert empty.start == DEAD and empty.distance(DEAD) == NEVER


def test_eight_threads_build_one_automaton():
    automaton = build(repeat(choice([text("ab"), text("a"), text("ba")]), 0, 60))
    expected = build(repeat(choice([text("ab"), text("a"), text("ba")]), 0, 60))
    word = b"abababaabaabaaababa" * 3
    wanted = [expected.distance(expected.run(expected.start, word[:n])) for n in range(len(word))]
    found: list[list[int]] = []

    def walk() -> None:
        found.append([automaton.distance(automaton.run(automaton.start, word[:n])) for n in range(len(word))])

    work = [threading.Thread(target=walk) for _ in range(8)]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert found == [wanted] * 8
