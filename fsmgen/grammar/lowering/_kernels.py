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
    LAYERED size low high finals rows (nearest longest stand alike)*size (final)*finals (source low high rule target)*rows
                               as `automata.expression.Layered`; fewest and most steps from a state to a final one, -1 if there is no most;
                               a later state that so many steps do not tell from it, or itself
    QUOTED quote mark states letters words parts (letter rule)*letters (source target length byte*)*words (source target part)*parts
    UNLISTED quote mark states letters words parts (letter rule)*letters (length byte*)*words (source target part)*parts
                               automata as `automata.quoted` has them; the words of one source sorted, one after the other
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fsmgen._kernels import kernel, step_kernel
from fsmgen.grammar.machine._kernels import Ints
from fsmgen.grammar.moves._kernels import (
    AT,
    BUSY,
    CHAINS,
    DEPTH,
    FIRST,
    FROM,
    HIGH,
    LEFT,
    LOW,
    OP,
    PART,
    PC,
    STATES,
    STRIDE,
    TO,
    A,
    B,
    Sink,
    call,
    edge,
    empty,
    numbered,
)  # fmt: skip
from fsmgen.grammar.quoting._kernels import Scratch, unlisted, words

EMPTY, WORD, TREE, EDGE, CALL, ONE, SERIES, LOOP, PLUS, COUNT, TABLE, ESCAPED, LAYERED, QUOTED, UNLISTED = range(15)
MANY = 3
"""A part that is repeated more often than this is a chain: see `Chain`."""
_LOOPED = 12
"""More copies than this have loops that stand for them."""
_FITS = 2
"""In `Scratch.path`, the columns of LAYERED: two for the layers in turn, and this one for no layer."""
_EARLY = 512
"""Layers in which it is noted what stands for a state, while layers are unlike."""
_FIRST_LOOP, _SECOND_LOOP = -1, -2
"""What LEFT is after the copies."""


@step_kernel
def _word(code: Ints, registers: NDArray[np.int64], sink: Sink) -> None:
    pc, source = registers[PC], registers[A]
    last = pc + 1 + code[pc + 1]
    for i in range(pc + 2, last):
        edge(sink, source, code[i], code[i], registers[STATES])
        source = registers[STATES]
        registers[STATES] += 1
    edge(sink, source, code[last], code[last], registers[B])
    registers[PC] = last + 1


@step_kernel
def _tree(code: Ints, registers: NDArray[np.int64], sink: Sink, scratch: Scratch) -> None:
    """Sorted words: each goes on where it leaves the one before, the last byte of either left out."""
    at, before, shared_with = registers[PC] + 2, 0, 0
    scratch.path[0, 0] = registers[A]
    for _ in range(code[registers[PC] + 1]):
        inner = code[at] - 1
        depth = 0
        while depth < min(inner, shared_with) and code[at + 1 + depth] == code[before + 1 + depth]:
            depth += 1
        for i in range(depth, inner):
            scratch.path[i + 1, 0] = registers[STATES]
            registers[STATES] += 1
            edge(sink, scratch.path[i, 0], code[at + 1 + i], code[at + 1 + i], scratch.path[i + 1, 0])
        edge(sink, scratch.path[inner, 0], code[at + 1 + inner], code[at + 1 + inner], registers[B])
        before, shared_with = at, inner
        at += 2 + inner
    registers[PC] = at


@step_kernel
def _leaf(code: Ints, registers: NDArray[np.int64], sink: Sink, scratch: Scratch) -> None:
    """Lay out a part without parts."""
    pc, op = registers[PC], code[registers[PC]]
    registers[BUSY] = 0
    if op == WORD:
        _word(code, registers, sink)
    elif op == TREE:
        _tree(code, registers, sink, scratch)
    elif op == EDGE:
        edge(sink, registers[A], code[pc + 1], code[pc + 2], registers[B])
        registers[PC] = pc + 3
    elif op == CALL:
        call(sink, registers[A], code[pc + 1], registers[B], code[pc + 2])
        registers[PC] = pc + 3
    else:
        empty(sink, registers[A], registers[B])
        registers[PC] = pc + 1


