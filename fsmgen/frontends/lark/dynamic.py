"""lark's Earley parser with its dynamic lexer: a terminal ends where `re.match` ends it, whatever the rules would like.

Ignored terminals are matched in the same way, wherever something is scanned, and after a complete text. Priorities choose among parses
and do not matter here.
"""

from __future__ import annotations

from fsmgen.automata.expression import text
from fsmgen.automata.priority import leftmost_first
from fsmgen.frontends.lark.guards import TRIVIAL
from fsmgen.frontends.lark.lexemes import Endings, Lexemes
from fsmgen.frontends.lark.past import looks_back
from fsmgen.frontends.lark.patterns import in_order, placed
from fsmgen.frontends.lark.reading import Source


class Dynamic:
    """The endings of terminals, each by itself.

    Attributes:
        lexemes: the numbers that the endings use.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._patterns = {name: in_order(source, name) for name in source.terminals}
        self._looking = frozenset(name for name, pattern in self._patterns.items() if looks_back(pattern) > 0)
        self.lexemes = Lexemes.of([*self._patterns.values()])
        self._endings: dict[tuple[str, int], Endings] = {}

    def endings(self, terminal: str, group: int, past: int) -> Endings:  # noqa: ARG002
        if terminal not in self._looking:
            past = 0
        if (terminal, past) not in self._endings:
            self._endings[terminal, past] = self._found(terminal, self.lexemes.past.examples[past])
        return self._endings[terminal, past]

    def ignored(self, group: int, past: int) -> Endings:
        return tuple(ending for name in self._source.ignored for ending in self.endings(name, group, past))

    def _found(self, terminal: str, before: str) -> Endings:
        string = self._source.terminals[terminal].string
        if string is not None:
            return ((self.lexemes.number(text(string)), TRIVIAL),)
        return placed(self._source, terminal, lambda: self.lexemes.endings(leftmost_first(self._patterns[terminal], before)))
