"""Kernels of floor 2: building the states of a network's lazily built automaton.

A state of the automaton is a set of items (q, context). A context is a hash-consed set of (return state, context): equal sets are the same
number. Context 0 is none; the root's context is the set of one item whose return state is the pseudo-state ROOT.

All that these kernels read and write are three arrays of int32, the tables of the network, of the states and of the work, and a fourth that
says where in them each part lies. To hand over 36 arrays would cost 8 us a call, more than a step takes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fsmgen._kernels import entry_kernel, inlined_kernel, part, part_kernel, step_kernel

Ints = NDArray[np.int32]
NEVER = 2**31 - 1
FAR = 2**30
"""Distances are not counted beyond this."""
ROOT = 0
"""The pseudo-state to which rule 0 returns: the text may end."""
HOLES, FOLLOWS = 16, 32
"""How many contexts of a state a signature keeps apart, and how many sets of labels that may follow them; see `signatures`."""
SCANS, CALLS, ENDS = 1, 2, 4
"""Bits of `Net.kind`: the state reads labels, calls rules, accepts for its rule."""
STATES, ITEMS, CONTEXTS, PAIRS, FULL, STAMP, UNIONS, MISSING, KNOWN_FOLLOWS = 0, 1, 2, 3, 4, 5, 6, 7, 8
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
        kind: int32[Q], bits SCANS, CALLS, ENDS; none for ROOT.
        start: int32[R], start state of each rule, -1 for one that is not made yet; a rule that begins with a call has a lower number than
            the one it calls, except for rules that were made later, which come last.
        lead: int32[Q], the rule that a state is at the beginning of, else -1.
        distance: int32[Q], fewest labels to the end of the rule.
        nearer: int32[H, Q], for each of H horizons a state that cannot be told from q by so few bytes; q itself without counts.
        classes: int32[L], the class of each label.
        examples: int32[C], a label of each class.
    """

    edge_head: Ints
    edges: Ints
    close_head: Ints
    close: Ints
    call_head: Ints
    calls: Ints
    kind: Ints
    start: Ints
    lead: Ints
    distance: Ints
    nearer: Ints
    classes: Ints
    examples: Ints


class Pools(NamedTuple):
    """The growing tables.

    Attributes:
        used: int32[9]: states, items, contexts, pairs, unions, follows in use; FULL is set where room is lacking, or a rule, and then
            MISSING is its number; STAMP counts steps.
        state_head: int32[S + 1], into `items`.
        items: int32[I, 2], rows (q, context), ascending but for ROOT, which comes last.
        state_slots: int32[power of two], hash table of states; 0 is free.
        context_head: int32[X + 1], into `pairs`.
        pairs: int32[P, 2], rows (return state, context), ascending.
        context_slots: int32[power of two], hash table of contexts; 0 is free.
        context_distance: int32[X], fewest labels from a return into the context to the end of the text.
        unions: int32[power of two, 3], hash table of unions (one, other, union); 0 is free.
        transitions: int32[S, C].
        distances: int32[S], fewest labels to acceptance.
        near_state: int32[S, H], what `near_state` found; 0 where it was not asked.
        near_context: int32[X, H], the same for contexts.
        signature: int32[S], the signature of each state; 0 where it was not asked.
        returned: int32[X], the state after a return into each context; 0 where it was not asked.
        follows: int32[FOLLOWS, C], 1 for each class of a set of labels.
    """

    used: Ints
    state_head: Ints
    items: Ints
    state_slots: Ints
    context_head: Ints
    pairs: Ints
    context_slots: Ints
    context_distance: Ints
    unions: Ints
    transitions: Ints
    distances: Ints
    near_state: Ints
    near_context: Ints
    signature: Ints
    returned: Ints
    follows: Ints


