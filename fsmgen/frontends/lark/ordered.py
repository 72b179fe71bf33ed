"""lark's basic lexers: of all terminals that are tried in a parser state, the first in order that matches is taken, and ends as it likes.

So a terminal is read where no earlier one matches, `(?!earlier)terminal`. A keyword that a pattern matches whole is relabelled: it is taken
out of the pattern's lexemes and becomes its own terminal. lark sorts and relabels; this file asks it for the outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lark.lexer import BasicLexer, UnlessCallback

from fsmgen.automata.assertions import without_assertions
from fsmgen.automata.expression import NOTHING, Choice, Expression, Repeat, Sequence, Table, choice, look, sequence
from fsmgen.automata.priority import leftmost_first
from fsmgen.frontends.lark.guards import ANY_CHARACTER, HOPELESS, states_of
from fsmgen.frontends.lark.lexemes import Endings, Lexemes, meeting
from fsmgen.frontends.lark.patterns import in_order, placed, unordered
from fsmgen.frontends.lark.reading import Source

Spoken = tuple[tuple[Expression, int], ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """What one lexer tries.

    Attributes:
        terminals: all that it may find.
        order: those that are tried, in their order.
        relabelled: by terminal, the strings that it may turn out to be, in order.
        ignored: those of them that are ignored.
    """

    terminals: tuple[str, ...]
    order: tuple[str, ...]
    relabelled: Mapping[str, tuple[str, ...]]
    ignored: frozenset[str]

    @classmethod
    def of(cls, lexer: BasicLexer) -> Tried:
        """What lark has prepared for a lexer."""
        order = tuple(str(terminal.name) for terminal in lexer.scanner.terminals)
        relabelled = {
            name: tuple(str(terminal.name) for terminal in call.scanner.terminals)
            for name, call in lexer.callback.items()
            if isinstance(call, UnlessCallback)
        }
        terminals = tuple(str(terminal.name) for terminal in lexer.terminals)
        return cls(terminals, order, relabelled, frozenset(map(str, lexer.ignore_types)))


class Alternation:
    """The endings of terminals in ordered alternations.

    Attributes:
        lexemes: the numbers that the endings use.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.lexemes = Lexemes()
        self._alone: dict[str, int] = {}
        self._after: dict[tuple[str, tuple[str, ...]], Spoken] = {}
        self._split: dict[tuple[Expression, tuple[str, ...]], dict[str, Expression]] = {}

    def table(self, tried: Tried) -> dict[str, Endings]:
        """By terminal, how it can end where a lexer tries this; by the empty name, how what is ignored can end."""
        found: dict[str, dict[tuple[int, int], None]] = {name: {} for name in ("", *tried.terminals)}
        for i, name in enumerate(tried.order):
            earlier = tuple(other for other in tried.order[:i] if self._overlap(other, name))
            strings = tried.relabelled.get(name, ())
            for lexemes, guard in self._endings(name, earlier):
                for label, part in self._relabelled(name, lexemes, strings).items():
                    key = "" if name in tried.ignored else label
                    found[key][self.lexemes.number(part), guard] = None
        return {name: tuple(endings) for name, endings in found.items()}

    def _overlap(self, one: str, other: str) -> bool:
        """Whether two terminals can begin with the same byte."""
        both = self.lexemes.begins(self._whole(one)) & self.lexemes.begins(self._whole(other))
        return bool(both.any())

    def _whole(self, name: str) -> int:
        """The texts that the terminal can match, by whatever follows."""
        if name not in self._alone:
            lexemes = [ending.lexemes for ending in leftmost_first(in_order(self._source, name))]
            self._alone[name] = self.lexemes.number(choice(lexemes))
        return self._alone[name]

    def _endings(self, name: str, earlier: tuple[str, ...]) -> Spoken:
        if (name, earlier) not in self._after:
            pattern = in_order(self._source, name)
            if earlier:
                others = choice([in_order(self._source, other) for other in earlier])
                pattern = sequence([look(others, positive=False), pattern])
            found = placed(self._source, name, lambda: leftmost_first(pattern))
            guarded = [(ending.lexemes, self.lexemes.guards.of(ending.followers)) for ending in found]
            self._after[name, earlier] = tuple(pair for pair in guarded if pair[1] != HOPELESS)
        return self._after[name, earlier]

    def _relabelled(self, name: str, lexemes: Expression, strings: tuple[str, ...]) -> dict[str, Expression]:
        """By the name that they get, some lexemes of a terminal."""
        if not strings:
            return {name: lexemes}
        if (lexemes, strings) not in self._split:
            parts = {}
            for i, string in enumerate(strings):
                among = meeting(states_of(self._string(string)), states_of(lexemes), inside=True)
                parts[string] = _without(among, [self._string(other) for other in strings[:i]])
            parts[""] = _without(lexemes, [self._string(string) for string in strings])
            self._split[lexemes, strings] = {label: part for label, part in parts.items() if part != NOTHING}
        return {label or name: part for label, part in self._split[lexemes, strings].items()}

    def _string(self, name: str) -> Expression:
        return unordered(self._source, name)


def _without(lexemes: Expression, others: list[Expression]) -> Expression:
    """The lexemes that are none of the other texts; over characters if that is possible, which is much smaller."""
    if lexemes == NOTHING or not others:
        return lexemes
    if has_table(lexemes):
        return meeting(states_of(lexemes), states_of(choice(others)), inside=False)
    end = look(ANY_CHARACTER, positive=False)
    return without_assertions(sequence([look(sequence([choice(others), end]), positive=False), lexemes]))


def has_table(part: Expression) -> bool:
    """Whether an explicit automaton is inside."""
    match part:
        case Sequence(parts) | Choice(parts):
            return any(map(has_table, parts))
        case Repeat(inner):
            return has_table(inner)
    return isinstance(part, Table)
