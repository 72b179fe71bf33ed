"""Kernels of floor 4: one automaton and one trie, walked together.

The trie is depth first and packed (see `fsmgen.tokens.trie`). `stack[d]` is the automaton's state before the byte of depth d, so
leaving a subtree costs nothing. A transition that does not exist yet is built on the way; where a table is full the walk stops with its
place in `at`, and goes on from there when it is called again with more room.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fsmgen._kernels import entry_kernel, step_kernel
from fsmgen.grammar._kernels import NEVER, Ints, Layout, Machine, opened, step


class Walk(NamedTuple):
    """One walk of a trie.

    Attributes:
        nodes: uint64[N], the packed trie.
        stack: int32[depth + 1], for each depth the state before its byte, times `width`.
        allowed: uint8[V + 1] or uint8[S], written.
        width: C, columns of the transition table.
    """

    nodes: NDArray[np.uint64]
    stack: NDArray[np.int32]
    allowed: NDArray[np.uint8]
    width: int


@step_kernel
def _build(machine: Machine, node: int, stack: NDArray[np.int32]) -> bool:
    """Build the transition that the walk lacks at this node; False if there is no room."""
    return step(machine, stack[(node >> 8) & 255] // machine.pools.transitions.shape[1], machine.net.classes[node & 255]) >= 0


@step_kernel
def _allow(walk: Walk, classes: NDArray[np.int32], cells: NDArray[np.int32], distances: NDArray[np.int32], limit: int, i: int) -> int:
    """Walk on from node i over built transitions; the node at which one is missing, or the number of nodes.

    The loop is as short as it can be, 2 to 3 ns a node: unsigned numbers (a signed index is tested for being negative), states as
    offsets into the table, and a store for every node, with or without a token, in place of a branch.
    """
    nodes, stack, allowed, width = walk.nodes, walk.stack, walk.allowed, walk.width
    at, count = np.uint64(i), np.uint64(len(nodes))
    while at < count:
        node = nodes[at]
        depth = (node >> np.uint64(8)) & np.uint64(255)
        target = cells[np.uint64(stack[depth]) + np.uint64(classes[node & np.uint64(255)])]
        if target <= 0:
            if target < 0:
                break
            at = node >> np.uint64(40)
            continue
        token = (node >> np.uint64(16)) & np.uint64(0xFFFFFF)
        allowed[token] = 1 if limit == NEVER or distances[target] <= limit else 2
        stack[depth + np.uint64(1)] = target * width
        at += np.uint64(1)
    return np.int64(at)


Tables = tuple[Ints, Ints, Ints, Layout]
"""What `opened` takes."""


@entry_kernel
def allow_tokens(walk: Walk, tables: Tables, distances: NDArray[np.int32], limit: int, i: int) -> int:
    """Find the tokens that lead from the state of `walk.stack[0]` to a live state.

    Args:
        walk: `allowed[t + 1]` becomes 1 for each such token t, or 2 if it leads farther than `limit` from acceptance.
        distances: int32[S] or longer; empty for the label distances, which grow with the states.
        limit: NEVER for none.
        i: the node to go on from, 0 at first.

    Returns:
        The number of nodes, or the node before which there must be more room for states.
    """
    machine = opened(tables[0], tables[1], tables[2], tables[3])
    known = distances if len(distances) else machine.pools.distances
    cells = machine.pools.transitions.reshape(-1)
    while True:
        i = _allow(walk, machine.net.classes, cells, known, limit, i)
        if i == len(walk.nodes) or not _build(machine, np.int64(walk.nodes[i]), walk.stack):
            return i


@step_kernel
def _mark(walk: Walk, classes: NDArray[np.int32], cells: NDArray[np.int32], i: int) -> int:
    """The same walk as `_allow`, with the states that tokens lead to marked."""
    nodes, stack, marks, width = walk.nodes, walk.stack, walk.allowed, walk.width
    at, count = np.uint64(i), np.uint64(len(nodes))
    while at < count:
        node = nodes[at]
        depth = (node >> np.uint64(8)) & np.uint64(255)
        target = cells[np.uint64(stack[depth]) + np.uint64(classes[node & np.uint64(255)])]
        if target <= 0:
            if target < 0:
                break
            at = node >> np.uint64(40)
            continue
        has_token = ((node >> np.uint64(16)) & np.uint64(0xFFFFFF)) != np.uint64(0)
        marks[target if has_token else 0] = 1
        stack[depth + np.uint64(1)] = target * width
        at += np.uint64(1)
    return np.int64(at)


@entry_kernel
def mark_targets(walk: Walk, tables: Tables, i: int) -> int:
    """Mark in `walk.allowed`, by state, where single tokens lead; place 0 is of no account. `i` and the result as in `allow_tokens`."""
    machine = opened(tables[0], tables[1], tables[2], tables[3])
    cells = machine.pools.transitions.reshape(-1)
    while True:
        i = _mark(walk, machine.net.classes, cells, i)
        if i == len(walk.nodes) or not _build(machine, np.int64(walk.nodes[i]), walk.stack):
            return i

