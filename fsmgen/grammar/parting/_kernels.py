"""Kernels that take the items of a state one by one: how large an item's automaton is, and what may come after it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fsmgen._kernels import entry_kernel, kernel, step_kernel
from fsmgen.grammar._kernels import collected
from fsmgen.grammar.machine._kernels import CALLS, ENDS, FOLLOWS, KNOWN_FOLLOWS, SCANS, Ints, Layout, Machine, Net, net_of, opened
from fsmgen.grammar.signatures._kernels import hole_context, kept_follow


@step_kernel
def _root(parents: NDArray[np.int32], q: int) -> int:
    while parents[q] != q:
        parents[q] = parents[parents[q]]
        q = parents[q]
    return q


@step_kernel
def _join(parents: NDArray[np.int32], q: int, others: Ints) -> None:
    for other in others:
        one, two = _root(parents, q), _root(parents, other)
        parents[max(one, two)] = min(one, two)


@kernel
def find_automata(table: Ints, layout: Layout, groups: Ints, sizes: Ints) -> int:
    """How many automata a network has, moves and places to return to held together.

    Args:
        groups: int32[Q], written: the automaton of each state.
        sizes: int32[Q], written: how many states that read labels it has; 0 if it calls rules.
    """
    net = net_of(table, layout)
    parents = np.arange(len(net.kind)).astype(np.int32)
    for rule in range(len(net.start)):
        if net.start[rule] >= 0:
            start = net.start[rule]
            _join(parents, start, net.close[net.close_head[start] : net.close_head[start + 1]])
    for q in range(len(net.kind) - 1):
        for i in range(net.edge_head[q], net.edge_head[q + 1]):
            target = net.edges[i, 2]
            _join(parents, q, net.close[net.close_head[target] : net.close_head[target + 1]])
        for i in range(net.call_head[q], net.call_head[q + 1]):
            target = net.calls[i, 1]
            _join(parents, q, net.close[net.close_head[target] : net.close_head[target + 1]])
    sizes[:] = 0
    for q in range(len(net.kind)):
        sizes[_root(parents, q)] += 1 if net.kind[q] & SCANS else 0
    for q in range(len(net.kind)):
        if net.kind[q] & CALLS:
            sizes[_root(parents, q)] = 0
    count = 0
    for q in range(len(net.kind)):
        root = _root(parents, q)  # never above q
        sizes[q] = sizes[root]
        groups[q] = count if root == q else groups[root]
        count += root == q
    return count


@step_kernel
def _include(into: Ints, other: Ints) -> bool:
    """Add a set of classes to another one; whether that one has grown."""
    grown = False
    for i in range(len(into)):
        if other[i] and not into[i]:
            into[i], grown = 1, True
    return grown


@step_kernel
def _begins(net: Net, place: int, firsts: Ints, into: Ints) -> bool:
    """Add the classes that a place reads, in the rules that it calls too; whether there are new ones."""
    grown = False
    for i in range(net.close_head[place], net.close_head[place + 1]):
        q = net.close[i]
        for j in range(net.edge_head[q], net.edge_head[q + 1]):
            for label in range(net.edges[j, 0], net.edges[j, 1] + 1):
                if not into[net.classes[label]]:
                    into[net.classes[label]], grown = 1, True
        for j in range(net.call_head[q], net.call_head[q + 1]):
            grown |= _include(into, firsts[net.calls[j, 0]])
    return grown


@kernel
def find_follows(table: Ints, layout: Layout, groups: Ints, follows: Ints) -> None:
    """Which labels may follow an end of the rules of each automaton, in any text: 1 for their classes.

    Args:
        groups: int32[Q], from `find_automata`.
        follows: int32[G, C], written.
    """
    net = net_of(table, layout)
    firsts = np.zeros((len(net.start), follows.shape[1]), np.int32)
    grown = True
    while grown:
        grown = False
        for rule in range(len(net.start) - 1, -1, -1):
            grown |= net.start[rule] >= 0 and _begins(net, net.start[rule], firsts, firsts[rule])
    follows[:] = 0
    for q in range(len(net.kind) - 1):
        for i in range(net.call_head[q], net.call_head[q + 1]):
            _begins(net, net.calls[i, 1], firsts, follows[groups[net.start[net.calls[i, 0]]]])
    grown = True
    while grown:
        grown = False
        for q in range(len(net.kind) - 1):
            for i in range(net.call_head[q], net.call_head[q + 1]):
                called, target = groups[net.start[net.calls[i, 0]]], net.calls[i, 1]
                ends = net.calls[i, 2] != 0
                for j in range(net.close_head[target], net.close_head[target + 1]):
                    ends |= net.kind[net.close[j]] & ENDS != 0
                grown |= ends and _include(follows[called], follows[groups[q]])


@step_kernel
def alone(machine: Machine, q: int, context: int) -> int:
    """The state of one item; -1 if there is no room."""
    work = machine.work
    work.sizes[:] = 0
    work.touched[0], work.sizes[0], work.slot[q] = q, 1, context
    return collected(machine.net, machine.pools, work, False)


@step_kernel
def opaque(machine: Machine, q: int, follow: Ints) -> int:
    """The state of one item whose context is a hole that these classes may follow; 0 if there are too many such sets, -1 without room."""
    known, last = machine.pools.follows, machine.pools.used[KNOWN_FOLLOWS]
    if last == FOLLOWS:
        return 0
    for i in range(len(follow)):
        known[last, i] = follow[i]
    context = hole_context(machine, 0, kept_follow(machine.pools))
    return alone(machine, q, context) if context else -1


@entry_kernel
def opaque_state(net: Ints, pools: Ints, work: Ints, layout: Layout, follow: Ints, q: int) -> int:
    """`opaque` of a state of the network."""
    return opaque(opened(net, pools, work, layout), q, follow)
