"""Kernels that lay out QUOTED and UNLISTED: trees of words in quotes, in all spellings.

The letters are ASCII. One is read as it is, unless it is below 0x20, the quote or the mark; or as the mark and what its rule derives.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fsmgen._kernels import step_kernel
from fsmgen.grammar.machine._kernels import Ints
from fsmgen.grammar.moves._kernels import PC, STATES, Sink, call, edge, empty, numbered

_NODE, _BEHIND, _ENDS, _TAKEN = range(4)
"""Columns of `Scratch.path`. TAKEN and those after it are eight rows of sixteen letters as bits: those that lead on."""
_ROWS, _STATE = 8, 8
"""Columns of `Scratch.sets`: eight such rows, and a state."""
_FREE, _FOREIGN = 2, 3
"""States of UNLISTED."""
_SHORT = np.array([[0x22, 0x22], [0x5C, 0x5C], [0x2F, 0x2F], [0x62, 8], [0x66, 12], [0x6E, 10], [0x72, 13], [0x74, 9]], np.int32)
"""(letter after a mark, what it stands for)."""


class Scratch(NamedTuple):
    """Work space.

    Attributes:
        path: int32[N, 11], the nodes on the way of a word; as many as there is code.
        rules: int32[128], the rule of each letter.
        sets: int32[M, 9], the states that read the numbers of all letters but a set.
    """

    path: Ints
    rules: Ints
    sets: Ints


@step_kernel
def _read_rules(code: Ints, at: int, scratch: Scratch) -> int:
    """Note the rules of letters; the place of the first word. `at` is that of the operand QUOTE."""
    first, last = at + 6, at + 6 + 2 * code[at + 3]
    for i in range(first, last, 2):
        scratch.rules[code[i]] = code[i + 1]
    return last


@step_kernel
def _node(scratch: Scratch, depth: int, state: int) -> None:
    """Put a node on the path."""
    scratch.path[depth, _NODE] = state
    for column in range(_BEHIND, _TAKEN + _ROWS):
        scratch.path[depth, column] = 0


@step_kernel
def _letter(registers: NDArray[np.int64], sink: Sink, scratch: Scratch, depth: int, letter: int, signs: tuple[int, int]) -> None:
    """A new node behind the one at this depth of the path."""
    here, (quote, mark) = scratch.path[depth, _NODE], signs
    target = registers[STATES]
    registers[STATES] += 1
    if letter >= 0x20 and letter != quote and letter != mark:
        edge(sink, here, letter, letter, target)
    if scratch.path[depth, _BEHIND] == 0:
        scratch.path[depth, _BEHIND] = registers[STATES]
        registers[STATES] += 1
        edge(sink, here, mark, mark, scratch.path[depth, _BEHIND])
    call(sink, scratch.path[depth, _BEHIND], scratch.rules[letter], target, 0)
    scratch.path[depth, _TAKEN + (letter >> 4)] |= 1 << (letter & 15)
    _node(scratch, depth + 1, target)


@step_kernel
def words(code: Ints, registers: NDArray[np.int64], sink: Sink, frame: NDArray[np.int64], scratch: Scratch) -> None:
    """QUOTED without its parts: sorted words of one source share their beginnings. The register PC is at the first operand."""
    begin = registers[PC]
    signs = (code[begin], code[begin + 1])
    at, before, source = _read_rules(code, begin, scratch), 0, -1
    for _ in range(code[begin + 4]):
        size, depth = code[at + 2], 0
        if code[at] == source:
            while depth < min(size, code[before + 2]) and code[at + 3 + depth] == code[before + 3 + depth]:
                depth += 1
        else:
            source = code[at]
            _node(scratch, 0, registers[STATES])
            edge(sink, numbered(frame, source), signs[0], signs[0], registers[STATES])
            registers[STATES] += 1
        for i in range(depth, size):
            _letter(registers, sink, scratch, i, code[at + 3 + i], signs)
        edge(sink, scratch.path[size, _NODE], signs[0], signs[0], numbered(frame, code[at + 1]))
        before, at = at, at + 3 + size
    registers[PC] = at


@step_kernel
def _digits(sink: Sink, row: int, source: int, target: int) -> None:
    """Edges of the last hexadecimal digits of the letters that are not in a row of sixteen."""
    begin = 0
    for digit in range(17):
        if digit == 10 or digit == 16 or row >> digit & 1:
            if begin < digit and digit <= 10:
                edge(sink, source, 0x30 + begin, 0x2F + digit, target)
            elif begin < digit:
                edge(sink, source, 0x61 + begin - 10, 0x60 + digit - 10, target)
                edge(sink, source, 0x41 + begin - 10, 0x40 + digit - 10, target)
            begin = digit if digit == 10 and not row >> digit & 1 else digit + 1


@step_kernel
def _numbers(registers: NDArray[np.int64], sink: Sink, taken: Ints, target: int) -> int:
    """A state from which the four hexadecimal digits of all letters but those that are taken lead to the target."""
    first = registers[STATES]
    registers[STATES] += 3
    edge(sink, first, 0x30, 0x30, first + 1)
    edge(sink, first + 1, 0x30, 0x30, first + 2)
    for high in range(_ROWS):
        alike = 0
        while taken[alike] != taken[high]:
            alike += 1
        if alike < high or taken[high] == 0xFFFF:
            continue
        for other in range(high, _ROWS):
            if taken[other] == taken[high]:
                edge(sink, first + 2, 0x30 + other, 0x30 + other, registers[STATES])
        _digits(sink, taken[high], registers[STATES], target)
        registers[STATES] += 1
    return first


@step_kernel
def _set(registers: NDArray[np.int64], sink: Sink, scratch: Scratch, depth: int, known: int, target: int) -> int:
    """The place in `sets` of what the node at this depth has taken, made if it is not there; there may be no room to keep it."""
    taken = scratch.path[depth, _TAKEN : _TAKEN + _ROWS]
    for i in range(known):
        row = 0
        while row < _ROWS and scratch.sets[i, row] == taken[row]:
            row += 1
        if row == _ROWS:
            return i
    place = min(known, len(scratch.sets) - 1)
    for row in range(_ROWS):
        scratch.sets[place, row] = taken[row]
    scratch.sets[place, _STATE] = _numbers(registers, sink, taken, target)
    return place


@step_kernel
def _others(sink: Sink, taken: Ints, here: int, behind: int, target: int, signs: tuple[int, int]) -> None:
    """Edges of the letters that are not taken, as they are and by their short names."""
    begin = 0x20
    for letter in range(0x20, 0x81):
        if letter == 0x80 or letter == signs[0] or letter == signs[1] or taken[letter >> 4] >> (letter & 15) & 1:
            if begin < letter:
                edge(sink, here, begin, letter - 1, target)
            begin = letter + 1
    for i in range(len(_SHORT)):
        letter = _SHORT[i, 1]
        if not taken[letter >> 4] >> (letter & 15) & 1:
            edge(sink, behind, _SHORT[i, 0], _SHORT[i, 0], target)


@step_kernel
def _close(
    registers: NDArray[np.int64], sink: Sink, frame: NDArray[np.int64], scratch: Scratch, at: tuple[int, int], signs: tuple[int, int]
) -> int:
    """Write what leaves the words at a node whose words are done; how many sets are known then. `at` is its depth and how many were."""
    depth, known = at
    here, free = scratch.path[depth, _NODE], numbered(frame, _FREE)
    if scratch.path[depth, _BEHIND] == 0:
        scratch.path[depth, _BEHIND] = registers[STATES]
        registers[STATES] += 1
        edge(sink, here, signs[1], signs[1], scratch.path[depth, _BEHIND])
    behind = scratch.path[depth, _BEHIND]
    _others(sink, scratch.path[depth, _TAKEN : _TAKEN + _ROWS], here, behind, free, signs)
    place = _set(registers, sink, scratch, depth, known, free)
    edge(sink, behind, 0x75, 0x75, scratch.sets[place, _STATE])
    empty(sink, here, numbered(frame, _FOREIGN))
    if scratch.path[depth, _ENDS] == 0:
        edge(sink, here, signs[0], signs[0], numbered(frame, 1))
    return min(max(known, place + 1), len(scratch.sets) - 1)


@step_kernel
def unlisted(code: Ints, registers: NDArray[np.int64], sink: Sink, frame: NDArray[np.int64], scratch: Scratch) -> None:
    """UNLISTED without its parts; as `words`."""
    begin = registers[PC]
    signs = (code[begin], code[begin + 1])
    at, before, length, known = _read_rules(code, begin, scratch), 0, 0, 0
    _node(scratch, 0, registers[STATES])
    edge(sink, numbered(frame, 0), signs[0], signs[0], registers[STATES])
    registers[STATES] += 1
    for _ in range(code[begin + 4]):
        size, depth = code[at], 0
        while depth < min(size, length) and code[at + 1 + depth] == code[before + 1 + depth]:
            depth += 1
        for i in range(length, depth, -1):
            known = _close(registers, sink, frame, scratch, (i, known), signs)
        for i in range(depth, size):
            _letter(registers, sink, scratch, i, code[at + 1 + i], signs)
        scratch.path[size, _ENDS] = 1
        before, length, at = at, size, at + 1 + size
    for i in range(length, -1, -1):
        known = _close(registers, sink, frame, scratch, (i, known), signs)
    registers[PC] = at
