"""Rows of all tokens that lead from a state to a live one, with as little walking as there can be.

- Where a state goes on with any text of a standard fragment, its row begins with the fragment's, and only the other tokens are walked.
- States that differ only in where they return to have one signature (see `fsmgen.grammar.signatures`). It is walked once: its row holds
  the tokens that are allowed whatever comes after the return, and its exits say below which nodes of the trie that matters. For a new
  state these few are walked. Where there are many, the state is walked as if it had no signature.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata import DEAD
from fsmgen.constraint._kernels import allow_all, allow_signature, finish, goes_on
from fsmgen.grammar import States
from fsmgen.grammar.signatures import signature
from fsmgen.tokens import Fragment, Trie, Vocabulary
from fsmgen.tokens._kernels import MAX_BYTES

Row: TypeAlias = NDArray[np.uint32]
Exits: TypeAlias = NDArray[np.int32]

USUAL, LONGER = 1, 2
"""The parts of a vocabulary's trie, to be added; states are compared for each of them at a horizon of its own."""
_PAIRS = 64
"""States of a fragment beside states of the automaton that are looked at to find out whether one goes on with the other."""
_WORTH_A_FRAGMENT = 10_000
"""A trie of fewer nodes is walked whole."""
_MOST_EXITS, _MOST_BELOW = 2_000, 6_000
"""Exits of a signature, and nodes below them, with which it is of use."""
_SHAPES = 1_000
"""Signatures whose rows are kept."""
_NO_TEXT = np.full((1, 256), -1, np.int32)
"""The automaton of a fragment of no characters."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a signature says of every state that has it.

    Attributes:
        row: uint32[W + 1], the tokens that are allowed whatever the contexts are, from the second word on.
        exits: a trie and int32[E, 2], (node, hole): below which nodes contexts matter. None where that is too much to be of use.
    """

    row: Row
    exits: tuple[tuple[Trie, Exits], ...] | None


class Filler:
    """The rows of an automaton's states over a vocabulary, built anew at each call; keeps what states have in common."""

    def __init__(self, automaton: States, vocabulary: Vocabulary) -> None:
        self._automaton, self._lock, self._words = automaton, automaton.lock, -(-vocabulary.size // 32)
        self._tries = dict(zip((USUAL, LONGER), vocabulary.tries, strict=True))
        large = sum(len(trie.nodes) for trie in self._tries.values()) >= _WORTH_A_FRAGMENT
        self._fragments = vocabulary.fragments if large else ()
        self._pairs, self._stack = np.empty((_PAIRS, 2), np.int32), np.zeros(MAX_BYTES + 1, np.int32)
        self._shapes: dict[tuple[int, int], _Shape] = {}
        self._nested = automaton.has_calls
        self._load()

    def _load(self) -> None:
        """Call the kernels with nothing to do: to load one takes ten milliseconds, part of the first compilation, not of a mask."""
        tables, nothing = self._automaton.tables, np.zeros((1, 2), np.int32)
        walk = (self._tries[USUAL].nodes[:0], self._stack, np.zeros(1, np.uint32))
        with self._lock:
            signature(*tables, DEAD)
            allow_all(tables, walk, 0)
            allow_signature(tables, walk, nothing, 0)
            finish(tables, walk, nothing[1:], (DEAD, 0))
            goes_on(tables, _NO_TEXT, self._pairs, DEAD, -1)

    def row(self, state: int, parts: int) -> Row:
        """A new row of the tokens of these parts that lead from the state to a live one."""
        with self._lock:
            shape = self._shape_of(state, parts) if self._nested else None
            if shape is None or shape.exits is None:
                row = np.zeros(self._words + 1, np.uint32)
                for part in self._named(parts):
                    self._walk(state, self._begun(state, part, row), row)
            else:
                row = shape.row.copy()
                for trie, exits in shape.exits:
                    self._finish(state, trie, exits, row)
        for part in self._named(parts):
            copy_duplicates(self._tries[part], row[1:])
        return row[1:]

    def _named(self, parts: int) -> tuple[int, ...]:
        return (USUAL, LONGER) if parts == USUAL + LONGER else (parts,)

    def _begun(self, state: int, part: int, row: Row) -> Trie:
        """Begin the row with that of a fragment that the state goes on with; the trie of the tokens that are left."""
        fragment = self.fragment(state) if part == USUAL else None
        if fragment is None:
            return self._tries[part]
        row[1:] |= fragment.row
        return fragment.rest

    def fragment(self, state: int) -> Fragment | None:
        """The largest standard fragment that the state goes on with. The caller holds the lock."""
        horizon = 0 if self._automaton.has_chains else -1
        for fragment in self._fragments:
            while (answer := goes_on(self._automaton.tables, fragment.targets, self._pairs, state, horizon)) < 0:
                self._automaton.grow()
            if answer:
                return fragment
        return None

    def _walk(self, state: int, trie: Trie, row: Row) -> None:
        automaton, place, walk = self._automaton, 0, (trie.nodes, self._stack, row)
        self._stack[0] = state * automaton.class_count
        while (place := allow_all(automaton.tables, walk, place)) < len(trie.nodes):
            automaton.grow()

    def _finish(self, state: int, trie: Trie, exits: Exits, row: Row) -> None:
        automaton, place, walk = self._automaton, 0, (trie.nodes, self._stack, row)
        while (place := finish(automaton.tables, walk, exits, (state, place))) < len(exits):
            automaton.grow()

    def _shape_of(self, state: int, parts: int) -> _Shape | None:
        """What is known of the state's signature; None if it has none."""
        automaton = self._automaton
        while (found := signature(*automaton.tables, state)) < 0:
            automaton.grow()
        if found == state:
            return None
        known = self._shapes.get((parts, found))
        if known is None:
            if len(self._shapes) >= _SHAPES:
                self._shapes.clear()
            known = self._shapes[parts, found] = self._shape(found, parts)
        return known

    def _shape(self, state: int, parts: int) -> _Shape:
        """Walk a signature."""
        row, left = np.zeros(self._words + 1, np.uint32), []
        for part in self._named(parts):
            trie, noted = self._begun(state, part, row), np.zeros((_MOST_EXITS + 1, 2), np.int32)
            noted[0, 1] = _MOST_BELOW
            automaton, place, walk = self._automaton, 0, (trie.nodes, self._stack, row)
            self._stack[0] = state * automaton.class_count
            while (place := allow_signature(automaton.tables, walk, noted, place)) < len(trie.nodes):
                automaton.grow()
            count = int(noted[0, 0])
            if count < 0:
                return _Shape(row, None)
            if count:
                left.append((trie, noted[1 : count + 1].copy()))
        return _Shape(row, tuple(left))


def copy_duplicates(trie: Trie, row: Row) -> None:
    """Give every id that shares its bytes with another one the same bit."""
    if not len(trie.duplicates):
        return
    known, other = trie.duplicates.T
    allowed = row[known >> 5] >> (known & 31).astype(np.uint32) & 1
    np.bitwise_or.at(row, other >> 5, allowed << (other & 31).astype(np.uint32))
