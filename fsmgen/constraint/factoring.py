"""Rows of states of many items, from rows of their items.

Where a grammar has names that are no keywords, its states have one item that reads on in a name, and a dozen others that say what may come
after it. Together they make new states at every letter, and at every depth; one by one they are the states of the network, of which there
are few. So for each of them is kept what it allows, and at which nodes of the trie it matters to what context it returns.

The tokens behind the bytes that stand before words, a space first of all, are sections with rows of their own: a state's row for one is
that of the items of the state behind the byte.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata import DEAD
from fsmgen.constraint._kernels import WALK_ROOM
from fsmgen.constraint.joining import FULL, NO_ROOM, WANTED, join, walk_item
from fsmgen.constraint.knowledge import Knowledge
from fsmgen.errors import TableFull
from fsmgen.grammar import States
from fsmgen.grammar.parting import opaque_state
from fsmgen.tokens import Vocabulary
from fsmgen.tokens.bitmask import Row
from fsmgen.tokens.sections import LETTERS, Sections

Ints: TypeAlias = NDArray[np.int32]

_LARGE = 60
"""States of an automaton without calls whose items are worth it."""
_FEW_BEGINNINGS = 4
"""So many items of them may be walked before they are asked for."""
_ROOMY = 4096
"""States for which tables have room that may be filled beforehand."""
_MOST_PLACES = 200_000
"""States of a network, beyond which tables of them would be too large."""
_MANY_ITEMS = 3
"""Items of a state that is worth it."""
_CALLING, _TEXT = 1, 2
_MOST_LABELS = 128
"""So many labels are read within a text."""
_MOST_EXITS = 2_000
"""Nodes at which the context of an item matters; with more of them it is walked each time."""
_ROOM = (1 << 12, 1 << 15, 64, 1 << 13)
"""Entries, words, rows and nodes for which there is room at first: what is not written to costs nothing, and to make more room does."""
_MOST = (1 << 17, 1 << 21, 1 << 9, 1 << 21)
"""And for how many at most: then all is forgotten."""


class Factored:
    """The rows of an automaton's states from those of their items. Its callers hold the automaton's lock.

    Not where repeats are counted: there states that differ in a count share their rows, which is less work still. And not where rules are
    made later, so that nobody knows yet what may follow.

    Attributes:
        possible: whether there are states for which it is worth it.
    """

    def __init__(self, automaton: States, vocabulary: Vocabulary) -> None:
        self._automaton, self._vocabulary = automaton, vocabulary
        nested = automaton.has_calls and not automaton.has_chains and not automaton.network.open
        self.possible = nested and automaton.network.states <= _MOST_PLACES and bool((automaton.composition.sizes >= _LARGE).any())
        self._kinds = _kinds(automaton) if self.possible else np.zeros(0, np.int8)
        self._parts: list[_Part] = []

    def load(self) -> None:
        """Call the kernels with nothing to do."""
        if self.possible:
            for part in self._all_parts():
                part.load()

    def worth(self, state: int) -> bool:
        """Whether the state has so many items that they are less work one by one, or has some before calls, and soon many.

        Not where it goes on with any text, which is known beforehand.
        """
        if not self.possible:
            return False
        pools = self._automaton.pools
        kinds = self._kinds[pools.items[pools.state_head.item(state) : pools.state_head.item(state + 1), 0]]
        return bool((len(kinds) >= _MANY_ITEMS or kinds[0] == _CALLING) and kinds.max() < _TEXT)

    def allow(self, state: int, parts: tuple[int, ...], row: Row) -> None:
        """Set the bits of the tokens of some parts, numbers from 0 on, that lead from the state to a live one.

        Args:
            row: uint32[W + 1], the first word void.
        """
        known = self._all_parts()
        for part in parts:
            known[part].allow(state, row)

    def _all_parts(self) -> list[_Part]:
        if not self._parts:
            knowledge = Knowledge(self._automaton, (LETTERS,))
            self._parts = [_Part(self._automaton, sections, knowledge) for sections in self._vocabulary.sections]
        return self._parts


def _kinds(automaton: States) -> NDArray[np.int8]:
    """Of each state of the network, whether its automaton calls rules, and whether it goes on with most labels, so that it is in a text."""
    net = automaton.network_tables
    read = np.concatenate([[0], np.cumsum(net.edges[:, 1] - net.edges[:, 0] + 1)])[net.edge_head]
    kinds = np.where(automaton.composition.sizes == 0, _CALLING, 0).astype(np.int8)
    kinds[:-1][np.diff(read)[: len(kinds) - 1] >= _MOST_LABELS] = _TEXT
    return kinds


class _Part:
    """What is known of items for some tokens."""

    def __init__(self, automaton: States, sections: Sections, knowledge: Knowledge) -> None:
        self._automaton, self._sections, self._knowledge = automaton, sections, knowledge
        made, whole, rests = automaton.composition, sections.all, sections.rests
        about = made.groups, made.sizes, made.follows, _LARGE, sections.heads, sections.places
        self._plan, self._rest_plan = (whole.sections, whole.ranges, *about), (rests.sections, rests.ranges, *about)
        self._words = sections.words.shape[1]
        self._tries = whole.blocks, rests.blocks, np.zeros(WALK_ROOM, np.int32)
        self._scratch, self._exits = np.zeros(self._words, np.uint32), np.zeros((_MOST_EXITS + 1, 2), np.int32)
        self._room: tuple[int, ...] = _ROOM
        self._known = self._nothing()

    def _nothing(self) -> tuple[Ints, Ints, NDArray[np.uint32], NDArray[np.uint32], Ints, Ints]:
        """Nothing known, and room."""
        entries, pairs, rows, nodes = self._room
        index = np.zeros((len(self._sections.all.sections), len(self._automaton.composition.groups)), np.int32)
        return (
            index, np.empty((entries, 5), np.int32), np.empty((pairs, 2), np.uint32), np.empty((rows, self._words), np.uint32),
            np.empty(nodes, np.int32), np.zeros(5, np.int32),
        )  # fmt: skip

    def load(self) -> None:
        """Call the kernels with nothing to do."""
        tables, walks = self._automaton.tables, (*self._tries, self._scratch, self._scratch, self._exits)
        join(tables, walks, self._known, self._plan, (DEAD, len(self._plan[0])))
        walk_item(tables, walks, self._known, self._rest_plan, (0, 0, DEAD, 0))
        self._knowledge.of(DEAD, 0, -1)
        self._begin()

    def _begin(self) -> None:
        """Walk the items with which large automata begin, if those are few: a text with names needs them, and they take longest.

        Not where tables may be small: what is built beforehand would take the room of what is asked for.
        """
        roomy = len(self._automaton.pools.transitions) >= _ROOMY
        with suppress(TableFull):
            for item in items if roomy and len(items := self._beginnings()) <= _FEW_BEGINNINGS else ():
                for section in range(len(self._plan[0])):
                    while not self._known[0][section, item] and self._walk(section, item) == FULL:
                        self._enlarge(forget=False)

    def _beginnings(self) -> list[int]:
        """The items with which the rules of large automata begin."""
        net, sizes = self._automaton.network_tables, self._plan[3]
        starts = net.start[net.start > 0]
        large = starts[sizes[net.close[net.close_head[starts]]] >= _LARGE].tolist()
        return sorted({item for start in large for item in net.close[net.close_head[start] : net.close_head[start + 1]].tolist()})

    def allow(self, state: int, row: Row) -> None:
        """Set the bits of the tokens that lead from the state to a live one."""
        automaton, place, forget, walks = self._automaton, 0, True, (*self._tries, row, self._scratch, self._exits)
        while (place := join(automaton.tables, walks, self._known, self._plan, (state, place))) < len(self._plan[0]):
            if place >= 0:
                automaton.grow()
                continue
            place = -1 - place
            wanted = int(self._known[5][WANTED])
            if not wanted or self._walk(place, wanted) == FULL:
                forget = not self._enlarge(forget=forget) and forget  # twice for one row would be without end

    def _walk(self, section: int, item: int) -> int:
        """Walk an item of a large automaton: where it goes on with any letters, only the tokens that are no words."""
        automaton, (blocks, rests, stack), words = self._automaton, self._tries, self._sections.words[section]
        self._known[5][WANTED] = 0
        state = self._opaque(item)
        begun, plan, walked, shift = np.zeros_like(words), self._plan, blocks, 0
        if state and self._knowledge.of(state, 0, -1):
            begun, plan, walked, shift = words, self._rest_plan, rests, len(blocks)
        while True:
            walks = (blocks, walked, stack, begun.copy(), self._scratch, self._exits)
            found: int = walk_item(automaton.tables, walks, self._known, plan, (section, item, state, shift))
            if found != NO_ROOM:
                return found
            automaton.grow()

    def _opaque(self, item: int) -> int:
        """The state of an item with a hole in the place of its context; 0 where there can be no more such holes."""
        automaton, (_, _, groups, _, follows, *_) = self._automaton, self._plan
        while (state := opaque_state(*automaton.tables, follows[groups[item]], item)) < 0:
            automaton.grow()
        return int(state)

    def _enlarge(self, *, forget: bool) -> bool:
        """Twice the room for what is known; or all of it forgotten, if that would be too much and may be: whether it was."""
        known, room = self._known, tuple(2 * each for each in self._room)
        if forget and any(each > most for each, most in zip(room, _MOST, strict=True)):
            self._known = self._nothing()
            return True
        self._room = room
        self._known = self._nothing()
        for new, old in zip(self._known, known, strict=True):
            new[: len(old)] = old
        return False