@step_kernel
def _begin_copy(frame: NDArray[np.int64], registers: NDArray[np.int64], sink: Sink) -> None:
    """Lay out a counted part once more, between the last knot and the next, or the end."""
    done, last = frame[LEFT], frame[LEFT] == frame[HIGH] - 1
    if done >= frame[LOW]:
        empty(sink, frame[AT], frame[TO])
    registers[PC], registers[A], registers[BUSY] = frame[PART], frame[AT], 1
    registers[B] = frame[TO] if last else registers[STATES]
    registers[STATES] += 0 if last else 1
    frame[AT] = registers[B]


@step_kernel
def _begin_loop(frame: NDArray[np.int64], registers: NDArray[np.int64], sink: Sink) -> int:
    """Lay out a copy of a chain that is its own next one; its first state. One may leave the second such copy, not the first."""
    knot = registers[STATES]
    registers[STATES] += 1
    if frame[LEFT] == _SECOND_LOOP:
        empty(sink, knot, frame[TO])
    registers[PC], registers[A], registers[B], registers[BUSY] = frame[PART], knot, knot, 1
    return knot


@step_kernel
def _chain(frame: NDArray[np.int64], sink: Sink, loop: int, other: int) -> None:
    """Note a chain whose copies are done."""
    row = sink.used[CHAINS]
    sink.used[CHAINS] = row + 1
    if row < len(sink.chains):
        chain = sink.chains[row]
        chain[0], chain[1], chain[2], chain[3], chain[4] = frame[FIRST], frame[STRIDE], frame[HIGH] - 1, frame[LOW], frame[HIGH]
        chain[5], chain[6] = loop, other


@step_kernel
def _end_copy(frame: NDArray[np.int64], registers: NDArray[np.int64], sink: Sink) -> bool:
    """Go on after a counted part; whether there is nothing more to do. The copies come first, then the two loops."""
    if frame[LEFT] == _FIRST_LOOP:
        frame[LEFT] = _SECOND_LOOP
        frame[AT] = _begin_loop(frame, registers, sink)
        return False
    if frame[LEFT] == _SECOND_LOOP:
        _chain(frame, sink, frame[FROM], frame[AT])
        return True
    if frame[LEFT] == 0:
        frame[STRIDE] = registers[STATES] - frame[FIRST]
    frame[LEFT] += 1
    if frame[LEFT] < frame[HIGH]:
        _begin_copy(frame, registers, sink)
        return False
    if frame[HIGH] > _LOOPED:
        frame[LEFT] = _FIRST_LOOP
        frame[FROM] = _begin_loop(frame, registers, sink)
        return False
    if frame[HIGH] > MANY:
        _chain(frame, sink, 0, 0)
    return True


@step_kernel
def _rows(code: Ints, registers: NDArray[np.int64], sink: Sink, frame: NDArray[np.int64]) -> None:
    """The rows of ESCAPED; all marks of one source lead to one state."""
    mark, rows, at = code[registers[PC] - 1], code[registers[PC] + 1], registers[PC] + 3
    last, behind = -1, 0
    for _ in range(rows):
        source, target = numbered(frame, code[at]), numbered(frame, code[at + 4])
        if code[at + 1] <= code[at + 2]:
            edge(sink, source, code[at + 1], code[at + 2], target)
        if code[at + 3] >= 0:
            if code[at] != last:
                last, behind = code[at], registers[STATES]
                registers[STATES] += 1
                edge(sink, source, mark, mark, behind)
            call(sink, behind, code[at + 3], target, 0)
        at += 5
    registers[PC] = at


@step_kernel
def _in_layer(registers: NDArray[np.int64], scratch: Scratch, column: int, state: int) -> int:
    """The state of a state of LAYERED in a layer."""
    if scratch.path[state, column] == 0:
        scratch.path[state, column] = registers[STATES]
        registers[STATES] += 1
    return scratch.path[state, column]


