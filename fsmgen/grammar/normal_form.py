"""A network made ready for stepping: no rule derives the empty word or begins with itself, and nothing leads nowhere.

The steps, each exact (the tests compare with a fixpoint over spans):

1. Two copies of each rule's states: nothing read yet, and something read. A rule starts in the first and accepts in the second; a call
   leads to the second. Around a call that may be empty an empty move stays in its copy.
2. Rules that can begin with each other (left recursion) become one automaton each: the union of their automata without the calls among
   their beginnings, with an empty move from the accepting state of each rule to wherever such a call of it would have returned.
3. A call of a rule inside itself, which returns to where the rule may end anyway and can do nothing there that it cannot do at its end,
   is a jump to its start: `e: e OP e | NAME` becomes a loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from fsmgen.grammar.machine._kernels import NEVER, ROOT
from fsmgen.grammar.measuring import Parts, measure, reach
from fsmgen.grammar.network import Network
from fsmgen.grammar.packing import owners

Table = NDArray[np.int32]
_Mark = TypeVar("_Mark", np.bool_, np.uint8)


@dataclass(frozen=True, slots=True)
class Chain:
    """Where the copies of a counted repeat lie: copy k is the states from `first + k * stride` on.

    Attributes:
        copies: how many there are.
        low: before this many iterations one cannot leave.
        high: after this many one must.
        loops: where two more copies lie that are their own next one: of the copies that one cannot leave, and of those that one can. No
            text leads to them; they stand for all copies from which nothing else is near. None where the chain is short.
    """

    first: int
    stride: int
    copies: int
    low: int
    high: int
    loops: tuple[int, int] | None = None

    def moved(self, number: Callable[[int], int], factor: int = 1) -> Chain:
        """The same chain where state q has become `number(q)` and the states between lie `factor` times as far apart."""
        loops = None if self.loops is None else (number(self.loops[0]), number(self.loops[1]))
        return replace(self, first=number(self.first), stride=factor * self.stride, loops=loops)


@dataclass(frozen=True, slots=True)
class Automata:
    """A network as `Network` has it, with the rule of each state, `owner` int32[Q], since its states may lie anywhere."""

    states: int
    edges: Table
    empties: Table
    calls: Table
    starts: Table
    ends: Table
    owner: Table
    chains: tuple[Chain, ...]
    least: Table
    open: bool

    @classmethod
    def of(cls, network: Network) -> Automata:
        """The same network."""
        chains = tuple(Chain(a, b, c, low, high, (i, j) if i else None) for a, b, c, low, high, i, j in network.chains.tolist())
        moves, owner = (network.edges, network.empties, network.calls), owners(network.parts, network.states)
        return cls(network.states, *moves, network.starts, network.ends, owner, chains, network.least, network.open)

    @property
    def parts(self) -> Parts:
        """The same as kernels take it."""
        rows = [(c.first, c.stride, c.copies, c.low, c.high, *(c.loops or (0, 0))) for c in self.chains]
        edges, empties, calls = map(np.ascontiguousarray, (self.edges, self.empties, self.calls))
        bounds = np.column_stack([self.starts, self.ends])
        return Parts(edges, empties, calls, bounds, self.least, np.array(rows, np.int32).reshape(-1, 7))


def normal_form(lowered: Network) -> tuple[Automata, NDArray[np.bool_]]:
    """The network in normal form, and for each rule whether it derived the empty word, which was left out of account."""
    network = Automata.of(lowered)
    empty = _nullable(network)
    copied, lead = _two_copies(network, empty)
    copied = _trimmed(copied)
    copied, lead = _without_left_recursion(copied, lead)
    return _trimmed(_with_jumps(_trimmed(copied))), empty


def distances(network: Automata) -> Table:
    """Fewest labels from each state to the end of its rule, int32[Q]; NEVER where there is no way."""
    out = np.empty(network.states, np.int32)
    measure(network.parts, out)
    out[ROOT] = 0
    return out


def _trimmed(network: Automata) -> Automata:
    """The network without the moves that no word uses; the states keep their numbers."""
    alive = _as_their_copies(network, distances(network) != NEVER)
    runs = alive[network.starts]
    calls = network.calls[runs[network.calls[:, 1]] & alive[network.calls[:, 2]] & alive[network.calls[:, 0]]]
    edges = network.edges[alive[network.edges[:, 3]] & alive[network.edges[:, 0]]]
    empties = network.empties[alive[network.empties[:, 1]] & alive[network.empties[:, 0]]]
    visited, begins = np.zeros(network.states, np.uint8), empties
    if network.open:  # a walk may begin with any rule: as if rule 0 might be each of them
        others = np.column_stack([np.repeat(network.starts[:1], len(runs)), network.starts])[runs]
        begins = np.concatenate([empties, others]).astype(np.int32)
    reach(edges, begins, calls, np.column_stack([network.starts, network.ends]), visited)
    visited = _as_their_copies(network, visited)
    kept = [rows[visited[rows[:, 0]] == 1] for rows in (edges, empties, calls)]
    return replace(network, edges=kept[0], empties=kept[1], calls=kept[2])


def _as_their_copies(network: Automata, marks: NDArray[_Mark]) -> NDArray[_Mark]:
    """The marks of states, those of a chain's loops set where one of the copies that they stand for is marked."""
    for chain in network.chains:
        if chain.loops is not None:
            offsets = np.arange(chain.stride)
            copies = marks[chain.first + np.arange(chain.stride * chain.copies)].reshape(-1, chain.stride)
            for loop in chain.loops:
                marks[loop + offsets] |= copies.any(axis=0)
    return marks


