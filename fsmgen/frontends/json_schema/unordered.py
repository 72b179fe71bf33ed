"""Objects whose properties come in any order: the set of names that were used is part of the state.

There are many such sets, and a text visits few of them: beyond a few names the states are rules of their own, made when they are needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from fsmgen.automata import EMPTY, Call, Expression, choice, sequence, text
from fsmgen.automata.expression import NOTHING
from fsmgen.frontends.json_schema.entries import Edges, Entry
from fsmgen.frontends.json_schema.layout import LINE, LINE_LENGTH, SPACE, Marks
from fsmgen.frontends.json_schema.lengths import NEVER, shortest_word
from fsmgen.frontends.json_schema.objects import Extra, Plan, advanced, begun, fulfilled

Used: TypeAlias = tuple[int, Extra]
"""The declared names that were used, as bits, and what else is counted."""

NAMES_LIMIT = 2_000
"""Declared names that may come in any order: the automaton has all that are left in each set that a text reaches."""
EAGER = 5
"""Objects with more declared names have rules that are made when they are needed."""


@dataclass(frozen=True, slots=True)
class Entries:
    """The parts of an object, spelled.

    Attributes:
        declared: an entry for each declared name.
        others: an entry for each other kind of names.
        needed: the required names, as bits.
    """

    plan: Plan
    marks: Marks
    declared: tuple[Entry, ...]
    others: tuple[Entry, ...]
    needed: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "needed", sum(1 << i for i, required in enumerate(self.plan.required) if required))

    def steps(self, used: Used) -> Iterator[tuple[Entry, Used]]:
        """The entries that may follow, with what is used after them."""
        names, extra = used
        more = advanced(self.plan, extra)
        if more is not None:
            for i, entry in enumerate(self.declared):
                if not names >> i & 1 and self.may_go_on(after := (names | 1 << i, more)):
                    yield entry, after
        for entry, cell in zip(self.others, self.plan.cells, strict=True):
            following = advanced(self.plan, extra, cell.met)
            if following is not None and self.may_go_on(after := (names, following)):
                yield entry, after

    def without(self, dead: set[int]) -> Entries:
        """The same objects without some entries, none of them of a required name; other ones are numbered after the declared ones."""
        size, plan = len(self.declared), self.plan
        kept = [i for i in range(size) if i not in dead or plan.required[i]]
        others = [i for i in range(len(self.others)) if size + i not in dead]
        less = replace(
            plan,
            names=tuple(plan.names[i] for i in kept),
            nodes=tuple(plan.nodes[i] for i in kept),
            required=tuple(plan.required[i] for i in kept),
            cells=tuple(plan.cells[i] for i in others),
        )
        return replace(self, plan=less, declared=tuple(self.declared[i] for i in kept), others=tuple(self.others[i] for i in others))

    def may_go_on(self, used: Used) -> bool:
        """Whether what is still needed fits in the count."""
        names, (count, met) = used
        return self.plan.high is None or count + (self.needed & ~names).bit_count() + met.count(False) <= self.plan.high

    def may_end(self, used: Used) -> bool:
        """Whether the object may end here."""
        return not self.needed & ~used[0] and fulfilled(self.plan, used[1])

    def opened(self, rest: Expression) -> Expression:
        """The whole object, where `rest` is what follows the opening bracket and its white space if there is a property."""
        ways = [sequence([text("{"), self.marks.first, rest])]
        if self.may_end((0, begun(self.plan))):
            ways.append(sequence([text("{"), self.marks.empty, text("}")]))
        return choice(ways)

    @property
    def close(self) -> Expression:
        """The end behind an entry."""
        return sequence([self.marks.last, text("}")])


def in_any_order(entries: Entries) -> Expression:
    """The texts of the objects, all states at once."""
    start: Used = (0, begun(entries.plan))
    numbers: dict[Used, int] = {}
    edges = Edges(2)
    edges.add(0, sequence([text("{"), entries.marks.first]), 2)
    if entries.may_end(start):
        edges.add(0, sequence([text("{"), entries.marks.empty, text("}")]), 1)
    waiting: list[Used] = []

    def number(used: Used) -> int:
        """Of the state where an entry must follow; the next number is the state where one was just read."""
        if used not in numbers:
            found = numbers[used] = edges.states
            edges.states += 2
            waiting.append(used)
            edges.add(found + 1, entries.marks.comma, found)
            if entries.may_end(used):
                edges.add(found + 1, entries.close, 1)
        return numbers[used]

    number(start)
    for used in waiting:  # grows while it runs
        for entry, after in entries.steps(used):
            edges.entry(numbers[used], entry, number(after) + 1)
    return edges.table()


class Unordered:
    """The deferred rules of the objects of a schema: `object/names/count/met`, where an entry must follow."""

    def __init__(self, known: Mapping[str, float] | None = None) -> None:
        self._known = known
        self._objects: dict[str, Entries] = {}
        self._lengths: dict[str, tuple[list[float], list[float]]] = {}

    def __len__(self) -> int:
        return len(self._objects)

    def add(self, entries: Entries) -> Expression:
        """The texts of the objects, by rules that are made when they are needed."""
        name = f"object {len(self._objects)}"
        self._objects[name] = entries
        if self._known is not None and not self._measured(name, self._known):
            return NOTHING
        entries = self._objects[name]
        return entries.opened(Call(_written(name, (0, begun(entries.plan)))))

    def standing(self) -> dict[str, Expression]:
        """For each object a rule of the same shortest words as its first deferred rule: its entries in one order."""
        return {_written(name, (0, begun(entries.plan))): in_one_order(entries) for name, entries in self._objects.items()}

    def measure(self, known: Mapping[str, float]) -> set[str]:
        """Note the shortest words of all entries, leave out those without one, and name the first rules of objects without a word."""
        return {_written(name, (0, begun(entries.plan))) for name, entries in self._objects.items() if not self._measured(name, known)}

    def _measured(self, name: str, known: Mapping[str, float]) -> bool:
        """Note the shortest words of the entries of an object; whether it has a word."""
        entries = self._objects[name]
        lengths = [entry.shortest(known) for entry in (*entries.declared, *entries.others)]
        if NEVER in lengths:
            entries = self._objects[name] = entries.without({i for i, length in enumerate(lengths) if length == NEVER})
        declared, others = ([entry.shortest(known) for entry in parts] for parts in (entries.declared, entries.others))
        self._lengths[name] = declared, others
        return shortest_word(in_one_order(entries), known) < NEVER

    def least(self, name: str) -> int:
        """As `DeferredRules` says: the length of one way to the end, each entry with a comma or the bracket behind it."""
        entries, (names, (count, met)) = self._read(name)
        declared, others = self._lengths[name.split("/")[0]]
        gap = max(int(shortest_word(part, {SPACE: 0, LINE: LINE_LENGTH})) for part in (entries.marks.comma, entries.close))
        needed = entries.needed & ~names
        chosen = [length for i, length in enumerate(declared) if needed >> i & 1]
        chosen += [max(others)] * (len(met) - sum(met)) if others else []
        spare = [length for i, length in enumerate(declared) if not (needed | names) >> i & 1] + others
        missing = max(entries.plan.low - count - len(chosen), 0 if chosen else 1)
        return int(sum(chosen)) + missing * int(max(spare, default=0)) + gap * (len(chosen) + missing)

    def rule(self, name: str) -> Expression:
        """As `DeferredRules` says."""
        entries, used = self._read(name)
        start = name.split("/")[0]
        edges = Edges(2)
        numbers: dict[Used, int] = {}
        for entry, after in entries.steps(used):
            number = numbers.get(after)
            if number is None:
                number = numbers[after] = edges.states
                edges.states += 1
                if any(True for _ in entries.steps(after)):
                    edges.add(number, sequence([entries.marks.comma, Call(_written(start, after))]), 1)
                if entries.may_end(after):
                    edges.add(number, entries.close, 1)
            edges.entry(0, entry, number)
        return edges.table(whole=True)

    def _read(self, name: str) -> tuple[Entries, Used]:
        start, names, count, met = name.split("/")
        return self._objects[start], (int(names, 16), (int(count), tuple(mark == "1" for mark in met)))


def in_one_order(entries: Entries) -> Expression:
    """The texts of the objects after their bracket, declared names in their order; for the shortest of them."""
    plan = entries.plan
    size = len(plan.names)
    edges = Edges(2)
    numbers: dict[tuple[int, Extra], int] = {(0, begun(plan)): 0}
    waiting = [(0, begun(plan))]
    for i, extra in waiting:  # grows while it runs
        steps: list[tuple[int, Extra, Entry | None]] = [(i + 1, extra, None)] if i < size and not plan.required[i] else []
        more = advanced(plan, extra)
        if i < size and more is not None:
            steps.append((i + 1, more, entries.declared[i]))
        if i == size:
            following = [(entry, advanced(plan, extra, cell.met)) for entry, cell in zip(entries.others, plan.cells, strict=True)]
            steps += [(i, after, entry) for entry, after in following if after is not None]
            if fulfilled(plan, extra):
                edges.add(numbers[i, extra], entries.close, 1)
        for j, after, entry in steps:
            if (j, after) not in numbers:
                numbers[j, after] = edges.states
                edges.states += 1
                waiting.append((j, after))
            if entry is None:
                edges.add(numbers[i, extra], EMPTY, numbers[j, after])
            else:
                edges.entry(numbers[i, extra], entry.followed(entries.marks.comma), numbers[j, after])
    return edges.table()


def _written(name: str, used: Used) -> str:
    names, (count, met) = used
    return f"{name}/{names:x}/{count}/{''.join('1' if done else '0' for done in met)}"
