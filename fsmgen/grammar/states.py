"""The lazily built automaton of a grammar: small integers as states, one table of transitions, everything built once.

0 is DEAD; every other state can still reach acceptance. A state is a set of items (network state, context), so it does not depend on
how it was reached, and equal continuations are one state. Rows of the table have one column for each class of labels that the network
cannot tell apart.

Costs: a built transition is an array access; a new one takes a few microseconds. Tables grow by copy and publish: one writer at a time, and
readers keep what they have.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata import DEAD, NEVER, UNBUILT
from fsmgen.errors import TableFull
from fsmgen.grammar import _kernels as k
from fsmgen.grammar._kernels import Net, Pools, Work
from fsmgen.grammar.completion import complete
from fsmgen.grammar.network import Network
from fsmgen.grammar.normal_form import distances, longest_way, nearer_states, normal_form

Ints = NDArray[np.int32]

TABLE_BYTES = 512 << 20
"""Memory that the tables of an automaton's states may take."""
HORIZONS = 2
"""For how many lengths of tokens states are compared, see `States.set_horizons`."""


class States:
    """States of a network; safe to use from many threads.

    Attributes:
        network: the network in normal form.
        net: the same, packed for the kernels.
        classes: int32[256 + symbols], the class of each label.
        examples: int32[C], a label of each class.
        start: the start state; DEAD if the language is empty.
        labels: the labels that some word may use.
        symbols: names of the labels 256, 257, ...
        cells: the table of transitions, row by row, as Python reads it fastest; UNBUILT where there is none yet.
        byte_classes: the class of each byte, as `bytes.translate` takes it.
    """

    def __init__(self, network: Network, *, table_bytes: int = TABLE_BYTES) -> None:
        self.symbols = network.symbols
        self.network, lead, self._empty = normal_form(network)
        self.classes, self.examples, self.labels = _label_classes(self.network)
        self.byte_classes = self.classes[:256].astype(np.uint8).tobytes()
        self.net = _packed(self.network, lead)
        self._table_bytes = table_bytes
        self._begin()

    def _begin(self) -> None:
        """Empty tables, but for the start state."""
        self._lock = threading.RLock()
        self._publish(_pools(self.net, len(self.examples), 64))
        self.start = self._start()

    def _publish(self, pools: Pools) -> None:
        self.pools = pools
        self.work = _work(self.net, pools)
        self.cells = pools.transitions.data.cast("B").cast("i")

    def fresh(self) -> States:
        """The same automaton with empty tables: its states have other numbers."""
        other = copy.copy(self)
        other._begin()
        return other

    @property
    def class_count(self) -> int:
        """C, the number of classes."""
        return len(self.examples)

    def class_of(self, label: int) -> int:
        """The class of a label."""
        return int(self.classes[label])

    @property
    def state_count(self) -> int:
        """States built so far, DEAD included."""
        return int(self.pools.used[k.STATES])

    @property
    def lock(self) -> threading.RLock:
        """To be held by whoever calls a kernel that builds."""
        return self._lock

    def distance(self, state: int) -> int:
        """Fewest labels that lead from the state to acceptance; NEVER for DEAD."""
        return int(self.pools.distances[state])

    def accepting(self, state: int) -> bool:
        """Whether the labels read so far are a word."""
        return bool(self.pools.distances[state] == 0)

    def farthest(self) -> int:
        """An upper bound of all finite distances; NEVER where rules call each other in a circle."""
        return longest_way(self.network, self.net.distance)

    def step(self, state: int, label: int) -> int:
        """The state after one more label."""
        return self.build(state, int(self.classes[label]))

    def build(self, state: int, label_class: int) -> int:
        """The state after one more label of the class, built if need be.

        Raises:
            TableFull: the tables are as large as they may become.
        """
        known = int(self.pools.transitions[state, label_class])
        return known if known != UNBUILT else self.run(state, [int(self.examples[label_class])])

    def row(self, state: int) -> Ints:
        """int32[C], the state after one more label of each class; in one go, where `build` would take a call for each.

        Raises:
            TableFull: the tables are as large as they may become.
        """
        with self._lock:
            while not complete(self.net, self.pools, self.work, self.examples, state):
                self.grow()
            row: Ints = self.pools.transitions[state].copy()
        return row

    def run(self, state: int, data: Iterable[int]) -> int:
        """The state after these labels; bytes are labels."""
        labels = np.frombuffer(data, np.uint8).astype(np.int32) if isinstance(data, bytes) else np.fromiter(data, np.int32)
        at = np.array([0, state], np.int64)
        with self._lock:
            while not k.run_building(self.net, self.pools, self.work, (self.classes, self.examples), labels, at):
                self.grow()
        return int(at[1])

    def set_horizons(self, lengths: tuple[int, int]) -> None:
        """Before any mask: the numbers of bytes within which `near` compares states."""
        if self.network.chains:
            self.net = self.net._replace(nearer=np.stack([nearer_states(self.network, length) for length in lengths]))

    def near(self, state: int, horizon: int) -> int:
        """A state that no text of the horizon's length tells from this one: many counts of a repeat share one.

        Within that many bytes the same continuations are possible, and the text may end after the same ones.
        """
        if not self.network.chains:
            return state
        known = int(self.pools.near_state[state, horizon])
        if known:
            return known
        with self._lock:
            while (found := k.near_state(self.net, self.pools, self.work, state, horizon)) < 0:
                self.grow()
        return int(found)

    def grow(self) -> None:
        """Twice the room wherever room is short, in new arrays. The caller holds the lock.

        Raises:
            TableFull: the tables would take more memory than they may.
        """
        wanted = 2 * sum(table.nbytes for table in self.pools)
        if wanted > self._table_bytes:
            raise TableFull("the bytes of a constraint's states", limit=self._table_bytes, reached=wanted)
        self._publish(_grown(self.net, self.pools))

    def _start(self) -> int:
        """The start state; where the empty word was split off by the normal form, the same that also accepts."""
        while (state := k.start_state(self.net, self.pools, self.work, self._empty)) < 0:
            self.grow()
        return state


