"""What is found out of the network of an automaton: with which standard fragments its states go on."""

from __future__ import annotations

import numpy as np

from fsmgen.constraint._kernels import goes_on, largest
from fsmgen.grammar import States
from fsmgen.tokens import Fragment
from fsmgen.tokens.fragments import SPACED

_LEAST, _KNOWN, _PLACES = 2**10, 2**15, 2**11
"""Least and most room for what is known of pairs of a fragment's state and a place in the network, a quarter of it for one question, and
how many places of one state are looked at."""
OFTEN = 2
"""The number of the fragment that most texts go on with: the inside of a JSON string."""
_STATES = 16
"""For so many states of a fragment there is room, with each state of a small network."""


class Knowledge:
    """With which standard fragments the states of an automaton go on; keeps what was found out of its network."""

    def __init__(self, automaton: States, fragments: tuple[Fragment, ...]) -> None:
        self._automaton, self._last = automaton, len(fragments) - 1
        network = automaton.network
        size = _KNOWN if network.open else min(_KNOWN, max(_LEAST, 1 << (_STATES * int(network.states)).bit_length()))
        known, pairs, places = np.zeros((size + 1, 4), np.int32), np.empty((size // 4, 3), np.int32), np.empty((_PLACES, 2), np.int32)
        ascending = [fragment.spans for fragment in reversed(fragments)]
        self._parts = np.concatenate([np.zeros((0, 4), np.int32), *ascending]), known, pairs, places
        self._spaced = len(fragments) - SPACED
        self._heads = np.cumsum([0, *map(len, ascending)]).astype(np.int32)

    def largest(self, state: int, other: int, horizon: int) -> tuple[int, bool]:
        """The number of the largest fragment that a state is found to go on with, -1 for none; and whether another state does too.

        Of texts of the horizon's length only, if it is not -1. The caller holds the lock.
        """
        if self._last < 0:
            return -1, True
        frame = (*self._parts, (horizon, self._last - OFTEN))
        number, both = largest(self._automaton.tables, frame, self._heads, (state, other, self._spaced))
        return (-1 if number < 0 else self._last - number), both

    def number(self, state: int, horizon: int) -> int:
        """The same of one state."""
        return self.largest(state, state, horizon)[0]

    def of(self, state: int, number: int, horizon: int) -> bool:
        """Whether the state is found to go on with any text of the fragment, or any of the horizon's length. The caller holds the lock."""
        frame = (*self._parts, (horizon, 0))
        return bool(goes_on(self._automaton.tables, frame, self._heads, (self._last - number, state)))