class Work(NamedTuple):
    """Room for one step.

    Attributes:
        slot: int32[Q], the context of each item of the set in the making; 0 where there is none. Zeroed after each step.
        touched: int32[Q], the states of that set.
        rule_context: int32[R], the context of each rule called here; 0 where it is not called.
        queued: int32[R], whether a rule is in the heap.
        heap: int32[R], rules to be started, a heap with the lowest first.
        popped: int32[X], step at which a context was last returned to.
        stack: int32[X + 1], contexts to return to.
        pairs: int32[Q, 2], a context in the making.
        unions: int32[X + 1, 2], unions that wait for those inside them.
        sizes: int32[3], how many of `touched`, of `stack` and of `marks` are in use.
        marks: int32[2 * HOLES], the holes of a signature that the set in the making returned into, and those that it left.
        holes: int32[HOLES, 2], contexts of a state, and the contexts that stand for them in its signature.
    """

    slot: Ints
    touched: Ints
    rule_context: Ints
    queued: Ints
    heap: Ints
    popped: Ints
    stack: Ints
    pairs: Ints
    unions: Ints
    sizes: Ints
    marks: Ints
    holes: Ints


class Machine(NamedTuple):
    """The three tables, opened."""

    net: Net
    pools: Pools
    work: Work


Layout = NDArray[np.int64]
"""int64[F, 3], for each field of Net, Pools and Work: where in its table it begins, its rows, and its columns if it has two dimensions."""
POOLS, WORK, FIELDS = 13, 29, 41
"""Where in the layout the fields of Pools and Work begin, and how many fields there are."""
KIND = 6
"""Where in the layout `Net.kind` is: the rows of that field are the states that there is room for."""


@inlined_kernel
def _line(table: Ints, layout: Layout, field: int) -> Ints:
    return table[layout[field, 0] : layout[field, 0] + layout[field, 1]]


@inlined_kernel
def _grid(table: Ints, layout: Layout, field: int) -> Ints:
    return part(table, layout[field, 0], layout[field, 1], layout[field, 2])


@inlined_kernel
def net_of(table: Ints, layout: Layout) -> Net:
    """The network's parts."""
    return Net(
        _line(table, layout, 0), _grid(table, layout, 1), _line(table, layout, 2), _line(table, layout, 3), _line(table, layout, 4),
        _grid(table, layout, 5), _line(table, layout, 6), _line(table, layout, 7), _line(table, layout, 8), _line(table, layout, 9),
        _grid(table, layout, 10), _line(table, layout, 11), _line(table, layout, 12),
    )  # fmt: skip


@inlined_kernel
def _pools(table: Ints, layout: Layout) -> Pools:
    first = POOLS
    return Pools(
        _line(table, layout, first), _line(table, layout, first + 1), _grid(table, layout, first + 2), _line(table, layout, first + 3),
        _line(table, layout, first + 4), _grid(table, layout, first + 5), _line(table, layout, first + 6), _line(table, layout, first + 7),
        _grid(table, layout, first + 8), _grid(table, layout, first + 9), _line(table, layout, first + 10),
        _grid(table, layout, first + 11), _grid(table, layout, first + 12), _line(table, layout, first + 13),
        _line(table, layout, first + 14), _grid(table, layout, first + 15),
    )  # fmt: skip


@inlined_kernel
def _work(table: Ints, layout: Layout) -> Work:
    first = WORK
    return Work(
        _line(table, layout, first), _line(table, layout, first + 1), _line(table, layout, first + 2), _line(table, layout, first + 3),
        _line(table, layout, first + 4), _line(table, layout, first + 5), _line(table, layout, first + 6), _grid(table, layout, first + 7),
        _grid(table, layout, first + 8), _line(table, layout, first + 9), _line(table, layout, first + 10),
        _grid(table, layout, first + 11),
    )  # fmt: skip


@inlined_kernel
def opened(net: Ints, pools: Ints, work: Ints, layout: Layout) -> Machine:
    """The tables' parts."""
    return Machine(net_of(net, layout), _pools(pools, layout), _work(work, layout))


