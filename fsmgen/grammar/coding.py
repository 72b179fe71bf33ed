"""Expressions as code, the list of ints that `fsmgen.grammar.lowering` lays out.

To write code takes a fraction of a microsecond for each part of an expression and some nanoseconds for each byte of a word. Long code is
kept for the next grammar in which the same object occurs: standard rules, formats.
"""

from __future__ import annotations

import itertools
import struct
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata.expression import (
    Call,
    Characters,
    Choice,
    Edge,
    Escaped,
    Expression,
    Layered,
    Ranges,
    Repeat,
    Row,
    Sequence,
    Symbol,
    Table,
    Words,
)
from fsmgen.automata.expression import union as joined_ranges
from fsmgen.automata.quoted import Quoted, Signs, Unlisted
from fsmgen.automata.utf8 import Node, utf8_automaton
from fsmgen.errors import InputError, LimitReached
from fsmgen.grammar import lowering as op
from fsmgen.grammar.empty_words import EmptyRules, nullable
from fsmgen.grammar.layers import step_states
from fsmgen.grammar.trees import word_edges

Ints: TypeAlias = NDArray[np.int32]
Key: TypeAlias = str | Expression
"""What a rule is known by: its name, or the part of a counted repeat that it stands for."""

_COPIED = 4
"""A counted part of more edges than this is called and not copied, unless it is repeated only a few times."""
_MANY = 30
"""Longer lists of words become a tree by array operations: 0.2 s for 100,000 words, where a loop takes 1 s. A loop wins on short ones."""
_LONG = 40
"""Code of more ints than this is kept."""
_KEPT, _KEPT_SIZE = 4096, 1 << 18
"""So many expressions have kept code, and of no more ints than this."""
_KEPT_ALL = 1 << 18
"""All code that is kept has no more ints than this."""
_UNLISTED_STATES = 4
_NESTING = 300
_LAYERED_LIMIT = 1_000_000
"""States of one bound of length."""
_NESTED, _BLOCKS = 16_384, range(1024, 512, -1)
"""Counts beyond the first number are written in blocks of one of these sizes, if they may be as small as a block."""
_COUNT_LIMIT = (1 << 31) - 1
"""Code is of ints of 32 bits."""


@dataclass(frozen=True, slots=True)
class _Code:
    """Code of an expression.

    Attributes:
        owner: the expression, which is held so that no other one takes its place in memory.
        calls, reads: where numbers of rules and labels of symbols stand, and of which.
    """

    owner: Expression
    ints: list[int]
    calls: tuple[tuple[int, Key], ...]
    reads: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class _Copy:
    """Code that is copied within one grammar, and where numbers of rules stand in it; the owner is held as in `_Code`."""

    owner: Expression
    ints: list[int]
    calls: list[int]


class _Kept:
    """Codes by the ids of their expressions, those that were used last."""

    def __init__(self) -> None:
        self._codes: dict[int, _Code] = {}
        self._size = 0

    def of(self, part: Expression) -> _Code | None:
        """The code of this very expression."""
        found = self._codes.get(id(part))
        return found if found is not None and found.owner is part else None

    def keep(self, code: _Code) -> None:
        """Keep a code, and forget what was not used for longest."""
        before = self._codes.pop(id(code.owner), None)
        self._codes[id(code.owner)] = code
        self._size += len(code.ints) - (len(before.ints) if before else 0)
        while len(self._codes) > _KEPT or self._size > _KEPT_ALL:
            self._size -= len(self._codes.pop(next(iter(self._codes))).ints)


_kept = _Kept()


