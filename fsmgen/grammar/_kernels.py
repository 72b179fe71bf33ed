"""Kernels of floor 2: measuring a network, and building the states of its lazily built automaton.

A state of the automaton is a set of items (q, context). A context is a hash-consed set of (return state, context): equal sets are the same
number. Context 0 is none; the root's context is the set of one item whose return state is the pseudo-state `root`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fsmgen._kernels import kernel, step_kernel

Ints = NDArray[np.int32]
NEVER = 2**31 - 1
FAR = 2**30
"""Distances are not counted beyond this."""
SCANS, CALLS, ENDS = 1, 2, 4
"""Bits of `Net.kind`: the state reads labels, calls rules, accepts for its rule."""
STATES, ITEMS, CONTEXTS, PAIRS, FULL, STAMP, UNIONS = 0, 1, 2, 3, 4, 5, 6
"""Places in `Pools.used`."""


class Net(NamedTuple):
    """A network in normal form, packed.

    Attributes:
        edge_head: int32[Q + 1], into `edges`.
        edges: int32[E, 3], rows (lowest label, highest label, target).
        close_head: int32[Q + 1], into `close`.
        close: int32[], for each state the states that read, call or accept and are reached from it by empty moves, itself included.
        call_head: int32[Q + 1], into `calls`.
        calls: int32[K, 3], rows (rule, target, 1 if the target only returns).
        kind: uint8[Q + 1], bits SCANS, CALLS, ENDS; the last state is the root's pseudo-state.
        start: int32[R], start state of each rule; rules are numbered so that a rule that begins with a call has the lower number.
        lead: int32[Q + 1], the rule that a state is at the beginning of, else -1.
        distance: int32[Q + 1], fewest labels to the end of the rule.
        nearer: int32[H, Q + 1], for each of H horizons a state that cannot be told from q by so few bytes; q itself without counts.
    """

    edge_head: Ints
    edges: Ints
    close_head: Ints
    close: Ints
    call_head: Ints
    calls: Ints
    kind: NDArray[np.uint8]
    start: Ints
    lead: Ints
    distance: Ints
    nearer: Ints


class Pools(NamedTuple):
    """The growing tables.

    Attributes:
        used: int64[8]: states, items, contexts, pairs, unions in use; FULL is set where room is lacking; STAMP counts steps.
        state_head: int64[S + 1], into `items`.
        items: int32[I, 2], rows (q, context), ascending.
        state_slots: int32[power of two], hash table of states; 0 is free.
        context_head: int64[X + 1], into `pairs`.
        pairs: int32[P, 2], rows (return state, context), ascending.
        context_slots: int32[power of two], hash table of contexts; 0 is free.
        context_distance: int32[X], fewest labels from a return into the context to the end of the text.
        unions: int32[power of two, 3], hash table of unions (one, other, union); 0 is free.
        transitions: int32[S, C].
        distances: int32[S], fewest labels to acceptance.
        near_state: int32[S, H], what `near_state` found; 0 where it was not asked.
        near_context: int32[X, H], the same for contexts.
    """

    used: NDArray[np.int64]
    state_head: NDArray[np.int64]
    items: Ints
    state_slots: Ints
    context_head: NDArray[np.int64]
    pairs: Ints
    context_slots: Ints
    context_distance: Ints
    unions: Ints
    transitions: Ints
    distances: Ints
    near_state: Ints
    near_context: Ints


class Work(NamedTuple):
    """Room for one step.

    Attributes:
        slot: int32[Q + 1], the context of each item of the set in the making; 0 where there is none. Zeroed after each step.
        touched: int32[Q + 1], the states of that set.
        rule_context: int32[R], the context of each rule called here; 0 where it is not called.
        queued: uint8[R], whether a rule is in the heap.
        heap: int32[R], rules to be started, a heap with the lowest first.
        popped: int32[X], step at which a context was last returned to.
        stack: int32[X + 1], contexts to return to.
        pairs: int32[Q + 1, 2], a context in the making.
        unions: int32[X + 1, 2], unions that wait for those inside them.
        sizes: int64[2], how many of `touched` and of `stack` are in use.
    """

    slot: Ints
    touched: Ints
    rule_context: Ints
    queued: NDArray[np.uint8]
    heap: Ints
    popped: Ints
    stack: Ints
    pairs: Ints
    unions: Ints
    sizes: NDArray[np.int64]


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


@step_kernel
def _hash_rows(rows: Ints, first: int, count: int) -> int:
    """A hash of consecutive rows of two ints."""
    value = np.uint64(1469598103934665603)
    for i in range(first, first + count):
        for j in range(2):
            value = (value ^ np.uint64(rows[i, j])) * np.uint64(1099511628211)
            value ^= value >> np.uint64(29)
    return np.int64(value & np.uint64(0x7FFFFFFFFFFFFFFF))


@step_kernel
def _same_rows(rows: Ints, first: int, other: Ints, start: int, count: int) -> bool:
    """Whether `count` rows from `first` and from `start` are equal."""
    for i in range(count):
        if rows[first + i, 0] != other[start + i, 0] or rows[first + i, 1] != other[start + i, 1]:
            return False
    return True


@step_kernel
def intern_context(net: Net, pools: Pools, pairs: Ints, count: int) -> int:
    """The number of the context of the first `count` rows of `pairs`, ascending; 0 and FULL set if there is no room."""
    mask = len(pools.context_slots) - 1
    slot = _hash_rows(pairs, 0, count) & mask
    while pools.context_slots[slot] != 0:
        known = pools.context_slots[slot]
        first = pools.context_head[known]
        if pools.context_head[known + 1] - first == count and _same_rows(pairs, 0, pools.pairs, first, count):
            return known
        slot = (slot + 1) & mask
    number, first = pools.used[CONTEXTS], pools.used[PAIRS]
    if 2 * number >= mask or number >= len(pools.context_distance) or first + count > len(pools.pairs):
        pools.used[FULL] = 1
        return 0
    best = NEVER
    for i in range(count):
        pools.pairs[first + i, 0], pools.pairs[first + i, 1] = pairs[i, 0], pairs[i, 1]
        best = min(best, net.distance[pairs[i, 0]] + pools.context_distance[pairs[i, 1]], FAR)
    pools.context_distance[number] = best
    pools.context_head[number + 1] = first + count
    pools.used[CONTEXTS], pools.used[PAIRS] = number + 1, first + count
    pools.context_slots[slot] = number
    return number


@step_kernel
def _union_slot(pools: Pools, one: int, other: int) -> int:
    """Where the union of two contexts, the lower number first, is remembered or would be."""
    mask = len(pools.unions) - 1
    slot = ((one * 40503) ^ (other * 2654435761) ^ (other >> 7)) & mask
    while pools.unions[slot, 0] != 0 and (pools.unions[slot, 0] != one or pools.unions[slot, 1] != other):
        slot = (slot + 1) & mask
    return slot


@step_kernel
def _known_union(pools: Pools, one: int, other: int) -> int:
    """The union of two contexts if it is one of them or remembered, else 0."""
    if one == other or other == 0:
        return one
    if one == 0:
        return other
    return pools.unions[_union_slot(pools, min(one, other), max(one, other)), 2]


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
            both = _known_union(pools, pools.pairs[i, 1], pools.pairs[j, 1])
            if both == 0 and pools.pairs[i, 1] != 0:
                work.unions[depth, 0], work.unions[depth, 1] = pools.pairs[i, 1], pools.pairs[j, 1]
                return 0
            merged[count, 0], merged[count, 1] = pools.pairs[i, 0], both
            i += 1
            j += 1
        count += 1
    if 2 * pools.used[UNIONS] >= len(pools.unions):
        pools.used[FULL] = 1
        return 0
    result = intern_context(net, pools, merged, count)
    if result:
        slot = _union_slot(pools, min(one, other), max(one, other))
        pools.unions[slot, 0], pools.unions[slot, 1], pools.unions[slot, 2] = min(one, other), max(one, other), result
        pools.used[UNIONS] += 1
    return result


@step_kernel
def unite(net: Net, pools: Pools, work: Work, one: int, other: int) -> int:
    """The context of the pairs of both, with the contexts of equal return states united; 0 if there is no room.

    Without recursion, which numba's cache does not survive: a union waits on a stack until those inside it are known.
    """
    known = _known_union(pools, one, other)
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


@step_kernel
def _add(net: Net, pools: Pools, work: Work, target: int, context: int, sizes: NDArray[np.int64]) -> None:
    """Add (q, context) for every q that empty moves lead to from `target`. `sizes` is (touched, stack)."""
    if pools.used[FULL]:
        return
    for i in range(net.close_head[target], net.close_head[target + 1]):
        q = net.close[i]
        if net.kind[q] & ENDS and work.popped[context] != pools.used[STAMP]:
            work.popped[context] = pools.used[STAMP]
            work.stack[sizes[1]] = context
            sizes[1] += 1
        if net.kind[q] & (SCANS | CALLS):
            if work.slot[q] == 0:
                work.touched[sizes[0]] = q
                sizes[0] += 1
                work.slot[q] = context
            elif work.slot[q] != context:
                work.slot[q] = unite(net, pools, work, work.slot[q], context)


@step_kernel
def _return(net: Net, pools: Pools, work: Work, sizes: NDArray[np.int64]) -> bool:
    """Return from ended rules until nothing new is reached; whether the text may end here."""
    accepting = False
    root = len(net.kind) - 1
    while sizes[1] and not pools.used[FULL]:
        sizes[1] -= 1
        context = work.stack[sizes[1]]
        for i in range(pools.context_head[context], pools.context_head[context + 1]):
            if pools.pairs[i, 0] == root:
                accepting = True
            else:
                _add(net, pools, work, pools.pairs[i, 0], pools.pairs[i, 1], sizes)
    return accepting


@step_kernel
def _queue(work: Work, rule: int, waiting: int) -> int:
    """Put a rule into the heap of `waiting` rules unless it is there; the new number of waiting rules."""
    if work.queued[rule]:
        return waiting
    work.queued[rule] = 1
    place = waiting
    while place > 0 and work.heap[(place - 1) >> 1] > rule:
        work.heap[place] = work.heap[(place - 1) >> 1]
        place = (place - 1) >> 1
    work.heap[place] = rule
    return waiting + 1


@step_kernel
def _take(work: Work, waiting: int) -> int:
    """Take the lowest rule out of the heap of `waiting` rules."""
    lowest, last = work.heap[0], work.heap[waiting - 1]
    place, count = 0, waiting - 1
    while True:
        child = 2 * place + 1
        if child >= count:
            break
        if child + 1 < count and work.heap[child + 1] < work.heap[child]:
            child += 1
        if work.heap[child] >= last:
            break
        work.heap[place] = work.heap[child]
        place = child
    work.heap[place] = last
    work.queued[lowest] = 0
    return lowest


@step_kernel
def _call(net: Net, pools: Pools, work: Work, q: int, waiting: int) -> int:
    """Note the calls of an item and queue their rules; the new number of waiting rules."""
    context = work.slot[q]
    for i in range(net.call_head[q], net.call_head[q + 1]):
        called = context
        if not net.calls[i, 2]:
            work.pairs[0, 0], work.pairs[0, 1] = net.calls[i, 1], context
            called = intern_context(net, pools, work.pairs, 1)
        rule = net.calls[i, 0]
        work.rule_context[rule] = unite(net, pools, work, work.rule_context[rule], called)
        waiting = _queue(work, rule, waiting)
        if pools.used[FULL]:
            break
    return waiting


@step_kernel
def _expand_calls(net: Net, pools: Pools, work: Work, sizes: NDArray[np.int64]) -> None:
    """Start the rules that the items call, a rule after every rule that may begin with it."""
    waiting = 0
    for i in range(sizes[0]):
        q = work.touched[i]
        if net.kind[q] & CALLS and not pools.used[FULL]:
            waiting = _call(net, pools, work, q, waiting) if net.lead[q] < 0 else _queue(work, net.lead[q], waiting)
    while waiting:
        rule = _take(work, waiting)
        waiting -= 1
        context, start = work.rule_context[rule], net.start[rule]
        work.rule_context[rule] = 0
        if pools.used[FULL]:
            continue
        if context:
            _add(net, pools, work, start, context, sizes)
        for i in range(net.close_head[start], net.close_head[start + 1]):
            q = net.close[i]
            if net.kind[q] & CALLS and work.slot[q] != 0 and not pools.used[FULL]:
                waiting = _call(net, pools, work, q, waiting)


@step_kernel
def _collected(net: Net, pools: Pools, work: Work, touched: int, accepting: bool) -> int:
    """The state of the items in the slots, which are cleared; -1 if there is no room."""
    first, count = pools.used[ITEMS], 0
    root = len(net.kind) - 1
    for i in range(touched):
        q = work.touched[i]
        context = work.slot[q]
        work.slot[q] = 0
        if not net.kind[q] & SCANS:
            continue
        if first + count + 1 >= len(pools.items):
            pools.used[FULL] = 1
            continue
        place = first + count
        while place > first and pools.items[place - 1, 0] > q:
            pools.items[place, 0], pools.items[place, 1] = pools.items[place - 1, 0], pools.items[place - 1, 1]
            place -= 1
        pools.items[place, 0], pools.items[place, 1] = q, context
        count += 1
    if accepting and not pools.used[FULL]:
        pools.items[first + count, 0], pools.items[first + count, 1] = root, 1
        count += 1
    if pools.used[FULL]:
        return -1
    return _intern_state(net, pools, count) if count else 0


@step_kernel
def _settle(net: Net, pools: Pools, work: Work, sizes: NDArray[np.int64]) -> int:
    """Close the set in the making and give back its state; -1 if there is no room, and then nothing has changed but the contexts."""
    accepting = _return(net, pools, work, sizes)
    _expand_calls(net, pools, work, sizes)
    return _collected(net, pools, work, sizes[0], accepting)


@step_kernel
def _intern_state(net: Net, pools: Pools, count: int) -> int:
    """The state of the `count` items at the end of the pool; -1 if there is no room."""
    first = pools.used[ITEMS]
    mask = len(pools.state_slots) - 1
    slot = _hash_rows(pools.items, first, count) & mask
    while pools.state_slots[slot] != 0:
        known = pools.state_slots[slot]
        begin = pools.state_head[known]
        if pools.state_head[known + 1] - begin == count and _same_rows(pools.items, first, pools.items, begin, count):
            return known
        slot = (slot + 1) & mask
    number = pools.used[STATES]
    if 2 * number >= mask or number >= len(pools.transitions):
        pools.used[FULL] = 1
        return -1
    best = NEVER
    for i in range(first, first + count):
        best = min(best, net.distance[pools.items[i, 0]] + pools.context_distance[pools.items[i, 1]], FAR)
    if pools.items[first + count - 1, 0] == len(net.kind) - 1:
        best = 0
    pools.distances[number] = best
    pools.state_head[number + 1] = first + count
    pools.used[STATES], pools.used[ITEMS] = number + 1, first + count
    pools.state_slots[slot] = number
    return number


@kernel
def start_state(net: Net, pools: Pools, work: Work, empty: bool) -> int:
    """The state before any label; `empty` makes it accept. -1 if there is no room."""
    pools.used[STAMP] += 1
    sizes = work.sizes
    sizes[:] = 0
    _add(net, pools, work, net.start[0], 1, sizes)
    if empty:
        work.stack[0] = 1
        sizes[1] = 1
    return _settle(net, pools, work, sizes)


@step_kernel
def _near_context(net: Net, pools: Pools, work: Work, horizon: int, context: int) -> int:
    """The context with every return state replaced by the one that stands for it within the horizon; 0 if there is no room."""
    known, nearer, pairs = pools.near_context, net.nearer, pools.pairs
    stack, depth = work.stack, 1
    stack[0] = context
    while depth:
        top = stack[depth - 1]
        first, last = pools.context_head[top], pools.context_head[top + 1]
        waits = 0
        for i in range(first, last):
            if pairs[i, 1] != 0 and known[pairs[i, 1], horizon] == 0:
                waits = pairs[i, 1]
        if waits:
            stack[depth] = waits
            depth += 1
            continue
        depth -= 1
        result = 0
        for i in range(first, last):  # pair by pair: the union puts them in order, and those together that have come to be equal
            work.pairs[0, 0] = nearer[horizon, pairs[i, 0]]
            work.pairs[0, 1] = known[pairs[i, 1], horizon] if pairs[i, 1] else 0
            result = unite(net, pools, work, result, intern_context(net, pools, work.pairs, 1))
            if pools.used[FULL]:
                return 0
        known[top, horizon] = result
    return known[context, horizon]


@kernel
def near_state(net: Net, pools: Pools, work: Work, state: int, horizon: int) -> int:
    """A state that cannot be told from this one within the horizon, the same for many; -1 if there is no room."""
    pools.used[STAMP] += 1
    touched, accepting = 0, False
    for i in range(pools.state_head[state], pools.state_head[state + 1]):
        if pools.items[i, 0] == len(net.kind) - 1:
            accepting = True
            continue
        q = net.nearer[horizon, pools.items[i, 0]]
        context = _near_context(net, pools, work, horizon, pools.items[i, 1])
        if pools.used[FULL]:
            break
        if work.slot[q] == 0:
            work.touched[touched] = q
            touched += 1
        work.slot[q] = unite(net, pools, work, work.slot[q], context)
    result = _collected(net, pools, work, touched, accepting)
    if result > 0:
        pools.near_state[state, horizon] = result
    return result


@kernel
def rehash(pools: Pools) -> None:
    """Fill the hash tables anew from the pools."""
    pools.state_slots[:] = 0
    mask = len(pools.state_slots) - 1
    for state in range(1, pools.used[STATES]):
        first = pools.state_head[state]
        slot = _hash_rows(pools.items, first, pools.state_head[state + 1] - first) & mask
        while pools.state_slots[slot] != 0:
            slot = (slot + 1) & mask
        pools.state_slots[slot] = state
    pools.context_slots[:] = 0
    mask = len(pools.context_slots) - 1
    for context in range(1, pools.used[CONTEXTS]):
        first = pools.context_head[context]
        slot = _hash_rows(pools.pairs, first, pools.context_head[context + 1] - first) & mask
        while pools.context_slots[slot] != 0:
            slot = (slot + 1) & mask
        pools.context_slots[slot] = context
    pools.unions[:] = 0
    pools.used[UNIONS] = 0


@step_kernel
def build(net: Net, pools: Pools, work: Work, state: int, label: int) -> int:
    """The state after one more label, built if it is not known; -1 if there is no room."""
    pools.used[STAMP] += 1
    sizes = work.sizes
    sizes[:] = 0
    for i in range(pools.state_head[state], pools.state_head[state + 1]):
        q, context = pools.items[i, 0], pools.items[i, 1]
        for j in range(net.edge_head[q], net.edge_head[q + 1]):
            if net.edges[j, 0] <= label <= net.edges[j, 1]:
                _add(net, pools, work, net.edges[j, 2], context, sizes)
    if sizes[0] == 0 and sizes[1] == 0:
        return 0
    return _settle(net, pools, work, sizes)


@kernel
def run_building(net: Net, pools: Pools, work: Work, labels: tuple[Ints, Ints], data: Ints, at: NDArray[np.int64]) -> bool:
    """Read labels one after the other, building transitions on the way.

    Args:
        labels: classes int32[L], the class of each label; and examples int32[C], a label of each class.
        at: int64[2], place in `data` and state; updated.

    Returns:
        False if there is no room; call again after growing.
    """
    classes, examples = labels
    while at[0] < len(data) and at[1] != 0:
        label_class = classes[data[at[0]]]
        target = pools.transitions[at[1], label_class]
        if target < 0:
            target = build(net, pools, work, at[1], examples[label_class])
            if target < 0:
                return False
            pools.transitions[at[1], label_class] = target
        at[0] += 1
        at[1] = target
    return True
