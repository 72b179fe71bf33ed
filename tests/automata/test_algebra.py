"""Counting, order, chance, and comparisons of languages, against enumeration by derivatives."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from fsmgen.automata import NOTHING, Characters, Dfa, Lexicon, Relation, Symbol, choice, compare, repeat, sequence, text
from fsmgen.automata.algebra import difference_word, is_equivalent, is_included
from fsmgen.automata.expression import words
from fsmgen.automata.paths import UNBOUNDED, Paths
from fsmgen.automata.words import shortest_word
from fsmgen.errors import InputError, InvalidOption, LimitReached
from fsmgen.frontends import regex
from fsmgen.grammar import States
from fsmgen.grammar.network import lower
from tests.reference import derivative, nullable

LONGEST = 4
leaves = st.sampled_from(
    [text("a"), text("ab"), text(""), words([b"a", b"ba", b""]), Symbol("<s>"), Characters(((0x61, 0x63),)), Characters(((0xE9, 0xEB),))]
)
expressions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(sequence),
        st.lists(inner, min_size=1, max_size=3).map(choice),
        st.tuples(inner, st.sampled_from([(0, None), (1, None), (0, 1), (2, 3), (2, None)])).map(lambda pair: repeat(pair[0], *pair[1])),
    ),
    max_leaves=5,
)
LABELS = [0x61, 0x62, 0x63, 0xA9, 0xAA, 0xAB, 0xC3, "<s>"]


def build(expression, symbols: tuple[str, ...] = ("<s>",)) -> States:
    return States(replace(lower({"start": expression}, "start"), symbols=symbols))


def automaton_of(pattern: str) -> States:
    return regex(pattern).grammar.automaton(pattern)


def lexicon_of(pattern: str) -> Lexicon:
    return Lexicon(Dfa.of(automaton_of(pattern), limit=20_000))


def enumerated(expression, longest: int = LONGEST) -> list[tuple[int, ...]]:
    """The twin: all words of at most `longest` labels in length-lexicographic order, by derivatives."""
    found, rests = [], [((), expression)]
    for _ in range(longest + 1):
        found += [word for word, rest in rests if nullable(rest)]
        steps = [((*word, label), derivative(rest, label)) for word, rest in rests for label in LABELS]
        rests = [(word, rest) for word, rest in steps if rest != NOTHING]
    return [tuple(256 if label == "<s>" else label for label in word) for word in found]


@settings(max_examples=150)
@given(expression=expressions)
def test_words_come_in_order_each_once_and_are_counted_as_derivatives_enumerate_them(expression):
    lexicon, twin = Lexicon(Dfa.of(build(expression))), enumerated(expression)
    assert list(itertools.takewhile(lambda word: len(word) <= LONGEST, lexicon.words())) == twin
    by_length = Counter(map(len, twin))
    counts = list(itertools.islice(lexicon.counts(), LONGEST + 1))
    assert counts + [0] * (LONGEST + 1 - len(counts)) == [by_length[n] for n in range(LONGEST + 1)]
    assert lexicon.count(max_length=LONGEST) == len(twin)
    assert lexicon.shortest() == next(lexicon.words()) == shortest_word(build(expression))


@settings(max_examples=100)
@given(expression=expressions)
def test_a_finite_language_has_as_many_words_as_are_enumerated_and_its_longest_is_among_them(expression):
    lexicon = Lexicon(Dfa.of(build(expression)))
    longest = lexicon.longest()
    assert lexicon.finite == (longest is not None) == (lexicon.count() is not None)
    if longest is not None and lexicon.count() <= 300:
        twin = enumerated(expression, len(longest))
        assert lexicon.count() == len(twin) and list(lexicon.words()) == twin
        assert longest == min(word for word in twin if len(word) == max(map(len, twin)))
    if longest is None:
        size = lexicon.dfa.state_count
        assert any(itertools.islice(lexicon.counts(), size, 2 * size)), "an infinite language has a word that can be pumped"


@settings(max_examples=100)
@given(expression=expressions, seed=st.integers(0, 99))
def test_a_drawn_word_is_one_of_the_language_and_no_longer_than_asked(expression, seed):
    lexicon, generator = Lexicon(Dfa.of(build(expression))), random.Random(seed)
    word = lexicon.draw(generator, max_length=len(lexicon.shortest()) + 2)
    assert lexicon.dfa.accepts(word) and len(word) <= len(lexicon.shortest()) + 2
    if lexicon.finite:
        assert lexicon.dfa.accepts(lexicon.draw(generator))


@pytest.mark.parametrize(("pattern", "longest"), [("(a|bb|b){0,3}c?", None), ("a?b{2,4}|[x-z]", None), ("(a|bb)*", 5), ("(ab|a)*b?", 4)])
def test_drawn_words_are_uniform(pattern, longest):
    lexicon, generator = lexicon_of(pattern), random.Random(7)
    all_words = list(itertools.takewhile(lambda word: longest is None or len(word) <= longest, lexicon.words()))
    drawn = Counter(lexicon.draw(generator, max_length=longest) for _ in range(200 * len(all_words)))
    assert set(drawn) <= set(all_words)
    assert chisquare([drawn[word] for word in all_words]).pvalue > 1e-3


def test_counts_are_exact_where_they_exceed_every_machine_number():
    assert lexicon_of("[a-z]{1,300}").count() == sum(26**n for n in range(1, 301))
    counts = list(lexicon_of("(a|b){50}[c-e]{0,2}").counts())
    assert counts == [0] * 50 + [2**50, 3 * 2**50, 9 * 2**50]
    assert lexicon_of("[a-z]*").count() is None and lexicon_of("[a-z]*").count(max_length=40) == sum(26**n for n in range(41))
    assert len(lexicon_of("[ab]{1,400}").draw(random.Random(1))) > 380


def test_unicode_words_are_counted_once_each():
    lexicon = lexicon_of(r"[é-ëa\U0001F600]{2}")
    assert lexicon.count() == 25
    assert len({bytes(word).decode() for word in lexicon.words()}) == 25


def test_lengths_of_ways_on_are_known_by_state():
    graph = Paths(0, np.array([False, True, False, False]), np.array([0, 0, 1, 2, 3]), np.array([1, 2, 1, 2, 0]), np.ones(5, np.int64))
    assert graph.distances[:2] == [1, 0] and graph.heights == [UNBOUNDED, UNBOUNDED, 2**31 - 1, UNBOUNDED]
    assert graph.shortest == 1 and graph.longest is None and not graph.finite


def test_an_empty_language_has_no_words():
    a = Dfa.of(build(text("a")))
    lexicon = Lexicon(a.difference(a))
    assert lexicon.empty and lexicon.finite and lexicon.count() == 0
    assert lexicon.shortest() is None and lexicon.longest() is None and list(lexicon.words()) == [] and list(lexicon.counts()) == []
    with pytest.raises(InputError, match="nothing to draw"):
        lexicon.draw(random.Random(0))
    with pytest.raises(InputError, match="nothing to draw"):
        lexicon.draw(random.Random(0), max_length=3)


def test_drawing_refuses_what_has_no_uniform_distribution():
    with pytest.raises(InvalidOption, match="infinitely many"):
        lexicon_of("a*").draw(random.Random(0))
    with pytest.raises(InvalidOption, match="at least 3"):
        lexicon_of("aaab*").draw(random.Random(0), max_length=2)


@settings(max_examples=100)
@given(one=expressions, other=expressions)
def test_comparisons_have_the_witnesses_that_enumeration_finds(one, other):
    a, b = build(one), build(other)
    first, second = (enumerated(expression, 5) for expression in (one, other))
    result = compare(a, b)
    wanted = {
        "only_first": [word for word in first if word not in second],
        "only_second": [word for word in second if word not in first],
        "common": [word for word in first if word in second],
    }
    for name, expected in wanted.items():
        witness = getattr(result, name)
        assert witness == expected[0] if expected else witness is None or len(witness) > 5, name
    assert difference_word(a, b) == result.only_first and is_included(a, b) == (result.only_first is None)
    assert is_equivalent(a, b) == (result.relation is Relation.EQUAL)
    assert (result.relation is Relation.EQUAL) == (result.only_first is None and result.only_second is None)


@settings(max_examples=60)
@given(one=expressions, other=expressions)
def test_the_difference_of_tables_is_that_of_sets(one, other):
    a, b = (Dfa.of(build(expression)) for expression in (one, other))
    only, second = Lexicon(a.difference(b)), set(enumerated(other))
    assert list(itertools.takewhile(lambda w: len(w) <= LONGEST, only.words())) == [w for w in enumerated(one) if w not in second]
    assert only.shortest() == difference_word(build(one), build(other))


@pytest.mark.parametrize(
    ("one", "other", "relation"),
    [
        (r"(a|b)*", r"(a*b*)*", Relation.EQUAL),
        (r"[1-9][0-9]{0,2}", r"[0-9]+", Relation.SUBSET),
        (r"[0-9]+", r"[1-9][0-9]{0,2}", Relation.SUPERSET),
        (r"a+", r"b+", Relation.DISJOINT),
        (r"a+b?", r"a?b+", Relation.OVERLAPPING),
    ],
)
def test_relations_have_their_names(one, other, relation):
    assert compare(automaton_of(one), automaton_of(other)).relation is relation


def test_symbols_are_compared_by_name():
    one = build(choice([Symbol("<x>"), text("a")]), ("<x>",))
    result = compare(one, build(choice([text("a"), Symbol("<y>"), Symbol("<x>")]), ("<y>", "<x>")))
    assert result.symbols == ("<x>", "<y>") and result.relation is Relation.SUBSET and result.only_second == (257,)


def test_a_witness_is_found_without_building_a_huge_automaton_and_a_search_without_one_ends_at_its_limit():
    large, larger = automaton_of(r"[^a\n].{0,50000}"), automaton_of(".{1,50001}")
    assert difference_word(larger, large, limit=30) == (ord("a"),)
    with pytest.raises(LimitReached, match="limit is 30"):
        difference_word(large, larger, limit=30)
