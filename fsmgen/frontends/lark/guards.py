"""What a lexeme that has ended still forbids: the continuations with which it would have gone on.

A *guard* is a small integer for a set of texts that must not follow. It is held as a minimal automaton over bytes that reads what does
follow: it ends up in TRIVIAL when nothing is forbidden any more, and in HOPELESS when everything is. Equal guards are equal integers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata import DEAD, Characters, Expression, repeat
from fsmgen.errors import LimitReached
from fsmgen.grammar import States
from fsmgen.grammar.network import lower

TRIVIAL, HOPELESS = 0, 1
"""As guards, and as states of the automaton of a guard, whose start is state 2."""
_START = 2
_FORBIDDEN, _ALLOWED, _INSIDE = 0, 1, 2
"""Whether the text may end in a state; inside of a character there is no text."""
STATE_LIMIT = 20_000
"""States of one guard's automaton."""
GUARD_LIMIT = 2_000
"""Guards of a grammar."""
ANY_CHARACTER = Characters(((0, 0xD7FF), (0xE000, 0x10FFFF)))
ANYTHING = repeat(ANY_CHARACTER, 0)
Table = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Machine:
    """The automaton of a guard: int32[S, 256], and int8[S] for whether the text may end."""

    table: Table
    ends: NDArray[np.int8]


class Guards:
    """All guards of a grammar."""

    def __init__(self) -> None:
        nothing = np.array([[0] * 256, [1] * 256], np.int32)
        ends = np.array([_ALLOWED, _FORBIDDEN], np.int8)
        self._machines = [Machine(nothing, ends), Machine(nothing, ends)]
        self._numbers: dict[tuple[bytes, bytes], int] = {}
        self._rests: dict[tuple[int, int], int] = {}
        self._pairs: dict[tuple[int, int], int] = {}

    def machine(self, guard: int) -> Machine:
        """The automaton of a guard that is neither TRIVIAL nor HOPELESS."""
        return self._machines[guard]

    def of(self, followers: Expression) -> int:
        """The guard that lets only these texts follow."""
        if followers == ANYTHING:
            return TRIVIAL
        allowed, valid = states_of(followers), _valid_text()

        def row(pair: tuple[int, int]) -> list[tuple[int, int]]:
            left = byte_row(allowed, pair[0])
            right = byte_row(valid, pair[1])
            return list(zip(left.tolist(), right.tolist(), strict=True))

        def ends(pair: tuple[int, int]) -> int:
            if pair[1] == DEAD:
                return _ALLOWED
            return int(pair[0] != DEAD and allowed.accepting(pair[0])) if valid.accepting(pair[1]) else _INSIDE

        return self._made((allowed.start, valid.start), row, ends)

    def rest(self, guard: int, state: int) -> int:
        """The guard in a state of another one's automaton."""
        if state <= HOPELESS:
            return state
        if (guard, state) not in self._rests:
            self._rests[guard, state] = self._intern(self._machines[guard], state)
        return self._rests[guard, state]

    def both(self, one: int, other: int) -> int:
        """What both guards forbid."""
        if one == other or TRIVIAL in (one, other):
            return max(one, other)
        if HOPELESS in (one, other):
            return HOPELESS
        if (one, other) not in self._pairs:
            a, b = self._machines[one], self._machines[other]
            self._pairs[one, other] = self._made(
                (_START, _START),
                lambda pair: list(zip(a.table[pair[0]].tolist(), b.table[pair[1]].tolist(), strict=True)),
                lambda pair: _both_ends(int(a.ends[pair[0]]), int(b.ends[pair[1]]), pair),
            )
        return self._pairs[one, other]

    def may_end(self, guard: int) -> bool:
        """Whether the text may end here."""
        return guard == TRIVIAL or (guard != HOPELESS and bool(self._machines[guard].ends[_START] == _ALLOWED))

    def touched(self, guard: int) -> NDArray[np.bool_]:
        """bool[256], the bytes after which the guard is not TRIVIAL."""
        touched: NDArray[np.bool_] = self._machines[guard].table[min(guard, _START)] != TRIVIAL
        return touched

    def _made(
        self, start: tuple[int, int], row: Callable[[tuple[int, int]], list[tuple[int, int]]], ends: Callable[[tuple[int, int]], int]
    ) -> int:
        """The guard of a product of two automata."""
        numbers = {start: 0}
        rows, outputs = [], []
        order = [start]
        for pair in order:  # grows while it runs
            targets = row(pair)
            for target in dict.fromkeys(targets):
                if target not in numbers:
                    numbers[target] = len(order)
                    order.append(target)
            if len(order) > STATE_LIMIT:
                raise LimitReached("the states of what a terminal's end forbids", limit=STATE_LIMIT, reached=len(order))
            rows.append([numbers[target] for target in targets])
            outputs.append(ends(pair))
        return self._intern(Machine(np.array(rows, np.int32), np.array(outputs, np.int8)), 0)

    def _intern(self, machine: Machine, start: int) -> int:
        """The number of the guard that the automaton is from a state on."""
        small = _minimal(machine, start)
        if small is None or isinstance(small, int):
            return small or TRIVIAL
        key = small.table.tobytes(), small.ends.tobytes()
        if key not in self._numbers:
            if len(self._machines) >= GUARD_LIMIT:
                raise LimitReached("what a lexer has to remember between lexemes", limit=GUARD_LIMIT, reached=GUARD_LIMIT + 1)
            self._numbers[key] = len(self._machines)
            self._machines.append(small)
        return self._numbers[key]