def _label_classes(network: Network) -> tuple[Ints, Ints, frozenset[int]]:
    """Classes of labels that no edge tells apart, an example of each, and the labels that are used."""
    classes, used = np.zeros(256 + len(network.symbols), np.int32), np.zeros(256 + len(network.symbols), np.uint8)
    k.partition_labels(network.edges, classes, used)
    examples = np.unique(classes, return_index=True)[1].astype(np.int32)
    return classes, examples, frozenset(np.flatnonzero(used).tolist())


def _head(sources: Ints, states: int) -> Ints:
    """int32[states + 1], where the rows of each source begin in rows sorted by source."""
    return np.searchsorted(sources, np.arange(states + 1)).astype(np.int32)


def _packed(network: Network, lead: Ints) -> Net:
    """The arrays of the kernels, with the pseudo-state of the root at the end."""
    states = network.states
    edges = network.edges[np.argsort(network.edges[:, 0], kind="stable")]
    empties = network.empties[np.argsort(network.empties[:, 0], kind="stable")]
    calls = network.calls[np.argsort(network.calls[:, 0], kind="stable")]
    kind = np.zeros(states + 1, np.uint8)
    kind[edges[:, 0]] |= k.SCANS
    kind[calls[:, 0]] |= k.CALLS
    kind[network.ends] |= k.ENDS
    close_head = np.zeros(states + 1, np.int32)
    empty_head, targets = _head(empties[:, 0], states), np.ascontiguousarray(empties[:, 1])
    close = np.empty(states + len(empties) + 1, np.int32)
    length = k.close(empty_head, targets, kind[:-1], close_head, close)
    if length > len(close):
        close = np.empty(length, np.int32)
        k.close(empty_head, targets, kind[:-1], close_head, close)
    first, last = close_head[calls[:, 2]], close_head[calls[:, 2] + 1]
    only_returns = (last - first == 1) & (kind[close[np.minimum(first, len(close) - 1)]] == k.ENDS)
    return Net(
        edge_head=_head(edges[:, 0], states + 1),
        edges=np.ascontiguousarray(edges[:, 1:]),
        close_head=np.append(close_head, close_head[-1]).astype(np.int32),
        close=close,
        call_head=_head(calls[:, 0], states + 1),
        calls=np.column_stack([calls[:, 1:3], only_returns]).astype(np.int32),
        kind=kind,
        start=network.starts.astype(np.int32),
        lead=np.append(lead, -1).astype(np.int32),
        distance=np.append(distances(network), 0).astype(np.int32),
        nearer=np.tile(np.arange(states + 1, dtype=np.int32), (HORIZONS, 1)),
    )


