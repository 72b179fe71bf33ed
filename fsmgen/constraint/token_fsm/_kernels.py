"""The kernel of the token-level machine: one walk of the trie that writes where each token leads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fsmgen._kernels import kernel


@kernel
def write_targets(
    nodes: NDArray[np.uint64],
    tables: tuple[NDArray[np.int32], NDArray[np.int32]],
    at: int,
    stack: NDArray[np.int32],
    out: NDArray[np.int32],
) -> int:
    """Write the state after each token of the packed trie; tokens that the language does not allow are left as they are.

    Args:
        nodes: uint64[N], the packed trie (see `fsmgen.tokens.trie`).
        tables: classes int32[L] and transitions int32[S, C]; 0 is the dead state, below 0 is a transition that is not built.
        at: the node to go on from.
        stack: int32[depth + 1], the state before the byte of each depth; `stack[0]` is where the tokens begin.
        out: int32[V], written.

    Returns:
        N at the end; before that, the node whose transition is not built.
    """
    classes, transitions = tables
    i, count = np.int64(at), len(nodes)
    while i < count:
        node = np.int64(nodes[i])
        depth = (node >> 8) & 255
        target = transitions[stack[depth], classes[node & 255]]
        if target < 0:
            break
        if target == 0:
            i = (node >> 40) & 0xFFFFFF
            continue
        token = ((node >> 16) & 0xFFFFFF) - 1
        if token >= 0:
            out[token] = target
        stack[depth + 1] = target
        i += 1
    return i
