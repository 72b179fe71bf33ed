"""Lexemes read under a guard: which of them the guard lets pass, and what it still forbids after them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata import DEAD, EMPTY, Characters, Choice, Expression, Repeat, Sequence, Words, choice
from fsmgen.automata.expression import Table, characters
from fsmgen.automata.graph import Edges, expression_between
from fsmgen.errors import LimitReached
from fsmgen.frontends.lark.guards import HOPELESS, TRIVIAL, Guards, byte_row, states_of
from fsmgen.grammar import States

PAIR_LIMIT = 20_000
"""States of a terminal that is read under a guard."""
_END = 1

Endings = tuple[tuple[int, int], ...]
"""Ways to end: the number of a set of lexemes, and the guard after them."""


class Lexemes:
    """Sets of lexemes, by number."""

    def __init__(self) -> None:
        self.guards = Guards()
        self._numbers: dict[Expression, int] = {}
        self._expressions: list[Expression] = []
        self._states: dict[int, States] = {}
        self._passed: dict[tuple[int, int], Endings] = {}

    def number(self, lexemes: Expression) -> int:
        """The number of a set of lexemes; the empty text is none of them."""
        if lexemes not in self._numbers:
            self._numbers[lexemes] = len(self._expressions)
            self._expressions.append(lexemes)
        return self._numbers[lexemes]

    def expression(self, number: int) -> Expression:
        """The lexemes of a number."""
        return self._expressions[number]

    def automaton(self, number: int) -> States:
        """The automaton of the lexemes."""
        if number not in self._states:
            self._states[number] = states_of(self._expressions[number])
        return self._states[number]

    def begins(self, number: int) -> NDArray[np.bool_]:
        """bool[256], the bytes with which the lexemes begin."""
        states = self.automaton(number)
        begins: NDArray[np.bool_] = byte_row(states, states.start) != DEAD
        return begins

    def passing(self, endings: Endings, guard: int) -> Endings:
        """The lexemes that a guard lets pass, with what is forbidden after them."""
        if guard == TRIVIAL:
            return endings
        found: dict[tuple[int, int], None] = {}
        for number, after in endings:
            for left, between in self._passing(number, guard):
                both = self.guards.both(between, after)
                if both != HOPELESS:
                    found[left, both] = None
        return tuple(found)

    def _passing(self, number: int, guard: int) -> Endings:
        if (number, guard) not in self._passed:
            touched = (self.begins(number) & self.guards.touched(guard)).any()
            passed = _guarded(self.automaton(number), self.guards, guard) if touched else None
            alone = ((number, TRIVIAL),)
            self._passed[number, guard] = alone if passed is None else tuple((self.number(part), left) for left, part in passed.items())
        return self._passed[number, guard]


def _guarded(lexemes: States, guards: Guards, guard: int) -> dict[int, Expression] | None:
    """By what the guard still forbids then, the lexemes that it lets pass; None if it makes no difference to them."""
    walk = _Walk(lexemes, guards, guard)
    return None if walk.untouched else {left: walk.expression(left) for left in walk.exits}


class _Walk:
    """The product of lexemes and guard, as edges between numbered pairs of states; 0 is the start.

    Attributes:
        untouched: whether the guard made no difference.
        exits: what is still forbidden after some lexeme.
    """

    def __init__(self, lexemes: States, guards: Guards, guard: int) -> None:
        self._lexemes, self._table = lexemes, guards.machine(guard).table
        start = (lexemes.start, 2)
        self._numbers = {start: 0}
        self._edges: Edges = []
        self._ends: list[tuple[int, int]] = []
        self.untouched = True
        for pair in (order := [start]):  # grows while it runs
            order += self._read(pair)
            if lexemes.accepting(pair[0]):
                self._ends.append((self._numbers[pair], guards.rest(guard, pair[1])))
        self.exits = dict.fromkeys(left for _, left in self._ends if left != HOPELESS)
        self.untouched &= set(self.exits) <= {TRIVIAL}

    def expression(self, left: int) -> Expression:
        """The lexemes after which this is still forbidden."""
        return expression_between(0, _END, [*self._edges, *[(number, EMPTY, _END) for number, other in self._ends if other == left]])

    def _read(self, pair: tuple[int, int]) -> list[tuple[int, int]]:
        """Add the edges of a pair; the pairs that are new."""
        targets = byte_row(self._lexemes, pair[0]).astype(np.int64) << 32 | self._table[pair[1]]
        found: dict[int, list[int]] = {}
        for byte, target in enumerate(targets.tolist()):
            found.setdefault(target, []).append(byte)
        fresh = []
        for target, read in found.items():
            after = target >> 32, target & 0xFFFFFFFF
            if after[0] == DEAD or after[1] == HOPELESS:
                self.untouched &= after[0] == DEAD
                continue
            if after not in self._numbers:
                self._numbers[after] = len(self._numbers) + 1
                fresh.append(after)
            self._edges.append((self._numbers[pair], one_of(read), self._numbers[after]))
        if len(self._numbers) > PAIR_LIMIT:
            raise LimitReached("the states of a terminal after another", limit=PAIR_LIMIT, reached=len(self._numbers))
        return fresh


def meeting(one: States, other: States, *, inside: bool) -> Expression:
    """The words of one automaton that the other has too; or, not `inside`, those that it has not."""
    start = (one.start, other.start)
    numbers = {start: 0}
    edges: Edges = []
    for pair in (order := [start]):  # grows while it runs
        found: dict[tuple[int, int], list[int]] = {}
        for byte, target in enumerate(zip(byte_row(one, pair[0]).tolist(), byte_row(other, pair[1]).tolist(), strict=True)):
            if target[0] != DEAD and (target[1] != DEAD or not inside):
                found.setdefault(target, []).append(byte)
        for target, read in found.items():
            if target not in numbers:
                numbers[target] = len(numbers) + 1
                order.append(target)
            edges.append((numbers[pair], one_of(read), numbers[target]))
        if one.accepting(pair[0]) and (pair[1] != DEAD and other.accepting(pair[1])) == inside:
            edges.append((numbers[pair], EMPTY, _END))
        if len(order) > PAIR_LIMIT:
            raise LimitReached("the states of two terminals", limit=PAIR_LIMIT, reached=len(order))
    return expression_between(0, _END, edges)


def size(part: Expression) -> int:
    """About how many moves an automaton of the expression has, repeats not counted."""
    match part:
        case Words(parts) | Characters(parts):
            return len(parts)
        case Sequence(parts) | Choice(parts):
            return sum(map(size, parts))
        case Repeat(inner):
            return size(inner)
        case Table(_, edges):
            return sum(size(inner) for _, inner, _ in edges)
    return 1


def one_of(read: Iterable[int]) -> Expression:
    """Any one of the bytes."""
    read = list(read)
    high = tuple(bytes([byte]) for byte in read if byte >= 0x80)
    return choice([characters([(byte, byte) for byte in read if byte < 0x80]), *([Words(high)] if high else [])])
