"""Patterns with assertions as expressions without them: lookahead, lookbehind, boundaries, atomic groups.

The automaton whose states are those of `readings` is explored, and taken back into an expression. Claims usually live for a few
characters. Where there are none, and nothing can look back, the next part without assertions is not taken apart but becomes one edge, so
that `^\\d{1,1000}(?!x)` costs a handful of states. A lookbehind of one character leaves all of such a part whole but its last character.

    >>> from fsmgen.automata import Characters, Words, repeat, sequence
    >>> from fsmgen.automata.expression import look
    >>> digit = Characters(((48, 57),))
    >>> without_assertions(sequence([look(Words((b"0",)), positive=False), digit, repeat(digit, 0, 3)]))
    Sequence(parts=(Characters(ranges=((49, 57),)), Repeat(part=Characters(ranges=((48, 57),)), low=0, high=3)))

The alternative, one automaton per assertion and a product of all, meets every combination of their states, also where no assertion is
near; and reverse automata for lookahead are exponential in patterns such as `(?=.*a.{20}b)`, which is 191 states here.
"""

from __future__ import annotations

from typing import TypeAlias

from fsmgen.automata.cells import CHARACTER, CHOICE, END, LOOP, Cell
from fsmgen.automata.continuations import NO_CLAIMS, Behind, Continuations
from fsmgen.automata.endings import endings
from fsmgen.automata.expression import EMPTY, Expression, Lazy, Repeat, sequence
from fsmgen.automata.graph import Edges, expression_between
from fsmgen.automata.readings import Readings, State
from fsmgen.errors import LimitReached

STATE_LIMIT = 50_000
"""States that the resolved part of a pattern may have; about 100 us each."""
WORK_LIMIT = 800_000
"""Steps that resolving may take; 5 to 10 us each."""
_STEPPED = 16
"""A counted repeat that was entered is left whole again only after this many iterations, or twice, four times ... as many."""
START, _FINAL, _FIRST = 0, 1, 2

Steps: TypeAlias = list[tuple[Expression, State | None]]
"""What is read, and the state then; None if nothing matches then."""


def without_assertions(expression: Expression, *, state_limit: int = STATE_LIMIT, work_limit: int = WORK_LIMIT) -> Expression:
    """The texts that the expression matches from their beginning to their end, as an expression without Look, Atomic and Lazy.

    Raises:
        LimitReached: it needs too many states, or too much work.
    """
    explored = Explored(Continuations(expression, work_limit=work_limit), state_limit)
    explored.explore(explored.rests.start)
    return explored.expression()


class Explored:
    """The automaton of a pattern, as edges between numbered states.

    Attributes:
        rests: the cells that the states are made of.
    """

    def __init__(self, continuations: Continuations, limit: int) -> None:
        self.rests, self._limit = continuations, limit
        self._cells = continuations.cells
        self._readings = Readings(continuations)
        self._numbers: dict[State, int] = {}
        self._states: list[State] = []
        self._edges: Edges = []

    def explore(self, cell: int, claims: frozenset[int] = NO_CLAIMS, behind: Behind = ()) -> None:
        """All states from one on."""
        self._link(START, EMPTY, self._readings.state(cell, claims, behind))
        for number, state in enumerate(self._states, _FIRST):  # grows while it runs
            for label, target in self._whole(state) or self._read(number, state):
                self._link(number, label, target)

    def expression(self, end: int = _FINAL) -> Expression:
        """The texts that lead from the start to the end."""
        return expression_between(START, end, self._edges)

    def _link(self, source: int, label: Expression, target: State | None) -> None:
        if target is None:
            return
        number = self._numbers.get(target)
        if number is None:
            if len(self._states) >= self._limit:
                raise LimitReached("the states of a pattern with assertions", limit=self._limit, reached=self._limit + 1)
            number = self._numbers[target] = len(self._states) + _FIRST
            self._states.append(target)
        self._edges.append((source, label, number))

    def _read(self, number: int, state: State) -> Steps:
        """Edges by one character; an edge to the end where the text may end here."""
        steps, ends = self._readings.after(state)
        if ends:
            self._edges.append((number, EMPTY, _FINAL))
        labels: dict[State, int] = {}
        for mask, target in steps:
            labels[target] = labels.get(target, 0) | mask
        return [(self.rests.alphabet.characters(mask), target) for target, mask in labels.items()]

    def _whole(self, state: State) -> Steps:
        """Edges from a state without claims outside atomic groups, if there are any that need not look at characters."""
        cell = self._cells[state.cell]
        if state.claims or cell.cut >= 0 or state.cell == END:
            return []
        parts, rest = self._whole_parts(state.cell)
        if parts and not cell.behinds:
            return [(sequence(part for part, _ in parts), self._readings.state(rest, NO_CLAIMS, ()))]
        if parts and all(self._reads_one(number) for number in cell.behinds):
            return self._split(state, parts, rest)
        if cell.kind == CHOICE:
            targets = [self.rests.cell(part, cell.next) for part in self.rests.parts(cell.node)]
            return [(EMPTY, self._readings.state(target, NO_CLAIMS, state.behind)) for target in targets]
        return self._iterations(cell, state.behind) if cell.kind == LOOP else []

    def _iterations(self, cell: Cell, behind: Behind) -> Steps:
        """Edges from a repeat into one more iteration, over all of it if it asks for nothing, and out of the repeat."""
        assert isinstance(cell.node, Repeat | Lazy)
        after = self.rests.loop_after(cell)
        steps: Steps
        if cell.plain and not cell.behinds:
            steps = [(cell.node.part, self._readings.state(after, NO_CLAIMS, ()))]
        else:
            steps = [(EMPTY, self._readings.state(self.rests.cell(cell.node.part, after), NO_CLAIMS, behind))]
        return steps if cell.low else [*steps, (EMPTY, self._readings.state(cell.next, NO_CLAIMS, behind))]

    def _whole_parts(self, number: int) -> tuple[list[tuple[Expression, bool]], int]:
        """Frames that ask for nothing, as expressions with whether they may be empty, and the cell after them."""
        parts: list[tuple[Expression, bool]] = []
        while self._cells[number].plain and _is_whole(self._cells[number]):
            parts.append(self.rests.frame(number))
            number = self._cells[number].next
        return parts, number

    def _reads_one(self, behind: int) -> bool:
        """Whether the lookbehind looks at the character before and no more."""
        begin = self._cells[self.rests.begins[behind]]
        return begin.kind == CHARACTER and begin.next == END

    def _split(self, state: State, parts: list[tuple[Expression, bool]], rest: int) -> Steps:
        """Edges over all of the parts but their last character, which is what comes to be behind; none if that gains nothing."""
        last = endings(parts)
        if last is None or all(before == EMPTY for before, _ in last):
            return []
        steps: Steps = []
        for before, character in last:
            steps.append((before, self._readings.state(self.rests.cell(character, rest), NO_CLAIMS, ())))
        if all(may_be_empty for _, may_be_empty in parts):
            steps.append((EMPTY, self._readings.state(rest, NO_CLAIMS, state.behind)))
        return steps


def _is_whole(cell: Cell) -> bool:
    """Whether a frame may be left whole: not in the middle of a long counted repeat, lest each count become an edge of its length."""
    if cell.kind != LOOP or max(cell.low, cell.high or 0) <= 2 * _STEPPED:
        return True
    assert isinstance(cell.node, Repeat)
    done = cell.node.low - cell.low if cell.high is None or cell.node.high is None else cell.node.high - cell.high
    return done == 0 or (done >= _STEPPED and done & (done - 1) == 0)
