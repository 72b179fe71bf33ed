"""Expressions: what every front end says, before there is an automaton.

The functions `sequence`, `choice` and `repeat` are the way to build them: they keep the law that `NOTHING` never occurs inside another
expression, so every part of an expression can be completed and an automaton made from it has no dead ends.

`Look`, `Atomic` and `Lazy` are for patterns, whose parts depend on what stands around them: `fsmgen.automata.assertions` turns such an
expression into one without them, and only that can be part of a grammar.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Ranges: TypeAlias = tuple[tuple[int, int], ...]
"""Sorted, disjoint, inclusive intervals."""


@dataclass(frozen=True, slots=True)
class Words:
    """A finite list of byte strings, sorted and without repeats."""

    words: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Characters:
    """One character of a set of code points, as UTF-8. Surrogates are no characters."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Symbol:
    """A named symbol: a special token, which the vocabulary resolves to an id."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """Whatever the rule of that name derives."""

    rule: str


@dataclass(frozen=True, slots=True)
class Sequence:
    """One part after the other."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any one of the parts; with no parts, the empty language."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """The part from `low` to `high` times; no upper bound if `high` is None."""

    part: Expression
    low: int
    high: int | None


@dataclass(frozen=True, slots=True)
class Table:
    """An explicit automaton: the words along the ways from state 0 to state 1. Nothing enters 0, nothing leaves 1, no way ends elsewhere.

    Attributes:
        states: how many states there are.
        edges: (source, what is read, target).
    """

    states: int
    edges: tuple[tuple[int, Expression, int], ...]


Edge: TypeAlias = tuple[int, "Expression", int]
Row: TypeAlias = tuple[int, int, int, str, int]
"""(source, low, high, rule, target): a byte from low to high, if low <= high; and what the rule derives, if it is not empty."""


class Compact(Table):
    """A table of many edges that are written out only for those that ask for `edges`.

    Attributes:
        others: edges that are written out, of all that are.
    """

    __slots__ = ("_facts", "_hash")
    others: tuple[Edge, ...]
    _facts: tuple[object, ...]
    _hash: int | None

    def __init__(self, **parts: object) -> None:
        for name, value in parts.items():
            object.__setattr__(self, name, value)
        object.__setattr__(self, "_facts", tuple(parts.values()))
        object.__setattr__(self, "_hash", None)

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other) or not isinstance(other, Compact):
            return NotImplemented
        return self is other or (hash(self) == hash(other) and self._facts == other._facts)

    def __hash__(self) -> int:
        if self._hash is None:
            object.__setattr__(self, "_hash", hash(self._facts))
        assert self._hash is not None
        return self._hash

    @property
    def called(self) -> Iterable[str]:
        """The rules that its edges call, but for the others."""
        raise NotImplementedError

    @property
    def letters(self) -> Iterable[Expression]:
        """The characters that its edges read, but for the others."""
        raise NotImplementedError

    def renamed(self, rules: Mapping[str, str], others: tuple[Edge, ...]) -> Compact:
        """The same with other names of these rules, and other edges in the places of the others."""
        raise NotImplementedError


class _Rows(Compact):
    """A table most of whose edges are rows."""

    __slots__ = ("rows",)
    rows: tuple[Row, ...]

    @property
    def called(self) -> Iterable[str]:
        """The rules of the rows."""
        return dict.fromkeys([row[3] for row in self.rows if row[3]])

    @property
    def letters(self) -> Iterable[Expression]:
        """Those of the rows."""
        return [Characters((span,)) for span in {row[1:3] for row in self.rows if row[1] <= row[2]}]

    def _renamed(self, rules: Mapping[str, str]) -> tuple[Row, ...]:
        return tuple((source, low, high, rule and rules[rule], target) for source, low, high, rule, target in self.rows)


