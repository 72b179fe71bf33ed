"""The layers of LAYERED, one for each number of steps, as states and moves; see `fsmgen.grammar.lowering` for its code.

Layers from which the upper bound of steps is not felt are alike. Chains note which state stands for which, so that masks are shared.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fsmgen._kernels import step_kernel
from fsmgen.grammar.machine._kernels import Ints
from fsmgen.grammar.moves._kernels import FROM, MANY, PC, STATES, TO, Sink, call, chain, edge, empty
from fsmgen.grammar.quoting._kernels import Scratch

_FITS = 2
"""In `Scratch.path`, the columns of LAYERED: two for the layers in turn, and this one for no layer."""
_EARLY = 512
"""Layers in which it is noted what stands for a state, while layers are unlike."""


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
    if copies > MANY:
        chain(sink, (first, stride, copies), (0, copies), (0, 0))


@step_kernel
def _stands_for(sink: Sink, state: int, other: int, steps: int) -> None:
    """Note that a state cannot be told from another one by fewer steps than these: as a chain of one copy."""
    chain(sink, (state, 1, 1), (0, steps + 1), (other, other))


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
def layers(code: Ints, registers: NDArray[np.int64], sink: Sink, frame: NDArray[np.int64], scratch: Scratch) -> None:
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
    first_alike, stride, copies = 0, 0, 0
    for layer in range(high + 1):
        next_begun = registers[STATES]
        _layer(code, registers, sink, frame, scratch, layer)
        if low <= layer < last and next_begun > begun:
            if _same_layer(scratch, size, layer & 1, next_begun - begun):
                if copies == 0:
                    first_alike, stride, copies = begun, next_begun - begun, 1
                    _within_layer(code, registers, sink, scratch, layer, last)
                copies += 1
            elif layer < _EARLY:
                _unlike_layers(code, registers, sink, scratch, layer, last)
        begun = next_begun
        for state in range(size):
            scratch.path[state, layer & 1] = 0
    _alike_layers(sink, first_alike, stride, copies)
    for row in range(rows, end, 5):
        if scratch.path[code[row], _FITS]:
            _step(code, sink, row, scratch.path[code[row], _FITS], scratch.path[code[row + 4], _FITS])
    for final in range(finals, rows):
        if scratch.path[code[final], _FITS]:
            empty(sink, scratch.path[code[final], _FITS], frame[TO])
    registers[PC] = end
