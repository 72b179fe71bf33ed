"""The algebra of sets of JSON values: what two sets share, what either has, what one has not.

Alternatives that are seen to be empty are dropped as soon as they arise, since unions multiply. That is only to keep them few: what is
empty and not seen to be is a rule without a word.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import replace
from functools import reduce
from itertools import chain, zip_longest
from typing import TypeVar

from fsmgen.errors import LimitReached
from fsmgen.frontends.json_schema.nodes import ANY, NONE, Node, Terms, both
from fsmgen.frontends.json_schema.strings import StringSet
from fsmgen.frontends.json_schema.values import (
    ALL,
    ANY_ARRAY,
    ANY_OBJECT,
    BOOLEANS,
    NOTHING,
    ArraySpec,
    Clause,
    Containing,
    ObjectSpec,
    Values,
)

Spec = TypeVar("Spec", ArraySpec, ObjectSpec)

ALTERNATIVES_LIMIT = 2_000
"""Kinds of arrays, or of objects, that one set may be a union of."""


def join(one: Values, other: Values) -> Values:
    """The values of either."""
    if one is NOTHING or other is ALL:
        return other
    if other is NOTHING or one is ALL:
        return one
    return Values(
        one.null or other.null,
        one.booleans | other.booleans,
        one.numbers.join(other.numbers),
        one.strings.join(other.strings),
        _united(one.arrays, other.arrays),
        _united(one.objects, other.objects),
    )


def joined(sets: Iterable[Values]) -> Values:
    """The values of any of the sets."""
    return reduce(join, sets, NOTHING)


def _united(one: tuple[Spec, ...], other: tuple[Spec, ...]) -> tuple[Spec, ...]:
    if not one or not other:
        return one or other
    return _distinct(chain(one, other), ALTERNATIVES_LIMIT)


class Algebra:
    """Meets and complements, which may need new nodes, and may ask whether a node has no values or is a list of them.

    Attributes:
        plain: whether arrays and objects are left out of account.
    """

    def __init__(
        self, terms: Terms, is_empty: Callable[[Node], bool], is_listed: Callable[[Node], bool], limit: Callable[[], int]
    ) -> None:
        self._terms, self._is_empty, self._is_listed, self._limit = terms, is_empty, is_listed, limit
        self.plain = False

    def meet(self, one: Values, other: Values) -> Values:
        """The values of both."""
        if one is ALL or other is NOTHING:
            return other
        if other is ALL or one is NOTHING:
            return one
        return Values(
            one.null and other.null,
            one.booleans & other.booleans,
            one.numbers.meet(other.numbers),
            one.strings.meet(other.strings),
            self.both_arrays(one.arrays, other.arrays),
            self.both_objects(one.objects, other.objects),
        )

    def complement(self, values: Values) -> Values:
        """All other values."""
        if values is ALL:
            return NOTHING
        if values is NOTHING:
            return ALL
        arrays: tuple[ArraySpec, ...] = (ANY_ARRAY,)
        for array in values.arrays:
            arrays = self.both_arrays(arrays, tuple(self._without_array(array)))
        objects: tuple[ObjectSpec, ...] = (ANY_OBJECT,)
        for described in values.objects:
            objects = self.both_objects(objects, tuple(self._without_object(described)))
        return Values(
            not values.null, BOOLEANS - values.booleans, values.numbers.complement(), values.strings.complement(), arrays, objects
        )

    def both_arrays(self, one: tuple[ArraySpec, ...], other: tuple[ArraySpec, ...]) -> tuple[ArraySpec, ...]:
        """The arrays of two unions."""
        if self.plain:
            return ()
        return _distinct((self.meet_arrays(a, b) for a in one for b in other), self._limit())

    def both_objects(self, one: tuple[ObjectSpec, ...], other: tuple[ObjectSpec, ...]) -> tuple[ObjectSpec, ...]:
        """The objects of two unions."""
        if self.plain:
            return ()
        return _distinct((self.meet_objects(a, b) for a in one for b in other), self._limit())

    def meet_arrays(self, one: ArraySpec, other: ArraySpec) -> ArraySpec | None:
        """The arrays of both; None if there are none."""
        if one is ANY_ARRAY or one == other:
            return other
        if other is ANY_ARRAY:
            return one
        pairs = zip_longest(one.prefix, other.prefix)
        prefix = tuple(both(one.rest if a is None else a, other.rest if b is None else b) for a, b in pairs)
        if one.unique is not None and other.unique is not None and one.unique != other.unique:
            return None
        containing = tuple(dict.fromkeys((*one.containing, *other.containing)))
        unique = other.unique if one.unique is None else one.unique
        low, high = max(one.low, other.low), _least(one.high, other.high)
        return self.possible_array(ArraySpec(prefix, both(one.rest, other.rest), low, high, containing, unique))

    def possible_array(self, spec: ArraySpec) -> ArraySpec | None:
        """The same arrays, bounded where an item cannot be; None if there are none."""
        first = next((i for i, node in enumerate(spec.prefix) if node == NONE), None)
        if first is None and spec.rest == NONE:
            first = len(spec.prefix)
        high = _least(spec.high, first)
        if high is not None and high < spec.low:
            return None
        if any(self._is_empty(node) for node in spec.prefix[: spec.low]):
            return None
        if spec.low > len(spec.prefix) and self._is_empty(spec.rest):
            return None
        return spec if high == spec.high else replace(spec, high=high)

    def meet_objects(self, one: ObjectSpec, other: ObjectSpec) -> ObjectSpec | None:
        """The objects of both; None if there are none."""
        if one is ANY_OBJECT or one == other:
            return other
        if other is ANY_OBJECT:
            return one
        declared = {name: both(node, other.of(name)) for name, node in one.declared.items()}
        declared |= {name: both(one.of(name), node) for name, node in other.declared.items() if name not in declared}
        return self.possible_object(
            ObjectSpec(
                declared,
                _merged(one.others, other.others),
                one.required | other.required,
                max(one.low, other.low),
                _least(one.high, other.high),
                tuple(dict.fromkeys((*one.some, *other.some))),
            )
        )

    def possible_object(self, spec: ObjectSpec) -> ObjectSpec | None:
        """The same objects; None if there are none."""
        if spec.high is not None and spec.high < max(spec.low, len(spec.required)):
            return None
        if any(self._is_empty(spec.declared[name]) for name in spec.required):
            return None
        if spec.low > sum(node != NONE for node in spec.declared.values()) and self._has_no_others(spec):
            return None
        return spec

    @staticmethod
    def _has_no_others(spec: ObjectSpec) -> bool:
        """Whether it is seen that no name may occur but the declared ones."""
        forbidden = [names for names, node in spec.others if node == NONE]
        try:
            return bool(forbidden) and reduce(StringSet.join, forbidden).is_any()
        except LimitReached:
            return False

    def _without_array(self, spec: ArraySpec) -> Iterator[ArraySpec]:
        """Arrays that are not of the spec."""
        if spec.low:
            yield ArraySpec(high=spec.low - 1)
        if spec.high is not None:
            yield ArraySpec(low=spec.high + 1)
        for i, node in enumerate(spec.prefix):
            if node != ANY:
                yield ArraySpec((ANY,) * i + (self._terms.negated(node),), low=i + 1)
        if spec.rest != ANY:
            yield ArraySpec(containing=(Containing(len(spec.prefix), self._terms.negated(spec.rest), 1, None),))
        for part in spec.containing:
            if part.low:
                yield ArraySpec(containing=(replace(part, low=0, high=part.low - 1),))
            if part.high is not None:
                yield ArraySpec(containing=(replace(part, low=part.high + 1, high=None),))
        if spec.unique is not None:
            yield ArraySpec(unique=not spec.unique)

    def _without_object(self, spec: ObjectSpec) -> Iterator[ObjectSpec]:
        """Objects that are not of the spec.

        Where a required name tells kinds of objects apart, all that is asked besides is asked of that kind only: so the complements of
        several kinds share their objects in few ways, and not in all ways in which each of them may fail.
        """
        telling = next((name for name, node in spec.declared.items() if name in spec.required and self._is_listed(node)), None)
        for name, other in self._failing_objects(spec):
            if telling is None or name == telling:
                yield other
            else:
                known = {telling: spec.declared[telling]}
                declared = known | dict(other.declared) if name is None or _before(spec, telling, name) else dict(other.declared) | known
                yield replace(other, declared=declared, required=other.required | {telling})

    def _failing_objects(self, spec: ObjectSpec) -> Iterator[tuple[str | None, ObjectSpec]]:
        """For each thing that is asked the objects that fail it, with the name of which it is asked."""
        if spec.low:
            yield None, ObjectSpec(high=spec.low - 1)
        if spec.high is not None:
            yield None, ObjectSpec(low=spec.high + 1)
        for name in sorted(spec.required):
            yield name, ObjectSpec({name: NONE})
        for name, node in spec.declared.items():
            if node != ANY:
                yield name, ObjectSpec({name: self._terms.negated(node)}, required=frozenset((name,)))
        for names, node in spec.others:
            if node != ANY:
                rest = names.meet(StringSet.of_words(spec.declared).complement()) if spec.declared else names
                yield None, ObjectSpec(some=((rest, self._terms.negated(node)),))
        for names, node in spec.some:
            yield None, ObjectSpec(others=((names, self._terms.negated(node)),))


def _before(spec: ObjectSpec, one: str, other: str) -> bool:
    """Whether a name of a spec comes before another one."""
    return next(name for name in spec.declared if name in (one, other)) == one


def _least(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)


def _merged(one: tuple[Clause, ...], other: tuple[Clause, ...]) -> tuple[Clause, ...]:
    """The clauses of both, those of the same names as one."""
    if not one or one == other:
        return other
    nodes: dict[StringSet, Node] = {}
    for names, node in (*one, *other):
        nodes[names] = both(nodes.get(names, ANY), node)
    forbidden = [(names, node) for names, node in nodes.items() if node == NONE and names.is_any()]
    return tuple(forbidden or nodes.items())


def _distinct(specs: Iterable[Spec | None], limit: int) -> tuple[Spec, ...]:
    """The specs, each once.

    Raises:
        LimitReached: there are more than `limit`.
    """
    kept: dict[Hashable, Spec] = {}
    for spec in specs:
        if spec is not None and (spec is ANY_ARRAY or spec is ANY_OBJECT):
            return (spec,)
        if spec is not None:
            kept[spec.key] = spec
            if len(kept) > limit:
                raise LimitReached("the alternatives of a subschema", limit=limit, reached=len(kept))
    return tuple(kept.values())