def _nullable(network: Automata) -> NDArray[np.bool_]:
    """Whether each rule derives the empty word; calls that must read something do not count."""
    free = network.calls[network.calls[:, 3] == 0]
    empty = np.zeros(len(network.starts), bool)
    while True:
        silent = np.concatenate([network.empties, free[empty[free[:, 1]]][:, [0, 2]]])
        more = distances(replace(network, edges=network.edges[:0], empties=silent, calls=network.calls[:0]))[network.starts] == 0
        more &= network.least == 0
        if (more == empty).all():
            return empty
        empty = more


def _two_copies(network: Automata, empty: NDArray[np.bool_]) -> tuple[Automata, Table]:
    """State q becomes 2q, nothing read yet, and 2q + 1; ROOT stays, and 1 is no state."""
    edges, empties, calls = network.edges, network.empties, network.calls
    silent = np.concatenate([empties, calls[empty[calls[:, 1]] & (calls[:, 3] == 0)][:, [0, 2]]])
    copied = replace(
        network,
        states=2 * network.states,
        edges=np.concatenate([edges * [2, 1, 1, 2] + [first, 0, 0, 1] for first in (0, 1)]).astype(np.int32),
        empties=np.concatenate([2 * silent + copy for copy in (0, 1)]).astype(np.int32),
        calls=np.concatenate([calls * [2, 1, 2, 0] + [first, 0, 1, 1] for first in (0, 1)]).astype(np.int32),
        starts=2 * network.starts,
        ends=np.where(network.ends == ROOT, ROOT, 2 * network.ends + 1).astype(np.int32),
        owner=np.repeat(network.owner, 2),
        chains=tuple(chain.moved(lambda state: 2 * state, 2) for chain in network.chains),
    )
    lead = np.full(copied.states, -1, np.int32)
    lead[2::2] = network.owner[1:]
    return copied, lead


def _left_calls(network: Automata, lead: Table) -> Table:
    return network.calls[lead[network.calls[:, 0]] >= 0]


def _without_left_recursion(network: Automata, lead: Table) -> tuple[Automata, Table]:
    graph = _left_graph(network, lead)
    groups = list(_components(len(network.starts), graph))
    network = _with_loops(network, lead, [group[0] for group in groups if len(group) == 1])
    for group in groups:
        if len(group) > 1:
            network, lead = _merged(network, lead, group)
    return network, lead


def _with_loops(network: Automata, lead: Table, alone: list[int]) -> Automata:
    """The rules that begin with themselves but with no other rule that begins with them: such calls become loops, all at once."""
    calls = network.calls
    is_left = (lead[calls[:, 0]] == calls[:, 1]) & np.isin(calls[:, 1], alone)
    loops = np.column_stack([network.ends[calls[is_left, 1]], calls[is_left, 2]]).astype(np.int32)
    return replace(network, calls=calls[~is_left], empties=np.concatenate([network.empties, loops]))


def _left_graph(network: Automata, lead: Table) -> dict[int, set[int]]:
    graph: dict[int, set[int]] = {}
    for source, rule, _, _ in _left_calls(network, lead).tolist():
        graph.setdefault(int(lead[source]), set()).add(rule)
    return graph


def _merged(network: Automata, lead: Table, group: list[int]) -> tuple[Automata, Table]:
    """The rules of a left-recursive group replaced, each by a copy of the whole group's automata."""
    member = np.isin(network.owner, group)
    is_left = (lead[network.calls[:, 0]] >= 0) & member[network.calls[:, 0]] & np.isin(network.calls[:, 1], group)
    loops = np.column_stack([network.ends[network.calls[is_left, 1]], network.calls[is_left, 2]]).astype(np.int32)
    network = replace(network, calls=network.calls[~is_left], empties=np.concatenate([network.empties, loops]))
    own, result = np.flatnonzero(member), _restricted(network, ~member)
    for rule in group:
        result, lead = _with_copy(result, lead, network, own, (rule, group))
    return result, lead


