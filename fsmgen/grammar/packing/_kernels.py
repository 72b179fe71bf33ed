"""The kernels that prepare a network for stepping. They do what `fsmgen.grammar.normal_form` does, but for left recursion."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fsmgen._kernels import kernel, step_kernel
from fsmgen.grammar.machine._kernels import (
    CALLS,
    ENDS,
    FIELDS,
    FOLLOWS,
    HOLES,
    NEVER,
    POOLS,
    ROOT,
    SCANS,
    WORK,
    Ints,
    Layout,
    Net,
    net_of,
)
from fsmgen.grammar.measuring._kernels import Parts, close, grouped, measure, partition_labels, put

OPTION_NORMAL, OPTION_ALL, OPTION_OPEN = 1, 2, 4
"""Bits of `pack`: the network is in normal form; a walk may begin with any rule; there will be more rules, and labels have no classes."""
HORIZONS = 2
"""For how many lengths of tokens states are compared, see `States.set_horizons`."""
Marks = NDArray[np.uint8]
_OPEN, _DONE = 1, 2
"""Colours of a rule in a search: what it begins with is being looked at, or has been."""


class Moves(NamedTuple):
    """Moves by source: the rows of state q in `order` are those from `head[q]` on."""

    edge_head: Ints
    edge_order: Ints
    empty_head: Ints
    empty_order: Ints
    call_head: Ints
    call_order: Ints


class Sorted(NamedTuple):
    """Moves that some word uses, by source: those of state q are the rows from `head[q]` on.

    Attributes:
        edges: int32[E, 3], rows (lowest label, highest label, target).
        empties: int32[M], targets.
        calls: int32[K, 3], rows (rule, target, 1 if the target only returns).
        kind: uint8[Q], as in `Net`.
    """

    edge_head: Ints
    edges: Ints
    empty_head: Ints
    empties: Ints
    call_head: Ints
    calls: Ints
    kind: Marks


@kernel
def _by_source(parts: Parts, states: int, reading: bool) -> Moves:
    """The moves by source, those that read something too or not."""
    edge_head, edge_order = grouped(parts.edges[: len(parts.edges) if reading else 0, 0], states if reading else 0)
    empty_head, empty_order = grouped(parts.empties[:, 0], states)
    call_head, call_order = grouped(parts.calls[:, 0], states)
    return Moves(edge_head, edge_order, empty_head, empty_order, call_head, call_order)


@kernel
def owners(parts: Parts, states: int) -> Ints:
    """int32[Q], the rule of each state. Rules that are laid out lie one after the other, in the order of their numbers."""
    owner, last = np.full(states, -1, np.int32), states
    for rule in range(len(parts.bounds) - 1, -1, -1):
        if parts.least[rule] == 0:
            owner[parts.bounds[rule, 0] : last] = rule
            last = parts.bounds[rule, 0]
    return owner


@step_kernel
def _push(state: int, stamp: int, seen: NDArray[np.int64], stack: Ints, count: int) -> int:
    """Put a state on the stack unless it was there; how many are."""
    if seen[state] == stamp:
        return count
    seen[state] = stamp
    stack[count] = state
    return count + 1


@kernel
def _empty_rules(parts: Parts, moves: Moves, states: int) -> Marks:
    """Whether each rule derives the empty word; calls that must read something do not count."""
    found = (parts.least < 0).astype(np.uint8)
    seen, stack, stamp, more = np.zeros(states, np.int64), np.empty(states, np.int32), 0, True
    while more:
        more = False
        for rule in range(len(found)):
            if found[rule] or parts.least[rule]:
                continue
            stamp += 1
            count = _push(parts.bounds[rule, 0], stamp, seen, stack, 0)
            while count and not found[rule]:
                count -= 1
                state = stack[count]
                found[rule] = state == parts.bounds[rule, 1]
                for i in range(moves.empty_head[state], moves.empty_head[state + 1]):
                    count = _push(parts.empties[moves.empty_order[i], 1], stamp, seen, stack, count)
                for i in range(moves.call_head[state], moves.call_head[state + 1]):
                    row = moves.call_order[i]
                    if parts.calls[row, 3] == 0 and found[parts.calls[row, 1]]:
                        count = _push(parts.calls[row, 2], stamp, seen, stack, count)
            more = more or found[rule] == 1
    return found


@kernel
def _with_silent_calls(parts: Parts, empty: Marks) -> Ints:
    """The empty moves, and one around each call that may be empty."""
    out = np.empty((len(parts.empties) + len(parts.calls), 2), np.int32)
    count = len(parts.empties)
    put(parts.empties, out)
    for i in range(len(parts.calls)):
        if parts.calls[i, 3] == 0 and empty[parts.calls[i, 1]]:
            out[count, 0], out[count, 1] = parts.calls[i, 0], parts.calls[i, 2]
            count += 1
    return out[:count]


@kernel
def two_copies(parts: Parts, states: int) -> tuple[Parts, int, Marks]:
    """The network with rules that derive no empty word, the number of its states, and which rules did.

    A rule that did gets two copies of its states: nothing read yet, and something read. It starts in the first and accepts in the second;
    a call leads to the second. Around a call that may be empty there is an empty move. Rule 0, which nothing calls, stays as it is.
    """
    empty = _empty_rules(parts, _by_source(parts, states, False), states)
    empty[0] = 0
    some = 0
    for rule in range(len(empty)):
        some += empty[rule]
    if not some:
        return parts, states, empty
    empties, owner = _with_silent_calls(parts, empty), owners(parts, states)
    number, second, count = np.zeros(states, np.int32), np.zeros(states, np.int32), 1
    for state in range(1, states):
        twice = 1 if owner[state] >= 0 and empty[owner[state]] else 0
        number[state], second[state] = count, count + twice
        count += 1 + twice
    bounds, chains = np.empty_like(parts.bounds), np.empty_like(parts.chains)
    put(parts.bounds, bounds)
    put(parts.chains, chains)
    for rule in range(len(empty)):
        bounds[rule, 0], bounds[rule, 1] = number[bounds[rule, 0]], second[bounds[rule, 1]]
    for i in range(len(chains)):
        first = parts.chains[i, 0]
        chains[i, 0], chains[i, 1] = number[first], chains[i, 1] * (1 + second[first] - number[first])
        chains[i, 5], chains[i, 6] = number[chains[i, 5]], number[chains[i, 6]]
    edges, empties = _copied(parts.edges, (number, second), 3, False), _copied(empties, (number, second), 1, True)
    return Parts(edges, empties, _copied(parts.calls, (number, second), 2, False), bounds, parts.least, chains), count, empty


@kernel
def _copied(rows: Ints, copies: tuple[Ints, Ints], target: int, stays: bool) -> Ints:
    """Moves from all copies of their source, into the second copy of their target, or, where they read nothing, into the same copy.

    A source that has one copy only leads to the first copy, which is the second one too, unless the move is a call's or an edge's.
    """
    out, count = np.empty((2 * len(rows), rows.shape[1]), np.int32), 0
    number, second = copies
    for i in range(len(rows)):
        first, last = number[rows[i, 0]], second[rows[i, 0]]
        for source in range(first, last + 1):
            for column in range(rows.shape[1]):
                out[count, column] = rows[i, column]
            out[count, 0] = source
            out[count, target] = number[rows[i, target]] if stays and source == first else second[rows[i, target]]
            count += 1
    return out[:count]


@kernel
def _stand_for_copies(chains: Ints, marks: Marks) -> None:
    """Mark the states of a chain's loops where one of the copies that they stand for is marked."""
    for i in range(len(chains)):
        first, stride, copies = chains[i, 0], chains[i, 1], chains[i, 2]
        if chains[i, 5] == 0:
            continue
        for copy in range(copies):
            for offset in range(stride):
                if marks[first + copy * stride + offset]:
                    marks[chains[i, 5] + offset] = 1
                    marks[chains[i, 6] + offset] = 1


