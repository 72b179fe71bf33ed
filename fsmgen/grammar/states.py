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
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata import NEVER, UNBUILT
from fsmgen.errors import TableFull
from fsmgen.grammar import _kernels as k
from fsmgen.grammar.completion import complete
from fsmgen.grammar.growth import Growth, MoreRules
from fsmgen.grammar.machine import _kernels as m
from fsmgen.grammar.network import Network
from fsmgen.grammar.parting import find_automata, find_follows
from fsmgen.grammar.ready import ready
from fsmgen.grammar.tables import Tables

Ints = NDArray[np.int32]

TABLE_BYTES = 512 << 20
"""Memory that the tables of an automaton's states may take."""


class Composition(NamedTuple):
    """The automata that a network consists of, moves and places to return to held together.

    Attributes:
        groups: int32[Q], the automaton of each state.
        sizes: int32[Q], how many states that read labels it has; 0 if it calls rules.
        follows: int32[G, C], for each automaton 1 for the classes of labels that may follow the ends of its rules.
    """

    groups: Ints
    sizes: Ints
    follows: Ints


class States:
    """States of a network; safe to use from many threads.

    Attributes:
        network: the network of the rules.
        classes: int32[256 + symbols], the class of each label.
        examples: int32[C], a label of each class.
        start: the start state; DEAD if the language is empty.
        symbols: names of the labels 256, 257, ...
        pools: the tables of states, and what `tables` holds, for the kernels.
        cells: the table of transitions, row by row, as Python reads it fastest; UNBUILT where there is none yet.
        byte_classes: the class of each byte, as `bytes.translate` takes it.
    """

    def __init__(self, network: Network, *, table_bytes: int = TABLE_BYTES, more: MoreRules | None = None) -> None:
        self.network, self.symbols = network, network.symbols
        self._ready = ready(network)
        self._growth = Growth(self._ready, more)
        self.classes, self.examples = self._ready.packed.net[-2:]
        self.byte_classes = self.classes[:256].astype(np.uint8).tobytes()
        self._table_bytes = table_bytes
        self._begin()

    def _begin(self) -> None:
        """Empty tables, but for the start state."""
        self._lock = threading.RLock()
        self._publish(Tables.empty(self._growth.packed, self._table_bytes))
        self.start = self._start()

    def _publish(self, tables: Tables) -> None:
        self._built = tables
        self.pools, self.cells, self.tables = tables.pools, tables.cells, tables.arguments

    def fresh(self) -> States:
        """The same automaton with empty tables: its states have other numbers."""
        other = copy.copy(self)
        other._begin()
        return other

    @cached_property
    def labels(self) -> frozenset[int]:
        """The labels that some word may use."""
        return frozenset(np.flatnonzero(self._ready.labels).tolist())

    @property
    def has_chains(self) -> bool:
        """Whether there are counted repeats, so that `near` has something to say."""
        return self._growth.has_chains

    @property
    def has_calls(self) -> bool:
        """Whether rules call others, so that states have contexts."""
        return len(self.network.calls) > 0

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
        return int(self.pools.used[m.STATES])

    @property
    def openness(self) -> tuple[int, int]:
        """Contexts built so far, and the places to return to that they hold: one each where the text says where it is."""
        return int(self.pools.used[m.CONTEXTS]), int(self.pools.used[m.PAIRS])

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

    def item_count(self, state: int) -> int:
        """How many items a state has."""
        return int(self.pools.state_head[state + 1]) - int(self.pools.state_head[state])

    @cached_property
    def composition(self) -> Composition:
        """What its network consists of now."""
        packed = self._growth.packed
        groups, sizes = (np.zeros(int(packed.layout[m.KIND, 1]), np.int32) for _ in range(2))
        count = find_automata(packed.data, packed.layout, groups, sizes)
        follows = np.zeros((count, self.class_count), np.int32)
        find_follows(packed.data, packed.layout, groups, follows)
        return Composition(groups, sizes, follows)

    @property
    def network_tables(self) -> m.Net:
        """Its network, packed, as it is now."""
        return self._growth.packed.net

    def farthest(self) -> int:
        """An upper bound of all finite distances; NEVER where rules call each other in a circle."""
        return NEVER if self.network.open else self._ready.longest_way()

    def step(self, state: int, label: int) -> int:
        """The state after one more label.

        Raises:
            TableFull: the tables are as large as they may become.
        """
        known = int(self.pools.transitions[state, self.classes[label]])
        if known != UNBUILT:
            return known
        with self._lock:
            while (after := k.after_label(*self.tables, (state, label))) < 0:
                self.grow()
        return int(after)

    def build(self, state: int, label_class: int) -> int:
        """The state after one more label of the class, built if need be.

        Raises:
            TableFull: the tables are as large as they may become.
        """
        return self.step(state, int(self.examples[label_class]))

    def row(self, state: int) -> Ints:
        """int32[C], the state after one more label of each class; in one go, where `build` would take a call for each.

        Raises:
            TableFull: the tables are as large as they may become.
        """
        with self._lock:
            while not complete(*self.tables, state):
                self.grow()
            row: Ints = self.pools.transitions[state].copy()
        return row

    def run(self, state: int, data: Iterable[int]) -> int:
        """The state after these labels; bytes are labels.

        Raises:
            TableFull: the tables are as large as they may become.
        """
        if not isinstance(data, bytes):
            for label in data:
                state = self.step(state, label)
            return state
        labels = np.frombuffer(data, np.uint8)
        with self._lock:
            while (after := k.after_bytes(*self.tables, labels, state)) < 0:
                self.grow()
        return int(after)

    def set_horizons(self, lengths: tuple[int, int]) -> None:
        """Before any mask: the numbers of bytes within which `near` compares states."""
        self._growth.set_horizons(lengths)

    def near(self, state: int, horizon: int) -> int:
        """A state that no text of the horizon's length tells from this one: many counts of a repeat share one.

        Within that many bytes the same continuations are possible, and the text may end after the same ones.
        """
        if not self.has_chains:
            return state
        known = int(self.pools.near_state[state, horizon])
        if known:
            return known
        with self._lock:
            while (found := k.near_state(*self.tables, (state, horizon))) < 0:
                self.grow()
        return int(found)

    def grow(self) -> None:
        """The rule that is missing, or else more room wherever room is short, in new arrays. The caller holds the lock.

        Raises:
            TableFull: the tables would take more memory than they may.
            InputError: a deferred rule is not what it should be.
            LimitReached: the network would be too large.
        """
        rule = int(self.pools.used[m.MISSING])
        if rule:
            self.pools.used[[m.FULL, m.MISSING]] = 0
            self._publish(self._built.on(self._growth.with_rule(rule)))
            return
        larger = self._built.grown(self._table_bytes)
        if isinstance(larger, int):
            self._built.forget_step()
            raise TableFull("the bytes of a constraint's states", limit=self._table_bytes, reached=larger)
        self._publish(larger)

    def _start(self) -> int:
        """The start state; where the empty word was split off by the normal form, the same that also accepts."""
        while (state := k.start_state(*self.tables, self._ready.empty)) < 0:
            self.grow()
        return state