@step_kernel
def _begin_layers(code: Ints, registers: NDArray[np.int64], scratch: Scratch) -> None:
    """Forget what was in the layers; a state each for the states without a circle behind them, which need no layer where all fits."""
    at = registers[PC]
    for state in range(code[at - 1]):
        for column in range(3):
            scratch.path[state, column] = 0
        if code[at + 5 + 4 * state] >= 0:
            _in_layer(registers, scratch, _FITS, state)


@step_kernel
def _layer_of(code: Ints, registers: NDArray[np.int64], scratch: Scratch, layer: int, state: int) -> int:
    """The state of a state after so many steps: the same for all if every way on has a length that is allowed; 0 if none has."""
    at = registers[PC]
    low, high, nearest, longest = code[at], code[at + 1], code[at + 4 + 4 * state], code[at + 5 + 4 * state]
    if layer + nearest > high:
        return 0
    if longest >= 0 and layer + longest <= high and layer + nearest >= low:
        return scratch.path[state, _FITS]
    return _in_layer(registers, scratch, layer & 1, state)


@step_kernel
def _step(code: Ints, sink: Sink, row: int, source: int, target: int) -> None:
    """A row of LAYERED between two states."""
    if code[row + 1] <= code[row + 2]:
        edge(sink, source, code[row + 1], code[row + 2], target)
    if code[row + 3] >= 0:
        call(sink, source, code[row + 3], target, 0)


@step_kernel
def _last_alike(code: Ints, registers: NDArray[np.int64]) -> int:
    """The last layer of LAYERED in which the upper bound of steps is not felt: all that can be finished fits, whatever way it takes."""
    at = registers[PC]
    last = code[at + 1]
    for state in range(code[at - 1]):
        nearest, longest = code[at + 4 + 4 * state], code[at + 5 + 4 * state]
        if nearest <= code[at + 1]:
            last = min(last, code[at + 1] - max(nearest, longest))
    return last


@step_kernel
def _same_layer(scratch: Scratch, size: int, here: int, shift: int) -> bool:
    """Whether the next layer has the states of this one, in the same order."""
    for state in range(size):
        one, other = scratch.path[state, here], scratch.path[state, 1 - here]
        if (one == 0) != (other == 0) or (one and other - one != shift):
            return False
    return True


@step_kernel
def _alike_layers(sink: Sink, first: int, stride: int, copies: int) -> None:
    """Note layers that are alike as a chain in which one may leave at every count."""
    row = sink.used[CHAINS]
    if copies > MANY:
        sink.used[CHAINS] = row + 1
        if row < len(sink.chains):
            chain = sink.chains[row]
            chain[0], chain[1], chain[2], chain[3], chain[4], chain[5], chain[6] = first, stride, copies, 0, copies, 0, 0


@step_kernel
def _stands_for(sink: Sink, state: int, other: int, steps: int) -> None:
    """Note that a state cannot be told from another one by fewer steps than these: as a chain of one copy."""
    row = sink.used[CHAINS]
    sink.used[CHAINS] = row + 1
    if row < len(sink.chains):
        chain = sink.chains[row]
        chain[0], chain[1], chain[2], chain[3], chain[4], chain[5], chain[6] = state, 1, 1, 0, steps + 1, other, other


@step_kernel
def _unlike_layers(code: Ints, registers: NDArray[np.int64], sink: Sink, scratch: Scratch, layer: int, last: int) -> None:
    """What stands for the states of a layer, if the next one has other states: their fellows there."""
    for state in range(code[registers[PC] - 1]):
        here, there = scratch.path[state, layer & 1], scratch.path[state, 1 - (layer & 1)]
        if here and there:
            _stands_for(sink, here, there, last - layer - 2)


