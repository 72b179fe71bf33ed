"""Minimal automata, against Moore's refinement spelled out, in and out of the compiler."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsmgen.automata import minimizing
from fsmgen.automata.minimizing import _kernels, minimize

KERNELS = ("find_useful", "list_moves", "refine", "lay_out")


@st.composite
def automata(draw):
    states, classes = draw(st.integers(1, 9)), draw(st.integers(1, 3))
    numbers = st.integers(0, states - 1)
    table = draw(st.lists(st.lists(numbers, min_size=classes, max_size=classes), min_size=states, max_size=states))
    accepting = draw(st.lists(st.booleans(), min_size=states, max_size=states))
    return table, accepting, draw(numbers)


def slow_twin(table, accepting, start):
    """Blocks by what they accept and where they lead, until there are no more; then breadth first from the start, and what is dead as 0."""
    block = [int(final) for final in accepting]
    while True:
        keys = [(block[q], *(block[target] for target in row)) for q, row in enumerate(table)]
        numbers = {key: i for i, key in enumerate(dict.fromkeys(keys))}
        if len(numbers) == len(set(block)):
            break
        block = [numbers[key] for key in keys]
    alive = {block[q] for q, final in enumerate(accepting) if final}
    for _ in table:
        alive |= {block[q] for q, row in enumerate(table) if alive & {block[target] for target in row}}
    order, rows = [block[start]] if block[start] in alive else [], []
    for one in order:  # grows while it runs
        row = [block[target] for target in table[block.index(one)]]
        order += [target for target in dict.fromkeys(row) if target in alive and target not in order]
        rows.append([1 + order.index(target) if target in alive else 0 for target in row])
    return [[0] * len(table[0]), *rows], [False, *(bool(accepting[block.index(one)]) for one in order)]


@given(automaton=automata())
def test_the_minimal_automaton_is_that_of_the_slow_twin(automaton):
    table, accepting, start = automaton
    found, final = minimize(np.array(table, np.int32), np.array(accepting), start)
    assert (found.tolist(), final.tolist()) == slow_twin(table, accepting, start)


def test_the_kernels_do_what_their_functions_do(monkeypatch: pytest.MonkeyPatch):
    rng = np.random.default_rng(5)
    cases = [(rng.integers(0, 8, (8, 3)).astype(np.int32), rng.random(8) < 0.3, 1) for _ in range(20)]
    compiled = [minimize(*case) for case in cases]
    for name in ("_mark", "_split", "_group", "_leading", "_reached", "_begin"):
        monkeypatch.setattr(_kernels, name, getattr(_kernels, name).py_func)
    for name in KERNELS:
        monkeypatch.setattr(minimizing, name, getattr(_kernels, name).py_func)
    for case, (table, accepting) in zip(cases, compiled, strict=True):
        again = minimize(*case)
        assert again[0].tolist() == table.tolist() and again[1].tolist() == accepting.tolist()


def test_a_long_chain_and_many_equivalent_states():
    size = 3000
    chain = np.minimum(np.arange(size)[:, None] + 1, size - 1).astype(np.int32).repeat(2, 1)
    chain[0] = 0
    last = np.arange(size) == size - 2
    chain[size - 1] = 0
    assert len(minimize(chain, last, 1)[0]) == size - 1
    loops = np.arange(size, dtype=np.int32)[:, None].repeat(4, 1)
    loops[:, 0] = (loops[:, 0] + 1) % size
    assert minimize(loops, np.ones(size, np.bool_), 7)[0].tolist() == [[0] * 4, [1] * 4]
