"""The kernels that measure networks: compiled = Python = twin, and compiled once."""

from __future__ import annotations

import numpy as np
import pytest

from fsmgen.automata import Characters, Symbol, choice, repeat, sequence, text
from fsmgen.grammar._kernels import NEVER
from fsmgen.grammar.measuring import close, measure, partition_labels, reach
from fsmgen.grammar.network import Network, lower
from fsmgen.grammar.normal_form import normal_form
from tests.grammar.test_states import NAMED, random_grammar

WIDE = {"start": repeat(choice([Characters(((0x20, 0x7F), (0xE9, 0x2000))), Symbol("<s>"), sequence([text("aé"), Symbol("<t>")])]), 1, 12)}
NETWORKS = [lower(rules, "start") for rules in (WIDE, *NAMED.values(), *map(random_grammar, range(25)))]


def run(kernel, *arguments):
    """The kernel's results, compiled and as Python, which must agree."""
    results = []
    for function in (kernel, kernel.py_func):
        copies = [argument.copy() if isinstance(argument, np.ndarray) else argument for argument in arguments]
        results.append((function(*copies), *(copy.tolist() for copy in copies)))
    assert results[0] == results[1]
    assert len(kernel.signatures) == 1
    return results[0]


def bounds(network: Network):
    return np.column_stack([network.starts, network.ends])


@pytest.mark.parametrize("network", NETWORKS)
def test_distances_are_those_of_a_relaxation(network):
    out = run(measure, network.edges, network.empties, network.calls, bounds(network), np.empty(network.states, np.int32))[-1]
    twin = [0 if state in network.ends.tolist() else NEVER for state in range(network.states)]
    moves = [(s, t, lambda: 1) for s, _, _, t in network.edges.tolist()] + [(s, t, lambda: 0) for s, t in network.empties.tolist()]
    moves += [(s, t, lambda r=r: twin[network.starts[r]]) for s, r, t, _ in network.calls.tolist()]
    before = None
    while before != twin:
        before = twin.copy()
        for source, target, cost in moves:
            if NEVER not in (twin[target], cost()):
                twin[source] = min(twin[source], twin[target] + cost())
    assert out == twin


@pytest.mark.parametrize("network", NETWORKS)
def test_reached_states_are_those_of_a_closure(network):
    out = run(reach, network.edges, network.empties, network.calls, bounds(network), np.empty(network.states, np.uint8))[-1]
    found = {int(network.starts[0])}
    pairs = [(s, t) for s, _, _, t in network.edges.tolist()] + [tuple(row) for row in network.empties.tolist()]
    pairs += [(s, end) for s, r, t, _ in network.calls.tolist() for end in (t, int(network.starts[r]))]
    while more := {t for s, t in pairs if s in found} - found:
        found |= more
    assert {state for state, mark in enumerate(out) if mark} == found


@pytest.mark.parametrize("network", NETWORKS)
def test_closures_are_those_of_a_search(network):
    network, _, _ = normal_form(network)
    rows = network.empties[np.argsort(network.empties[:, 0], kind="stable")]
    head = np.searchsorted(rows[:, 0], np.arange(network.states + 1)).astype(np.int32)
    kind = np.zeros(network.states, np.uint8)
    kind[network.edges[:, 0]] = 1
    total, *_, heads, flat = run(
        close, head, np.ascontiguousarray(rows[:, 1]), kind, np.empty(network.states + 1, np.int32), np.zeros(9999, np.int32)
    )
    assert heads[-1] == total <= 9999
    for state in range(network.states):
        found = {state}
        while more := {t for s, t in rows.tolist() if s in found} - found:
            found |= more
        assert flat[heads[state] : heads[state + 1]] == sorted(q for q in found if kind[q])


@pytest.mark.parametrize("network", NETWORKS)
def test_labels_are_of_one_class_exactly_when_no_edge_tells_them_apart(network):
    labels = 256 + len(network.symbols)
    count, _, classes, used = run(partition_labels, network.edges, np.zeros(labels, np.int32), np.zeros(labels, np.uint8))
    ranges = sorted({(low, high) for _, low, high, _ in network.edges.tolist()})
    signatures = [tuple(low <= label <= high for low, high in ranges) for label in range(labels)]
    numbers: dict[tuple[bool, ...], int] = {}
    assert classes == [numbers.setdefault(signature, len(numbers)) for signature in signatures]
    assert count == len(numbers)
    assert [bool(mark) for mark in used] == [any(signature) for signature in signatures]
