"""Kernels that abstract from contexts.

The signature of a state is a state of the same automaton in which each context is replaced by one that holds a hole: a negative number in
the place of a return state. Which contexts are equal is kept, and which labels may follow a return into each; where they lie is not, so
that nested texts have the signatures of flat ones. Returning into a hole leaves its mark among the items, and a label that may follow
leads on to another mark: there the signature ends, and the walk goes on from the state after a return into the concrete context.

    hole i with follow set f is -1 - (i * FOLLOWS + f); hole i left by a label is -1 - HOLES * FOLLOWS - i
"""

from __future__ import annotations

from fsmgen._kernels import step_kernel
from fsmgen.grammar._kernels import after_return, collected
from fsmgen.grammar.contexts._kernels import intern_context
from fsmgen.grammar.machine._kernels import (
    FOLLOWS,
    FULL,
    HOLES,
    KNOWN_FOLLOWS,
    ROOT,
    Machine,
    Pools,
)


@step_kernel
def kept_follow(pools: Pools) -> int:
    """The number of the set of labels that is written behind the known ones, among which it is from now on."""
    count = pools.used[KNOWN_FOLLOWS]
    found = pools.follows[count]
    for number in range(count):
        same = True
        for label_class in range(len(found)):
            if found[label_class] != pools.follows[number, label_class]:
                same = False
                break
        if same:
            return number
    pools.used[KNOWN_FOLLOWS] = count + 1
    return count


@step_kernel
def hole_context(machine: Machine, place: int, follow: int) -> int:
    """The context that stands for any one that a set of labels may follow, the one of that place among others; 0 if there is no room."""
    pairs = machine.work.pairs
    pairs[0, 0], pairs[0, 1] = -1 - (place * FOLLOWS + follow), 0
    return intern_context(machine.net, machine.pools, machine.work, 1)


@step_kernel
def _follow(machine: Machine, state: int) -> int:
    """The number of the set of labels that a state reads; -1 if there are too many sets."""
    net, pools = machine.net, machine.pools
    if pools.used[KNOWN_FOLLOWS] == FOLLOWS:
        return -1
    found = pools.follows[pools.used[KNOWN_FOLLOWS]]
    found[:] = 0
    for i in range(pools.state_head[state], pools.state_head[state + 1]):
        q = pools.items[i, 0]
        for j in range(net.edge_head[q], net.edge_head[q + 1]):
            for label in range(net.edges[j, 0], net.edges[j, 1] + 1):
                found[net.classes[label]] = 1
    return kept_follow(pools)


@step_kernel
def _hole(machine: Machine, context: int, count: int) -> int:
    """The place among `work.holes` of a context, which becomes the `count`-th if it is new; -1 if there is no room, HOLES if too many."""
    holes = machine.work.holes
    for i in range(count):
        if holes[i, 0] == context:
            return i
    if count == HOLES:
        return HOLES
    state = after_return(machine, context)
    if state < 0:
        return -1
    follow = _follow(machine, state)
    if follow < 0:
        return HOLES
    holes[count, 0], holes[count, 1] = context, hole_context(machine, count, follow)
    return -1 if machine.pools.used[FULL] else count


@step_kernel
def _abstracted(machine: Machine, state: int) -> int:
    """The signature of a state; the state itself if it has too many contexts, or none but the root's. -1 if there is no room."""
    pools, work = machine.pools, machine.work
    first, last, count, nested = pools.state_head[state], pools.state_head[state + 1], 0, False
    for i in range(first, last):
        if pools.items[i, 0] < 0:
            return state
        if pools.items[i, 0] != ROOT:
            place = _hole(machine, pools.items[i, 1], count)
            if place < 0 or place == HOLES:
                return -1 if place < 0 else state
            count, nested = max(count, place + 1), nested or pools.items[i, 1] != 1
    if not nested:
        return state
    work.sizes[:] = 0
    count = 0
    for i in range(first, last):
        q = pools.items[i, 0]
        if q != ROOT:
            place = _hole(machine, pools.items[i, 1], HOLES)
            work.touched[work.sizes[0]] = q
            work.sizes[0] += 1
            work.slot[q] = work.holes[place, 1]
    return collected(machine.net, pools, work, False)


@step_kernel
def signature(machine: Machine, state: int) -> int:
    """The signature of a state, or the state itself where it has none of use; -1 if there is no room."""
    known = machine.pools.signature[state]
    if known == 0:
        known = _abstracted(machine, state)
        if known > 0:
            machine.pools.signature[state] = known
    return known


@step_kernel
def find_returns(machine: Machine, state: int) -> None:
    """Write into the second column of `work.holes` the state after a return into each context of a state whose signature is known."""
    pools, holes, count = machine.pools, machine.work.holes, 0
    for i in range(pools.state_head[state], pools.state_head[state + 1]):
        context, place = pools.items[i, 1], 0
        while place < count and holes[place, 0] != context:
            place += 1
        if place == count and pools.items[i, 0] != ROOT:
            holes[count, 0], holes[count, 1] = context, pools.returned[context]
            count += 1
