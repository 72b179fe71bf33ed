"""Kernels of floor 4: one automaton and one trie, walked together.

The trie is depth first and packed (see `fsmgen.tokens.trie`). `stack[d]` is the automaton's state before the byte of depth d, so
leaving a subtree costs nothing. A transition that does not exist yet is built on the way; where a table is full the walk stops with its
place, and goes on from there when it is called again with more room.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fsmgen._kernels import entry_kernel, step_kernel
from fsmgen.grammar._kernels import near, step
from fsmgen.grammar.machine._kernels import ENDS, FOLLOWS, HOLES, ROOT, Ints, Layout, Machine, Net, Pools, opened
from fsmgen.grammar.signatures._kernels import find_returns, signature
from fsmgen.tokens._kernels import MAX_BYTES


class Walk(NamedTuple):
    """One walk of a trie.

    Attributes:
        nodes: uint64[N], the packed trie.
        stack: int32[depth + 1], for each depth the state before its byte, times `width`.
        allowed: uint8[V + 1] or uint8[S], written.
        width: C, columns of the transition table.
    """

    nodes: NDArray[np.uint64]
    stack: NDArray[np.int32]
    allowed: NDArray[np.uint8]
    width: int


BitWalk = tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.uint32]]
"""A walk of `Trie.blocks`: those; int32[WALK_ROOM], where the walk is; and the row, uint32[W + 1], written: bit t of the last W words for
token t; the first word is void.

Where the walk is: for each depth the state before its byte, times the columns of the transition table; from AT on the node, the end of its
block, how many blocks wait for the end of this one, and for each of them the node to go on from and its end; in PART which trie it is.

