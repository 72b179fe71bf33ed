"""The kernel that lays out the states and moves of rules that are written as code.

Code is a list of ints, an operation before its operands and parts. Every part is laid out between two states a and b, so that the ways from
a to b spell its words; no move of it leads back into a or out of b, except that of LOOP into a.

    EMPTY                      an empty move
    WORD n byte*n              one word
    TREE n (length byte*)*n    sorted words as a tree
    EDGE low high              one label
    CALL rule must             a call; must is 1 if it has to read something
    ONE n part*n               any one of the parts
    SERIES n part*n            one part after the other
    LOOP part                  any number of times, at a itself: a is entered by what stands before in a series, and by nothing else
    PLUS part                  once or more
    COUNT low high part        low to high times
    TABLE states inner edges parts (source low high target)*edges (source target part)*parts
                               an automaton: its states are a, b, 2, 3, ..., and `inner` more that only its edges know
    ESCAPED mark states rows parts (source low high rule target)*rows (source target part)*parts
                               an automaton, whose rows are those of `automata.expression.Escaped`; rule is -1 if there is none
    LAYERED size low high finals rows (soonest nearest)*size (final)*finals (source low high rule target)*rows
                               as `automata.expression.Layered`; no layer of a state is before its soonest, or after high - nearest
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fsmgen._kernels import kernel, step_kernel
from fsmgen.grammar.machine._kernels import Ints

EMPTY, WORD, TREE, EDGE, CALL, ONE, SERIES, LOOP, PLUS, COUNT, TABLE, ESCAPED, LAYERED = range(13)
MANY = 3
"""A part that is repeated more often than this is a chain: see `Chain`."""
_LOOPED = 12
"""More copies than this have loops that stand for them."""
_PC, _STATES, _DEPTH, _A, _B, _BUSY = range(6)
"""Registers: the place in the code, the states so far, the frames in use, and the part to be laid out, if there is one: BUSY."""
_EDGES, _EMPTIES, _CALLS, _CHAINS = range(4)
"""Places in `Sink.used`."""
_OP, _FROM, _TO, _LEFT, _LOW, _HIGH, _FIRST, _AT, _PART, _STRIDE = range(10)
"""Columns of a frame, which is a part whose own parts are being laid out. LEFT counts the parts left, or the copies done."""
_FIRST_LOOP, _SECOND_LOOP = -1, -2
"""What LEFT is after the copies."""


class Sink(NamedTuple):
    """Where moves go. What finds no room is only counted.

    Attributes:
        edges: int32[E, 4]; empties: int32[M, 2]; calls: int32[K, 4], as in `Network`.
        chains: int32[N, 7], rows (first, stride, copies, low, high, loop, loop), see `Chain`; loops are 0 where there are none.
        bounds: int32[R, 2], the start state of each rule, and the state after it, which is the rule's end.
        used: int64[4], how many rows of each of the first four there are.
    """

    edges: Ints
    empties: Ints
    calls: Ints
    chains: Ints
    bounds: Ints
    used: NDArray[np.int64]


@step_kernel
def _edge(sink: Sink, source: int, low: int, high: int, target: int) -> None:
    row = sink.used[_EDGES]
    if row < len(sink.edges):
        sink.edges[row, 0], sink.edges[row, 1], sink.edges[row, 2], sink.edges[row, 3] = source, low, high, target
    sink.used[_EDGES] = row + 1


@step_kernel
def _empty(sink: Sink, source: int, target: int) -> None:
    row = sink.used[_EMPTIES]
    if row < len(sink.empties):
        sink.empties[row, 0], sink.empties[row, 1] = source, target
    sink.used[_EMPTIES] = row + 1


@step_kernel
def _call(sink: Sink, source: int, rule: int, target: int, must: int) -> None:
    row = sink.used[_CALLS]
    if row < len(sink.calls):
        sink.calls[row, 0], sink.calls[row, 1], sink.calls[row, 2], sink.calls[row, 3] = source, rule, target, must
    sink.used[_CALLS] = row + 1


@step_kernel
def _word(code: Ints, registers: NDArray[np.int64], sink: Sink) -> None:
    pc, source = registers[_PC], registers[_A]
    last = pc + 1 + code[pc + 1]
    for i in range(pc + 2, last):
        _edge(sink, source, code[i], code[i], registers[_STATES])
        source = registers[_STATES]
        registers[_STATES] += 1
    _edge(sink, source, code[last], code[last], registers[_B])
    registers[_PC] = last + 1


@step_kernel
def _tree(code: Ints, registers: NDArray[np.int64], sink: Sink, path: Ints) -> None:
    """Sorted words: each goes on where it leaves the one before, the last byte of either left out."""
    at, before, shared_with = registers[_PC] + 2, 0, 0
    path[0] = registers[_A]
    for _ in range(code[registers[_PC] + 1]):
        inner = code[at] - 1
        depth = 0
        while depth < min(inner, shared_with) and code[at + 1 + depth] == code[before + 1 + depth]:
            depth += 1
        for i in range(depth, inner):
            path[i + 1] = registers[_STATES]
            registers[_STATES] += 1
            _edge(sink, path[i], code[at + 1 + i], code[at + 1 + i], path[i + 1])
        _edge(sink, path[inner], code[at + 1 + inner], code[at + 1 + inner], registers[_B])
        before, shared_with = at, inner
        at += 2 + inner
    registers[_PC] = at


@step_kernel
def _leaf(code: Ints, registers: NDArray[np.int64], sink: Sink, path: Ints) -> None:
    """Lay out a part without parts."""
    pc, op = registers[_PC], code[registers[_PC]]
    registers[_BUSY] = 0
    if op == WORD:
        _word(code, registers, sink)
    elif op == TREE:
        _tree(code, registers, sink, path)
    elif op == EDGE:
        _edge(sink, registers[_A], code[pc + 1], code[pc + 2], registers[_B])
        registers[_PC] = pc + 3
    elif op == CALL:
        _call(sink, registers[_A], code[pc + 1], registers[_B], code[pc + 2])
        registers[_PC] = pc + 3
    else:
        _empty(sink, registers[_A], registers[_B])
        registers[_PC] = pc + 1


@step_kernel
def _numbered(frame: NDArray[np.int64], state: int) -> int:
    """The state of a table's state."""
    return frame[_FROM] if state == 0 else frame[_TO] if state == 1 else frame[_FIRST] + state - 2