class Coder:
    """Writes rules as code, one after the other; rules and symbols are numbered as they turn up.

    Attributes:
        keys: what each rule is known by. The first is the one to start from, which comes once more if it is called.
        symbols: labels of the named symbols: 256, 257, ...

    Args:
        is_open: whether there are deferred rules, which may call all others: then all of these are written, and any name may be called.
    """

    def __init__(self, rules: Mapping[str, Expression], start: str, *, is_open: bool = False) -> None:
        self._rules, self._open = rules, is_open
        self.keys: list[Key] = [start]
        self.symbols: dict[str, int] = {}
        self._numbers: dict[Key, int] = {}
        self._ints: list[int] = []
        self._done: list[list[int] | Ints] = []
        self._start_ends: tuple[int, int] | None = None
        self._calls: list[int] = []
        self._reads: list[int] = []
        self._copies: dict[int, _Copy] = {}
        self._lettered: dict[int, tuple[object, dict[int, int]]] = {}
        self._empty_rules = EmptyRules(rules)
        self._writers: dict[type, Callable[[Any], None]] = {
            Words: self._words, Characters: self._characters, Symbol: self._symbol, Call: self._call,
            Sequence: self._compound, Choice: self._compound, Repeat: self._compound, Table: self._compound,
            Escaped: self._escaped, Layered: self._layered, Quoted: self._quoted, Unlisted: self._unlisted,
        }  # fmt: skip
        self._compounds: dict[type, Callable[[Any], None]] = {
            Sequence: self._sequence, Choice: self._choice, Repeat: self._repeat, Table: self._table,
        }  # fmt: skip

    def code(self) -> Ints:
        """The code of the start, and of all rules that it leads to.

        Raises:
            InputError: a rule is called that does not exist.
            LimitReached: an expression is nested too deeply, or a count too large.
        """
        if self._open:
            for name in self._rules:
                self._number(name)
        for key in self.keys:  # grows while it runs
            if not self.is_deferred(key):
                self._write(self._rules[key] if isinstance(key, str) else key)
            if self._start_ends is None:
                if self._done:
                    self._flush()
                self._start_ends = len(self._done), len(self._ints)
        pieces, (done, length) = [*self._done, self._ints], self._start_ends or (0, 0)
        start = self._numbers.get(self.keys[0])
        if start is not None:
            pieces[: done + 1] = [[op.CALL, start, 0], pieces[done][length:]]
        return _joined(pieces)

    def is_deferred(self, key: Key) -> bool:
        """Whether a rule is not among those that are there from the beginning."""
        return isinstance(key, str) and key not in self._rules

    def more(self, rule: Expression) -> tuple[Ints, list[int]]:
        """The code of one rule more, and of its counted parts that have not been written; the numbers of these."""
        self._ints, self._done, self._calls, self._reads = [], [], [], []
        known = len(self.keys)
        self._write(rule)
        numbers = []
        for key in itertools.islice(self.keys, known, None):  # grows while it runs
            if not isinstance(key, str):
                self._write(key)
                numbers.append(self._numbers[key])
        return _joined([*self._done, self._ints]), numbers

    def _flush(self) -> None:
        self._done.append(self._ints)
        self._ints = []

    def _write(self, part: Expression) -> None:
        try:
            self._writers[type(part)](part)
        except RecursionError:
            raise LimitReached("the nesting of an expression", limit=_NESTING, reached=_NESTING + 1) from None

    def _number(self, key: Key) -> int:
        """The number of a rule; its code is written in its turn."""
        number = self._numbers.get(key)
        if number is None:
            if isinstance(key, str) and key not in self._rules and not self._open:
                raise InputError(f"rule {key!r} is called and does not exist; the rules are {', '.join(self._rules)}")
            number = self._numbers[key] = len(self.keys)
            self.keys.append(key)
        return number

    def _compound(self, part: Expression) -> None:
        """Write a part with parts, or what is kept of it."""
        kept = _kept.of(part)
        if kept is not None:
            self._paste(kept)
            return
        begin, calls, reads, done = len(self._ints), len(self._calls), len(self._reads), len(self._done)
        self._compounds[type(part)](part)
        if _LONG < len(self._ints) - begin <= _KEPT_SIZE and len(self._done) == done:
            names = list(self.symbols)
            _kept.keep(
                _Code(
                    part,
                    self._ints[begin:],
                    tuple((at - begin, self.keys[self._ints[at]]) for at in self._calls[calls:]),
                    tuple((at - begin, names[self._ints[at] - 256]) for at in self._reads[reads:]),
                )
            )

    def _paste(self, kept: _Code) -> None:
        begin = len(self._ints)
        self._ints += kept.ints
        _kept.keep(kept)
        for at, key in kept.calls:
            self._ints[begin + at] = self._number(key)
            self._calls.append(begin + at)
        for at, name in kept.reads:
            self._ints[begin + at] = self._ints[begin + at + 1] = self._label(name)
            self._reads.append(begin + at)

    def _sequence(self, part: Sequence) -> None:
        self._ints += (op.SERIES, len(part.parts))
        self._parts(part.parts)

    def _choice(self, part: Choice) -> None:
        self._ints += (op.ONE, len(part.parts))
        self._parts(part.parts)

    def _parts(self, parts: Iterable[Expression]) -> None:
        """Write parts, the most frequent ones without a call."""
        ints, numbers = self._ints, self._numbers
        for part in parts:
            if isinstance(part, Words) and len(part.words) == 1 and part.words[0]:
                word = part.words[0]
                ints += (op.WORD, len(word))
                ints += word
            elif isinstance(part, Call):
                number = numbers.get(part.rule)
                self._calls.append(len(ints) + 1)
                ints += (op.CALL, self._number(part.rule) if number is None else number, 0)
            else:
                self._writers[type(part)](part)
                ints = self._ints

    def _call(self, part: Call) -> None:
        self._call_of(part.rule, must_read=False)

    def _call_of(self, key: Key, *, must_read: bool) -> None:
        ints = self._ints
        self._calls.append(len(ints) + 1)
        ints += (op.CALL, self._number(key), must_read)

    def _symbol(self, part: Symbol) -> None:
        label = self._label(part.name)
        self._reads.append(len(self._ints) + 1)
        self._ints += (op.EDGE, label, label)

    def _label(self, name: str) -> int:
        return self.symbols.setdefault(name, 256 + len(self.symbols))

    def _words(self, part: Words) -> None:
        words, ints = part.words, self._ints
        if not words[0]:
            if len(words) == 1:
                ints.append(op.EMPTY)
                return
            ints += (op.ONE, 2, op.EMPTY)
            words = words[1:]
        if len(words) == 1:
            ints += (op.WORD, len(words[0]))
            ints += words[0]
        elif max(map(len, words)) == 1:
            rows = [(0, low, high, 1) for low, high in joined_ranges((word[0], word[0]) for word in words)]
            ints += (op.TABLE, 2, 0, len(rows), 0, *(number for row in rows for number in row))
        elif len(words) > _MANY:
            self._edges(*word_edges(words, 0, 1, 2))
        else:
            ints += (op.TREE, len(words))
            for word in words:
                ints.append(len(word))
                ints += word

    def _edges(self, rows: Ints, inner: int) -> None:
        """The edges of an automaton from 0 to 1 with `inner` states between, without a detour by lists."""
        self._ints += (op.TABLE, 2, inner, len(rows), 0)
        self._flush()
        self._done.append(rows)

    def _characters(self, part: Characters) -> None:
        ranges = part.ranges
        if len(ranges) == 1 and ranges[0][1] < 0x80:
            self._ints += (op.EDGE, *ranges[0])
            return
        rows, inner = _class_edges(ranges)
        if len(rows) > _LONG:
            self._edges(_class_array(ranges), inner)
        else:
            self._ints += (op.TABLE, 2, inner, len(rows) // 4, 0)
            self._ints += rows

    def _table(self, part: Table) -> None:
        rows, calls, others = list[int](), list[int](), list[tuple[int, Expression, int]]()
        inside, nodes, numbers = dict[tuple[int, int], int](), list[Node](), self._numbers
        for edge in part.edges:
            source, what, target = edge
            if isinstance(what, Call):
                number = numbers.get(what.rule)
                calls += (source, target, op.CALL, self._number(what.rule) if number is None else number, 0)
            elif isinstance(what, Characters):
                nodes.append(utf8_automaton(what.ranges))
                _write_class(nodes[-1], (source, target), rows, inside, part.states)
            elif isinstance(what, Words) and len(what.words) == 1 and len(what.words[0]) == 1:
                byte = what.words[0][0]
                rows += (source, byte, byte, target)
            else:
                others.append(edge)
        ints = self._ints
        ints += (op.TABLE, part.states, len(inside), len(rows) // 4, len(calls) // 5 + len(others))
        ints += rows
        self._calls += range(len(ints) + 3, len(ints) + len(calls), 5)
        ints += calls
        for source, what, target in others:
            self._ints += (source, target)
            self._parts((what,))

    def _escaped(self, part: Escaped) -> None:
        ints, rows = self._ints, part.rows
        ints += (op.ESCAPED, part.mark, part.inner, len(rows), len(part.others))
        self._rows(rows)
        self._others(part.others)

    def _others(self, edges: tuple[Edge, ...]) -> None:
        """Write edges, most of which read what others read too: its code is written once and copied."""
        known, calls = self._copies, self._calls
        for source, what, target in edges:
            ints = self._ints
            ints += (source, target)
            copy = known.get(id(what))
            if copy is None:
                self._copied(what)
                continue
            begin = len(ints)
            ints += copy.ints
            for at in copy.calls:
                calls.append(begin + at)

    def _copied(self, part: Expression) -> None:
        """Write a part, and note its code if it is short."""
        ints, begin, calls, reads = self._ints, len(self._ints), len(self._calls), len(self._reads)
        self._parts((part,))
        if ints is self._ints and len(ints) - begin <= _LONG and len(self._reads) == reads:
            self._copies[id(part)] = _Copy(part, ints[begin:], [at - begin for at in self._calls[calls:]])

    def _quoted(self, part: Quoted) -> None:
        ints, letters = self._ints, set(b"".join([word for _, word, _ in part.ways]))
        ints += (op.QUOTED, part.signs.quote, part.signs.mark, part.inner, len(letters), len(part.ways), len(part.others))
        self._letters(letters, part.signs)
        for source, word, target in part.ways:
            ints += (source, target, len(word))
            ints += word
        self._others(part.others)

    def _unlisted(self, part: Unlisted) -> None:
        ints, letters = self._ints, set(b"".join(part.words))
        ints += (op.UNLISTED, part.signs.quote, part.signs.mark, _UNLISTED_STATES, len(letters), len(part.words), len(part.others))
        self._letters(letters, part.signs)
        for word in part.words:
            ints.append(len(word))
            ints += word
        self._others(part.others)

    def _letters(self, letters: Collection[int], signs: Signs) -> None:
        """The number of the rule of each letter."""
        ints, (_, known) = self._ints, self._lettered.setdefault(id(signs.rules), (signs.rules, {}))
        for letter in letters:
            if letter not in known:
                known[letter] = self._number(signs.rules[letter])
        begin = len(ints) + 1
        ints += [number for letter in letters for number in (letter, known[letter])]
        self._calls += range(begin, len(ints), 2)

    def _rows(self, rows: tuple[Row, ...]) -> None:
        ints = self._ints
        numbers = {rule: self._number(rule) if rule else -1 for rule in dict.fromkeys([row[3] for row in rows])}
        self._calls += [at for at, row in zip(range(len(ints) + 3, sys.maxsize, 5), rows, strict=False) if row[3]]
        ints += [number for source, low, high, rule, target in rows for number in (source, low, high, numbers[rule], target)]

    def _layered(self, part: Layered) -> None:
        if part.states > _LAYERED_LIMIT:
            raise LimitReached("the states of texts of bounded length", limit=_LAYERED_LIMIT, reached=part.states)
        self._ints += (op.LAYERED, part.size, part.low, part.high, len(part.finals), len(part.rows))
        for state in step_states(part):
            nearest, longest = part.high + 1 if state.nearest is None else state.nearest, -1 if state.longest is None else state.longest
            self._ints += (nearest, longest, state.stand_in, state.alike)
        self._ints += part.finals
        self._rows(part.rows)

    def _repeat(self, part: Repeat) -> None:
        inner, low, high = part.part, part.low, part.high
        if high is not None:
            self._counted(inner, low, high)
        elif low == 1 and not nullable(inner, self._empty_rules):
            self._ints.append(op.PLUS)
            self._writers[type(inner)](inner)
        else:
            low = 0 if nullable(inner, self._empty_rules) else low
            self._ints += (op.SERIES, 2)
            self._counted(inner, low, low)
            self._ints.append(op.LOOP)
            self._writers[type(inner)](inner)

    def _counted(self, inner: Expression, low: int, high: int) -> None:
        """`low` to `high` times the part; where it may be empty, what it must read counts."""
        if high == 0:
            self._ints.append(op.EMPTY)
            return
        if high > _COUNT_LIMIT:
            raise LimitReached("the count of a repeat", limit=_COUNT_LIMIT, reached=high)
        must_read = nullable(inner, self._empty_rules)
        if high > _NESTED and low <= _BLOCKS.stop and not must_read:
            self._nested(inner, low, high)
            return
        if high == 1 and (must_read or low == 0):
            self._ints += (op.ONE, 2, op.EMPTY)
        elif high > 1:
            self._ints += (op.COUNT, 0 if must_read else low, high)
        if high > op.MANY and (must_read or _size(inner, _COPIED) > _COPIED):
            self._call_of(inner, must_read=must_read)
        else:
            self._writers[type(inner)](inner)


    def _nested(self, inner: Expression, low: int, high: int) -> None:
        """The same count in blocks, so that it takes states for the blocks and for one of them, not for all: at least one block, or none.

        Blocks and then up to `rest` more are each number up to `high`, since `rest` and one more make at least a block. The less they
        make beyond that, the fewer numbers are more than one such sum.
        """
        size = min(_BLOCKS, key=lambda size: (high + 1) % size)
        blocks = (high + 1) // size - 1
        rest = high - blocks * size
        self._ints += (op.ONE, 2)
        self._counted(inner, low, rest)
        self._ints += (op.SERIES, 2, op.COUNT, 1, blocks)
        self._call_of(Repeat(inner, size, size), must_read=False)
        self._counted(inner, 0, rest)


def _joined(pieces: list[list[int] | Ints]) -> Ints:
    packed = [struct.pack(f"{len(piece)}i", *piece) if isinstance(piece, list) else piece.tobytes() for piece in pieces]
    return np.frombuffer(bytearray().join(packed), np.int32)


def _write_class(start: Node, ends: tuple[int, int], rows: list[int], inside: dict[tuple[int, int], int], states: int) -> None:
    """Append the edges of one character between two states. Ways to one target share the states between, which `inside` numbers by node.

    The nodes are known by their ids, so they must not be freed meanwhile.
    """
    source, end = ends
    stack = [(source, start)]
    while stack:
        source, node = stack.pop()
        for low, high, target in node:
            if target is None:
                rows += (source, low, high, end)
                continue
            state = inside.get((end, id(target)))
            if state is None:
                state = inside[end, id(target)] = states + len(inside)
                stack.append((state, target))
            rows += (source, low, high, state)


@lru_cache(maxsize=1024)
def _class_edges(ranges: Ranges) -> tuple[list[int], int]:
    """Rows of the edges of one character of a class from state 0 to state 1, and how many states there are between."""
    rows, inside, start = list[int](), dict[tuple[int, int], int](), utf8_automaton(ranges)
    _write_class(start, (0, 1), rows, inside, 2)
    return rows, len(inside)


@lru_cache(maxsize=256)
def _class_array(ranges: Ranges) -> Ints:
    return np.array(_class_edges(ranges)[0], np.int32).reshape(-1, 4)


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
        case Escaped(rows=rows) | Layered(rows=rows):
            return 3 * len(rows)
        case Quoted() | Unlisted():
            return enough + 1
        case Table(_, edges):
            return _size(Choice(tuple(part for _, part, _ in edges[: enough + 1])), enough)
    return 1