@part_kernel
def _hash_rows(rows: Ints, first: int, count: int) -> int:
    """A hash of consecutive rows of two ints."""
    value = np.uint64(1469598103934665603)
    for i in range(first, first + count):
        for j in range(2):
            value = (value ^ np.uint64(rows[i, j])) * np.uint64(1099511628211)
            value ^= value >> np.uint64(29)
    return np.int64(value & np.uint64(0x7FFFFFFFFFFFFFFF))


@part_kernel
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
        if pairs[i, 0] >= 0:
            best = min(best, net.distance[pairs[i, 0]] + pools.context_distance[pairs[i, 1]], FAR)
    pools.context_distance[number] = best if best != NEVER else 0
    pools.context_head[number + 1] = first + count
    pools.used[CONTEXTS], pools.used[PAIRS] = number + 1, first + count
    pools.context_slots[slot] = number
    return number


@part_kernel
def _union_slot(pools: Pools, one: int, other: int) -> int:
    """Where the union of two contexts, the lower number first, is remembered or would be."""
    mask = len(pools.unions) - 1
    slot = ((np.int64(one) * 40503) ^ (np.int64(other) * 2654435761) ^ (other >> 7)) & mask
    while pools.unions[slot, 0] != 0 and (pools.unions[slot, 0] != one or pools.unions[slot, 1] != other):
        slot = (slot + 1) & mask
    return slot


@part_kernel
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
def _mark(work: Work, mark: int) -> None:
    """Add a mark to the set in the making unless it is there."""
    count = work.sizes[2]
    for i in range(count):
        if work.marks[i] == mark:
            return
    work.marks[count] = mark
    work.sizes[2] = count + 1


@part_kernel
def _add(net: Net, pools: Pools, work: Work, target: int, context: int, sizes: Ints) -> None:
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


@part_kernel
def _return(net: Net, pools: Pools, work: Work, sizes: Ints) -> bool:
    """Return from ended rules until nothing new is reached; whether the text may end here."""
    accepting = False
    while sizes[1] and not pools.used[FULL]:
        sizes[1] -= 1
        context = work.stack[sizes[1]]
        for i in range(pools.context_head[context], pools.context_head[context + 1]):
            if pools.pairs[i, 0] == ROOT:
                accepting = True
            elif pools.pairs[i, 0] < 0:
                _mark(work, pools.pairs[i, 0])
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
def _expand_calls(net: Net, pools: Pools, work: Work, sizes: Ints) -> None:
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
        if start < 0 and not pools.used[FULL]:
            pools.used[FULL], pools.used[MISSING] = 1, rule
        if pools.used[FULL]:
            continue
        if context:
            _add(net, pools, work, start, context, sizes)
        for i in range(net.close_head[start], net.close_head[start + 1]):
            q = net.close[i]
            if net.kind[q] & CALLS and work.slot[q] != 0 and not pools.used[FULL]:
                waiting = _call(net, pools, work, q, waiting)


@step_kernel
def _insert(items: Ints, used: Ints, count: int, q: int, context: int) -> int:
    """Add an item to the `count` ones at the end of the pool, in order; their number then. FULL is set without room for one more."""
    first = used[ITEMS]
    if first + count + 1 >= len(items):
        used[FULL] = 1
        return count
    place = first + count
    while place > first and items[place - 1, 0] > q:
        items[place, 0], items[place, 1] = items[place - 1, 0], items[place - 1, 1]
        place -= 1
    items[place, 0], items[place, 1] = q, context
    return count + 1


