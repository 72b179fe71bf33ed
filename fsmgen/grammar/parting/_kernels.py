"""Kernels that part the items of a state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fsmgen._kernels import entry_kernel, kernel, step_kernel
from fsmgen.grammar._kernels import collected, step
from fsmgen.grammar.machine._kernels import CALLS, ROOT, SCANS, Ints, Layout, Machine, net_of, opened
from fsmgen.grammar.signatures._kernels import signature


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
def plain_sizes(table: Ints, layout: Layout, sizes: Ints) -> None:
    """For each state of a network, how many states that read labels its automaton has; 0 if that calls rules.

    Args:
        sizes: int32[Q], written.
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
    for q in range(len(net.kind) - 1, -1, -1):
        sizes[q] = sizes[_root(parents, q)]


@step_kernel
def _part_of(machine: Machine, sizes: Ints, least: int, state: int, large: bool) -> int:
    """The state of some of a state's items: those of automata of at least so many states, or all others; DEAD if there are none."""
    items, head, work = machine.pools.items, machine.pools.state_head, machine.work
    work.sizes[:] = 0
    for i in range(head[state], head[state + 1]):
        q = items[i, 0]
        if q > ROOT and (q < len(sizes) and sizes[q] >= least) == large:
            work.touched[work.sizes[0]] = q
            work.sizes[0] += 1
            work.slot[q] = items[i, 1]
    return collected(machine.net, machine.pools, work, False)


@entry_kernel
def parted(net: Ints, pools: Ints, work: Ints, layout: Layout, sizes: Ints, place: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """The parts of the state after a label, from (state, label or -1 for none, least size of a large automaton).

    Returns:
        That state; the state of its items of small automata; that of the others, without what an end of the text there means; and the
        latter's signature. DEAD where there is none, -1 where there is no room.
    """
    machine, (state, label, least) = opened(net, pools, work, layout), place
    after = step(machine, state, machine.net.classes[label]) if label >= 0 else state
    if after <= 0:
        return after, 0, 0, 0
    small, large = _part_of(machine, sizes, least, after, False), _part_of(machine, sizes, least, after, True)
    return after, small, large, signature(machine, large) if large > 0 else large