A plain tuple: to hand over a named one takes half a microsecond longer.
"""
TwoWalks = tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.int32], NDArray[np.uint32]]
"""The same for one trie after the other. The nodes of the second one have their numbers after those of the first one."""
AT = MAX_BYTES + 1
PART = AT + 3 + 2 * AT
WALK_ROOM = PART + 1
MAYBE = -1
"""In the place of a shift of nodes: the labels that may follow a hole are only those that might."""
Tables = tuple[Ints, Ints, Ints, Layout]
"""What `opened` takes."""


@step_kernel
def _build(machine: Machine, node: int, stack: NDArray[np.int32]) -> bool:
    """Build the transition that the walk lacks at this node; False if there is no room."""
    return step(machine, stack[(node >> 8) & 255] // machine.pools.transitions.shape[1], machine.net.classes[node & 255]) >= 0


@step_kernel
def _walk_on(walk: BitWalk, classes: NDArray[np.int32], cells: NDArray[np.int32], width: int) -> bool:
    """Walk on over built transitions; False before the first node at which one is missing or leaves a signature.

    The loop is as short as it can be, 2 to 3 ns a node: unsigned numbers (a signed index is tested for being negative), states as
    offsets into the table, and a bit set for every node, with or without a token, in place of a branch.
    """
    nodes, stack, row = walk
    at, last, waiting = np.uint64(stack[AT]), np.uint64(stack[AT + 1]), np.uint64(stack[AT + 2])
    while True:
        while at < last:
            node = nodes[at]
            depth = (node >> np.uint64(8)) & np.uint64(255)
            target = cells[np.uint64(stack[depth]) + np.uint64(classes[node & np.uint64(255)])]
            after = node >> np.uint64(40)
            if target <= 0:
                if target < 0 and (target != -1 or after != at + np.uint64(1)):
                    stack[AT], stack[AT + 1], stack[AT + 2] = at, last, waiting
                    return False
                if target < 0:  # nothing is below it, so that nobody asks for the state after it
                    bit = ((node >> np.uint64(16)) & np.uint64(0xFFFFFF)) + np.uint64(31)
                    row[bit >> np.uint64(5)] |= np.uint32(1) << np.uint32(bit & np.uint64(31))
                at = max(at + np.uint64(1), after)
                continue
            bit = ((node >> np.uint64(16)) & np.uint64(0xFFFFFF)) + np.uint64(31)
            row[bit >> np.uint64(5)] |= np.uint32(1) << np.uint32(bit & np.uint64(31))
            stack[depth + np.uint64(1)] = target * width
            at += np.uint64(1)
            if after < at:
                place = np.uint64(AT + 3) + np.uint64(2) * waiting
                stack[place], stack[place + np.uint64(1)] = at, last
                waiting += np.uint64(1)
                last, at = nodes[after] >> np.uint64(40), after + np.uint64(1)
        if waiting == np.uint64(0):
            return True
        waiting -= np.uint64(1)
        place = np.uint64(AT + 3) + np.uint64(2) * waiting
        at, last = np.uint64(stack[place]), np.uint64(stack[place + np.uint64(1)])


@step_kernel
def _note_exits(pools: Pools, state: int, at: int, below: int, exits: Ints) -> None:
    """Note the holes that were left with this node, unless no tokens lie below it."""
    i = pools.state_head[state]
    while below > 0 and exits[0, 0] >= 0 and i < pools.state_head[state + 1] and pools.items[i, 0] < -HOLES * FOLLOWS:
        exits[0, 0] += 1
        exits[0, 1] -= below
        if exits[0, 0] == len(exits) or exits[0, 1] < 0:
            exits[0, 0] = -1
            break
        exits[exits[0, 0], 0], exits[exits[0, 0], 1] = at, -1 - HOLES * FOLLOWS - pools.items[i, 0]
        i += 1


@step_kernel
def _leave(machine: Machine, walk: BitWalk, target: int, exits: Ints, shift: int) -> None:
    """Walk on past a node at which a signature is left, as `_walk_on` does past others, and note the exits.

    Where it is left with labels that only may follow, which a `shift` of MAYBE says, the node's token is not allowed by that alone.
    """
    (nodes, stack, row), pools = walk, machine.pools
    at = np.int64(stack[AT])
    fields, after = np.int64(nodes[at] & np.uint64(0xFFFFFFFFFF)), np.int64(nodes[at] >> np.uint64(40))
    below = after - at - 1 if after > at else np.int64((nodes[after] >> np.uint64(16)) & np.uint64(0xFFFFFF))
    if shift == MAYBE:
        _note_exits(pools, target, at, max(below, 1), exits)
    else:
        _note_exits(pools, target, at + shift, below, exits)
    bit = (fields >> 16) + 31 if shift != MAYBE or pools.items[pools.state_head[target + 1] - 1, 0] >= -HOLES * FOLLOWS else 31
    row[bit >> 5] |= np.uint32(1) << np.uint32(bit & 31)
    stack[((fields >> 8) & 255) + 1] = target * pools.transitions.shape[1]
    stack[AT] = at + 1
    if after <= at:
        place = AT + 3 + 2 * stack[AT + 2]
        stack[place], stack[place + 1] = at + 1, stack[AT + 1]
        stack[AT], stack[AT + 1], stack[AT + 2] = after + 1, np.int64(nodes[after] >> np.uint64(40)), stack[AT + 2] + 1


@step_kernel
def walk_to_end(machine: Machine, walk: BitWalk, exits: Ints, shift: int) -> int:
    """Walk on over built and missing transitions: 1 at the end, 0 where there are too many exits, -1 if there is no room.

    Args:
        exits: written, see `allow_all`.
        shift: to be added to the numbers of nodes in it, or MAYBE.
    """
    nodes, stack, _ = walk
    cells, width = machine.pools.transitions.reshape(-1), machine.pools.transitions.shape[1]
    while not _walk_on(walk, machine.net.classes, cells, width):
        node = np.int64(nodes[stack[AT]] & np.uint64(0xFFFF))
        if not _build(machine, node, stack):
            return -1
        target = cells[stack[node >> 8] + machine.net.classes[node & 255]]
        if target < 0:
            _leave(machine, walk, -2 - target, exits, shift)
            if exits[0, 0] < 0:
                return 0
    return 1


@step_kernel
def walk_below(machine: Machine, walk: BitWalk, exits: Ints, at: int, state: int) -> bool:
    """Walk the token of a node and those below it, from the state before its byte; False if there is no room."""
    nodes, stack, row = walk
    node, after = np.int64(nodes[at] & np.uint64(0xFFFFFFFFFF)), np.int64(nodes[at] >> np.uint64(40))
    bit, label_class = (node >> 16) + 31, machine.net.classes[node & 255]
    if after == at + 1 or machine.pools.transitions[state, label_class] == 0:  # nothing is below it, or allowed
        row[bit >> 5] |= np.uint32(machine.pools.transitions[state, label_class] != 0) << np.uint32(bit & 31)
        return True
    target = step(machine, state, label_class)
    if target < 0:
        return False
    row[bit >> 5] |= np.uint32(1) << np.uint32(bit & 31)
    stack[((node >> 8) & 255) + 1] = target * machine.pools.transitions.shape[1]
    stack[AT], stack[AT + 1], stack[AT + 2] = at + 1, after, 0
    if after <= at:
        stack[AT], stack[AT + 1] = after + 1, np.int64(nodes[after] >> np.uint64(40))
    return walk_to_end(machine, walk, exits, 0) >= 0


@step_kernel
def _begin(nodes: NDArray[np.uint64], stack: NDArray[np.int32], part: int) -> None:
    """Stand before the first node of a trie."""
    stack[AT], stack[AT + 1], stack[AT + 2], stack[PART] = np.int64(nodes[0] >> np.uint64(40)) + 1, len(nodes), 0, part


@entry_kernel
def allow_all(tables: Tables, walks: TwoWalks, exits: Ints, place: tuple[int, int]) -> int:
    """Set the bits of the tokens that lead from a state to a live state.

    From a signature these are the tokens that it allows whatever its holes stand for, and it is noted where walks leave it.

    Args:
        exits: int32[E + 1, 2], written: rows (node, hole) after the first row, which is how many there are and how many more nodes may
            lie below them.
        place: the state, or -1 to go on with a walk; and how many nodes may lie below exits.

    Returns:
        How many exits there are, -1 where there are too many of them or too many nodes below; -2 where there must be more room for states:
        then it is to be called again.
    """
    first, second, stack, row = walks
    machine, (state, below) = opened(tables[0], tables[1], tables[2], tables[3]), place
    if state >= 0:
        _begin(first, stack, 0)
        stack[0], exits[0, 0], exits[0, 1] = state * machine.pools.transitions.shape[1], 0, below
    found = 1
    if stack[PART] == 0:
        found = walk_to_end(machine, (first, stack, row), exits, 0)
        if found > 0:
            _begin(second, stack, 1)
    if found > 0:
        found = walk_to_end(machine, (second, stack, row), exits, len(first))
    return exits[0, 0] if found >= 0 else -2


@entry_kernel
def finish(tables: Tables, walks: TwoWalks, exits: Ints, place: tuple[int, int]) -> int:
    """Set the bits of the tokens below the exits of a state's signature.

    Args:
        exits: int32[E + 1, 2], from `allow_all`.
        place: the state, and the exit to go on from, 1 at first.

    Returns:
        The number of rows of `exits`, or the one before which there must be more room for states.
    """
    machine = opened(tables[0], tables[1], tables[2], tables[3])
    first, second, stack, row = walks
    find_returns(machine, place[0])
    for e in range(place[1], len(exits)):
        at = np.int64(exits[e, 0])
        nodes = first if at < len(first) else second
        at -= 0 if at < len(first) else len(first)
        if not walk_below(machine, (nodes, stack, row), exits, at, machine.work.holes[exits[e, 1], 1]):
            return e
    return len(exits)


@entry_kernel
def alike(net: Ints, pools: Ints, work: Ints, layout: Layout, place: tuple[int, bool]) -> tuple[int, int, int]:
    """States that have a row in common with a state, from (state, whether there are counted repeats).

    Returns:
        The one that cannot be told from it within the longest token; the one that cannot within a usual one; and the signature of the first
        one. What is -1 lacks room.
    """
    machine = opened(net, pools, work, layout)
    longer = near(machine, place[0], 1) if place[1] else place[0]
    usual = near(machine, longer, 0) if place[1] and longer >= 0 else longer
    return longer, usual, signature(machine, longer) if usual >= 0 else -1


@entry_kernel
def after_token(
    net: Ints, pools: Ints, work: Ints, layout: Layout, data: NDArray[np.uint8], offsets: NDArray[np.int64], place: tuple[int, int]
) -> int:
    """The state after a token, from (state, token); DEAD for one without bytes; -1 if there is no room, and then what was built is kept.

    Args:
        net, pools, work, layout: what `opened` takes; one by one, since to hand over a tuple takes longer.
        data, offsets: the bytes of token t are `data[offsets[t] : offsets[t + 1]]`.
    """
    state, token = place
    first, last = offsets[token], offsets[token + 1]
    if first == last:
        return 0
    machine = opened(net, pools, work, layout)
    classes = machine.net.classes
    for i in range(first, last):
        state = step(machine, state, classes[data[i]])
        if state <= 0:
            break
    return state


Frame = tuple[Ints, Ints, Ints, Ints, tuple[int, int]]
"""A fragment beside a network: `Fragment.spans`; what is known of pairs, int32[power of two + 1, 4], written, rows (fragment's state, state
of the network, the one to return to or 0, verdict), the last row their number; int32[limit, 3], room for pairs; int32[limit, 2], room for
places; a horizon at which states are compared, if texts of its length are all that is asked about, else -1, and what to add to the
fragment's states where they are known.

