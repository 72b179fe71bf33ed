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
from fsmgen.grammar.layering._kernels import layers
from fsmgen.grammar.machine._kernels import Ints
from fsmgen.grammar.moves._kernels import (
    AT,
    BUSY,
    DEPTH,
    FIRST,
    FROM,
    HIGH,
    LEFT,
    LOW,
    MANY,
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
    chain,
    edge,
    empty,
    numbered,
)  # fmt: skip
from fsmgen.grammar.quoting._kernels import Scratch, unlisted, words

EMPTY, WORD, TREE, EDGE, CALL, ONE, SERIES, LOOP, PLUS, COUNT, TABLE, ESCAPED, LAYERED, QUOTED, UNLISTED = range(15)
_LOOPED = 12
"""More copies than this have loops that stand for them."""
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
    chain(sink, (frame[FIRST], frame[STRIDE], frame[HIGH] - 1), (frame[LOW], frame[HIGH]), (loop, other))


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
        layers(code, registers, sink, frame, scratch)
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