@step_kernel
def collected(net: Net, pools: Pools, work: Work, accepting: bool) -> int:
    """The state of the items in the slots, which are cleared, and of the marks; -1 if there is no room."""
    count = 0
    for i in range(work.sizes[0]):
        q = work.touched[i]
        context = work.slot[q]
        work.slot[q] = 0
        if net.kind[q] & SCANS:
            count = _insert(pools.items, pools.used, count, q, context)
    for i in range(work.sizes[2]):
        count = _insert(pools.items, pools.used, count, work.marks[i], 1)
    if pools.used[FULL]:
        return -1
    if accepting:
        pools.items[pools.used[ITEMS] + count, 0], pools.items[pools.used[ITEMS] + count, 1] = ROOT, 1
        count += 1
    return _intern_state(net, pools, count) if count else 0


@part_kernel
def settle(net: Net, pools: Pools, work: Work, sizes: Ints) -> int:
    """Close the set in the making and give back its state; -1 if there is no room, and then nothing has changed but the contexts."""
    accepting = _return(net, pools, work, sizes)
    if len(net.calls):
        _expand_calls(net, pools, work, sizes)
    return collected(net, pools, work, accepting)


@part_kernel
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
        ways = net.distance[pools.items[i, 0]] + pools.context_distance[pools.items[i, 1]] if pools.items[i, 0] >= 0 else 0
        best = min(best, ways, FAR)
    if pools.items[first + count - 1, 0] == ROOT:
        best = 0
    pools.distances[number] = best
    pools.state_head[number + 1] = first + count
    pools.used[STATES], pools.used[ITEMS] = number + 1, first + count
    pools.state_slots[slot] = number
    return number


@entry_kernel
def start_state(net_table: Ints, pools_table: Ints, work_table: Ints, layout: Layout, empty: bool) -> int:
    """The state before any label; `empty` makes it accept. -1 if there is no room."""
    net, pools, work = opened(net_table, pools_table, work_table, layout)
    pools.used[STAMP] += 1
    sizes = work.sizes
    sizes[:] = 0
    _add(net, pools, work, net.start[0], 1, sizes)
    if empty:
        work.stack[0] = 1
        sizes[1] = 1
    return settle(net, pools, work, sizes)


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
            work.pairs[0, 0] = nearer[horizon, pairs[i, 0]] if pairs[i, 0] >= 0 else pairs[i, 0]
            work.pairs[0, 1] = known[pairs[i, 1], horizon] if pairs[i, 1] else 0
            result = unite(net, pools, work, result, intern_context(net, pools, work.pairs, 1))
            if pools.used[FULL]:
                return 0
        known[top, horizon] = result
    return known[context, horizon]


@step_kernel
def near(net: Net, pools: Pools, work: Work, state: int, horizon: int) -> int:
    """A state that cannot be told from this one within the horizon, the same for many; -1 if there is no room."""
    if pools.near_state[state, horizon] != 0:
        return pools.near_state[state, horizon]
    pools.used[STAMP] += 1
    sizes, accepting = work.sizes, False
    sizes[:] = 0
    for i in range(pools.state_head[state], pools.state_head[state + 1]):
        if pools.items[i, 0] == ROOT:
            accepting = True
            continue
        if pools.items[i, 0] < 0:
            _mark(work, pools.items[i, 0])
            continue
        q = net.nearer[horizon, pools.items[i, 0]]
        context = _near_context(net, pools, work, horizon, pools.items[i, 1])
        if pools.used[FULL]:
            break
        if work.slot[q] == 0:
            work.touched[sizes[0]] = q
            sizes[0] += 1
        work.slot[q] = unite(net, pools, work, work.slot[q], context)
    result = collected(net, pools, work, accepting)
    if result > 0:
        pools.near_state[state, horizon] = result
    return result


@entry_kernel
def near_state(net_table: Ints, pools_table: Ints, work_table: Ints, layout: Layout, place: tuple[int, int]) -> int:
    """`near` of (state, horizon)."""
    net, pools, work = opened(net_table, pools_table, work_table, layout)
    return near(net, pools, work, place[0], place[1])


