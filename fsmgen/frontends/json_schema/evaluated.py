"""`unevaluatedProperties` and `unevaluatedItems`: what they ask depends on which of the schemas in the same place hold.

So combinations in place are split by exactly which of their members hold: each branch is a set of values with the names and items that are
evaluated in it, and what is left over must satisfy the keyword.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import Any

from fsmgen.errors import LimitReached
from fsmgen.frontends.json_schema.combining import joined
from fsmgen.frontends.json_schema.documents import Keywords, Location, Scope
from fsmgen.frontends.json_schema.expansion import Expansion
from fsmgen.frontends.json_schema.nodes import ANY, Node
from fsmgen.frontends.json_schema.strings import StringSet
from fsmgen.frontends.json_schema.values import ALL, NOTHING, ArraySpec, ObjectSpec, Values, absent, is_void, present

BRANCHES_LIMIT = 2_000
"""Sets of schemas in one place that may hold together."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A set of values of which it is known which schemas hold.

    Attributes:
        names: of properties that are evaluated.
        prefix: how many first items are; None if all are.
        items: later items of these nodes are, too.
    """

    values: Values = ALL
    names: StringSet = StringSet.NONE
    prefix: int | None = 0
    items: tuple[Node, ...] = ()


class Evaluating:
    """Branches of schemas."""

    def __init__(self, expansion: Expansion) -> None:
        self.expansion = expansion
        self._active: set[tuple[Location, Scope]] = set()

    def values(self, at: Location, scope: Scope, keywords: Keywords) -> Values:
        """The values that satisfy a schema."""
        return joined(branch.values for branch in self.branches(at, scope, keywords))

    def branches(self, at: Location, scope: Scope, keywords: Keywords) -> list[Branch]:
        """A union, disjoint wherever it matters, of the values that satisfy a schema."""
        with self.expansion.explained(at, "unevaluatedProperties" if "unevaluatedProperties" in keywords else "unevaluatedItems"):
            found = self.meet([Branch()], [self._asserted(at, scope, keywords)])
            for keyword in keywords:
                for part in self._applied(at, scope, keywords, keyword):
                    found = self.meet(found, part)
            if "unevaluatedProperties" in keywords:
                found = [*self._leftover_properties(found, self.expansion.node(keywords["unevaluatedProperties"], scope))]
            if "unevaluatedItems" in keywords:
                found = [*self._leftover_items(found, self.expansion.node(keywords["unevaluatedItems"], scope))]
        return found

    def meet(self, one: list[Branch], other: list[Branch]) -> list[Branch]:
        """The branches of both."""
        found = []
        for a, b in product(one, other):
            values = self.expansion.algebra.meet(a.values, b.values)
            if not is_void(values):
                prefix = None if a.prefix is None or b.prefix is None else max(a.prefix, b.prefix)
                found.append(Branch(values, a.names.join(b.names), prefix, tuple(dict.fromkeys((*a.items, *b.items)))))
        if len(found) > BRANCHES_LIMIT:
            raise LimitReached("the sets of schemas that may hold together", limit=BRANCHES_LIMIT, reached=len(found))
        return found

    def _asserted(self, at: Location, scope: Scope, keywords: Keywords) -> Branch:
        names = StringSet.of_words(keywords["properties"]) if keywords.get("properties") else StringSet.NONE
        for pattern in keywords.get("patternProperties", ()):
            names = names.join(StringSet.of_pattern(pattern))
        if "additionalProperties" in keywords:
            names = StringSet.ANY
        prefix = None if "items" in keywords else len(keywords.get("prefixItems", ()))
        items: tuple[Node, ...] = ()
        if "contains" in keywords and self.expansion.documents.dialect(at).year >= 2020:
            items = (self.expansion.node(keywords["contains"], scope),)
        return Branch(self.expansion.assertions.asserted(at, scope, keywords), names, prefix, items)

    def _applied(self, at: Location, scope: Scope, keywords: Keywords, keyword: str) -> Iterator[list[Branch]]:
        """Branches that together are the values for which a keyword in place holds."""
        expansion = self.expansion
        match keyword:
            case "$ref" | "$dynamicRef":
                yield self.of_location(*expansion.documents.target(at, keyword, scope))
            case "allOf":
                yield from (self.of_location(part, scope) for part in keywords[keyword])
            case "anyOf":
                yield self._holding(keywords[keyword], scope, range(1, len(keywords[keyword]) + 1))
            case "oneOf":
                yield self._holding(keywords[keyword], scope, (1,))
            case "if":
                yield self._conditional(scope, keywords)
            case "dependentSchemas":
                for name, part in keywords[keyword].items():
                    there = self.meet([Branch(present([name], only=True))], self.of_location(part, scope))
                    yield [Branch(absent(name)), *there]
            case "not" | "dependentRequired":
                yield from ([Branch(values)] for values in expansion.applied(at, scope, keywords, keyword))

    def _conditional(self, scope: Scope, keywords: Keywords) -> list[Branch]:
        met = self.of_location(keywords["if"], scope)
        unmet = [self._failing(keywords["if"], scope)]
        if "then" in keywords:
            met = self.meet(met, self.of_location(keywords["then"], scope))
        if "else" in keywords:
            unmet = self.meet(unmet, self.of_location(keywords["else"], scope))
        return [*met, *unmet]

    def _holding(self, parts: tuple[Location, ...], scope: Scope, counts: Iterable[int]) -> list[Branch]:
        """The branches in which so many of the parts hold, and the others do not."""
        if 2 ** len(parts) > BRANCHES_LIMIT and counts != (1,):
            raise LimitReached("the sets of schemas that may hold together", limit=BRANCHES_LIMIT, reached=2 ** len(parts))
        found = []
        held, failed = [self.of_location(part, scope) for part in parts], [[self._failing(part, scope)] for part in parts]
        for count in counts:
            for chosen in combinations(range(len(parts)), count):
                sides = (held[i] if i in chosen else failed[i] for i in range(len(parts)))
                branches = [Branch()]
                for side in sides:
                    branches = self.meet(branches, side)
                found += branches
        return found

    def _failing(self, at: Location, scope: Scope) -> Branch:
        expansion = self.expansion
        return Branch(expansion.expand(expansion.terms.negated(expansion.node(at, scope))))

    def of_location(self, at: Location, scope: Scope) -> list[Branch]:
        """The branches of a subschema.

        Raises:
            InvalidSchema: it refers to itself, and asks nothing more of the value.
        """
        scope = self.expansion.documents.scope(scope, at)
        keywords: Any = self.expansion.documents.keywords(at)
        if isinstance(keywords, bool):
            return [Branch(ALL if keywords else NOTHING)]
        if (at, scope) in self._active:
            self.expansion.loop(at)
        self._active.add((at, scope))
        found = self.branches(at, scope, keywords)
        self._active.discard((at, scope))
        return found

    def _leftover_properties(self, branches: list[Branch], node: Node) -> Iterator[Branch]:
        for branch in branches:
            asked = ObjectSpec(others=((branch.names.complement(), node),)) if node != ANY else ObjectSpec()
            values = self.expansion.algebra.meet(branch.values, _with(objects=asked))
            yield replace(branch, values=values, names=StringSet.ANY)

    def _leftover_items(self, branches: list[Branch], node: Node) -> Iterator[Branch]:
        for branch in branches:
            values = branch.values
            if branch.prefix is not None and node != ANY:
                rest = self.expansion.terms.either([*branch.items, node])
                values = self.expansion.algebra.meet(values, _with(arrays=ArraySpec((ANY,) * branch.prefix, rest)))
            yield replace(branch, values=values, prefix=None)


def _with(*, objects: ObjectSpec | None = None, arrays: ArraySpec | None = None) -> Values:
    """All values, but of objects or arrays only those of a spec."""
    return replace(ALL, objects=ALL.objects if objects is None else (objects,), arrays=ALL.arrays if arrays is None else (arrays,))

