"""The tables of an automaton's states: laid out in arrays of int32, opened as named parts, and grown.

The kernels take whole tables and find the parts themselves, see `fsmgen.grammar.machine`; Python sees the same memory as named arrays.
"""

from __future__ import annotations

import copy
import mmap
import sys
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fsmgen.grammar import _kernels as k
from fsmgen.grammar.machine import _kernels as m
from fsmgen.grammar.machine._kernels import Layout, Net, Pools
from fsmgen.grammar.packing import room_layout

Ints: TypeAlias = NDArray[np.int32]

_SMALL = 1024
"""A network of fewer states is given little room to begin with."""
_MANY = 4096
"""Tables of so many states are the last ones but one, or nearly."""
_LARGE = 1 << 22


def _zeros(count: int) -> Ints:
    """int32[count], zeros. For many of them numpy asks for huge pages, and tables are written to in many places, a little at each."""
    if 4 * count < _LARGE:
        return np.zeros(count, np.int32)
    private = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if sys.platform != "win32" else {}
    return np.frombuffer(mmap.mmap(-1, 4 * count, **private), np.int32)


@dataclass(frozen=True, slots=True)
class Packed:
    """A network's table.

    Attributes:
        data: int32[], the parts of `Net` one after the other.
        layout: int64[13, 3], see `fsmgen.grammar.machine._kernels.Layout`.
    """

    data: Ints
    layout: Layout

    @property
    def net(self) -> Net:
        """Its parts."""
        return Net(*m.parts(self.data, self.layout))


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

    def grown(self, times: int, states: int, used: Ints) -> Room:
        """So many times the room wherever more than half is used; `states` are those of the network."""
        items = self.items + (max((times - 1) * self.items, 2 * states) if used[m.ITEMS] + states >= self.items // 2 else 0)
        contexts = self.contexts * (times if 2 * used[m.CONTEXTS] + 2 >= self.contexts else 1)
        unions = self.unions * (times if contexts > self.contexts or 2 * used[m.UNIONS] >= self.unions else 1)
        room = Room(self.states * (times if 2 * used[m.STATES] >= self.states else 1), items, contexts, self.pairs, unions)
        return replace(room, pairs=self.pairs * (times if 2 * used[m.PAIRS] >= self.pairs or room == self else 1))


class Tables:
    """The tables of one automaton. They are never changed in size: `grown` makes new ones, and who reads the old ones may go on.

    Attributes:
        packed: the network's table.
        pools: the parts of the states' table.
        arguments: what the kernels take.
        cells: the transitions, row by row, as Python reads them fastest; UNBUILT where there is none yet.
    """

    def __init__(self, packed: Packed, room: Room) -> None:
        pools, work, layout = room_layout(packed.layout, room.sizes)
        layout[m.FIELDS, 0] = k.builder_address()
        self.packed, self.room = packed, room
        self.arguments = (packed.data, _zeros(pools), _zeros(work), layout)
        self.pools = Pools(*m.parts(self.arguments[1], layout[m.POOLS : m.WORK]))
        self.cells = self.pools.transitions.data.cast("B").cast("i")

    @classmethod
    def empty(cls, packed: Packed) -> Tables:
        """Tables with DEAD and the root's context in them."""
        few = packed.layout[m.KIND, 1] < _SMALL
        tables = cls(packed, Room() if few else Room(512, 4096, 512, 1024, 512))
        pools, used = tables.pools, tables.pools.used
        pools.distances[0] = m.NEVER
        pools.pairs[0, 0], pools.context_head[2] = m.ROOT, 1
        used[m.STATES], used[m.CONTEXTS], used[m.PAIRS] = 1, 2, 1
        return tables

    def on(self, packed: Packed) -> Tables:
        """The same states, on a table of the network that has more rules, or the same table."""
        if packed is self.packed:
            return self
        other = copy.copy(self)
        _, work, layout = room_layout(packed.layout, self.room.sizes)
        layout[m.FIELDS, 0] = k.builder_address()
        other.packed, other.arguments = packed, (packed.data, self.arguments[1], _zeros(work), layout)
        return other

    def forget_step(self) -> None:
        """Clear what a step that lacked room left behind: without more room the next one would go on from there, and be wrong."""
        self.arguments[2][:] = 0
        self.pools.used[m.FULL] = 0

    def grown(self, limit: int) -> Tables | int:
        """The same states in tables with more room where more than half is used; or the bytes of the least of these, if above the limit.

        Four times the room, and where there is much of it, as much as the limit allows: memory that is not written to costs nothing,
        and to copy what is used would hold a step up for milliseconds.
        """
        places, used = int(self.packed.layout[m.KIND, 1]), self.pools.used
        for times in (64, 16, 4, 2) if self.room.states >= _MANY else (4, 2):
            room = self.room.grown(times, places, used)
            wanted = 4 * int(room_layout(self.packed.layout, room.sizes)[0])
            if wanted <= limit:
                return self._in(room)
        return wanted

    def _in(self, room: Room) -> Tables:
        larger, used = Tables(self.packed, room), self.pools.used
        for name, counted, more in _KEPT:
            count = used[counted] + more
            getattr(larger.pools, name)[:count] = getattr(self.pools, name)[:count]
        larger.pools.used[:], larger.pools.follows[:] = used, self.pools.follows
        larger.pools.used[[m.FULL, m.STAMP]] = 0
        k.rehash(*larger.arguments)
        return larger


_KEPT = (
    ("state_head", m.STATES, 1),
    ("items", m.ITEMS, 0),
    ("context_head", m.CONTEXTS, 1),
    ("pairs", m.PAIRS, 0),
    ("context_distance", m.CONTEXTS, 0),
    ("transitions", m.STATES, 0),
    ("distances", m.STATES, 0),
    ("near_state", m.STATES, 0),
    ("near_context", m.CONTEXTS, 0),
    ("signature", m.STATES, 0),
    ("returned", m.CONTEXTS, 0),
)
"""The parts of the pools that grow and are no hash tables, and how many of their rows are in use: what is counted, and so many more."""
