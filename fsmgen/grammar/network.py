"""Recursive transition networks: every rule an automaton whose edges read labels or call rules.

`lower` turns the rules of a grammar into one network. Large parts of a counted repeat are not copied: they become a rule of their own, and
the count is the place to which a call returns. `Network` is plain arrays; `fsmgen.grammar.ready` prepares it for the kernels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

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
class Network:
    """Automata of all rules in one numbering.

    Attributes:
        states: number of states, that of ROOT among them, which no move touches.
        edges: int32[E, 4], rows (source, lowest label, highest label, target).
        empties: int32[M, 2], rows (source, target).
        calls: int32[K, 4], rows (source, rule, target, 1 if the call must read something).
        bounds: int32[R, 2], the start and the accepting state of each rule; nothing enters a start or leaves an end.
        symbols: names of the labels 256, 257, ...
        chains: int32[N, 7], the counted repeats, see `fsmgen.grammar.lowering.Sink`.
        least: int32[R], fewest labels of rules that are not there yet, whose start and end are ROOT; 0 for others.
        open: whether there will be more rules, which may call any of these.
    """

    states: int
    edges: Ints
    empties: Ints
    calls: Ints
    bounds: Ints
    symbols: tuple[str, ...]
    chains: Ints
    least: Ints
    open: bool = False

    @property
    def starts(self) -> Ints:
        """int32[R], the start of each rule."""
        return self.bounds[:, 0]

    @property
    def ends(self) -> Ints:
        """int32[R], the accepting state of each rule."""
        return self.bounds[:, 1]

    @property
    def parts(self) -> Parts:
        """The same as kernels take it."""
        return Parts(self.edges, self.empties, self.calls, self.bounds, self.least, self.chains)


def lower(rules: Mapping[str, Expression], start: str, *, limit: int = STATE_LIMIT) -> Network:
    """The network of a grammar; rule 0 is the start. Rules that it does not lead to are left out.

    Raises:
        InputError: a rule is called that does not exist.
        LimitReached: too many states, or an expression nested too deeply.
    """
    coder = Coder(rules, start)
    return network_of(coder, coder.code(), range(len(coder.keys)), limit=limit)


def network_of(coder: Coder, code: Ints, numbers: Sequence[int], *, limit: int = STATE_LIMIT) -> Network:
    """The network of code: of rules with these numbers, ascending, among all that the coder knows."""
    rules = len(coder.keys)
    names = [coder.keys[number] for number in numbers]
    sink, states = laid_out(code, len(numbers), limit=limit, names=names)
    bounds, least = sink.bounds, np.zeros(rules, np.int32)
    if len(numbers) < rules:
        bounds = np.zeros((rules, 2), np.int32)
        bounds[numbers] = sink.bounds
    return Network(states, sink.edges, sink.empties, sink.calls, bounds, tuple(coder.symbols), sink.chains, least)


def laid_out(code: Ints, rules: int, *, limit: int, names: Sequence[object] = ()) -> tuple[Sink, int]:
    """The moves of rules that are written as code, and the number after their last state.

    Args:
        names: what the rules are known by, for errors.

    Raises:
        LimitReached: too many states.
    """
    room = [2 * len(code) + 256, len(code) + 256, len(code) + 256, 1024]  # a letter in quotes has an edge, a mark and a call
    while True:
        edges, empties, calls, chains = (np.empty((size, width), np.int32) for size, width in zip(room, (4, 2, 4, 7), strict=True))
        sink = Sink(edges, empties, calls, chains, np.zeros((rules, 2), np.int32), np.zeros(4, np.int64))
        states = lay_out(code, 1, limit, sink)
        if states > limit:
            begun = [name for name, start in zip(names, sink.bounds[:, 0].tolist(), strict=False) if start]
            where = next((name for name in reversed(begun) if isinstance(name, str)), "")
            raise LimitReached("the states of a network", limit=limit, reached=states, where=where)
        used = sink.used.tolist()
        if all(map(int.__le__, used, room)):
            return Sink(edges[: used[0]], empties[: used[1]], calls[: used[2]], chains[: used[3]], sink.bounds, sink.used), states
        room = used
