"""Paths through a graph of states, from a start to acceptance: how short, how long, how many, and one of them at random.

A move counts as many times as there are labels (or tokens) for it, so paths are words (or sequences of tokens). All numbers are exact.

    >>> import numpy as np
    >>> graph = Paths(0, np.array([False, True, True]), np.array([0, 1, 1]), np.array([1, 1, 2]), np.array([26, 10, 1]))
    >>> graph.shortest, graph.longest, graph.count()
    (1, None, None)
    >>> [next(lengths) for lengths in [graph.counts()] for _ in range(4)]
    [0, 26, 286, 2860]
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata.automaton import NEVER
from fsmgen.errors import InputError, InvalidOption

Ints: TypeAlias = NDArray[np.integer[Any]]
Moves: TypeAlias = list[list[tuple[int, int]]]
"""By state: (other state, how many labels move there)."""

UNBOUNDED = -1
"""The height of a state from which there are ways of any length."""


class Paths:
    """The paths from `start` to an accepting state. States without a way to acceptance are left out of all numbers.

    Args:
        accepting: bool[S].
        sources, targets: int[M], the moves; the same pair may occur many times.
        weights: int[M], how many labels each move stands for.
    """

    def __init__(self, start: int, accepting: NDArray[np.bool_], sources: Ints, targets: Ints, weights: Ints) -> None:
        self.start, self._accepting, self._size = start, accepting, len(accepting)
        pairs, places = np.unique(sources.astype(np.int64) * self._size + targets, return_inverse=True)
        self._sources, self._targets = np.divmod(pairs, max(1, self._size))
        self._weights = np.zeros(len(pairs), np.int64)
        np.add.at(self._weights, places.reshape(-1), weights)

    @cached_property
    def distances(self) -> list[int]:
        """By state, moves of a shortest way to acceptance; NEVER if there is none."""
        before = _grouped(self._size, self._targets, self._sources, self._weights)
        queue = deque(np.flatnonzero(self._accepting).tolist())
        result = [NEVER] * self._size
        for state in queue:
            result[state] = 0
        while queue:
            state = queue.popleft()
            for source, _ in before[state]:
                if result[source] == NEVER:
                    result[source] = result[state] + 1
                    queue.append(source)
        return result

    @cached_property
    def _moves(self) -> Moves:
        """The moves to states that can still reach acceptance."""
        alive = np.array(self.distances, np.int64)[self._targets] < NEVER
        return _grouped(self._size, self._sources[alive], self._targets[alive], self._weights[alive])

    @cached_property
    def _order(self) -> list[int]:
        """The states after which only finitely many paths are left, each after all that can follow it."""
        waiting = [len(ways) for ways in self._moves]
        before = _reversed(self._moves)
        order = [state for state, count in enumerate(waiting) if count == 0]
        for state in order:  # grows while it runs
            for source, _ in before[state]:
                waiting[source] -= 1
                if waiting[source] == 0:
                    order.append(source)
        return order

    @cached_property
    def heights(self) -> list[int]:
        """By state, moves of a longest way to acceptance; UNBOUNDED if there is none that is longest, NEVER if there is no way."""
        result = [UNBOUNDED] * self._size
        for state in self._order:
            alive = self.distances[state] != NEVER
            result[state] = max((result[target] + 1 for target, _ in self._moves[state]), default=0) if alive else NEVER
        return result

    @property
    def shortest(self) -> int | None:
        """Moves of a shortest path; None if there is no path."""
        distance = self.distances[self.start]
        return None if distance == NEVER else distance

    @property
    def longest(self) -> int | None:
        """Moves of a longest path; None if there is no path, or no longest one."""
        height = self.heights[self.start]
        return None if height in (UNBOUNDED, NEVER) else height

    @property
    def finite(self) -> bool:
        """Whether there are finitely many paths."""
        return self.heights[self.start] != UNBOUNDED

    @cached_property
    def _totals(self) -> dict[int, int]:
        """Paths from each state of finite height."""
        totals: dict[int, int] = {}
        for state in self._order:
            totals[state] = int(self._accepting[state]) + sum(weight * totals[target] for target, weight in self._moves[state])
        return totals

    def count(self, *, max_length: int | None = None) -> int | None:
        """How many paths there are, of at most `max_length` moves if that is given; None if there are infinitely many."""
        if max_length is not None:
            return sum(islice(self.counts(), max_length + 1))
        return self._totals[self.start] if self.finite else None

    def counts(self) -> Iterator[int]:
        """How many paths have 0, 1, 2, ... moves; ends after the longest path. Cost: all moves from the states of that depth."""
        length = 0
        while layer := self._layer(length):
            yield sum(ways for state, ways in layer.items() if self._accepting[state])
            length += 1

    @cached_property
    def _layers(self) -> list[dict[int, int]]:
        return [{self.start: 1} if self.shortest is not None else {}]

    def _layer(self, length: int) -> dict[int, int]:
        """How many ways of that many moves lead from the start to each state. All layers are kept."""
        while len(self._layers) <= length:
            layer: dict[int, int] = {}
            for state, ways in self._layers[-1].items():
                for target, weight in self._moves[state]:
                    layer[target] = layer.get(target, 0) + ways * weight
            self._layers.append(layer)
        return self._layers[length]

    def draw(self, generator: random.Random, *, max_length: int | None = None) -> list[int]:
        """The states of a path, each path equally probable.

        Args:
            max_length: only paths of at most that many moves; needed where there are infinitely many.

        Raises:
            InputError: there is no path.
            InvalidOption: `max_length` is missing, or no path is that short.
        """
        if self.shortest is None:
            raise InputError("there is nothing to draw: no path leads to acceptance")
        if max_length is None:
            return self._draw_of_all(generator)
        counts = list(islice(self.counts(), max_length + 1))
        if not any(counts):
            raise InvalidOption("max_length", max_length, allowed=f"at least {self.shortest}, the shortest there is")
        length = _drawn(generator, enumerate(counts), sum(counts))
        return self._draw_of_length(generator, length)

    def _draw_of_all(self, generator: random.Random) -> list[int]:
        if not self.finite:
            raise InvalidOption("max_length", None, allowed="a number, since there are infinitely many")
        path = [self.start]
        stop = -1
        while True:
            state = path[-1]
            ways = [(target, weight * self._totals[target]) for target, weight in self._moves[state]]
            state = _drawn(generator, [(stop, int(self._accepting[state])), *ways], self._totals[state])
            if state == stop:
                return path
            path.append(state)

    def _draw_of_length(self, generator: random.Random, length: int) -> list[int]:
        """Drawn from its end to its beginning, by the ways that lead there."""
        ends = [(state, ways) for state, ways in self._layer(length).items() if self._accepting[state]]
        path = [_drawn(generator, ends, sum(ways for _, ways in ends))]
        for at in range(length, 0, -1):
            before = self._layer(at - 1)
            ways = [(source, before.get(source, 0) * weight) for source, weight in self._before[path[-1]]]
            path.append(_drawn(generator, ways, self._layer(at)[path[-1]]))
        return path[::-1]

    @cached_property
    def _before(self) -> Moves:
        return _reversed(self._moves)


def _grouped(size: int, keys: Ints, others: Ints, weights: Ints) -> Moves:
    groups: Moves = [[] for _ in range(size)]
    for key, other, weight in zip(keys.tolist(), others.tolist(), weights.tolist(), strict=True):
        groups[key].append((other, weight))
    return groups


def _reversed(moves: Moves) -> Moves:
    groups: Moves = [[] for _ in moves]
    for source, ways in enumerate(moves):
        for target, weight in ways:
            groups[target].append((source, weight))
    return groups


def _drawn(generator: random.Random, weighted: Iterable[tuple[int, int]], total: int) -> int:
    """One of the things, as probable as its weight says; exact for weights of any size."""
    left = generator.randrange(total)
    for thing, weight in weighted:
        left -= weight
        if left < 0:
            return thing
    raise AssertionError("the weights do not sum to the total")
