"""Objects as automata: which names may come next, and when the object may end.

In the order of the schema, `before[i]` is where an entry must follow and declared names from the i-th on may be used; `after[i]` is where
an entry has just been read and the same names are left:

    before[i] -> before[i + 1]      if the i-th name may be absent
    before[i] -- entry i --> after[i + 1]
    after[i]  -- comma --> before[i]
    after[i]  -- closing bracket --> end,  if all required names are before i

Other names come behind the declared ones. A count of properties, where one matters, and the obligations that are met, make copies of all
this.

Where many names in a row may be absent, a place offers a block of them at once, and an empty edge leads past the block. The sizes of
blocks are powers of a number, each at multiples of its size, so that few of them cover all names from any place on:

    before[i] -- any name j of i, ..., i + size - 1 and its value --> after[j + 1]
    before[i] -> before[i + size]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, product
from typing import Protocol, TypeAlias

from fsmgen.automata import EMPTY, NOTHING, Expression, text
from fsmgen.errors import LimitReached
from fsmgen.frontends.json_schema.cells import Cell, cells_of
from fsmgen.frontends.json_schema.entries import Edges, Entry
from fsmgen.frontends.json_schema.layout import Layout, Marks
from fsmgen.frontends.json_schema.nodes import NONE, Node, both
from fsmgen.frontends.json_schema.strings import StringSet
from fsmgen.frontends.json_schema.values import ObjectSpec

STATES_LIMIT = 400_000
"""States of the automaton of one kind of object."""
BLOCK = 8
"""Names that a place offers at least, if it offers more than one."""
WORDS = 32
"""Other names that become declared ones where it matters that none occurs twice."""

Covered: TypeAlias = Callable[[Node, Node], bool]
"""Whether all values of a node are seen to be of another one."""


LAST = "a property that it asks for comes behind all others that it is about: one of its name behind it would undo it"
"""What the report says where an obligation may be undone."""
_ANYWHERE = "some property must not be as the others may be: an automaton cannot tell whether a later one has its name and undoes it"


class Writer(Protocol):
    """Writes the parts of a value; see `schema`."""

    layout: Layout

    def call(self, node: Node, depth: int) -> Expression:
        """The rule of a node at a depth; NOTHING if it has no word."""

    def plain_name(self, name: str) -> bytes | None:
        """The name as ASCII, if its texts are those that `signs` say."""

    def name(self, name: str) -> Expression:
        """The texts of a name, with their quotes."""

    def rest(self, node: Node, depth: int) -> Expression:
        """What follows a name whose value is of a node."""

    def names(self, names: StringSet) -> Expression:
        """The texts of some names, with their quotes."""


class Unkept(Exception):
    """A set of objects or arrays has no exact automaton.

    Attributes:
        keyword: what asks for it.
        reason: why there is none.
        instead: what to write.
    """

    def __init__(self, keyword: str, reason: str, instead: str = "") -> None:
        self.keyword, self.reason, self.instead = keyword, reason, instead
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Plan:
    """What the automaton of an object is made from.

    Attributes:
        names, nodes: the declared names that may occur, in order.
        required: whether each must.
        cells: the other names.
        low, high: bounds of the number of properties; 0 and None where nothing depends on it.
        obligations: how many there are that other names may meet.
    """

    names: tuple[str, ...]
    nodes: tuple[Node, ...]
    required: tuple[bool, ...]
    cells: tuple[Cell, ...]
    low: int
    high: int | None
    obligations: int

    @property
    def undoing(self) -> bool:
        """Whether an entry may undo an obligation that was met: one that is met by a later entry only."""
        return any(False in cell.met for cell in self.cells)

    @property
    def top(self) -> int:
        """The largest count that is told from larger ones."""
        return max(self.low, 0 if self.high is None else self.high)


def plans_of(spec: ObjectSpec, covered: Covered, *, ordered: bool) -> list[Plan]:
    """The plans whose objects together are those of the spec; the names are `ordered` or free.

    Raises:
        Unkept: there is no exact automaton.
    """
    found = [planned(witnessed, covered) for witnessed in _witnessed(spec if ordered else _spread(spec))]
    plans = [plan for plan in found if plan is not None]
    if not ordered and any(plan.undoing for plan in plans):
        raise Unkept("not", _ANYWHERE, 'order="schema"')
    return plans


def _spread(spec: ObjectSpec) -> ObjectSpec:
    """The same objects, with few names that obligations are about as declared ones, which do not occur twice."""
    words = [names.words(WORDS) or () for names, _ in spec.some]
    declared = dict(spec.declared)
    for name in chain.from_iterable(words):
        declared.setdefault(name, spec.of(name))
    return replace(spec, declared=declared) if len(declared) > len(spec.declared) else spec


def _witnessed(spec: ObjectSpec) -> Iterator[ObjectSpec]:
    """The same objects as a union, where obligations are left to other names only."""
    if not spec.some:
        yield spec
        return
    (names, node), rest = spec.some[0], spec.some[1:]
    base = ObjectSpec(spec.declared, spec.others, spec.required, spec.low, spec.high, rest)
    for name, known in spec.declared.items():
        if names.contains(name) and (met := both(known, node)) != NONE:
            declared = {**spec.declared, name: met}
            yield from _witnessed(ObjectSpec(declared, spec.others, spec.required | {name}, spec.low, spec.high, rest))
    if not base.closed:
        for further in _witnessed(base):
            yield ObjectSpec(further.declared, further.others, further.required, further.low, further.high, (spec.some[0], *further.some))


def planned(spec: ObjectSpec, covered: Covered) -> Plan | None:
    """The plan of objects; None if there are none.

    Raises:
        Unkept: there is no exact automaton.
    """
    if any(spec.declared[name] == NONE for name in spec.required):
        return None
    names = tuple(name for name, node in spec.declared.items() if node != NONE)
    low = spec.low if spec.low > len(spec.required) else 0
    high = spec.high
    cells = () if spec.closed else cells_of(spec, covered, sure=low > 0 or high is not None or len(spec.some) > 0)
    if high is not None and not cells and high >= len(names):
        high = None
    if (high is not None or low) and cells:
        names, spec, cells = _listed(names, spec, cells)
    if low > len(spec.required) + 1 and cells:
        raise Unkept(
            "minProperties",
            f"at least {low} properties, of which only {len(spec.required)} are required by name: an automaton cannot tell whether two "
            "other names are equal",
            "required names, or names from a finite list",
        )
    if spec.some and not cells:
        return None
    undone = [names for (names, _), *mets in zip(spec.some, *(cell.met for cell in cells), strict=True) if False in mets]
    if any(not one.meet(other).is_empty() for i, one in enumerate(undone) for other in undone[:i]):
        raise Unkept("not", "two properties that must occur may have any names: an automaton cannot tell whether these are equal")
    if high is not None and high < len(spec.required):
        return None
    if not cells and low > len(names):
        return None
    nodes = tuple(spec.declared[name] for name in names)
    return Plan(names, nodes, tuple(name in spec.required for name in names), cells, low, high, len(spec.some))


def _listed(names: tuple[str, ...], spec: ObjectSpec, cells: tuple[Cell, ...]) -> tuple[tuple[str, ...], ObjectSpec, tuple[Cell, ...]]:
    """Other names as declared ones where they are few, so that none occurs twice."""
    declared = dict(spec.declared)
    left = []
    for cell in cells:
        words = cell.names.words(WORDS) if not any(met is not None for met in cell.met) else None
        if words is None:
            left.append(cell)
        else:
            declared |= dict.fromkeys(words, cell.node)
    more = tuple(name for name in declared if name not in spec.declared)
    return (*names, *more), ObjectSpec(declared, spec.others, spec.required, spec.low, spec.high, spec.some), tuple(left)


_OPENING = text("{")
Extra = tuple[int, tuple[bool, ...]]
"""How many properties were read, and which obligations are met."""


def extras(plan: Plan) -> list[Extra]:
    """All counts and obligations that are told apart."""
    return [(count, met) for count in range(plan.top + 1) for met in product((False, True), repeat=plan.obligations)]


def begun(plan: Plan) -> Extra:
    """Nothing read."""
    return 0, (False,) * plan.obligations


def advanced(plan: Plan, extra: Extra, met: tuple[bool | None, ...] = ()) -> Extra | None:
    """After one more entry; None if it is one too many."""
    count, known = extra
    if plan.high is not None and count >= plan.high:
        return None
    return min(count + 1, plan.top), tuple(old if new is None else new for old, new in zip(known, met, strict=True)) if met else known


def fulfilled(plan: Plan, extra: Extra) -> bool:
    """Whether counts and obligations let the object end."""
    return extra[0] >= plan.low and all(extra[1])


def in_order(plan: Plan, writer: Writer, depth: int) -> Expression:
    """The texts of the objects of a plan, its names in their order.

    Raises:
        LimitReached: the automaton would be too large.
    """
    return _InOrder(plan, writer, depth).expression()


class _InOrder:
    def __init__(self, plan: Plan, writer: Writer, depth: int) -> None:
        self.plan, self.writer, self.depth = plan, writer, depth
        self.marks: Marks = writer.layout.marks(depth)
        self.extras = extras(plan)
        self.size = len(plan.names)
        if 3 * (self.size + 1) * len(self.extras) > STATES_LIMIT:
            raise LimitReached("the states of an object", limit=STATES_LIMIT, reached=3 * (self.size + 1) * len(self.extras))
        self.edges = Edges(3 + 2 * (self.size + 1) * len(self.extras))  # start, end, after the opening bracket; two for each place
        self.numbers = {extra: 3 + 2 * (self.size + 1) * i for i, extra in enumerate(self.extras)}

    def expression(self) -> Expression:
        plan, marks, opened = self.plan, self.marks, 2
        declared, others = entries_of(plan, self.writer, self.depth)
        self.edges.add(0, _OPENING, opened)
        self.edges.add(opened, marks.first, self.numbers[begun(plan)])
        if not any(plan.required) and fulfilled(plan, begun(plan)):
            self.edges.add(opened, marks.closing_empty, 1)
        for extra in self.extras:
            self._declared(extra, declared)
            for entry, cell in zip(others, plan.cells, strict=True):
                following = advanced(plan, extra, cell.met)
                if following is not None:
                    self.edges.entry(self.numbers[extra] + 2 * self.size, entry, self.numbers[following] + 2 * self.size + 1)
        whole = len(self.extras) == 1 and bool(self.size or others) and NOTHING not in (entry.rest for entry in (*declared, *others))
        return self.edges.table(whole=whole)

    def _declared(self, extra: Extra, declared: list[Entry]) -> None:
        """The edges of declared names where so much was read. The state before place i is the i-th even one, that after it the next."""
        plan, edges, closing = self.plan, self.edges, self.marks.closing
        more, first, ends = advanced(plan, extra), self.numbers[extra], fulfilled(plan, extra)
        if more is not None:
            self._entries(first, self.numbers[more] + 1, declared)
        must_follow = max((i + 1 for i, required in enumerate(plan.required) if required), default=0)
        last = self.size if plan.cells else self.size - 1
        for i in range(self.size + 1):
            before = first + 2 * i
            if i or not self.size or len(self.extras) > 1:
                if i <= last:
                    edges.add(before + 1, self.marks.comma, before)
                if i >= must_follow and ends:
                    edges.add(before + 1, closing, 1)

    def _entries(self, first: int, after: int, declared: list[Entry]) -> None:
        """The edges of entries from the places whose first state is `first` to those behind which is `after`, and those past names."""
        plan, edges = self.plan, self.edges
        behind = [edges.rest(entry, after + 2 * i) for i, entry in enumerate(declared, 1)]
        for begin, end in _runs(plan.required):
            for i in range(begin, end):
                size = block(i - begin, end - begin)
                for j in range(i, i + size):
                    edges.name(first + 2 * i, declared[j], behind[j])
                past = i + size
                if not plan.required[past - 1] and (past < self.size or plan.cells):
                    edges.add(first + 2 * i, EMPTY, first + 2 * past)


def _runs(required: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """The first and the last place of names none of which is required, but maybe the last one; the end is the place after it."""
    begin = 0
    for i, needed in enumerate(required, 1):
        if needed or i == len(required):
            yield begin, i
            begin = i


def block(place: int, count: int) -> int:
    """How many of so many names a place offers."""
    size = 1
    while place % (size * BLOCK) == 0 and place + size * BLOCK <= count:
        size *= BLOCK
    return size


def entries_of(plan: Plan, writer: Writer, depth: int) -> tuple[list[Entry], list[Entry]]:
    """The entries of declared names and those of other ones, spelled."""
    declared = []
    for name, node in zip(plan.names, plan.nodes, strict=True):
        plain = writer.plain_name(name)
        declared.append(Entry(writer.name(name) if plain is None else plain, writer.rest(node, depth)))
    return declared, [Entry(writer.names(cell.names), writer.rest(cell.node, depth)) for cell in plan.cells]
