"""Rows of states of many items, from rows of their parts.

Where a grammar has names that are no keywords, its states have two parts: the item that reads on in a name, and a dozen others that say
what may come after it. The first is much the same wherever a name is read, and the others are the same all along one name. Together they
make new states at every letter; so each part has a row of its own, kept for all states that have it.

The tokens behind the bytes that stand before words, a space first of all, are sections with rows of their own: a state's row for one is
that of the state behind the byte, which many states share.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata import DEAD
from fsmgen.constraint._kernels import WALK_ROOM, allow_ranges, finish
from fsmgen.grammar import States
from fsmgen.grammar.parting import parted
from fsmgen.tokens.bitmask import Row, mask_words
from fsmgen.tokens.trie import build_trie

Blocks: TypeAlias = NDArray[np.uint64]
Exits: TypeAlias = NDArray[np.int32]

_SECTION, _CUT = 300, 50_000
"""Nodes below a byte that are worth a section, and of a trie that is worth cutting."""
_LARGE = 60
"""States of an automaton without calls that is a part of its own."""
_MANY_ITEMS = 3
"""Items of a state that is worth parting."""
_MOST_EXITS = 2_000
"""Exits of a part; with more of them it is walked each time."""
_PARTS = 1_000
"""Parts whose rows are kept."""
_BEFORE_WORDS = frozenset(range(128)) - frozenset(b"0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_NO_NODES = build_trie([]).blocks


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """Some nodes of a trie.

    Attributes:
        byte: what stands before them; -1 for nothing.
        word, bit: where in a row with a void word the byte's own token is; the void one if it is none.
        depth: of the first nodes.
        blocks: the trie's.
        ranges: int32[R, 2], where in the blocks they are.
    """

    byte: int
    word: int
    bit: np.uint32
    depth: int
    blocks: Blocks
    ranges: NDArray[np.int32]


def sections_of(blocks: Blocks) -> tuple[Section, ...]:
    """The sections of a trie, the one of all other tokens last."""
    at = begin = int(blocks[0] >> np.uint64(40)) + 1
    found, rest = [], []
    while at < len(blocks) and len(blocks) >= _CUT:
        node = int(blocks[at])
        after, byte = node >> 40, node & 255
        near = after > at
        first, last = (at + 1, after) if near else (after + 1, int(blocks[after]) >> 40)
        below = last - first if near else int(blocks[after]) >> 16 & 0xFFFFFF
        following = after if near else at + 1
        if byte in _BEFORE_WORDS and below >= _SECTION:
            token = (node >> 16 & 0xFFFFFF) + 31
            found.append(Section(byte, token >> 5, np.uint32(1 << (token & 31)), 1, blocks, np.array([(first, last)], np.int32)))
            rest.append((begin, at))
            begin = following
        at = following
    ranges = [pair for pair in [*rest, (begin, len(blocks))] if pair[0] < pair[1]]
    return *found, Section(-1, 0, np.uint32(0), 0, blocks, np.array(ranges, np.int32).reshape(-1, 2))


class Factored:
    """The rows of an automaton's states from their parts. Its callers hold the automaton's lock.

    Not where repeats are counted: there states that differ in a count share their rows, which is less work still.
    """

    def __init__(self, automaton: States, size: int) -> None:
        self._automaton, self._words = automaton, mask_words(size)
        self._sizes = automaton.plain_sizes if automaton.has_calls and not automaton.has_chains else np.zeros(0, np.int32)
        self._any = bool((self._sizes >= _LARGE).any())
        self._stack, self._exits = np.zeros(WALK_ROOM, np.int32), np.zeros((_MOST_EXITS + 1, 2), np.int32)
        self._sections: dict[int, tuple[Section, ...]] = {}
        self._known: dict[tuple[Section, int], tuple[Row, Exits]] = {}

    def load(self) -> None:
        """Call the kernels with nothing to do."""
        if self._any:
            tables, row = self._automaton.tables, np.zeros(1, np.uint32)
            parted(*tables, self._sizes, (DEAD, -1, _LARGE))
            allow_ranges(tables, (_NO_NODES, self._stack, row), self._exits, np.zeros((0, 2), np.int32), (DEAD, 0))

    def worth(self, state: int) -> bool:
        """Whether the state has so many items that its parts are less work."""
        return self._any and self._automaton.item_count(state) >= _MANY_ITEMS

    def allow(self, state: int, tries: tuple[Blocks, ...], row: Row) -> None:
        """Set the bits of the tokens of some tries that lead from the state to a live one."""
        automaton = self._automaton
        for blocks in tries:
            for section in self._sections_of(blocks):
                while min(found := parted(*automaton.tables, self._sizes, (state, section.byte, _LARGE))) < 0:
                    automaton.grow()
                after, small, large, shape = found
                if after != DEAD:
                    row[section.word] |= section.bit
                if small != DEAD:
                    row |= self._of(small, section)[0]
                if large != DEAD:
                    self._allow(large, shape, section, row)

    def _sections_of(self, blocks: Blocks) -> tuple[Section, ...]:
        key = id(blocks)
        if key not in self._sections:
            self._sections[key] = sections_of(blocks)
        return self._sections[key]

    def _allow(self, state: int, signature: int, section: Section, row: Row) -> None:
        """Do so for a section and the items of large automata, which are known by their signature."""
        known, exits = self._of(signature, section)
        if exits[0, 0] < 0:
            known, exits = self._of(state, section)
        row |= known
        place, walks = 1, (section.blocks, _NO_NODES, self._stack, row)
        while place < len(exits) and (place := finish(self._automaton.tables, walks, exits, (state, place))) < len(exits):
            self._automaton.grow()

    def _of(self, state: int, section: Section) -> tuple[Row, Exits]:
        """The row of a state or of a signature for a section, and its exits as `allow_all` notes them."""
        known = self._known.get((section, state))
        if known is None:
            if len(self._known) >= _PARTS:
                self._known.clear()
            row = np.zeros(self._words + 1, np.uint32)
            count = self._walk(state, section, row)
            known = self._known[section, state] = row, self._exits[: max(count, 0) + 1].copy()
        return known

    def _walk(self, state: int, section: Section, row: Row) -> int:
        automaton, walk, place = self._automaton, (section.blocks, self._stack, row), (state, section.depth)
        while (count := allow_ranges(automaton.tables, walk, self._exits, section.ranges, place)) < -1:
            automaton.grow()
            place = (-1, 0)
        return count
