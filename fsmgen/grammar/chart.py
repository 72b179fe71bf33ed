"""How far a text can be read, and in which rules one is then: the chart of an Earley parser over the rules as they were written.

The automaton of a grammar (`States`) is fast, and has forgotten the rules: they are copied, merged, made loops. This parser keeps them, and
where each one began, for whoever wants to know what may follow in terms of the grammar. It reads labels one by one and takes some ten
microseconds for each way in which the text so far can be understood: for texts that people look at.

Earley, "An efficient context-free parsing algorithm", 1970. What a rule still has to read is a chain of cells, each a part of an expression
and the cell after it; equal chains are one number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from fsmgen.automata import Call, Characters, Choice, Expression, Repeat, Sequence, Symbol, Words
from fsmgen.automata.expression import Table
from fsmgen.automata.utf8 import Node, utf8_automaton
from fsmgen.errors import LimitReached

ITEM_LIMIT = 2_000_000
"""Items of a chart."""
KEPT = 20_000
"""Columns that are kept after their text was left."""
DONE = 0
"""The chain of a rule that has nothing left to read."""


@dataclass(frozen=True, slots=True, eq=False)
class InCharacter:
    """The rest of one character's bytes."""

    node: Node


@dataclass(frozen=True, slots=True, eq=False)
class InTable:
    """The rest of an explicit automaton."""

    table: Table
    state: int


Part: TypeAlias = Expression | InCharacter | InTable


class Item(NamedTuple):
    """A rule that began at `origin`, and the chain of what it has still to read."""

    chain: int
    rule: str
    origin: int


@dataclass(slots=True)
class Column:
    """What is known between two labels.

    Attributes:
        items: in order of discovery.
        waiting: by rule, those that called it here, with their chains after it.
        empty: the rules that have read nothing here and are done.
        number: that of no other column of the chart's texts.
    """

    items: dict[Item, None] = field(default_factory=dict)
    waiting: dict[str, list[Item]] = field(default_factory=dict)
    empty: set[str] = field(default_factory=set)
    number: int = 0


class Chains:
    """Chains of parts by number; chain 0 is the empty one. Texts come back to the same chains, so what follows one is kept."""

    def __init__(self, symbols: tuple[str, ...] = ()) -> None:
        self.cells: list[tuple[Part, int]] = [(Words((b"",)), 0)]
        self._symbols = symbols
        self._numbers: dict[tuple[int, int], int] = {}
        self._parts: dict[tuple[object, ...], Part] = {}
        self._ways: dict[int, tuple[int, ...]] = {}
        self._after: dict[tuple[int, int], tuple[int, ...]] = {}
        self._labels: dict[int, frozenset[int]] = {}

    def before(self, part: Part, rest: int) -> int:
        """The chain of the part and the rest; parts are told apart by identity."""
        key = (id(part), rest)
        if key not in self._numbers:
            self._numbers[key] = len(self.cells)
            self.cells.append((part, rest))  # holds the part, so that its identity stays its own
        return self._numbers[key]

    def ways(self, chain: int) -> tuple[int, ...]:
        """The chains that this one may go on as without reading, if its first part reads nothing itself."""
        found = self._ways.get(chain)
        if found is None:
            found = self._ways[chain] = tuple(self._found_ways(chain))
        return found

    def read(self, chain: int, label: int) -> tuple[int, ...]:
        """The chains after the label, if the first part reads one."""
        found = self._after.get((chain, label))
        if found is None:
            found = self._after[chain, label] = tuple(self._found_after(chain, label))
        return found

    def labels(self, chain: int) -> frozenset[int]:
        """The labels that the first part may read."""
        found = self._labels.get(chain)
        if found is None:
            found = self._labels[chain] = frozenset(self._found_labels(chain))
        return found

    def _found_ways(self, chain: int) -> Iterator[int]:
        part, rest = self.cells[chain]
        match part:
            case Words(words) if b"" in words:
                yield rest
            case Sequence(parts):
                for inner in reversed(parts):
                    rest = self.before(inner, rest)
                yield rest
            case Choice(parts):
                yield from (self.before(inner, rest) for inner in parts)
            case Repeat(inner, low, high):
                if low == 0:
                    yield rest
                if high != 0:
                    yield self.before(inner, self.before(self._fewer(part), rest))
            case Table():
                yield self.before(self._at(part, 0), rest)
            case InTable(table, state):
                if state == 1:
                    yield rest
                for source, inner, target in table.edges:
                    if source == state:
                        yield self.before(inner, self.before(self._at(table, target), rest))

    def _found_after(self, chain: int, label: int) -> Iterator[int]:
        part, rest = self.cells[chain]
        match part:
            case Words(words):
                ends = tuple(word[1:] for word in words if word[:1] == bytes([label])) if label < 256 else ()
                if ends:
                    yield self.before(self._kept(("words", ends), Words(ends)), rest)
            case Symbol(name):
                if label > 255 and self._symbols[label - 256] == name:
                    yield rest
            case Characters(ranges):
                yield from self._inside(utf8_automaton(ranges), label, rest)
            case InCharacter(node):
                yield from self._inside(node, label, rest)

    def _found_labels(self, chain: int) -> Iterator[int]:
        part, _ = self.cells[chain]
        match part:
            case Words(words):
                yield from (word[0] for word in words if word)
            case Symbol(name):
                yield 256 + self._symbols.index(name)
            case Characters() | InCharacter():
                node = utf8_automaton(part.ranges) if isinstance(part, Characters) else part.node
                yield from (label for low, high, _ in node for label in range(low, high + 1))

    def _inside(self, node: Node, label: int, rest: int) -> Iterator[int]:
        for low, high, target in node:
            if low <= label <= high:
                yield rest if target is None else self.before(self._kept(("node", id(target)), InCharacter(target)), rest)

    def _fewer(self, part: Repeat) -> Part:
        low, high = max(part.low - 1, 0), None if part.high is None else part.high - 1
        if (low, high) == (part.low, part.high):
            return part
        return self._kept(("repeat", id(part.part), low, high), Repeat(part.part, low, high))

    def _at(self, table: Table, state: int) -> Part:
        return self._kept(("table", id(table), state), InTable(table, state))

    def _kept(self, key: tuple[object, ...], part: Part) -> Part:
        return self._parts.setdefault(key, part)


