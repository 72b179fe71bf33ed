"""Rows by signature and exits are bit for bit those of whole walks, and a signature is walked once however deep the text is nested."""

from __future__ import annotations

import random

import numpy as np
import pytest

from fsmgen.automata import Call, Expression, choice, repeat, sequence, text
from fsmgen.automata.expression import characters
from fsmgen.constraint import Constraint, Limits, compile, filling
from fsmgen.errors import EmptyLanguage, LimitReached, Unspellable
from fsmgen.grammar import Grammar, Language
from fsmgen.tokens import Vocabulary, allowed_ids
from tests.grammar.test_deferred import Some, deferrable
from tests.random_grammars import Grammars, random_tokens

E, NAME = Call("start"), repeat(characters([(97, 122)]), 1)
STRING = sequence([text('"'), repeat(characters([(32, 33), (35, 91), (93, 126)]), 0), text('"')])


def _all(*parts: Expression | str) -> Expression:
    return sequence(text(part) if isinstance(part, str) else part for part in parts)


def _any(*parts: Expression | str) -> Expression:
    return choice(text(part) if isinstance(part, str) else part for part in parts)


NESTED: dict[str, dict[str, Expression]] = {
    "json": {
        "start": _any(
            STRING, NAME, _all("[", "]"), _all("[", E, repeat(_all(",", E), 0), "]"),
            _all("{", Call("pair"), repeat(_all(",", Call("pair")), 0), "}"),
        ),
        "pair": _all(STRING, ":", E),
    },
    "nesting": {"start": _any(_all("[", E, "]"), _all("{", E, "}"), NAME)},
    "palindromes": {"start": _any(_all("a", E, "a"), _all("b", E, "b"), "")},
    "dangling": {"start": _any(_all("a,", E), _all("a,", E, ":", E), NAME)},
    "operators": {"start": _any(_all(E, characters([(44, 44), (58, 58)]), E), _all("[", E, "]"), NAME)},
    "words": {"start": _any(_all(NAME, Call("more")), "["), "more": _any(_all(" ", E, "]"), _all(":", E, E), "")},
    "counted": {
        "start": repeat(_all("[", repeat(_any("ab", Call("item")), 2, 20), "]"), 1, 30),
        "item": _any("a", _all("{", E, "}")),
    },
}  # fmt: skip


def vocabulary(seed: int) -> Vocabulary:
    choose = random.Random(seed)
    pieces = [bytes([byte]) for byte in range(128)]
    pieces += ["".join(choose.choices('ab[]{}",: ', k=choose.randint(2, 7))).encode() for _ in range(900)]
    return Vocabulary.from_tokens([None, *pieces], eos_ids=[0])


