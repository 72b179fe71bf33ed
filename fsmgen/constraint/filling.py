"""Rows of all tokens that lead from a state to a live one, with as little walking as there can be.

- Where a state goes on with any text of a standard fragment, its row begins with the fragment's, and only the other tokens are walked.
- Where it does so for some characters only, as near the last count of a repeat, tokens of no more characters are in its row, and the
  tokens that are no text of the fragment are walked (see `fsmgen.constraint.runs`).
- States that differ only in where they return to have one signature (see `fsmgen.grammar.signatures`). It is walked once: its row holds
  the tokens that are allowed whatever comes after the return, and its exits say below which nodes of the trie that matters. For a new
  state these few are walked. Where there are many, the state is walked as if it had no signature.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata import DEAD
from fsmgen.constraint._kernels import WALK_ROOM, after_token, alike, allow_all, finish
from fsmgen.constraint.factoring import Factored
from fsmgen.constraint.knowledge import OFTEN, Knowledge
from fsmgen.constraint.runs import Runs
from fsmgen.grammar import States
from fsmgen.grammar._kernels import rehash
from fsmgen.tokens import Fragment, Trie, Vocabulary
from fsmgen.tokens.bitmask import Row, mask_words
from fsmgen.tokens.trie import build_trie

Exits: TypeAlias = NDArray[np.int32]

USUAL, LONGER = 1, 2
"""The parts of a vocabulary's trie, to be added; states are compared for each of them at a horizon of its own."""
_WORTH_A_FRAGMENT = 10_000
"""A trie of fewer nodes is walked whole."""
_MOST_EXITS, _MOST_BELOW = 2_000, 6_000
"""Exits of a signature, and nodes below them, with which it is of use."""
_VAIN = 8
"""After so many signatures in a row that were of no use, only one in so many is tried."""
_SHAPES = 1_000
"""Signatures whose rows are kept."""
_NO_NODES = build_trie([]).blocks
_BEGINNINGS = 64
"""Beginnings of rows that are kept: seven or less for a vocabulary, and two times as many for its parts."""


@dataclass(frozen=True, slots=True, eq=False)
class _Beginning:
    """What a row begins with.

    Attributes:
        row: uint32[W + 1], the tokens that need no walk, from the second word on.
        tries: the blocks of the tries of all others, with one that is empty where there is one part only.
    """

    row: Row
    tries: tuple[NDArray[np.uint64], NDArray[np.uint64]]


@lru_cache(maxsize=_BEGINNINGS)
def _beginning(vocabulary: Vocabulary, number: int, parts: int) -> _Beginning:
    """For states that go on with a fragment, by its number, or with none (-1)."""
    row, named = np.zeros(mask_words(vocabulary.size) + 1, np.uint32), _named(parts)
    if number < 0:
        tries = [vocabulary.tries[part - 1].blocks for part in named]
    else:
        fragment = vocabulary.fragments[number]
        tries = [fragment.rests[part - 1].blocks for part in named]
        for part in named:
            row[1:] |= fragment.rows[part - 1]
    first, second = (*tries, _NO_NODES)[:2]
    return _Beginning(row, (first, second))


def _named(parts: int) -> tuple[int, ...]:
    return (USUAL, LONGER) if parts == USUAL + LONGER else (parts,)


class _Shape(NamedTuple):
    """What a signature says of every state that has it.

    Attributes:
        row: uint32[W + 1], the tokens that are allowed whatever the contexts are, from the second word on.
        tries: as in `_Beginning`.
        exits: int32[E + 1, 2], (node, hole) from the second row on: below which nodes contexts matter. None where that is too much to be
            of use.
    """

    row: Row
    tries: tuple[NDArray[np.uint64], NDArray[np.uint64]]
    exits: Exits | None


_NO_EXITS = np.zeros((1, 2), np.int32)
_USELESS = _Shape(np.zeros(0, np.uint32), (_NO_NODES, _NO_NODES), None)
"""Of a signature that does not go on with the fragment that its states go on with."""


