"""Kernels that make the row of a state of those of its items.

What a state allows is what one of its items allows. What an item allows is known by its state of the network alone, but for what comes
after a return into its context: the walk of a state of that one item, with a hole in the place of the context, says below which nodes of
the trie that matters, and these few are walked from the state after the return.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fsmgen._kernels import entry_kernel, step_kernel
from fsmgen.constraint._kernels import AT, MAYBE, BitWalk, Tables, walk_below, walk_to_end
from fsmgen.grammar._kernels import after_return, step
from fsmgen.grammar.machine._kernels import NEVER, ROOT, Ints, Machine, opened
from fsmgen.grammar.parting._kernels import alone, opaque

ENTRIES, WORDS, ROWS, NODES, WANTED = 0, 1, 2, 3, 4
"""Places in the counts of what is known: how much of each part is in use, and the item that is to be walked by others."""
SPARSE, USELESS = -1, -2
"""In the place of a row's number: it has few words; it has too many exits."""
BYTE, WORD, BIT, DEPTH, FIRST, LAST = 0, 1, 2, 3, 4, 5
"""Columns of the sections, see `fsmgen.tokens.sections.Cut`."""
Rows = NDArray[np.uint32]
Known = tuple[Ints, Ints, Rows, Rows, Ints, Ints]
"""What is known of items.

int32[N, Q], for each section and state of the network its entry, 0 for none; int32[E, 5], the entries: (row or SPARSE or USELESS, first and
last of its words, first and last of its nodes); uint32[M, 2], (place, word) of a row; uint32[D, W + 1], rows; int32[X], nodes at which
contexts matter; and int32[5], the counts.
"""
Plan = tuple[Ints, Ints, Ints, Ints, Ints, int, Ints, Ints]
"""int32[N, 6] and int32[R, 2], see `Cut`; int32[Q], int32[Q] and int32[G, C], see `Composition`; the size of a large automaton; and
int32[N + 1] and int32[P], see `Sections`."""
Blocks = NDArray[np.uint64]
Walks = tuple[Blocks, Blocks, Ints, Rows, Rows, Ints]
"""The blocks of a trie, and of the one of some of its tokens, whose nodes have their numbers after those of the first one; where the walk
is; the row, written; uint32[W + 1] to be used; and int32[E + 1, 2], exits."""
NO_ROOM, FULL, READY = 0, 1, 2
_STRIDE = 64
"""Words that are looked at together."""


@step_kernel
def _walk_section(machine: Machine, walk: BitWalk, exits: Ints, plan: Plan, section: int, state: int) -> int:
    """Walk the nodes of a section: as `walk_to_end`."""
    sections, ranges = plan[0], plan[1]
    nodes, stack, row = walk
    exits[0, 0], exits[0, 1] = 0, NEVER
    stack[sections[section, DEPTH]] = state * machine.pools.transitions.shape[1]
    for r in range(sections[section, FIRST], sections[section, LAST]):
        stack[AT], stack[AT + 1], stack[AT + 2] = ranges[r, 0], ranges[r, 1], 0
        found = walk_to_end(machine, (nodes, stack, row), exits, MAYBE)
        if found <= 0:
            return found
    return 1


@step_kernel
def _any(row: Rows, first: int, last: int) -> bool:
    """Whether a word of some is not 0; unsigned numbers, so that the loop is as fast as it can be."""
    found, at, end = np.uint32(0), np.uint64(first), np.uint64(last)
    while at < end:
        found |= row[at]
        at += np.uint64(1)
    return found != 0


@step_kernel
def _count(row: Rows, places: Ints) -> int:
    """How many words of a row are not 0; those that are in some places, if there are any."""
    count = 0
    if len(places):
        for i in places:
            count += row[i] != 0
        return count
    for i in range(1, len(row)):
        count += row[i] != 0
    return count


@step_kernel
def _keep_word(words: Rows, used: Ints, place: int, word: np.uint32) -> None:
    words[used[WORDS], 0], words[used[WORDS], 1] = place, word
    used[WORDS] += 1


@step_kernel
def _keep_words(words: Rows, used: Ints, row: Rows, places: Ints) -> None:
    """Keep those words."""
    for i in places:
        if row[i]:
            _keep_word(words, used, i, row[i])
    for first in range(len(row) if len(places) else 0, len(row), _STRIDE):
        last = min(first + _STRIDE, len(row))
        for i in range(max(first, 1), last if _any(row, first, last) else 0):
            if row[i]:
                _keep_word(words, used, i, row[i])


@step_kernel
def _keep(known: Known, place: tuple[int, int, int], row: Rows, exits: Ints, places: Ints) -> bool:
    """Make a row and its exits the entry of (section, item), a number added to those of nodes; False if there is no room."""
    index, entries, words, rows, nodes, used = known
    left, count = max(exits[0, 0], 0), _count(row, places) if exits[0, 0] >= 0 else 0
    dense = 8 * count > len(row)
    if used[ENTRIES] + 1 >= len(entries) or used[NODES] + left > len(nodes):
        return False
    if used[ROWS] + dense > len(rows) or (not dense and used[WORDS] + count > len(words)):
        return False
    used[ENTRIES] += 1
    entry = entries[used[ENTRIES]]
    entry[0], entry[1], entry[3] = SPARSE if exits[0, 0] >= 0 else USELESS, used[WORDS], used[NODES]
    if dense:
        entry[0] = used[ROWS]
        for i in range(len(row)):
            rows[used[ROWS], i] = row[i]
        used[ROWS] += 1
    elif count:
        _keep_words(words, used, row, places)
    for i in range(left):
        nodes[used[NODES] + i] = exits[1 + i, 0] + place[2]
    used[NODES] += left
    entry[2], entry[4] = used[WORDS], used[NODES]
    index[place[0], place[1]] = used[ENTRIES]
    return True