A pair is a state of the fragment and a *place* in the network, which is a state, and another one to return to where its rule ends. It goes
on if from there, within the rule and those that it calls, one level deep, any text of the fragment can be read.
"""
MAYBE, YES, NO = 1, 2, 3
_INNER = 16
"""No fragment has so many states."""
_ROUNDS = 30
"""So often all pairs are gone through; what is not settled then counts as NO."""


@step_kernel
def _slot(frame: Frame, inner: int, node: int, back: int) -> int:
    """Where a pair is known, or would be."""
    known, inner = frame[1], inner + frame[4][1]
    mask = len(known) - 2
    slot = (8 * node + inner + 7919 * back) & mask
    while known[slot, 3] and (known[slot, 0] != inner or known[slot, 1] != node or known[slot, 2] != back):
        slot = (slot + 1) & mask
    return slot


@step_kernel
def _note_place(net: Net, frame: Frame, node: int, back: int, count: int) -> int:
    """Note what is read and called at a place, each state of it a place; how many there are then, those without room left out."""
    places, horizon, first = frame[3], frame[4][0], count
    for i in range(net.close_head[node], net.close_head[node + 1]):
        if count < len(places):
            places[count, 0], places[count, 1] = net.close[i], back
            count += 1
    for at in range(first, count):
        q = places[at, 0]
        for i in range(net.call_head[q], net.call_head[q + 1]):
            start, after = net.start[net.calls[i, 0]], net.calls[i, 1]
            if start >= 0 and (net.calls[i, 2] or back == 0):
                after = back if net.calls[i, 2] else net.nearer[horizon, after] if horizon >= 0 else after
                for j in range(net.close_head[start], net.close_head[start + 1]):
                    if count < len(places):
                        places[count, 0], places[count, 1] = net.close[j], after
                        count += 1
    return count


@step_kernel
def _places(net: Net, frame: Frame, pair: int) -> int:
    """Write all that a pair's place stands for into the places, those of the state that it returns to included; how many there are."""
    pairs = frame[2]
    node, back = pairs[pair, 1], pairs[pair, 2]
    count = _note_place(net, frame, node, back, 0)
    for i in range(net.close_head[node], net.close_head[node + 1]):
        if back and net.kind[net.close[i]] & ENDS:
            return _note_place(net, frame, back, 0, count)
    return count


