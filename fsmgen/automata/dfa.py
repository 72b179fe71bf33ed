"""Explicit deterministic automata of small languages, with the set algebra.

Everything here visits every state: for the token masks of a large language use the `Automaton` itself, which builds what a text visits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata.automaton import DEAD, Automaton
from fsmgen.automata.minimizing import minimize
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
        """The automaton with the fewest states for the same language, numbered breadth first from the start, which is state 1."""
        transitions, accepting = minimize(self.transitions, self.accepting, self.start)
        return Dfa(transitions, accepting, int(len(accepting) > 1), self.classes, self.symbols)

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
