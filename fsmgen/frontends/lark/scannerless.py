"""The mathematical meaning: a terminal may be any of its lexemes, whatever follows it; ignored ones may stand between them."""

from __future__ import annotations

from fsmgen.automata.expression import EMPTY, Call, Expression, choice, repeat, sequence
from fsmgen.frontends.lark.copies import Reads
from fsmgen.frontends.lark.patterns import unordered
from fsmgen.frontends.lark.reading import Source

_IGNORED = "%ignored"


class Scannerless:
    """A lexer without memory.

    Attributes:
        rules: the terminals that were asked for.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self.rules: dict[str, Expression] = {}
        self._ignored: Expression = EMPTY
        if source.ignored:
            self.rules[_IGNORED] = repeat(choice([unordered(source, name) for name in source.ignored]), 0)
            self._ignored = Call(_IGNORED)

    def begin(self) -> Reads:
        return ((self._ignored, 0),)

    def read(self, terminals: tuple[str, ...], memory: int) -> Reads:
        name = "|".join(terminals)
        if name not in self.rules:
            self.rules[name] = sequence([choice([unordered(self._source, terminal) for terminal in terminals]), self._ignored])
        return ((Call(name), memory),)

    def ignore(self, memory: int, coming: int) -> Reads:  # noqa: ARG002
        return ((EMPTY, memory),)

    def same(self, memory: int, coming: int) -> int:  # noqa: ARG002
        return memory

    def may_end(self, memory: int) -> bool:
        return memory == 0

    def refusing(self, memory: int, terminals: frozenset[str]) -> int:  # noqa: ARG002
        return memory