class Escaped(_Rows):
    """A table most of whose edges read one ASCII character, as it is or as a mark and what a rule derives.

    Attributes:
        inner: how many states there are without those behind marks.
        mark: a byte.
        rows: those of one source together; a call has the mark before it.
        others: other edges, none from behind a mark.
    """

    __slots__ = ("inner", "mark", "others")
    inner: int
    mark: int
    others: tuple[Edge, ...]

    def __init__(self, inner: int, mark: int, rows: tuple[Row, ...], others: tuple[Edge, ...] = ()) -> None:
        super().__init__(rows=rows, inner=inner, mark=mark, others=others)

    @property
    def states(self) -> int:
        """How many states there are."""
        return self.inner + len({row[0] for row in self.rows if row[3]})

    @property
    def edges(self) -> tuple[Edge, ...]:
        """(source, what is read, target)."""
        result = [*self.others]
        behind: dict[int, int] = {}
        for source, low, high, rule, target in self.rows:
            if low <= high:
                result.append((source, Characters(((low, high),)), target))
            if rule:
                if source not in behind:
                    behind[source] = self.inner + len(behind)
                    result.append((source, Words((bytes((self.mark,)),)), behind[source]))
                result.append((behind[source], Call(rule), target))
        return tuple(result)

    def renamed(self, rules: Mapping[str, str], others: tuple[Edge, ...]) -> Escaped:
        """As `Compact` says."""
        return Escaped(self.inner, self.mark, self._renamed(rules), others)


class Layered(_Rows):
    """The words of `low` to `high` steps of an automaton from its state 0 to a final one; each step is a row.

    Attributes:
        size: how many states the automaton has.
        finals: the final ones.
    """

    __slots__ = ("finals", "high", "low", "others", "size")
    size: int
    finals: tuple[int, ...]
    low: int
    high: int

    def __init__(self, size: int, finals: tuple[int, ...], rows: tuple[Row, ...], low: int, high: int) -> None:
        super().__init__(rows=rows, size=size, finals=finals, low=low, high=high, others=())

    @property
    def states(self) -> int:
        """How many states there are."""
        return 2 + (self.high + 1) * self.size

    @property
    def edges(self) -> tuple[Edge, ...]:
        """(source, what is read, target)."""
        result: list[Edge] = [(0, EMPTY, 2)]
        for layer in range(self.high + 1):
            here = 2 + layer * self.size
            result += ((here + final, EMPTY, 1) for final in self.finals if layer >= self.low)
            for source, low, high, rule, target in self.rows if layer < self.high else ():
                if low <= high:
                    result.append((here + source, Characters(((low, high),)), here + self.size + target))
                if rule:
                    result.append((here + source, Call(rule), here + self.size + target))
        return tuple(result)

    def renamed(self, rules: Mapping[str, str], others: tuple[Edge, ...]) -> Layered:
        """As `Compact` says; there are no other edges."""
        assert not others
        return Layered(self.size, self.finals, self._renamed(rules), self.low, self.high)


@dataclass(frozen=True, slots=True)
class Look:
    """The empty word, where the part matches (or does not) what comes next, or what came just before; the text goes on beyond either.

    Attributes:
        part: of one fixed length in characters, if it looks behind.
    """

    part: Expression
    behind: bool
    positive: bool


@dataclass(frozen=True, slots=True)
class Atomic:
    """Of all ways in which the part matches here, only the first: `Choice` prefers earlier parts, `Repeat` more and `Lazy` fewer."""

    part: Expression


@dataclass(frozen=True, slots=True)
class Lazy:
    """A `Repeat` that prefers fewer; the same language, except within `Atomic`."""

    part: Expression
    low: int
    high: int | None


Expression: TypeAlias = Words | Characters | Symbol | Call | Sequence | Choice | Repeat | Table | Look | Atomic | Lazy

NOTHING = Choice(())
"""The language without a word."""
EMPTY = Words((b"",))
"""The language of the empty word alone."""


def text(data: str | bytes) -> Words:
    """Exactly this text."""
    return Words((data.encode() if isinstance(data, str) else data,))


def words(items: Iterable[bytes]) -> Expression:
    """Any one of the byte strings."""
    unique = tuple(sorted(set(items)))
    return Words(unique) if unique else NOTHING


def characters(ranges: Iterable[tuple[int, int]]) -> Expression:
    """One character out of the union of the ranges, surrogates left out."""
    joined = union(ranges)
    kept = tuple(part for low, high in joined for part in _without_surrogates(low, high))
    return Characters(kept) if kept else NOTHING


