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

_RESERVED = 1 << 20 if sys.platform == "win32" else 32 << 20
"""Bytes that tables of many states have room for, if they may become so large. Memory that is not written to costs nothing, unless the
system counts it all the same; but to write to a new page of it takes a microsecond."""
_MANY, _MANY_PLACES, _MANY_SLOTS = 4096, 16_384, 1 << 17
_SLOTS, _FEWEST = 1024, 64
"""States for which hash tables have room at first: they are written to in all places."""
_TOUCHED = 64
"""One in so many rows of tables that are reserved."""
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
    """How much the tables of states hold, and how long their hash tables are: powers of two."""

    states: int
    items: int
    contexts: int
    pairs: int
    state_slots: int = 2 * _FEWEST
    context_slots: int = 2 * _FEWEST
    unions: int = _FEWEST

    @classmethod
    def first(cls, packed: Packed, limit: int) -> Room:
        """For as many states as the network has, within bounds, and many where rules call others, since there are some for each depth.

        To make room later takes longer than the rest of a mask.
        """
        places, states, nested = int(packed.layout[m.KIND, 1]), _MANY, packed.layout[m.CALL_ROWS, 1] > 0
        enough = max(2 * places, 1024 if nested else 0)
        while True:
            slots = 2 * min(states, _SLOTS)
            room = cls(states, 8 * states + 2 * places, states, 4 * states, slots, slots, states // 2)
            if states == _FEWEST or (states <= enough and 4 * int(room_layout(packed.layout, room.sizes)[0]) <= limit):
                break
            states //= 2
        if not nested or states < _MANY or 2 * places < _MANY:
            return room
        more = cls.vast if places >= _MANY_PLACES else cls.within
        return replace(room, state_slots=4 * states, context_slots=8 * states).or_more(more(min(limit, _RESERVED), packed))

    @classmethod
    def within(cls, size: int, packed: Packed) -> Room:
        """For as many states as so many bytes hold."""
        places, classes = int(packed.layout[m.KIND, 1]), int(packed.layout[m.CLASSES, 1])
        states = size // (4 * (classes + 34))
        return cls(states, 8 * states + 2 * places, states, 4 * states)

    @classmethod
    def vast(cls, size: int, packed: Packed) -> Room:
        """The same with hash tables for as long as most texts take: to make them longer takes a millisecond, once they are long."""
        return replace(cls.within(size, packed), state_slots=_MANY_SLOTS, context_slots=_MANY_SLOTS, unions=_MANY_SLOTS)

    def or_more(self, other: Room) -> Room:
        """As much of everything as the one of both that has more."""
        return Room(*map(max, self.sizes, other.sizes))

    @property
    def sizes(self) -> tuple[int, int, int, int, int, int, int]:
        """The same for the kernels."""
        return self.states, self.items, self.contexts, self.pairs, self.state_slots, self.context_slots, self.unions

    def is_tight(self, states: int, used: Ints) -> bool:
        """Whether more than three quarters of something are used; `states` are those of the network."""
        shares = zip((m.STATES, m.CONTEXTS, m.PAIRS), (self.states, self.contexts, self.pairs), strict=True)
        return any(4 * used[counted] >= 3 * room for counted, room in shares) or used[m.ITEMS] + 2 * states >= self.items

    def with_slots(self, used: Ints) -> Room:
        """With hash tables four times as long where half of one is used."""
        states = self.state_slots * (4 if 2 * used[m.STATES] + 1 >= self.state_slots else 1)
        contexts = self.context_slots * (4 if 2 * used[m.CONTEXTS] + 1 >= self.context_slots else 1)
        unions = self.unions * (4 if 2 * used[m.UNIONS] >= self.unions and self.unions < 8 * self.contexts else 1)
        return replace(self, state_slots=states, context_slots=contexts, unions=unions)

    def grown(self, times: int, states: int, used: Ints) -> Room:
        """So many times the room wherever more than half is used; `states` are those of the network."""
        items = self.items + (max((times - 1) * self.items, 2 * states) if used[m.ITEMS] + states >= self.items // 2 else 0)
        contexts = self.contexts * (times if 2 * used[m.CONTEXTS] + 2 >= self.contexts else 1)
        count = self.states * (times if 2 * used[m.STATES] >= self.states else 1)
        room = replace(self, states=count, items=items, contexts=contexts)
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
        pools, *_ = room_layout(packed.layout, room.sizes)
        table = _zeros(pools)
        self._lay_out(packed, room, table)
        self.pools = Pools(*m.parts(table, self.arguments[3][m.POOLS : m.WORK]))
        self.cells = self.pools.transitions.data.cast("B").cast("i")

    def _lay_out(self, packed: Packed, room: Room, pools: Ints) -> None:
        """Take a table of states, with new room to work."""
        _, work, layout = room_layout(packed.layout, room.sizes)
        layout[m.FIELDS, 0] = k.builder_address()
        self.packed, self.room, self.arguments = packed, room, (packed.data, pools, _zeros(work), layout)

    @classmethod
    def empty(cls, packed: Packed, limit: int) -> Tables:
        """Tables with DEAD and the root's context in them, of so many bytes if they can be so small."""
        tables = cls(packed, Room.first(packed, limit))
        pools, used = tables.pools, tables.pools.used
        pools.distances[0] = m.NEVER
        pools.pairs[0, 0], pools.context_head[2] = m.ROOT, 1
        used[m.STATES], used[m.CONTEXTS], used[m.PAIRS] = 1, 2, 1
        if tables.room.states > _MANY:
            tables._touch()
        return tables

    def _touch(self) -> None:
        """Write to the pages that many states will need now, and not in the middle of a mask."""
        for name, *_ in _KEPT:
            part = getattr(self.pools, name)
            part[: len(part) // _TOUCHED] = part[: len(part) // _TOUCHED]

    def on(self, packed: Packed) -> Tables:
        """The same states, on a table of the network that has more rules, or the same table."""
        return self if packed is self.packed else self._anew(packed, self.room)

    def _anew(self, packed: Packed, room: Room) -> Tables:
        """The same states in the same place, and nothing else."""
        other = copy.copy(self)
        other._lay_out(packed, room, self.arguments[1])
        self.pools.used[m.FULL] = 0
        k.rehash(*other.arguments)
        return other

    def forget_step(self) -> None:
        """Clear what a step that lacked room left behind: without more room the next one would go on from there, and be wrong."""
        self.arguments[2][: self.arguments[3][m.SLOTS, 0]] = 0
        self.pools.used[m.FULL] = 0

    def grown(self, limit: int) -> Tables | int:
        """The same states with more room where more than half is used; or the bytes of the least such tables, if above the limit."""
        places, used = int(self.packed.layout[m.KIND, 1]), self.pools.used
        slots = self.room.with_slots(used)
        if slots != self.room and not self.room.is_tight(places, used):
            return self._anew(self.packed, slots)
        for times, reserve in ((4, self.room.states >= _MANY), (4, False), (2, False)):
            room = slots.grown(times, places, used)
            if reserve:
                room = room.or_more(Room.within(min(limit, _RESERVED), self.packed))
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
        larger.pools.used[m.FULL] = 0
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
"""The parts of the pools that grow, and how many of their rows are in use: what is counted, and so many more."""