@kernel
def _visited(parts: Parts, moves: Moves, alive: Marks, everything: bool) -> Marks:
    """The live states that a walk from rule 0's start may visit, or from all starts."""
    seen, stack, count = np.zeros(len(alive), np.int64), np.empty(len(alive), np.int32), 0
    seen[ROOT] = 1
    for rule in range(len(parts.bounds) if everything else 1):
        if alive[parts.bounds[rule, 0]]:
            count = _push(parts.bounds[rule, 0], 1, seen, stack, count)
    while count:
        count -= 1
        state = stack[count]
        for i in range(moves.edge_head[state], moves.edge_head[state + 1]):
            target = parts.edges[moves.edge_order[i], 3]
            count = _push(target, 1, seen, stack, count) if alive[target] else count
        for i in range(moves.empty_head[state], moves.empty_head[state + 1]):
            target = parts.empties[moves.empty_order[i], 1]
            count = _push(target, 1, seen, stack, count) if alive[target] else count
        for i in range(moves.call_head[state], moves.call_head[state + 1]):
            start, target = parts.bounds[parts.calls[moves.call_order[i], 1], 0], parts.calls[moves.call_order[i], 2]
            if alive[start] and alive[target]:
                count = _push(start, 1, seen, stack, count)
                count = _push(target, 1, seen, stack, count)
    seen[ROOT] = 0
    return seen.astype(np.uint8)


