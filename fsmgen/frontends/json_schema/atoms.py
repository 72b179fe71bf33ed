"""What a formula over texts is made of: word lists, lengths and patterns, each with an automaton that is built as it is walked."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Protocol, TypeAlias

from fsmgen.automata import DEAD, Call, Characters, Choice, Expression, Repeat, Words
from fsmgen.automata import Sequence as Concatenation
from fsmgen.automata.alphabet import Alphabet, bits
from fsmgen.automata.expression import Ranges, Table
from fsmgen.errors import LimitReached
from fsmgen.frontends.json_schema._rules import named_rule

FULL = 1
"""The state after which every text is in the language; DEAD is the one after which none is."""
NFA_LIMIT = 50_000
"""States of a pattern with its repeats written out."""

Spend: TypeAlias = Callable[[int], None]
"""Is told of steps of work, and raises LimitReached if they are too many."""


class Walk(Protocol):
    """An automaton over the classes of an alphabet, built as it is walked. States are numbers, DEAD and FULL among them.

    Attributes:
        spend: is told of each step of work.
    """

    spend: Spend

    @property
    def start(self) -> int: ...

    def row(self, state: int) -> list[int]:
        """The state after a character of each class."""
        ...

    def accepts(self, state: int) -> bool: ...


class Atom(Hashable, Protocol):
    """A language that a formula is made of."""

    def sets(self) -> Iterable[Ranges]:
        """The sets of characters that it tells apart."""
        ...

    def walk(self, alphabet: Alphabet, spend: Spend) -> Walk:
        """Its automaton over an alphabet made of at least those sets; `spend` is told of each step of work."""
        ...


# Word lists


@dataclass(frozen=True, slots=True)
class Listed:
    """The texts of a list."""

    words: frozenset[str]

    def sets(self) -> Iterable[Ranges]:
        return (((code, code),) for code in sorted({ord(character) for word in self.words for character in word}))

    def walk(self, alphabet: Alphabet, spend: Spend) -> Walk:
        return _ListWalk(self.words, alphabet, spend)


class _ListWalk:
    """A tree of the words, one level of it at a time. States are 2 and up."""

    def __init__(self, words: frozenset[str], alphabet: Alphabet, spend: Spend) -> None:
        self._classes = alphabet.everything.bit_length()
        self._class_of = {c: alphabet.mask_of(c).bit_length() - 1 for c in {c for word in words for c in word}}
        self.spend = spend
        self._nodes: list[tuple[list[str], int]] = [([], 0), ([], 0), (sorted(words), 0)]
        self._rows: dict[int, list[int]] = {DEAD: [DEAD] * self._classes, FULL: [FULL] * self._classes}

    @property
    def start(self) -> int:
        return 2 if self._nodes[2][0] else DEAD

    def row(self, state: int) -> list[int]:
        if state not in self._rows:
            words, depth = self._nodes[state]
            row, groups = [DEAD] * self._classes, dict[str, list[str]]()
            for word in words:
                if len(word) > depth:
                    groups.setdefault(word[depth], []).append(word)
            for character, group in groups.items():
                row[self._class_of[character]] = len(self._nodes)
                self._nodes.append((group, depth + 1))
            self.spend(len(words))
            self._rows[state] = row
        return self._rows[state]

    def accepts(self, state: int) -> bool:
        words, depth = self._nodes[state]
        return state == FULL or (bool(words) and len(words[0]) == depth)


# Lengths


@dataclass(frozen=True, slots=True)
class Lengths:
    """The texts with a number of characters in one of the intervals, which are sorted and apart; the last one may have no end."""

    intervals: tuple[tuple[int, int | None], ...]

    def sets(self) -> Iterable[Ranges]:
        return ()

    def walk(self, alphabet: Alphabet, spend: Spend) -> Walk:
        return _LengthWalk(self, alphabet.everything.bit_length(), spend)

    def has(self, length: int) -> bool:
        """Whether texts of this length are in it."""
        return any(low <= length and (high is None or length <= high) for low, high in self.intervals)


class _LengthWalk:
    """State 2 + n after n characters."""

    def __init__(self, lengths: Lengths, classes: int, spend: Spend) -> None:
        self._lengths, self._classes, self.spend = lengths, classes, spend
        intervals = lengths.intervals
        self._open = bool(intervals) and intervals[-1][1] is None
        self._last = max([-1, *(low - 1 if high is None else high for low, high in intervals)])

    @property
    def start(self) -> int:
        return self._state(0)

    def _state(self, length: int) -> int:
        return 2 + length if length <= self._last else FULL if self._open else DEAD

    def row(self, state: int) -> list[int]:
        self.spend(1)
        return [state if state in (DEAD, FULL) else self._state(state - 1)] * self._classes

    def accepts(self, state: int) -> bool:
        return state == FULL or (state != DEAD and self._lengths.has(state - 2))


# Patterns


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """The texts of an expression without assertions."""

    expression: Expression

    def sets(self) -> Iterable[Ranges]:
        return _nfa(self).sets

    def walk(self, alphabet: Alphabet, spend: Spend) -> Walk:
        return _PatternWalk(_nfa(self), alphabet, spend)


@lru_cache(maxsize=96)
def _nfa(pattern: Pattern) -> _Nfa:
    return _Nfa.of(pattern.expression)


@lru_cache(maxsize=96)
def own_walk(atom: Atom) -> tuple[Alphabet, Walk]:
    """The alphabet of the sets that an atom tells apart, and its automaton over it, as far as that was asked for."""
    alphabet = Alphabet(atom.sets())
    return alphabet, atom.walk(alphabet, lambda work: None)


class _Nfa:
    """Numbered states, with edges that read one character and silent ones. State 0 is the start, 1 the end.

    Attributes:
        out: for each state (set of characters, target).
    """

    def __init__(self) -> None:
        self.out: list[list[tuple[Ranges, int]]] = [[], []]
        self._silent: list[list[int]] = [[], []]
        self._closures: dict[int, int] = {}

    @classmethod
    def of(cls, expression: Expression) -> _Nfa:
        nfa = cls()
        nfa._part(expression, 0, 1)
        return nfa

    @cached_property
    def sets(self) -> list[Ranges]:
        return list(dict.fromkeys(ranges for edges in self.out for ranges, _ in edges))

    def closure(self, state: int) -> int:
        """The states that read something, or are the end, and are reached without reading, as bits."""
        known = self._closures.get(state)
        if known is None:
            seen, stack = {state}, [state]
            while stack:
                fresh = set(self._silent[stack.pop()]) - seen
                seen |= fresh
                stack += fresh
            known = self._closures[state] = sum(1 << q for q in seen if self.out[q] or q == 1)
        return known

    def _new(self) -> int:
        if len(self.out) >= NFA_LIMIT:
            raise LimitReached("the states of a pattern with its repeats written out", limit=NFA_LIMIT, reached=NFA_LIMIT + 1)
        self.out.append([])
        self._silent.append([])
        return len(self.out) - 1

    def _part(self, part: Expression, a: int, b: int) -> None:
        """Ways from a to b that read the texts of the part; never back into a nor out of b."""
        match part:
            case Characters(ranges):
                self.out[a].append((ranges, b))
            case Words(words):
                for word in words:
                    self._word(word.decode(), a, b)
            case Concatenation(parts):
                for inner in parts[:-1]:
                    middle = self._new()
                    self._part(inner, a, middle)
                    a = middle
                self._part(parts[-1], a, b)
            case Choice(parts):
                for inner in parts:
                    self._part(inner, a, b)
            case Repeat(inner, low, high):
                self._repeat(inner, low, high, a, b)
            case Table(states, edges):
                numbers = [a, b, *(self._new() for _ in range(states - 2))]
                for source, inner, target in edges:
                    self._part(inner, numbers[source], numbers[target])
            case Call(name):
                self._part(named_rule(name), a, b)

    def _word(self, word: str, a: int, b: int) -> None:
        if not word:
            self._silent[a].append(b)
        for i, character in enumerate(word, 1):
            target = b if i == len(word) else self._new()
            self.out[a].append((((ord(character), ord(character)),), target))
            a = target

    def _repeat(self, inner: Expression, low: int, high: int | None, a: int, b: int) -> None:
        for _ in range(low):
            knot = self._new()
            self._part(inner, a, knot)
            a = knot
        if high is None:
            middle, again = self._new(), self._new()
            self._part(inner, middle, again)
            self._silent[a].append(middle)
            self._silent[again].append(middle)
            self._silent[middle].append(b)
            return
        self._silent[a].append(b)
        for _ in range(high - low):
            knot = self._new()
            self._part(inner, a, knot)
            self._silent[knot].append(b)
            a = knot


_END = 1 << 1
"""The end as a bit."""


class _PatternWalk:
    """Sets of the states of a pattern, as bits."""

    def __init__(self, nfa: _Nfa, alphabet: Alphabet, spend: Spend) -> None:
        self._nfa, self._alphabet, self.spend = nfa, alphabet, spend
        self._classes = alphabet.everything.bit_length()
        self._moves: dict[int, list[tuple[list[int], int, int]]] = {}
        self._universal, self._asked = 0, 0
        self._sets: list[int] = [0, 0]
        self._numbers: dict[int, int] = {0: DEAD}
        self._rows: dict[int, list[int]] = {DEAD: [DEAD] * self._classes, FULL: [FULL] * self._classes}
        self.start = self._number(nfa.closure(0))

    def row(self, state: int) -> list[int]:
        if state not in self._rows:
            targets, work = [0] * self._classes, 0
            for q in bits(self._sets[state]):
                for classes, closure, size in self._moves_of(q):
                    work += len(classes) * size
                    for c in classes:
                        targets[c] |= closure
            self.spend(work)
            known = self._numbers
            self._rows[state] = [known[found] if found in known else self._number(found) for found in targets]
        return self._rows[state]

    def accepts(self, state: int) -> bool:
        return state == FULL or self._sets[state] & _END != 0

    def _moves_of(self, q: int) -> list[tuple[list[int], int, int]]:
        """(classes, where they lead, how many states these are)"""
        if q not in self._moves:
            ways = ((self._classes_of(ranges), self._nfa.closure(target)) for ranges, target in self._nfa.out[q])
            self._moves[q] = [(classes, closure, closure.bit_count()) for classes, closure in ways]
        return self._moves[q]

    def _classes_of(self, ranges: Ranges) -> list[int]:
        return list(bits(self._alphabet.mask(ranges)))

    def _number(self, states: int) -> int:
        number = self._numbers.get(states)
        if number is None:
            if states & _END and self._has_universal(states):
                number = FULL
            else:
                number = len(self._sets)
                self._sets.append(states)
            self._numbers[states] = number
        return number

    def _has_universal(self, states: int) -> bool:
        """Whether one of the states comes back to itself, and to the end, by every character."""
        for q in bits(states & ~self._asked):
            here = 1 << q | _END
            moves = [classes for classes, closure, _ in self._moves_of(q) if closure & here == here]
            self._universal |= (len({c for classes in moves for c in classes}) == self._classes) << q
        self._asked |= states
        return states & self._universal != 0


class Recogniser:
    """Whether a text is in a language; no more of its automaton is made than that needs."""

    def __init__(self, atom: Atom) -> None:
        self._alphabet, self._walk = own_walk(atom)
        self._classes: dict[str, int] = {}
        self._rows: dict[int, list[int]] = {}

    def accepts(self, text: str) -> bool:
        state, rows, classes = self._walk.start, self._rows, self._classes
        for character in text:
            if state in (DEAD, FULL):
                break
            if character not in classes:
                classes[character] = self._alphabet.number(ord(character))
            if state not in rows:
                rows[state] = self._walk.row(state)
            state = rows[state][classes[character]]
        return self._walk.accepts(state)
