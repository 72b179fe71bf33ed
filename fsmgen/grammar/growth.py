"""A network that grows: deferred rules become parts of it when a step comes to a call of one.

What is there stays where it is: new states come after the old ones, in the same arrays while these have room. Whoever steps without the new
rule never reads what was appended, since the rule's start is written last. To append a rule costs what the rule is large, now and then a
copy of the network.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata.expression import Expression
from fsmgen.errors import InputError, LimitReached
from fsmgen.grammar.coding import Coder
from fsmgen.grammar.deferred import DeferredRules, least, made
from fsmgen.grammar.lowering import Sink
from fsmgen.grammar.machine._kernels import NEVER, Net
from fsmgen.grammar.measuring import Parts, write_nearer
from fsmgen.grammar.network import STATE_LIMIT, laid_out, network_of
from fsmgen.grammar.packing import OPTION_ALL, append, enlarged, pack, two_copies
from fsmgen.grammar.ready import Ready
from fsmgen.grammar.tables import Packed

Ints = NDArray[np.int32]


class MoreRules:
    """The rules of a grammar, those that are deferred among them, and the network of the others.

    Attributes:
        network: the network without the deferred rules.
    """

    def __init__(self, rules: Mapping[str, Expression], start: str, deferred: DeferredRules) -> None:
        self._rules, self._deferred = rules, deferred
        self.coder = Coder(rules, start, is_open=True)
        code, self.least = self.coder.code(), dict[int, int]()
        numbers = [number for number, key in enumerate(self.coder.keys) if not self.coder.is_deferred(key)]
        network = network_of(self.coder, code, numbers)
        self.note_least(len(network.least), first=0)
        for number, fewest in self.least.items():
            network.least[number] = fewest
        self.network = replace(network, open=True)

    def note_least(self, last: int, *, first: int) -> None:
        """Ask how long the words of those deferred rules are that have these numbers."""
        for number in range(first, last):
            key = self.coder.keys[number]
            if isinstance(key, str) and self.coder.is_deferred(key):
                self.least[number] = least(self._deferred, key, self._rules)

    def name(self, number: int) -> str:
        """The name of a deferred rule."""
        return str(self.coder.keys[number])

    def rule(self, number: int) -> Expression:
        """A deferred rule."""
        return made(self._deferred, self.name(number), self._rules)


class Growth:
    """A packed network that grows, for all automata that share it.

    A rule has a key's number, its place in `Coder.keys`, and a number in the table; those of rules that come later are the same.

    Attributes:
        packed: its table now.
    """

    def __init__(self, ready: Ready, more: MoreRules | None) -> None:
        self.packed, self._net, self._states = ready.packed, ready.packed.net, ready.states
        self._more, self._lock = more, threading.Lock()
        self._lengths: tuple[int, int] | None = None
        self._chains = [ready.parts.chains] if len(ready.parts.chains) else []
        self._numbers = ready.numbers.tolist() if more else []
        self._keys = {number: key for key, number in enumerate(self._numbers)}
        self._nullable = {self._numbers[key] for key in np.flatnonzero(ready.nullable).tolist()} if more else set()

    @property
    def has_chains(self) -> bool:
        """Whether there are counted repeats."""
        return bool(self._chains)

    def set_horizons(self, lengths: tuple[int, int]) -> None:
        """See `States.set_horizons`."""
        with self._lock:
            self._lengths = lengths
            for chains in self._chains:
                write_nearer(chains, lengths, self._net.nearer)

    def with_rule(self, rule: int) -> Packed:
        """The table in which the deferred rule of that number is made.

        Raises:
            InputError: the rule is not what it should be.
            LimitReached: the network would be too large.
        """
        with self._lock:
            if self._more is not None and self._net.start[rule] < 0:
                self._make(self._more, rule)
            return self.packed

    def number(self, key: int) -> int:
        """The number in the table of a key's rule."""
        return self._numbers[key] if key < len(self._numbers) else key

    def distance(self, key: int) -> int:
        """Fewest labels of a rule: below 0 if its empty word was left out of account, NEVER if it has no words."""
        assert self._more is not None
        number = self.number(key)
        start = int(self._net.start[number]) if number < len(self._net.start) else -1
        fewest = self._more.least[key] if start < 0 else int(self._net.distance[start])
        return -fewest if number in self._nullable and fewest != NEVER else fewest

    def _make(self, more: MoreRules, rule: int) -> None:
        key, known = self._keys.get(rule, rule), len(more.coder.keys)
        code, own = more.coder.more(more.rule(key))
        more.note_least(len(more.coder.keys), first=known)
        part = Part(self, [key, *own], code)
        if part.net is None:
            raise InputError(f"the deferred rule {more.name(key)!r} can begin with a call of itself")
        fewest = int(part.net.distance[part.starts[0][1]])
        if fewest in (0, NEVER):
            raise InputError(f"the deferred rule {more.name(key)!r} derives {'no word' if fewest else 'the empty word'}")
        if fewest > more.least[key]:
            raise InputError(
                f"the deferred rule {more.name(key)!r} says that its shortest word has {more.least[key]} labels, and it has {fewest}"
            )
        if self._leads_to(part.first_calls(part.net), rule):
            raise InputError(f"the deferred rule {more.name(key)!r} can begin with a call of itself")
        self._append(part, part.net, len(more.coder.keys))

    def _append(self, part: Part, net: Net, rules: int) -> None:
        """Write the part behind what is there, then the starts of its rules."""
        count = len(net.kind) - 1
        if self._states + count > STATE_LIMIT:
            raise LimitReached("the states of a network", limit=STATE_LIMIT, reached=self._states + count)
        if not self._has_room((count, len(net.edges), len(net.close), len(net.calls)), rules):
            more = (count, len(net.edges), len(net.close), len(net.calls), max(0, rules - len(self._net.start)))
            used = (self._states, min(rules, len(self._net.start)))
            self.packed = Packed(*enlarged(self.packed.data, self.packed.layout, used, more))
            self._net = self.packed.net
        append(self.packed.data, self.packed.layout, self._states, net, part.rules)
        shift = self._states - 1
        if len(part.chains):
            self._chains.append(_moved(part.chains, shift))
            if self._lengths is not None:
                write_nearer(self._chains[-1], self._lengths, self._net.nearer)
        self._states += count
        self._nullable |= part.nullable
        for number, start in part.starts:
            self._net.start[number] = shift + start

    def _has_room(self, more: tuple[int, int, int, int], rules: int) -> bool:
        net, at = self._net, self._states
        used = (at, int(net.edge_head[at]), int(net.close_head[at]), int(net.call_head[at]))
        room = (len(net.kind), len(net.edges), len(net.close), len(net.calls))
        return rules <= len(net.start) and all(a + b <= most for a, b, most in zip(used, more, room, strict=True))

    def _leads_to(self, begins: Iterator[int], rule: int) -> bool:
        """Whether one of the rules can begin with a call of that one, or is that one."""
        waiting, seen = list(begins), set[int]()
        while waiting:
            called = waiting.pop()
            if called == rule:
                return True
            if called not in seen and called < len(self._net.start) and self._net.start[called] >= 0:
                seen.add(called)
                waiting += _first_calls(self._net, int(self._net.start[called])).tolist()
        return False


