"""One character of a standard fragment, read by an automaton in all ways at once."""

from __future__ import annotations

import numpy as np

from fsmgen._kernels import entry_kernel
from fsmgen.constraint._kernels import Tables
from fsmgen.grammar._kernels import step
from fsmgen.grammar.machine._kernels import Ints, opened

MIXED, NO_ROOM = -2, -1
_UNKNOWN = -3
_MISSING = -1
"""In the table of transitions."""


@entry_kernel
def after_character(tables: Tables, spans: Ints, pairs: Ints, state: int) -> int:
    """The state after one character of a fragment, if it is the same after each of them; 0 if none leads on.

    Args:
        spans: `Fragment.spans`.
        pairs: int32[P, 2], room for pairs of a state of the fragment and one of the automaton, between the bytes of a character.

    Returns:
        MIXED if characters differ, lead out of a signature, or there are too many pairs; NO_ROOM where there must be more room for states.
    """
    machine = opened(tables[0], tables[1], tables[2], tables[3])
    count, found, pair = 1, np.int32(_UNKNOWN), 0
    pairs[0, 0], pairs[0, 1] = 0, state
    while pair < count:
        inner, at = pairs[pair, 0], pairs[pair, 1]
        pair += 1
        for i in range(len(spans)):
            if spans[i, 0] != inner:
                continue
            reached = np.int32(_UNKNOWN)
            for label in range(spans[i, 1], spans[i, 2] + 1):
                column = machine.net.classes[label]
                if machine.pools.transitions[at, column] == _MISSING and step(machine, at, column) < 0:
                    return NO_ROOM
                target = machine.pools.transitions[at, column]
                if target < 0:
                    return MIXED
                if target == reached:
                    continue
                reached, after, known = target, spans[i, 3], 0
                if after == 0 or target == 0:
                    if target != found and found != _UNKNOWN:
                        return MIXED
                    found = target
                    continue
                while known < count and (pairs[known, 0] != after or pairs[known, 1] != target):
                    known += 1
                if known == len(pairs):
                    return MIXED
                if known == count:
                    pairs[count, 0], pairs[count, 1] = after, target
                    count += 1
    return found
