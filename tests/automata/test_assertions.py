"""Assertions resolved, leftmost-first endings, and the small tools they are made of."""

from __future__ import annotations

import random
import re

import pytest

from bench.regex_campaign import SHORT, Patterns, accepts
from fsmgen.automata import EMPTY, NOTHING, Call, Characters, Words, choice, repeat, sequence, text
from fsmgen.automata.alphabet import Alphabet
from fsmgen.automata.assertions import without_assertions
from fsmgen.automata.endings import endings
from fsmgen.automata.expression import Atomic, Escaped, Look, Repeat, Table, atomic, lazy, look, names
from fsmgen.automata.graph import expression_between
from fsmgen.automata.priority import leftmost_first
from fsmgen.errors import InputError, LimitReached
from fsmgen.frontends.regex import ordered
from fsmgen.grammar import States
from fsmgen.grammar.network import lower

A, B, DIGIT = text("a"), text("b"), Characters(((48, 57),))
ANY = Characters(((0, 0xD7FF), (0xE000, 0x10FFFF)))


def automaton(expression) -> States:
    return States(lower({"start": expression}, "start"))


def test_constructors_keep_the_law_and_leave_out_what_says_nothing():
    assert atomic(text("abc")) == text("abc")
    assert atomic(repeat(DIGIT, 3, 3)) == repeat(DIGIT, 3, 3)
    assert atomic(repeat(DIGIT, 2, 3)) == Atomic(repeat(DIGIT, 2, 3))
    assert atomic(Look(A, False, True)) == Look(A, False, True)
    assert lazy(DIGIT, 1, 1) == DIGIT and lazy(DIGIT, 2, 2) == Repeat(DIGIT, 2, 2) and lazy(NOTHING, 0) == EMPTY
    assert look(NOTHING) == NOTHING and look(NOTHING, positive=False) == EMPTY


def test_without_assertions_an_expression_stays_what_it_is():
    for expression in (A, EMPTY, NOTHING, repeat(DIGIT, 3, 90_000), sequence([repeat(choice([A, text("bc")]), 0), DIGIT])):
        assert without_assertions(expression) == expression


def test_a_lazy_repeat_means_a_greedy_one_outside_of_atomic_groups():
    assert without_assertions(sequence([lazy(A, 0), B])) == sequence([repeat(A, 0), B])
    assert without_assertions(sequence([atomic(lazy(A, 0)), B])) == Characters(((98, 98),))


def test_calls_are_left_whole_where_no_assertion_looks_and_refused_elsewhere():
    assert without_assertions(sequence([look(A), A, Call("rest")])) == sequence([Characters(((97, 97),)), Call("rest")])
    with pytest.raises(InputError, match="Call"):
        without_assertions(sequence([look(repeat(DIGIT, 3, 3)), Call("rest")]))


def test_words_are_alternatives_in_their_order():
    several = Words((b"a", b"ab", b"b"))
    first = automaton(without_assertions(sequence([look(DIGIT, positive=False), several])))
    assert [accepts(first, given) for given in ("a", "ab", "b", "abb", "")] == [True, True, True, False, False]
    assert not accepts(automaton(without_assertions(sequence([atomic(several), Words((b"b", b"c"))]))), "abc")


def test_both_limits_are_named():
    heavy = sequence([look(sequence([repeat(ANY, 0), A, repeat(ANY, 9, 9), B]), positive=False), repeat(ANY, 0)])
    with pytest.raises(LimitReached, match="states"):
        without_assertions(heavy, state_limit=100)
    with pytest.raises(LimitReached, match="steps"):
        without_assertions(heavy, work_limit=1000)


def test_leftmost_first_endings_are_those_of_match():
    patterns, choose = Patterns(7), random.Random(7)
    for _ in range(150):
        pattern = patterns.pattern(choose.randint(2, 7))
        wanted = re.compile(pattern)
        try:
            ways = [(automaton(lexemes), automaton(followers)) for lexemes, followers in leftmost_first(ordered(pattern))]
        except LimitReached:
            continue
        for given in choose.sample(SHORT, 40):
            ends = {i for i in range(len(given) + 1) for one, two in ways if accepts(one, given[:i]) and accepts(two, given[i:])}
            match = wanted.match(given)
            assert ends == ({match.end()} if match else set()), (pattern, given)


BACK = [r"\ba", r"\Ba|b", "^a|b", "(?m:^)a", "(?<=ab)a+?b?", "(?<!ab)[ab]", "a(?<=ba)b|a", "(?<!^)b|(?<=(?<!a)b)a+"]


@pytest.mark.parametrize("pattern", BACK)
def test_leftmost_first_sees_the_text_before_as_match_does(pattern):
    wanted = re.compile(pattern)
    for before in SHORT[:60]:
        ways = [(automaton(lexemes), automaton(followers)) for lexemes, followers in leftmost_first(ordered(pattern), before)]
        for given in SHORT[:60]:
            ends = {i for i in range(len(given) + 1) for one, two in ways if accepts(one, given[:i]) and accepts(two, given[i:])}
            match = wanted.match(before + given, len(before))
            assert ends == ({match.end() - len(before)} if match else set()), (before, given)


