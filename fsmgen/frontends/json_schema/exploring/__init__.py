"""The product of languages whose automata are written out, in a kernel: what `machines` asks most.

Each language is written out once, over the classes of characters that it tells apart itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata import DEAD
from fsmgen.automata.alphabet import Alphabet
from fsmgen.errors import LimitReached
from fsmgen.frontends.json_schema.atoms import FULL, Atom
from fsmgen.frontends.json_schema.conditions import Condition
from fsmgen.frontends.json_schema.exploring._kernels import NO_ROOM, Ints, explore

TABLE_LIMIT = 200_000
"""Moves of an automaton that is written out; a larger one is walked as it is needed."""
ROOM = 250
"""States that there is room for at first."""


@dataclass(frozen=True, slots=True, eq=False)
class Tabled:
    """A language with its automaton written out.

    Attributes:
        alphabet: its classes of characters.
        table: int32[S, C + 1], the state after a character of each class, and whether a text may end there.
        start: the start state.
    """

    alphabet: Alphabet
    table: Ints
    start: int


@lru_cache(maxsize=256)
def tabled(atom: Atom) -> Tabled | None:
    """The automaton of a language; None if it has too many moves."""
    left = TABLE_LIMIT

    def spend(work: int) -> None:
        nonlocal left
        left -= work
        if left < 0:
            raise LimitReached("the moves of an automaton that is written out", limit=TABLE_LIMIT, reached=TABLE_LIMIT - left)

    try:
        alphabet = Alphabet(atom.sets())
        walk = atom.walk(alphabet, spend)
        classes = alphabet.everything.bit_length()
        numbers = dict.fromkeys([DEAD, FULL, walk.start])
        rows: list[list[int]] = []
        for state in (states := list(numbers)):  # grows while it runs
            spend(classes)
            row = [state] * classes if state in (DEAD, FULL) else walk.row(state)
            states += [target for target in dict.fromkeys(row) if target not in numbers]
            numbers |= dict.fromkeys(row)
            rows.append([*row, state == FULL or (state != DEAD and walk.accepts(state))])
    except LimitReached:
        return None
    table, places = np.array(rows, np.int32), np.zeros(1 + max(states), np.int32)
    places[states] = np.arange(len(states))
    table[:, :-1] = places[table[:, :-1]]
    return Tabled(alphabet, table, int(places[walk.start]))


class Exploration:
    """The product of languages under a condition.

    Attributes:
        alphabet: the classes of characters that the languages tell apart.
    """

    def __init__(self, languages: Sequence[Tabled], alphabet: Alphabet, condition: Condition) -> None:
        self.alphabet = alphabet
        sizes = [language.table.size for language in languages]
        places = np.cumsum([0, *sizes[:-1]])
        self._tables = np.concatenate([language.table.reshape(-1) for language in languages])
        self._languages = np.array(
            [(place, part.table.shape[1], part.start, 0) for place, part in zip(places, languages, strict=True)], np.int32
        )
        examples = alphabet.examples()
        self._classes = np.array([[language.alphabet.number(code) for code in examples] for language in languages], np.int32)
        self._condition = np.array(condition, np.int32)

    def has_text(self, most: int) -> bool | None:
        """Whether a text meets the condition; None if that takes more states than `most`."""
        found = self._explored(most, until=True)[0]
        return None if found == NO_ROOM else bool(found)

    def rows(self, most: int) -> tuple[Ints, NDArray[np.bool_], int] | None:
        """The table, int32[S, C], the accepting states, bool[S], and the start; None if there are more states than `most`."""
        count, rows, start = self._explored(most, until=False)
        return None if count == NO_ROOM else (rows[:count, :-1], rows[:count, -1] == 1, start)

    def _explored(self, most: int, *, until: bool) -> tuple[int, Ints, int]:
        size, width = self._classes.shape
        scratch = np.empty(2 * size + len(self._condition) + 1, np.int32)
        room = min(ROOM, most)
        while True:
            rows, tuples = np.empty((room + 2, width + 1), np.int32), 4 * room
            states, fates = np.empty((tuples, size), np.int32), np.empty(2 * tuples, np.int32)
            slots = np.full(1 << (2 * tuples).bit_length(), -1, np.int32)
            found = explore(self._tables, self._languages, self._classes, self._condition, rows, states, fates, slots, scratch, int(until))
            if found != NO_ROOM or room >= most:
                return found, rows, int(fates[0]) if found != NO_ROOM else DEAD
            room = min(4 * room, most)
