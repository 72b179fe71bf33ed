"""Minimal automata in O(m log m) for m moves between states that matter (Valmari 2012, "Fast brief practical DFA minimization").

States and moves are each kept in a partition that is refined in place: the moves of a block with the label of another block tell apart the
states that they come from. A partition is an int32[7, N] array of the rows below; the elements of a set lie side by side.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fsmgen._kernels import entry_kernel, step_kernel

Ints: TypeAlias = NDArray[np.int32]

ELEMENT, PLACE, OF, FIRST, PAST, MARKED, TOUCHED = range(7)
"""Elements by place, places and sets by element; the places of each set, how many of its elements are marked, and the sets with such."""
SETS, WAITING = range(2)
"""Counts of a partition: its sets, and those of them with marked elements."""


@step_kernel
def _mark(partition: Ints, counts: Ints, element: int) -> None:
    """Move an element, which is not marked, to the marked ones of its set."""
    one = partition[OF, element]
    place, goal = partition[PLACE, element], partition[FIRST, one] + partition[MARKED, one]
    other = partition[ELEMENT, goal]
    partition[ELEMENT, place], partition[PLACE, other] = other, place
    partition[ELEMENT, goal], partition[PLACE, element] = element, goal
    if partition[MARKED, one] == 0:
        partition[TOUCHED, counts[WAITING]] = one
        counts[WAITING] += 1
    partition[MARKED, one] += 1


@step_kernel
def _split(partition: Ints, counts: Ints) -> None:
    """Part the marked elements of each set from the others; the smaller part is the new set."""
    while counts[WAITING] > 0:
        counts[WAITING] -= 1
        one, new = partition[TOUCHED, counts[WAITING]], counts[SETS]
        middle = partition[FIRST, one] + partition[MARKED, one]
        few = partition[MARKED, one] <= partition[PAST, one] - middle
        partition[MARKED, one] = 0
        if middle == partition[PAST, one]:
            continue
        if few:
            partition[FIRST, new], partition[PAST, new] = partition[FIRST, one], middle
            partition[FIRST, one] = middle
        else:
            partition[FIRST, new], partition[PAST, new] = middle, partition[PAST, one]
            partition[PAST, one] = middle
        for place in range(partition[FIRST, new], partition[PAST, new]):
            partition[OF, partition[ELEMENT, place]] = new
        partition[MARKED, new] = 0
        counts[SETS] += 1


@step_kernel
def _group(keys: Ints, offsets: Ints, order: Ints) -> None:
    """Lay the numbers of equal keys side by side in `order`; those of key k begin at offsets[k]."""
    offsets[:] = 0
    for key in keys:
        offsets[key + 2] += 1
    for key in range(2, len(offsets)):
        offsets[key] += offsets[key - 1]
    for i in range(len(keys)):
        place = offsets[keys[i] + 1]
        order[place] = i
        offsets[keys[i] + 1] = place + 1


@step_kernel
def _leading(table: Ints, offsets: Ints, order: Ints, stack: Ints, marks: Ints) -> None:
    """Add 2 to the marks of the states with a way to acceptance; those that accept have it already. Moves are grouped by target."""
    size, classes = 0, table.shape[1]
    for state in range(len(marks)):
        if marks[state] & 2:
            stack[size] = state
            size += 1
    while size > 0:
        size -= 1
        state = stack[size]
        for i in range(offsets[state], offsets[state + 1]):
            source = order[i] // classes
            if not marks[source] & 2:
                marks[source] |= 2
                stack[size] = source
                size += 1


@step_kernel
def _reached(table: Ints, start: int, stack: Ints, marks: Ints) -> int:
    """Add 1 to the marks of the states that the start leads to, and move them to the front of the stack; how many there are."""
    stack[0], size, at = start, 1, 0
    marks[start] |= 1
    while at < size:
        state = stack[at]
        at += 1
        for label in range(table.shape[1]):
            target = table[state, label]
            if not marks[target] & 1:
                marks[target] |= 1
                stack[size] = target
                size += 1
    return size


@entry_kernel
def find_useful(table: Ints, start: int, marks: Ints, stack: Ints, offsets: Ints, order: Ints) -> int:
    """Mark the states of words with 3, and lay them in front of the stack, breadth first from the start; how many there are.

    Args:
        table: int32[S, C], the state after each label.
        marks: int32[S], 2 where a word may end and else 0. Of the states that are on no word, fewer than both bits are set.
        stack: int32[S]; offsets: int32[S + 2]; order: int32[S C].
    """
    _group(table.reshape(-1), offsets, order)
    _leading(table, offsets, order, stack, marks)
    if not marks[start] & 2:
        return 0
    size, kept = _reached(table, start, stack, marks), 0
    for i in range(size):
        if marks[stack[i]] == 3:
            stack[kept] = stack[i]
            kept += 1
    return kept


@entry_kernel
def list_moves(table: Ints, useful: Ints, numbers: Ints, labels: Ints, moves: Ints) -> int:
    """List the moves between useful states, label by label; how many there are.

    Args:
        useful: int32[U]; numbers: int32[S], places in it, -1 for other states.
        labels: int32[C + 1], where the moves of each label begin.
        moves: int32[2, U C], the states' numbers where they begin, and where they end.
    """
    count = labels[0] = 0
    for label in range(table.shape[1]):
        for i in range(len(useful)):
            target = numbers[table[useful[i], label]]
            if target >= 0:
                moves[0, count], moves[1, count] = i, target
                count += 1
        labels[label + 1] = count
    return count


@step_kernel
def _begin(partition: Ints, counts: Ints, borders: Ints) -> None:
    """Sets of the elements between borders, which are sorted; those without elements are left out."""
    for i in range(partition.shape[1]):
        partition[ELEMENT, i] = partition[PLACE, i] = i
    for i in range(len(borders) - 1):
        if borders[i + 1] > borders[i]:
            one = counts[SETS]
            partition[FIRST, one], partition[PAST, one] = borders[i], borders[i + 1]
            for element in range(borders[i], borders[i + 1]):
                partition[OF, element] = one
            counts[SETS] += 1


@entry_kernel
def refine(moves: Ints, labels: Ints, accepting: Ints, blocks: Ints, cords: Ints, scratch: Ints) -> int:
    """Part states that are not equivalent, each of which is on some word; how many blocks there are.

    Args:
        moves: int32[2, M]; labels: int32[C + 1]; see `list_moves`.
        accepting: int32[U], not 0 where a word may end.
        blocks: int32[7, U], the partition of states; cords: int32[7, M], that of moves. Zeros.
        scratch: int32[U + 2 + M + 6].
    """
    states, count = len(accepting), moves.shape[1]
    offsets, entering, used, tied, whole = (
        scratch[: states + 2], scratch[states + 2 : states + 2 + count], scratch[-2:], scratch[-4:-2], scratch[-6:-4]
    )  # fmt: skip
    used[:], tied[:], whole[0], whole[1] = 0, 0, 0, states
    _begin(blocks, used, whole)
    _begin(cords, tied, labels)
    for state in range(states):
        if accepting[state]:
            _mark(blocks, used, state)
    _split(blocks, used)
    _group(moves[1], offsets, entering)
    block, cord = 1, 0
    while cord < tied[SETS]:
        for place in range(cords[FIRST, cord], cords[PAST, cord]):
            _mark(blocks, used, moves[0, cords[ELEMENT, place]])
        _split(blocks, used)
        cord += 1
        while block < used[SETS]:
            for place in range(blocks[FIRST, block], blocks[PAST, block]):
                state = blocks[ELEMENT, place]
                for i in range(offsets[state], offsets[state + 1]):
                    _mark(cords, tied, entering[i])
            _split(cords, tied)
            block += 1
    return used[SETS]


@entry_kernel
def lay_out(table: Ints, of: Ints, found: Ints, examples: Ints, result: Ints) -> None:
    """Write the table over blocks, numbered breadth first: row 0 is that of the states that are on no word, row 1 that of the start.

    Args:
        of: int32[S], the block of each state, -1 if it is on no word.
        found: int32[B], zeros. examples: int32[B + 1], a state of each row; row 1's is given.
        result: int32[B + 1, C], zeros.
    """
    found[of[examples[1]]], count = 1, 2
    for row in range(1, len(result)):
        for label in range(table.shape[1]):
            target = table[examples[row], label]
            block = of[target]
            if block >= 0:
                if found[block] == 0:
                    found[block], examples[count] = count, target
                    count += 1
                result[row, label] = found[block]
