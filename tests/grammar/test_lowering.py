"""The kernels that lay out code and prepare networks: compiled = Python = twin."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from fsmgen.grammar import States
from fsmgen.grammar.coding import Coder
from fsmgen.grammar.lowering import Sink, lay_out
from fsmgen.grammar.machine._kernels import NEVER
from fsmgen.grammar.measuring import longest
from fsmgen.grammar.network import lower
from fsmgen.grammar.normal_form import normal_form
from fsmgen.grammar.packing import OPTION_ALL, OPTION_NORMAL, OPTION_OPEN, owners, pack, room_layout, two_copies
from fsmgen.grammar.ready import Ready, ready
from fsmgen.grammar.tables import Packed
from tests.grammar.test_kernels import GRAMMARS, NETWORKS, mapped
from tests.grammar.test_states import STRINGS
from tests.reference_lowering import LayOutTwin


def laid_out(rules):
    """The code of rules, and the state number and the sink that the kernel leaves."""
    coder = Coder(rules, "start")
    code = coder.code()
    room = [np.zeros((4000, width), np.int32) for width in (4, 2, 4, 7)]
    sink = Sink(*room, np.zeros((len(coder.keys), 2), np.int32), np.zeros(4, np.int64))
    return code, lay_out(code, 1, 10**6, sink), sink


def facts() -> list[object]:
    """What the kernels make of all grammars."""
    found: list[object] = []
    for rules, network in zip(GRAMMARS, NETWORKS, strict=True):
        found.append(laid_out(rules)[1:])
        parts, states, empty = two_copies(network.parts, network.states)
        found.append((parts, states, empty))
        found += [pack(parts, states, 256 + len(network.symbols), options) for options in (0, OPTION_ALL, OPTION_OPEN | OPTION_ALL)]
        made = ready(network)
        found.append(longest(made.packed.net, made.numbers[np.zeros(len(made.packed.net.kind), np.int32)]))
        found.append(room_layout(made.packed.layout, (1, 2, 3, 4, 5, 6, 7)))
    return mapped(np.ndarray.tolist, tuple(found))


def test_kernels_do_the_same_as_python_that_they_do_compiled():
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "ignore"}
    script = "import json; from tests.grammar.test_lowering import facts; print(json.dumps(facts(), default=int))"
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == json.loads(json.dumps(facts(), default=int))
    assert {len(kernel.signatures) for kernel in (lay_out, two_copies, pack, longest, room_layout)} == {1}


@pytest.mark.parametrize("rules", GRAMMARS)
def test_code_is_laid_out_as_by_recursion(rules):
    code, states, sink = laid_out(rules)
    twin = LayOutTwin(code.tolist(), len(sink.bounds))
    assert (states, sink.bounds[:, 0].tolist()) == (twin.states, twin.starts)
    for rows, used, wanted in zip(sink[:4], sink.used, (twin.edges, twin.empties, twin.calls, twin.chains), strict=True):
        assert sorted(map(tuple, rows[:used].tolist())) == sorted(wanted)
    small = Sink(*(rows[:1] for rows in sink[:4]), sink.bounds, np.zeros(4, np.int64))
    assert lay_out(code, 1, 10**6, small) == states and (small.used == sink.used).all()


@pytest.mark.parametrize("rules", GRAMMARS[1:])
def test_kernels_and_array_operations_make_one_automaton(rules):
    network = lower(rules, "start")
    normal, nullable = normal_form(network)
    table, layout, numbers, used = pack(normal.parts, normal.states, 256, OPTION_NORMAL)
    slow = States(network)
    slow._ready = Ready(Packed(table, layout), normal.parts, numbers, used, normal.states, nullable, normal.owner)
    slow._packed = slow._ready.packed
    slow.classes, slow.examples = slow._packed.net[-2:]
    slow._begin()
    fast = States(network)
    assert (fast.labels, fast.class_count) == (frozenset(np.flatnonzero(used).tolist()), slow.class_count)
    for word in STRINGS:
        states = (fast.run(fast.start, word), slow.run(slow.start, word))
        assert fast.distance(states[0]) == slow.distance(states[1]) and fast.accepting(states[0]) == slow.accepting(states[1])


@pytest.mark.parametrize("network", NETWORKS)
def test_the_longest_way_is_that_of_a_search(network):
    made = ready(network)
    net = made.packed.net
    owner = owners(made.parts, len(net.kind)) if made.owner is None else made.owner
    owner = np.where(owner < 0, -1, made.numbers[owner]).astype(np.int32)
    assert longest(net, owner) == min(longest_twin(net, owner.tolist(), 0, ()), NEVER)


def longest_twin(net, owner, rule, path):
    """The largest distance in a rule and the rules that it calls."""
    if rule in path:
        return NEVER
    most = 0
    for state in (state for state, its in enumerate(owner) if its == rule):
        most = max(most, 0 if net.distance[state] == NEVER else int(net.distance[state]))
        for called, target, _ in net.calls[net.call_head[state] : net.call_head[state + 1]].tolist():
            most = max(most, int(net.distance[target]) + longest_twin(net, owner, called, (*path, rule)))
    return most


