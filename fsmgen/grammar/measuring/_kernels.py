"""Kernels that look at a network as a whole: distances, what is reached, classes of labels, closures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fsmgen._kernels import kernel
from fsmgen.grammar._kernels import FAR, NEVER, Ints


@kernel
def _grouped(keys: Ints, groups: int) -> tuple[Ints, Ints]:
    """Rows by key: int32[groups + 1], where each group begins, and the row numbers in that order."""
    heads = np.zeros(groups + 1, np.int32)
    for i in range(len(keys)):
        heads[keys[i] + 1] += 1
    for group in range(groups):
        heads[group + 1] += heads[group]
    order, at = np.empty(len(keys), np.int32), heads[:-1].copy()
    for i in range(len(keys)):
        order[at[keys[i]]] = i
        at[keys[i]] += 1
    return heads, order


@kernel
def _nearer(state: int, length: int, out: Ints, queue: Ints, ring: NDArray[np.int64]) -> None:
    """Note that `state` is `length` from its end, and queue it, if that is news. `ring` is (begin, count, and 1 for each queued state)."""
    length = min(length, FAR)
    if length < out[state]:
        out[state] = length
        if ring[2 + state] == 0:
            ring[2 + state] = 1
            queue[(ring[0] + ring[1]) % len(queue)] = state
            ring[1] += 1


@kernel
def measure(edges: Ints, empties: Ints, calls: Ints, bounds: Ints, out: Ints) -> None:
    """Fewest labels from each state to the end of its rule; NEVER where there is no way, FAR for all that is farther.

    A label-correcting search backwards from the ends of all rules at once; a call costs what its rule costs.

    Args:
        edges: int32[E, 4]; empties: int32[M, 2]; calls: int32[K, 4], as in `Network`.
        bounds: int32[R, 2], start and end of each rule.
        out: int32[Q], written.
    """
    states, rules = len(out), len(bounds)
    edge_head, edge_order = _grouped(edges[:, 3], states)
    empty_head, empty_order = _grouped(empties[:, 1], states)
    return_head, return_order = _grouped(calls[:, 2], states)
    rule_head, rule_order = _grouped(calls[:, 1], rules)
    rule_of = np.full(states, -1, np.int32)
    queue, ring = np.empty(states, np.int32), np.zeros(2 + states, np.int64)
    out[:] = NEVER
    for rule in range(rules):
        rule_of[bounds[rule, 0]] = rule
        _nearer(bounds[rule, 1], 0, out, queue, ring)
    while ring[1]:
        state = queue[ring[0]]
        ring[0], ring[1], ring[2 + state] = (ring[0] + 1) % states, ring[1] - 1, 0
        for i in range(edge_head[state], edge_head[state + 1]):
            _nearer(edges[edge_order[i], 0], out[state] + 1, out, queue, ring)
        for i in range(empty_head[state], empty_head[state + 1]):
            _nearer(empties[empty_order[i], 0], out[state], out, queue, ring)
        for i in range(return_head[state], return_head[state + 1]):
            call = return_order[i]
            inner = out[bounds[calls[call, 1], 0]]
            if inner != NEVER:
                _nearer(calls[call, 0], out[state] + inner, out, queue, ring)
        if rule_of[state] >= 0:
            for i in range(rule_head[rule_of[state]], rule_head[rule_of[state] + 1]):
                call = rule_order[i]
                if out[calls[call, 2]] != NEVER:
                    _nearer(calls[call, 0], out[state] + out[calls[call, 2]], out, queue, ring)


@kernel
def reach(edges: Ints, empties: Ints, calls: Ints, bounds: Ints, out: NDArray[np.uint8]) -> None:
    """Mark the states that a walk from rule 0's start may visit; arguments as in `measure`, `out` uint8[Q]."""
    states = len(out)
    edge_head, edge_order = _grouped(edges[:, 0], states)
    empty_head, empty_order = _grouped(empties[:, 0], states)
    call_head, call_order = _grouped(calls[:, 0], states)
    stack, count = np.empty(states + 1, np.int32), 1
    out[:] = 0
    stack[0] = bounds[0, 0]
    while count:
        count -= 1
        state = stack[count]
        if out[state]:
            continue
        out[state] = 1
        first = edge_head[state + 1] - edge_head[state] + empty_head[state + 1] - empty_head[state]
        needed = count + first + 2 * (call_head[state + 1] - call_head[state])
        if needed > len(stack):
            stack = np.concatenate((stack, np.empty(needed, np.int32)))
        for i in range(edge_head[state], edge_head[state + 1]):
            stack[count] = edges[edge_order[i], 3]
            count += 1
        for i in range(empty_head[state], empty_head[state + 1]):
            stack[count] = empties[empty_order[i], 1]
            count += 1
        for i in range(call_head[state], call_head[state + 1]):
            stack[count], stack[count + 1] = calls[call_order[i], 2], bounds[calls[call_order[i], 1], 0]
            count += 2


@kernel
def partition_labels(edges: Ints, classes: Ints, used: NDArray[np.uint8]) -> int:
    """Classes of labels that no edge tells apart, numbered by their lowest label; how many there are.

    Every distinct range of labels splits the classes that it cuts.

    Args:
        edges: int32[E, 4], as in `Network`.
        classes: int32[L], zeros; written.
        used: uint8[L], zeros; 1 is written for the labels that some edge reads.
    """
    labels, count = len(classes), 1
    seen = np.zeros((labels, labels), np.uint8)
    split = np.empty(2 * labels, np.int32)
    for i in range(len(edges)):
        low, high = edges[i, 1], edges[i, 2]
        if seen[low, high]:
            continue
        seen[low, high] = 1
        split[:count] = -1
        inside = 0
        for label in range(low, high + 1):
            used[label] = 1
            old = classes[label]
            if split[old] < 0:
                split[old] = count + inside
                inside += 1
            classes[label] = split[old]
        count += inside
        split[:count] = -1
        count = 0
        for label in range(labels):  # numbered anew, since a class that lies inside the range has left its number
            old = classes[label]
            if split[old] < 0:
                split[old] = count
                count += 1
            classes[label] = split[old]
    return count


@kernel
def close(empty_head: Ints, empty_to: Ints, kind: NDArray[np.uint8], heads: Ints, out: Ints) -> int:
    """The states of some kind that empty moves lead to from each state, itself included, ascending.

    Args:
        empty_head: int32[Q + 1], into `empty_to`, the targets of empty moves.
        kind: uint8[Q], 0 for a state that is left out.
        heads: int32[Q + 1], written.
        out: int32[], written as far as it reaches.

    Returns:
        How long `out` must be.
    """
    states = len(empty_head) - 1
    stamp = np.full(states, -1, np.int32)
    stack = np.empty(states, np.int32)
    total = 0
    for start in range(states):
        heads[start] = total
        count = 1
        stack[0] = start
        stamp[start] = start
        while count:
            count -= 1
            state = stack[count]
            if kind[state]:
                if total < len(out):
                    i = total
                    while i > heads[start] and out[i - 1] > state:
                        out[i] = out[i - 1]
                        i -= 1
                    out[i] = state
                total += 1
            for i in range(empty_head[state], empty_head[state + 1]):
                target = empty_to[i]
                if stamp[target] != start:
                    stamp[target] = start
                    stack[count] = target
                    count += 1
    heads[states] = total
    return total
