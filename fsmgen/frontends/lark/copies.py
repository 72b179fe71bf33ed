"""Rules whose terminals depend on what was read before, as rules that do not: each rule once for every way to enter and to leave it.

What a lexer remembers from one lexeme to the next is a small integer here, its *memory*: that the name which ended may not be continued
by a letter, say. `A#2>5` is what rule A derives if the lexer enters it with memory 2 and leaves it with memory 5. Only the copies that
can be entered and left are made, and memories are the same where nothing that can come next tells them apart; so most rules stay one.

A copy derives what reads something. Where a rule can be empty, its caller has a way past it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from fsmgen.automata.expression import EMPTY, Call, Expression, choice, sequence
from fsmgen.automata.graph import Edges, expression_between
from fsmgen.errors import LimitReached
from fsmgen.frontends.lark.analysis import Analysis
from fsmgen.frontends.lark.bodies import Body

COPY_LIMIT = 20_000
"""Copies of rules that a grammar may need."""

Reads = tuple[tuple[Expression, int], ...]


class Lexing(Protocol):
    """A lexer as the copies see it."""

    def begin(self) -> Reads:
        """What may be ignored before the text, and the memory then."""
        ...

    def read(self, terminals: tuple[str, ...], memory: int) -> Reads:
        """Lexemes of any of the terminals, and the memory right after them."""
        ...

    def ignore(self, memory: int, coming: int) -> Reads:
        """What may be ignored right after a lexeme, and the memory then, for these terminals, a mask, that can come next."""
        ...

    def same(self, memory: int, coming: int) -> int:
        """The memory that stands for all that these terminals, a mask, do not tell apart."""
        ...

    def may_end(self, memory: int) -> bool:
        """Whether the text may end here."""
        ...

    def refusing(self, memory: int, terminals: frozenset[str]) -> int:
        """The memory with more terminals that must not come next."""
        ...


class Copy(NamedTuple):
    """A rule, and the memory with which it is entered."""

    rule: str
    memory: int


class Place(NamedTuple):
    """A node of a rule's body, the lexer's memory there, and whether anything was read yet, or a lexeme was read just now."""

    node: int
    memory: int
    read: bool
    now: bool = False


class Copies:
    """The copies of a grammar's rules; a mark in a rule means that some terminals must not come next."""

    def __init__(
        self, analysis: Analysis, bodies: Mapping[str, Body], lexing: Lexing, start: str, marks: Mapping[str, frozenset[str]] | None = None
    ) -> None:
        self._analysis, self._bodies, self._lexing, self._start = analysis, bodies, lexing, start
        self._empties = _empties(analysis, marks or {})
        self._exits: dict[Copy, dict[int, None]] = {}
        self._callers: dict[Copy, dict[Copy, None]] = {}
        self._waiting: dict[Copy, None] = {}

    def rules(self) -> dict[str, Expression]:
        """The copies as rules, and the start rule, which is named as the grammar's own.

        Raises:
            LimitReached: there are too many.
        """
        begins = self._lexing.begin()
        entries = [(before, memory, self._entered(self._start, memory)) for before, memory in begins]
        self._settle()
        made = {self._name(copy, left): part for copy in list(self._exits) for left, part in self._expressions(copy).items()}
        whole: list[Expression] = []
        for before, memory, copy in entries:
            ends = [left for left in self._exits[copy] if self._lexing.may_end(left)]
            whole.append(sequence([before, choice([Call(self._name(copy, left)) for left in ends])]))
            if any(self._lexing.may_end(self._lexing.refusing(memory, refused)) for refused in self._empties.get(self._start, ())):
                whole.append(before)
        return {"%start": choice(whole), **made}

    def _name(self, copy: Copy, left: int) -> str:
        return copy.rule if copy.memory == left == 0 else f"{copy.rule}#{copy.memory}>{left}"

    def _entered(self, rule: str, memory: int) -> Copy:
        """The copy for a memory; its exits are found later if it is new."""
        copy = Copy(rule, self._lexing.same(memory, self._analysis.first[rule]))
        if copy not in self._exits:
            if len(self._exits) >= COPY_LIMIT:
                raise LimitReached("the copies of rules for what the lexer remembers", limit=COPY_LIMIT, reached=COPY_LIMIT + 1)
            self._exits[copy] = {}
            self._waiting[copy] = None
        return copy

    def _settle(self) -> None:
        """All exits of all copies."""
        while self._waiting:
            copy = next(reversed(self._waiting))
            del self._waiting[copy]
            ends = [self._left(copy, place) for place in self._edges(copy)[1]]
            if not self._exits[copy].keys() >= set(ends):
                self._exits[copy].update(dict.fromkeys(ends))
                self._waiting.update(self._callers.get(copy, {}))

    def _edges(self, copy: Copy) -> tuple[list[tuple[Place, Expression, Place]], list[Place]]:
        """The body's ways as far as they are known, and the places where the rule may end."""
        body = self._bodies[copy.rule]
        start = Place(0, copy.memory, False)
        places = {start: None}
        order = [start]
        edges = []
        for place in order:  # grows while it runs
            for part, target in self._ways(copy, body, place):
                edges.append((place, part, target))
                if target not in places:
                    places[target] = None
                    order.append(target)
        return edges, [place for place in order if place.read and not place.now and body.ends[place.node]]

    def _ways(self, copy: Copy, body: Body, place: Place) -> list[tuple[Expression, Place]]:
        if place.now:
            coming = body.coming[place.node]
            return [(part, self._place(place.node, left, coming)) for part, left in self._lexing.ignore(place.memory, coming)]
        ways: list[tuple[Expression, Place]] = []
        for terminals, target in body.reads[place.node]:
            ways += [(part, Place(target, left, True, True)) for part, left in self._lexing.read(terminals, place.memory)]
        for symbol, target in body.edges[place.node]:
            coming = body.coming[target]
            if self._analysis.first[symbol]:
                called = self._entered(symbol, place.memory)
                self._callers.setdefault(called, {})[copy] = None
                ways += [(Call(self._name(called, left)), self._place(target, left, coming)) for left in self._exits[called]]
            for refused in self._empties.get(symbol, ()):
                left = self._lexing.refusing(place.memory, refused) if refused else place.memory
                ways.append((EMPTY, self._place(target, left, coming) if place.read else Place(target, left, False)))
        return ways

    def _place(self, node: int, memory: int, coming: int) -> Place:
        return Place(node, self._lexing.same(memory, coming), True)

    def _left(self, copy: Copy, place: Place) -> int:
        """The memory where a rule ends at a place, as far as it makes a difference to what follows the rule."""
        return self._lexing.same(place.memory, self._analysis.follow[copy.rule])

    def _expressions(self, copy: Copy) -> dict[int, Expression]:
        """By memory at the exit, what the copy derives."""
        edges, ends = self._edges(copy)
        numbers: dict[Place, int] = {Place(0, copy.memory, False): 0}
        for place in (place for source, _, target in edges for place in (source, target)):
            numbers.setdefault(place, len(numbers) + 1)
        ways: Edges = [(numbers[source], part, numbers[target]) for source, part, target in edges]
        found = {}
        for left in self._exits[copy]:
            leaving: Edges = [(numbers[place], EMPTY, 1) for place in ends if self._left(copy, place) == left]
            found[left] = expression_between(0, 1, [*ways, *leaving])
        return found


