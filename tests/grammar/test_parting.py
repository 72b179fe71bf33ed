"""What is known of a network's automata, and what a state reads, are what a slow walk over the network says."""

from __future__ import annotations

import random

import numpy as np
import pytest

from fsmgen.grammar import States
from fsmgen.grammar.machine._kernels import CALLS, ENDS, ROOT, SCANS
from fsmgen.grammar.network import lower
from tests.grammar.test_states import NAMED, random_grammar

GRAMMARS = [*NAMED.values(), *map(random_grammar, range(40))]


def labels_after(states: States, target: int, seen: frozenset[int] = frozenset()) -> set[int]:
    """The labels that are read at a place of the network, in the rules that it calls too."""
    net, found = states.network_tables, set[int]()
    for q in net.close[net.close_head[target] : net.close_head[target + 1]].tolist():
        for low, high, _ in net.edges[net.edge_head[q] : net.edge_head[q + 1]].tolist():
            found.update(range(low, high + 1))
        for rule, _, _ in net.calls[net.call_head[q] : net.call_head[q + 1]].tolist():
            if rule not in seen:
                found |= labels_after(states, int(net.start[rule]), seen | {rule})
    return found


def labels_after_return(states: States, context: int) -> set[int]:
    """The labels that may be read after a return into a context."""
    net, pools, found = states.network_tables, states.pools, set[int]()
    for target, inner in pools.pairs[pools.context_head[context] : pools.context_head[context + 1]].tolist():
        if target == ROOT:
            continue
        found |= labels_after(states, target)
        if any(net.kind[q] & ENDS for q in net.close[net.close_head[target] : net.close_head[target + 1]]):
            found |= labels_after_return(states, inner)
    return found


def walked(seed: int, rules: dict) -> States | None:
    """An automaton some of whose states are built, if it has a word."""
    choose, states = random.Random(seed), States(lower(rules, "start"))
    for _ in range(6 if states.start else 0):
        state = states.start
        for _ in range(12):
            ways = [int(label) for label in states.examples if states.step(state, int(label))]
            if not ways:
                break
            state = states.step(state, choose.choice(ways))
    return states if states.start else None


@pytest.mark.parametrize("number", range(len(GRAMMARS)))
def test_what_follows_a_return_is_among_what_may_follow_the_automaton(number):
    states = walked(number, GRAMMARS[number])
    if states is None:
        return
    pools, made = states.pools, states.composition
    for state in range(1, states.state_count):
        for q, context in pools.items[pools.state_head[state] : pools.state_head[state + 1]].tolist():
            if q != ROOT:
                follows = made.follows[made.groups[q]]
                assert {int(states.classes[label]) for label in labels_after_return(states, context)} <= set(np.flatnonzero(follows))


@pytest.mark.parametrize("number", range(len(GRAMMARS)))
def test_a_state_has_a_transition_where_one_of_its_items_reads(number):
    states = walked(number, GRAMMARS[number])
    if states is None:
        return
    net, pools = states.network_tables, states.pools
    for state in range(1, states.state_count):
        read = set[int]()
        for q in pools.items[pools.state_head[state] : pools.state_head[state + 1], 0].tolist():
            for low, high, _ in net.edges[net.edge_head[q] : net.edge_head[q + 1]].tolist():
                read.update(states.classes[low : high + 1].tolist())
        assert set(np.flatnonzero(pools.transitions[state])) == read


@pytest.mark.parametrize("number", range(len(GRAMMARS)))
def test_automata_hold_their_moves_together(number):
    states = States(lower(GRAMMARS[number], "start"))
    if not states.start:
        return
    net, (groups, sizes, follows) = states.network_tables, states.composition
    for q in range(len(net.kind) - 1):
        for *_, target in net.edges[net.edge_head[q] : net.edge_head[q + 1]].tolist():
            assert {groups[each] for each in net.close[net.close_head[target] : net.close_head[target + 1]]} <= {groups[q]}
    for group in range(len(follows)):
        members = np.flatnonzero(groups == group)
        calling = any(net.kind[q] & CALLS for q in members)
        assert {*sizes[members].tolist()} == {0 if calling else sum(int(net.kind[q] & SCANS) for q in members)}
