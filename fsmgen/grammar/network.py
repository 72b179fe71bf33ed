"""Recursive transition networks: every rule an automaton whose edges read labels or call rules.

`lower` turns the rules of a grammar into one network. Large parts of a counted repeat are not copied: they become a rule of their own, and
the count is the place to which a call returns. `Network` is plain arrays; `normal_form` and `pack` prepare it for the kernels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata.expression import NOTHING, Call, Characters, Choice, Expression, Ranges, Repeat, Sequence, Symbol, Table, Words, names
from fsmgen.automata.expression import union as joined_ranges
from fsmgen.automata.utf8 import Node, utf8_automaton
from fsmgen.errors import InputError, LimitReached

Ints = NDArray[np.int32]

STATE_LIMIT = 8_000_000
"""States that a network may have."""
_COPIED = 4
"""A counted part of more edges than this is called and not copied, unless it is repeated only a few times."""
_FEW = 3
_LONG = 8
"""More copies than this are made by array operations."""
_LOOPED = 12
"""More copies than this have loops that stand for them."""
_MANY = 30
"""Longer lists of words are lowered by array operations: 0.2 s for 100,000 words, where a loop takes 1 s. A loop wins on short ones."""


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


def lower(rules: Mapping[str, Expression], start: str, *, limit: int = STATE_LIMIT) -> Network:
    """The network of a grammar; rule 0 is the start.

    Raises:
        InputError: a rule is called that does not exist.
        LimitReached: too many states, or an expression nested too deeply.
    """
    builder = _Builder(rules, start, limit)
    try:
        builder.run()
    except RecursionError:
        raise LimitReached("the nesting of an expression", limit=_NESTING, reached=_NESTING + 1) from None
    return builder.network()


_NESTING = 300


def _rows(chunks: list[tuple[int, ...]], arrays: list[Ints], width: int) -> Ints:
    own = np.array(chunks, dtype=np.int32).reshape(-1, width)
    return np.concatenate([own, *arrays]) if arrays else own


_WIDTHS = {"edges": 4, "empties": 2, "calls": 4}
_STATE_COLUMNS = {"edges": [1, 0, 0, 1], "empties": [1, 1], "calls": [1, 0, 1, 0]}


@dataclass(slots=True)
class _Rows:
    """Moves so far: one by one, and by the array."""

    edges: list[tuple[int, ...]] = field(default_factory=list)
    empties: list[tuple[int, ...]] = field(default_factory=list)
    calls: list[tuple[int, ...]] = field(default_factory=list)
    arrays: dict[str, list[Ints]] = field(default_factory=lambda: {"edges": [], "empties": [], "calls": []})

    def lengths(self) -> dict[str, int]:
        """How many single moves there are of each kind."""
        return {name: len(getattr(self, name)) for name in _WIDTHS}

    def repeat(self, since: dict[str, int], shifts: NDArray[np.int64]) -> None:
        """The single moves since then once more for each shift of the state numbers."""
        for name, width in _WIDTHS.items():
            new = np.array(getattr(self, name)[since[name] :], np.int64).reshape(1, -1, width)
            copies = new + shifts[:, None, None] * np.array(_STATE_COLUMNS[name])
            self.arrays[name].append(copies.reshape(-1, width).astype(np.int32))


class _Builder:
    """Expressions to states; `part(e, a, b)` adds ways from a to b that spell the words of e, never back into a nor out of b."""

    def __init__(self, rules: Mapping[str, Expression], start: str, limit: int) -> None:
        self._limit = limit
        called = {name for part in rules.values() for name in names(part, Call)}
        self._expressions = [Call(start), *rules.values()] if start in called else [rules[start]]
        others = [name for name in rules if name != start or start in called]
        self._rule = {start: 0} | {name: i for i, name in enumerate(others, 1)}
        self._expressions += [rules[name] for name in others] if start not in called else []
        self._known = tuple(rules)
        self._empty_rules = nullable_rules(rules)
        self.symbols = tuple(dict.fromkeys(name for part in self._expressions for name in names(part, Symbol)))
        self._label = {name: 256 + i for i, name in enumerate(self.symbols)}
        self._shared: dict[Expression, int] = {}
        self._rows = _Rows()
        self._chains: list[Chain] = []
        self._states = 1
        self._starts: list[int] = []

    def run(self) -> None:
        """Lower every rule, and the shared parts that turn up on the way."""
        done = 0
        while done < len(self._expressions):
            a = self._new(2)
            self._starts.append(a)
            self.part(self._expressions[done], a, a + 1)
            done += 1

    def network(self) -> Network:
        starts = np.array(self._starts, np.int32)
        rows = self._rows
        owner = np.repeat(np.arange(len(starts), dtype=np.int32), np.diff([0, *self._starts[1:], self._states]))
        edges, empties, calls = (_rows(getattr(rows, name), rows.arrays[name], width) for name, width in _WIDTHS.items())
        return Network(self._states, edges, empties, calls, starts, starts + 1, owner, self.symbols, tuple(self._chains))

    def _new(self, count: int = 1) -> int:
        first = self._states
        self._states += count
        if self._states > self._limit:
            raise LimitReached("the states of a network", limit=self._limit, reached=self._states)
        return first

    def part(self, expression: Expression, a: int, b: int) -> None:
        match expression:
            case Words(words):
                self._words(words, a, b)
            case Characters(ranges) if len(ranges) > _MANY:
                self._large_class(ranges, a, b)
            case Characters(ranges):
                self._characters(utf8_automaton(ranges), a, b)
            case Symbol(name):
                self._rows.edges.append((a, self._label[name], self._label[name], b))
            case Call(rule):
                self._rows.calls.append((a, self._number(rule), b, 0))
            case Sequence(parts):
                for inner in parts[:-1]:
                    middle = self._new()
                    self.part(inner, a, middle)
                    a = middle
                self.part(parts[-1], a, b)
            case Choice(parts):
                for inner in parts:
                    self.part(inner, a, b)
            case Repeat(inner, low, high):
                self._repeat(inner, low, high, a, b)
            case Table(states, edges):
                self._table(states, edges, a, b)

    def _number(self, rule: str) -> int:
        if rule not in self._rule:
            raise InputError(f"rule {rule!r} is called and does not exist; the rules are {', '.join(self._known)}")
        return self._rule[rule]

    def _words(self, words: tuple[bytes, ...], a: int, b: int) -> None:
        """The words as a tree of bytes."""
        if not words[0]:
            self._rows.empties.append((a, b))
            words = words[1:]
        if len(words) > 1 and max(map(len, words)) == 1:
            self._rows.edges += [(a, low, high, b) for low, high in joined_ranges((word[0], word[0]) for word in words)]
            return
        if len(words) > _MANY:
            edges, states = word_edges(words, a, b, self._states)
            self._new(states)
            self._rows.arrays["edges"].append(edges)
            return
        path, before = [a], b""
        for word in words:
            common = _common_prefix(before, word)
            del path[common + 1 :]
            for byte in word[common:-1]:
                state = self._new()
                self._rows.edges.append((path[-1], byte, byte, state))
                path.append(state)
            self._rows.edges.append((path[-1], word[-1], word[-1], b))
            before = word[:-1]

    def _table(self, states: int, edges: tuple[tuple[int, Expression, int], ...], a: int, b: int) -> None:
        """Ways of an explicit automaton; edges that read the same characters to the same state share their inner states."""
        first = self._new(states - 2)
        numbers = [a, b, *range(first, first + states - 2)]
        inside: dict[int, dict[int, int]] = {}
        kept: list[Node] = []  # the inner states are known by the ids of nodes, which must not be used again
        for source, inner, target in edges:
            if isinstance(inner, Characters):
                kept.append(utf8_automaton(inner.ranges))
                self._characters(kept[-1], numbers[source], numbers[target], inside.setdefault(target, {}))
            else:
                self.part(inner, numbers[source], numbers[target])

    def _characters(self, start: Node, a: int, b: int, inside: dict[int, int] | None = None) -> None:
        """Ways by one character; `inside` are the states between, by node, that ways to b have already."""
        numbers = {} if inside is None else inside
        numbers[id(start)] = a
        stack = [start]
        while stack:
            node = stack.pop()
            source = numbers[id(node)]
            for low, high, target in node:
                if target is None:
                    self._rows.edges.append((source, low, high, b))
                    continue
                if id(target) not in numbers:
                    numbers[id(target)] = self._new()
                    stack.append(target)
                self._rows.edges.append((source, low, high, numbers[id(target)]))

    def _large_class(self, ranges: Ranges, a: int, b: int) -> None:
        edges, states = _class_edges(ranges)
        numbers = np.concatenate([[a, b], self._new(states - 2) + np.arange(states - 2)]).astype(np.int32)
        moved = edges.copy()
        moved[:, [0, 3]] = numbers[edges[:, [0, 3]]]
        self._rows.arrays["edges"].append(moved)

    def _repeat(self, inner: Expression, low: int, high: int | None, a: int, b: int) -> None:
        if high is None:
            low = 0 if nullable(inner, self._empty_rules) else low
            middle = self._new()
            self._counted(inner, low, low, a, middle)
            again = self._new()
            self.part(inner, middle, again)
            self._rows.empties += [(again, middle), (middle, b)]
        else:
            self._counted(inner, low, high, a, b)

    def _counted(self, inner: Expression, low: int, high: int, a: int, b: int) -> None:
        """`low` to `high` times the part; after each of the optional ones one may leave for b."""
        if high == 0:
            self._rows.empties.append((a, b))
            return
        must_read = nullable(inner, self._empty_rules)
        low = 0 if must_read else low
        shared = high > _FEW and (must_read or _size(inner, _COPIED) > _COPIED)
        rule = self._share(inner) if shared else -1
        first, at, count, stride = self._states, a, 0, 1
        since = self._rows.lengths()
        while count < high:
            if count == 2 and high > _LONG and self._repeatable(inner, rule):
                self._rows.repeat(since, stride * np.arange(1, high - 2))  # copies 2 to high - 2 are like copy 1
                self._new((high - 3) * stride)
                knots = first + stride * np.arange(1, high - 2)
                exits = knots[max(low - 2, 0) :]
                self._rows.arrays["empties"].append(np.column_stack([exits, np.full(len(exits), b)]).astype(np.int32))
                at, count = first + (high - 2) * stride, high - 1
            if count >= low:
                self._rows.empties.append((at, b))
            since = self._rows.lengths()
            knot = self._new() if count < high - 1 else b
            if shared:
                self._rows.calls.append((at, rule, knot, int(must_read)))
            else:
                self.part(inner, at, knot)
            stride = self._states - first if count == 0 else stride
            at, count = knot, count + 1
        if high > _FEW:
            chain = Chain(first, stride, high - 1, low, high)
            step = (rule, must_read) if shared else inner
            self._chains.append(replace(chain, loops=(self._loop(step), self._loop(step, b))) if high > _LOOPED else chain)

    def _loop(self, step: Expression | tuple[int, bool], b: int | None = None) -> int:
        """A copy of a chain that is its own next one, and where one may leave for b; its first state."""
        knot = self._new()
        if b is not None:
            self._rows.empties.append((knot, b))
        if isinstance(step, tuple):
            self._rows.calls.append((knot, step[0], knot, int(step[1])))
        else:
            self.part(step, knot, knot)
        return knot

    def _repeatable(self, inner: Expression, rule: int) -> bool:
        """Whether a copy consists of single moves only, so that it can be repeated by the array."""
        match inner:
            case Words(items) | Characters(items):
                return rule >= 0 or len(items) <= _MANY
        return rule >= 0 or isinstance(inner, Symbol)

    def _share(self, inner: Expression) -> int:
        if inner not in self._shared:
            self._shared[inner] = len(self._expressions)
            self._expressions.append(inner)
        return self._shared[inner]


@lru_cache(maxsize=256)
def _class_edges(ranges: Ranges) -> tuple[Ints, int]:
    """Edges of one character of a class from state 0 to state 1, and the number of states."""
    builder = _Builder({"start": NOTHING}, "start", STATE_LIMIT)
    builder._characters(utf8_automaton(ranges), builder._new(2), 2)
    return np.array(builder._rows.edges, np.int32) - np.array([1, 0, 0, 1], np.int32), builder._states - 1


def _common_prefix(one: bytes, other: bytes) -> int:
    """Length of the common prefix, at most one less than `other`'s length."""
    top = min(len(one), len(other) - 1)
    return next((i for i in range(top) if one[i] != other[i]), top)


