"""The product of tabled languages under a condition, state by state."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fsmgen._kernels import entry_kernel, step_kernel

Ints: TypeAlias = NDArray[np.int32]

HOLDS, FAILS, EVERY = range(3)
"""Operations of a condition; any other one is SOME."""
FALSE, TRUE, OPEN = range(3)
"""Answers. The first two are also the states after which every text has that answer."""
NO_ROOM = -1


@step_kernel
def _decide(condition: Ints, known: Ints, stack: Ints) -> int:
    """The answer of a condition, given those of the languages."""
    size = 0
    for i in range(len(condition)):
        operation, operand = condition[i, 0], condition[i, 1]
        if operation in (HOLDS, FAILS):
            answer = known[operand]
            stack[size] = answer if operation == HOLDS or answer == OPEN else 1 - answer
            size += 1
            continue
        ends = FALSE if operation == EVERY else TRUE
        answer = 1 - ends
        size -= operand
        for j in range(size, size + operand):
            if stack[j] == ends:
                answer = ends
                break
            if stack[j] == OPEN:
                answer = OPEN
        stack[size] = answer
        size += 1
    return stack[0]


@step_kernel
def _found(states: Ints, slots: Ints, state: Ints) -> int:
    """The slot of a state, or the free one where it belongs."""
    code = 0x11C9DC5
    for part in state:
        code = ((code ^ int(part)) * 0x1000193) & 0x3FFFFFFF
    mask = len(slots) - 1
    slot = (code ^ (code >> 15)) & mask
    while slots[slot] >= 0:
        row = slots[slot]
        same = True
        for i in range(len(state)):
            if states[row, i] != state[i]:
                same = False
                break
        if same:
            return slot
        slot = (slot + 1) & mask
    return slot


@entry_kernel
def explore(
    tables: Ints, languages: Ints, classes: Ints, condition: Ints, rows: Ints, states: Ints, fates: Ints, slots: Ints, scratch: Ints,
    until: int,
) -> int:  # fmt: skip
    """Write the rows of all states of the product from its start; how many there are, or NO_ROOM.

    Args:
        tables: int32[X], rows of the languages' automata; state 0 is without acceptance, every text is accepted after state 1.
        languages: int32[A, 3], (place in `tables`, columns of a row, start); the last column of a row is 1 where a text may end.
        classes: int32[A, G], the columns that stand for the classes of the product.
        condition: int32[P, 2], (operation, operand).
        rows: int32[N, G + 1], for each state the next ones, and whether a text may end there.
        states: int32[K, A], tuples of states.
        fates: int32[2 K], for each tuple its answer or the number of its state, and then by state its tuple.
        slots: int32[H], a table of hashes, filled with -1; H is a power of two, and larger than K.
        scratch: int32[2 A + P + 1].
        until: not 0 to end at the first text: then the result is 1 if there is one, and 0 if there is none.
    """
    size, width, room = len(languages), classes.shape[1], len(states)
    parts, known, stack = scratch[:size], scratch[size : 2 * size], scratch[2 * size :]
    rows[0], rows[1], count, tuples, at = FALSE, TRUE, 2, 0, 1
    while at < count:
        for column in range(-1 if at == 1 else 0, 0 if at == 1 else width):
            for i in range(size):
                if column < 0:
                    parts[i] = languages[i, 2]
                else:
                    parts[i] = tables[languages[i, 0] + states[fates[room + at], i] * languages[i, 1] + classes[i, column]]
            slot = _found(states, slots, parts)
            if slots[slot] < 0:
                if tuples == room or count == len(rows):
                    return NO_ROOM
                for i in range(size):
                    states[tuples, i] = parts[i]
                    known[i] = parts[i] if parts[i] <= TRUE else OPEN
                slots[slot] = tuples
                fates[tuples] = _decide(condition, known, stack)
                if fates[tuples] == OPEN:
                    fates[tuples], fates[room + count] = count, tuples
                    count += 1
                elif until and fates[tuples] == TRUE:
                    return 1
                tuples += 1
            if column >= 0:
                rows[at, column] = fates[slots[slot]]
        if at > 1:
            for i in range(size):
                known[i] = tables[languages[i, 0] + (states[fates[room + at], i] + 1) * languages[i, 1] - 1]
            rows[at, width] = _decide(condition, known, stack)
            if until and rows[at, width] == TRUE:
                return 1
        at += 1
    return 0 if until else count


@entry_kernel
def group_moves(table: Ints, moves: NDArray[np.int64]) -> int:
    """Write the moves of an automaton with the labels that they have in common as bits, but for those to state 0; how many there are.

    Args:
        table: int32[S, C], C at most 63.
        moves: int64[S C, 3], rows (source, target, labels).
    """
    count = 0
    for state in range(1, len(table)):
        first = count
        for label in range(table.shape[1]):
            target = table[state, label]
            if target == FALSE:
                continue
            row = first
            while row < count and moves[row, 1] != target:
                row += 1
            if row == count:
                moves[row, 0], moves[row, 1], moves[row, 2] = state, target, 0
                count += 1
            moves[row, 2] |= np.int64(1) << label
    return count