@step_kernel
def _find_out(machine: Machine, walks: Walks, known: Known, plan: Plan, place: tuple[int, int]) -> int:
    """Make the entry of (section, item)."""
    nodes, _, stack, _, scratch, exits = walks
    section, q = place
    if plan[3][q] >= plan[5]:
        known[5][WANTED] = q
        return FULL
    state = opaque(machine, q, plan[4][plan[2][q]])
    if state < 0:
        return NO_ROOM
    scratch[:] = 0
    exits[0, 0] = -1
    if state > 0 and _walk_section(machine, (nodes, stack, scratch), exits, plan, section, state) < 0:
        return NO_ROOM
    return READY if _keep(known, (section, q, 0), scratch, exits, plan[7][plan[6][section] : plan[6][section + 1]]) else FULL


@step_kernel
def _add(machine: Machine, walks: Walks, known: Known, plan: Plan, place: tuple[int, int, int]) -> bool:
    """Add what (section, item, context) allows to the row; False if there is no room."""
    nodes, rest, stack, row, _, exits = walks
    section, q, context = place
    entry = known[1][known[0][section, q]]
    if entry[0] == USELESS:
        state = alone(machine, q, context)
        return state >= 0 and _walk_section(machine, (nodes, stack, row), exits, plan, section, state) > 0
    if entry[0] >= 0:
        whole = known[3][entry[0]]
        for i in range(len(row)):
            row[i] |= whole[i]
    words = known[2]
    for i in range(entry[1], entry[2]):
        row[words[i, 0]] |= words[i, 1]
    if entry[3] == entry[4]:
        return True
    state = after_return(machine, context)
    if state < 0:
        return False
    for i in range(entry[3], entry[4]):
        at = known[4][i]
        if at < len(nodes):
            found = walk_below(machine, (nodes, stack, row), exits, at, state)
        else:
            found = walk_below(machine, (rest, stack, row), exits, at - len(nodes), state)
        if not found:
            return False
    return True


@step_kernel
def _join(machine: Machine, walks: Walks, known: Known, plan: Plan, place: tuple[int, int]) -> int:
    """Add what the items of (section, state) allow."""
    section, state = place
    i = machine.pools.state_head[state]
    while i < machine.pools.state_head[state + 1]:
        q, context = machine.pools.items[i, 0], machine.pools.items[i, 1]
        i += 1
        if q == ROOT:
            continue
        if known[0][section, q] == 0:
            found = _find_out(machine, walks, known, plan, (section, q))
            if found != READY:
                return found
        if not _add(machine, walks, known, plan, (section, q, context)):
            return NO_ROOM
    return READY


@entry_kernel
def join(tables: Tables, walks: Walks, known: Known, plan: Plan, place: tuple[int, int]) -> int:
    """Set the bits of the tokens of a trie that lead from a state to a live state.

    Args:
        place: the state, and the section to go on with, 0 at first.

    Returns:
        The number of sections; or that of the one before which there must be more room for states; or less than 0, -1 - s, before section s
        either the entry of the item at WANTED must be made, or if that is 0, there must be more room for entries.
    """
    machine, sections = opened(tables[0], tables[1], tables[2], tables[3]), plan[0]
    for section in range(place[1], len(sections)):
        after, byte = place[0], sections[section, BYTE]
        if byte >= 0:
            after = step(machine, after, machine.net.classes[byte])
        if after < 0:
            return section
        if after > 0:
            if byte >= 0:
                walks[3][sections[section, WORD]] |= np.uint32(1) << np.uint32(sections[section, BIT])
            found = _join(machine, walks, known, plan, (section, after))
            if found != READY:
                return section if found == NO_ROOM else -1 - section
    return len(sections)


@entry_kernel
def walk_item(tables: Tables, walks: Walks, known: Known, plan: Plan, place: tuple[int, int, int, int]) -> int:
    """Make the entry of (section, item), from its state with a hole in the place of its context.

    Args:
        walks: the second trie is walked; the row is what is allowed without a walk, and becomes that of the item.
        plan: its sections.
        place: those; the state, DEAD if it has no such one; and what to add to the numbers of nodes.

    Returns:
        READY, NO_ROOM for states, or FULL.
    """
    machine, (section, q, state, shift) = opened(tables[0], tables[1], tables[2], tables[3]), place
    _, nodes, stack, row, _, exits = walks
    exits[0, 0] = -1
    if state > 0 and _walk_section(machine, (nodes, stack, row), exits, plan, section, state) < 0:
        return NO_ROOM
    return READY if _keep(known, (section, q, shift), row, exits, plan[7][plan[6][section] : plan[6][section + 1]]) else FULL