@step_kernel
def _state_places(net: Net, pools: Pools, frame: Frame, state: int, returning: bool) -> int:
    """Write the items of a state into the places, each as it is, or with a state that it returns to; how many."""
    places, horizon, count = frame[3], frame[4][0], 0
    for i in range(pools.state_head[state], pools.state_head[state + 1]):
        q, back = pools.items[i, 0], 0
        if returning and q > ROOT:
            back = max(pools.pairs[pools.context_head[pools.items[i, 1]], 0], ROOT)
            back = net.nearer[horizon, back] if horizon >= 0 else back
        if q > ROOT and count < len(places):
            places[count, 0], places[count, 1] = q, back
            count += 1
    return count


@step_kernel
def _reach(net: Net, frame: Frame, place: int, span: int, byte: int) -> int:
    """The last byte of the widest edge with this byte from a place to one that, with the span's target, may go on; -1 if there is none."""
    spans, known, _, places, (horizon, _) = frame
    q, found = places[place, 0], -1
    q = net.nearer[horizon, q] if horizon >= 0 else q
    for j in range(net.edge_head[q], net.edge_head[q + 1]):
        if net.edges[j, 0] <= byte <= net.edges[j, 1] and found < net.edges[j, 1]:
            verdict = known[_slot(frame, spans[span, 3], net.edges[j, 2], places[place, 1]), 3]
            if verdict in (MAYBE, YES):
                found = net.edges[j, 1]
    return found


