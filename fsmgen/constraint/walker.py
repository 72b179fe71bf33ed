"""One automaton walked over one vocabulary: the tokens that a state allows, and the states that its tokens lead to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata import DEAD, NEVER
from fsmgen.constraint._kernels import Tables, Walk, after_token, allow_tokens, mark_targets
from fsmgen.constraint.filling import LONGER, USUAL, Filler, copy_duplicates
from fsmgen.grammar import States
from fsmgen.tokens import Trie, Vocabulary
from fsmgen.tokens.bitmask import Row

Distances: TypeAlias = NDArray[np.int32]

LABEL_DISTANCES: Distances = np.zeros(0, np.int32)
"""Stands for the automaton's own distances, which count labels."""


class Walker:
    """Token steps of an automaton; holds no state of its own but the tables that it grows in the automaton.

    Attributes:
        automaton: the language.
        vocabulary: the tokens.
        symbol_tokens: (token id, label) of each named symbol.
        filler: builds the rows of its states.
    """

    def __init__(self, automaton: States, vocabulary: Vocabulary, symbol_tokens: tuple[tuple[int, int], ...]) -> None:
        self.automaton, self.vocabulary, self.symbol_tokens = automaton, vocabulary, symbol_tokens
        self._labels = dict(symbol_tokens)
        self._tries, self._spelled, self._lock = vocabulary.tries, vocabulary.spelled, automaton.lock
        self.filler = Filler(automaton, vocabulary)
        self._longest = [int(token) for trie in self._tries for token in trie.long_tokens]
        automaton.set_horizons((vocabulary.usual_length, vocabulary.longest))

    @property
    def node_count(self) -> int:
        """Nodes of the trie: what one walk visits at most."""
        return sum(len(trie.nodes) for trie in self._tries)

    def after(self, state: int, token: int) -> int:
        """The state after a text token or a symbol's token; DEAD for other tokens and where the language has no such continuation."""
        if token in self._labels:
            return self.automaton.step(state, self._labels[token])
        automaton = self.automaton
        with self._lock:
            while (target := after_token(*automaton.tables, *self._spelled, (state, token))) < 0:
                automaton.grow()
        return target

    def allow(self, state: int, distances: Distances, limit: int, row: Row) -> int:
        """Set the bits of the tokens that lead from `state` to a state at most `limit` from acceptance; the end token is not among them.

        Args:
            distances: int32 by state, for all states that tokens reach from here; or LABEL_DISTANCES.

        Returns:
            How many tokens of the language the limit leaves out.
        """
        removed = sum(self.allow_part(part, state, distances, limit, row) for part in (USUAL, LONGER))
        return removed + self.allow_others(state, distances, limit, row)

    def allow_part(self, part: int, state: int, distances: Distances, limit: int, row: Row) -> int:
        """The same for one part of the packed tokens."""
        if limit >= NEVER - 1 and distances is LABEL_DISTANCES:
            row |= self.filler.row(state, part)
            return 0
        trie, found = self._tries[part - 1], np.zeros(32 * len(row) + 1, np.uint8)
        allowed = self._run(trie, state, found, lambda walk, tables, i: allow_tokens(walk, tables, distances, limit, i))
        allowed = allowed[1 : 32 * len(row) + 1]
        row |= np.packbits(allowed == 1, bitorder="little").view(np.uint32)
        copy_duplicates(trie, row)
        return int(np.count_nonzero(allowed == 2))

    def targets(self, state: int) -> list[int]:
        """All states to which one token leads from `state`, sorted; DEAD is not among them."""
        found = {self.after(state, token) for token in self._others()} - {DEAD}
        marks = np.zeros(0, np.uint8)
        for trie in self._tries:
            marks = self._run(trie, state, marks, mark_targets)
        found.update((np.flatnonzero(marks[1:].view(np.bool_)) + 1).tolist())  # in bytes numpy finds them ten times as slowly
        return sorted(found)

    def _run(self, trie: Trie, state: int, out: NDArray[np.uint8], kernel: Callable[[Walk, Tables, int], int]) -> NDArray[np.uint8]:
        """Run a walking kernel to its end, making room for states where it lacks some; `out`, made long enough to be indexed by state."""
        automaton, place = self.automaton, 0
        stack = np.zeros(trie.max_depth + 1, np.int32)
        stack[0] = state * automaton.class_count
        with automaton.lock:
            while True:
                if len(out) < len(automaton.pools.transitions):
                    known, out = out, np.zeros(len(automaton.pools.transitions), np.uint8)
                    out[: len(known)] = known
                place = kernel(Walk(trie.nodes, stack, out, automaton.class_count), automaton.tables, place)
                if place == len(trie.nodes):
                    return out
                automaton.grow()

    @property
    def has_others(self) -> bool:
        """Whether there are tokens that are not in the packed trie."""
        return bool(self._longest or self._labels)

    def _others(self) -> list[int]:
        return [*self._longest, *self._labels]

    def allow_others(self, state: int, distances: Distances, limit: int, row: Row) -> int:
        """The same for the tokens that are not in the packed trie: very long ones, and named symbols."""
        removed = 0
        for token in self._others():
            target = self.after(state, token)
            if target == DEAD:
                continue
            known = distances if len(distances) else self.automaton.pools.distances
            if known[target] <= limit:
                row[token >> 5] |= np.uint32(1 << (token & 31))
            else:
                removed += 1
        return removed

