"""The tables of an automaton's states: laid out in arrays of int32, opened as named parts, and grown.

The kernels take whole tables and find the parts themselves, see `fsmgen.grammar._kernels`; Python sees the same memory as named arrays.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fsmgen.grammar import _kernels as k
from fsmgen.grammar._kernels import Layout, Net, Pools
from fsmgen.grammar.packing import fill_empty, room_layout

Ints: TypeAlias = NDArray[np.int32]

_SMALL = 1024
"""A network of fewer states is given little room to begin with."""


def opened(data: Ints, layout: Layout) -> Iterator[Ints]:
    """The parts of a table, each of one or two dimensions."""
    for begin, rows, columns in layout.tolist():
        yield data[begin : begin + rows * columns].reshape(rows, columns) if columns else data[begin : begin + rows]


@dataclass(frozen=True, slots=True)
class Packed:
    """A network's table.

    Attributes:
        data: int32[], the parts of `Net` one after the other.
        layout: int64[13, 3], see `fsmgen.grammar._kernels.Layout`.
    """

    data: Ints
    layout: Layout

    @property
    def net(self) -> Net:
        """Its parts."""
        return Net(*opened(self.data, self.layout))


@dataclass(frozen=True, slots=True)
class Room:
    """How much the tables of states hold; states, contexts and unions are powers of two."""

    states: int = 64
    items: int = 512
    contexts: int = 64
    pairs: int = 128
    unions: int = 64

    @property
    def sizes(self) -> tuple[int, int, int, int, int]:
        """The same for the kernels."""
        return self.states, self.items, self.contexts, self.pairs, self.unions

    def grown(self, states: int, used: Ints) -> Room:
        """Twice the room wherever more than half is used; `states` are those of the network."""
        items = self.items + (max(self.items, 2 * states) if used[k.ITEMS] + states >= self.items // 2 else 0)
        contexts = self.contexts * (2 if 2 * used[k.CONTEXTS] + 2 >= self.contexts else 1)
        unions = self.unions * (2 if contexts > self.contexts or 2 * used[k.UNIONS] >= self.unions else 1)
        room = Room(self.states * (2 if 2 * used[k.STATES] >= self.states else 1), items, contexts, self.pairs, unions)
        return replace(room, pairs=self.pairs * (2 if 2 * used[k.PAIRS] >= self.pairs or room == self else 1))


class Tables:
    """The tables of one automaton. They are never changed in size: `grown` makes new ones, and who reads the old ones may go on.

    Attributes:
        packed: the network's table.
        pools: the parts of the states' table.
        arguments: what the kernels take.
        cells: the transitions, row by row, as Python reads them fastest; UNBUILT where there is none yet.
    """

    def __init__(self, packed: Packed, room: Room, *, empty: bool = False) -> None:
        pools, work, layout = room_layout(packed.layout, room.sizes)
        self.packed, self.room = packed, room
        self.arguments = (packed.data, np.zeros(pools, np.int32), np.zeros(work, np.int32), layout)
        fill_empty(*self.arguments, empty)
        self.pools = Pools(*opened(self.arguments[1], layout[k.POOLS : k.WORK]))
        self.cells = self.pools.transitions.data.cast("B").cast("i")

    @classmethod
    def empty(cls, packed: Packed) -> Tables:
        """Tables with DEAD and the root's context in them."""
        few = packed.layout[k.KIND, 1] < _SMALL
        return cls(packed, Room() if few else Room(512, 4096, 512, 1024, 512), empty=True)

    def on(self, packed: Packed) -> Tables:
        """The same states, on a table of the network that has more rules, or the same table."""
        if packed is self.packed:
            return self
        other = copy.copy(self)
        _, work, layout = room_layout(packed.layout, self.room.sizes)
        other.packed, other.arguments = packed, (packed.data, self.arguments[1], np.zeros(work, np.int32), layout)
        return other

    @property
    def nbytes(self) -> int:
        """Bytes of all states."""
        return int(self.arguments[1].nbytes)

    def forget_step(self) -> None:
        """Clear what a step that lacked room left behind: without more room the next one would go on from there, and be wrong."""
        self.arguments[2][:] = 0
        self.pools.used[k.FULL] = 0

    def grown(self) -> Tables:
        """The same states in tables with twice the room where more than half is used."""
        larger = Tables(self.packed, self.room.grown(int(self.packed.layout[k.KIND, 1]), self.pools.used))
        for name in _KEPT:
            old = getattr(self.pools, name)
            getattr(larger.pools, name)[: len(old)] = old
        larger.pools.used[[k.FULL, k.STAMP]] = 0
        k.rehash(*larger.arguments)
        return larger


_KEPT = (
    "used", "state_head", "items", "context_head", "pairs", "context_distance", "transitions", "distances", "near_state", "near_context",
    "signature", "returned", "follows",
)  # fmt: skip
"""The parts of the pools that are not hash tables."""
