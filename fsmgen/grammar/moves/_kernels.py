"""Where the moves of a network go while its code is laid out, and the registers and frames of the kernels that do it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fsmgen._kernels import step_kernel
from fsmgen.grammar.machine._kernels import Ints

PC, STATES, DEPTH, A, B, BUSY = range(6)
"""Registers: the place in the code, the states so far, the frames in use, and the part to be laid out, if there is one: BUSY."""
EDGES, EMPTIES, CALLS, CHAINS = range(4)
"""Places in `Sink.used`."""
OP, FROM, TO, LEFT, LOW, HIGH, FIRST, AT, PART, STRIDE = range(10)
"""Columns of a frame, which is a part whose own parts are being laid out. LEFT counts the parts left, or the copies done."""
MANY = 3
"""A part that is repeated more often than this is a chain: see `Chain`."""


class Sink(NamedTuple):
    """Where moves go. What finds no room is only counted.

    Attributes:
        edges: int32[E, 4]; empties: int32[M, 2]; calls: int32[K, 4], as in `Network`.
        chains: int32[N, 7], rows (first, stride, copies, low, high, loop, loop), see `Chain`; loops are 0 where there are none.
        bounds: int32[R, 2], the start state of each rule, and the state after it, which is the rule's end.
        used: int64[4], how many rows of each of the first four there are.
    """

    edges: Ints
    empties: Ints
    calls: Ints
    chains: Ints
    bounds: Ints
    used: NDArray[np.int64]


@step_kernel
def edge(sink: Sink, source: int, low: int, high: int, target: int) -> None:
    row = sink.used[EDGES]
    if row < len(sink.edges):
        sink.edges[row, 0], sink.edges[row, 1], sink.edges[row, 2], sink.edges[row, 3] = source, low, high, target
    sink.used[EDGES] = row + 1


@step_kernel
def empty(sink: Sink, source: int, target: int) -> None:
    row = sink.used[EMPTIES]
    if row < len(sink.empties):
        sink.empties[row, 0], sink.empties[row, 1] = source, target
    sink.used[EMPTIES] = row + 1


@step_kernel
def call(sink: Sink, source: int, rule: int, target: int, must: int) -> None:
    row = sink.used[CALLS]
    if row < len(sink.calls):
        sink.calls[row, 0], sink.calls[row, 1], sink.calls[row, 2], sink.calls[row, 3] = source, rule, target, must
    sink.used[CALLS] = row + 1


@step_kernel
def chain(sink: Sink, copies: tuple[int, int, int], bounds: tuple[int, int], loops: tuple[int, int]) -> None:
    """Note a chain: the first state, the stride and the number of its copies; the counts between which one may leave; its loops, or 0."""
    row = sink.used[CHAINS]
    if row < len(sink.chains):
        sink.chains[row, 0], sink.chains[row, 1], sink.chains[row, 2] = copies
        sink.chains[row, 3], sink.chains[row, 4] = bounds
        sink.chains[row, 5], sink.chains[row, 6] = loops
    sink.used[CHAINS] = row + 1


@step_kernel
def numbered(frame: NDArray[np.int64], state: int) -> int:
    """The state of a table's state."""
    return frame[FROM] if state == 0 else frame[TO] if state == 1 else frame[FIRST] + state - 2