def _empties(analysis: Analysis, marks: Mapping[str, frozenset[str]]) -> dict[str, frozenset[frozenset[str]]]:
    """By rule and mark, what must not come next where it derives nothing, for every way to do so."""
    found: dict[str, frozenset[frozenset[str]]] = {mark: frozenset([refused]) for mark, refused in marks.items()}
    while True:
        more = dict(found)
        for rule in analysis.empty - marks.keys():
            bodies = [parts for parts in analysis.rules[rule] if all(name in analysis.empty for name in parts)]
            ways = [way for parts in bodies for way in _joined([found.get(name, frozenset()) for name in parts])]
            more[rule] = frozenset(ways)
        if more == found:
            return found
        found = more


def _joined(choices: list[frozenset[frozenset[str]]]) -> set[frozenset[str]]:
    ways = {frozenset[str]()}
    for options in choices:
        ways = {way | option for way in ways for option in options}
    return ways


def productive(rules: Mapping[str, tuple[tuple[str, ...], ...]]) -> frozenset[str]:
    """The rules that derive some text, if every terminal has a lexeme."""
    found: frozenset[str] = frozenset()
    while True:
        more = frozenset(rule for rule, body in rules.items() if any(all(name in found or name not in rules for name in p) for p in body))
        if more == found:
            return found
        found = more
