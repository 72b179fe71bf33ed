"""Explicit deterministic automata of small languages, with the set algebra.

Everything here visits every state: for the token masks of a large language use the `Automaton` itself, which builds what a text visits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata.automaton import DEAD, NEVER, Automaton
from fsmgen.automata.paths import Paths
from fsmgen.errors import InputError, LimitReached

Table = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Dfa:
    """A complete deterministic automaton over labels.

    Attributes:
        transitions: int32[S, C]; row 0 is the state without a way out of it, DEAD.
        accepting: bool[S].
        start: the start state.
        classes: int32[L], the class of each label.
        symbols: names of the labels 256, 257, ...
    """

    transitions: Table
    accepting: NDArray[np.bool_]
    start: int
    classes: Table
    symbols: tuple[str, ...]

    @classmethod
    def of(cls, automaton: Automaton, *, limit: int = 10_000) -> Dfa:
        """All states of the automaton.

        Raises:
            LimitReached: there are more than `limit`.
        """
        table, states = _explored([DEAD, automaton.start], lambda state: automaton.row(state).tolist(), limit)
        accepting = np.array([automaton.accepting(state) for state in states], dtype=bool)
        classes = np.array([automaton.class_of(label) for label in range(256 + len(automaton.symbols))], np.int32)
        return cls(table, accepting, states.index(automaton.start), classes, automaton.symbols)

    @property
    def state_count(self) -> int:
        """Number of states, DEAD included."""
        return len(self.transitions)

    def run(self, state: int, data: Iterable[int]) -> int:
        """The state after these labels."""
        for label in data:
            state = int(self.transitions[state, self.classes[label]])
        return state

    def accepts(self, data: Iterable[int]) -> bool:
        """Whether these labels are a word."""
        return bool(self.accepting[self.run(self.start, data)])

    def paths(self) -> Paths:
        """The states and how many labels lead from one to the other."""
        sources = np.repeat(np.arange(self.state_count), self.transitions.shape[1])
        labels = np.tile(np.bincount(self.classes, minlength=self.transitions.shape[1]), self.state_count)
        return Paths(self.start, self.accepting, sources, self.transitions.reshape(-1), labels)

    def minimized(self) -> Dfa:
        """The automaton with the fewest states for the same language.

        Moore's refinement, O(S C) a round, begun with what is equal in equivalent states and quick to know: the lengths of the shortest
        and the longest way to acceptance. So a chain of counted states, on which Moore's own beginning takes S rounds, takes one.
        """
        paths = self.paths()
        first, block = _blocks(np.column_stack([paths.distances, paths.heights]))
        while True:
            count = len(first)
            first, block = _blocks(np.column_stack([block, block[self.transitions]]))
            if len(first) == count:
                return self._quotient(block, first)._from_start()

    def _quotient(self, block: NDArray[np.int64], first: NDArray[np.int64]) -> Dfa:
        transitions = block[self.transitions[first]].astype(np.int32)
        return Dfa(transitions, self.accepting[first], int(block[self.start]), self.classes, self.symbols)

    def _from_start(self) -> Dfa:
        """The same with the states numbered breadth first from the start, and the state without a way to acceptance as 0."""
        dead = np.array(self.paths().distances) == NEVER
        rows = np.where(dead[self.transitions], -1, self.transitions).tolist()
        rows.append([-1] * self.transitions.shape[1])
        table, states = _explored([-1, -1 if dead[self.start] else self.start], rows.__getitem__, self.state_count + 1)
        accepting = [state >= 0 and bool(self.accepting[state]) for state in states]
        return Dfa(table, np.array(accepting), int(not dead[self.start]), self.classes, self.symbols)

    def complement(self) -> Dfa:
        """All label strings that are no word. They may be ill-formed as UTF-8."""
        return Dfa(self.transitions, ~self.accepting, self.start, self.classes, self.symbols).minimized()

    def intersect(self, other: Dfa, *, limit: int = 100_000) -> Dfa:
        """The words of both.

        Raises:
            InputError: they name different symbols.
            LimitReached: the product has more than `limit` states.
        """
        if self.symbols != other.symbols:
            raise InputError(f"the symbols differ: {self.symbols} and {other.symbols}")
        pairs = np.stack([self.classes, other.classes])
        columns, classes = np.unique(pairs, axis=1, return_inverse=True)
        mine, theirs = (side[:, column] for side, column in zip((self.transitions, other.transitions), columns, strict=True))
        size = other.state_count

        def row(state: int) -> list[int]:
            a, b = mine[state // size], theirs[state % size]
            targets: list[int] = np.where((a == DEAD) | (b == DEAD), 0, a.astype(np.int64) * size + b).tolist()
            return targets

        alive = DEAD not in (self.start, other.start)
        table, states = _explored([0, self.start * size + other.start if alive else 0], row, limit)
        accepting = [state > 0 and bool(self.accepting[state // size] & other.accepting[state % size]) for state in states]
        return Dfa(table, np.array(accepting), int(alive), classes.reshape(-1).astype(np.int32), self.symbols).minimized()

    def difference(self, other: Dfa, *, limit: int = 100_000) -> Dfa:
        """The words of this language that are not of the other. Errors as `intersect`."""
        return self.intersect(other.complement(), limit=limit)


def _blocks(rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Equal rows as one block: the first row of each block, and the block of each row."""
    _, first, block = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    return first, block.reshape(-1)


def _explored(starts: list[int], row: Callable[[int], list[int]], limit: int) -> tuple[Table, list[int]]:
    """Breadth-first closure of `starts` under `row`: the table over new numbers, and the old state of each new one."""
    numbers = {state: i for i, state in enumerate(dict.fromkeys(starts))}
    states = list(numbers)
    rows: list[list[int]] = []
    for state in states:  # grows while it runs
        targets = row(state)
        for target in targets:
            if target not in numbers:
                if len(states) >= limit:
                    raise LimitReached("the states of an explicit automaton", limit=limit, reached=limit + 1)
                numbers[target] = len(states)
                states.append(target)
        rows.append([numbers[target] for target in targets])
    return np.array(rows, dtype=np.int32), states
