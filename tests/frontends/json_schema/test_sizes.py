"""Large schemas: long repeats, many choices, many properties. Words in, near misses out, and the work stays in proportion."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

import fsmgen
from fsmgen.errors import UnsupportedKeyword
from fsmgen.grammar import States
from fsmgen.grammar.network import lower
from fsmgen.grammar.ready import ready


def automaton(schema: Any, **options: Any) -> States:
    language = fsmgen.json_schema(schema, **options)
    return language.grammar.automaton(language.source)


def accepts(states: States, value: Any) -> bool:
    return states.accepting(states.run(states.start, json.dumps(value, ensure_ascii=False).encode()))


@pytest.mark.parametrize(("low", "high"), [(1, 128), (1, 129), (0, 2000), (1, 5000), (40, 40), (3, None), (2, 20_000), (0, 65_535)])
@pytest.mark.parametrize("keyword", ["length", "pattern", "items"])
def test_repeats_of_any_size_end_where_they_say(low, high, keyword):
    count = f"{{{low},{'' if high is None else high}}}"
    schema: dict[str, Any] = {
        "length": {"type": "string", "minLength": low},
        "pattern": {"type": "string", "pattern": f"^[a-zé]{count}$"},
        "items": {"type": "array", "items": {"const": "é"}, "minItems": low},
    }[keyword]
    if high is not None and keyword != "pattern":
        schema |= {"maxLength": high} if keyword == "length" else {"maxItems": high}
    states = automaton(schema)
    for length in {low - 1, low, low + 1, (high or 9999) - 1, high or 9999, (high or 9999) + 1} - {-1}:
        value = ["é"] * length if keyword == "items" else "é" * length
        assert accepts(states, value) == (low <= length <= (high or length)), length


@pytest.mark.parametrize("count", [2001, 100_000])
def test_many_choices_are_those_and_no_others(count):
    states = automaton({"enum": [f"choice {i * 7} é" for i in range(count)]})
    for i in (0, 1, count // 2, count - 1):
        assert accepts(states, f"choice {i * 7} é")
        assert not accepts(states, f"choice {i * 7 + 1} é") and not accepts(states, f"choice {i * 7}")
    assert not accepts(states, f"choice {count * 7} é")


@pytest.mark.parametrize(("order", "count"), [("schema", 500), ("free", 60)])
def test_optional_properties_come_at_most_once_each(order, count):
    names = [f"name_{i}" for i in range(count)]
    schema = {"type": "object", "properties": {name: {"type": "integer"} for name in names}, "additionalProperties": False}
    states = automaton(schema, order=order)
    assert accepts(states, {}) and accepts(states, dict.fromkeys(names, 1)) and accepts(states, {"name_7": 1, "name_43": 2})
    assert accepts(states, {"name_43": 1, "name_7": 2}) == (order == "free")
    assert accepts(states, dict.fromkeys(reversed(names), 1)) == (order == "free")
    assert not accepts(states, {"name_600": 1}) and not accepts(states, {"name_7": "x"})
    twice = b'{"name_7": 1, "name_8": 2, "name_7": 3}'
    assert not states.accepting(states.run(states.start, twice))


@pytest.mark.parametrize("others", [False, True])
@pytest.mark.parametrize("required", [(), (0,), (149,), (40, 41, 104), (7, 8, 9, 63, 64, 65)])
def test_any_names_in_order_are_taken_with_those_that_are_required(required, others):
    names = [f"{'abc'[i % 3]}{i * 7 % 150}" for i in range(150)]
    needed = {names[i] for i in required}
    closed = {} if others else {"additionalProperties": False}
    schema = {"type": "object", "properties": {name: {"const": i} for i, name in enumerate(names)}, "required": sorted(needed), **closed}
    states, choose = automaton(schema), random.Random(3)
    for _ in range(120):
        share = choose.choice([0.01, 0.1, 0.5, 0.9])
        chosen = [i for i in range(150) if choose.random() < share or (i in required and choose.random() < 0.95)]
        valid = needed <= {names[i] for i in chosen}
        value = {names[i]: i for i in chosen}
        assert accepts(states, value) == valid
        assert accepts(states, {**value, "z": 5}) == (valid and others)
        if len(chosen) > 1:
            assert not accepts(states, {names[i]: i for i in reversed(chosen)})
            assert not accepts(states, {**value, names[chosen[0]]: chosen[1]})


def test_what_properties_take_grows_in_proportion():
    def moves(count: int) -> int:
        schema = {"type": "object", "properties": {f"property number {i}": {"type": "boolean"} for i in range(count)}}
        net = ready(lower(*rules_and_start(schema))).packed.net
        return len(net.close) + len(net.edges) + len(net.calls)

    assert moves(16_000) < 9 * moves(2_000)


def rules_and_start(schema: Any) -> tuple[Any, str]:
    grammar = fsmgen.json_schema(schema).grammar
    return grammar.rules, grammar.start


def test_10_000_properties_compile():
    names = [f"property number {i}" for i in range(10_000)]
    schema = {"type": "object", "properties": {name: {"type": "boolean"} for name in names}, "required": names[:3]}
    states = automaton(schema)
    assert accepts(states, dict.fromkeys([*names[:3], names[777], names[9_999]], True))
    assert accepts(states, {**dict.fromkeys(names[:3], True), "another": 5})
    assert not accepts(states, dict.fromkeys(names[:2], True)) and not accepts(states, {**dict.fromkeys(names[:3], True), names[9]: 5})


def test_too_many_names_in_any_order_are_refused_with_their_number():
    schema = {"type": "object", "properties": {f"property number {i}": {"type": "boolean"} for i in range(50_000)}}
    with pytest.raises(UnsupportedKeyword, match=r"#/properties: .* needs 50000, the limit is") as refused:
        fsmgen.json_schema(schema, order="free")
    assert refused.value.keyword == "properties" and "order" in refused.value.instead


def test_depth_is_no_matter():
    schema: dict[str, Any] = {"type": "integer"}
    value: Any = 1
    for _ in range(95):
        schema = {"type": "object", "properties": {"a": schema}, "required": ["a"], "additionalProperties": False}
        value = {"a": value}
    states = automaton(schema)
    assert accepts(states, value) and not accepts(states, {"a": value})
