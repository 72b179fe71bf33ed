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
from fsmgen.constraint._kernels import AT, WALK_ROOM, allow_all, finish, goes_on
from fsmgen.grammar import States
from fsmgen.grammar.signatures import signature
from fsmgen.tokens import Fragment, Trie, Vocabulary
from fsmgen.tokens.trie import build_trie

Row: TypeAlias = NDArray[np.uint32]
Exits: TypeAlias = NDArray[np.int32]

USUAL, LONGER = 1, 2
"""The parts of a vocabulary's trie, to be added; states are compared for each of them at a horizon of its own."""
_LEAST, _KNOWN, _PLACES = 2**10, 2**15, 2**11
"""Least and most room for what is known of pairs of a fragment's state and a place in the network, a quarter of it for one question, and
how many places of one state are looked at."""
_OFTEN = 3
"""The place of the fragment that most texts go on with, from the smallest one on: the inside of a JSON string."""
_INNER = 16
"""No fragment has so many states."""
_WORTH_A_FRAGMENT = 10_000
"""A trie of fewer nodes is walked whole."""
_MOST_EXITS, _MOST_BELOW = 2_000, 6_000
"""Exits of a signature, and nodes below them, with which it is of use."""
_SHAPES = 1_000
"""Signatures whose rows are kept."""
_NO_NODES = build_trie([]).blocks
_NO_TEXT = Fragment("no text", np.full((1, 256), -1, np.int32), np.zeros((0, 4), np.int32), (), ())


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a signature says of every state that has it.

    Attributes:
        row: uint32[W + 1], the tokens that are allowed whatever the contexts are, from the second word on.
        exits: a trie and int32[E + 1, 2], (node, hole) from the second row on: below which nodes contexts matter. None where that is too
            much to be of use.
    """

    row: Row
    exits: tuple[tuple[Trie, Exits], ...] | None


_USELESS = _Shape(np.zeros(0, np.uint32), None)
"""Of a signature that does not go on with the fragment that its states go on with."""


class Filler:
    """The rows of an automaton's states over a vocabulary, built anew at each call; keeps what states have in common."""

    def __init__(self, automaton: States, vocabulary: Vocabulary) -> None:
        self._automaton, self._lock, self._words = automaton, automaton.lock, -(-vocabulary.size // 32)
        self._tries = dict(zip((USUAL, LONGER), vocabulary.tries, strict=True))
        large = sum(len(trie.nodes) for trie in self._tries.values()) >= _WORTH_A_FRAGMENT
        self._known = Knowledge(automaton, vocabulary.fragments if large else ())
        self._stack, self._exits = np.zeros(WALK_ROOM, np.int32), np.zeros((_MOST_EXITS + 1, 2), np.int32)
        self._shapes: dict[tuple[int, int], _Shape] = {}
        self._nested = automaton.has_calls
        self._load()

    def _load(self) -> None:
        """Call the kernels with nothing to do: to load one takes ten milliseconds, part of the first compilation, not of a mask."""
        tables, walk = self._automaton.tables, (_NO_NODES, self._stack, np.zeros(1, np.uint32))
        self._stack[AT] = -1
        with self._lock:
            signature(*tables, DEAD)
            allow_all(tables, walk, self._exits)
            finish(tables, walk, self._exits[:1], (DEAD, 1))
            self._known.of(DEAD, _NO_TEXT, -1)

    def row(self, state: int, parts: int) -> Row:
        """The row of the tokens of these parts that lead from the state to a live one; read-only if states of its signature share it."""
        with self._lock:
            shape = self._shape_of(state, parts) if self._nested else None
            if shape is None or shape.exits is None:
                row = np.zeros(self._words + 1, np.uint32)
                for trie in self._begun(self.fragment(state, parts), parts, row):
                    self._walk(state, trie, row)
            elif not shape.exits:
                return shape.row[1:]
            else:
                row = shape.row.copy()
                for trie, exits in shape.exits:
                    self._finish(state, trie, exits, row)
        self._copy_duplicates(parts, row)
        return row[1:]

    def _copy_duplicates(self, parts: int, row: Row) -> None:
        for part in self._named(parts):
            copy_duplicates(self._tries[part], row[1:])

    def _named(self, parts: int) -> tuple[int, ...]:
        return (USUAL, LONGER) if parts == USUAL + LONGER else (parts,)

    def _begun(self, fragment: Fragment | None, parts: int, row: Row) -> list[Trie]:
        """Begin the row with that of a fragment; the tries of the tokens that are left."""
        if fragment is None:
            return [self._tries[part] for part in self._named(parts)]
        for part in self._named(parts):
            row[1:] |= fragment.rows[part - 1]
        return [fragment.rests[part - 1] for part in self._named(parts)]

    def fragment(self, state: int, parts: int) -> Fragment | None:
        """The largest standard fragment that the state is found to go on with. The caller holds the lock."""
        return self._known.fragment(state, self._horizon(parts))

    def _horizon(self, parts: int) -> int:
        """At which horizon texts are as long as tokens; -1 where nothing is counted, and that makes no difference."""
        return (0 if parts == USUAL else 1) if self._automaton.has_chains else -1

    def _walk(self, state: int, trie: Trie, row: Row) -> None:
        """Walk a trie; what is noted of a signature's exits is in `_exits`."""
        automaton, walk = self._automaton, (trie.blocks, self._stack, row)
        self._stack[0], self._stack[AT] = state * automaton.class_count, -1
        while not allow_all(automaton.tables, walk, self._exits):
            automaton.grow()

    def _finish(self, state: int, trie: Trie, exits: Exits, row: Row) -> None:
        automaton, place, walk = self._automaton, 1, (trie.blocks, self._stack, row)
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
            fragment = self.fragment(state, parts)
            alike = fragment is None or self._known.of(found, fragment, self._horizon(parts))
            known = self._shapes[parts, found] = self._shape(found, fragment, parts) if alike else _USELESS
        return known

    def _shape(self, state: int, fragment: Fragment | None, parts: int) -> _Shape:
        """Walk a signature."""
        row, left = np.zeros(self._words + 1, np.uint32), []
        for trie in self._begun(fragment, parts, row):
            self._exits[0] = 0, _MOST_BELOW
            self._walk(state, trie, row)
            count = int(self._exits[0, 0])
            if count < 0:
                return _USELESS
            if count:
                left.append((trie, self._exits[: count + 1].copy()))
        if not left:
            self._copy_duplicates(parts, row)
            row.setflags(write=False)
        return _Shape(row, tuple(left))


class Knowledge:
    """With which standard fragments the states of an automaton go on; keeps what was found out of its network."""

    def __init__(self, automaton: States, fragments: tuple[Fragment, ...]) -> None:
        self._automaton, self._ascending = automaton, fragments[::-1]
        network = automaton.network
        size = _KNOWN if network.open else min(_KNOWN, max(_LEAST, 1 << (_INNER * int(network.states)).bit_length()))
        self._known = np.zeros((size + 1, 4), np.int32)
        self._pairs, self._places = np.empty((size // 4, 3), np.int32), np.empty((_PLACES, 2), np.int32)
        self._shifts = {fragment.name: _INNER * number for number, fragment in enumerate(fragments)}

    def fragment(self, state: int, horizon: int) -> Fragment | None:
        """The largest fragment that the state is found to go on with. The caller holds the lock.

        Each fragment holds the next one: the smallest is asked about first, then the one that most states go on with that do with it.
        """
        ascending = self._ascending
        if not ascending or not self.of(state, ascending[0], horizon):
            return None
        at = _OFTEN if self.of(state, ascending[_OFTEN], horizon) else 0
        while at + 1 < (len(ascending) if at else _OFTEN) and self.of(state, ascending[at + 1], horizon):
            at += 1
        return ascending[at]

    def of(self, state: int, fragment: Fragment, horizon: int) -> bool:
        """Whether the state is found to go on with any text of the fragment, or any of the horizon's length. The caller holds the lock."""
        if self._known[-1, 0] > len(self._pairs):
            self._known[:] = 0
        shift = self._shifts.get(fragment.name, 0) + _INNER * len(self._shifts) * (horizon + 1)
        frame = (fragment.spans, self._known, self._pairs, self._places, (horizon, shift))
        return bool(goes_on(self._automaton.tables, frame, state))


def copy_duplicates(trie: Trie, row: Row) -> None:
    """Give every id that shares its bytes with another one the same bit."""
    if not len(trie.duplicates):
        return
    known, other = trie.duplicates.T
    allowed = row[known >> 5] >> (known & 31).astype(np.uint32) & 1
    np.bitwise_or.at(row, other >> 5, allowed << (other & 31).astype(np.uint32))