def word_edges(words: tuple[bytes, ...], a: int, b: int, first: int) -> tuple[Ints, int]:
    """Edges of the tree of sorted, non-empty words from a to b, and the number of its states, which are numbered from `first` on.

    Cost: O(bytes), and one array operation for each byte of the longest common prefix of two words.
    """
    data = np.frombuffer(b"".join(words), np.uint8)
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    begins = np.cumsum(lengths) - lengths
    shared = _shared_prefixes(data, begins, lengths - 1)
    counts = lengths - shared
    word = np.repeat(np.arange(len(words)), counts)
    depth = np.arange(len(word)) - np.repeat(np.cumsum(counts) - counts - shared, counts)
    inner = depth < lengths[word] - 1
    target = np.where(inner, first + np.cumsum(inner) - 1, b)
    source = np.append(a, target[:-1])
    branch = depth == shared[word]
    created = ((depth + 1) * len(words) + word)[inner]  # by depth, then by word: a branch leaves the last state of its depth before it
    order = np.argsort(created, kind="stable")
    before = np.searchsorted(created[order], (shared * len(words) + np.arange(len(words)))[shared > 0]) - 1
    source[branch] = a
    source[branch & (depth > 0)] = target[inner][order[before]]
    label = data[begins[word] + depth]
    return np.column_stack([source, label, label, target]).astype(np.int32), int(inner.sum())