def union(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Sorted, disjoint, maximal intervals that cover the same numbers."""
    result: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if result and low <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(high, result[-1][1]))
        else:
            result.append((low, high))
    return tuple(result)


def complement(ranges: Ranges, *, top: int) -> Ranges:
    """The numbers from 0 to `top` that are in none of the sorted, disjoint `ranges`."""
    edges = [-1, *(edge for pair in ranges for edge in pair), top + 1]
    return tuple((edges[i] + 1, edges[i + 1] - 1) for i in range(0, len(edges), 2) if edges[i] + 1 < edges[i + 1])


def _without_surrogates(low: int, high: int) -> Iterator[tuple[int, int]]:
    if low < 0xD800:
        yield low, min(high, 0xD7FF)
    if high > 0xDFFF:
        yield max(low, 0xE000), high


def sequence(parts: Iterable[Expression]) -> Expression:
    """The parts one after the other; neighbouring single words are joined."""
    result: list[Expression] = []
    word: bytes | None = None  # what the last part is, if it is a single word
    for part in parts:
        if type(part) is Words and len(part.words) == 1:
            if word is not None:
                result[-1] = Words((word := word + part.words[0],))
            elif part.words[0]:
                word = part.words[0]
                result.append(part)
        elif type(part) is Choice and not part.parts:
            return NOTHING
        else:
            word = None
            result.append(part)
    return _only(result, Sequence, EMPTY)


def choice(parts: Iterable[Expression]) -> Expression:
    """Any one of the parts."""
    return _only([part for part in dict.fromkeys(parts) if part != NOTHING], Choice, NOTHING)


def repeat(part: Expression, low: int, high: int | None = None) -> Expression:
    """The part `low` to `high` times.

    Raises:
        ValueError: the bounds are no interval.
    """
    if low < 0 or (high is not None and high < low):
        raise ValueError(f"{low} to {high} is no range of counts")
    if high == 0 or part == EMPTY or (part == NOTHING and low == 0):
        return EMPTY
    if part == NOTHING or (low, high) == (1, 1):
        return part
    return Repeat(part, low, high)


def lazy(part: Expression, low: int, high: int | None = None) -> Expression:
    """The part `low` to `high` times, rather fewer."""
    greedy = repeat(part, low, high)
    return Lazy(part, low, high) if isinstance(greedy, Repeat) and low != high else greedy


def atomic(part: Expression) -> Expression:
    """The first way in which the part matches."""
    return Atomic(part) if _has_choice(part) else part


def _has_choice(part: Expression) -> bool:
    match part:
        case Sequence(parts):
            return any(map(_has_choice, parts))
        case Repeat(inner, low, high):
            return low != high or _has_choice(inner)
        case Words() | Characters() | Symbol() | Look() | Atomic():
            return isinstance(part, Words) and len(part.words) > 1
    return True


def look(part: Expression, *, behind: bool = False, positive: bool = True) -> Expression:
    """The empty word where the part matches ahead (or behind), or where it does not."""
    return (NOTHING if positive else EMPTY) if part == NOTHING else Look(part, behind, positive)


def _only(parts: list[Expression], kind: type[Sequence] | type[Choice], none: Expression) -> Expression:
    return kind(tuple(parts)) if len(parts) > 1 else parts[0] if parts else none


def names(expression: Expression, kind: type[Symbol] | type[Call]) -> tuple[str, ...]:
    """Names of the symbols (or of the called rules) that occur in the expression, in order of first use."""
    found: dict[str, None] = {}
    stack: list[Expression] = [expression]
    while stack:
        match stack.pop():
            case Compact(others=others) as table:
                found |= dict.fromkeys(table.called if kind is Call else ())
                stack.extend(part for _, part, _ in reversed(others))
            case Symbol(name) if kind is Symbol:
                found[name] = None
            case Call(rule) if kind is Call:
                found[rule] = None
            case Sequence(parts) | Choice(parts):
                stack.extend(reversed(parts))
            case Repeat(part):
                stack.append(part)
            case Table(_, edges):
                stack.extend(part for _, part, _ in reversed(edges))
    return tuple(found)
