"""Rows from parts of states are bit for bit those of whole walks, whatever counts as a large part, as many items and as a section."""

from __future__ import annotations

import random

import numpy as np
import pytest

from fsmgen.automata import Call, choice, repeat, sequence, text
from fsmgen.automata.expression import characters
from fsmgen.constraint import Constraint, Limits, compile, factoring
from fsmgen.errors import EmptyLanguage, LimitReached, Unspellable
from fsmgen.frontends import grammar_named
from fsmgen.frontends.lark import lark
from fsmgen.grammar import Grammar, Language
from fsmgen.tokens import Vocabulary, allowed_ids, sections
from tests.constraint.test_signatures import vocabulary
from tests.random_grammars import Grammars, random_tokens

NAME = repeat(characters([(97, 122)]), 1)
QUERY = r"""
start: "select" value ("," value)* ("where" value)?
value: term (("and" | "=") term)*
term: NAME ["." NAME] | NAME "(" value ("," value)* ")" | "(" value ")" | "not" term
NAME: /[a-z]+/
%ignore " "
"""


@pytest.fixture(autouse=True)
def everything_parted(monkeypatch):
    """All states have parts, and every byte before words a section."""
    for name, value in (("_LARGE", 1), ("_MANY_ITEMS", 1)):
        monkeypatch.setattr(factoring, name, value)
    for name in ("_CUT", "_SECTION"):
        monkeypatch.setattr(sections, name, 1)


def pair(language: Language, tokens: Vocabulary, **limits: int) -> tuple[Constraint, Constraint]:
    """A constraint, and one whose rows are those of whole walks: the slow twin."""
    one, plain = (compile(language, tokens, limits=Limits(**limits)) for _ in range(2))
    plain.walker.filler._nested = plain.walker.filler._factoring = False
    return one, plain


def agreement(one: Constraint, other: Constraint, choose: random.Random, *, steps: int) -> int:
    """Walk both along one text, their rows compared at each step; how many rows came from parts."""
    matchers, rows, found = (one.matcher(), other.matcher()), np.zeros((2, (one.vocabulary.size + 31) // 32), np.uint32), 0
    for _ in range(steps):
        for matcher, row in zip(matchers, rows, strict=True):
            matcher.write_mask(row)
        assert (rows[0] == rows[1]).all(), (allowed_ids(rows[0]), allowed_ids(rows[1]))
        found += one.walker.filler._factored.worth(matchers[0].state)
        ids = [int(token) for token in allowed_ids(rows[0]) if token not in one.vocabulary.eos_ids]
        if not ids:
            break
        token = choose.choice(ids)
        assert all(matcher.advance(token) for matcher in matchers)
    return found


E, N = Call("start"), Call("name")
NAMED = {
    name: {"start": choice(parts), "name": NAME}
    for name, parts in {
        "lists": [N, sequence([text("["), E, repeat(sequence([text(","), E]), 0), text("]")])],
        "operators": [N, sequence([E, characters([(44, 44), (58, 58)]), E]), sequence([text("["), E, text("]")])],
        "pairs": [sequence([N, text(" "), E]), sequence([N, text(": "), N]), text("{"), sequence([text("{"), E, text("}")])],
    }.items()
}


@pytest.mark.parametrize("name", NAMED)
def test_rows_of_nested_texts_are_those_of_whole_walks(name):
    found = 0
    for seed in range(3):
        one, plain = pair(Language(Grammar(NAMED[name]), name), vocabulary(seed))
        found += sum(agreement(one, plain, random.Random(10 * seed + walk), steps=25) for walk in range(3))
    assert found > 20


@pytest.mark.parametrize("lexer", ["contextual", "basic", "sql"])
def test_rows_of_names_beside_keywords_are_those_of_whole_walks(lexer, monkeypatch):
    monkeypatch.setattr(factoring, "_LARGE", 60 if lexer == "sql" else 1)
    choose, words = random.Random(0), [b" a", b" an", b" and", b" x", b"(x", b".a", b" where", b" (", b"=b", b"na", b"no", b" not", b"a.b"]
    tokens = Vocabulary.from_tokens([None, *(bytes([byte]) for byte in range(256)), *words], eos_ids=[0])
    one, plain = pair(grammar_named("sql_select") if lexer == "sql" else lark(QUERY, lexer=lexer), tokens)
    assert sum(agreement(one, plain, choose, steps=60) for _ in range(10)) > 100


def test_rows_of_random_grammars_are_those_of_whole_walks():
    found = 0
    for seed in range(3000, 3200):
        made = Grammars(seed)
        try:
            tokens = random_tokens(made.alphabet, seed % 6).vocabulary
            one, plain = pair(Language(Grammar(made.rules()), "random"), tokens, graph_nodes=3_000)
            found += agreement(one, plain, random.Random(seed), steps=6)
        except (EmptyLanguage, Unspellable, LimitReached):
            continue
    assert found > 20


def test_rows_are_right_where_parts_have_too_many_exits_or_are_forgotten(monkeypatch):
    monkeypatch.setattr(factoring, "_MOST_EXITS", 3)
    monkeypatch.setattr(factoring, "_ROOM", (2, 4, 1, 4))
    monkeypatch.setattr(factoring, "_MOST", (2, 4, 1, 4))
    one, plain = pair(Language(Grammar(NAMED["lists"]), "lists"), vocabulary(0))
    assert agreement(one, plain, random.Random(0), steps=40)


def test_rows_are_right_where_tables_are_full_and_begun_anew():
    one, plain = pair(Language(Grammar(NAMED["lists"]), "lists"), vocabulary(2), table_bytes=400_000)
    assert agreement(one, plain, random.Random(3), steps=60)


@pytest.mark.parametrize("states", [300, 1_000])
def test_a_grammar_with_names_can_be_used_with_small_tables(states):
    tokens = Vocabulary.from_tokens([None, *(bytes([byte]) for byte in range(256)), b" a", b"a.b", b" as", b", "], eos_ids=[0])
    one, plain = pair(grammar_named("sql_select"), tokens, table_bytes=4 * states * 400)
    assert agreement(one, plain, random.Random(5), steps=60)