@step_kernel
def _begin_copy(frame: NDArray[np.int64], registers: NDArray[np.int64], sink: Sink) -> None:
    """Lay out a counted part once more, between the last knot and the next, or the end."""
    done, last = frame[_LEFT], frame[_LEFT] == frame[_HIGH] - 1
    if done >= frame[_LOW]:
        _empty(sink, frame[_AT], frame[_TO])
    registers[_PC], registers[_A], registers[_BUSY] = frame[_PART], frame[_AT], 1
    registers[_B] = frame[_TO] if last else registers[_STATES]
    registers[_STATES] += 0 if last else 1
    frame[_AT] = registers[_B]


@step_kernel
def _begin_loop(frame: NDArray[np.int64], registers: NDArray[np.int64], sink: Sink) -> int:
    """Lay out a copy of a chain that is its own next one; its first state. One may leave the second such copy, not the first."""
    knot = registers[_STATES]
    registers[_STATES] += 1
    if frame[_LEFT] == _SECOND_LOOP:
        _empty(sink, knot, frame[_TO])
    registers[_PC], registers[_A], registers[_B], registers[_BUSY] = frame[_PART], knot, knot, 1
    return knot


@step_kernel
def _chain(frame: NDArray[np.int64], sink: Sink, loop: int, other: int) -> None:
    """Note a chain whose copies are done."""
    row = sink.used[_CHAINS]
    sink.used[_CHAINS] = row + 1
    if row < len(sink.chains):
        chain = sink.chains[row]
        chain[0], chain[1], chain[2], chain[3], chain[4] = frame[_FIRST], frame[_STRIDE], frame[_HIGH] - 1, frame[_LOW], frame[_HIGH]
        chain[5], chain[6] = loop, other