@kernel
def _sorted(parts: Parts, moves: Moves, alive: Marks, visited: Marks) -> Sorted:
    """The moves from visited states to live ones."""
    states = len(alive)
    edge_head, edges = np.zeros(states + 1, np.int32), np.empty((len(parts.edges), 3), np.int32)
    empty_head, empties = np.zeros(states + 1, np.int32), np.empty(len(parts.empties), np.int32)
    call_head, calls = np.zeros(states + 1, np.int32), np.empty((len(parts.calls), 3), np.int32)
    kind, e, m, c = np.zeros(states, np.uint8), 0, 0, 0
    for rule in range(len(parts.bounds)):
        kind[parts.bounds[rule, 1]] = ENDS if parts.bounds[rule, 1] else 0
    for q in range(states):
        edge_head[q], empty_head[q], call_head[q] = e, m, c
        if not visited[q]:
            continue
        for i in range(moves.edge_head[q], moves.edge_head[q + 1]):
            row = moves.edge_order[i]
            edges[e, 0], edges[e, 1], edges[e, 2] = parts.edges[row, 1], parts.edges[row, 2], parts.edges[row, 3]
            e += 1 if alive[edges[e, 2]] else 0
        for i in range(moves.empty_head[q], moves.empty_head[q + 1]):
            empties[m] = parts.empties[moves.empty_order[i], 1]
            m += 1 if alive[empties[m]] else 0
        for i in range(moves.call_head[q], moves.call_head[q + 1]):
            row = moves.call_order[i]
            calls[c, 0], calls[c, 1], calls[c, 2] = parts.calls[row, 1], parts.calls[row, 2], 0
            c += 1 if alive[calls[c, 1]] and alive[parts.bounds[calls[c, 0], 0]] else 0
        kind[q] |= (SCANS if e > edge_head[q] else 0) | (CALLS if c > call_head[q] else 0)
    edge_head[states], empty_head[states], call_head[states] = e, m, c
    return Sorted(edge_head, edges[:e], empty_head, empties[:m], call_head, calls[:c], kind)


@kernel
def _closures(moves: Sorted) -> tuple[Ints, Ints]:
    """Heads and states of the closures, see `Net.close`; calls whose targets only return are marked in `moves`."""
    states, heads = len(moves.kind), np.zeros(len(moves.kind) + 1, np.int32)
    out = np.empty(states + len(moves.empties), np.int32)
    length = close(moves.empty_head, moves.empties, moves.kind, heads, out)
    if length > len(out):
        out = np.empty(length, np.int32)
        close(moves.empty_head, moves.empties, moves.kind, heads, out)
    for i in range(len(moves.calls)):
        first, last = heads[moves.calls[i, 1]], heads[moves.calls[i, 1] + 1]
        moves.calls[i, 2] = last - first == 1 and moves.kind[out[first]] == ENDS
    return heads, out[:length]


@step_kernel
def _visit(rule: int, parts: Parts, heads: Ints, path: Ints, depth: int) -> None:
    """Put a rule on the path, before the first state of the closure of its start, and the first call of that state."""
    path[depth, 0], path[depth, 1], path[depth, 2] = rule, heads[parts.bounds[rule, 0]], 0


