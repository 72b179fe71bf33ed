"""Arrays as automata: which item may come next, and when the array may end.

Without counts of particular items the automaton is a row: the first items one by one, then a repeat. Counts (`contains`) and sets of used
values (`uniqueItems`) make it a graph.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product

from fsmgen.automata import EMPTY, Expression, repeat, sequence, text
from fsmgen.automata.expression import NOTHING, Edge, choice
from fsmgen.errors import LimitReached
from fsmgen.frontends.json_schema.expansion import Expansion
from fsmgen.frontends.json_schema.layout import Marks
from fsmgen.frontends.json_schema.listed import members
from fsmgen.frontends.json_schema.nodes import ANY, NONE, Node, Terms, both
from fsmgen.frontends.json_schema.objects import Unkept, Writer
from fsmgen.frontends.json_schema.tables import trimmed
from fsmgen.frontends.json_schema.values import ArraySpec, Containing

STATES_LIMIT = 100_000
"""States of the automaton of one kind of array."""
MEMBERS_LIMIT = 14
"""Values that an item may have where it matters whether two are equal: there is a state for every set of them."""


def array_body(spec: ArraySpec, writer: Writer, depth: int, expansion: Expansion) -> Expression:
    """The texts of a set of arrays; NOTHING if there are none.

    Raises:
        LimitReached: the automaton would be too large.
        Unkept: it would not be finite.
    """
    most = _most(spec)
    if most is not None and most < 2:
        if spec.unique is False:
            return NOTHING
        spec = replace(spec, unique=None)
    if spec.containing or spec.unique is not None:
        return _Graph(spec, writer, depth, expansion).expression()
    return _row(spec, writer, depth)


def _most(spec: ArraySpec) -> int | None:
    """The largest length; None if there is none."""
    bounds = [i for i, node in enumerate(spec.prefix) if node == NONE]
    if spec.rest == NONE:
        bounds.append(len(spec.prefix))
    if spec.high is not None:
        bounds.append(spec.high)
    return min(bounds, default=None)


def _row(spec: ArraySpec, writer: Writer, depth: int) -> Expression:
    marks, size, high = writer.layout.marks(depth), len(spec.prefix), _most(spec)
    if high is not None and high < spec.low:
        return NOTHING
    ends = [sequence([text("["), marks.empty, text("]")])] if spec.low == 0 else []
    if high == 0:
        return choice(ends)
    close = sequence([marks.last, text("]")])
    tail: Expression = close
    if high is None or high > size:
        item = sequence([writer.call(spec.rest, depth + 1), marks.after])
        low, most = max(spec.low - size, 0), None if high is None else high - size
        if size:
            tail = sequence([repeat(sequence([marks.comma, item]), low, most), close])
        else:
            further = repeat(sequence([marks.comma, item]), max(low - 1, 0), None if most is None else most - 1)
            return choice([*ends, sequence([text("["), marks.first, item, further, close])])
    for i in range(min(size, size if high is None else high) - 1, -1, -1):
        item = sequence([marks.comma if i else EMPTY, writer.call(spec.prefix[i], depth + 1), marks.after])
        tail = sequence([item, tail])
        if i and i >= spec.low:
            tail = choice([close, tail])
    return choice([*ends, sequence([text("["), marks.first, tail])])


@dataclass(frozen=True, slots=True)
class _Place:
    """Between two items.

    Attributes:
        index: how many there were, up to where no more are told apart.
        counts: of each `contains`.
        used: the values that were there, where it matters.
        repeated: whether one was there twice, where that is asked for.
    """

    index: int
    counts: tuple[int, ...]
    used: Node = frozenset()
    repeated: bool = False


class _Graph:
    """An automaton whose states are places; of each, where an item must follow and where one has just been read."""

    def __init__(self, spec: ArraySpec, writer: Writer, depth: int, expansion: Expansion) -> None:
        self.spec, self.writer, self.depth, self.expansion = spec, writer, depth, expansion
        self.marks: Marks = writer.layout.marks(depth)
        parts = spec.containing
        self.long = max(len(spec.prefix), spec.low, spec.high or 0, *(part.start for part in parts), 0)
        self.tops = [part.low if part.high is None else max(part.low, part.high + 1) for part in parts]
        self.members: dict[Node, list[Node]] = {}

    def expression(self) -> Expression:
        start = _Place(0, (0,) * len(self.spec.containing))
        numbers: dict[_Place, int] = {}
        edges: list[Edge] = [(0, sequence([text("["), self.marks.first]), 2)]
        close = sequence([self.marks.last, text("]")])
        if self.may_end(start):
            edges.append((0, sequence([text("["), self.marks.empty, text("]")]), 1))
        waiting: list[_Place] = []

        def number(place: _Place) -> int:
            """Of the state where an item must follow; the next number is the state where one was just read."""
            if place not in numbers:
                found = numbers[place] = 2 + 2 * len(numbers)
                if found > STATES_LIMIT:
                    raise LimitReached("the states of an array", limit=STATES_LIMIT, reached=found)
                waiting.append(place)
                edges.append((found + 1, self.marks.comma, found))
                if self.may_end(place):
                    edges.append((found + 1, close, 1))
            return numbers[place]

        number(start)
        for place in waiting:  # grows while it runs
            for node, after in self.steps(place):
                item = sequence([self.writer.call(node, self.depth + 1), self.marks.after])
                edges.append((numbers[place], item, number(after) + 1))
        states = 2 + 2 * len(numbers)
        return trimmed(states, edges)

    def may_end(self, place: _Place) -> bool:
        spec = self.spec
        return place.index >= spec.low and (spec.unique is not False or place.repeated) and _enough(spec.containing, place.counts)

    def steps(self, place: _Place) -> Iterator[tuple[Node, _Place]]:
        """The kinds of the next item, with the place after it."""
        spec = self.spec
        if spec.high is not None and place.index >= spec.high:
            return
        index = min(place.index + 1, self.long)
        for asked, counts in _counting(spec, self.expansion.terms, place, self.tops):
            node = both(spec.of(place.index), asked)
            if node == NONE:
                continue
            if spec.unique is None or place.repeated:
                yield node, _Place(index, counts, repeated=place.repeated)
                continue
            for value in self.values(spec.of(place.index)):
                if not value <= place.used:
                    yield both(asked, value), _Place(index, counts, place.used | value)
                elif spec.unique is False:
                    yield both(asked, value), _Place(index, counts, repeated=True)

    def values(self, node: Node) -> list[Node]:
        """The values of an item, each as a node.

        Raises:
            Unkept: they are not few.
        """
        if node not in self.members:
            found = members(self.expansion, node, MEMBERS_LIMIT)
            if found is None:
                why = f"items of which there are more than {MEMBERS_LIMIT} kinds: an automaton cannot tell whether two of them are equal"
                raise Unkept("uniqueItems", why, "items from a short list, or maxItems of 1")
            self.members[node] = [self.expansion.terms.constant(value) for value in found]
        return self.members[node]


def _enough(parts: tuple[Containing, ...], counts: tuple[int, ...]) -> bool:
    return all(part.low <= count and (part.high is None or count <= part.high) for part, count in zip(parts, counts, strict=True))


def _counting(spec: ArraySpec, terms: Terms, place: _Place, tops: list[int]) -> Iterator[tuple[Node, tuple[int, ...]]]:
    """What may be asked of the next item by the counts, with the counts after it.

    Where a count has no upper bound, an item may be of the kind and not be counted: that loses nothing.
    """
    options: list[list[tuple[Node, int]]] = []
    for part, count, top in zip(spec.containing, place.counts, tops, strict=True):
        if place.index < part.start or (part.high is None and count >= part.low):
            options.append([(ANY, count)])
            continue
        other = ANY if part.high is None else terms.negated(part.node)
        counted = [] if part.high is not None and count + 1 > part.high else [(part.node, min(count + 1, top))]
        options.append([*counted, (other, count)])
    for chosen in product(*options):
        node = ANY
        for asked, _ in chosen:
            node = both(node, asked)
        if node != NONE:
            yield node, tuple(count for _, count in chosen)
