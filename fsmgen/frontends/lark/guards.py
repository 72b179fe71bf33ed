"""What a lexeme that has ended still forbids: the continuations with which it would have gone on.

A *guard* is a small integer for a set of texts that must not follow. It is held as a minimal automaton over letters that reads what does
follow: it ends up in TRIVIAL when nothing is forbidden any more, and in HOPELESS when everything is. Equal guards are equal integers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata import Expression
from fsmgen.errors import LimitReached
from fsmgen.frontends.lark.letters import ANYTHING, Letters, mask_of

TRIVIAL, HOPELESS = 0, 1
"""As guards, and as states of the automaton of a guard, whose start is state 2."""
_START = 2
STATE_LIMIT = 20_000
"""States of one guard's automaton."""
GUARD_LIMIT = 2_000
"""Guards of a grammar."""
Table = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Machine:
    """The automaton of a guard: int32[S, L] over letters, and bool[S] for whether the text may end."""

    table: Table
    ends: NDArray[np.bool_]


class Guards:
    """All guards of a grammar."""

    def __init__(self, letters: Letters) -> None:
        self._letters = letters
        nothing = np.array([[TRIVIAL] * letters.count, [HOPELESS] * letters.count], np.int32)
        ends = np.array([True, False])
        self._machines = [Machine(nothing, ends), Machine(nothing, ends)]
        self._rows: dict[int, list[list[int]]] = {}
        self._of: dict[Expression, int] = {ANYTHING: TRIVIAL}
        self._numbers: dict[tuple[bytes, bytes], int] = {}
        self._touched: dict[int, int] = {}
        self._rests: dict[tuple[int, int], int] = {}
        self._pairs: dict[tuple[int, int], int] = {}

    def rows(self, guard: int) -> list[list[int]]:
        """By state and letter, the state after it, of the automaton of a guard that is neither TRIVIAL nor HOPELESS."""
        if guard not in self._rows:
            self._rows[guard] = self._machines[guard].table.tolist()
        return self._rows[guard]

    def of(self, followers: Expression) -> int:
        """The guard that lets only these texts follow."""
        if followers not in self._of:
            allowed = self._letters.automaton(followers)
            self._of[followers] = self._made(allowed.start, allowed.row, allowed.accepting)
        return self._of[followers]

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
            size = len(b.table)
            self._pairs[one, other] = self._made(
                _START * size + _START,
                lambda pair: (a.table[pair // size].astype(np.int64) * size + b.table[pair % size]).tolist(),
                lambda pair: bool(a.ends[pair // size] & b.ends[pair % size]),
            )
        return self._pairs[one, other]

    def may_end(self, guard: int) -> bool:
        """Whether the text may end here."""
        return guard == TRIVIAL or (guard != HOPELESS and bool(self._machines[guard].ends[_START]))

    def touched(self, guard: int) -> int:
        """The letters after which the guard is not TRIVIAL, as a mask."""
        if guard not in self._touched:
            self._touched[guard] = mask_of((self._machines[guard].table[min(guard, _START)] != TRIVIAL).tolist())
        return self._touched[guard]

    def _made(self, start: int, row: Callable[[int], list[int]], ends: Callable[[int], bool]) -> int:
        """The guard of an automaton over letters, which lets pass what leads to where the text may end."""
        numbers = {start: 0}
        rows, outputs = [], []
        order = [start]
        for state in order:  # grows while it runs
            targets = row(state)
            for target in dict.fromkeys(targets):
                if target not in numbers:
                    numbers[target] = len(order)
                    order.append(target)
            if len(order) > STATE_LIMIT:
                raise LimitReached("the states of what a terminal's end forbids", limit=STATE_LIMIT, reached=len(order))
            rows.append([numbers[target] for target in targets])
            outputs.append(ends(state))
        return self._intern(Machine(np.array(rows, np.int32), np.array(outputs)), 0)

    def _intern(self, machine: Machine, start: int) -> int:
        """The number of the guard that the automaton is from a state on."""
        small = _minimal(machine, start)
        if isinstance(small, int):
            return small
        key = small.table.tobytes(), small.ends.tobytes()
        if key not in self._numbers:
            if len(self._machines) >= GUARD_LIMIT:
                raise LimitReached("what a lexer has to remember between lexemes", limit=GUARD_LIMIT, reached=GUARD_LIMIT + 1)
            self._numbers[key] = len(self._machines)
            self._machines.append(small)
        return self._numbers[key]


def _minimal(machine: Machine, start: int) -> Machine | int:
    """The smallest automaton for the same texts, numbered by its letters; or TRIVIAL or HOPELESS."""
    forbids, allows = _reaching(machine.table, ~machine.ends), _reaching(machine.table, machine.ends)
    if not forbids[start] or not allows[start]:
        return HOPELESS if forbids[start] else TRIVIAL
    fixed = np.where(~forbids, TRIVIAL, np.where(~allows, HOPELESS, -1))
    columns = np.unique(machine.table, axis=1)
    block = np.where(fixed >= 0, fixed, machine.ends.astype(np.int64) + 2)
    count = 0
    while True:
        rows = np.column_stack([block, np.where(fixed[:, None] >= 0, -1, block[columns])])
        _, first, block_of = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        if len(first) == count:
            break
        count, block = len(first), np.where(fixed >= 0, fixed, block_of.reshape(-1) + 2)
    return _numbered(block[machine.table], machine.ends, block, start)


def _numbered(table: NDArray[np.int64], ends: NDArray[np.bool_], block: NDArray[np.int64], start: int) -> Machine:
    """One state for each block that is reached, in the order of their first letters."""
    example = {int(number): i for i, number in reversed(list(enumerate(block)))}
    numbers = {TRIVIAL: TRIVIAL, HOPELESS: HOPELESS, int(block[start]): _START}
    order = [int(block[start])]
    for number in order:  # grows while it runs
        for target in dict.fromkeys(table[example[number]].tolist()):
            if target not in numbers:
                numbers[target] = len(numbers)
                order.append(target)
    renumber = np.full(int(block.max()) + 1, -1, np.int32)
    renumber[list(numbers)] = list(numbers.values())
    kept = [example[number] for number in order]
    fixed = np.array([[TRIVIAL] * table.shape[1], [HOPELESS] * table.shape[1]], np.int32)
    whole = np.concatenate([fixed, renumber[table[kept]]])
    return Machine(np.ascontiguousarray(whole, np.int32), np.concatenate([[True, False], ends[kept]]))


def _reaching(table: Table, wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    while True:
        more = wanted | wanted[table].any(axis=1)
        if (more == wanted).all():
            return wanted
        wanted = more
