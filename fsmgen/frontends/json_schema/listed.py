"""Values that are listed: as a set, and the values of a node where they are few."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Protocol

from fsmgen.frontends.json_schema.nodes import NONE, Node, Terms, frozen
from fsmgen.frontends.json_schema.numbers import NumberSet
from fsmgen.frontends.json_schema.strings import StringSet
from fsmgen.frontends.json_schema.values import ArraySpec, ObjectSpec, Values


class Expands(Protocol):
    """Works out what nodes stand for; see `expansion`."""

    @property
    def is_deep(self) -> bool:
        """Whether it has looked at parts of parts as far down as it may."""

    def expand(self, node: Node) -> Values:
        """The values of a node."""


def values_of(terms: Terms, values: Iterable[Any]) -> Values:
    """The set of these values."""
    numbers: list[int | Decimal] = []
    strings: list[str] = []
    arrays: dict[ArraySpec, None] = {}
    objects: list[ObjectSpec] = []
    literals: set[bool | None] = set()
    for value in values:
        match value:
            case bool() | None:
                literals.add(value)
            case str():
                strings.append(value)
            case int() | Decimal():
                numbers.append(value)
            case Mapping():
                objects.append(_constant_object(terms, value))
            case _:
                items = tuple(map(terms.constant, value))
                arrays[ArraySpec(items, NONE, len(items), len(items))] = None
    return Values(
        None in literals,
        frozenset(value for value in literals if value is not None),
        NumberSet.of_values(numbers) if numbers else NumberSet.NONE,
        StringSet.of_words(strings) if strings else StringSet.NONE,
        tuple(arrays),
        tuple(spec for i, spec in enumerate(objects) if spec not in objects[:i]),
    )


def members(expansion: Expands, node: Node, limit: int) -> list[Any] | None:
    """All values of a node, if they are seen to be at most so many."""
    values = expansion.expand(node)
    found: list[Any] = [None] if values.null else []
    found += sorted(values.booleans)
    numbers, strings = values.numbers.values(limit), values.strings.words(limit)
    if numbers is None or strings is None:
        return None
    found += [*numbers, *strings]
    for array in values.arrays:
        if array.low != array.high or array.containing or array.unique is not None:
            return None
        items = _choices(expansion, [array.of(i) for i in range(array.low)], limit)
        if items is None:
            return None
        found += map(list, items)
    for spec in values.objects:
        if not spec.closed or len(spec.required) < len(spec.declared) or spec.some or spec.low > len(spec.declared):
            return None
        items = _choices(expansion, list(spec.declared.values()), limit)
        if items is None:
            return None
        found += (dict(zip(spec.declared, item, strict=True)) for item in items)
    distinct = {frozen(value): value for value in found}
    return list(distinct.values()) if len(distinct) <= limit else None


def _choices(expansion: Expands, nodes: list[Node], limit: int) -> list[tuple[Any, ...]] | None:
    """One value of each node, in every way, if those are at most so many."""
    found: list[tuple[Any, ...]] = [()]
    for node in nodes:
        known = None if expansion.is_deep else members(expansion, node, limit)
        if known is None or len(found) * len(known) > limit:
            return None
        found = [(*item, member) for item in found for member in known]
    return found


def _constant_object(terms: Terms, value: Mapping[str, Any]) -> ObjectSpec:
    declared = {name: terms.constant(part) for name, part in value.items()}
    return ObjectSpec(declared, ((StringSet.ANY, NONE),), frozenset(declared))