class Chart:
    """The columns of one text.

    Attributes:
        columns: one before each label that could be read, and one after the last.
    """

    def __init__(self, rules: Mapping[str, Expression], start: str, symbols: tuple[str, ...] = (), *, limit: int = ITEM_LIMIT) -> None:
        self.rules, self.chains = rules, Chains(symbols)
        self._limit, self._count = limit, 0
        self.start = start
        self._made = 0
        self._after: dict[tuple[int, int], Column] = {}
        self._same: dict[tuple[object, ...], Column] = {}
        self.columns: list[Column] = []
        self._append(self._closed([self._begun(start, 0)]))

    @property
    def length(self) -> int:
        """How many labels were read."""
        return len(self.columns) - 1

    @property
    def accepts(self) -> bool:
        """Whether the labels that were read are a word."""
        return Item(DONE, self.start, 0) in self.columns[-1].items

    def read(self, labels: Iterable[int]) -> int:
        """Read as far as it goes; how many labels were read in all.

        Raises:
            LimitReached: the chart would have too many items.
        """
        for label in labels:
            column = self._next(label)
            if column is None:
                break
            self._append(column)
        return self.length

    def back(self, length: int) -> None:
        """Forget what was read after so many labels."""
        self._count -= sum(len(column.items) for column in self.columns[length + 1 :])
        del self.columns[length + 1 :]

    def reading(self) -> list[Item]:
        """The items that can read a label now."""
        return [item for item in self.columns[-1].items if item.chain != DONE and self.chains.labels(item.chain)]

    def labels(self) -> frozenset[int]:
        """The labels that may follow."""
        return frozenset().union(*(self.chains.labels(item.chain) for item in self.reading()))

    def _begun(self, rule: str, at: int) -> Item:
        return Item(self.chains.before(self.rules[rule], DONE), rule, at)

    def _append(self, column: Column) -> None:
        self._count += len(column.items)
        if self._count > self._limit:
            self._count -= len(column.items)
            raise self._too_many()
        self.columns.append(column)

    def _too_many(self) -> LimitReached:
        return LimitReached("the items of a chart", limit=self._limit, reached=self._limit + 1)

    def _next(self, label: int) -> Column | None:
        """The column after the label, if it can be read; one for all labels after which the same is left to read."""
        last = self.columns[-1]
        if (known := self._after.get((last.number, label))) is not None:
            return known
        items = [
            Item(chain, item.rule, item.origin)
            for item in last.items
            if item.chain != DONE
            for chain in self.chains.read(item.chain, label)
        ]
        if not items:
            return None
        key = (last.number, *items)
        if key not in self._same:
            self._same[key] = self._kept(self._closed(items))
        column = self._after[last.number, label] = self._same[key]
        return column

    def _kept(self, column: Column) -> Column:
        """The column with its number, which stands for all columns before it, too."""
        if len(self._same) >= KEPT:
            self._same.clear()
            self._after.clear()
        self._made += 1
        column.number = self._made
        return column

    def _closed(self, items: list[Item]) -> Column:
        """The column of these items, and of those that they lead to without reading."""
        at, column, stack = len(self.columns), Column(), items
        while stack:
            item = stack.pop()
            if item in column.items:
                continue
            column.items[item] = None
            if self._count + len(column.items) > self._limit:
                raise self._too_many()
            chain, rule, origin = item
            part, rest = self.chains.cells[chain]
            if chain == DONE:
                stack += self._completed(item, column, at)
            elif isinstance(part, Call):
                stack += self._called(part, Item(rest, rule, origin), column, at)
            elif ways := self.chains.ways(chain):
                stack += [Item(way, rule, origin) for way in ways]
        return column

    def _called(self, part: Call, after: Item, column: Column, at: int) -> list[Item]:
        """The rule that is called, and what comes after it if it may read nothing."""
        column.waiting.setdefault(part.rule, []).append(after)
        return [self._begun(part.rule, at), *([after] if part.rule in column.empty else [])]

    def _completed(self, item: Item, column: Column, at: int) -> list[Item]:
        if item.origin == at:
            column.empty.add(item.rule)
            return list(column.waiting.get(item.rule, ()))
        return list(self.columns[item.origin].waiting.get(item.rule, ()))