@step_kernel
def _end_copy(frame: NDArray[np.int64], registers: NDArray[np.int64], sink: Sink) -> bool:
    """Go on after a counted part; whether there is nothing more to do. The copies come first, then the two loops."""
    if frame[_LEFT] == _FIRST_LOOP:
        frame[_LEFT] = _SECOND_LOOP
        frame[_AT] = _begin_loop(frame, registers, sink)
        return False
    if frame[_LEFT] == _SECOND_LOOP:
        _chain(frame, sink, frame[_FROM], frame[_AT])
        return True
    if frame[_LEFT] == 0:
        frame[_STRIDE] = registers[_STATES] - frame[_FIRST]
    frame[_LEFT] += 1
    if frame[_LEFT] < frame[_HIGH]:
        _begin_copy(frame, registers, sink)
        return False
    if frame[_HIGH] > _LOOPED:
        frame[_LEFT] = _FIRST_LOOP
        frame[_FROM] = _begin_loop(frame, registers, sink)
        return False
    if frame[_HIGH] > MANY:
        _chain(frame, sink, 0, 0)
    return True


@step_kernel
def _rows(code: Ints, registers: NDArray[np.int64], sink: Sink, frame: NDArray[np.int64]) -> None:
    """The rows of ESCAPED; all marks of one source lead to one state."""
    mark, rows, at = code[registers[_PC] - 1], code[registers[_PC] + 1], registers[_PC] + 3
    last, behind = -1, 0
    for _ in range(rows):
        source, target = _numbered(frame, code[at]), _numbered(frame, code[at + 4])
        if code[at + 1] <= code[at + 2]:
            _edge(sink, source, code[at + 1], code[at + 2], target)
        if code[at + 3] >= 0:
            if code[at] != last:
                last, behind = code[at], registers[_STATES]
                registers[_STATES] += 1
                _edge(sink, source, mark, mark, behind)
            _call(sink, behind, code[at + 3], target, 0)
        at += 5
    registers[_PC] = at


@step_kernel
def _layers(code: Ints, registers: NDArray[np.int64], sink: Sink, frame: NDArray[np.int64]) -> None:
    """The copies of LAYERED, one for each number of steps."""
    at = registers[_PC]
    size, low, high = code[at - 1], code[at], code[at + 1]
    bounds = at + 4
    finals = bounds + 2 * size
    rows = finals + code[at + 2]
    registers[_PC] = rows + 5 * code[at + 3]
    here = registers[_STATES]
    registers[_STATES] += (high + 1) * size
    _empty(sink, frame[_FROM], here)
    for layer in range(high + 1):
        for row in range(rows, registers[_PC], 5):
            source, target = code[row], code[row + 4]
            if code[bounds + 2 * source] <= layer and layer + 1 + code[bounds + 2 * target + 1] <= high:
                if code[row + 1] <= code[row + 2]:
                    _edge(sink, here + source, code[row + 1], code[row + 2], here + size + target)
                if code[row + 3] >= 0:
                    _call(sink, here + source, code[row + 3], here + size + target, 0)
        for final in range(finals, rows):
            if layer >= low and code[bounds + 2 * code[final]] <= layer:
                _empty(sink, here + code[final], frame[_TO])
        here += size


