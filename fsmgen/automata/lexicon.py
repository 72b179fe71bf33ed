"""`Lexicon`: the words of a small regular language, counted, in order, and at random.

    >>> from fsmgen.automata import Dfa
    >>> from fsmgen.frontends import regex
    >>> lexicon = Lexicon(Dfa.of(regex("(a|b){1,3}c?").grammar.automaton("example")))
    >>> lexicon.count(), list(lexicon.counts()), lexicon.longest()
    (28, [0, 2, 6, 12, 8], (97, 97, 97, 99))
    >>> [bytes(word).decode() for word in lexicon.words()][:6]
    ['a', 'b', 'aa', 'ab', 'ac', 'ba']

Words are sequences of labels: bytes, and named symbols from 256 on. Lengths count labels, so `é` has two. When not to use it: a
language with recursive rules, or with more states than a table should have, has no `Dfa`; `fsmgen.automata.words` draws from it lazily.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata.dfa import Dfa
from fsmgen.automata.paths import Paths
from fsmgen.automata.words import Labels


class Lexicon:
    """The words of an explicit automaton."""

    def __init__(self, dfa: Dfa) -> None:
        self.dfa = dfa
        self._ends = [np.packbits(dfa.accepting)]
        self._last_end = dfa.accepting

    @cached_property
    def paths(self) -> Paths:
        """The automaton's states and how many labels lead from one to the other."""
        return self.dfa.paths()

    @property
    def empty(self) -> bool:
        """Whether there is no word."""
        return self.paths.shortest is None

    @property
    def finite(self) -> bool:
        """Whether there are finitely many words."""
        return self.paths.finite

    def count(self, *, max_length: int | None = None) -> int | None:
        """How many words there are, of at most `max_length` labels if that is given; None if there are infinitely many."""
        return self.paths.count(max_length=max_length)

    def counts(self) -> Iterator[int]:
        """How many words have 0, 1, 2, ... labels; ends after the longest word, and never for an infinite language."""
        return self.paths.counts()

    def shortest(self) -> Labels | None:
        """A shortest word, the first such in label order; None if there is no word."""
        return None if self.paths.shortest is None else self._nearest(self.paths.distances)

    def longest(self) -> Labels | None:
        """A longest word, the first such in label order; None if there is no word, or no longest one."""
        return None if self.paths.longest is None else self._nearest(self.paths.heights)

    def words(self) -> Iterator[Labels]:
        """Every word once, in length-lexicographic order: shorter ones first, those of one length in label order.

        Cost: for each length one pass over the table, which is kept as S bits; then a few steps for each word.
        """
        longest, length = self.paths.longest, self.paths.shortest
        while length is not None and (longest is None or length <= longest):
            yield from self._words_of_length(length)
            length += 1

    def draw(self, generator: random.Random, *, max_length: int | None = None) -> Labels:
        """A word, each word equally probable.

        Args:
            max_length: only words of at most that many labels; needed where the language is infinite.

        Raises:
            InputError: there is no word.
            InvalidOption: `max_length` is missing, or no word is that short.
        """
        states = self.paths.draw(generator, max_length=max_length)
        return tuple(generator.choice(self._labels(a, b)) for a, b in pairwise(states))

    def _targets(self, state: int) -> NDArray[np.int32]:
        """int32[L], the next state by label."""
        targets: NDArray[np.int32] = self.dfa.transitions[state, self.dfa.classes]
        return targets

    def _labels(self, source: int, target: int) -> list[int]:
        labels: list[int] = np.flatnonzero(self._targets(source) == target).tolist()
        return labels

    def _nearest(self, measure: list[int]) -> Labels:
        """The word along which the measure falls by one at each label, the lowest label first."""
        state, word = self.dfa.start, []
        for left in range(measure[state] - 1, -1, -1):
            label, state = next((label, t) for label, t in enumerate(self._targets(state).tolist()) if measure[t] == left)
            word.append(label)
        return tuple(word)

    def _words_of_length(self, length: int) -> Iterator[Labels]:
        if length == 0:
            yield from [()] if self.dfa.accepting[self.dfa.start] else []
            return
        word = [0] * length
        stack = [self._ways(self.dfa.start, length - 1)]
        while stack:
            depth = len(stack)
            way = next(stack[-1], None)
            if way is None:
                stack.pop()
                continue
            word[depth - 1] = way[0]
            if depth == length:
                yield tuple(word)
            else:
                stack.append(self._ways(way[1], length - depth - 1))

    def _ways(self, state: int, left: int) -> Iterator[tuple[int, int]]:
        """(label, next state), in label order, where a word can end after exactly `left` more labels."""
        targets = self._targets(state)
        labels = np.flatnonzero(self._can_end(targets, left))
        return zip(labels.tolist(), targets[labels].tolist(), strict=True)

    def _can_end(self, states: NDArray[np.int32], left: int) -> NDArray[np.bool_]:
        """Whether a word ends after exactly `left` labels from each state."""
        while len(self._ends) <= left:
            self._last_end = np.any(self._last_end[self.dfa.transitions], axis=1)
            self._ends.append(np.packbits(self._last_end))
        bits: NDArray[np.bool_] = (self._ends[left][states >> 3] >> (7 - (states & 7)) & 1).astype(np.bool_)
        return bits