def test_counts_after_which_the_same_follows_are_one_ending():
    short, long = leftmost_first(repeat(A, 1, 60))
    assert long == (repeat(A, 60, 60), repeat(ANY, 0)) or accepts(automaton(long.lexemes), "a" * 60)
    assert [accepts(automaton(short.lexemes), "a" * count) for count in (0, 1, 59, 60)] == [False, True, True, False]
    assert accepts(automaton(short.followers), "b") and not accepts(automaton(short.followers), "a")


def test_a_terminal_ends_where_no_better_way_goes_on():
    short, long = leftmost_first(choice([text("ab"), A]))
    assert (short.lexemes, long.lexemes) == (Characters(((97, 97),)), sequence([Characters(((97, 97),)), Characters(((98, 98),))]))
    assert long.followers == repeat(ANY, 0)
    followers = automaton(short.followers)
    assert [accepts(followers, rest) for rest in ("", "c", "bc")] == [True, True, False]
    assert len(leftmost_first(choice([A, text("ab")]))) == 1


def test_endings_are_all_non_empty_words_split_before_their_last_character():
    part = sequence([repeat(choice([A, text("bc")]), 0, 2), repeat(DIGIT, 0, 1)])
    split = endings([(inner, True) for inner in part.parts])
    joined = automaton(choice(sequence([before, last]) for before, last in split))
    whole = automaton(part)
    for given in ["", "a", "bc", "b", "abc", "bcbc", "bca", "aaa", "a1", "1", "11", "bc1", "c"]:
        assert accepts(joined, given) == (accepts(whole, given) and given != "")
    assert endings([(Call("x"), False)]) is None
    assert endings([(choice([text(str(i)) for i in range(9)]), False)]) is None


def test_an_alphabet_keeps_sets_apart_and_has_no_surrogates():
    sets = [((97, 122),), ((120, 0x10FFFF),), ((0xE000, 0xE000), (120, 120))]
    alphabet = Alphabet(sets)
    union = {c for low, high in sets[1] for c in range(low, high + 1)} - set(range(0xD800, 0xE000))
    ranges = alphabet.characters(alphabet.mask(sets[1])).ranges
    assert {c for low, high in ranges for c in range(low, high + 1)} == union
    assert alphabet.characters(alphabet.everything) == ANY
    assert alphabet.mask(sets[2]) & alphabet.mask(sets[0]) != 0


def test_tables_share_inner_states_and_can_be_nested():
    word = Characters(((0x100, 0x10FF),))
    table = Table(4, ((0, word, 2), (2, word, 3), (3, word, 2), (2, EMPTY, 1), (3, A, 1), (0, EMPTY, 3)))
    states = automaton(repeat(table, 2, 2))
    assert [accepts(states, given) for given in ("āā", "aa", "āa", "aāāa", "āāāa")] == [True] * 5
    assert not any(accepts(states, given) for given in ("ā", "a", ""))
    nested = Table(3, ((0, Call("x"), 2), (2, Table(2, ((0, Call("y"), 1),)), 1)))
    assert names(nested, Call) == ("x", "y")


def test_many_edges_between_two_states_do_not_nest():
    letters = [Characters(((code, code),)) for code in range(0x61, 0x7B)]
    texts = [sequence([one, other]) for one in letters for other in letters]
    edges = [(0, EMPTY, 2), *((2, part, 3) for part in [*texts, *letters]), (3, EMPTY, 1), (3, B, 2)]
    states = automaton(expression_between(0, 1, edges))
    assert [accepts(states, given) for given in ("az", "q", "abbzz", "", "aac")] == [True, True, True, False, False]


def test_what_leads_nowhere_is_left_out_of_a_graph():
    assert expression_between(0, 1, [(0, A, 2), (2, B, 3)]) == NOTHING
    assert expression_between(0, 1, [(0, A, 1), (0, B, 2), (3, A, 1)]) == A
    assert expression_between(0, 1, [(0, A, 2), (0, EMPTY, 2), (2, EMPTY, 1)]) == choice([A, EMPTY])


def test_an_escaped_table_calls_what_its_edges_call():
    rows = ((0, 97, 97, "x", 2), (0, 98, 98, "", 2), (2, 1, 0, "y", 1))
    escaped = Escaped(3, 92, rows, ((0, Call("z"), 2),))
    written_out = Table(escaped.states, escaped.edges)
    assert set(names(escaped, Call)) == set(names(written_out, Call)) == {"x", "y", "z"}
    assert escaped.states == 5 and len(escaped.edges) == 7
    assert escaped == Escaped(3, 92, rows, ((0, Call("z"), 2),)) != Escaped(3, 92, rows) and hash(escaped) != hash(Escaped(3, 92, rows))
