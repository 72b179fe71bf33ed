"""Lexemes read under a guard: which of them the guard lets pass, and what it still forbids after them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from collections.abc import Sequence as Listed

from fsmgen.automata import DEAD, EMPTY, Characters, Choice, Expression, Repeat, Sequence, Words
from fsmgen.automata.expression import Table
from fsmgen.automata.graph import Edges, expression_between
from fsmgen.automata.priority import Ending
from fsmgen.errors import LimitReached
from fsmgen.frontends.lark.guards import HOPELESS, TRIVIAL, Guards
from fsmgen.frontends.lark.letters import LetterAutomaton, Letters
from fsmgen.frontends.lark.past import Past

PAIR_LIMIT = 20_000
"""States of a terminal that is read under a guard."""
_END = 1

Pair = tuple[int, int]
Endings = tuple[tuple[int, int], ...]
"""Ways to end: the number of a set of lexemes, and the guard after them."""
Passing = tuple[tuple[int, int, int], ...]
"""Ways to pass: the number of a set of lexemes, the guard after them, and what is known of the text before that place."""


class Lexemes:
    """Sets of lexemes, by number.

    Attributes:
        letters: what they are made of.
        past: what is known of the text before a lexeme.
        guards: what is forbidden after them.
    """

    def __init__(self, letters: Letters, past: Past) -> None:
        self.letters, self.past = letters, past
        self.guards = Guards(letters)
        self._numbers: dict[Expression, int] = {}
        self._expressions: list[Expression] = []
        self._automata: dict[int, LetterAutomaton] = {}
        self._begins: dict[int, int] = {}
        self._passed: dict[tuple[int, int], Endings] = {}
        self._split: dict[tuple[int, int], Endings] = {}

    @classmethod
    def of(cls, patterns: Listed[Expression]) -> Lexemes:
        """For terminals with these patterns."""
        letters = Letters(patterns)
        return cls(letters, Past(patterns, letters))

    def number(self, lexemes: Expression) -> int:
        """The number of a set of lexemes; the empty text is none of them."""
        if lexemes not in self._numbers:
            self._numbers[lexemes] = len(self._expressions)
            self._expressions.append(lexemes)
        return self._numbers[lexemes]

    def endings(self, endings: Iterable[Ending]) -> Endings:
        """The numbers of ways to end, those left out that nothing may follow, not even the end of the text."""
        found = [(self.number(ending.lexemes), self.guards.of(ending.followers)) for ending in endings]
        return tuple(pair for pair in found if pair[1] != HOPELESS)

    def expression(self, number: int) -> Expression:
        """The lexemes of a number."""
        return self._expressions[number]

    def automaton(self, number: int) -> LetterAutomaton:
        """The automaton of the lexemes."""
        if number not in self._automata:
            self._automata[number] = self.letters.automaton(self._expressions[number])
        return self._automata[number]

    def has(self, number: int, text: str) -> bool:
        """Whether a text is one of the lexemes."""
        return self.automaton(number).accepts(self.letters.spelled(text))

    def begins(self, number: int) -> int:
        """The letters with which the lexemes begin, as a mask."""
        if number not in self._begins:
            self._begins[number] = self.automaton(number).begins()
        return self._begins[number]

    def passing(self, endings: Endings, guard: int, past: int) -> Passing:
        """The lexemes that a guard lets pass, with what is forbidden after them, and the past then."""
        found: dict[tuple[int, int, int], None] = {}
        for number, after in endings:
            for left, between in ((number, TRIVIAL),) if guard == TRIVIAL else self._guarded(number, guard):
                both = self.guards.both(between, after)
                if both != HOPELESS:
                    found |= dict.fromkeys((part, both, then) for part, then in self._parted(left, past))
        return tuple(found)

    def meeting(self, one: int, other: Expression, *, inside: bool) -> Expression:
        """The lexemes of a number that are words of the expression too; or, not `inside`, those that are not."""
        walk = _Walk(self.letters, "the states of two terminals")
        a, b = self.automaton(one), self.letters.automaton(other)

        def row(pair: Pair) -> list[Pair]:
            targets = zip(a.row(pair[0]), b.row(pair[1]), strict=True)
            return [target if target[0] != DEAD and (target[1] != DEAD or not inside) else _NOWHERE for target in targets]

        walk.read((a.start, b.start), row, lambda pair: 0 if a.accepting(pair[0]) and b.accepting(pair[1]) == inside else None)
        return walk.expression(0)

    def _guarded(self, number: int, guard: int) -> Endings:
        """The lexemes that a guard lets pass, by what it still forbids then."""
        if (number, guard) not in self._passed:
            touched = self.begins(number) & self.guards.touched(guard)
            self._passed[number, guard] = self._walked(number, guard) if touched else ((number, TRIVIAL),)
        return self._passed[number, guard]

    def _walked(self, number: int, guard: int) -> Endings:
        lexemes, table = self.automaton(number), self.guards.rows(guard)
        untouched = True

        def row(pair: Pair) -> list[Pair]:
            nonlocal untouched
            targets = list(zip(lexemes.row(pair[0]), table[pair[1]], strict=True))
            untouched &= not any(after == HOPELESS and target != DEAD for target, after in targets)
            return [target if target[0] != DEAD and target[1] != HOPELESS else _NOWHERE for target in targets]

        def end(pair: Pair) -> int | None:
            left = self.guards.rest(guard, pair[1]) if lexemes.accepting(pair[0]) else HOPELESS
            return left if left != HOPELESS else None

        walk = _Walk(self.letters, "the states of a terminal after another")
        walk.read((lexemes.start, _START), row, end)
        if untouched and set(walk.exits) <= {TRIVIAL}:
            return ((number, TRIVIAL),)
        return tuple((self.number(walk.expression(left)), left) for left in walk.exits)

    def _parted(self, number: int, past: int) -> Endings:
        """The lexemes by what is known of the text before the next ones."""
        if not self.past.matters:
            return ((number, 0),)
        if (number, past) not in self._split:
            lexemes, table = self.automaton(number), self.past.rows
            walk = _Walk(self.letters, "the states of a terminal with what stands before it")

            def row(pair: Pair) -> list[Pair]:
                targets = zip(lexemes.row(pair[0]), table[pair[1]], strict=True)
                return [target if target[0] != DEAD else _NOWHERE for target in targets]

            walk.read((lexemes.start, past), row, lambda pair: pair[1] if lexemes.accepting(pair[0]) else None)
            one = len(walk.exits) == 1
            self._split[number, past] = tuple((number if one else self.number(walk.expression(then)), then) for then in walk.exits)
        return self._split[number, past]


_START = 2
_NOWHERE = (DEAD, DEAD)


class _Walk:
    """A product of two automata over letters, as edges between numbered pairs of states; 0 is the start.

    Attributes:
        exits: by kind of end, the numbers of the pairs where some lexeme ends so.
    """

    def __init__(self, letters: Letters, what: str) -> None:
        self._letters, self._what = letters, what
        self._edges: Edges = []
        self.exits: dict[int, list[int]] = {}

    def read(self, start: Pair, row: Callable[[Pair], list[Pair]], end: Callable[[Pair], int | None]) -> None:
        """All pairs; `row` gives the pair after each letter, or _NOWHERE, and `end` the kind of the lexemes that end here."""
        numbers = {start: 0}
        for pair in (order := [start]):  # grows while it runs
            found: dict[Pair, list[int]] = {}
            for letter, target in enumerate(row(pair)):
                found.setdefault(target, []).append(letter)
            found.pop(_NOWHERE, None)
            for target, read in found.items():
                if target not in numbers:
                    numbers[target] = len(numbers) + 1
                    order.append(target)
                self._edges.append((numbers[pair], self._letters.characters(read), numbers[target]))
            kind = end(pair)
            if kind is not None:
                self.exits.setdefault(kind, []).append(numbers[pair])
            if len(order) > PAIR_LIMIT:
                raise LimitReached(self._what, limit=PAIR_LIMIT, reached=len(order))

    def expression(self, kind: int) -> Expression:
        """The lexemes that end so."""
        return expression_between(0, _END, [*self._edges, *[(number, EMPTY, _END) for number in self.exits.get(kind, ())]])


def size(part: Expression) -> int:
    """About how many moves an automaton of the expression has, repeats not counted."""
    match part:
        case Words(parts) | Characters(parts):
            return len(parts)
        case Sequence(parts) | Choice(parts):
            return sum(map(size, parts))
        case Repeat(inner):
            return size(inner)
        case Table(_, edges):
            return sum(size(inner) for _, inner, _ in edges)
    return 1
