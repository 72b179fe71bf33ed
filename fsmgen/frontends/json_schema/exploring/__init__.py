"""The product of languages whose automata are written out, in a kernel: what `machines` asks most.

Each language is written out once, over the classes of characters that it tells apart itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata import DEAD
from fsmgen.automata.alphabet import Alphabet
from fsmgen.errors import LimitReached
from fsmgen.frontends.json_schema.atoms import FULL, Atom, own_walk
from fsmgen.frontends.json_schema.conditions import Condition
from fsmgen.frontends.json_schema.exploring._kernels import NO_ROOM, Ints, explore, group_moves

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


@lru_cache(maxsize=96)
def tabled(atom: Atom) -> Tabled | None:
    """The automaton of a language; None if it has too many moves."""
    left = TABLE_LIMIT

    def spend(work: int) -> None:
        nonlocal left
        left -= work
        if left < 0:
            raise LimitReached("the moves of an automaton that is written out", limit=TABLE_LIMIT, reached=TABLE_LIMIT - left)

    alphabet, walk = own_walk(atom)
    usual, walk.spend = walk.spend, spend
    try:
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
    finally:
        walk.spend = usual
    table, places = np.array(rows, np.int32), np.zeros(1 + max(states), np.int32)
    places[states] = np.arange(len(states))
    table[:, :-1] = places[table[:, :-1]]
    return Tabled(alphabet, table, int(places[walk.start]))


def moves(table: Ints) -> Iterator[tuple[int, int, int]]:
    """(source, target, labels as bits) of the moves of an automaton but for those to state 0, by source."""
    if table.shape[1] > _BITS:
        for state, row in enumerate(table.tolist()):
            masks: dict[int, int] = {}
            for label, target in enumerate(row if state != DEAD else ()):
                masks[target] = masks.get(target, 0) | 1 << label
            yield from ((state, target, mask) for target, mask in masks.items() if target != DEAD)
        return
    rows = np.empty((table.size, 3), np.int64)
    yield from map(tuple, rows[: group_moves(table, rows)].tolist())


_BITS = 63


@lru_cache(maxsize=16)
def product(atoms: tuple[Atom, ...]) -> Exploration | None:
    """The product of languages that are all written out; None if one has too many moves."""
    languages = [tabled(atom) for atom in atoms]
    if None in languages:
        return None
    return Exploration([language for language in languages if language is not None], alphabet_of(atoms))


def alphabet_of(atoms: Iterable[Atom]) -> Alphabet:
    """The classes of characters that some languages tell apart."""
    return Alphabet(ranges for atom in atoms for ranges in atom.sets())


class Exploration:
    """The product of languages.

    Attributes:
        alphabet: the classes of characters that they tell apart.
    """

    def __init__(self, languages: Sequence[Tabled], alphabet: Alphabet) -> None:
        self.alphabet = alphabet
        sizes = [language.table.size for language in languages]
        places = np.cumsum([0, *sizes[:-1]])
        self._tables = np.concatenate([language.table.reshape(-1) for language in languages])
        self._languages = np.array(
            [(place, part.table.shape[1], part.start) for place, part in zip(places, languages, strict=True)], np.int32
        )
        examples = alphabet.examples()
        self._classes = np.array([[language.alphabet.number(code) for code in examples] for language in languages], np.int32)

    def has_text(self, condition: Condition, most: int) -> bool | None:
        """Whether a text meets a condition; None if that takes more states than `most`."""
        found = self._explored(condition, most, until=True)[0]
        return None if found == NO_ROOM else bool(found)

    def rows(self, condition: Condition, most: int) -> tuple[Ints, NDArray[np.bool_], int] | None:
        """The automaton of the texts that meet a condition; None if it has more states than `most`.

        Returns:
            Its table, int32[S, C], the accepting states, bool[S], and the start.
        """
        count, rows, start = self._explored(condition, most, until=False)
        return None if count == NO_ROOM else (rows[:count, :-1], rows[:count, -1] == 1, start)

    def _explored(self, condition: Condition, most: int, *, until: bool) -> tuple[int, Ints, int]:
        (size, width), steps = self._classes.shape, np.array(condition, np.int32)
        scratch = np.empty(2 * size + len(steps) + 1, np.int32)
        room = min(ROOM, most)
        while True:
            rows, tuples = np.empty((room + 2, width + 1), np.int32), 4 * room
            states, fates = np.empty((tuples, size), np.int32), np.empty(2 * tuples, np.int32)
            slots = np.full(1 << (2 * tuples).bit_length(), -1, np.int32)
            found = explore(self._tables, self._languages, self._classes, steps, rows, states, fates, slots, scratch, int(until))
            if found != NO_ROOM or room >= most:
                return found, rows, int(fates[0]) if found != NO_ROOM else DEAD
            room = min(4 * room, most)
