"""What a node stands for: its subschemas worked out to sets of values, as far down as the value itself.

References and combinations in place are followed; the parts of arrays and objects stay nodes, so a recursive schema has an end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from typing import Literal, NoReturn, TypeAlias

from fsmgen.errors import InvalidSchema, LimitReached, UnsupportedKeyword
from fsmgen.frontends.json_schema.asserted import ARRAY, NUMERIC, OBJECT, TEXTUAL, Assertions
from fsmgen.frontends.json_schema.combining import ALTERNATIVES_LIMIT, Algebra, join, joined
from fsmgen.frontends.json_schema.documents import Documents, Keywords, Location, Scope
from fsmgen.frontends.json_schema.listed import values_of
from fsmgen.frontends.json_schema.nodes import ANY, NONE, Constant, Node, Subschema, Terms, Whole, both
from fsmgen.frontends.json_schema.strings import StringSet
from fsmgen.frontends.json_schema.values import ALL, NOTHING, Values, absent, is_void, present

EMPTINESS_DEPTH = 3
"""How far down it is asked whether the parts of a value can be. What is not seen here to be empty is a rule without a word."""
ALTERNATIVES_ASKED = 40
"""Kinds of arrays, or of objects, that are looked at for that."""

Kind: TypeAlias = Literal["numeric", "textual", "array", "object"]
_KINDS: Mapping[Kind, frozenset[str]] = {
    "numeric": NUMERIC | {"enum", "const"}, "textual": TEXTUAL | {"enum", "const"}, "array": ARRAY, "object": OBJECT
}  # fmt: skip
_IN_PLACE = frozenset(
    {"$ref", "$dynamicRef", "allOf", "anyOf", "oneOf", "not", "if", "dependentRequired", "dependentSchemas"}
)
_LISTS = frozenset({"enum", "const"})
_UNEVALUATED = frozenset({"unevaluatedProperties", "unevaluatedItems"})


@dataclass(frozen=True, slots=True)
class Reading:
    """How keywords are read that can be read in more than one way.

    Attributes:
        assert_formats: whether `format` restricts a value.
        lenient: whether what cannot be kept exactly is left out, and reported.
    """

    assert_formats: bool = True
    lenient: bool = False


class _Unknown(Exception):
    """Whether a node is empty depends on a node that is being worked out."""


class Expansion:
    """Sets of values by node, each worked out once.

    Attributes:
        terms: the terms of the schema.
        algebra: meets and complements of its sets.
        assertions: reads keywords.
    """

    def __init__(self, documents: Documents, reading: Reading) -> None:
        self.documents, self.reading = documents, reading
        self.terms = Terms()
        self.algebra = Algebra(self.terms, self.is_empty, self._is_listed, self._alternatives)
        self.assertions = Assertions(self)
        self._values: dict[Node, Values] = {ANY: ALL, NONE: NOTHING}
        self._terms: dict[int, Values] = {1: ALL, -1: NOTHING}
        self._aside: tuple[dict[Node, Values], dict[int, Values]] = dict(self._values), dict(self._terms)
        self._nodes: dict[tuple[Location, Scope], Node] = {}
        self._active: dict[int, None] = {}
        self._empty: dict[Node, bool] = {ANY: False, NONE: True}
        self._widened: set[int] = set()
        self._narrowed: set[int] = set()
        self._depth = 0

    def _alternatives(self) -> int:
        """How many kinds of arrays, or of objects, a union may have now."""
        return ALTERNATIVES_ASKED if self._depth else ALTERNATIVES_LIMIT

    # Nodes

    def node(self, at: Location, scope: Scope) -> Node:
        """The node of a subschema; of one that only refers to another one, that one's."""
        key = at, self.documents.scope(scope, at)
        way = []
        while key not in self._nodes:
            way.append(key)
            self._nodes[key] = self.terms.subschema(*key)  # what leads back here in place is found when it is expanded
            keywords = self.documents.keywords(key[0])
            if isinstance(keywords, bool) or keywords.keys() != {"$ref"}:
                self._nodes[key] = self._simplest(*key, keywords)
            else:
                key = self.documents.target(key[0], "$ref", key[1])
        found = self._nodes[key]
        self._nodes |= dict.fromkeys(way, found)
        return found

    def _simplest(self, at: Location, scope: Scope, keywords: bool | Keywords) -> Node:
        if isinstance(keywords, bool) or not keywords:
            return NONE if keywords is False else ANY
        if keywords.keys() == {"allOf"}:
            try:
                return reduce(both, (self.node(part, scope) for part in keywords["allOf"]), ANY)
            except RecursionError:
                raise self._too_deep(at) from None
        return self.terms.subschema(at, scope)

    def _too_deep(self, at: Location) -> UnsupportedKeyword:
        """The error of a place where one schema leads to the next too many times."""
        keywords = self.documents.keywords(at)
        keyword = next((name for name in ([] if isinstance(keywords, bool) else keywords) if name in _IN_PLACE), "$ref")
        reason = "this many schemas that hold of one value, each inside the other, are more than can be followed"
        return UnsupportedKeyword(self.documents.pointer(at, keyword), keyword, reason=reason, instead="fewer steps")

    def pointer(self, node: Node) -> tuple[Location, str]:
        """A location of the node, and its pointer."""
        waiting = sorted(map(abs, node))
        for number in waiting:
            term = self.terms[number]
            if isinstance(term, Subschema):
                return term.at, self.documents.pointer(term.at)
            if isinstance(term, Whole):
                waiting += sorted(map(abs, term.node - set(waiting)))
        return self.documents.root, self.documents.pointer(self.documents.root)

    def asking(self, node: Node, kind: Kind, *, first: str = "") -> tuple[Location, str]:
        """Where a keyword asks something of the values of a node that are of a kind, or of any; the keyword `first` if it is there."""
        at, _ = self.pointer(node)
        waiting, seen = [at], {at}
        for at in waiting:  # grows while it runs
            keywords = self.documents.keywords(at)
            if isinstance(keywords, bool):
                continue
            found = first if first in keywords else next((name for name in keywords if name in _KINDS[kind]), None)
            if found is not None:
                return at, found
            parts = [part for name in ("allOf", "anyOf", "oneOf") for part in keywords.get(name, ())]
            parts += [keywords[name] for name in ("not", "if", "then", "else") if name in keywords]
            waiting += [part for part in parts if part not in seen]
            seen.update(parts)
        keywords = self.documents.keywords(waiting[0])
        return waiting[0], next((name for name in ([] if isinstance(keywords, bool) else keywords) if name in _IN_PLACE), "type")

    # Sets

    def expand(self, node: Node) -> Values:
        """The values of a node.

        Raises:
            InvalidSchema: a schema refers to itself, and asks nothing more of the value.
            UnsupportedKeyword: a keyword cannot be kept exactly.
        """
        known = self._values.get(node)
        if known is None:
            terms = sorted(node, key=abs)
            plain = any(term > 0 and self.of_term(term).is_plain for term in terms)
            known = self._shared(terms) if not plain or self.algebra.plain else self._plainly(terms)
            self._values[node] = known
        self._marked(node)
        return known

    def _shared(self, terms: Iterable[int]) -> Values:
        """The values for which all terms hold."""
        values = ALL
        for term in terms:
            values = self.algebra.meet(values, self.of_term(term))
        return values

    def _plainly(self, terms: list[int]) -> Values:
        """The same where one term allows no arrays and objects: what negative ones say of these is not asked, since it may take long."""
        values, negative = self._shared(term for term in terms if term > 0), [term for term in terms if term < 0]
        if not negative:
            return values
        self._swap_sets()
        try:
            return self.algebra.meet(values, self._shared(negative))
        finally:
            self._swap_sets()

    def _swap_sets(self) -> None:
        """Begin or end leaving arrays and objects out of account, in sets that are kept apart from the others."""
        self.algebra.plain = not self.algebra.plain
        self._values, self._terms, self._aside = *self._aside, (self._values, self._terms)

    def _marked(self, terms: Iterable[int]) -> None:
        """What is worked out from sets that are not exact is not exact."""
        for inexact in (self._widened, self._narrowed):
            if not inexact.isdisjoint(terms):
                inexact.update(self._active)

    def of_term(self, term: int) -> Values:
        """The values for which a term holds, or does not if its number is negative."""
        known = self._terms.get(term)
        if known is None:
            if term in self._active:
                self.loop(self.pointer(frozenset((term,)))[0])
            self._active[term] = None
            try:
                known = self._terms[term] = self._worked_out(term)
            except RecursionError:
                raise self._too_deep(self.pointer(frozenset((term,)))[0]) from None
            finally:
                del self._active[term]
        self._marked((term,))
        return known

    def loop(self, at: Location) -> NoReturn:
        """Raises:
        InvalidSchema: a schema refers to itself, and asks nothing more of the value.
        """
        if self._depth:
            raise _Unknown
        raise InvalidSchema(self.documents.pointer(at), "it refers to itself and asks nothing of the value: a loop")

    def _worked_out(self, number: int) -> Values:
        term = self.terms[abs(number)]
        match term:
            case Constant(value):
                values = values_of(self.terms, [value])
            case Whole(node):
                values = self.expand(node)
            case Subschema(at, scope):
                keywords = self.documents.keywords(at)
                if isinstance(keywords, bool):
                    return ALL if keywords == (number > 0) else NOTHING
                if _UNEVALUATED.isdisjoint(keywords):
                    return self._holding(at, scope, keywords) if number > 0 else self._failing(at, scope, keywords)
                if number < 0 and self.reading.lenient:
                    self.leave_out(at, "unevaluatedProperties", "what is left out would be added", "", strict=True)
                from fsmgen.frontends.json_schema.evaluated import Evaluating

                values = Evaluating(self).values(at, scope, keywords)
        if number < 0 and (number in self._widened or number in self._narrowed):
            self._inexact_negated(number)
        return values if number > 0 else self.algebra.complement(values)

    def _inexact_negated(self, number: int) -> NoReturn:
        at, keyword = self.asking(frozenset((number,)), "textual")
        reason = "it is not kept exactly, so it cannot be said what must not hold"
        raise UnsupportedKeyword(self.documents.pointer(at, keyword), keyword, reason=reason)

    def is_empty(self, node: Node) -> bool:
        """Whether it is seen that the node has no values; False is no promise."""
        known = self._empty.get(node)
        if known is not None:
            return known
        if self._depth >= EMPTINESS_DEPTH or (len(node) == 1 and next(iter(node)) > 0):
            return False
        self._depth += 1
        try:
            found = is_void(self.expand(node))
        except (_Unknown, UnsupportedKeyword, LimitReached):
            found = False
        finally:
            self._depth -= 1
        self._empty[node] = found
        return found

    def _is_listed(self, node: Node) -> bool:
        """Whether a subschema of the node says itself which values there are."""
        found = (self.terms[term] for term in node if term > 0)
        return any(isinstance(term, Subschema) and self._lists(self.documents.keywords(term.at)) for term in found)

    @staticmethod
    def _lists(keywords: bool | Keywords) -> bool:
        return not isinstance(keywords, bool) and not keywords.keys().isdisjoint(_LISTS)

    def covered(self, node: Node, other: Node) -> bool:
        """Whether it is seen that all values of a node are of another one; False is no promise."""
        return not other or self.is_empty(both(node, self.terms.negated(other)))

    # Schemas

    def _holding(self, at: Location, scope: Scope, keywords: Keywords) -> Values:
        """The values that satisfy a schema."""
        values = self.assertions.asserted(at, scope, keywords)
        for keyword in keywords:
            if keyword in _IN_PLACE:
                with self.explained(at, keyword):
                    for part in self.applied(at, scope, keywords, keyword):
                        values = self.algebra.meet(values, part)
        return values

    def _failing(self, at: Location, scope: Scope, keywords: Keywords) -> Values:
        """The values that do not satisfy a schema."""
        with self.explained(at, "not"):
            values = self.algebra.complement(self.assertions.asserted(at, scope, keywords, strict=True))
        for keyword in keywords:
            if keyword in _IN_PLACE:
                with self.explained(at, keyword):
                    for part in self.refused(at, scope, keywords, keyword):
                        values = join(values, part)
        return values

    @contextmanager
    def explained(self, at: Location, keyword: str) -> Iterator[None]:
        """Limits of a set become errors of the keyword."""
        try:
            yield
        except LimitReached as error:
            instead = "fewer alternatives that may hold together"
            raise UnsupportedKeyword(self.documents.pointer(at, keyword), keyword, reason=str(error), instead=instead) from None

    def parts(self, at: Location, scope: Scope, keyword: str) -> list[Node]:
        """The nodes of a keyword that holds an array of schemas."""
        keywords = self.documents.keywords(at)
        assert not isinstance(keywords, bool)
        return [self.node(part, scope) for part in keywords[keyword]]

    def applied(self, at: Location, scope: Scope, keywords: Keywords, keyword: str) -> Iterator[Values]:
        """Sets that together are the values for which a keyword in place holds."""
        match keyword:
            case "$ref" | "$dynamicRef":
                yield self.expand(self.node(*self.documents.target(at, keyword, scope)))
            case "allOf":
                yield from map(self.expand, self.parts(at, scope, keyword))
            case "anyOf":
                yield joined(map(self.expand, self.parts(at, scope, keyword)))
            case "oneOf":
                yield self.exactly_one(self.parts(at, scope, keyword))
            case "not":
                yield self.expand(self.terms.negated(self.node(keywords["not"], scope)))
            case "if":
                yield from self._conditional(scope, keywords)
            case "dependentRequired":
                for name, names in keywords[keyword].items():
                    yield join(absent(name), present(names))
            case "dependentSchemas":
                for name, part in keywords[keyword].items():
                    yield join(absent(name), self.expand(self.node(part, scope)))

    def refused(self, at: Location, scope: Scope, keywords: Keywords, keyword: str) -> Iterator[Values]:
        """Sets any of which is of values for which a keyword in place does not hold, and that together are all of them."""
        negated = self.terms.negated
        match keyword:
            case "$ref" | "$dynamicRef":
                yield self.expand(negated(self.node(*self.documents.target(at, keyword, scope))))
            case "allOf":
                yield from (self.expand(negated(part)) for part in self.parts(at, scope, keyword))
            case "anyOf":
                yield self.expand(reduce(both, map(negated, self.parts(at, scope, keyword)), ANY))
            case "oneOf":
                parts = self.parts(at, scope, keyword)
                yield self.expand(reduce(both, map(negated, parts), ANY))
                yield from (self.expand(both(one, other)) for i, one in enumerate(parts) for other in parts[:i])
            case "not":
                yield self.expand(self.node(keywords["not"], scope))
            case "if":
                condition = self.node(keywords["if"], scope)
                then, otherwise = (negated(self.branch(scope, keywords, name)) for name in ("then", "else"))
                yield self.expand(both(condition, then))
                yield self.expand(both(negated(condition), otherwise))
            case "dependentRequired":
                for name, names in keywords[keyword].items():
                    yield from (self.algebra.meet(present([name]), absent(other, only=True)) for other in names)
            case "dependentSchemas":
                for name, part in keywords[keyword].items():
                    yield self.algebra.meet(present([name], only=True), self.expand(negated(self.node(part, scope))))

    def branch(self, scope: Scope, keywords: Keywords, name: str) -> Node:
        """The node of `then` or `else`."""
        return self.node(keywords[name], scope) if name in keywords else ANY

    def _conditional(self, scope: Scope, keywords: Keywords) -> Iterator[Values]:
        condition = self.node(keywords["if"], scope)
        then, otherwise = self.branch(scope, keywords, "then"), self.branch(scope, keywords, "else")
        if then or otherwise:
            met, unmet = self.expand(both(condition, then)), self.expand(both(self.terms.negated(condition), otherwise))
            yield join(met, unmet)

    def exactly_one(self, parts: list[Node]) -> Values:
        """The values of one node and not of the others."""
        sets = [self.expand(part) for part in parts]
        overlapping: list[list[Node]] = [[] for _ in parts]
        for i, one in enumerate(sets):
            for j in range(i):
                if parts[i] != parts[j] and self.disjoint(one, sets[j]) and not self._may_share_texts(parts[i], parts[j]):
                    continue
                overlapping[i].append(parts[j])
                overlapping[j].append(parts[i])
        alone = []
        for part, values, others in zip(parts, sets, overlapping, strict=True):
            if part not in others:
                for other in others:
                    values = self.algebra.meet(values, self.expand(self.terms.negated(other)))
                alone.append(values)
        return joined(alone)

    def _may_share_texts(self, one: Node, other: Node) -> bool:
        """Whether texts of both may have been left out."""
        narrowed = not self._narrowed.isdisjoint(one | other)
        return narrowed and self.expand(one).strings != StringSet.NONE != self.expand(other).strings

    def disjoint(self, one: Values, other: Values) -> bool:
        """Whether it is seen that two sets share no value."""
        return is_void(self.algebra.meet(one, other))

    # What is not kept

    def leave_out(self, at: Location, keyword: str, why: str, instead: str, *, strict: bool = False) -> None:
        """Report that a keyword is not kept, if it need not be.

        Raises:
            UnsupportedKeyword: it must.
        """
        if strict or not self.reading.lenient:
            raise UnsupportedKeyword(self.documents.pointer(at, keyword), keyword, reason=why, instead=instead)
        self._widened.update(self._active)
        self.documents.report.note(at, keyword, "relaxed", why)

    def narrow(self) -> None:
        """Of what is being worked out some values are left out."""
        self._narrowed.update(self._active)

    @property
    def is_deep(self) -> bool:
        """Whether the parts of a value are looked at as far down as they are to be."""
        return self._depth >= EMPTINESS_DEPTH
