"""lark's basic lexers: of all terminals that are tried in a parser state, the first in order that matches is taken, and ends as it likes.

So a terminal is read where no earlier one matches, `(?!earlier)terminal`. A keyword that a pattern matches whole is relabelled: it is taken
out of the pattern's lexemes and becomes its own terminal. lark sorts and relabels; this file asks it for the outcome.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lark.lexer import BasicLexer, UnlessCallback

from fsmgen.automata.expression import NOTHING, Expression, Words, choice, look, sequence, words
from fsmgen.automata.priority import leftmost_first
from fsmgen.frontends.lark.lexemes import Endings, Lexemes
from fsmgen.frontends.lark.past import looks_back
from fsmgen.frontends.lark.patterns import in_order, placed, unordered
from fsmgen.frontends.lark.reading import Source


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
        self._patterns = {name: in_order(source, name) for name in source.terminals}
        self.lexemes = Lexemes.of([*self._patterns.values()])
        self._first: dict[str, int] = {}
        self._after: dict[tuple[str, tuple[str, ...]], tuple[Endings, ...]] = {}
        self._split: dict[tuple[int, tuple[str, ...]], dict[str, int]] = {}

    def table(self, tried: Tried) -> dict[str, tuple[Endings, ...]]:
        """By terminal and past, how it can end where a lexer tries this; by the empty name, how what is ignored can end."""
        found: dict[str, list[dict[tuple[int, int], None]]] = {
            name: [{} for _ in self.lexemes.past.examples] for name in ("", *tried.terminals)
        }
        for i, name in enumerate(tried.order):
            earlier = tuple(other for other in tried.order[:i] if self._overlap(other, name))
            strings = tried.relabelled.get(name, ())
            for past, endings in enumerate(self._endings(name, earlier)):
                for lexemes, guard in endings:
                    for label, part in self._relabelled(lexemes, strings).items():
                        found["" if name in tried.ignored else label or name][past][part, guard] = None
        return {name: tuple(map(tuple, endings)) for name, endings in found.items()}

    def _overlap(self, one: str, other: str) -> bool:
        """Whether two terminals can begin with the same letter."""
        return bool(self._begins(one) & self._begins(other))

    def _begins(self, name: str) -> int:
        """The letters with which the terminal can begin, whatever stands around it, as a mask."""
        if name not in self._first:
            self._first[name] = 0
            for lexemes, _ in (ending for endings in self._endings(name, ()) for ending in endings):
                self._first[name] |= self.lexemes.begins(lexemes)
        return self._first[name]

    def _endings(self, name: str, earlier: tuple[str, ...]) -> tuple[Endings, ...]:
        """By past, how a terminal can end where no earlier one matches."""
        if (name, earlier) not in self._after:
            pattern = self._patterns[name]
            if earlier:
                others = choice([self._patterns[other] for other in earlier])
                pattern = sequence([look(others, positive=False), pattern])
            examples = self.lexemes.past.examples
            if looks_back(pattern) > 0:
                self._after[name, earlier] = tuple(self._found(name, pattern, before) for before in examples)
            else:
                self._after[name, earlier] = (self._found(name, pattern, ""),) * len(examples)
        return self._after[name, earlier]

    def _found(self, name: str, pattern: Expression, before: str) -> Endings:
        return placed(self._source, name, lambda: self.lexemes.endings(leftmost_first(pattern, before)))

    def _relabelled(self, lexemes: int, strings: tuple[str, ...]) -> dict[str, int]:
        """By the string that they are, or the empty name for none, some lexemes of a terminal."""
        if not strings:
            return {"": lexemes}
        if (lexemes, strings) not in self._split:
            texts = [unordered(self._source, string) for string in strings]
            parts = {name: self._among(lexemes, text, texts[:i]) for i, (name, text) in enumerate(zip(strings, texts, strict=True))}
            parts[""] = self._without(self.lexemes.expression(lexemes), texts)
            self._split[lexemes, strings] = {label: self.lexemes.number(part) for label, part in parts.items() if part != NOTHING}
        return self._split[lexemes, strings]

    def _among(self, lexemes: int, text: Expression, earlier: list[Expression]) -> Expression:
        """The lexemes that are this text, and no earlier one."""
        if isinstance(text, Words) and all(isinstance(other, Words) for other in earlier):
            before = {word for other in earlier if isinstance(other, Words) for word in other.words}
            return words(word for word in text.words if word not in before and self.lexemes.has(lexemes, word.decode()))
        apart = self.lexemes.letters.apart
        found = self.lexemes.automaton(lexemes).common(text)
        found = self.lexemes.meeting(lexemes, text, inside=True) if found is None else found
        return self._without(found, [other for other in earlier if not apart(text, other)])

    def _without(self, lexemes: Expression, others: list[Expression]) -> Expression:
        """The lexemes that are none of the other texts."""
        if lexemes == NOTHING or not others:
            return lexemes
        return self.lexemes.meeting(self.lexemes.number(lexemes), choice(others), inside=False)
