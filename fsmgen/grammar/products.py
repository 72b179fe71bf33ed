"""Products: the words of a grammar that a deterministic automaton accepts, as a grammar again (Bar-Hillel, Perles and Shamir 1961).

For a rule A and two states of the automaton there is a rule of A's words that lead from the one to the other. Only those that can be
reached and derive a word are made: a rule is entered in the states in which something calls it, and what it leads to is followed as it
turns up. A grammar that calls nothing becomes one table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata import DEAD, EMPTY, Call, Dfa, Expression, Symbol, choice
from fsmgen.automata.expression import Table, names, words
from fsmgen.errors import LimitReached
from fsmgen.grammar.grammar import Grammar
from fsmgen.grammar.network import Network, lower

MOVE_LIMIT = 1_000_000
"""Moves that a product may have; each takes a few microseconds."""
_TOP = 255

Item: TypeAlias = tuple[int, int]
"""A state of the network and one of the automaton."""
Run: TypeAlias = tuple[int, int, int]
"""Lowest byte, highest byte, target."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A deterministic automaton that lets words through, without the states from which it never does.

    Attributes:
        start: the start state; -1 if no word gets through.
        accepting: bool[S].
        runs: for each state what bytes lead to, in order; bytes that no word goes on with are left out.
        symbols: the state after a symbol by (state, name). A symbol that the automaton does not name leads to DEAD.
    """

    start: int
    accepting: NDArray[np.bool_]
    runs: tuple[tuple[Run, ...], ...]
    symbols: Mapping[tuple[int, str], int]

    @classmethod
    def of(cls, dfa: Dfa, *, accepted: bool) -> Filter:
        """Lets the words of `dfa` through, or all others."""
        accepting = dfa.accepting if accepted else ~dfa.accepting
        alive = accepting
        while (more := alive | alive[dfa.transitions].any(axis=1)).sum() > alive.sum():
            alive = more
        kept = np.where(alive[dfa.transitions], dfa.transitions, -1)[:, dfa.classes]
        runs = tuple(tuple(_runs(row[: _TOP + 1].tolist())) for row in kept)
        symbols = {(s, name): int(kept[s, 256 + i]) for i, name in enumerate(dfa.symbols) for s in range(len(kept))}
        unknown = DEAD if alive[DEAD] else -1
        return cls(dfa.start if alive[dfa.start] else -1, accepting, runs, defaultdict(lambda: unknown, symbols))


def _runs(targets: list[int]) -> Iterable[Run]:
    for target, group in groupby(range(len(targets)), targets.__getitem__):
        members = list(group)
        if target >= 0:
            yield members[0], members[-1], target


def is_recursive(grammar: Grammar) -> bool:
    """Whether a rule that the start needs may call itself, by way of others or not; without, the language is regular."""
    grammar, done = grammar.expanded(), set[str]()
    path: dict[str, list[str]] = {grammar.start: list(names(grammar.rules[grammar.start], Call))}
    while path:
        rule, calls = next(reversed(path.items()))
        if not calls:
            done.add(rule)
            del path[rule]
        elif (called := calls.pop()) in path:
            return True
        elif called not in done and called in grammar.rules:
            path[called] = list(names(grammar.rules[called], Call))
    return False


def product(grammar: Grammar, passing: Filter, *, limit: int = MOVE_LIMIT) -> Grammar | None:
    """The words of the grammar that get through; None if there is none.

    Raises:
        InputError: a rule that does not exist is called.
        LimitReached: more than `limit` moves, or the network of the grammar would be too large.
    """
    if passing.start < 0:
        return None
    grammar = grammar.expanded()
    rules = _Product(lower(grammar.rules, grammar.start), passing, limit).rules()
    return Grammar(rules) if rules else None


@dataclass(slots=True)
class _Entry:
    """A rule entered in a state of the automaton.

    Attributes:
        moves: by item what follows it: (next item, what is read).
        exits: the states of the automaton in which the rule ends.
        waiting: (entry, item, network state) of every call of this entry: where it stands, and where it returns.
    """

    rule: int
    place: int
    moves: dict[Item, list[tuple[Item, Expression | range]]]
    exits: list[int] = field(default_factory=list)
    waiting: list[tuple[_Entry, Item, int]] = field(default_factory=list)

    def call(self, place: int) -> Call:
        """A call of the rule of the words that end in this state."""
        return Call(f"{self.rule}.{self.place}.{place}")


class _Product:
    """All entries, followed to their exits; then their tables, from the root's on."""

    def __init__(self, network: Network, passing: Filter, limit: int) -> None:
        self._network, self._filter, self._limit, self._count = network, passing, limit, 0
        self._edges, self._empties, self._calls = (_by_source(rows) for rows in (network.edges, network.empties, network.calls))
        self._entries: dict[Item, _Entry] = {}
        self._queue: list[tuple[_Entry, Item]] = []
        self._root = self._entered(0, passing.start)
        while self._queue:
            self._follow(*self._queue.pop())

    def _entered(self, rule: int, place: int) -> _Entry:
        if (rule, place) not in self._entries:
            first = int(self._network.starts[rule]), place
            entry = self._entries[rule, place] = _Entry(rule, place, {first: []})
            self._queue.append((entry, first))
        return self._entries[rule, place]

    def _follow(self, entry: _Entry, item: Item) -> None:
        state, place = item
        for low, high, target in self._edges.get(state, ()):
            self._read(entry, item, range(low, high + 1), target)
        for (target,) in self._empties.get(state, ()):
            self._link(entry, item, (target, place), EMPTY)
        for rule, target, _ in self._calls.get(state, ()):  # that a call must read something changes no language, only its ambiguity
            called = self._entered(rule, place)
            called.waiting.append((entry, item, target))
            for end in called.exits:
                self._link(entry, item, (target, end), called.call(end))
        if state == self._network.ends[entry.rule]:
            entry.exits.append(place)
            for caller, at, target in entry.waiting:
                self._link(caller, at, (target, place), entry.call(place))

    def _read(self, entry: _Entry, item: Item, labels: range, target: int) -> None:
        if labels[0] > _TOP:
            name = self._network.symbols[labels[0] - 256]
            after = self._filter.symbols[item[1], name]
            if after >= 0:
                self._link(entry, item, (target, after), Symbol(name))
            return
        for low, high, after in self._filter.runs[item[1]]:
            common = range(max(low, labels[0]), min(high, labels[-1]) + 1)
            if common:
                self._link(entry, item, (target, after), common)

    def _link(self, entry: _Entry, item: Item, target: Item, read: Expression | range) -> None:
        self._count += 1
        if self._count > self._limit:
            raise LimitReached("the moves of a product of two languages", limit=self._limit, reached=self._count)
        entry.moves[item].append((target, read))
        if target not in entry.moves:
            entry.moves[target] = []
            self._queue.append((entry, target))

    def rules(self) -> dict[str, Expression]:
        """The rules by name, that of the start first; none if no word gets through."""
        ends = [end for end in self._root.exits if self._filter.accepting[end]]
        if not ends:
            return {}
        result: dict[str, Expression] = {}
        wanted: dict[str, tuple[_Entry, list[int]]] = {"start": (self._root, ends)}
        by_name = {entry.call(end).rule: (entry, [end]) for entry in self._entries.values() for end in entry.exits}
        while wanted:
            name, (entry, ends) = wanted.popitem()
            result[name] = self._table(entry, ends)
            wanted |= {called: by_name[called] for called in names(result[name], Call) if called not in result}
        return result

    def _table(self, entry: _Entry, ends: list[int]) -> Expression:
        """The words along the ways of an entry to the given exits."""
        finals = [(int(self._network.ends[entry.rule]), end) for end in ends]
        useful = _leading_to(finals, entry.moves)
        first = (int(self._network.starts[entry.rule]), entry.place)
        number = {first: 0} | ({finals[0]: 1} if len(finals) == 1 else {})
        for item in useful:
            if item not in number:
                number[item] = 2 + len(number) - 1 - (len(finals) == 1)
        edges = [
            (number[item], part, number[target])
            for item in useful
            for target, part in _joined(move for move in entry.moves[item] if move[0] in useful)
        ]
        edges += [(number[final], EMPTY, 1) for final in finals if len(finals) > 1]
        return Table(max(2, 1 + max(number.values())), tuple(sorted(edges, key=lambda edge: (edge[0], edge[2]))))