@step_kernel
def _covers(net: Net, frame: Frame, inner: int, count: int) -> bool:
    """Whether each byte of a fragment's state leads from one of the places on, as far as is known."""
    spans = frame[0]
    for span in range(len(spans)):
        byte = spans[span, 1] if spans[span, 0] == inner else 256
        while byte <= spans[span, 2]:
            reached = -1
            for place in range(count):
                reached = max(reached, _reach(net, frame, place, span, byte))
                if reached >= spans[span, 2]:
                    break
            if reached < 0:
                return False
            byte = reached + 1
    return True


@step_kernel
def _note_pair(frame: Frame, span: int, node: int, back: int, found: int) -> int:
    """Note the pair that a span and an edge lead to if nothing is known of it; how many are noted then. Without room for it it is NO."""
    spans, known, pairs, _, (_, shift) = frame
    inner = spans[span, 3]
    slot = _slot(frame, inner, node, back)
    if known[slot, 3] == 0 and 2 * known[-1, 0] < len(known) - 1:
        known[-1, 0] += 1
        known[slot, 0], known[slot, 1], known[slot, 2], known[slot, 3] = inner + shift, node, back, NO
        if found < len(pairs):
            known[slot, 3] = MAYBE
            pairs[found, 0], pairs[found, 1], pairs[found, 2] = inner, node, back
            found += 1
    return found


@step_kernel
def _note_pairs(net: Net, frame: Frame, inner: int, count: int, found: int) -> int:
    """Note the pairs to which bytes of a fragment's state lead from the places; how many are noted then, or -1 - n: one leads nowhere."""
    spans, places, horizon = frame[0], frame[3], frame[4][0]
    for span in range(len(spans)):
        low, high = spans[span, 1], spans[span, 2]
        while spans[span, 0] == inner and low <= high:
            reached = -1
            for place in range(count):
                q = net.nearer[horizon, places[place, 0]] if horizon >= 0 else places[place, 0]
                for j in range(net.edge_head[q], net.edge_head[q + 1]):
                    if net.edges[j, 0] <= low <= net.edges[j, 1]:
                        reached = max(reached, net.edges[j, 1])
                        found = _note_pair(frame, span, net.edges[j, 2], places[place, 1], found)
            if reached < 0:
                return -1 - found
            low = reached + 1
    return found