@kernel
def _calling_order(parts: Parts, moves: Sorted, heads: Ints, closed: Ints) -> tuple[bool, Ints]:
    """Whether no rule can begin with itself, and numbers by which a rule that begins with a call has a lower one than what it calls."""
    rules = len(parts.bounds)
    number, path, at = np.arange(rules).astype(np.int32), np.empty((rules + 1, 3), np.int32), np.zeros(rules, np.uint8)
    for rule in range(rules):
        for i in range(heads[parts.bounds[rule, 0]], heads[parts.bounds[rule, 0] + 1]):
            for j in range(moves.call_head[closed[i]], moves.call_head[closed[i] + 1]):
                at[0] |= 1 if moves.calls[j, 0] <= rule and parts.least[moves.calls[j, 0]] == 0 else 0
    if not at[0]:
        return True, number
    at[0], last = 0, rules
    for root in range(rules - 1, -1, -1):
        if at[root]:
            continue
        _visit(root, parts, heads, path, 0)
        at[root], depth = _OPEN, 1
        while depth:
            rule, i, j = path[depth - 1, 0], path[depth - 1, 1], path[depth - 1, 2]
            start = parts.bounds[rule, 0]
            if parts.least[rule] or i == heads[start + 1]:
                last -= 1
                number[rule], at[rule], depth = last, _DONE, depth - 1
            elif moves.call_head[closed[i]] + j == moves.call_head[closed[i] + 1]:
                path[depth - 1, 1], path[depth - 1, 2] = i + 1, 0
            else:
                path[depth - 1, 2] = j + 1
                called = moves.calls[moves.call_head[closed[i]] + j, 0]
                if at[called] == _OPEN:
                    return False, number
                if at[called] == 0:
                    at[called] = _OPEN
                    _visit(called, parts, heads, path, depth)
                    depth += 1
    return True, number


@kernel
def _with_jumps(parts: Parts, moves: Sorted) -> tuple[bool, Parts]:
    """Whether a rule calls itself where it can only end after that, and the network where such a call is an empty move to its start."""
    owner, marked = owners(parts, len(moves.kind)), 0
    jumps = np.zeros(len(parts.calls), np.uint8)
    for i in range(len(parts.calls)):
        source, rule, target = parts.calls[i, 0], parts.calls[i, 1], parts.calls[i, 2]
        if owner[source] != rule or not moves.kind[source] & CALLS:
            continue
        for j in range(moves.call_head[source], moves.call_head[source + 1]):
            if moves.calls[j, 0] == rule and moves.calls[j, 1] == target and moves.calls[j, 2]:
                jumps[i] = 1
        marked += 1 if jumps[i] else 0
    if not marked:
        return False, parts
    empties, calls = np.empty((len(parts.empties) + marked, 2), np.int32), np.empty((len(parts.calls) - marked, 4), np.int32)
    put(parts.empties, empties)
    m, c = len(parts.empties), 0
    for i in range(len(parts.calls)):
        if jumps[i]:
            empties[m, 0], empties[m, 1] = parts.calls[i, 0], parts.bounds[parts.calls[i, 1], 0]
            m += 1
        else:
            for column in range(4):
                calls[c, column] = parts.calls[i, column]
            c += 1
    return True, Parts(parts.edges, empties, calls, parts.bounds, parts.least, parts.chains)


@kernel
def _laid_out(used: NDArray[np.int64], options: int) -> tuple[int, Layout]:
    """The length of the table and its layout; with room for twice what is used, if there will be more."""
    states, edges, closed, calls, rules = used[0], used[1], used[2], used[3], used[4]
    if options & OPTION_OPEN:
        states, edges, closed, calls, rules = 2 * states + 512, 2 * edges + 1024, 2 * closed + 512, 2 * calls + 512, 2 * rules + 128
    layout, at = np.zeros((POOLS, 3), np.int64), 0
    rows = (states + 1, edges, states + 1, closed, states + 1, calls, states, rules, states, states, HORIZONS, used[5], used[6])
    for field in range(POOLS):
        layout[field, 1] = rows[field]
    layout[1, 2], layout[5, 2], layout[10, 2] = 3, 3, states
    for field in range(POOLS):
        layout[field, 0] = at
        at += layout[field, 1] * max(layout[field, 2], 1)
    return at, layout


