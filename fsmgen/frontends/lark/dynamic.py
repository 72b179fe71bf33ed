"""lark's Earley parser with its dynamic lexer: a terminal ends where `re.match` ends it, whatever the rules would like.

What ends decides what may follow, so the memory between lexemes is a guard. Ignored terminals are matched in the same way, wherever
something is scanned, and after a complete text.
"""

from __future__ import annotations

from collections.abc import Iterator

from fsmgen.automata.expression import EMPTY, Call, Expression, Words, choice, sequence, text
from fsmgen.automata.graph import Edges, expression_between
from fsmgen.automata.priority import leftmost_first
from fsmgen.frontends.lark.analysis import END, Analysis
from fsmgen.frontends.lark.copies import Reads
from fsmgen.frontends.lark.guards import HOPELESS, TRIVIAL, Guards, states_of
from fsmgen.frontends.lark.lexemes import guarded
from fsmgen.frontends.lark.patterns import placed, refuse_looking_back
from fsmgen.frontends.lark.reading import Source
from fsmgen.frontends.regex import ordered
from fsmgen.grammar import States

Lexemes = tuple[tuple[int, int], ...]
"""Numbers of expressions, each with the guard after it."""


class Dynamic:
    """The dynamic lexer.

    Attributes:
        rules: the terminals that were asked for.
    """

    def __init__(self, source: Source, analysis: Analysis) -> None:
        self._source, self._analysis = source, analysis
        self._guards = Guards()
        self._expressions: list[Expression] = []
        self._states: dict[int, States] = {}
        self._lexemes: dict[tuple[str, int], Lexemes] = {}
        self._same: dict[tuple[int, int], int] = {}
        self._representatives: dict[tuple[int, tuple[object, ...]], int] = {}
        self._reads: dict[tuple[str, int], Reads] = {}
        self.rules: dict[str, Expression] = {}

    def begin(self) -> Reads:
        return self._after(TRIVIAL, self._analysis.first_of([self._source.start], END))

    def may_end(self, memory: int) -> bool:
        return self._guards.may_end(memory)

    def read(self, terminal: str, memory: int) -> Reads:
        if (terminal, memory) not in self._reads:
            found: dict[int, list[Expression]] = {}
            for number, guard in self.lexemes(terminal, memory):
                for ignored, left in self._after(guard, self._analysis.follow[terminal]):
                    found.setdefault(left, []).append(sequence([self._expressions[number], ignored]))
            self._reads[terminal, memory] = tuple(
                (self._rule(f"{terminal}#{memory}>{left}", choice(parts)), left) for left, parts in found.items()
            )
        return self._reads[terminal, memory]

    def same(self, memory: int, coming: int) -> int:
        if (memory, coming) not in self._same:
            if memory != TRIVIAL and (TRIVIAL, coming) not in self._same:
                self.same(TRIVIAL, coming)
            seen = tuple(self.lexemes(name, memory) for name in self._analysis.names(coming)), bool(coming & END) and self.may_end(memory)
            self._same[memory, coming] = self._representatives.setdefault((coming, seen), memory)
        return self._same[memory, coming]

    def lexemes(self, terminal: str, guard: int) -> Lexemes:
        """The lexemes that the guard lets pass; nothing ignored before or after them."""
        if (terminal, guard) not in self._lexemes:
            self._lexemes[terminal, guard] = tuple(self._find(terminal, guard))
        return self._lexemes[terminal, guard]

    def _find(self, terminal: str, guard: int) -> Iterator[tuple[int, int]]:
        if guard == TRIVIAL:
            yield from self._endings(terminal)
            return
        touched = self._guards.touched(guard)
        for number, after in self.lexemes(terminal, TRIVIAL):
            states = self._automaton(number)
            begins = states.row(states.start)[states.classes[:256]] != 0
            passed = guarded(states, self._guards, guard) if (begins & touched).any() else None
            if passed is None:
                yield number, after
                continue
            for left, expression in passed.items():
                both = self._guards.both(left, after)
                if both != HOPELESS:
                    yield self._number(expression), both

    def _endings(self, terminal: str) -> Iterator[tuple[int, int]]:
        definition = self._source.terminals[terminal]
        if definition.string is not None:
            yield self._number(text(definition.string)), TRIVIAL
            return
        pattern = placed(self._source, terminal, lambda: ordered(definition.pattern))
        refuse_looking_back(self._source, terminal, pattern)
        for lexemes, followers in placed(self._source, terminal, lambda: leftmost_first(pattern)):
            guard = self._guards.of(followers)
            if guard != HOPELESS:
                yield self._number(lexemes), guard

    def _number(self, expression: Expression) -> int:
        self._expressions.append(expression)
        return len(self._expressions) - 1

    def _automaton(self, number: int) -> States:
        if number not in self._states:
            self._states[number] = states_of(self._expressions[number])
        return self._states[number]

    def _rule(self, name: str, part: Expression) -> Expression:
        """A call of a new rule; a single word stands for itself."""
        if isinstance(part, Words) and len(part.words) == 1:
            return part
        self.rules[name] = part
        return Call(name)

    def _after(self, guard: int, coming: int) -> Reads:
        """What may be ignored after a lexeme, with the memory then, for what can come next."""
        ways: Edges = []
        numbers = {guard: 0}
        for state in (order := [guard]):  # grows while it runs
            for name in self._source.ignored:
                for number, left in self.lexemes(name, state):
                    if left not in numbers:
                        numbers[left] = len(numbers) + 1
                        order.append(left)
                    ways.append((numbers[state], self._expressions[number], numbers[left]))
        ends: dict[int, list[int]] = {}
        for left in numbers:
            ends.setdefault(self.same(left, coming), []).append(left)
        return tuple((self._ignored(guard, lefts, ways, numbers), memory) for memory, lefts in ends.items())

    def _ignored(self, guard: int, lefts: list[int], ways: Edges, numbers: dict[int, int]) -> Expression:
        name = f"%ignored#{guard}>{','.join(map(str, lefts))}"
        if name in self.rules:
            return Call(name)
        start = len(numbers) + 1
        ends: Edges = [(numbers[left], EMPTY, 1) for left in lefts]
        return self._rule(name, expression_between(start, 1, [(start, EMPTY, 0), *ways, *ends]))
