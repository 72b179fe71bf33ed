"""The kernels that measure networks: compiled = Python = twin, and compiled once."""

from __future__ import annotations

import random
from unittest.mock import patch

import numpy as np
import pytest

from fsmgen.automata import Characters, Symbol, choice, repeat, sequence, text
from fsmgen.grammar.machine._kernels import NEVER
from fsmgen.grammar.measuring import close, measure, partition_labels, reach, stand_ins, write_nearer
from fsmgen.grammar.measuring._kernels import STEPS
from fsmgen.grammar.network import lower
from fsmgen.grammar.normal_form import normal_form
from tests.grammar.test_states import ESCAPED, LAYERED, NAMED, QUOTED, UNLISTED, WORDS_IN_LAYERS, random_grammar

WIDE = {"start": repeat(choice([Characters(((0x20, 0x7F), (0xE9, 0x2000))), Symbol("<s>"), sequence([text("aé"), Symbol("<t>")])]), 1, 12)}
GRAMMARS = [WIDE, ESCAPED, LAYERED, WORDS_IN_LAYERS, QUOTED, UNLISTED, *NAMED.values(), *map(random_grammar, range(25))]
NETWORKS = [lower(rules, "start") for rules in GRAMMARS]


def run(kernel, *arguments):
    """The kernel's results, compiled and as Python, with what it calls, which must agree."""
    compiled, plain = mapped(np.copy, arguments), mapped(np.copy, arguments)
    names = kernel.py_func.__globals__
    functions = {name: value.py_func for name, value in names.items() if hasattr(value, "py_func")}
    results = [mapped(np.ndarray.tolist, (kernel(*compiled), *compiled))]
    with patch.dict(names, functions):
        results.append(mapped(np.ndarray.tolist, (kernel.py_func(*plain), *plain)))
    assert results[0] == results[1]
    assert len(kernel.signatures) == 1
    return results[0]


def mapped(function, value):
    """The value with every array in it, and in tuples in it, replaced by what the function makes of it."""
    if isinstance(value, tuple):
        parts = [mapped(function, part) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return function(value) if isinstance(value, np.ndarray) else value


@pytest.mark.parametrize("length", [0, 1, 5, 40])
def test_near_states_of_a_count_are_those_that_no_short_text_tells_apart(length):
    chains = np.array([(3, 2, 9, 4, 10, 0, 0), (30, 3, 19, 0, 20, 90, 93), (100, 1, 29, 29, 30, 130, 131)], np.int32)
    before = np.tile(np.arange(140, dtype=np.int32), (2, 1))
    out = run(write_nearer, chains, (length, length + 1), before)[-1]
    for row, most in zip(out, (length, length + 1), strict=True):
        wanted = list(range(140))
        for first, stride, copies, low, high, inside, leaving in chains.tolist():
            for copy in range(copies):
                at = copy
                if copy + most + 1 < low:
                    at = 0 if not inside else (inside - first) / stride
                elif copy >= low and copy + most + 1 < high:
                    at = low if not inside else (leaving - first) / stride
                for offset in range(stride):
                    wanted[first + copy * stride + offset] = int(first + at * stride) + offset
        assert row == wanted


@pytest.mark.parametrize("length", [0, 1, 5])
def test_a_state_that_another_one_stands_for_has_what_that_one_has(length):
    chains = np.array([(1, 1, 1, 0, 30, 4, 4), (4, 1, 1, 0, 29, 7, 7), (7, 1, 1, 0, 6, 20, 20), (20, 2, 9, 0, 9, 0, 0)], np.int32)
    before = np.tile(np.arange(40, dtype=np.int32), (2, 1))
    for row, most in zip(run(write_nearer, chains, (length, length + 1), before)[-1], (length, length + 1), strict=True):
        last = 20 if most + 2 <= 6 else 7
        assert [row[1], row[4], row[7], row[20], row[22]] == [last, last, last, 20, 20 if most + 3 <= 9 else 22]


def told_apart(rows, final, one, other, steps):
    """Whether texts of so many steps tell two states apart, where rows are compared one by one."""
    if final[one] != final[other]:
        return True
    if not steps:
        return False
    ways = [[row for row in rows if row[0] == state] for state in (one, other)]
    if [row[1:4] for row in ways[0]] != [row[1:4] for row in ways[1]]:
        return True
    return any(told_apart(rows, final, left[4], right[4], steps - 1) for left, right in zip(*ways, strict=True))


@pytest.mark.parametrize("final", [0, 1])
def test_a_single_state_stands_for_itself(final):
    """As Python, a place outside of a table is an error, and compiled it is not."""
    rows = np.array([(0, 97, 97, -1, 0)], np.int32)
    assert run(stand_ins, rows, np.array([final], np.uint8), np.empty((1, 2), np.int32))[-1] == [[0, 0]]


@pytest.mark.parametrize("seed", range(24))
def test_what_stands_for_a_state_is_told_from_it_by_longer_texts_only(seed):
    choose = random.Random(seed)
    copies, stride = choose.choice([(1, 6), (4, 2), (3, 3), (1, 1)])
    inner, size = [(choose.randrange(stride), letter, choose.randrange(stride)) for letter in (97, 97, 98, 98)], copies * stride
    starts = [(copy * stride, min(copy + 1, copies - 1) * stride) for copy in range(copies)]  # a "b" leads to the next copy
    rows = sorted({(a + s, letter, letter, -1, (a, b)[letter > 97] + t) for a, b in starts for s, letter, t in inner})
    final = np.array([choose.random() < 0.3 for _ in range(stride)] * copies, np.uint8)
    out = run(stand_ins, np.array(rows, np.int32), final, np.empty((size, 2), np.int32))[-1]
    for state, (stand, steps) in enumerate(out):
        later = range(state + 1, size)
        assert stand >= state and not told_apart(rows, final, state, stand, min(steps, 8))
        assert stand > state or all(told_apart(rows, final, state, other, 0) for other in later)
        assert steps == STEPS - 1 or all(told_apart(rows, final, state, other, steps + 1) for other in later if stand > state and steps < 8)


@pytest.mark.parametrize("network", NETWORKS)
def test_distances_are_those_of_a_relaxation(network):
    out = run(measure, network.parts, np.empty(network.states, np.int32))[-1]
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
    out = run(reach, *network.parts[:4], np.empty(network.states, np.uint8))[-1]
    found = {int(network.starts[0])}
    pairs = [(s, t) for s, _, _, t in network.edges.tolist()] + [tuple(row) for row in network.empties.tolist()]
    pairs += [(s, end) for s, r, t, _ in network.calls.tolist() for end in (t, int(network.starts[r]))]
    while more := {t for s, t in pairs if s in found} - found:
        found |= more
    assert {state for state, mark in enumerate(out) if mark} == found


@pytest.mark.parametrize("network", NETWORKS)
def test_closures_are_those_of_a_search(network):
    network, _ = normal_form(network)
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
    edges = np.ascontiguousarray(network.edges[:, 1:])
    count, _, classes, used = run(partition_labels, edges, np.zeros(labels, np.int32), np.zeros(labels, np.uint8))
    ranges = sorted({(low, high) for _, low, high, _ in network.edges.tolist()})
    signatures = [tuple(low <= label <= high for low, high in ranges) for label in range(labels)]
    numbers: dict[tuple[bool, ...], int] = {}
    assert classes == [numbers.setdefault(signature, len(numbers)) for signature in signatures]
    assert count == len(numbers)
    assert [bool(mark) for mark in used] == [any(signature) for signature in signatures]