def _shared_prefixes(data: NDArray[np.uint8], begins: NDArray[np.int64], inner: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many bytes each word shares with the one before it, the last byte of either left out."""
    shared = np.zeros(len(begins), np.int64)
    most = np.minimum(inner, np.append(0, inner[:-1]))
    same, depth = np.flatnonzero(most > 0), 0
    while len(same):
        same = same[data[begins[same] + depth] == data[begins[same - 1] + depth]]
        depth += 1
        shared[same] = depth
        same = same[most[same] > depth]
    return shared


def nullable_rules(rules: Mapping[str, Expression]) -> frozenset[str]:
    """Names of the rules that derive the empty word."""
    found: frozenset[str] = frozenset()
    while True:
        more = frozenset(name for name, part in rules.items() if nullable(part, found))
        if more == found:
            return found
        found = more


def nullable(expression: Expression, empty_rules: frozenset[str]) -> bool:
    """Whether the empty word is in the language, if these rules derive it."""
    match expression:
        case Words(words):
            return b"" in words
        case Call(rule):
            return rule in empty_rules
        case Sequence(parts):
            return all(nullable(part, empty_rules) for part in parts)
        case Choice(parts):
            return any(nullable(part, empty_rules) for part in parts)
        case Repeat(part, low, _):
            return low == 0 or nullable(part, empty_rules)
        case Table(states, edges):
            return _nullable_table(states, edges, empty_rules)
    return False


def _nullable_table(states: int, edges: tuple[tuple[int, Expression, int], ...], empty_rules: frozenset[str]) -> bool:
    """Whether empty edges alone lead from the start of a table to its end."""
    silent: list[list[int]] = [[] for _ in range(states)]
    for source, part, target in edges:
        if nullable(part, empty_rules):
            silent[source].append(target)
    seen, stack = {0}, [0]
    while stack:
        fresh = set(silent[stack.pop()]) - seen
        seen |= fresh
        stack += fresh
    return 1 in seen


def _size(expression: Expression, enough: int) -> int:
    """About how many edges a copy of the expression takes; not counted much beyond `enough`."""
    match expression:
        case Words(words):
            return sum(map(len, words[: enough + 1]))
        case Characters(ranges):
            return len(ranges) + 4 * (ranges[-1][1] > 0x7F)
        case Sequence(parts) | Choice(parts):
            total = 0
            for part in parts:
                total += _size(part, enough)
                if total > enough:
                    break
            return total
        case Repeat(part, low, high):
            return _size(part, enough) * max(low, high or 1, 1)
        case Table(_, edges):
            return _size(Choice(tuple(part for _, part, _ in edges[: enough + 1])), enough)
    return 1