@kernel
def _classes(moves: Sorted, labels: int, options: int) -> tuple[Ints, Ints, Marks]:
    """The class of each label, a label of each class, and whether each label is used."""
    classes, used = np.zeros(labels, np.int32), np.zeros(labels, np.uint8)
    if options & OPTION_OPEN:
        return np.arange(labels).astype(np.int32), np.arange(labels).astype(np.int32), np.ones(labels, np.uint8)
    examples = np.empty(partition_labels(moves.edges, classes, used), np.int32)
    for label in range(labels - 1, -1, -1):
        examples[classes[label]] = label
    return classes, examples, used


@kernel
def _written(table: Ints, layout: Layout, parts: Parts, moves: Sorted, closures: tuple[Ints, Ints], number: Ints) -> None:
    """Write all parts of the table but distances and classes."""
    states, (heads, closed) = len(moves.kind), closures
    net = net_of(table, layout)
    put(moves.edge_head, net.edge_head)
    put(heads, net.close_head)
    put(moves.call_head, net.call_head)
    put(moves.edges, net.edges)
    put(closed, net.close)
    for i in range(len(moves.calls)):
        net.calls[i, 0], net.calls[i, 1], net.calls[i, 2] = number[moves.calls[i, 0]], moves.calls[i, 1], moves.calls[i, 2]
    net.start[:] = -1
    for rule in range(len(number)):
        net.start[number[rule]] = -1 if parts.least[rule] else parts.bounds[rule, 0]
    net.lead[:] = -1
    for state in range(len(net.kind)):
        net.kind[state] = moves.kind[state] if state < states else 0
        for horizon in range(HORIZONS):
            net.nearer[horizon, state] = state


@kernel
def pack(parts: Parts, states: int, labels: int, options: int) -> tuple[Ints, Layout, Ints, Marks]:
    """The table of a network whose rules derive no empty word.

    Args:
        options: bits of OPTION_NORMAL, OPTION_ALL and OPTION_OPEN.

    Returns:
        The table of `Net` and its layout; the number that each rule has got; whether each label is used. The table is empty if there is
        left recursion, and then nothing else is of account.
    """
    distance = np.empty(states, np.int32)
    measure(parts, distance)
    alive = (distance != NEVER).astype(np.uint8)
    alive[ROOT] = 1
    _stand_for_copies(parts.chains, alive)
    by_source = _by_source(parts, states, True)
    visited = _visited(parts, by_source, alive, options & OPTION_ALL != 0)
    _stand_for_copies(parts.chains, visited)
    moves = _sorted(parts, by_source, alive, visited)
    heads, closed = _closures(moves)
    ordered, number = _calling_order(parts, moves, heads, closed)
    if not ordered:
        return number[:0], np.zeros((0, 3), np.int64), number, alive
    if not options & OPTION_NORMAL:
        jumps, parts = _with_jumps(parts, moves)
        if jumps:
            moves = _sorted(parts, _by_source(parts, states, True), alive, visited)
            heads, closed = _closures(moves)
    classes, examples, labels_used = _classes(moves, labels, options)
    sizes = (states, len(moves.edges), len(closed), len(moves.calls), len(number), labels, len(examples))
    length, layout = _laid_out(np.array(sizes), options)
    table = np.zeros(length, np.int32)
    _written(table, layout, parts, moves, (heads, closed), number)
    net = net_of(table, layout)
    put(distance, net.distance)
    put(classes, net.classes)
    put(examples, net.examples)
    net.distance[ROOT] = 0
    return table, layout, number, labels_used


