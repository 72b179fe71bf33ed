"""A lexer that remembers, as the copies of the rules need it: which lexemes can be read next, and what must not follow them.

The memory between two lexemes is a guard, what is known of the text before, the group of lexer states that the parser is in, and the
terminals that it does not accept there although the rules would.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from fsmgen.automata.expression import EMPTY, Call, Expression, Words, choice, words
from fsmgen.automata.graph import Edges, expression_between
from fsmgen.frontends.lark.analysis import END, Analysis
from fsmgen.frontends.lark.copies import Reads
from fsmgen.frontends.lark.guards import TRIVIAL
from fsmgen.frontends.lark.lexemes import Endings, Lexemes, Passing, size

_INLINE = 60
"""Characters' ranges, words and edges up to which lexemes are written out wherever they are read: a call costs a context."""
_SHORT = 10
"""The same for whole terminals where rules are merged; with 60, the network of a C grammar is seven times as large."""
END_OF_TEXT = "$END"
"""lark's name of the end of the text, among terminals that are not accepted."""


Known = tuple[int, int]
"""A guard and a past."""


class Terminals(Protocol):
    """What terminals read in each group of lexer states."""

    lexemes: Lexemes

    def endings(self, terminal: str, group: int, past: int) -> Endings:
        """How a terminal can end that begins after a past."""
        ...

    def ignored(self, group: int, past: int) -> Endings:
        """How what is ignored can end."""
        ...


class Memory(NamedTuple):
    """What is known between two lexemes."""

    guard: int
    group: int
    refused: frozenset[str]
    past: int