@step_kernel
def _settle(net: Net, frame: Frame, found: int) -> None:
    """Find out of the noted pairs, and of those that they lead to, which go on: the greatest set that leads to itself."""
    known, pairs, at = frame[1], frame[2], 0
    while at < found:
        found = _note_pairs(net, frame, pairs[at, 0], _places(net, frame, at), found)
        if found < 0:
            found = -1 - found
            known[_slot(frame, pairs[at, 0], pairs[at, 1], pairs[at, 2]), 3] = NO
        at += 1
    changed, rounds = True, 0
    while changed:
        changed, rounds = False, rounds + 1
        for at in range(found - 1, -1, -1):
            slot = _slot(frame, pairs[at, 0], pairs[at, 1], pairs[at, 2])
            if known[slot, 3] == MAYBE and (rounds > _ROUNDS or not _covers(net, frame, pairs[at, 0], _places(net, frame, at))):
                known[slot, 3], changed = NO, True
    for at in range(found):
        slot = _slot(frame, pairs[at, 0], pairs[at, 1], pairs[at, 2])
        if known[slot, 3] == MAYBE:
            known[slot, 3] = YES


@step_kernel
def _reads_first(net: Net, frame: Frame, count: int) -> bool:
    """Whether each byte with which the fragment begins is read at one of the places: found out faster than what comes after it."""
    spans, places, horizon = frame[0], frame[3], frame[4][0]
    for span in range(len(spans)):
        byte = spans[span, 1] if spans[span, 0] == 0 else 256
        while byte <= spans[span, 2]:
            reached = -1
            for place in range(count):
                q = net.nearer[horizon, places[place, 0]] if horizon >= 0 else places[place, 0]
                for j in range(net.edge_head[q], net.edge_head[q + 1]):
                    if net.edges[j, 0] <= byte <= net.edges[j, 1]:
                        reached = max(reached, net.edges[j, 1])
            if reached < 0:
                return False
            byte = reached + 1
    return True


@step_kernel
def _goes_on(machine: Machine, frame: Frame, state: int, returning: bool) -> bool:
    """The same, of the rules in which the items are, or also of the text after them."""
    net, pools = machine.net, machine.pools
    count = _state_places(net, pools, frame, state, returning)
    if not _reads_first(net, frame, count):
        return False
    if _covers(net, frame, 0, count):
        return True
    found = _note_pairs(net, frame, 0, count, 0)
    if found in (0, -1):
        return False
    _settle(net, frame, found if found > 0 else -1 - found)
    return found > 0 and _covers(net, frame, 0, _state_places(net, pools, frame, state, returning))


@step_kernel
def _reads(machine: Machine, frame: Frame, heads: Ints, number: int, state: int) -> bool:
    """See `goes_on`."""
    spans, known, pairs, places, (horizon, _) = frame
    if known[-1, 0] > len(pairs):
        known[:] = 0
    shift = _INNER * (number + (len(heads) - 1) * (horizon + 1))
    asked = (spans[heads[number] : heads[number + 1]], known, pairs, places, (horizon, shift))
    return _goes_on(machine, asked, state, False) or _goes_on(machine, asked, state, True)


@entry_kernel
def goes_on(tables: Tables, frame: Frame, heads: Ints, question: tuple[int, int]) -> bool:
    """Whether a state is found to go on with any text of a fragment: for each first byte of it some item leads on to a pair that does.

    It is asked of the network, and of each pair once: that names of properties are read beside any other text makes no difference.

    Args:
        frame: the spans of all fragments; the last number in it is of no account.
        heads: int32[F + 1], where the spans of each begin.
        question: the fragment's number, and the state.
    """
    return _reads(opened(tables[0], tables[1], tables[2], tables[3]), frame, heads, question[0], question[1])


