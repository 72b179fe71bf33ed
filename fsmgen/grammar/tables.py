"""The tables of an automaton's states: laid out in arrays of int32, opened as named parts, and grown.

The kernels take whole tables and find the parts themselves, see `fsmgen.grammar._kernels`; Python sees the same memory as named arrays.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata import DEAD, NEVER, UNBUILT
from fsmgen.grammar import _kernels as k
from fsmgen.grammar._kernels import Layout, Net, Pools, Work
from fsmgen.grammar.measuring import close
from fsmgen.grammar.network import Network
from fsmgen.grammar.normal_form import distances

Ints: TypeAlias = NDArray[np.int32]
Shape: TypeAlias = tuple[int, ...]

_SMALL = 1024
"""A network of fewer states is given little room to begin with."""
HORIZONS = 2
"""For how many lengths of tokens states are compared, see `States.set_horizons`."""


@dataclass(frozen=True, slots=True)
class Table:
    """Arrays of int32 one after the other in one.

    Attributes:
        data: int32[], all of them.
        layout: int64[F, 3], see `fsmgen.grammar._kernels.Layout`.
        parts: the arrays.
    """

    data: Ints
    layout: Layout
    parts: tuple[Ints, ...]

    @classmethod
    def zeros(cls, shapes: Sequence[Shape]) -> Table:
        """Room for arrays of one or two dimensions."""
        sizes = [math.prod(shape) for shape in shapes]
        begins = [0, *accumulate(sizes)]
        data = np.zeros(begins[-1], np.int32)
        layout = np.array([(begin, shape[0], shape[1] if len(shape) > 1 else 0) for begin, shape in zip(begins, shapes, strict=False)])
        parts = (data[begin : begin + size].reshape(shape) for begin, size, shape in zip(begins, sizes, shapes, strict=False))
        return cls(data, layout.astype(np.int64).reshape(-1, 3), tuple(parts))

    @classmethod
    def of(cls, arrays: Sequence[NDArray[Any]]) -> Table:
        """A table with copies of these."""
        table = cls.zeros([array.shape for array in arrays])
        for part, array in zip(table.parts, arrays, strict=True):
            part[:] = array
        return table


def _head(sources: Ints, states: int) -> Ints:
    """int32[states + 1], where the rows of each source begin in rows sorted by source."""
    return np.searchsorted(sources, np.arange(states + 1)).astype(np.int32)


def packed(network: Network, lead: Ints, classes: Ints, examples: Ints) -> Net:
    """The network's table."""
    states = network.states
    edges = network.edges[np.argsort(network.edges[:, 0], kind="stable")]
    empties = network.empties[np.argsort(network.empties[:, 0], kind="stable")]
    calls = network.calls[np.argsort(network.calls[:, 0], kind="stable")]
    kind = np.zeros(states, np.uint8)
    kind[edges[:, 0]] |= k.SCANS
    kind[calls[:, 0]] |= k.CALLS
    kind[network.ends] |= k.ENDS
    close_head = np.zeros(states + 1, np.int32)
    empty_head, targets = _head(empties[:, 0], states), np.ascontiguousarray(empties[:, 1])
    closed = np.empty(states + len(empties), np.int32)
    length = close(empty_head, targets, kind, close_head, closed)
    if length > len(closed):
        closed = np.empty(length, np.int32)
        close(empty_head, targets, kind, close_head, closed)
    distance = distances(network)
    distance[k.ROOT] = 0
    first, last = close_head[calls[:, 2]], close_head[calls[:, 2] + 1]
    only_returns = (last - first == 1) & (kind[closed[np.minimum(first, len(closed) - 1)]] == k.ENDS)
    return Net(
        edge_head=_head(edges[:, 0], states),
        edges=np.ascontiguousarray(edges[:, 1:]),
        close_head=close_head,
        close=closed,
        call_head=_head(calls[:, 0], states),
        calls=np.column_stack([calls[:, 1:3], only_returns]).astype(np.int32),
        kind=kind.astype(np.int32),
        start=network.starts.astype(np.int32),
        lead=lead,
        distance=distance,
        nearer=np.tile(np.arange(states, dtype=np.int32), (HORIZONS, 1)),
        classes=classes,
        examples=examples,
    )