def _by_source(rows: NDArray[np.int32]) -> dict[int, list[list[int]]]:
    found: dict[int, list[list[int]]] = {}
    for source, *rest in rows.tolist():
        found.setdefault(source, []).append(rest)
    return found


def _leading_to(finals: list[Item], moves: Mapping[Item, list[tuple[Item, Expression | range]]]) -> dict[Item, None]:
    """The items from which a way leads to one of the last ones."""
    before: dict[Item, list[Item]] = {}
    for item, ways in moves.items():
        for target, _ in ways:
            before.setdefault(target, []).append(item)
    found, stack = dict.fromkeys(finals), list(finals)
    while stack:
        for item in before.get(stack.pop(), ()):
            if item not in found:
                found[item] = None
                stack.append(item)
    return found


def _joined(moves: Iterable[tuple[Item, Expression | range]]) -> Iterable[tuple[Item, Expression]]:
    """One move to each item: the bytes as one list of words, beside what else is read."""
    found: dict[Item, tuple[set[int], list[Expression]]] = {}
    for target, read in moves:
        numbers, parts = found.setdefault(target, (set(), []))
        if isinstance(read, range):
            numbers.update(read)
        else:
            parts.append(read)
    for target, (numbers, parts) in found.items():
        yield target, choice([words(bytes([number]) for number in numbers), *parts])