@step_kernel
def _within_layer(code: Ints, registers: NDArray[np.int64], sink: Sink, scratch: Scratch, layer: int, last: int) -> None:
    """What stands for the states of a layer that stands for all that follow: other states of the same layer."""
    at = registers[PC]
    for state in range(code[at - 1]):
        stand, alike = code[at + 6 + 4 * state], code[at + 7 + 4 * state]
        here, there = scratch.path[state, layer & 1], scratch.path[stand, layer & 1]
        if here and there and stand != state:
            _stands_for(sink, here, there, min(alike + 1, last - layer - 1))


@step_kernel
def _layer(code: Ints, registers: NDArray[np.int64], sink: Sink, frame: NDArray[np.int64], scratch: Scratch, layer: int) -> None:
    """What is read in a layer, its ends, and the states of the next one."""
    at, here = registers[PC], layer & 1
    finals = at + 4 + 4 * code[at - 1]
    rows = finals + code[at + 2]
    for row in range(rows, rows + 5 * code[at + 3], 5):
        if scratch.path[code[row], here]:
            target = _layer_of(code, registers, scratch, layer + 1, code[row + 4])
            if target:
                _step(code, sink, row, scratch.path[code[row], here], target)
    for final in range(finals, rows):
        if layer >= code[at] and scratch.path[code[final], here]:
            empty(sink, scratch.path[code[final], here], frame[TO])


@step_kernel
def _layers(code: Ints, registers: NDArray[np.int64], sink: Sink, frame: NDArray[np.int64], scratch: Scratch) -> None:
    """The copies of LAYERED, one for each number of steps, of the states that are reached; at last those that need no layer."""
    at = registers[PC]
    size, low, high = code[at - 1], code[at], code[at + 1]
    finals = at + 4 + 4 * size
    rows = finals + code[at + 2]
    end = rows + 5 * code[at + 3]
    _begin_layers(code, registers, scratch)
    begun, last = registers[STATES], _last_alike(code, registers)
    first = _layer_of(code, registers, scratch, 0, 0)
    if first:
        empty(sink, frame[FROM], first)
    chain, stride, copies = 0, 0, 0
    for layer in range(high + 1):
        next_begun = registers[STATES]
        _layer(code, registers, sink, frame, scratch, layer)
        if low <= layer < last and next_begun > begun:
            if _same_layer(scratch, size, layer & 1, next_begun - begun):
                if copies == 0:
                    chain, stride, copies = begun, next_begun - begun, 1
                    _within_layer(code, registers, sink, scratch, layer, last)
                copies += 1
            elif layer < _EARLY:
                _unlike_layers(code, registers, sink, scratch, layer, last)
        begun = next_begun
        for state in range(size):
            scratch.path[state, layer & 1] = 0
    _alike_layers(sink, chain, stride, copies)
    for row in range(rows, end, 5):
        if scratch.path[code[row], _FITS]:
            _step(code, sink, row, scratch.path[code[row], _FITS], scratch.path[code[row + 4], _FITS])
    for final in range(finals, rows):
        if scratch.path[code[final], _FITS]:
            empty(sink, scratch.path[code[final], _FITS], frame[TO])
    registers[PC] = end


