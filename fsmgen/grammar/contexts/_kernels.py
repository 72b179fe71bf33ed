"""Contexts: hash-consed sets of (return state, context), so that equal continuations are the same number. 0 is none."""

from __future__ import annotations

import numpy as np

from fsmgen._kernels import part_kernel, step_kernel
from fsmgen.grammar.machine._kernels import CONTEXTS, FAR, FULL, NEVER, PAIRS, UNIONS, Ints, Net, Pools, Work


@part_kernel
def hash_rows(rows: Ints, first: int, count: int) -> int:
    """A hash of consecutive rows of two ints."""
    value = np.uint64(1469598103934665603)
    for i in range(first, first + count):
        for j in range(2):
            value = (value ^ np.uint64(rows[i, j])) * np.uint64(1099511628211)
            value ^= value >> np.uint64(29)
    return np.int64(value & np.uint64(0x7FFFFFFFFFFFFFFF))


@part_kernel
def same_rows(rows: Ints, first: int, other: Ints, start: int, count: int) -> bool:
    """Whether `count` rows from `first` and from `start` are equal."""
    for i in range(count):
        if rows[first + i, 0] != other[start + i, 0] or rows[first + i, 1] != other[start + i, 1]:
            return False
    return True


@step_kernel
def intern_context(net: Net, pools: Pools, work: Work, count: int) -> int:
    """The number of the context of the first `count` rows of `work.pairs`, ascending; 0 and FULL set if there is no room."""
    pairs, mask = work.pairs, len(work.context_slots) - 1
    slot = hash_rows(pairs, 0, count) & mask
    while work.context_slots[slot] != 0:
        known = work.context_slots[slot]
        first = pools.context_head[known]
        if pools.context_head[known + 1] - first == count and same_rows(pairs, 0, pools.pairs, first, count):
            return known
        slot = (slot + 1) & mask
    number, first = pools.used[CONTEXTS], pools.used[PAIRS]
    if 2 * number >= mask or number >= len(pools.context_distance) or first + count > len(pools.pairs):
        pools.used[FULL] = 1
        return 0
    best = NEVER
    for i in range(count):
        pools.pairs[first + i, 0], pools.pairs[first + i, 1] = pairs[i, 0], pairs[i, 1]
        if pairs[i, 0] >= 0:
            best = min(best, net.distance[pairs[i, 0]] + pools.context_distance[pairs[i, 1]], FAR)
    pools.context_distance[number] = best if best != NEVER else 0
    pools.context_head[number + 1] = first + count
    pools.used[CONTEXTS], pools.used[PAIRS] = number + 1, first + count
    work.context_slots[slot] = number
    return number


@part_kernel
def _union_slot(work: Work, one: int, other: int) -> int:
    """Where the union of two contexts, the lower number first, is remembered or would be."""
    mask = len(work.known_unions) - 1
    slot = ((np.int64(one) * 40503) ^ (np.int64(other) * 2654435761) ^ (other >> 7)) & mask
    while work.known_unions[slot, 0] != 0 and (work.known_unions[slot, 0] != one or work.known_unions[slot, 1] != other):
        slot = (slot + 1) & mask
    return slot


@part_kernel
def _known_union(work: Work, one: int, other: int) -> int:
    """The union of two contexts if it is one of them or remembered, else 0."""
    if one == other or other == 0:
        return one
    if one == 0:
        return other
    return work.known_unions[_union_slot(work, min(one, other), max(one, other)), 2]


@step_kernel
def _merge(net: Net, pools: Pools, work: Work, depth: int) -> int:
    """The union of the two contexts at the top of the waiting unions, remembered; 0 if there is no room or another one must come first.

    That one, of two contexts inside these, is put on top.
    """
    one, other = work.unions[depth - 1, 0], work.unions[depth - 1, 1]
    i, last_i = pools.context_head[one], pools.context_head[one + 1]
    j, last_j = pools.context_head[other], pools.context_head[other + 1]
    merged, count = work.pairs, 0
    while i < last_i or j < last_j:
        if j == last_j or (i < last_i and pools.pairs[i, 0] < pools.pairs[j, 0]):
            merged[count, 0], merged[count, 1] = pools.pairs[i, 0], pools.pairs[i, 1]
            i += 1
        elif i == last_i or pools.pairs[j, 0] < pools.pairs[i, 0]:
            merged[count, 0], merged[count, 1] = pools.pairs[j, 0], pools.pairs[j, 1]
            j += 1
        else:
            both = _known_union(work, pools.pairs[i, 1], pools.pairs[j, 1])
            if both == 0 and pools.pairs[i, 1] != 0:
                work.unions[depth, 0], work.unions[depth, 1] = pools.pairs[i, 1], pools.pairs[j, 1]
                return 0
            merged[count, 0], merged[count, 1] = pools.pairs[i, 0], both
            i += 1
            j += 1
        count += 1
    if 2 * pools.used[UNIONS] >= len(work.known_unions):
        pools.used[FULL] = 1
        return 0
    result = intern_context(net, pools, work, count)
    if result:
        slot = _union_slot(work, min(one, other), max(one, other))
        work.known_unions[slot, 0], work.known_unions[slot, 1], work.known_unions[slot, 2] = min(one, other), max(one, other), result
        pools.used[UNIONS] += 1
    return result


@step_kernel
def unite(net: Net, pools: Pools, work: Work, one: int, other: int) -> int:
    """The context of the pairs of both, with the contexts of equal return states united; 0 if there is no room.

    Without recursion, which numba's cache does not survive: a union waits on a stack until those inside it are known.
    """
    known = _known_union(work, one, other)
    if known or (one == 0 and other == 0):
        return known
    work.unions[0, 0], work.unions[0, 1] = one, other
    depth = 1
    while depth:
        known = _merge(net, pools, work, depth)
        if pools.used[FULL]:
            return 0
        depth += -1 if known else 1
    return known