@entry_kernel
def rehash(net_table: Ints, pools_table: Ints, work_table: Ints, layout: Layout) -> None:
    """Fill the hash tables anew from the pools."""
    _, pools, _ = opened(net_table, pools_table, work_table, layout)
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
def _leave(net: Net, pools: Pools, work: Work, mark: int, label: int) -> None:
    """One more label after a return into a hole: it leads out of the signature, or nowhere."""
    number = -1 - mark
    if number < HOLES * FOLLOWS and pools.follows[number % FOLLOWS, net.classes[label]]:
        _mark(work, -1 - HOLES * FOLLOWS - number // FOLLOWS)


@step_kernel
def build(net: Net, pools: Pools, work: Work, state: int, label: int) -> int:
    """The state after one more label, built if it is not known; -1 if there is no room."""
    pools.used[STAMP] += 1
    sizes = work.sizes
    sizes[:] = 0
    for i in range(pools.state_head[state], pools.state_head[state + 1]):
        q, context = pools.items[i, 0], pools.items[i, 1]
        if q < 0:
            _leave(net, pools, work, q, label)
            continue
        for j in range(net.edge_head[q], net.edge_head[q + 1]):
            if net.edges[j, 0] <= label <= net.edges[j, 1]:
                _add(net, pools, work, net.edges[j, 2], context, sizes)
    if sizes[0] == 0 and sizes[1] == 0 and sizes[2] == 0:
        return 0
    return settle(net, pools, work, sizes)


@step_kernel
def _note(net: Net, pools: Pools, state: int, label: int, target: int) -> None:
    """Note where a label leads from a state, and with it all labels around it that the same moves read; most lead nowhere."""
    low, high = 0, len(net.classes) - 1
    for i in range(pools.state_head[state], pools.state_head[state + 1]):
        q = pools.items[i, 0]
        if q >= 0:
            for j in range(net.edge_head[q], net.edge_head[q + 1]):
                first, last = net.edges[j, 0], net.edges[j, 1]
                if last < label:
                    low = max(low, last + 1)
                elif label < first:
                    high = min(high, first - 1)
                else:
                    low, high = max(low, first), min(high, last)
        elif -1 - q < HOLES * FOLLOWS:
            follows = pools.follows[(-1 - q) % FOLLOWS]
            for other in range(low, high + 1):
                if follows[net.classes[other]] != follows[net.classes[label]]:
                    low, high = (other + 1, high) if other < label else (low, other - 1)
                    if other > label:
                        break
    for other in range(low, high + 1):
        pools.transitions[state, net.classes[other]] = target


@step_kernel
def step(machine: Machine, state: int, label_class: int) -> int:
    """The state after one more label of a class, built and noted if it is not known; -1 if there is no room.

    A state of a signature that has left holes is noted as `-2 - target`.
    """
    target = machine.pools.transitions[state, label_class]
    if target >= 0:
        return target
    if target < -1:
        return -2 - target
    label = machine.net.examples[label_class]
    target = build(machine.net, machine.pools, machine.work, state, label)
    if target >= 0:
        left = target > 0 and machine.pools.items[machine.pools.state_head[target], 0] < -HOLES * FOLLOWS
        _note(machine.net, machine.pools, state, label, -2 - target if left else target)
    return target


@entry_kernel
def after_label(net_table: Ints, pools_table: Ints, work_table: Ints, layout: Layout, place: tuple[int, int]) -> int:
    """The state after one more label, from (state, label); -1 if there is no room."""
    machine = opened(net_table, pools_table, work_table, layout)
    state, label = place
    return step(machine, state, machine.net.classes[label])


@entry_kernel
def after_bytes(net_table: Ints, pools_table: Ints, work_table: Ints, layout: Layout, data: NDArray[np.uint8], state: int) -> int:
    """The state after a text; -1 if there is no room, and then what was built is kept."""
    machine = opened(net_table, pools_table, work_table, layout)
    classes = machine.net.classes
    for i in range(len(data)):
        state = step(machine, state, classes[data[i]])
        if state <= 0:
            break
    return state