class Remembering:
    """The lexer.

    Attributes:
        rules: the terminals that were asked for.
    """

    def __init__(
        self, analysis: Analysis, terminals: Terminals, shifts: Mapping[str, tuple[str, int]], begin: int, start: str, merge: bool
    ) -> None:
        self._merge = merge
        self._analysis, self._terminals, self._shifts = analysis, terminals, shifts
        self._lexemes = terminals.lexemes
        self._begin, self._start = Memory(TRIVIAL, begin, frozenset(), 0), start
        self._numbers: dict[Memory, int] = {self._begin: 0}
        self._memories = [self._begin]
        self._passing: dict[tuple[str, int], Passing] = {}
        self._same: dict[tuple[int, int], int] = {}
        self._representatives: dict[tuple[int, tuple[object, ...]], int] = {}
        self._reads: dict[tuple[tuple[str, ...], int], Reads] = {}
        self._seen: dict[int, tuple[str, ...]] = {}
        self._ignoreds: dict[str, Expression] = {}
        self.rules: dict[str, Expression] = {}

    def begin(self) -> Reads:
        """What may be ignored before the text, and the memory then."""
        return self._after(self._begin, self._analysis.first_of([self._start], END))

    def may_end(self, memory: int) -> bool:
        """Whether the text may end here."""
        known = self._memories[memory]
        return self._lexemes.guards.may_end(known.guard) and END_OF_TEXT not in known.refused

    def refusing(self, memory: int, terminals: frozenset[str]) -> int:
        """The memory with more terminals that must not come next."""
        known = self._memories[memory]
        return self._number(known._replace(refused=known.refused | terminals))

    def read(self, symbols: tuple[str, ...], memory: int) -> Reads:
        """Lexemes of the symbols' terminals, and the memory right after them."""
        if (symbols, memory) not in self._reads:
            found: dict[int, list[Expression]] = {}
            for symbol in symbols:
                terminal, group = self._shifts[symbol]
                for number, guard, past in self._read(terminal, memory):
                    found.setdefault(self._number(Memory(guard, group, frozenset(), past)), []).append(self._lexeme(number))
            name = "|".join(symbols)
            reads = [(self._rule(f"{name}#{memory}>{left}", _joined(parts)), left) for left, parts in found.items()]
            self._reads[symbols, memory] = tuple(reads)
        return self._reads[symbols, memory]

    def ignore(self, memory: int, coming: int) -> Reads:
        """What may be ignored after a lexeme, and the memory then, for what can come next."""
        return self._after(self._memories[memory], coming)

    def same(self, memory: int, coming: int) -> int:
        """The memory that stands for all that what is coming, a mask, does not tell apart."""
        if (memory, coming) not in self._same:
            if memory != 0:
                self.same(0, coming)
            ends = bool(coming & END) and self.may_end(memory)
            seen = *(self._read(terminal, memory) for terminal in self._coming(coming)), ends
            self._same[memory, coming] = self._representatives.setdefault((coming, seen), memory)
        return self._same[memory, coming]

    def _coming(self, mask: int) -> tuple[str, ...]:
        if mask not in self._seen:
            self._seen[mask] = tuple(dict.fromkeys(self._shifts[symbol][0] for symbol in self._analysis.names(mask)))
        return self._seen[mask]

    def _read(self, terminal: str, memory: int) -> Passing:
        if (terminal, memory) not in self._passing:
            guard, group, refused, past = self._memories[memory]
            endings = () if terminal in refused else self._terminals.endings(terminal, group, past)
            self._passing[terminal, memory] = self._lexemes.passing(endings, guard, past)
        return self._passing[terminal, memory]

    def _number(self, memory: Memory) -> int:
        if memory not in self._numbers:
            self._numbers[memory] = len(self._memories)
            self._memories.append(memory)
        return self._numbers[memory]

    def _lexeme(self, number: int) -> Expression:
        """The lexemes; large sets as a rule of their own, which all that read them share."""
        lexemes = self._lexemes.expression(number)
        if size(lexemes) <= _INLINE:
            return lexemes
        self.rules[f"%lexeme{number}"] = lexemes
        return Call(f"%lexeme{number}")

    def _rule(self, name: str, part: Expression) -> Expression:
        """A call of a new rule; a single byte stands for itself, and where rules are merged all that is small."""
        if (isinstance(part, Words) and len(part.words) == 1 == len(part.words[0])) or (self._merge and size(part) <= _SHORT):
            return part
        self.rules[name] = part
        return Call(name)

    def _after(self, memory: Memory, coming: int) -> Reads:
        """What may be ignored after a lexeme, with the memory then, for what can come next."""
        numbers, ways = self._ignoring(memory)
        ends: dict[int, list[Known]] = {}
        for guard, past in numbers:
            ends.setdefault(self.same(self._number(memory._replace(guard=guard, past=past)), coming), []).append((guard, past))
        return tuple((self._ignored(memory, known, ways, numbers), left) for left, known in ends.items())

    def _ignoring(self, memory: Memory) -> tuple[dict[Known, int], Edges]:
        """Ways over what is ignored, between guards with pasts, which are numbered; 1 is left out."""
        ways: Edges = []
        begin = memory.guard, memory.past
        numbers = {begin: 0}
        for known in (order := [begin]):  # grows while it runs
            guard, past = known
            for number, *after in self._lexemes.passing(self._terminals.ignored(memory.group, past), guard, past):
                left = after[0], after[1]
                if left not in numbers:
                    numbers[left] = len(numbers) + 1
                    order.append(left)
                ways.append((numbers[known], self._lexeme(number), numbers[left]))
        return numbers, ways

    def _ignored(self, memory: Memory, known: list[Known], ways: Edges, numbers: dict[Known, int]) -> Expression:
        ends = ",".join(f"{guard}-{past}" if past else f"{guard}" for guard, past in known)
        name = f"%ignored@{memory.group}#{memory.guard}-{memory.past}>{ends}"
        if name not in self._ignoreds:
            start = len(numbers) + 1
            leaving: Edges = [(numbers[pair], EMPTY, 1) for pair in known]
            self._ignoreds[name] = self._rule(name, expression_between(start, 1, [(start, EMPTY, 0), *ways, *leaving]))
        return self._ignoreds[name]


def _joined(parts: list[Expression]) -> Expression:
    listed = [word for part in parts if isinstance(part, Words) for word in part.words]
    return choice([*([words(listed)] if listed else []), *(part for part in parts if not isinstance(part, Words))])