@entry_kernel
def largest(tables: Tables, frame: Frame, heads: Ints, question: tuple[int, int, int]) -> tuple[int, bool]:
    """The number of the largest fragment that the state is found to go on with, -1 for none; and whether another state does too.

    The fragments are two chains, in which each is held by the next one: the first of each is asked about first, in the second chain then
    the one that most states go on with that do with the first.

    Args:
        frame, heads: as in `goes_on`; in the place of no account is the number of the one that most states go on with.
        question: the state, the other one, and where the second chain begins.
    """
    machine, (state, other, spaced) = opened(tables[0], tables[1], tables[2], tables[3]), question
    often, at, last = frame[4][1], -1, -1
    if _reads(machine, frame, heads, spaced, state):
        at, last = spaced, often
        if _reads(machine, frame, heads, often, state):
            at, last = often, len(heads) - 1
    elif _reads(machine, frame, heads, 0, state):
        at, last = 0, spaced
    if at < 0:
        return -1, True
    while at + 1 < last and _reads(machine, frame, heads, at + 1, state):
        at += 1
    return at, other == state or _reads(machine, frame, heads, at, other)


@step_kernel
def _allow(walk: Walk, classes: NDArray[np.int32], cells: NDArray[np.int32], distances: NDArray[np.int32], limit: int, i: int) -> int:
    """The same walk as `_allow_all`, with what the limit leaves out noted."""
    nodes, stack, allowed, width = walk.nodes, walk.stack, walk.allowed, walk.width
    at, count = np.uint64(i), np.uint64(len(nodes))
    while at < count:
        node = nodes[at]
        depth = (node >> np.uint64(8)) & np.uint64(255)
        target = cells[np.uint64(stack[depth]) + np.uint64(classes[node & np.uint64(255)])]
        if target <= 0:
            if target < 0:
                break
            at = node >> np.uint64(40)
            continue
        token = (node >> np.uint64(16)) & np.uint64(0xFFFFFF)
        allowed[token] = 1 if target < len(distances) and distances[target] <= limit else 2  # those within a token may not be there
        stack[depth + np.uint64(1)] = target * width
        at += np.uint64(1)
    return np.int64(at)


@entry_kernel
def allow_tokens(walk: Walk, tables: Tables, distances: NDArray[np.int32], limit: int, i: int) -> int:
    """Find the tokens that lead from the state of `walk.stack[0]` to a live state, and how far from acceptance it is.

    Args:
        walk: `allowed[t + 1]` becomes 1 for each such token t, or 2 if it leads farther than `limit` from acceptance.
        distances: int32[S] or longer; empty for the label distances, which grow with the states.
        i: the node to go on from, and the result, as in `allow_all`.
    """
    machine = opened(tables[0], tables[1], tables[2], tables[3])
    known = distances if len(distances) else machine.pools.distances
    cells = machine.pools.transitions.reshape(-1)
    while True:
        i = _allow(walk, machine.net.classes, cells, known, limit, i)
        if i == len(walk.nodes) or not _build(machine, np.int64(walk.nodes[i]), walk.stack):
            return i


@step_kernel
def _mark(walk: Walk, classes: NDArray[np.int32], cells: NDArray[np.int32], i: int) -> int:
    """The same walk as `_allow_all`, with the states that tokens lead to marked."""
    nodes, stack, marks, width = walk.nodes, walk.stack, walk.allowed, walk.width
    at, count = np.uint64(i), np.uint64(len(nodes))
    while at < count:
        node = nodes[at]
        depth = (node >> np.uint64(8)) & np.uint64(255)
        target = cells[np.uint64(stack[depth]) + np.uint64(classes[node & np.uint64(255)])]
        if target <= 0:
            if target < 0:
                break
            at = node >> np.uint64(40)
            continue
        has_token = ((node >> np.uint64(16)) & np.uint64(0xFFFFFF)) != np.uint64(0)
        marks[target if has_token else 0] = 1
        stack[depth + np.uint64(1)] = target * width
        at += np.uint64(1)
    return np.int64(at)


@entry_kernel
def mark_targets(walk: Walk, tables: Tables, i: int) -> int:
    """Mark in `walk.allowed`, by state, where single tokens lead; place 0 is of no account. `i` and the result as in `allow_all`."""
    machine = opened(tables[0], tables[1], tables[2], tables[3])
    cells = machine.pools.transitions.reshape(-1)
    while True:
        i = _mark(walk, machine.net.classes, cells, i)
        if i == len(walk.nodes) or not _build(machine, np.int64(walk.nodes[i]), walk.stack):
            return i
