"""The smallest automaton of a language."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata.minimizing._kernels import OF, Ints, find_useful, lay_out, list_moves, refine


def minimize(table: Ints, accepting: NDArray[np.bool_], start: int) -> tuple[Ints, NDArray[np.bool_]]:
    """The smallest complete automaton of a language, its states numbered breadth first: row 0 is on no word, row 1 is the start.

    Args:
        table: int32[S, C], the state after each label.
        accepting: bool[S].

    Returns:
        int32[T, C] and bool[T]; T is 1 if there is no word.
    """
    states, classes = table.shape
    table, marks, stack = np.ascontiguousarray(table), accepting * np.int32(2), np.empty(states, np.int32)
    count = find_useful(table, start, marks, stack, np.empty(states + 2, np.int32), np.empty(table.size, np.int32))
    if count == 0:
        return np.zeros((1, classes), np.int32), np.zeros(1, np.bool_)
    useful, numbers = stack[:count], np.full(states, -1, np.int32)
    numbers[useful] = np.arange(count)
    labels, moves = np.empty(classes + 1, np.int32), np.empty((2, count * classes), np.int32)
    moves = moves[:, : list_moves(table, useful, numbers, labels, moves)]
    size = moves.shape[1]
    blocks, scratch = np.zeros((7, count), np.int32), np.empty(count + size + 8, np.int32)
    found = refine(moves, labels, accepting[useful].astype(np.int32), blocks, np.zeros((7, size), np.int32), scratch)
    numbers[useful] = blocks[OF]
    examples, result = np.full(found + 1, start, np.int32), np.zeros((found + 1, classes), np.int32)
    lay_out(table, numbers, np.zeros(found, np.int32), examples, result)
    final = accepting[examples]
    final[0] = False
    return result, final
