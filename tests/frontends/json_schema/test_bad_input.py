"""Schemas made to explode, and bad ones: each is compiled, or refused with an error of ours that says where; none hangs."""

from __future__ import annotations

import contextlib
import json
import re
import signal
from collections.abc import Iterator
from typing import Any

import pytest

import fsmgen
from fsmgen import errors
from fsmgen.automata import DEAD
from fsmgen.grammar import States
from fsmgen.grammar.network import lower

PATIENCE = 60
"""Seconds after which a schema is held to hang; a hundred times what it should take."""


@pytest.fixture(autouse=True)
def _no_hanging() -> Iterator[None]:
    def stop(*_: object) -> None:
        raise TimeoutError(f"no end within {PATIENCE} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(PATIENCE)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _required(*names: str) -> dict[str, Any]:
    return {"required": list(names)}


def _chain(length: int, by: str = "$ref", **siblings: Any) -> dict[str, Any]:
    links: list[dict[str, Any]] = [{"$ref": f"#/$defs/d{i + 1}"} for i in range(length)]
    definitions: dict[str, Any] = {f"d{i}": {by: [link], **siblings} if by == "allOf" else link | siblings for i, link in enumerate(links)}
    return {"$ref": "#/$defs/d0", "$defs": definitions | {f"d{length}": {"type": "integer"}}}


def _nested(depth: int, keyword: str) -> Any:
    schema: Any = {"type": "integer"}
    for _ in range(depth):
        schema = {keyword: [schema]} if keyword.endswith("Of") else {keyword: schema}
    return schema


EXPLOSIVE: dict[str, Any] = {
    "products of anyOf": {"allOf": [{"anyOf": [_required(f"{letter}{i}") for letter in "abcd"]} for i in range(12)]},
    "oneOf of many that overlap": {"oneOf": [_required(f"p{i}") for i in range(60)]},
    "not of many": {"not": {"anyOf": [{"properties": {f"p{i}": {"type": "integer"}}, "required": [f"q{i}"]} for i in range(60)]}},
    "counting properties": {"type": "object", "properties": {f"p{i}": {} for i in range(300)}, "minProperties": 140, "maxProperties": 160},
    "dependencies in a circle": {
        "type": "object", "properties": {f"p{i}": {} for i in range(40)},
        "dependentRequired": {f"p{i}": [f"p{(i + 17) % 40}"] for i in range(40)},
    },
    "unevaluated beyond many branches": {
        "anyOf": [{"properties": {f"p{i}": {"type": "integer"}}} for i in range(30)], "unevaluatedProperties": False,
    },
    "patterns that overlap": {"patternProperties": {f"{'abcdefgh'[i]}{other}": {"minimum": i} for i in range(8) for other in "xyz"}},
    "different items of many": {"type": "array", "items": {"enum": list(range(60))}, "uniqueItems": True},
    "many kinds to contain": {"allOf": [{"contains": {"multipleOf": i}, "minContains": 2} for i in range(2, 14)]},
    "a pattern whose deterministic automaton explodes": {"type": "string", "not": {"pattern": "^(a|b)*a(a|b){300}$"}},
    "patterns whose product explodes": {"type": "string", "allOf": [{"pattern": f"({letter}.{{25}})+$"} for letter in "abcdef"]},
    "a pattern of many lookaheads": {"type": "string", "pattern": "(?=.*a{5,900})" * 30},
    "a pattern with a length": {"type": "string", "pattern": "^(ab|a|ba){5,900}$", "minLength": 700, "maxLength": 900},
    "nested repeats": {"type": "string", "pattern": "^(((a{1,99}){1,99}){1,99}){1,99}$"},
    "a repeat without end in sight": {"type": "string", "maxLength": 10**12},
    "items without end in sight": {"type": "array", "items": {"type": "null"}, "minItems": 10**9},
    "multiples of a large prime": {"type": "integer", "multipleOf": 999_983},
    "multiples of something tiny": {"type": "number", "multipleOf": 1e-300},
    "bounds of a thousand digits": {"type": "integer", "minimum": 10**1000, "maximum": 10**1000 + 12345},
    "bounds far apart": {"type": "number", "exclusiveMinimum": -1e308, "maximum": 1.7976931348623157e308, "multipleOf": 0.7},
    "a chain of references": _chain(2000),
    "a chain of references with siblings": _chain(2000, minimum=0),
    "a chain of references by allOf": _chain(2000, by="allOf"),
    "allOf in allOf": _nested(90, "allOf"),
    "oneOf in oneOf": _nested(90, "oneOf"),
    "not in not": _nested(190, "not"),
    "items in items": _nested(190, "items"),
    "many formats": {"type": "string", "allOf": [{"format": name} for name in ("date", "uri", "email", "ipv6", "hostname")]},
    "constants of objects": {"enum": [{"a": i, "b": {"c": [i, str(i)]}} for i in range(3000)]},
    "conditions": {"allOf": [{"if": _required(f"p{i}"), "then": _required(f"q{i}"), "else": _required(f"r{i}")} for i in range(14)]},
}  # fmt: skip


@pytest.mark.parametrize("order", ["schema", "free"])
@pytest.mark.parametrize("name", EXPLOSIVE)
def test_an_explosive_schema_is_compiled_or_refused_by_name(name, order):
    with contextlib.suppress(errors.UnsupportedKeyword, errors.LimitReached, errors.EmptyLanguage):
        language = fsmgen.json_schema(EXPLOSIVE[name], order=order)
        states = language.grammar.automaton(language.source)
        assert states.run(states.start, b" {") == DEAD


@pytest.mark.parametrize(
    ("schema", "kind", "words"),
    [
        ('{"type":', errors.InvalidSchema, "not JSON"),
        ('{"type": "strin"}', errors.InvalidSchema, "#/type"),
        ('{"properties": {"a": {"minimum": "5"}}}', errors.InvalidSchema, "#/properties/a/minimum"),
        ('{"items": {"$ref": "#/nowhere"}}', errors.UnresolvedReference, "#/items"),
        ('{"allOf": [{"$ref": "#"}]}', errors.InvalidSchema, "#"),
        ('{"properties": {"a/b": {"not": {}}}, "required": ["a/b"], "type": "object"}', errors.EmptyLanguage, "#/properties/a~1b"),
        ("[" * 10_000, errors.InvalidSchema, "nested"),
        ('{"items":' * 10_000 + "{}" + "}" * 10_000, errors.InvalidSchema, "nested"),
        ('{"allOf":[' * 150 + "{}" + "]}" * 150, errors.InvalidSchema, "nested 301 deep; the limit is 200"),
        ('{"$ref": "#' + "/items" * 10_000 + '"}', errors.UnresolvedReference, "#/items"),
        ('{"const": [' + "1," * 9_000_000 + "1]}", errors.InvalidSchema, "9,000,003 values; the limit is 500,000"),
        ('{"minimum": 1' + "0" * 20_000_000 + "}", errors.InvalidSchema, "a number cannot be read"),
        (b'{"type": "\xff"}', errors.InvalidSchema, "UTF-8"),
        ('{"type": "array", "items": {"type": "string"}, "uniqueItems": true}', errors.UnsupportedKeyword, "#/uniqueItems"),
    ],
    ids=[
        "cut off", "no type", "no number", "no target", "circle", "empty", "deep", "deep schema", "deep lists", "long reference",
        "many values", "long number", "no text", "unsupported",
    ],
)
def test_bad_input_is_refused_with_its_place(schema, kind, words):
    with pytest.raises(kind) as refused:
        fsmgen.json_schema(schema)
    assert words in str(refused.value) and len(str(refused.value)) < 3000


EMPTY: dict[str, tuple[Any, str]] = {
    "no value at all": (False, "#"),
    "bounds": ({"type": "integer", "minimum": 5, "maximum": 4}, "#"),
    "a value of another type": ({"enum": ["a"], "type": "integer"}, "#"),
    "a property": (
        {"type": "object", "properties": {"a": {"maxLength": 2, "minLength": 3, "type": "string"}}, "required": ["a"]}, "#/properties/a"
    ),
    "a property of a property": (
        {"properties": {"x": {"properties": {"a": {"allOf": [{"type": "null"}, {"const": 5}]}}, "required": ["a"], "type": "object"}},
         "required": ["x"], "type": "object"},
        "#/properties/x/properties/a",
    ),
    "an item": ({"type": "array", "items": False, "minItems": 1}, "#/items"),
    "behind a reference": (
        {"$ref": "#/$defs/b", "$defs": {"b": {"type": "array", "prefixItems": [{}, {"not": {}}], "minItems": 2}}}, "#/$defs/b/prefixItems/1"
    ),
    "one of all": ({"allOf": [{}, {"type": "string"}, {"type": "string", "pattern": "^a$", "minLength": 2}]}, "#/allOf/2"),
    "itself": (
        {"$ref": "#/$defs/t", "$defs": {"t": {"type": "object", "properties": {"n": {"$ref": "#/$defs/t"}}, "required": ["n"]}}},
        "#/$defs/t",
    ),
    "each other": (
        {"$defs": {"a": {"type": "array", "items": {"$ref": "#/$defs/b"}, "minItems": 1},
                   "b": {"type": "array", "items": {"$ref": "#/$defs/a"}, "minItems": 1}},
         "properties": {"x": {"$ref": "#/$defs/b"}}, "required": ["x"], "type": "object"},
        "#/$defs/",
    ),
}  # fmt: skip


def _compiled(schema: Any, order: Any) -> States:
    language = fsmgen.json_schema(schema, order=order)
    return language.grammar.automaton(language.source)


@pytest.mark.parametrize("order", ["schema", "free"])
@pytest.mark.parametrize("name", EMPTY)
def test_a_schema_without_values_is_refused_with_the_place_that_has_none(name, order):
    schema, pointer = EMPTY[name]
    with pytest.raises(errors.EmptyLanguage) as refused:
        _compiled(schema, order)
    where = refused.value.where
    assert where.startswith(f"schema at {pointer}") if pointer.endswith("/") else where == f"schema at {pointer}"
    assert where in str(refused.value)


def test_a_network_that_is_too_large_says_at_which_place_it_was():
    properties = {f"p{i}": {"const": f"value {i} " * 30} for i in range(40)}
    grammar = fsmgen.json_schema({"type": "object", "properties": properties}).grammar
    with pytest.raises(errors.LimitReached, match=r"the states of a network needs .*, the limit is 5000") as refused:
        lower(grammar.rules, grammar.start, limit=5_000)
    assert grammar.place is not None and re.fullmatch(r"schema at #/properties/p\d+", grammar.place(refused.value.where))


@pytest.mark.parametrize(
    "schema",
    [{"enum": ["x" * 20_000_000]}, {"properties": {f"p{i}": {"type": "string", "description": "d" * 900} for i in range(20_000)}}],
    ids=["one string", "many properties"],
)
def test_20_megabytes_are_compiled_or_refused(schema):
    with contextlib.suppress(errors.InvalidSchema, errors.UnsupportedKeyword):
        fsmgen.json_schema(json.dumps(schema))
