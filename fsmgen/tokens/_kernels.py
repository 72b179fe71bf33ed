"""Kernels of the trie. A node is one uint64; the shifts below are where its fields begin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fsmgen._kernels import kernel

DEPTH_SHIFT = np.uint64(8)
TOKEN_SHIFT = np.uint64(16)
END_SHIFT = np.uint64(40)
MAX_BYTES = 255
"""Longest token in the trie, since a depth has 8 bits."""
_FIELDS = (np.uint64(1) << END_SHIFT) - np.uint64(1)
_DEPTH = np.uint64(255) << DEPTH_SHIFT
_NEAR = 6
"""A subtree of at most so many nodes stays between its siblings: a line of memory holds eight."""


@kernel
def shared_prefixes(data: NDArray[np.uint8], offsets: NDArray[np.int64], out: NDArray[np.int64]) -> None:
    """Length of the longest common prefix of each string with the string before it; 0 for the first.

    Args:
        data: uint8[], the strings one after the other.
        offsets: int64[T + 1], string t is `data[offsets[t] : offsets[t + 1]]`.
        out: int64[T], written.
    """
    for t in range(len(out)):
        out[t] = 0
        if t > 0:
            before, here = offsets[t - 1], offsets[t]
            longest = min(here - before, offsets[t + 1] - here)
            while out[t] < longest and data[before + out[t]] == data[here + out[t]]:
                out[t] += 1


@kernel
def pack_nodes(
    data: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    tokens: NDArray[np.int32],
    shared: NDArray[np.int64],
    out: NDArray[np.uint64],
) -> None:
    """Nodes of the trie of sorted strings, depth first; of equal strings only the first has its token there.

    Args:
        data, offsets: the strings in byte order, none empty or longer than MAX_BYTES.
        tokens: int32[T], the id of each.
        shared: int64[T], from `shared_prefixes`.
        out: uint64[N], written.
    """
    path = np.empty(MAX_BYTES, np.int64)
    depth = 0
    n = 0
    for t in range(len(tokens)):
        length = offsets[t + 1] - offsets[t]
        if shared[t] < length:
            for d in range(shared[t], depth):
                out[path[d]] |= np.uint64(n) << END_SHIFT
            for d in range(shared[t], length):
                path[d] = n
                out[n] = np.uint64(data[offsets[t] + d]) | (np.uint64(d) << DEPTH_SHIFT)
                n += 1
            out[n - 1] |= np.uint64(tokens[t] + 1) << TOKEN_SHIFT
            depth = length
    for d in range(depth):
        out[path[d]] |= np.uint64(n) << END_SHIFT


@kernel
def inside(targets: NDArray[np.int32], data: NDArray[np.uint8], offsets: NDArray[np.int64], out: NDArray[np.uint8]) -> None:
    """Which strings an automaton reads from state 0 without leaving it; empty ones count as outside.

    Args:
        targets: int32[F, 256], -1 leads out.
        data, offsets: the strings.
        out: uint8[T], written: 1 or 0.
    """
    for t in range(len(out)):
        state = 0 if offsets[t] < offsets[t + 1] else -1
        for i in range(offsets[t], offsets[t + 1]):
            if state >= 0:
                state = targets[state, data[i]]
        out[t] = state >= 0


@kernel
def _is_apart(nodes: NDArray[np.uint64], at: int) -> bool:
    """Whether the nodes below this one are laid elsewhere: they are many, and siblings come after it."""
    end = np.int64(nodes[at] >> END_SHIFT)
    return end - at > _NEAR + 1 and end < len(nodes) and (nodes[end] ^ nodes[at]) & _DEPTH == 0


@kernel
def count_apart(nodes: NDArray[np.uint64]) -> int:
    """How many nodes have what is below them laid elsewhere."""
    count = 0
    for at in range(len(nodes)):
        if _is_apart(nodes, at):
            count += 1
    return count


@kernel
def lay_blocks(nodes: NDArray[np.uint64], out: NDArray[np.uint64]) -> None:
    """The nodes of a packed trie in blocks, siblings near each other; see `Trie.blocks`.

    Args:
        nodes: uint64[N], from `pack_nodes`.
        out: uint64[N + A + 2], A from `count_apart`; written from its end on, each block after those below its nodes.
    """
    where, parents = np.empty(len(nodes), np.int64), np.empty(len(nodes) + 1, np.int64)
    top, waiting, parents[0], out[0] = len(out), 1, -1, np.uint64(0)
    while waiting:
        waiting -= 1
        parent, begun = parents[waiting], waiting
        last, size = len(nodes) if parent < 0 else np.int64(nodes[parent] >> END_SHIFT), 0
        at = parent + 1
        while at < last:
            where[at] = size
            size += 1
            if _is_apart(nodes, at):
                parents[waiting] = at
                waiting += 1
                at = np.int64(nodes[at] >> END_SHIFT)
            else:
                at += 1
        parents[begun:waiting] = parents[begun:waiting][::-1].copy()
        head = top - size - 1
        out[head] = np.uint64(top) << END_SHIFT | np.uint64(last - parent - 1) << TOKEN_SHIFT
        out[0 if parent < 0 else where[parent]] |= np.uint64(head) << END_SHIFT
        at = parent + 1
        while at < last:
            end, place = np.int64(nodes[at] >> END_SHIFT), head + 1 + where[at]
            out[place] = nodes[at] & _FIELDS
            if _is_apart(nodes, at):
                where[at], at = place, end
            else:
                out[place] |= np.uint64(top if end == last else head + 1 + where[end]) << END_SHIFT
                at += 1
        top = head
