"""How many characters of a standard fragment a state goes on with, where all of them lead the same way: what a count leaves room for.

Near the last count of a repeat its states differ within a token, and no row of another state is theirs. But if all characters of a
fragment lead from a state to one and the same state, and so on until none leads on, then the tokens inside of the fragment that are
allowed are those of as many characters at most, one that the token ends within included. So only other tokens need a walk.
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
            self._read(self._fragments[0].spans, DEAD)

    def find(self, state: int, before: int | None = None) -> tuple[Fragment, int] | None:
        """The largest fragment whose tokens are allowed up to a number of characters and no further, and that number; or None.

        The number is `most` if all of them are.

        Args:
            before: only fragments before the one of this number.
        """
        if not self._fragments or self.after(len(self._fragments) - 1, state) <= DEAD:
            return None
        for number, fragment in enumerate(self._fragments[:before]):
            count = self._count(number, state)
            if count is not None:
                return fragment, count
        return None

    def _count(self, number: int, state: int) -> int | None:
        for count in range(self._most):
            state = self.after(number, state)
            if state == DEAD:
                return count
            if state == MIXED:
                return None
        return self._most

    def after(self, number: int, state: int) -> int:
        """The state after any character of a fragment, by its number, DEAD if none leads on; MIXED if that differs."""
        if (number, state) not in self._after:
            if len(self._after) >= _KEPT:
                self._after.clear()
            self._after[number, state] = self._read(self._fragments[number].spans, state)
        return self._after[number, state]

    def _read(self, spans: NDArray[np.int32], state: int) -> int:
        while (found := int(after_character(self._automaton.tables, spans, self._pairs, state))) == NO_ROOM:
            self._automaton.grow()
        return found