class Filler:
    """The rows of an automaton's states over a vocabulary, built anew at each call; keeps what states have in common."""

    _loaded: ClassVar[set[tuple[bool, ...]]] = set()

    def __init__(self, automaton: States, vocabulary: Vocabulary) -> None:
        self._automaton, self._lock, self._vocabulary = automaton, automaton.lock, vocabulary
        large = sum(len(trie.nodes) for trie in vocabulary.tries) >= _WORTH_A_FRAGMENT
        self._known = Knowledge(automaton, vocabulary.fragments if large else ())
        self._stack, self._exits = np.zeros(WALK_ROOM, np.int32), np.zeros((_MOST_EXITS + 1, 2), np.int32)
        self._shapes: dict[tuple[int, int], _Shape] = {}
        self._begun: dict[tuple[int, int], _Beginning] = {}
        self._nested, self._copied = automaton.has_calls, any(len(trie.duplicates) for trie in vocabulary.tries)
        self._factored = Factored(automaton, vocabulary)
        self._factoring, self._asked = self._factored.possible, (DEAD, False)
        counted = large and automaton.has_chains
        self._in_vain = 0
        self._kind = large, counted, self._factored.possible
        self._runs = Runs(automaton, vocabulary.fragments if counted else (), vocabulary.usual_length)
        if counted:
            vocabulary.of_characters(0)  # what that needs is found out once for a vocabulary, and not for a mask
        self._load()

    def _load(self) -> None:
        """Call the kernels with nothing to do: to load one takes ten milliseconds, part of the first compilation, not of a mask."""
        if self._kind in Filler._loaded:
            return
        Filler._loaded.add(self._kind)
        tables, walks = self._automaton.tables, (_NO_NODES, _NO_NODES, self._stack, np.zeros(1, np.uint32))
        with self._lock:
            alike(*tables, (DEAD, False))
            allow_all(tables, walks, self._exits, (DEAD, 0))
            finish(tables, walks, self._exits[:1], (DEAD, 1))
            self._known.largest(DEAD, DEAD, -1)
            rehash(*tables)
            self._factored.load()
            self._runs.load()
            after_token(*tables, *self._vocabulary.spelled, (DEAD, 0))

    def alike(self, state: int, *, counted: bool = True) -> tuple[int, int, int]:
        """States that have a row in common with a state: for the longest tokens, for the usual ones, and its signature.

        Args:
            counted: whether counts that make no difference within a token may be told apart no more.
        """
        automaton, counted = self._automaton, counted and self._automaton.has_chains
        with self._lock:
            if self._factoring and not counted and self._is_factored(state):
                return state, state, state
            while min(found := alike(*automaton.tables, (state, counted))) < 0:
                automaton.grow()
        return found

    def row(self, state: int, parts: int, signature: int | None = None) -> Row:
        """The row of the tokens of these parts that lead from the state to a live one; read-only if states of its signature share it."""
        found = self.alike(state, counted=False)[2] if signature is None else signature
        with self._lock:
            factored = self._factoring and self._is_factored(state)
            shape = self._shape_of(state, found, parts) if self._nested and found != state and not factored else None
            if factored:
                row = np.zeros(mask_words(self._vocabulary.size) + 1, np.uint32)
                self._factored.allow(state, tuple(part - 1 for part in _named(parts)), row)
            elif shape is None or shape.exits is None:
                number = self._known.number(state, self._horizon(parts))
                begun = self._begin(state, number, parts)
                row = begun.row.copy()
                self._walk(state, begun.tries, row)
            elif shape.exits is _NO_EXITS:
                return shape.row[1:]
            else:
                row = shape.row.copy()
                self._finish(state, shape, row)
        if self._copied:
            self._copy_duplicates(parts, row)
        return row[1:]

    def _is_factored(self, state: int) -> bool:
        """Whether the row comes from those of the state's items."""
        if state != self._asked[0]:
            self._asked = state, self._factored.worth(state)
        return self._asked[1]

    def _beginning(self, number: int, parts: int) -> _Beginning:
        begun = self._begun.get((number, parts))
        if begun is None:
            begun = self._begun[number, parts] = _beginning(self._vocabulary, number, parts)
        return begun

    def _begin(self, state: int, number: int, parts: int) -> _Beginning:
        """The beginning of the row of a state that goes on with a fragment, or with none (-1), or a longer one that counts allow."""
        begun = self._beginning(number, parts)
        if not self._automaton.has_chains or not parts & USUAL or 0 <= number <= OFTEN:
            return begun
        found = self._runs.find(state, number if number >= 0 else None)
        if found is None:
            return begun
        (fragment, count), row = found, np.zeros_like(begun.row)
        np.bitwise_and(fragment.rows[0], self._vocabulary.of_characters(count), out=row[1:])
        longer = self._beginning(-1, LONGER).tries[0] if parts & LONGER else _NO_NODES
        return _Beginning(row, (fragment.rests[0].blocks, longer))

    def _copy_duplicates(self, parts: int, row: Row) -> None:
        for part in _named(parts):
            copy_duplicates(self._vocabulary.tries[part - 1], row[1:])

    def fragment(self, state: int, parts: int) -> Fragment | None:
        """The largest standard fragment that the state is found to go on with. The caller holds the lock."""
        number = self._known.number(state, self._horizon(parts))
        return None if number < 0 else self._vocabulary.fragments[number]

    def _horizon(self, parts: int) -> int:
        """At which horizon texts are as long as tokens; -1 where nothing is counted, and that makes no difference."""
        return (0 if parts == USUAL else 1) if self._automaton.has_chains else -1

    def _walk(self, state: int, tries: tuple[NDArray[np.uint64], NDArray[np.uint64]], row: Row) -> int:
        """Walk two tries: how many exits a signature has, which are in `_exits` then; -1 where there are too many."""
        automaton, walks, place = self._automaton, (*tries, self._stack, row), (state, _MOST_BELOW)
        while (count := allow_all(automaton.tables, walks, self._exits, place)) < -1:
            automaton.grow()
            place = (-1, 0)
        return count

    def _finish(self, state: int, shape: _Shape, row: Row) -> None:
        automaton, place, walks, exits = self._automaton, 1, (*shape.tries, self._stack, row), shape.exits
        assert exits is not None
        while (place := finish(automaton.tables, walks, exits, (state, place))) < len(exits):
            automaton.grow()

    def _shape_of(self, state: int, signature: int, parts: int) -> _Shape:
        """What is known of the state's signature."""
        known = self._shapes.get((parts, signature))
        if known is None:
            if self._in_vain >= _VAIN and self._in_vain % _VAIN:
                self._in_vain += 1
                return _USELESS
            if len(self._shapes) >= _SHAPES:
                self._shapes.clear()
            number, alike = self._known.largest(state, signature, self._horizon(parts))
            begun = self._begin(signature, number, parts)
            known = self._shapes[parts, signature] = self._shape(signature, begun, parts) if alike else _USELESS
            self._in_vain = self._in_vain + 1 if known.exits is None else 0
        return known

    def _shape(self, state: int, begun: _Beginning, parts: int) -> _Shape:
        """Walk a signature."""
        row = begun.row.copy()
        count = self._walk(state, begun.tries, row)
        if count < 0:
            return _USELESS
        if not count:
            if self._copied:
                self._copy_duplicates(parts, row)
            row.setflags(write=False)
        return _Shape(row, begun.tries, self._exits[: count + 1].copy() if count else _NO_EXITS)


def copy_duplicates(trie: Trie, row: Row) -> None:
    """Give every id that shares its bytes with another one the same bit."""
    if not len(trie.duplicates):
        return
    known, other = trie.duplicates.T
    allowed = row[known >> 5] >> (known & 31).astype(np.uint32) & 1
    np.bitwise_or.at(row, other >> 5, allowed << (other & 31).astype(np.uint32))