def _pools(net: Net, classes: int, room: int) -> Pools:
    """Pools with DEAD and the root's context in them."""
    pools = Pools(
        used=np.zeros(8, np.int64),
        state_head=np.zeros(room + 1, np.int64),
        items=np.zeros((8 * room, 2), np.int32),
        state_slots=np.zeros(4 * room, np.int32),
        context_head=np.zeros(room + 1, np.int64),
        pairs=np.zeros((2 * room, 2), np.int32),
        context_slots=np.zeros(4 * room, np.int32),
        context_distance=np.zeros(room, np.int32),
        unions=np.zeros((room, 3), np.int32),
        transitions=np.full((room, classes), UNBUILT, np.int32),
        distances=np.full(room, NEVER, np.int32),
        near_state=np.zeros((room, HORIZONS), np.int32),
        near_context=np.zeros((room, HORIZONS), np.int32),
    )
    pools.transitions[DEAD] = DEAD
    pools.pairs[0] = len(net.kind) - 1, 0
    pools.context_head[2] = 1
    pools.used[[k.STATES, k.CONTEXTS, k.PAIRS]] = 1, 2, 1
    return pools


def _work(net: Net, pools: Pools) -> Work:
    states, rules, contexts = len(net.kind), len(net.start), len(pools.context_distance)
    return Work(
        slot=np.zeros(states, np.int32),
        touched=np.zeros(states, np.int32),
        rule_context=np.zeros(rules, np.int32),
        queued=np.zeros(rules, np.uint8),
        heap=np.zeros(rules, np.int32),
        popped=np.zeros(contexts + 1, np.int32),
        stack=np.zeros(contexts + 1, np.int32),
        pairs=np.zeros((states, 2), np.int32),
        unions=np.zeros((contexts + 1, 2), np.int32),
        sizes=np.zeros(2, np.int64),
    )


def _longer(array: NDArray[Any], fill: int = 0) -> NDArray[Any]:
    return np.concatenate([array, np.full_like(array, fill)])


def _grown(net: Net, pools: Pools) -> Pools:
    """The same pools with twice the room where more than half is used."""
    used = pools.used
    room: dict[str, NDArray[Any]] = {}
    if 2 * used[k.STATES] >= len(pools.transitions):
        room |= {
            "state_head": _longer(pools.state_head), "transitions": _longer(pools.transitions, UNBUILT),
            "distances": _longer(pools.distances, NEVER), "near_state": _longer(pools.near_state),
            "state_slots": np.zeros(2 * len(pools.state_slots), np.int32),
        }  # fmt: skip
    if used[k.ITEMS] + len(net.kind) >= len(pools.items) // 2:
        room["items"] = np.concatenate([pools.items, np.zeros((max(len(pools.items), 2 * len(net.kind)), 2), np.int32)])
    if 2 * used[k.CONTEXTS] + 2 >= len(pools.context_distance):
        room |= {
            "context_head": _longer(pools.context_head), "context_distance": _longer(pools.context_distance),
            "near_context": _longer(pools.near_context),
            "context_slots": np.zeros(2 * len(pools.context_slots), np.int32), "unions": np.zeros((2 * len(pools.unions), 3), np.int32),
        }  # fmt: skip
    if 2 * used[k.UNIONS] >= len(pools.unions):
        room["unions"] = np.zeros((2 * len(pools.unions), 3), np.int32)
    if 2 * used[k.PAIRS] >= len(pools.pairs) or not room:
        room["pairs"] = _longer(pools.pairs)
    grown = pools._replace(used=used.copy(), **room)
    grown.used[[k.FULL, k.STAMP]] = 0
    k.rehash(grown)
    return grown
