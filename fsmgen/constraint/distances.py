"""How many tokens a state is from acceptance.

Two answers. `LabelDistances` counts bytes, where each byte is a token of its own: always at hand, and an upper bound. `TokenDistances`
explores the graph of states under tokens: exact, and within a limit. Where some byte has no token of its own only the second is true at
all: a state may be alive in bytes and dead in tokens.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fsmgen.automata import NEVER
from fsmgen.constraint.walker import LABEL_DISTANCES, Distances, Walker
from fsmgen.errors import LimitReached


@dataclass(frozen=True, slots=True)
class TokenBound:
    """A number of tokens, the end-of-sequence token not counted.

    Attributes:
        count: the fewest tokens, or an upper bound of it.
        exact: whether it is the fewest.
    """

    count: int
    exact: bool


class DistanceTable(Protocol):
    """Distances by state, in tokens without the end token."""

    exact: bool

    def of(self, state: int) -> int:
        """The distance of a state; NEVER if no tokens lead from it to acceptance."""

    def from_state(self, state: int) -> Distances:
        """A table int32[S or more], valid for the states that tokens reach from `state`; or LABEL_DISTANCES."""


class LabelDistances:
    """Bytes to acceptance: an upper bound of the tokens, if every byte of the language is a token."""

    exact = False

    def __init__(self, walker: Walker) -> None:
        self._automaton = walker.automaton

    def of(self, state: int) -> int:
        return self._automaton.distance(state)

    def from_state(self, state: int) -> Distances:  # noqa: ARG002
        return LABEL_DISTANCES


class TokenDistances:
    """Tokens to acceptance, by exploring the states that tokens reach.

    Cost: one walk of the vocabulary for each state.
    """

    exact = True

    def __init__(self, walker: Walker, graph_nodes: int) -> None:
        self._walker = walker
        self._state_limit = max(64, graph_nodes // max(1, walker.node_count))
        self._sources: dict[int, list[int]] = {}
        self._explored: set[int] = set()
        self._table = np.zeros(0, np.int32)
        self._lock = threading.Lock()

    def of(self, state: int) -> int:
        return int(self.from_state(state)[state])

    def from_state(self, state: int) -> Distances:
        """The table, which is extended if the state is new to it.

        Raises:
            LimitReached: more states than the work limit pays for.
        """
        with self._lock:
            if state not in self._explored:
                self._explore(state)
                self._table = self._solved()
            return self._table

    def _explore(self, start: int) -> None:
        """Visit the states that tokens reach from `start`; nothing is kept of a visit that hits the limit."""
        new: dict[int, list[int]] = {}
        queue = deque([start])  # breadth first: depth first nests contexts as deep as there are states
        while queue:
            state = queue.popleft()
            if state in self._explored or state in new:
                continue
            reached = len(self._explored) + len(new) + 1
            if reached > self._state_limit:
                raise LimitReached("the states of the token graph", limit=self._state_limit, reached=reached)
            new[state] = self._walker.targets(state)
            queue += new[state]
        self._explored.update(new)
        for source, targets in new.items():
            for target in targets:
                self._sources.setdefault(target, []).append(source)

    def _solved(self) -> Distances:
        """Distances by breadth-first search backwards from the accepting states."""
        table = np.full(max(self._explored) + 1, NEVER, np.int32)
        queue = deque(state for state in self._explored if self._walker.automaton.accepting(state))
        table[list(queue)] = 0
        while queue:
            target = queue.popleft()
            for source in self._sources.get(target, ()):
                if table[source] == NEVER:
                    table[source] = table[target] + 1
                    queue.append(source)
        table.setflags(write=False)
        return table
