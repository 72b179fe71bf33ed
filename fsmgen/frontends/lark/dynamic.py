"""lark's Earley parser with its dynamic lexer: a terminal ends where `re.match` ends it, whatever the rules would like.

Ignored terminals are matched in the same way, wherever something is scanned, and after a complete text. Priorities choose among parses
and do not matter here.
"""

from __future__ import annotations

from fsmgen.automata.expression import Expression, text
from fsmgen.automata.priority import leftmost_first
from fsmgen.frontends.lark.guards import HOPELESS, TRIVIAL
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
        self.lexemes = Lexemes.of([in_order(source, name) for name in source.terminals])
        self._endings: dict[tuple[str, str], Endings] = {}

    def endings(self, terminal: str, group: int, past: int) -> Endings:  # noqa: ARG002
        pattern = in_order(self._source, terminal)
        before = self.lexemes.past.examples[past] if looks_back(pattern) > 0 else ""
        if (terminal, before) not in self._endings:
            self._endings[terminal, before] = self._found(terminal, pattern, before)
        return self._endings[terminal, before]

    def ignored(self, group: int, past: int) -> Endings:
        return tuple(ending for name in self._source.ignored for ending in self.endings(name, group, past))

    def _found(self, terminal: str, pattern: Expression, before: str) -> Endings:
        string = self._source.terminals[terminal].string
        if string is not None:
            return ((self.lexemes.number(text(string)), TRIVIAL),)
        endings = placed(self._source, terminal, lambda: leftmost_first(pattern, before))
        found = [(ending.lexemes, self.lexemes.guards.of(ending.followers)) for ending in endings]
        return tuple((self.lexemes.number(lexemes), guard) for lexemes, guard in found if guard != HOPELESS)
