"""Sets of JSON values, type by type; those of arrays and objects speak of their parts as nodes.

    >>> from fsmgen.frontends.json_schema.values import ANY_OBJECT, ObjectSpec
    >>> ANY_OBJECT.of("name") == ObjectSpec(high=3).of("name")
    True
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeAlias

from fsmgen.errors import LimitReached
from fsmgen.frontends.json_schema.nodes import ANY, NONE, Node, both
from fsmgen.frontends.json_schema.numbers import NumberSet
from fsmgen.frontends.json_schema.strings import StringSet

Clause: TypeAlias = tuple[StringSet, Node]
"""Some names, and a node for the values under them."""

_NO_NAMES: Mapping[str, Node] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Containing:
    """How many items from an index on are of a node.

    Attributes:
        start: items before this one do not count.
        low, high: the bounds of the count; no upper bound if `high` is None.
    """

    start: int
    node: Node
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class ArraySpec:
    """A set of arrays.

    Attributes:
        prefix: nodes of the first items.
        rest: node of all later ones.
        low, high: bounds of the length.
        containing: counts of items.
        unique: True if no two items are equal, False if two are, None if neither is asked.
    """

    prefix: tuple[Node, ...] = ()
    rest: Node = ANY
    low: int = 0
    high: int | None = None
    containing: tuple[Containing, ...] = ()
    unique: bool | None = None

    @property
    def key(self) -> Hashable:
        """Equal exactly where the specs are, in the order of names too."""
        return self

    def of(self, index: int) -> Node:
        """The node of an item."""
        return self.prefix[index] if index < len(self.prefix) else self.rest


@dataclass(frozen=True, slots=True)
class ObjectSpec:
    """A set of objects.

    Attributes:
        declared: the nodes of some names, in the order of the schema: all that is asked of a value under such a name.
        others: what is asked under all other names; each clause whose names include the name.
        required: names that occur; all of them are declared.
        low, high: bounds of the number of properties.
        some: for each clause there is a property, declared or not, with such a name and such a value.
    """

    declared: Mapping[str, Node] = field(default_factory=lambda: _NO_NAMES)
    others: tuple[Clause, ...] = ()
    required: frozenset[str] = frozenset()
    low: int = 0
    high: int | None = None
    some: tuple[Clause, ...] = ()

    @property
    def key(self) -> Hashable:
        """Equal exactly where the specs are, in the order of names too."""
        return tuple(self.declared.items()), self.others, self.required, self.low, self.high, self.some

    def of(self, name: str) -> Node:
        """The node of a name's value."""
        known = self.declared.get(name)
        if known is not None:
            return known
        node = ANY
        for names, asked in self.others:
            if names.contains(name):
                node = both(node, asked)
        return node

    @property
    def closed(self) -> bool:
        """Whether no other names than the declared ones may occur."""
        return any(node == NONE and names.is_any() for names, node in self.others)


ANY_ARRAY = ArraySpec()
ANY_OBJECT = ObjectSpec()
BOOLEANS = frozenset((False, True))


@dataclass(frozen=True, slots=True)
class Values:
    """A set of JSON values; arrays and objects are unions."""

    null: bool = False
    booleans: frozenset[bool] = frozenset()
    numbers: NumberSet = NumberSet.NONE
    strings: StringSet = StringSet.NONE
    arrays: tuple[ArraySpec, ...] = ()
    objects: tuple[ObjectSpec, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether there are no arrays and no objects."""
        return not self.arrays and not self.objects


ALL = Values(True, BOOLEANS, NumberSet.ANY, StringSet.ANY, (ANY_ARRAY,), (ANY_OBJECT,))
NOTHING = Values()


def is_void(values: Values) -> bool:
    """Whether a set is seen to be empty."""
    if values.null or values.booleans or values.arrays or values.objects or not values.numbers.is_empty():
        return False
    try:
        return values.strings.is_empty()
    except LimitReached:
        return False


def absent(name: str, *, only: bool = False) -> Values:
    """The objects without a name; and, unless `only` they are meant, all that is no object."""
    return _objects(ObjectSpec({name: NONE}), only=only)


def present(names: Iterable[str], *, only: bool = False) -> Values:
    """The objects with some names; and, unless `only` they are meant, all that is no object."""
    declared = dict.fromkeys(names, ANY)
    return _objects(ObjectSpec(declared, required=frozenset(declared)), only=only) if declared or only else ALL


def _objects(spec: ObjectSpec, *, only: bool) -> Values:
    return Values(objects=(spec,)) if only else replace(ALL, objects=(spec,))
