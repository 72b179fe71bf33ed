"""Kernels that look at a network as a whole: distances, what is reached, classes of labels, closures."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fsmgen._kernels import kernel, step_kernel
from fsmgen.grammar.machine._kernels import FAR, NEVER, Ints, Net


class Parts(NamedTuple):
    """A network, as kernels take it.

    Attributes:
        edges: int32[E, 4]; empties: int32[M, 2]; calls: int32[K, 4], as in `Network`.
        bounds: int32[R, 2], start and end of each rule; 0 for a rule that is not laid out here.
        least: int32[R], fewest labels of such a rule, below 0 if its empty word was left out of account; 0 for others.
        chains: int32[N, 7], as in `Sink`.
    """

    edges: Ints
    empties: Ints
    calls: Ints
    bounds: Ints
    least: Ints
    chains: Ints


@kernel
def put(numbers: NDArray[Any], out: NDArray[Any]) -> None:
    """Write numbers to the beginning of `out`, one or two dimensions of both; a slice takes ten times as long to compile."""
    if numbers.ndim == 2:
        for i in range(numbers.shape[0]):
            for j in range(numbers.shape[1]):
                out[i, j] = numbers[i, j]
    else:
        for i in range(len(numbers)):
            out[i] = numbers[i]


@kernel
def grouped(keys: Ints, groups: int) -> tuple[Ints, Ints]:
    """Rows by key: int32[groups + 1], where each group begins, and the row numbers in that order."""
    heads = np.zeros(groups + 1, np.int32)
    for i in range(len(keys)):
        heads[keys[i] + 1] += 1
    for group in range(groups):
        heads[group + 1] += heads[group]
    order, at = np.empty(len(keys), np.int32), np.empty(groups, np.int32)
    for group in range(groups):
        at[group] = heads[group]
    for i in range(len(keys)):
        order[at[keys[i]]] = i
        at[keys[i]] += 1
    return heads, order


@kernel
def _grouped_values(keys: Ints, values: Ints, groups: int) -> tuple[Ints, Ints]:
    """Values by key: int32[groups + 1], where each group begins, and the values in that order."""
    heads, out = np.zeros(groups + 2, np.int32), np.empty(len(keys), np.int32)
    for i in range(len(keys)):
        heads[keys[i] + 2] += 1
    for group in range(groups):
        heads[group + 2] += heads[group + 1]
    for i in range(len(keys)):
        place = heads[keys[i] + 1]
        out[place] = values[i]
        heads[keys[i] + 1] = place + 1
    return heads, out


@step_kernel
def _nearer(state: int, length: int, out: Ints, queue: Ints, waiting: NDArray[np.uint8], end: int) -> int:
    """Note that `state` is `length` from its end, and queue it, if that is news; the place behind the last one that is queued."""
    length = min(length, FAR)
    if length < out[state]:
        out[state] = length
        if waiting[state] == 0:
            waiting[state] = 1
            queue[end] = state
            return end + 1 if end + 1 < len(queue) else 0
    return end


@kernel
def measure(parts: Parts, out: Ints) -> None:
    """Fewest labels from each state to the end of its rule; NEVER where there is no way, FAR for all that is farther.

    A label-correcting search backwards from the ends of all rules at once; a call costs what its rule costs. `out` int32[Q] is written.
    """
    states, edges, empties, calls = len(out), parts.edges, parts.empties, parts.calls
    edge_head, edge_sources = _grouped_values(edges[:, 3], edges[:, 0], states)
    empty_head, empty_sources = _grouped_values(empties[:, 1], empties[:, 0], states)
    return_head, return_order = grouped(calls[:, 2], states)
    rule_head, rule_order = grouped(calls[:, 1], len(parts.bounds))
    rule_of = np.full(states, -1, np.int32)
    queue, waiting, begin, end = np.empty(states + 1, np.int32), np.zeros(states, np.uint8), 0, 0
    out[:] = NEVER
    for rule in range(len(parts.bounds)):
        if parts.least[rule] == 0:
            rule_of[parts.bounds[rule, 0]] = rule
            end = _nearer(parts.bounds[rule, 1], 0, out, queue, waiting, end)
    while begin != end:
        state = queue[begin]
        begin = begin + 1 if begin + 1 < len(queue) else 0
        waiting[state] = 0
        for i in range(edge_head[state], edge_head[state + 1]):
            end = _nearer(edge_sources[i], out[state] + 1, out, queue, waiting, end)
        for i in range(empty_head[state], empty_head[state + 1]):
            end = _nearer(empty_sources[i], out[state], out, queue, waiting, end)
        for i in range(return_head[state], return_head[state + 1]):
            row = return_order[i]
            rule = calls[row, 1]
            inner = abs(parts.least[rule]) if parts.least[rule] else out[parts.bounds[rule, 0]]
            if inner != NEVER:
                end = _nearer(calls[row, 0], out[state] + inner, out, queue, waiting, end)
        if rule_of[state] >= 0:
            for i in range(rule_head[rule_of[state]], rule_head[rule_of[state] + 1]):
                row = rule_order[i]
                if out[calls[row, 2]] != NEVER:
                    end = _nearer(calls[row, 0], out[state] + out[calls[row, 2]], out, queue, waiting, end)


@kernel
def reach(edges: Ints, empties: Ints, calls: Ints, bounds: Ints, out: NDArray[np.uint8]) -> None:
    """Mark the states that a walk from rule 0's start may visit; arguments as in `measure`, `out` uint8[Q]."""
    states = len(out)
    edge_head, edge_order = grouped(edges[:, 0], states)
    empty_head, empty_order = grouped(empties[:, 0], states)
    call_head, call_order = grouped(calls[:, 0], states)
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

    Every distinct range of labels splits the classes that it cuts: those that do not lie inside it.

    Args:
        edges: int32[E, 3], rows (lowest label, highest label, target).
        classes: int32[L], zeros; written.
        used: uint8[L], zeros; 1 is written for the labels that some edge reads.
    """
    labels, count = len(classes), 1
    seen, sizes = np.zeros((labels, labels), np.uint8), np.zeros(labels + 1, np.int32)
    inside, split = np.zeros(labels + 1, np.int32), np.zeros(labels + 1, np.int32)
    sizes[0] = labels
    for i in range(len(edges)):
        low, high = edges[i, 0], edges[i, 1]
        if seen[low, high]:
            continue
        seen[low, high] = 1
        for label in range(low, high + 1):
            used[label] = 1
            inside[classes[label]] += 1
        for label in range(low, high + 1):
            old = classes[label]
            if inside[old] and inside[old] < sizes[old]:
                split[old] = count
                sizes[count], sizes[old] = inside[old], sizes[old] - inside[old]
                count += 1
            inside[old] = 0
            if split[old]:
                classes[label] = split[old]
        split[:count] = 0
    numbers = np.full(labels + 1, -1, np.int32)
    count = 0
    for label in range(labels):
        if numbers[classes[label]] < 0:
            numbers[classes[label]] = count
            count += 1
        classes[label] = numbers[classes[label]]
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


@kernel
def longest(net: Net, owner: Ints) -> int:
    """An upper bound of the distance of every item: the largest distance in a rule, and what its callers add; NEVER with recursion.

    Args:
        owner: int32[Q], the rule of each state; -1 where there is none.
    """
    rules = len(net.start)
    heads, order = grouped(owner + 1, rules + 1)
    inner, path, colour = np.zeros(rules, np.int64), np.zeros((rules + 1, 3), np.int64), np.zeros(rules, np.uint8)
    path[0, 1], depth = heads[1], 1
    colour[0] = 1
    while depth:
        rule, at, call = path[depth - 1, 0], path[depth - 1, 1], path[depth - 1, 2]
        if at == heads[rule + 2]:
            depth -= 1
            colour[rule] = 2
            continue
        state = order[at]
        if net.distance[state] != NEVER:
            inner[rule] = max(inner[rule], net.distance[state])
        if net.call_head[state] + call == net.call_head[state + 1]:
            path[depth - 1, 1], path[depth - 1, 2] = at + 1, 0
            continue
        called, target = net.calls[net.call_head[state] + call, 0], net.calls[net.call_head[state] + call, 1]
        if colour[called] == 1:
            return NEVER
        if colour[called] == 2:
            inner[rule] = max(inner[rule], inner[called] + net.distance[target])
            path[depth - 1, 2] = call + 1
            continue
        colour[called] = 1
        path[depth, 0], path[depth, 1], path[depth, 2] = called, heads[called + 1], 0
        depth += 1
    return min(inner[0], FAR)


@kernel
def write_nearer(chains: Ints, lengths: tuple[int, int], out: Ints) -> None:
    """For each of two lengths and each state one that no text of so many bytes tells from it: `out` int32[2, Q], at first the state itself.

    In a counted repeat, block k of its chain holds the states while the count is k, and the knot at which it becomes k + 1. Every
    iteration reads a byte. While so few bytes cannot lead to a count at which one may leave, one block does for all of these; and while
    one may leave at every count and they cannot lead to the last one. Those blocks are the loops, where the chain has them.

    Chains of one block are those of a state for which another one stands, one that comes later: they are read from the last one on.
    """
    i = 0
    while i < len(chains):
        end = i + 1
        while chains[i, 2] == 1 and end < len(chains) and chains[end, 2] == 1:
            end += 1
        for row in range(end - 1, i - 1, -1):
            _write_nearer(chains[row], lengths, out)
        i = end


@kernel
def _write_nearer(chain: Ints, lengths: tuple[int, int], out: Ints) -> None:
    first, stride, copies, low, high = chain[0], chain[1], chain[2], chain[3], chain[4]
    inside = chain[5] if chain[5] else first
    leaving = chain[6] if chain[6] else first + low * stride
    for horizon in range(2):
        for block in range(copies):
            stands = first + block * stride
            if block <= low - lengths[horizon] - 2:
                stands = inside
            elif low <= block <= high - lengths[horizon] - 2:
                stands = leaving
            for offset in range(stride):
                out[horizon, first + block * stride + offset] = out[horizon, stands + offset]


STEPS = 128
"""Texts of more steps than this are not looked at by `stand_ins`."""


@kernel
def stand_ins(rows: Ints, final: NDArray[np.uint8], out: Ints) -> None:
    """For each state of an automaton a later one, and the most steps that do not tell them apart: `out` int32[S, 2]; or itself, and 0.

    Moore's refinement: states are in one class after k rounds if no text of k steps tells them apart. The last state of a class stands for
    the others; a state whose class has no later one keeps the one that stood for it before.

    Args:
        rows: int32[R, 5], (source, low, high, rule, target), sorted. Rows that read the same are compared row by row.
        final: uint8[S].
    """
    size = len(final)
    heads, last, fresh = np.zeros(size + 1, np.int32), np.zeros(size, np.int32), np.zeros(size, np.int32)
    for row in range(len(rows)):
        heads[rows[row, 0] + 1] += 1
    for state in range(size):
        heads[state + 1] += heads[state]
        out[state, 0], out[state, 1] = state, 0
    of_kind = np.full(2, -1, np.int32)
    for state in range(size - 1, -1, -1):
        if of_kind[final[state]] < 0:
            of_kind[final[state]] = state
        fresh[state] = of_kind[final[state]]
    for steps in range(STEPS):
        shared = False
        for state in range(size):
            last[state] = fresh[state]
            if last[state] != state:
                out[state, 0], out[state, 1], shared = last[state], steps, True
        if not shared:
            break
        for state in range(size - 1, -1, -1):
            fresh[state] = state
            for other in range(state + 1, last[state] + 1):
                if last[other] == last[state] and fresh[other] == other and _same_rows(rows, heads, last, state, other):
                    fresh[state] = other
                    break


@kernel
def _same_rows(rows: Ints, heads: Ints, last: Ints, state: int, other: int) -> bool:
    """Whether two states read the same, row by row, and get to the same classes."""
    first, second = heads[state], heads[other]
    if heads[state + 1] - first != heads[other + 1] - second:
        return False
    for row in range(heads[state + 1] - first):
        for column in range(1, 4):
            if rows[first + row, column] != rows[second + row, column]:
                return False
        if last[rows[first + row, 4]] != last[rows[second + row, 4]]:
            return False
    return True
