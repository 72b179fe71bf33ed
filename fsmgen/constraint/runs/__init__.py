"""How many characters of a standard fragment a state goes on with, where all of them lead the same way: what a count leaves room for.

Near the last count of a repeat its states differ within a token, and no row of another state is theirs. But if every character of a
fragment leads from a state to one and the same state, and so on until none leads on, then a token inside of the fragment is allowed if it
has no more characters than that, one that it ends within included. So only the tokens that are no such text need a walk.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata import DEAD
from fsmgen.constraint.runs._kernels import MIXED, NO_ROOM, after_character
from fsmgen.grammar import States
from fsmgen.tokens import Fragment

_KEPT = 20_000
"""States of which it is known what a character leads to."""
_PAIRS = 50
"""States between the bytes of a character, each with a state of the fragment."""


class Runs:
    """Answers for one automaton; keeps what was found out of its states. The caller holds the automaton's lock.

    Args:
        fragments: of which texts, the larger ones first.
        most: characters beyond which it does not matter how many there are.
    """

    def __init__(self, automaton: States, fragments: tuple[Fragment, ...], most: int) -> None:
        self._automaton, self._fragments, self._most = automaton, fragments, most
        self._after: dict[tuple[int, int], int] = {}
        self._pairs = np.empty((_PAIRS, 2), np.int32)

    def load(self) -> None:
        """Load the kernel."""
        if self._fragments:
            after_character(self._automaton.tables, self._fragments[0].spans, self._pairs, DEAD)

    def find(self, state: int) -> tuple[Fragment, int] | None:
        """The largest fragment all of whose characters lead the same way, and how many do, one after the other; None if there is none."""
        if not self._fragments or self._next(len(self._fragments) - 1, state) <= DEAD:
            return None
        for number, fragment in enumerate(self._fragments):
            count = self._count(number, state)
            if count is not None:
                return fragment, count
        return None

    def _count(self, number: int, state: int) -> int | None:
        for count in range(self._most):
            state = self._next(number, state)
            if state == MIXED:
                return None
            if state == DEAD:
                return count
        return self._most

    def _next(self, number: int, state: int) -> int:
        """The state after a character of a fragment, or MIXED."""
        if (number, state) not in self._after:
            if len(self._after) >= _KEPT:
                self._after.clear()
            self._after[number, state] = self._read(self._fragments[number].spans, state)
        return self._after[number, state]

    def _read(self, spans: NDArray[np.int32], state: int) -> int:
        while (found := int(after_character(self._automaton.tables, spans, self._pairs, state))) == NO_ROOM:
            self._automaton.grow()
        return found
