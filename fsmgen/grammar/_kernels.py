"""Kernels of floor 2: building the states of a network's lazily built automaton.

A state of the automaton is a set of items (q, context). The root's context is the set of one item whose return state is the pseudo-state
ROOT.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from llvmlite.ir import FunctionType
from numba import types
from numba.core import config
from numba.core.cgutils import create_struct_proxy, unpack_tuple
from numba.extending import intrinsic
from numpy.typing import NDArray

from fsmgen._kernels import c_function, entry_kernel, part_kernel, step_kernel
from fsmgen.grammar.contexts._kernels import hash_rows, intern_context, same_rows, unite
from fsmgen.grammar.machine._kernels import (
    CALLS,
    CONTEXTS,
    ENDS,
    FAR,
    FIELDS,
    FOLLOWS,
    FULL,
    HOLES,
    ITEMS,
    MISSING,
    NEVER,
    ROOT,
    SCANS,
    STAMP,
    STATES,
    UNIONS,
    VIEWS,
    Ints,
    Layout,
    Machine,
    Net,
    Pools,
    Work,
    opened,
)

STEP, NEAR, START, RETURN = 0, 1, 2, 3
"""Tasks of `perform`: see `step`, `near`, `start_state` and `after_return`."""
LOW, HIGH = 5, 6
"""Places in `Work.sizes`, see `_read`."""
LEAVING = -2
"""In `Pools.transitions`, in the place of -1, of a label that leads out of a signature, whatever else it may do."""
AGAIN = -1
"""In `Pools.returned`, of a context that was returned into once."""


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
    """Return from ended rules until nothing new is reached; whether the text may end here.

    Contexts for which the state after a return is known are left for `_join`, at the end of the stack.
    """
    accepting = False
    while sizes[1] and not pools.used[FULL]:
        sizes[1] -= 1
        context = work.stack[sizes[1]]
        if pools.returned[context] > 0:
            sizes[3] += 1
            work.stack[len(work.stack) - sizes[3]] = context
            continue
        sizes[4] = context if pools.returned[context] == AGAIN else sizes[4]
        pools.returned[context] = AGAIN
        for i in range(pools.context_head[context], pools.context_head[context + 1]):
            if pools.pairs[i, 0] == ROOT:
                accepting = True
            elif pools.pairs[i, 0] < 0:
                _mark(work, pools.pairs[i, 0])
            else:
                _add(net, pools, work, pools.pairs[i, 0], pools.pairs[i, 1], sizes)
    return accepting


@part_kernel
def _join(net: Net, pools: Pools, work: Work, sizes: Ints) -> bool:
    """Add the items of the states after the returns that are known; whether the text may end there."""
    accepting = False
    for place in range(len(work.stack) - sizes[3], len(work.stack)):
        known = pools.returned[work.stack[place]]
        for i in range(pools.state_head[known], pools.state_head[known + 1]):
            q, context = pools.items[i, 0], pools.items[i, 1]
            if q == ROOT:
                accepting = True
            elif q < 0:
                _mark(work, q)
            elif work.slot[q] == 0:
                work.touched[sizes[0]] = q
                sizes[0] += 1
                work.slot[q] = context
            elif work.slot[q] != context:
                work.slot[q] = unite(net, pools, work, work.slot[q], context)
            if pools.used[FULL]:
                return False
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
            called = intern_context(net, pools, work, 1)
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
    return _intern_state(net, pools, work, count) if count else 0


@part_kernel
def settle(net: Net, pools: Pools, work: Work, sizes: Ints) -> int:
    """Close the set in the making and give back its state; -1 if there is no room, and then nothing has changed but the contexts."""
    accepting = _return(net, pools, work, sizes)
    if len(net.calls):
        _expand_calls(net, pools, work, sizes)
    if sizes[3]:
        accepting |= _join(net, pools, work, sizes)
    return collected(net, pools, work, accepting)


@step_kernel
def _begin_row(net: Net, pools: Pools, state: int) -> None:
    """The transitions of a new state: DEAD but for the labels that it reads.

    A class is inside a range of labels if the lowest of its labels is, by which classes are numbered.
    """
    row = pools.transitions[state]
    row[:] = 0
    for i in range(pools.state_head[state], pools.state_head[state + 1]):
        number, q = -1 - pools.items[i, 0], max(pools.items[i, 0], ROOT)
        for j in range(net.edge_head[q], net.edge_head[q + 1]):
            label_class = net.classes[net.edges[j, 0]]
            while label_class < len(row) and net.examples[label_class] <= net.edges[j, 1]:
                row[label_class] = min(row[label_class], -1)
                label_class += 1
        if 0 <= number < HOLES * FOLLOWS:
            for label_class in range(len(row)):
                if pools.follows[number % FOLLOWS, label_class]:
                    row[label_class] = LEAVING


@part_kernel
def _intern_state(net: Net, pools: Pools, work: Work, count: int) -> int:
    """The state of the `count` items at the end of the pool; -1 if there is no room."""
    first = pools.used[ITEMS]
    mask = len(work.state_slots) - 1
    slot = hash_rows(pools.items, first, count) & mask
    while work.state_slots[slot] != 0:
        known = work.state_slots[slot]
        begin = pools.state_head[known]
        if pools.state_head[known + 1] - begin == count and same_rows(pools.items, first, pools.items, begin, count):
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
    _begin_row(net, pools, number)
    pools.used[STATES], pools.used[ITEMS] = number + 1, first + count
    work.state_slots[slot] = number
    return number


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
            result = unite(net, pools, work, result, intern_context(net, pools, work, 1))
            if pools.used[FULL]:
                return 0
        known[top, horizon] = result
    return known[context, horizon]


@step_kernel
def _near(net: Net, pools: Pools, work: Work, state: int, horizon: int) -> int:
    """See `near`."""
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
def rehash(net_table: Ints, pools_table: Ints, work_table: Ints, layout: Layout) -> None:
    """Fill the hash tables anew from the pools."""
    _, pools, work = opened(net_table, pools_table, work_table, layout)
    work.state_slots[:] = 0
    mask = len(work.state_slots) - 1
    for state in range(1, pools.used[STATES]):
        first = pools.state_head[state]
        slot = hash_rows(pools.items, first, pools.state_head[state + 1] - first) & mask
        while work.state_slots[slot] != 0:
            slot = (slot + 1) & mask
        work.state_slots[slot] = state
    work.context_slots[:] = 0
    mask = len(work.context_slots) - 1
    for context in range(1, pools.used[CONTEXTS]):
        first = pools.context_head[context]
        slot = hash_rows(pools.pairs, first, pools.context_head[context + 1] - first) & mask
        while work.context_slots[slot] != 0:
            slot = (slot + 1) & mask
        work.context_slots[slot] = context
    work.known_unions[:] = 0
    pools.used[UNIONS] = 0


@step_kernel
def _leave(net: Net, pools: Pools, work: Work, mark: int, label: int) -> None:
    """One more label after a return into a hole: it leads out of the signature, or nowhere."""
    number = -1 - mark
    if number < HOLES * FOLLOWS and pools.follows[number % FOLLOWS, net.classes[label]]:
        _mark(work, -1 - HOLES * FOLLOWS - number // FOLLOWS)


@step_kernel
def _read(machine: Machine, state: int, label: int) -> None:
    """Put what the items of a state lead to with a label into the set in the making.

    In LOW and HIGH the first and the last are noted of the labels around this one that the same moves read.
    """
    net, pools, work = machine
    low, high = 0, len(net.classes) - 1
    for i in range(pools.state_head[state], pools.state_head[state + 1]):
        q, context = pools.items[i, 0], pools.items[i, 1]
        if q < 0:
            _leave(net, pools, work, q, label)
            low, high = label, label
            continue
        for j in range(net.edge_head[q], net.edge_head[q + 1]):
            first, last = net.edges[j, 0], net.edges[j, 1]
            if last < label:
                low = max(low, last + 1)
            elif label < first:
                high = min(high, first - 1)
            else:
                low, high = max(low, first), min(high, last)
                _add(net, pools, work, net.edges[j, 2], context, work.sizes)
    work.sizes[LOW], work.sizes[HIGH] = low, high


@step_kernel
def _begin(machine: Machine, task: int, one: int, other: int) -> None:
    """Put what a task is about into the set in the making."""
    net, pools, work = machine
    pools.used[STAMP] += 1
    work.sizes[:] = 0
    if task == STEP:
        _read(machine, one, net.examples[other])
        return
    if task == START:
        _add(net, pools, work, net.start[0], 1, work.sizes)
    if one:  # a context to return to: also at the start, where the empty word is a return to the root's context, which is number 1
        work.popped[one] = pools.used[STAMP]
        work.stack[0], work.sizes[1] = one, 1


@step_kernel
def _note(net: Net, pools: Pools, work: Work, task: int, one: int, other: int, target: int) -> None:
    """Remember the result of a task; that of a step for all labels that the same moves read: most lead nowhere, or on in a loop."""
    if task == STEP:
        left = target > 0 and pools.items[pools.state_head[target], 0] < -HOLES * FOLLOWS
        pools.transitions[one, other] = -2 - target if left else target
        for label in range(work.sizes[LOW], work.sizes[HIGH] + 1):
            pools.transitions[one, net.classes[label]] = -2 - target if left else target
    elif task == RETURN:
        pools.returned[one] = target


@step_kernel
def _perform(machine: Machine, task: int, one: int, other: int) -> int:
    """Build a state; and after a second return into a context, the state after it, which further returns take as it is."""
    net, pools, work = machine
    if task == NEAR:
        return _near(net, pools, work, one, other)
    result, first = 0, True
    while first or work.sizes[4]:
        if not first:
            task, one = RETURN, work.sizes[4]
        _begin(machine, task, one, other)
        target = 0
        if work.sizes[0] or work.sizes[1] or work.sizes[2]:
            target = settle(net, pools, work, work.sizes)
        if target < 0:
            return target
        _note(net, pools, work, task, one, other, target)
        if task != STEP:
            work.sizes[4] = 0
        if first:
            result, first = target, False
    return result


def _perform_at(net: Any, pools: Any, work: Any, layout: Any, task: int, one: int, other: int) -> int:
    """The same from the addresses of the tables."""
    return _perform(opened(net, pools, work, layout), task, one, other)


_TABLE, _LAYOUT = types.CPointer(types.int32), types.CPointer(types.int64)
_PERFORM = types.int64(_TABLE, _TABLE, _TABLE, _LAYOUT, types.int64, types.int64, types.int64)


@cache
def _builder() -> Any:
    return c_function(_perform_at, _PERFORM)


def builder_address() -> int:
    """Where the machine code is that builds states; 0 where nothing is compiled.

    What steps calls it there, see `Layout`: in each kernel that builds states it would take some seconds to compile once more.
    """
    return 0 if config.DISABLE_JIT else int(_builder().address)


@intrinsic  # type: ignore[untyped-decorator]
def _perform_compiled(typing: Any, machine: Any, task: Any, one: Any, other: Any) -> Any:  # noqa: ARG001
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values = zip(VIEWS, unpack_tuple(builder, arguments[0]), strict=True)
        views = [create_struct_proxy(view)(context, builder, value) for view, value in values]
        kinds = [context.get_value_type(kind) for kind in _PERFORM.args]
        address = builder.load(builder.gep(views[0].layout, [context.get_constant(types.intp, 3 * FIELDS)]))
        function = builder.inttoptr(address, FunctionType(context.get_value_type(_PERFORM.return_type), kinds).as_pointer())
        numbers = [context.cast(builder, arguments[i], signature.args[i], types.int64) for i in (1, 2, 3)]
        return builder.call(function, [*(view.table for view in views), views[0].layout, *numbers])

    return types.int64(machine, task, one, other), generate


perform = _perform if config.DISABLE_JIT else _perform_compiled


@entry_kernel
def start_state(net_table: Ints, pools_table: Ints, work_table: Ints, layout: Layout, empty: bool) -> int:
    """The state before any label; `empty` makes it accept. -1 if there is no room."""
    return perform(opened(net_table, pools_table, work_table, layout), START, empty, 0)


@step_kernel
def near(machine: Machine, state: int, horizon: int) -> int:
    """A state that cannot be told from this one within the horizon, the same for many; -1 if there is no room."""
    known = machine.pools.near_state[state, horizon]
    return known if known != 0 else perform(machine, NEAR, state, horizon)


@entry_kernel
def near_state(net_table: Ints, pools_table: Ints, work_table: Ints, layout: Layout, place: tuple[int, int]) -> int:
    """`near` of (state, horizon)."""
    return near(opened(net_table, pools_table, work_table, layout), place[0], place[1])


@step_kernel
def after_return(machine: Machine, context: int) -> int:
    """The state after a return into a context; -1 if there is no room."""
    known = machine.pools.returned[context]
    return known if known > 0 else perform(machine, RETURN, context, 0)


@step_kernel
def step(machine: Machine, state: int, label_class: int) -> int:
    """The state after one more label of a class, built and noted if it is not known; -1 if there is no room.

    A state of a signature that has left holes is noted as `-2 - target`.
    """
    target = machine.pools.transitions[state, label_class]
    if target >= 0:
        return target
    if target < LEAVING:
        return -2 - target
    return perform(machine, STEP, state, label_class)


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
