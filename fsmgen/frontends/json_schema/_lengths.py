"""Texts of bounded length: of an expression whose counts can take the bounds up, and of any automaton."""

from __future__ import annotations

import numpy as np

from fsmgen.automata import DEAD, NEVER, Call, Characters, Choice, Dfa, Expression, Repeat, Sequence, Words, repeat, sequence
from fsmgen.automata.expression import Table
from fsmgen.automata.paths import UNBOUNDED
from fsmgen.errors import LimitReached
from fsmgen.frontends.json_schema._rules import host_name, longest_host_name, named_rule
from fsmgen.frontends.json_schema.machines import Machine

STATE_LIMIT = 60_000
"""States that an automaton with a bound of length may have."""
_INFINITE = float("inf")


def widths(part: Expression) -> tuple[int, float]:
    """The fewest and the most characters of a text of an expression; perhaps less and more, but only for a large table."""
    match part:
        case Words(words):
            lengths = [len(word.decode()) for word in words]
            return min(lengths), max(lengths)
        case Characters():
            return 1, 1
        case Sequence(parts):
            inner = [widths(each) for each in parts]
            return sum(low for low, _ in inner), sum(high for _, high in inner)
        case Choice(parts) if parts:
            inner = [widths(each) for each in parts]
            return min(low for low, _ in inner), max(high for _, high in inner)
        case Repeat(each, low, high):
            least, most = widths(each)
            return low * least, 0 if not most else _INFINITE if high is None else high * most
        case Table(states, edges) if states <= _LARGE:
            return _table_widths(edges)
        case Call(name):
            longest = longest_host_name(name)
            return (1, longest) if longest is not None else widths(named_rule(name))
    return 0, 0 if part == Choice(()) else _INFINITE


_LARGE = 400


def _table_widths(edges: tuple[tuple[int, Expression, int], ...]) -> tuple[int, float]:
    following: dict[int, list[tuple[int, int, float]]] = {}
    for source, part, target in edges:
        following.setdefault(source, []).append((target, *widths(part)))
    found: dict[int, tuple[float, float] | None] = {1: (0, 0)}

    def visit(state: int) -> tuple[float, float]:
        known = found.get(state, (-1, -1))
        if known is None:
            return _INFINITE, _INFINITE  # on the way here: a loop
        if known[0] >= 0:
            return known
        found[state] = None
        ways = [(low + after[0], high + after[1]) for target, low, high in following.get(state, ()) for after in [visit(target)]]
        result = (min((low for low, _ in ways), default=_INFINITE), max((high for _, high in ways), default=0))
        found[state] = result
        return result

    least, most = visit(0)
    return (0 if most == _INFINITE else int(least)), most


def folded(expression: Expression, low: int, high: int | None) -> Expression | None:
    """The texts of `low` to `high` characters, if the bounds go without saying or one count in the expression can take them up."""
    least, most = widths(expression)
    if low <= least and (high is None or most <= high):
        return expression
    if isinstance(expression, Call) and longest_host_name(expression.rule) is not None and low <= 1:
        return host_name(high) if high else Choice(())
    parts = expression.parts if isinstance(expression, Sequence) else (expression,)
    measured = [widths(part) for part in parts]
    loose = [i for i, (shortest, longest) in enumerate(measured) if shortest != longest]
    if len(loose) != 1:
        return None
    part, others = parts[loose[0]], sum(shortest for i, (shortest, _) in enumerate(measured) if i != loose[0])
    if not isinstance(part, Repeat) or widths(part.part) != (1, 1):
        return None
    fewest = max(part.low, low - others)
    largest = part.high if high is None else high - others if part.high is None else min(part.high, high - others)
    if largest is not None and largest < fewest:
        return Choice(())
    return sequence([*parts[: loose[0]], repeat(part.part, fewest, largest), *parts[loose[0] + 1 :]])


def within(machine: Machine, low: int, high: int | None) -> Machine:
    """The texts of a machine that have `low` to `high` characters.

    A state is one of the machine's with the length so far, or without it where no way from there breaks a bound.

    Raises:
        LimitReached: there are too many states.
    """
    if machine.is_empty:
        return machine
    layers = _Layers(machine, low, high)
    layers.explore()
    return layers.machine()


class _Layers:
    """States (state of the machine, length or -1 where it does not matter) as they are reached. Number 0 is DEAD, 1 the start."""

    def __init__(self, machine: Machine, low: int, high: int | None) -> None:
        self._machine, self._low, self._high = machine, low, high
        self._rows = machine.dfa.transitions.tolist()
        paths = machine.dfa.paths()
        self._nearest, self._farthest = paths.distances, paths.heights
        self._states: list[tuple[int, int]] = [(DEAD, -1)]
        self._numbers: dict[tuple[int, int], int] = {(DEAD, -1): DEAD}
        self._table: list[list[int]] = []

    def explore(self) -> None:
        self._number(self._machine.dfa.start, 0)
        for state, length in self._states:  # grows while it runs
            after = length if length < 0 else length + 1
            known: dict[int, int] = {}
            row = self._rows[state]
            for target in row:
                if target not in known:
                    known[target] = self._number(target, after)
            self._table.append([known[target] for target in row])

    def _number(self, state: int, length: int) -> int:
        key = self._key(state, length)
        number = self._numbers.get(key)
        if number is None:
            if len(self._states) >= STATE_LIMIT:
                raise LimitReached("the states of texts of bounded length", limit=STATE_LIMIT, reached=STATE_LIMIT + 1)
            number = self._numbers[key] = len(self._states)
            self._states.append(key)
        return number

    def _key(self, state: int, length: int) -> tuple[int, int]:
        if length < 0 or state == DEAD:
            return state, -1
        nearest, farthest = self._nearest[state], self._farthest[state]
        missing = self._low - length
        if nearest == NEVER or (self._high is not None and nearest > self._high - length):
            return DEAD, -1
        if farthest != UNBOUNDED and farthest < missing:
            return DEAD, -1
        long_enough = nearest >= missing
        short_enough = self._high is None or (farthest != UNBOUNDED and farthest <= self._high - length)
        return state, -1 if long_enough and short_enough else length

    def machine(self) -> Machine:
        """What was explored, without the states from which no text is completed."""
        accepting = self._machine.dfa.accepting
        ends = [bool(accepting[state]) and (length < 0 or length >= self._low) for state, length in self._states]
        alive = self._alive(ends)
        numbers = [0] * len(self._states)
        kept = [i for i in range(len(self._states)) if alive[i] or i == DEAD]
        for new, old in enumerate(kept):
            numbers[old] = new
        table = np.array([[numbers[target] for target in self._table[i]] for i in kept], np.int32)
        start = numbers[1] if len(self._states) > 1 else DEAD
        dfa = Dfa(table, np.array([ends[i] for i in kept]), start, self._machine.dfa.classes, ())
        return Machine(dfa, self._machine.alphabet)

    def _alive(self, ends: list[bool]) -> list[bool]:
        before: list[list[int]] = [[] for _ in ends]
        for i, row in enumerate(self._table):
            for target in set(row):
                before[target].append(i)
        alive, stack = list(ends), [i for i, end in enumerate(ends) if end]
        while stack:
            for source in before[stack.pop()]:
                if not alive[source]:
                    alive[source] = True
                    stack.append(source)
        return alive
