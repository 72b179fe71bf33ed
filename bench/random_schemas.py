"""Random small schemas with every keyword, and the small values by which two validators can be told apart.

>>> from bench.random_schemas import VALUES, RandomSchemas
>>> RandomSchemas(1).schema(4) == RandomSchemas(1).schema(4)
True
>>> len(VALUES) > 300
True
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

NAMES = ["a", "b", "xc"]
_SCALARS: list[Any] = [None, False, True, 0, 1, 2, 3, 10, -1, 0.5, 1.5, "", "a", "b", "ab", "aa", "xab", "é"]
_TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"]
_PATTERNS = ["a", "^a", "b$", "^[ab]*$", "^x", "^.$", "^(?!a)"]


def _values() -> Iterator[Any]:
    yield from _SCALARS
    few: list[Any] = [0, 1, "a", True, None, [], {}]
    yield from ([], *([each] for each in [*few, 2, "ab", [1], {"a": 1}]))
    yield from map(list, itertools.product(few[:5], repeat=2))
    yield from map(list, itertools.product([1, "a", 2], repeat=3))
    yield from ([1, "a", None, 2], ["a", "a", 1, 1, 0], [{"a": 1}, {"a": 1}], [[1], [1], []], [1, 1.0], [0, False], [1, True])
    yield {}
    for names in itertools.chain.from_iterable(itertools.combinations([*NAMES, "z"], size) for size in (1, 2)):
        yield from (dict(zip(names, values, strict=True)) for values in itertools.product([0, 1, "a", None, {}, ["a"]], repeat=len(names)))
    for values in itertools.product([0, "a"], repeat=3):
        yield dict(zip(NAMES, values, strict=True))
        yield {**dict(zip(NAMES, values, strict=True)), "z": 1, "": 2}
    yield from ({"a": {"a": {"b": 1}}}, {"b": 1, "a": {"b": "a"}}, {"a": [{"a": 1}, 1]}, {"": 0}, {"a": {"a": 0}, "b": {"b": 0}})


VALUES: tuple[Any, ...] = tuple({json.dumps(value): value for value in _values()}.values())


class RandomSchemas:
    """A source of schemas; equal seeds give equal schemas."""

    def __init__(self, seed: int) -> None:
        self._choose = random.Random(seed)
        self._leaves: list[Callable[[int], dict[str, Any]]] = [
            self._type, self._type, self._values, self._numbers, self._strings, self._sizes, self._unique, self._reference,
        ]  # fmt: skip
        self._makers: list[Callable[[int], dict[str, Any]]] = [
            *self._leaves, self._properties, self._properties, self._properties, self._names, self._open, self._items, self._items,
            self._contains, self._combined, self._combined, self._negated, self._conditional, self._dependent, self._unevaluated,
        ]  # fmt: skip

    def document(self, size: int) -> dict[str, Any]:
        """A schema of about so many keywords, with definitions to which it may refer."""
        schema = self.schema(size)
        definitions = {name: self.schema(size // 2) for name in ("p", "q")}
        return {**(schema if isinstance(schema, dict) else {"allOf": [schema]}), "$defs": definitions}

    def schema(self, size: int) -> Any:
        """A schema without definitions; now and then a boolean."""
        if self._choose.random() < 0.06:
            return self._choose.random() < 0.7
        result: dict[str, Any] = {}
        count = self._choose.choice([1, 1, 2, 2, 3])
        for maker in self._choose.sample(self._makers if size > 0 else self._leaves, count):
            result |= maker(size // count - 1)
        return result

    def _type(self, _: int) -> dict[str, Any]:
        return {"type": self._some(_TYPES) if self._choose.random() < 0.3 else self._choose.choice(_TYPES)}

    def _values(self, _: int) -> dict[str, Any]:
        if self._choose.random() < 0.4:
            return {"const": self._choose.choice(VALUES)}
        return {"enum": self._choose.sample(VALUES, self._choose.randint(1, 5))}

    def _numbers(self, _: int) -> dict[str, Any]:
        bounds = {
            "minimum": 0,
            "maximum": 2,
            "exclusiveMinimum": 0,
            "exclusiveMaximum": 2.5,
            "multipleOf": self._choose.choice([2, 0.5, 1.5]),
        }
        return {name: bounds[name] for name in self._some(list(bounds))[:2]}

    def _strings(self, _: int) -> dict[str, Any]:
        bounds = {
            "minLength": self._choose.randint(0, 2),
            "maxLength": self._choose.randint(0, 2),
            "pattern": self._choose.choice(_PATTERNS),
        }
        return {name: bounds[name] for name in self._some(list(bounds))[:2]}

    def _properties(self, size: int) -> dict[str, Any]:
        result: dict[str, Any] = {"properties": {name: self.schema(size // 2) for name in self._some(NAMES)}}
        return result | ({"required": self._some([*NAMES, "z"])[:2]} if self._choose.random() < 0.5 else {})

    def _names(self, size: int) -> dict[str, Any]:
        if self._choose.random() < 0.5:
            return {"propertyNames": self._choose.choice([self._strings(0), {"enum": ["a", "xc"]}, self.schema(size)])}
        return {"patternProperties": {pattern: self.schema(size // 2) for pattern in self._some(_PATTERNS)[:2]}}

    def _open(self, size: int) -> dict[str, Any]:
        return {"additionalProperties": self._choose.choice([False, self.schema(size)])}

    def _sizes(self, _: int) -> dict[str, Any]:
        kind = self._choose.choice(["Properties", "Items"])
        bounds = {f"min{kind}": self._choose.randint(0, 2), f"max{kind}": self._choose.randint(0, 3)}
        return {name: bounds[name] for name in self._some(list(bounds))}

    def _items(self, size: int) -> dict[str, Any]:
        prefix = {"prefixItems": [self.schema(size // 2) for _ in range(self._choose.randint(1, 2))]}
        kind = self._choose.randrange(3)
        return (prefix if kind else {}) | ({"items": self.schema(size // 2)} if kind < 2 else {})

    def _contains(self, size: int) -> dict[str, Any]:
        bounds = {"minContains": self._choose.randint(0, 2), "maxContains": self._choose.randint(0, 2)}
        return {"contains": self.schema(size)} | {name: bounds[name] for name in self._some(list(bounds)) if self._choose.random() < 0.6}

    def _unique(self, _: int) -> dict[str, Any]:
        more = self._choose.choice([{"items": {"enum": [1, True, "a", None]}}, {"items": {"type": "boolean"}}, {"maxItems": 1}])
        return {"uniqueItems": True, **more}

    def _combined(self, size: int) -> dict[str, Any]:
        return {self._choose.choice(["allOf", "anyOf", "oneOf"]): [self.schema(size // 2) for _ in range(self._choose.randint(1, 3))]}

    def _negated(self, size: int) -> dict[str, Any]:
        return {"not": self.schema(size)}

    def _conditional(self, size: int) -> dict[str, Any]:
        return {"if": self.schema(size // 2)} | {name: self.schema(size // 2) for name in self._some(["then", "else"])}

    def _dependent(self, size: int) -> dict[str, Any]:
        if self._choose.random() < 0.5:
            return {"dependentRequired": {self._choose.choice(NAMES): self._some(NAMES)[:2]}}
        return {"dependentSchemas": {self._choose.choice(NAMES): self.schema(size)}}

    def _unevaluated(self, size: int) -> dict[str, Any]:
        kind = self._choose.choice(["unevaluatedProperties", "unevaluatedItems"])
        return {kind: self._choose.choice([False, self.schema(size)])} | self._choose.choice([self._combined, self._conditional])(size)

    def _reference(self, _: int) -> dict[str, Any]:
        return {"$ref": self._choose.choice(["#/$defs/p", "#/$defs/q", "#"])}

    def _some(self, names: list[Any]) -> list[Any]:
        return self._choose.sample(names, self._choose.randint(1, len(names)))