def _both_ends(one: int, other: int, pair: tuple[int, int]) -> int:
    if HOPELESS in pair:
        return _FORBIDDEN
    if _INSIDE in (one, other):
        return _INSIDE
    return min(one, other)


def _minimal(machine: Machine, start: int) -> Machine | int:
    """The smallest automaton for the same texts, numbered by its bytes; or TRIVIAL or HOPELESS."""
    forbids, allows = _reaching(machine.table, machine.ends == _FORBIDDEN), _reaching(machine.table, machine.ends == _ALLOWED)
    if not forbids[start] or not allows[start]:
        return HOPELESS if forbids[start] else TRIVIAL
    fixed = np.where(~forbids, TRIVIAL, np.where(~allows, HOPELESS, -1))
    columns, column_of = np.unique(machine.table, axis=1, return_inverse=True)
    block = np.where(fixed >= 0, fixed, machine.ends.astype(np.int64) + 2)
    count = 0
    while True:
        rows = np.column_stack([block, np.where(fixed[:, None] >= 0, -1, block[columns])])
        _, first, block_of = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        if len(first) == count:
            break
        count, block = len(first), np.where(fixed >= 0, fixed, block_of.reshape(-1) + 2)
    table = block[machine.table]
    return _numbered(table, machine.ends, block, start, column_of.reshape(-1))


def _numbered(
    table: NDArray[np.int64], ends: NDArray[np.int8], block: NDArray[np.int64], start: int, column_of: NDArray[np.intp]
) -> Machine:
    """One state for each block that is reached, in the order of their first bytes."""
    example = {int(number): i for i, number in reversed(list(enumerate(block)))}
    numbers = {TRIVIAL: TRIVIAL, HOPELESS: HOPELESS, int(block[start]): _START}
    order = [int(block[start])]
    firsts = np.unique(column_of, return_index=True)[1]
    firsts.sort()
    for number in order:  # grows while it runs
        for target in table[example[number], firsts].tolist():
            if target not in numbers:
                numbers[target] = len(numbers)
                order.append(target)
    renumber = np.full(int(block.max()) + 1, -1, np.int32)
    renumber[list(numbers)] = list(numbers.values())
    kept = [example[number] for number in order]
    whole = np.concatenate([np.array([[TRIVIAL] * 256, [HOPELESS] * 256], np.int32), renumber[table[kept]]])
    return Machine(np.ascontiguousarray(whole, np.int32), np.concatenate([[_ALLOWED, _FORBIDDEN], ends[kept]]).astype(np.int8))


def _reaching(table: Table, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    while True:
        more = wanted | wanted[table].any(axis=1)
        if (more == wanted).all():
            return wanted
        wanted = more


@lru_cache(maxsize=1)
def _valid_text() -> States:
    return states_of(ANYTHING)


def states_of(expression: Expression) -> States:
    """The automaton of an expression."""
    return States(lower({"start": expression}, "start"))


def byte_row(states: States, state: int) -> NDArray[np.int32]:
    """int32[256], the state after each byte."""
    if state == DEAD:
        return np.zeros(256, np.int32)
    row: NDArray[np.int32] = states.row(state)[states.classes[:256]]
    return row
