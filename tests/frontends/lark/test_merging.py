"""Merged rules derive what the rules derive: all short words of random rules, by a fixpoint over lengths."""

from __future__ import annotations

import random
from collections.abc import Mapping

from fsmgen.frontends.lark.analysis import Alternatives
from fsmgen.frontends.lark.merging import Shape, merged, shape_of

LONGEST = 5
Words = frozenset[tuple[str, ...]]


def words_of(shapes: Mapping[str, Shape], start: str) -> Words:
    """The words of at most LONGEST symbols that are no rules."""
    known: dict[str, Words] = dict.fromkeys(shapes, frozenset())
    while True:
        more = {name: _read(shape, known) for name, shape in shapes.items()}
        if more == known:
            return known[start]
        known = more


def _read(shape: Shape, known: Mapping[str, Words]) -> Words:
    reached: dict[tuple[int, tuple[str, ...]], None] = {(0, ()): None}
    order = list(reached)
    for node, word in order:  # grows while it runs
        for symbol, target in shape.edges[node]:
            parts: Words = known[symbol] if symbol in known else frozenset([(symbol,) if symbol else ()])
            for part in parts:
                place = target, word + part
                if len(place[1]) <= LONGEST and place not in reached:
                    reached[place] = None
                    order.append(place)
    return frozenset(word for node, word in reached if node in shape.ends)


def random_rules(generator: random.Random) -> dict[str, Alternatives]:
    names = ["start", "a", "b", "c"][: generator.randint(1, 4)]
    symbols = [*names, "X", "Y"]
    bodies = {name: [generator.choices(symbols, k=generator.randint(0, 3)) for _ in range(generator.randint(1, 3))] for name in names}
    return {name: tuple(dict.fromkeys(map(tuple, body))) for name, body in bodies.items()}


def test_merged_rules_have_the_same_words() -> None:
    for seed in range(600):
        rules = random_rules(random.Random(seed))
        expected = words_of({name: shape_of(body) for name, body in rules.items()}, "start")
        assert words_of(merged(rules, "start"), "start") == expected, rules


def test_precedences_become_one_rule() -> None:
    rules = {
        "start": (("sum",),),
        "sum": (("product",), ("sum", "PLUS", "product")),
        "product": (("atom",), ("product", "TIMES", "atom")),
        "atom": (("NUMBER",), ("OPEN", "sum", "CLOSE")),
    }
    found = merged(rules, "start")
    assert set(found) == {"start", "sum"}
    assert found["sum"].calls("sum") == 1