@dataclass(frozen=True, slots=True)
class Room:
    """How much the tables of states hold; states, contexts and unions are powers of two."""

    states: int = 64
    items: int = 512
    contexts: int = 64
    pairs: int = 128
    unions: int = 64

    def grown(self, net: Net, used: Ints) -> Room:
        """Twice the room wherever more than half is used."""
        states = self.states * (2 if 2 * used[k.STATES] >= self.states else 1)
        items = self.items + (max(self.items, 2 * len(net.kind)) if used[k.ITEMS] + len(net.kind) >= self.items // 2 else 0)
        contexts = self.contexts * (2 if 2 * used[k.CONTEXTS] + 2 >= self.contexts else 1)
        unions = self.unions * (2 if contexts > self.contexts or 2 * used[k.UNIONS] >= self.unions else 1)
        room = Room(states, items, contexts, self.pairs, unions)
        return replace(room, pairs=self.pairs * (2 if 2 * used[k.PAIRS] >= self.pairs or room == self else 1))


class Tables:
    """The tables of one automaton. They are never changed in size: `grown` makes new ones, and who reads the old ones may go on.

    Attributes:
        net, pools, work: their parts.
        arguments: what the kernels take.
        cells: the transitions, row by row, as Python reads them fastest; UNBUILT where there is none yet.
    """

    def __init__(self, net: Net, table: Table, room: Room) -> None:
        pools, work = Table.zeros(_pools_shapes(net, room)), Table.zeros(_work_shapes(net, room))
        self.net, self.pools, self.work, self.room = net, Pools(*pools.parts), Work(*work.parts), room
        self.arguments = (table.data, pools.data, work.data, np.concatenate([table.layout, pools.layout, work.layout]))
        self.cells = self.pools.transitions.data.cast("B").cast("i")
        self._table = table
        self.pools.transitions[:] = UNBUILT
        self.pools.distances[:] = NEVER

    @classmethod
    def empty(cls, net: Net) -> Tables:
        """Tables with DEAD and the root's context in them."""
        table = Table.of(net)
        few = len(net.kind) < _SMALL
        tables = cls(Net(*table.parts), table, Room() if few else Room(512, 4096, 512, 1024, 512))
        pools = tables.pools
        pools.transitions[DEAD] = DEAD
        pools.pairs[0] = k.ROOT, 0
        pools.context_head[2] = 1
        pools.used[[k.STATES, k.CONTEXTS, k.PAIRS]] = 1, 2, 1
        return tables

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
        larger = Tables(self.net, self._table, self.room.grown(self.net, self.pools.used))
        for name in _KEPT:
            old = getattr(self.pools, name)
            getattr(larger.pools, name)[: len(old)] = old
        larger.pools.used[[k.FULL, k.STAMP]] = 0
        k.rehash(*larger.arguments)
        return larger


_KEPT = (
    "used", "state_head", "items", "context_head", "pairs", "context_distance", "transitions", "distances", "near_state", "near_context",
)  # fmt: skip
"""The parts of the pools that are not hash tables."""


def _pools_shapes(net: Net, room: Room) -> list[Shape]:
    """Shapes of the fields of Pools, in their order."""
    classes, states, contexts = len(net.examples), room.states, room.contexts
    return [
        (8,), (states + 1,), (room.items, 2), (4 * states,), (contexts + 1,), (room.pairs, 2), (4 * contexts,), (contexts,),
        (room.unions, 3), (states, classes), (states,), (states, HORIZONS), (contexts, HORIZONS),
    ]  # fmt: skip


def _work_shapes(net: Net, room: Room) -> list[Shape]:
    """Shapes of the fields of Work, in their order."""
    states, rules, contexts = len(net.kind), len(net.start), room.contexts
    return [
        (states,), (states,), (rules,), (rules,), (rules,), (contexts + 1,), (contexts + 1,), (states, 2), (contexts + 1, 2), (2,),
    ]  # fmt: skip
