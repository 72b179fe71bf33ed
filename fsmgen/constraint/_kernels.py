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
from fsmgen.grammar._kernels import near, step
from fsmgen.grammar.machine._kernels import FOLLOWS, HOLES, Ints, Layout, Machine, Pools, opened
from fsmgen.grammar.signatures._kernels import find_returns


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


BitWalk = tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.uint32]]
"""`nodes` and `stack` as in Walk, and the row, uint32[W + 1], written: bit t of the last W words for token t; the first word is void.

A plain tuple: to hand over a named one takes half a microsecond longer.
"""
Tables = tuple[Ints, Ints, Ints, Layout]
"""What `opened` takes."""


@step_kernel
def _build(machine: Machine, node: int, stack: NDArray[np.int32]) -> bool:
    """Build the transition that the walk lacks at this node; False if there is no room."""
    return step(machine, stack[(node >> 8) & 255] // machine.pools.transitions.shape[1], machine.net.classes[node & 255]) >= 0


@step_kernel
def _allow_all(walk: BitWalk, classes: NDArray[np.int32], cells: NDArray[np.int32], width: int, place: tuple[int, int]) -> int:
    """Walk on from the first node of `place` to the last over built transitions; the node at which one is missing, or the last.

    The loop is as short as it can be, 2 to 3 ns a node: unsigned numbers (a signed index is tested for being negative), states as
    offsets into the table, and a bit set for every node, with or without a token, in place of a branch.
    """
    nodes, stack, row = walk
    at, count = np.uint64(place[0]), np.uint64(place[1])
    while at < count:
        node = nodes[at]
        depth = (node >> np.uint64(8)) & np.uint64(255)
        target = cells[np.uint64(stack[depth]) + np.uint64(classes[node & np.uint64(255)])]
        if target <= 0:
            if target < 0:
                break
            at = node >> np.uint64(40)
            continue
        bit = ((node >> np.uint64(16)) & np.uint64(0xFFFFFF)) + np.uint64(31)
        row[bit >> np.uint64(5)] |= np.uint32(1) << np.uint32(bit & np.uint64(31))
        stack[depth + np.uint64(1)] = target * width
        at += np.uint64(1)
    return np.int64(at)


@entry_kernel
def allow_all(tables: Tables, walk: BitWalk, i: int) -> int:
    """Set the bits of the tokens that lead from the state of `stack[0]` to a live state.

    Args:
        i: the node to go on from, 0 at first.

    Returns:
        The number of nodes, or the node before which there must be more room for states.
    """
    machine = opened(tables[0], tables[1], tables[2], tables[3])
    cells, width, count = machine.pools.transitions.reshape(-1), machine.pools.transitions.shape[1], len(walk[0])
    while True:
        i = _allow_all(walk, machine.net.classes, cells, width, (i, count))
        if i == count or not _build(machine, np.int64(walk[0][i]), walk[1]):
            return i


@step_kernel
def _note_exits(pools: Pools, state: int, at: int, below: int, exits: Ints) -> None:
    """Note the holes that were left with this node, unless no tokens lie below it."""
    i = pools.state_head[state]
    while below > 0 and exits[0, 0] >= 0 and i < pools.state_head[state + 1] and pools.items[i, 0] < -HOLES * FOLLOWS:
        exits[0, 0] += 1
        exits[0, 1] -= below
        if exits[0, 0] == len(exits) or exits[0, 1] < 0:
            exits[0, 0] = -1
            break
        exits[exits[0, 0], 0], exits[exits[0, 0], 1] = at, -1 - HOLES * FOLLOWS - pools.items[i, 0]
        i += 1


@step_kernel
def _allow_signature(walk: BitWalk, machine: Machine, exits: Ints, i: int) -> int:
    """The same walk as `_allow_all` from a signature, with its exits noted; where they are too many it ends at the last node."""
    nodes, stack, row = walk
    cells, width = machine.pools.transitions.reshape(-1), machine.pools.transitions.shape[1]
    at, count = np.uint64(i), np.uint64(len(nodes))
    while at < count:
        node = nodes[at]
        depth = (node >> np.uint64(8)) & np.uint64(255)
        target = cells[np.uint64(stack[depth]) + np.uint64(machine.net.classes[node & np.uint64(255)])]
        if target <= 0:
            if target == -1:
                break
            if target == 0:
                at = node >> np.uint64(40)
                continue
            target = -2 - target
            _note_exits(machine.pools, target, np.int64(at), np.int64(node >> np.uint64(40)) - np.int64(at) - 1, exits)
            if exits[0, 0] < 0:
                return np.int64(count)
        bit = ((node >> np.uint64(16)) & np.uint64(0xFFFFFF)) + np.uint64(31)
        row[bit >> np.uint64(5)] |= np.uint32(1) << np.uint32(bit & np.uint64(31))
        stack[depth + np.uint64(1)] = target * width
        at += np.uint64(1)
    return np.int64(at)


@entry_kernel
def allow_signature(tables: Tables, walk: BitWalk, exits: Ints, i: int) -> int:
    """Set the bits of the tokens that a signature allows whatever its holes stand for, and note where walks leave it.

    Args:
        exits: int32[E + 1, 2], written: after the first row, which is (how many, how many more nodes may lie below them), rows (node,
            hole). Where there are too many of either, how many is -1, and the walk ends there and is of no use.
        i: the node to go on from, and the result, as in `allow_all`.
    """
    machine = opened(tables[0], tables[1], tables[2], tables[3])
    while True:
        i = _allow_signature(walk, machine, exits, i)
        if i == len(walk[0]) or not _build(machine, np.int64(walk[0][i]), walk[1]):
            return i


@entry_kernel
def finish(tables: Tables, walk: BitWalk, exits: Ints, place: tuple[int, int]) -> int:
    """Set the bits of the tokens below the exits of a state's signature.

    Args:
        exits: int32[E, 2], rows (node, hole).
        place: the state, and the exit to go on from, 0 at first.

    Returns:
        The number of exits, or the exit before which there must be more room for states.
    """
    machine = opened(tables[0], tables[1], tables[2], tables[3])
    cells, width = machine.pools.transitions.reshape(-1), machine.pools.transitions.shape[1]
    nodes, stack, classes = walk[0], walk[1], machine.net.classes
    find_returns(machine, place[0])
    for e in range(place[1], len(exits)):
        node, at = nodes[exits[e, 0]], exits[e, 0] + 1
        target = step(machine, machine.work.holes[exits[e, 1], 1], classes[np.int64(node) & 255])
        if target < 0:
            return e
        stack[((np.int64(node) >> 8) & 255) + 1] = target * width
        last = np.int64(node >> np.uint64(40))
        while True:
            at = _allow_all(walk, classes, cells, width, (at, last))
            if at == last:
                break
            if not _build(machine, np.int64(nodes[at]), stack):
                return e
    return len(exits)


@entry_kernel
def after_token(
    net: Ints, pools: Ints, work: Ints, layout: Layout, data: NDArray[np.uint8], offsets: NDArray[np.int64], place: tuple[int, int]
) -> int:
    """The state after a token, from (state, token); DEAD for one without bytes; -1 if there is no room, and then what was built is kept.

    Args:
        net, pools, work, layout: what `opened` takes; one by one, since to hand over a tuple takes longer.
        data, offsets: the bytes of token t are `data[offsets[t] : offsets[t + 1]]`.
    """
    state, token = place
    first, last = offsets[token], offsets[token + 1]
    if first == last:
        return 0
    machine = opened(net, pools, work, layout)
    classes = machine.net.classes
    for i in range(first, last):
        state = step(machine, state, classes[data[i]])
        if state <= 0:
            break
    return state


@entry_kernel
def goes_on(tables: Tables, targets: Ints, pairs: Ints, state: int, horizon: int) -> int:
    """Whether a state goes on with any text of a fragment: every way of the fragment's automaton leads to a live state.

    Args:
        targets: int32[F, 256], as in `Fragment`.
        pairs: int32[limit, 2], room for (fragment's state, state) pairs; with more of them the answer is no.
        horizon: at which states are compared, if texts of its length are all that is asked about; -1 for any text.

    Returns:
        1 for yes, 0 for no, -1 if there is no room for states.
    """
    machine = opened(tables[0], tables[1], tables[2], tables[3])
    classes = machine.net.classes
    pairs[0, 0], pairs[0, 1] = 0, state
    count, at = 1, 0
    while at < count:
        last_class, last_inner = -1, -1
        for byte in range(256):
            inner = targets[pairs[at, 0], byte]
            if inner < 0 or (classes[byte] == last_class and inner == last_inner):
                continue
            last_class, last_inner = classes[byte], inner
            target = step(machine, pairs[at, 1], classes[byte])
            if target > 0 and horizon >= 0:
                target = near(machine, target, horizon)
            if target <= 0:
                return target
            known = 0
            while known < count and (pairs[known, 0] != inner or pairs[known, 1] != target):
                known += 1
            if known == count:
                if count == len(pairs):
                    return 0
                pairs[count, 0], pairs[count, 1] = inner, target
                count += 1
        at += 1
    return 1


@step_kernel
def _allow(walk: Walk, classes: NDArray[np.int32], cells: NDArray[np.int32], distances: NDArray[np.int32], limit: int, i: int) -> int:
    """The same walk as `_allow_all`, with what the limit leaves out noted."""
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
        allowed[token] = 1 if distances[target] <= limit else 2
        stack[depth + np.uint64(1)] = target * width
        at += np.uint64(1)
    return np.int64(at)


@entry_kernel
def allow_tokens(walk: Walk, tables: Tables, distances: NDArray[np.int32], limit: int, i: int) -> int:
    """Find the tokens that lead from the state of `walk.stack[0]` to a live state, and how far from acceptance it is.

    Args:
        walk: `allowed[t + 1]` becomes 1 for each such token t, or 2 if it leads farther than `limit` from acceptance.
        distances: int32[S] or longer; empty for the label distances, which grow with the states.
        i: the node to go on from, and the result, as in `allow_all`.
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
    """The same walk as `_allow_all`, with the states that tokens lead to marked."""
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
    """Mark in `walk.allowed`, by state, where single tokens lead; place 0 is of no account. `i` and the result as in `allow_all`."""
    machine = opened(tables[0], tables[1], tables[2], tables[3])
    cells = machine.pools.transitions.reshape(-1)
    while True:
        i = _mark(walk, machine.net.classes, cells, i)
        if i == len(walk.nodes) or not _build(machine, np.int64(walk.nodes[i]), walk.stack):
            return i

