"""Recursive transition networks: every rule an automaton whose edges read labels or call rules.

`lower` turns the rules of a grammar into one network. Large parts of a counted repeat are not copied: they become a rule of their own, and
the count is the place to which a call returns. `Network` is plain arrays; `normal_form` and `pack` prepare it for the kernels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata.expression import Expression
from fsmgen.errors import LimitReached
from fsmgen.grammar.coding import Coder
from fsmgen.grammar.lowering import Sink, lay_out
from fsmgen.grammar.measuring import Parts

Ints = NDArray[np.int32]

STATE_LIMIT = 8_000_000
"""States that a network may have."""


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
class Network:
    """Automata of all rules in one numbering.

    Attributes:
        states: number of states, that of ROOT among them, which no move touches.
        edges: int32[E, 4], rows (source, lowest label, highest label, target).
        empties: int32[M, 2], rows (source, target).
        calls: int32[K, 4], rows (source, rule, target, 1 if the call must read something).
        starts, ends: int32[R], the start and the accepting state of each rule; nothing enters a start or leaves an end.
        owner: int32[Q], the rule of each state.
        symbols: names of the labels 256, 257, ...
        chains: the counted repeats.
        least: int32[R], as in `fsmgen.grammar.measuring.Parts`: not 0 for rules that are not there yet; their start and end are ROOT.
    """

    states: int
    edges: Ints
    empties: Ints
    calls: Ints
    starts: Ints
    ends: Ints
    owner: Ints
    symbols: tuple[str, ...]
    chains: tuple[Chain, ...]
    least: Ints

    @property
    def parts(self) -> Parts:
        """The same as kernels take it."""
        rows = [(c.first, c.stride, c.copies, c.low, c.high, *(c.loops or (0, 0))) for c in self.chains]
        chains = np.array(rows, np.int32).reshape(-1, 7)
        edges, empties, calls = map(np.ascontiguousarray, (self.edges, self.empties, self.calls))
        return Parts(edges, empties, calls, np.column_stack([self.starts, self.ends]), self.least, chains)


def lower(rules: Mapping[str, Expression], start: str, *, limit: int = STATE_LIMIT) -> Network:
    """The network of a grammar; rule 0 is the start. Rules that it does not lead to are left out.

    Raises:
        InputError: a rule is called that does not exist.
        LimitReached: too many states, or an expression nested too deeply.
    """
    coder = Coder(rules, start)
    code = coder.code()
    sink, states = laid_out(code, len(coder.keys), first=1, limit=limit)
    owner = np.repeat(np.arange(len(sink.starts), dtype=np.int32), np.diff([0, *sink.starts[1:].tolist(), states]))
    moves, least = (sink.edges, sink.empties, sink.calls), np.zeros(len(sink.starts), np.int32)
    return Network(states, *moves, sink.starts, sink.starts + 1, owner, tuple(coder.symbols), chains_of(sink.chains), least)


def chains_of(rows: Ints) -> tuple[Chain, ...]:
    """The chains of rows as in `Sink`."""
    return tuple(Chain(a, b, c, low, high, (loop, other) if loop else None) for a, b, c, low, high, loop, other in rows.tolist())


def laid_out(code: Ints, rules: int, *, first: int, limit: int) -> tuple[Sink, int]:
    """The moves of rules that are written as code, and the number after their last state.

    Raises:
        LimitReached: too many states.
    """
    room = [len(code) // 2 + 16] * 3 + [16]
    while True:
        edges, empties, calls, chains = (np.empty((size, width), np.int32) for size, width in zip(room, (4, 2, 4, 7), strict=True))
        sink = Sink(edges, empties, calls, chains, np.empty(rules, np.int32), np.zeros(4, np.int64))
        states = lay_out(code, first, limit, sink)
        if states > limit:
            raise LimitReached("the states of a network", limit=limit, reached=states)
        used = sink.used.tolist()
        if all(map(int.__le__, used, room)):
            edges, empties, calls, chains = (rows[:count] for rows, count in zip((edges, empties, calls, chains), used, strict=True))
            return Sink(edges, empties, calls, chains, sink.starts, sink.used), states
        room = used