@kernel
def room_layout(net: Layout, room: tuple[int, int, int, int, int, int, int]) -> tuple[int, int, Layout]:
    """The lengths of the tables of states and of work, and the layout of all three tables.

    Args:
        net: the layout of the network's table.
        room: how many states, items, contexts and pairs there is room for, and how long the hash tables of states, contexts and unions are.
    """
    states, items, contexts, pairs, state_slots, context_slots, unions = room
    places, rules, classes = net[6, 1], net[7, 1], net[12, 1]
    rows = (
        9, states + 1, items, contexts + 1, pairs, contexts, states, states, states, contexts, states, contexts, FOLLOWS,
        places, places, rules, rules, rules, contexts + 1, contexts + 1, places, contexts + 1, 7, 2 * HOLES, HOLES,
        state_slots, context_slots, unions,
    )  # fmt: skip
    columns = (
        0, 0, 2, 0, 2, 0, classes, 0, HORIZONS, HORIZONS, 0, 0, classes,
        0, 0, 0, 0, 0, 0, 0, 2, 2, 0, 0, 2,
        0, 0, 3,
    )  # fmt: skip
    layout, at, pools = np.zeros((FIELDS + 1, 3), np.int64), 0, 0
    for field in range(FIELDS):
        if field < POOLS:
            layout[field, 0], layout[field, 1], layout[field, 2] = net[field, 0], net[field, 1], net[field, 2]
            continue
        if field == WORK:
            pools, at = at, 0
        layout[field, 0], layout[field, 1], layout[field, 2] = at, rows[field - POOLS], columns[field - POOLS]
        at += layout[field, 1] * max(layout[field, 2], 1)
    return pools, at, layout


@kernel
def enlarged(table: Ints, layout: Layout, used: tuple[int, int], more: tuple[int, int, int, int, int]) -> tuple[Ints, Layout]:
    """A network's table with room for twice as much as is in use and is to come.

    Args:
        used: how many states and rules there are.
        more: how many states, edges, closures, calls and rules are to come.
    """
    old, (states, rules) = net_of(table, layout), used
    edges, closed, calls = old.edge_head[states], old.close_head[states], old.call_head[states]
    sizes = (states + more[0], edges + more[1], closed + more[2], calls + more[3], rules + more[4], len(old.classes), len(old.examples))
    length, larger = _laid_out(np.array(sizes), OPTION_OPEN)
    data = np.zeros(length, np.int32)
    net = net_of(data, larger)
    put(old.edge_head[: states + 1], net.edge_head)
    put(old.close_head[: states + 1], net.close_head)
    put(old.call_head[: states + 1], net.call_head)
    put(old.edges[:edges], net.edges)
    put(old.close[:closed], net.close)
    put(old.calls[:calls], net.calls)
    put(old.kind[:states], net.kind)
    put(old.distance[:states], net.distance)
    net.lead[:] = -1
    net.start[:] = -1
    put(old.start[:rules], net.start)
    for horizon in range(HORIZONS):
        for state in range(len(net.kind)):
            net.nearer[horizon, state] = old.nearer[horizon, state] if state < states else state
    put(old.classes, net.classes)
    put(old.examples, net.examples)
    return data, larger


@kernel
def append(table: Ints, layout: Layout, states: int, more: Net, rules: Ints) -> None:
    """Append a packed network to a table in which `states` states are in use and there is room: its state 1 becomes that of this number.

    Args:
        rules: the number in the table of each rule of the network.
    """
    net, count, shift = net_of(table, layout), len(more.kind), states - 1
    edges, closed, calls = net.edge_head[states], net.close_head[states], net.call_head[states]
    for q in range(1, count):
        net.kind[shift + q], net.distance[shift + q] = more.kind[q], more.distance[q]
        net.edge_head[shift + q + 1] = edges + more.edge_head[q + 1]
        net.close_head[shift + q + 1] = closed + more.close_head[q + 1]
        net.call_head[shift + q + 1] = calls + more.call_head[q + 1]
    for i in range(len(more.edges)):
        row = edges + i
        net.edges[row, 0], net.edges[row, 1], net.edges[row, 2] = more.edges[i, 0], more.edges[i, 1], shift + more.edges[i, 2]
    for i in range(len(more.close)):
        net.close[closed + i] = shift + more.close[i]
    for i in range(len(more.calls)):
        row = calls + i
        net.calls[row, 0], net.calls[row, 1], net.calls[row, 2] = rules[more.calls[i, 0]], shift + more.calls[i, 1], more.calls[i, 2]