@step_kernel
def _enter(code: Ints, registers: NDArray[np.int64], sink: Sink, frame: NDArray[np.int64], scratch: Scratch) -> None:
    """Begin a part with parts: the frame is its own."""
    pc, op = registers[PC], code[registers[PC]]
    frame[OP], frame[FROM], frame[TO], frame[LEFT] = op, registers[A], registers[B], code[pc + 1]
    registers[PC], registers[BUSY] = pc + 2, 0
    registers[DEPTH] += 1
    if op == SERIES:
        frame[AT] = registers[A]
    elif op in (LOOP, PLUS):
        registers[PC], registers[BUSY] = pc + 1, 1
        if op == PLUS:
            frame[FROM] = registers[STATES]
            empty(sink, registers[A], registers[STATES])
            registers[STATES] += 1
        registers[A], registers[B] = frame[FROM], registers[STATES]
        frame[AT] = registers[STATES]
        registers[STATES] += 1
    elif op == COUNT:
        frame[LOW], frame[HIGH], frame[LEFT], frame[PART] = code[pc + 1], code[pc + 2], 0, pc + 3
        frame[FIRST], frame[AT] = registers[STATES], registers[A]
        _begin_copy(frame, registers, sink)
    elif op == TABLE:
        frame[FIRST], frame[LEFT] = registers[STATES], code[pc + 4]
        registers[STATES] += code[pc + 1] - 2 + code[pc + 2]
        at = pc + 5
        for _ in range(code[pc + 3]):
            edge(sink, numbered(frame, code[at]), code[at + 1], code[at + 2], numbered(frame, code[at + 3]))
            at += 4
        registers[PC] = at
    elif op == ESCAPED:
        frame[OP], frame[FIRST], frame[LEFT] = TABLE, registers[STATES], code[pc + 4]
        registers[STATES] += code[pc + 2] - 2
        _rows(code, registers, sink, frame)
    elif op == LAYERED:
        frame[OP], frame[LEFT] = TABLE, 0
        _layers(code, registers, sink, frame, scratch)
    elif op in (QUOTED, UNLISTED):
        frame[OP], frame[FIRST], frame[LEFT], registers[PC] = TABLE, registers[STATES], code[pc + 6], pc + 1
        registers[STATES] += code[pc + 3] - 2
        if op == QUOTED:
            words(code, registers, sink, frame, scratch)
        else:
            unlisted(code, registers, sink, frame, scratch)


@step_kernel
def _resume(code: Ints, registers: NDArray[np.int64], sink: Sink, frame: NDArray[np.int64]) -> None:
    """Go on with the part whose frame this is: its next part, or its end."""
    op, left, pc = frame[OP], frame[LEFT], registers[PC]
    if op == COUNT:
        registers[DEPTH] -= 1 if _end_copy(frame, registers, sink) else 0
    elif op in (LOOP, PLUS):
        empty(sink, frame[AT], frame[FROM])
        empty(sink, frame[FROM] if op == LOOP else frame[AT], frame[TO])
        registers[DEPTH] -= 1
    elif left == 0:
        registers[DEPTH] -= 1
    else:
        frame[LEFT], registers[BUSY] = left - 1, 1
        if op == ONE:
            registers[A], registers[B] = frame[FROM], frame[TO]
        elif op == TABLE:
            registers[A], registers[B], registers[PC] = numbered(frame, code[pc]), numbered(frame, code[pc + 1]), pc + 2
        else:
            registers[A], registers[B] = frame[AT], frame[TO] if left == 1 else registers[STATES]
            registers[STATES] += 0 if left == 1 else 1
            frame[AT] = registers[B]


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
    registers[STATES] = first
    frames = np.zeros((32, 10), np.int64)
    scratch = Scratch(np.empty((len(code) + 1, 11), np.int32), np.zeros(128, np.int32), np.empty((256, 9), np.int32))
    for rule in range(len(sink.bounds)):
        sink.bounds[rule, 0], sink.bounds[rule, 1] = registers[STATES], registers[STATES] + 1
        registers[A], registers[B], registers[BUSY] = registers[STATES], registers[STATES] + 1, 1
        registers[STATES] += 2
        while registers[BUSY] or registers[DEPTH]:
            if registers[STATES] > limit:
                return registers[STATES]
            if registers[BUSY] and code[registers[PC]] < ONE:
                _leaf(code, registers, sink, scratch)
            elif registers[BUSY]:
                if registers[DEPTH] == len(frames):
                    frames = np.concatenate((frames, np.zeros(frames.shape, np.int64)))
                _enter(code, registers, sink, frames[registers[DEPTH]], scratch)
            else:
                _resume(code, registers, sink, frames[registers[DEPTH] - 1])
    return registers[STATES]