@step_kernel
def _enter(code: Ints, registers: NDArray[np.int64], sink: Sink, frame: NDArray[np.int64]) -> None:
    """Begin a part with parts: the frame is its own."""
    pc, op = registers[_PC], code[registers[_PC]]
    frame[_OP], frame[_FROM], frame[_TO], frame[_LEFT] = op, registers[_A], registers[_B], code[pc + 1]
    registers[_PC], registers[_BUSY] = pc + 2, 0
    registers[_DEPTH] += 1
    if op == SERIES:
        frame[_AT] = registers[_A]
    elif op in (LOOP, PLUS):
        registers[_PC], registers[_BUSY] = pc + 1, 1
        if op == PLUS:
            frame[_FROM] = registers[_STATES]
            _empty(sink, registers[_A], registers[_STATES])
            registers[_STATES] += 1
        registers[_A], registers[_B] = frame[_FROM], registers[_STATES]
        frame[_AT] = registers[_STATES]
        registers[_STATES] += 1
    elif op == COUNT:
        frame[_LOW], frame[_HIGH], frame[_LEFT], frame[_PART] = code[pc + 1], code[pc + 2], 0, pc + 3
        frame[_FIRST], frame[_AT] = registers[_STATES], registers[_A]
        _begin_copy(frame, registers, sink)
    elif op == TABLE:
        frame[_FIRST], frame[_LEFT] = registers[_STATES], code[pc + 4]
        registers[_STATES] += code[pc + 1] - 2 + code[pc + 2]
        at = pc + 5
        for _ in range(code[pc + 3]):
            _edge(sink, _numbered(frame, code[at]), code[at + 1], code[at + 2], _numbered(frame, code[at + 3]))
            at += 4
        registers[_PC] = at
    elif op == ESCAPED:
        frame[_OP], frame[_FIRST], frame[_LEFT] = TABLE, registers[_STATES], code[pc + 4]
        registers[_STATES] += code[pc + 2] - 2
        _rows(code, registers, sink, frame)
    elif op == LAYERED:
        frame[_OP], frame[_LEFT] = TABLE, 0
        _layers(code, registers, sink, frame)


@step_kernel
def _resume(code: Ints, registers: NDArray[np.int64], sink: Sink, frame: NDArray[np.int64]) -> None:
    """Go on with the part whose frame this is: its next part, or its end."""
    op, left, pc = frame[_OP], frame[_LEFT], registers[_PC]
    if op == COUNT:
        registers[_DEPTH] -= 1 if _end_copy(frame, registers, sink) else 0
    elif op in (LOOP, PLUS):
        _empty(sink, frame[_AT], frame[_FROM])
        _empty(sink, frame[_FROM] if op == LOOP else frame[_AT], frame[_TO])
        registers[_DEPTH] -= 1
    elif left == 0:
        registers[_DEPTH] -= 1
    else:
        frame[_LEFT], registers[_BUSY] = left - 1, 1
        if op == ONE:
            registers[_A], registers[_B] = frame[_FROM], frame[_TO]
        elif op == TABLE:
            registers[_A], registers[_B], registers[_PC] = _numbered(frame, code[pc]), _numbered(frame, code[pc + 1]), pc + 2
        else:
            registers[_A], registers[_B] = frame[_AT], frame[_TO] if left == 1 else registers[_STATES]
            registers[_STATES] += 0 if left == 1 else 1
            frame[_AT] = registers[_B]


@kernel
def lay_out(code: Ints, first: int, limit: int, sink: Sink) -> int:
    """The states and moves of rules, one after the other, each from its start to its end, the states numbered from `first` on.

    Args:
        code: the rules' code, one after the other, as many as `sink.bounds` has rows.
        limit: a state of this number is not made.

    Returns:
        The number after the last state; more than `limit` if that was reached.
    """
    registers = np.zeros(6, np.int64)
    registers[_STATES] = first
    frames = np.zeros((32, 10), np.int64)
    path = np.empty(len(code) + 1, np.int32)
    for rule in range(len(sink.bounds)):
        sink.bounds[rule, 0], sink.bounds[rule, 1] = registers[_STATES], registers[_STATES] + 1
        registers[_A], registers[_B], registers[_BUSY] = registers[_STATES], registers[_STATES] + 1, 1
        registers[_STATES] += 2
        while registers[_BUSY] or registers[_DEPTH]:
            if registers[_STATES] > limit:
                return registers[_STATES]
            if registers[_BUSY] and code[registers[_PC]] < ONE:
                _leaf(code, registers, sink, path)
            elif registers[_BUSY]:
                if registers[_DEPTH] == len(frames):
                    frames = np.concatenate((frames, np.zeros(frames.shape, np.int64)))
                _enter(code, registers, sink, frames[registers[_DEPTH]])
            else:
                _resume(code, registers, sink, frames[registers[_DEPTH] - 1])
    return registers[_STATES]