def _restricted(network: Automata, kept: NDArray[np.bool_]) -> Automata:
    """The network without the moves of the states that are not kept."""
    edges, empties, calls = (rows[kept[rows[:, 0]]] for rows in (network.edges, network.empties, network.calls))
    return replace(network, edges=edges, empties=empties, calls=calls)


def _with_copy(
    result: Automata, lead: Table, network: Automata, own: NDArray[np.int64], place: tuple[int, list[int]]
) -> tuple[Automata, Table]:
    """`result` with a copy of the states `own` of `network` as the automaton of one rule; a new start leads to the starts of the group."""
    rule, group = place
    first = result.states
    number = np.zeros(network.states, np.int32)
    number[own] = first + 1 + np.arange(len(own))
    inside = np.zeros(network.states, bool)
    inside[own] = True
    part = _restricted(network, inside)
    opening = np.array([(first, number[network.starts[other]]) for other in group], np.int32)
    starts, ends = result.starts.copy(), result.ends.copy()
    starts[rule], ends[rule] = first, number[network.ends[rule]]
    copied = replace(
        result,
        states=first + 1 + len(own),
        edges=np.concatenate([result.edges, _renumbered(part.edges, number, (0, 3))]),
        empties=np.concatenate([result.empties, _renumbered(part.empties, number, (0, 1)), opening]),
        calls=np.concatenate([result.calls, _renumbered(part.calls, number, (0, 2))]),
        starts=starts,
        ends=ends,
        owner=np.concatenate([result.owner, np.full(1 + len(own), rule, np.int32)]),
        chains=(*result.chains, *(chain.moved(lambda state: int(number[state])) for chain in network.chains if _whole(chain, own))),
    )
    return copied, np.concatenate([lead, [rule], np.where(lead[own] >= 0, rule, -1)]).astype(np.int32)


def _renumbered(rows: Table, number: Table, columns: tuple[int, int]) -> Table:
    moved = rows.copy()
    for column in columns:
        moved[:, column] = number[rows[:, column]]
    return moved


def _whole(chain: Chain, own: NDArray[np.int64]) -> bool:
    """Whether the chain's states are consecutive among `own`, and those of its loops, so that a copy keeps its layout."""
    pieces = [(chain.first, chain.stride * chain.copies), *((loop, chain.stride) for loop in chain.loops or ())]
    ends = [(int(np.searchsorted(own, first)), first, size) for first, size in pieces]
    return all(at + size <= len(own) and bool(own[at] == first and own[at + size - 1] == first + size - 1) for at, first, size in ends)


def _difference(rows: Table, without: Table) -> Table:
    gone = {tuple(row) for row in without.tolist()}
    return np.array([row for row in rows.tolist() if tuple(row) not in gone], np.int32).reshape(-1, rows.shape[1])


def _with_jumps(network: Automata) -> Automata:
    """Calls that step 3 makes jumps, as empty moves."""
    inside = network.calls[network.owner[network.calls[:, 0]] == network.calls[:, 1]]
    if not len(inside):
        return network
    after = _closure_function(network)
    jumps, gone = [], []
    for row in inside.tolist():
        source, called, target, _ = row
        end = int(network.ends[called])
        if end in after(target) and after(target) <= after(end):
            jumps.append((source, int(network.starts[called])))
            gone.append(row)
    if not gone:
        return network
    empties = np.concatenate([network.empties, np.array(jumps, np.int32)])
    return replace(network, empties=empties, calls=_difference(network.calls, np.array(gone, np.int32)))


def _closure_function(network: Automata) -> Callable[[int], set[int]]:
    """A function from a state to the set of states that empty moves reach and that read, call or accept."""
    successors: dict[int, list[int]] = {}
    for source, target in network.empties.tolist():
        successors.setdefault(source, []).append(target)
    important = set(network.edges[:, 0].tolist()) | set(network.calls[:, 0].tolist()) | set(network.ends.tolist())

    def closure(state: int) -> set[int]:
        seen, stack = {state}, [state]
        while stack:
            for target in successors.get(stack.pop(), ()):
                if target not in seen:
                    seen.add(target)
                    stack.append(target)
        return seen & important

    return closure


def _components(count: int, graph: dict[int, set[int]]) -> Iterator[list[int]]:
    """Strongly connected components, a component after those that it leads to (Tarjan 1972, without recursion)."""
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    path: list[int] = []
    on_path: set[int] = set()
    for root in range(count):
        if root in index:
            continue
        work = [(root, iter(sorted(graph.get(root, ()))))]
        index[root] = low[root] = len(index)
        path.append(root)
        on_path.add(root)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    path.append(target)
                    on_path.add(target)
                    work.append((target, iter(sorted(graph.get(target, ())))))
                    break
                if target in on_path:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    at = len(path) - 1 - path[::-1].index(node)
                    yield path[at:]
                    on_path.difference_update(path[at:])
                    del path[at:]
