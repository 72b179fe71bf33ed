"""Nodes: what is known about a value before it is looked at, as a conjunction of signed terms.

A *term* is a subschema, a constant, or a node taken as a whole. A *node* is a set of terms by number, negative where the term must not
hold. Nodes name the rules of the grammar, so they are small and cheap to compare; what they stand for is worked out by `expansion`.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from fsmgen.frontends.json_schema.documents import Location, Scope

Node: TypeAlias = frozenset[int]

ANY: Node = frozenset()
"""Every value."""
NONE: Node = frozenset({-1})
"""No value."""


@dataclass(frozen=True, slots=True)
class Subschema:
    """The values that satisfy a subschema, entered with a dynamic scope."""

    at: Location
    scope: Scope


@dataclass(frozen=True, slots=True)
class Constant:
    """One value."""

    value: Any


@dataclass(frozen=True, slots=True)
class Whole:
    """The values of a node."""

    node: Node


Term: TypeAlias = Subschema | Constant | Whole


def both(one: Node, other: Node) -> Node:
    """The values of both nodes."""
    if not one or one is other:
        return other
    if not other:
        return one
    joined = one | other
    return NONE if -1 in joined or any(-term in joined for term in joined) else joined


class Terms:
    """The terms of one schema by number, from 1 on; term 1 always holds."""

    def __init__(self) -> None:
        self._terms: list[Term] = [Whole(ANY), Whole(ANY)]
        self._numbers: dict[Hashable, int] = {}

    def __getitem__(self, number: int) -> Term:
        return self._terms[number]

    def subschema(self, at: Location, scope: Scope) -> Node:
        """The node of a subschema."""
        return frozenset((self._number((at, scope), Subschema(at, scope)),))

    def constant(self, value: Any) -> Node:
        """The node of one value."""
        return frozenset((self._number(frozen(value), Constant(value)),))

    def negated(self, node: Node) -> Node:
        """All other values."""
        if not node:
            return NONE
        if len(node) == 1:
            [term] = node
            return frozenset((-term,)) if term != -1 else ANY
        return frozenset((-self._number(node, Whole(node)),))

    def either(self, nodes: list[Node]) -> Node:
        """The values of any of the nodes."""
        if len(nodes) == 1:
            return nodes[0]
        none_of = ANY
        for node in nodes:
            none_of = both(none_of, self.negated(node))
        return self.negated(none_of)

    def _number(self, key: Hashable, term: Term) -> int:
        known = self._numbers.get(key)
        if known is None:
            known = self._numbers[key] = len(self._terms)
            self._terms.append(term)
        return known


def frozen(value: Any) -> Hashable:
    """A key that two JSON values share exactly if they are equal: 1 and 1.0 are, 1 and true are not."""
    match value:
        case bool() | None:
            return ("literal", value)
        case str():
            return ("string", value)
        case int() | float() | Decimal():
            return ("number", exact(value))
        case Mapping():
            return ("object", frozenset((name, frozen(item)) for name, item in value.items()))
    return ("array", tuple(map(frozen, value)))


def exact(number: int | float | Decimal) -> Decimal | int:
    """The number that a JSON text writes; of a float, the one that Python writes."""
    return Decimal(repr(number)) if isinstance(number, float) else number