class Part:
    """Some rules as a network of their own, in which all others have no states.

    Attributes:
        net: the network, packed; None if one of its rules can begin with itself.
        rules: int32[], the number in the whole of each rule of it.
        starts: (number in the whole, start state) of its own rules; the deferred one first.
        chains: as in `Parts`.
        nullable: those of them that derived the empty word, which was left out of account.
    """

    def __init__(self, growth: Growth, own: list[int], code: Ints) -> None:
        sink, states = laid_out(code, len(own), limit=STATE_LIMIT)
        outside = dict.fromkeys(sink.calls[:, 1].tolist())
        for key in own:
            outside.pop(key, None)
        fewest = [growth.distance(key) for key in outside]
        parts, states, nullable = two_copies(_alone(sink, own, dict(zip(outside, fewest, strict=True))), states)
        table, layout, numbers, _ = pack(parts, states, 256, OPTION_ALL)
        self.net = Packed(table, layout).net if len(table) else None
        whole = np.array([growth.number(key) for key in (*own, *outside)], np.int32)
        self.rules, self.chains = np.empty_like(whole), parts.chains
        self.rules[numbers if len(table) else slice(None)] = whole
        self.starts = [(int(whole[i]), int(parts.bounds[i, 0])) for i in range(len(own))]
        self.nullable = {int(whole[i]) for i in range(len(own)) if nullable[i]}

    def first_calls(self, net: Net) -> Iterator[int]:
        """The rules with which the first one can begin."""
        return iter(self.rules[_first_calls(net, self.starts[0][1])].tolist())


def _alone(sink: Sink, own: list[int], outside: dict[int, int]) -> Parts:
    """The network of some rules; others are known by their fewest labels, and are not called if they have no words."""
    place = {key: i for i, key in enumerate((*own, *outside))}
    calls = np.array([(a, place[key], b, must) for a, key, b, must in sink.calls.tolist() if outside.get(key) != NEVER], np.int32)
    bounds = np.zeros((len(place), 2), np.int32)
    bounds[: len(own)] = sink.bounds
    lengths = np.array([0] * len(own) + list(outside.values()), np.int32)
    return Parts(sink.edges, sink.empties, calls.reshape(-1, 4), bounds, lengths, sink.chains)


def _first_calls(net: Net, start: int) -> Ints:
    """The rules that are called before anything is read from this state on."""
    closed = net.close[net.close_head[start] : net.close_head[start + 1]].tolist()
    return np.concatenate([net.calls[:0, 0], *(net.calls[net.call_head[q] : net.call_head[q + 1], 0] for q in closed)])


def _moved(chains: Ints, shift: int) -> Ints:
    """The chains where all states have moved; loops that are 0 are none."""
    moved = chains.copy()
    for column in (0, 5, 6):
        moved[:, column] += np.where(chains[:, column] > 0, shift, 0).astype(np.int32)
    return moved