def agreement(one: Constraint, other: Constraint, choose: random.Random, *, steps: int) -> int:
    """Walk both along one text, their rows compared at each step; how many states had a signature of their own."""
    matchers, rows, found = (one.matcher(), other.matcher()), np.zeros((2, (one.vocabulary.size + 31) // 32), np.uint32), 0
    for _ in range(steps):
        for matcher, row in zip(matchers, rows, strict=True):
            matcher.write_mask(row)
        assert (rows[0] == rows[1]).all(), (allowed_ids(rows[0]), allowed_ids(rows[1]))
        found += one.walker.filler.alike(state := matchers[0].state, counted=False)[2] != state
        ids = [int(token) for token in allowed_ids(rows[0]) if token not in one.vocabulary.eos_ids]
        if not ids:
            break
        opening = [token for token in ids if set(one.vocabulary.token_bytes(token)) & set(b"[{,")]
        token = choose.choice(opening if opening and choose.random() < 0.5 else ids)
        assert all(matcher.advance(token) for matcher in matchers)
    return found


def pair(language: Language, tokens: Vocabulary, monkeypatch: pytest.MonkeyPatch, limits: Limits) -> tuple[Constraint, Constraint]:
    """A constraint, and one whose rows are those of whole walks: the slow twin."""
    one, plain = (compile(language, tokens, limits=limits) for _ in range(2))
    monkeypatch.setattr(plain.walker.filler, "_nested", False)
    return one, plain


@pytest.mark.parametrize("name", NESTED)
@pytest.mark.parametrize("fragments", [False, True])
def test_rows_of_nested_texts_are_those_of_whole_walks(name, fragments, monkeypatch):
    if fragments:
        monkeypatch.setattr(filling, "_WORTH_A_FRAGMENT", 0)
    found = 0
    for seed in range(3):
        one, plain = pair(Language(Grammar(NESTED[name]), name), vocabulary(seed), monkeypatch, Limits())
        for walk in range(3):
            found += agreement(one, plain, random.Random(10 * seed + walk), steps=25)
    assert found > 5


@pytest.mark.parametrize("block", range(4))
def test_rows_of_random_grammars_are_those_of_whole_walks(block, monkeypatch):
    found = 0
    for seed in range(2000 + 100 * block, 2100 + 100 * block):
        made = Grammars(seed)
        try:
            tokens = random_tokens(made.alphabet, seed % 6).vocabulary
            one, plain = pair(Language(Grammar(made.rules()), "random"), tokens, monkeypatch, Limits(graph_nodes=3_000))
            found += agreement(one, plain, random.Random(seed), steps=6)
        except (EmptyLanguage, Unspellable, LimitReached):
            continue
    assert found > 20


def test_rows_are_those_of_whole_walks_where_rules_are_deferred(monkeypatch):
    found, names = 0, set[str]()
    for name, rules in NESTED.items():
        renamed = {"start": Call("0.start")} | dict(Grammar.combined([Grammar(rules)], lambda parts: parts[0]).rules)
        some = Some(renamed, deferrable(renamed))
        for seed in range(3 if some.fewest else 0):
            lazy, whole = Language(some.grammar(), name), Language(Grammar(renamed), name)
            one, plain = compile(lazy, vocabulary(seed)), compile(whole, vocabulary(seed))
            monkeypatch.setattr(plain.walker.filler, "_nested", False)
            found += sum(agreement(one, plain, random.Random(10 * seed + walk), steps=25) for walk in range(3))
        names |= {name} if some.made else set()
    assert found > 5 and len(names) >= 3


def test_rows_are_right_where_signatures_have_too_many_exits_or_holes(monkeypatch):
    for name, value in (("_MOST_EXITS", 3), ("_MOST_BELOW", 0), ("_SHAPES", 2)):
        with monkeypatch.context() as patch:
            patch.setattr(filling, name, value)
            one, plain = pair(Language(Grammar(NESTED["json"]), "json"), vocabulary(0), patch, Limits())
            agreement(one, plain, random.Random(0), steps=40)
    many = {"start": _any(*(_all("a", Call(f"r{i}"), f"{chr(98 + i)}") for i in range(24)))}
    many |= {f"r{i}": _any(NAME, _all("[", E, "]", chr(98 + i))) for i in range(24)}
    one, plain = pair(Language(Grammar(many), "many"), vocabulary(1), monkeypatch, Limits())
    agreement(one, plain, random.Random(1), steps=12)


def test_rows_are_right_where_tables_are_renewed(monkeypatch):
    small, plain = Limits(table_bytes=400_000), Limits()
    for seed in range(4):
        language, tokens = Language(Grammar(NESTED["json"]), "json"), vocabulary(seed)
        one, other = compile(language, tokens, limits=small), compile(language, tokens, limits=plain)
        monkeypatch.setattr(other.walker.filler, "_nested", False)
        matchers, rows, choose = (one.matcher(), other.matcher()), np.zeros((2, (tokens.size + 31) // 32), np.uint32), random.Random(seed)
        for _ in range(60):
            for matcher, row in zip(matchers, rows, strict=True):
                matcher.write_mask(row)
            assert (rows[0] == rows[1]).all()
            opening = [int(t) for t in allowed_ids(rows[0]) if set(tokens.token_bytes(int(t))) & set(b"[{")]
            token = choose.choice(opening or [int(t) for t in allowed_ids(rows[0])])
            if not token:
                break
            assert all(matcher.advance(token) for matcher in matchers)


def test_deeper_nesting_has_no_new_signatures():
    tokens = vocabulary(0)
    constraint = compile(Language(Grammar(NESTED["json"]), "json"), tokens)
    matcher, row, shapes = constraint.matcher(), np.zeros((tokens.size + 31) // 32, np.uint32), []
    for _ in range(40):
        assert matcher.advance_bytes(b'{"a":[')
        matcher.write_mask(row)
        shapes.append(len(constraint.walker.filler._shapes))
    assert shapes[4] == shapes[-1] > 0
