"""Deterministic automata over characters: where the set algebra of texts is done.

A condition over *atoms* (patterns, word lists, lengths) becomes one automaton by walking the automata of all atoms side by side. A state in
which the condition is decided, whatever comes, is not walked on from. Atoms whose automata are small are written out once and walked by a
kernel; of others as much is built as the walk needs.

    >>> from fsmgen.automata.expression import Characters, repeat
    >>> from fsmgen.frontends.json_schema.atoms import Listed, Pattern
    >>> from fsmgen.frontends.json_schema.conditions import every, fails, holds
    >>> letters = Pattern(repeat(Characters(((97, 122),)), 1))
    >>> machine = explored([letters, Listed(frozenset({"a", "7"}))], every([holds(0), fails(1)]))
    >>> machine.accepts("a"), machine.accepts("b"), machine.accepts("aa"), machine.accepts("7")
    (False, True, True, False)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice

import numpy as np

from fsmgen.automata import DEAD, EMPTY, NOTHING, Characters, Dfa, Expression
from fsmgen.automata.alphabet import Alphabet
from fsmgen.automata.expression import Table
from fsmgen.errors import LimitReached
from fsmgen.frontends.json_schema.atoms import FULL, Atom
from fsmgen.frontends.json_schema.conditions import Condition, decided
from fsmgen.frontends.json_schema.exploring import alphabet_of, moves
from fsmgen.frontends.json_schema.exploring import product as written_out
from fsmgen.frontends.json_schema.spelling import Steps

STATE_LIMIT = 20_000
"""States that a machine may have before it is made small."""
WORK_LIMIT = 1_000_000
"""Moves of single states that making it may take; about a microsecond each."""

@dataclass(frozen=True, slots=True, eq=False)
class Machine:
    """A minimal automaton; DEAD is its state without a way to acceptance.

    Attributes:
        dfa: over the classes of the alphabet as labels.
        alphabet: the classes of characters.
    """

    dfa: Dfa
    alphabet: Alphabet

    @property
    def is_empty(self) -> bool:
        """Whether no text is accepted."""
        return self.dfa.start == DEAD

    def accepts(self, text: str) -> bool:
        """Whether the text is in the language."""
        state = self.dfa.start
        for character in text:
            state = int(self.dfa.transitions[state, self.alphabet.mask_of(character).bit_length() - 1])
        return bool(self.dfa.accepting[state])

    def words(self, limit: int) -> tuple[str, ...] | None:
        """All texts in order, if there are at most so many."""
        if not self.dfa.paths().finite:
            return None
        found = list(islice(self._texts(), limit + 1))
        return tuple(sorted(found)) if len(found) <= limit else None

    def _texts(self) -> Iterator[str]:
        """All texts, depth first, each after a time that its length bounds."""
        rows, accepting = self.dfa.transitions.tolist(), self.dfa.accepting.tolist()

        def moves(text: str, state: int) -> Iterator[tuple[str, int]]:
            ways = ((1 << c, target) for c, target in enumerate(rows[state]) if target != DEAD)
            return ((text + character, target) for mask, target in ways for character in self.alphabet.members(mask))

        stack = [iter([("", self.dfa.start)])] if self.dfa.start != DEAD else []
        while stack:
            step = next(stack[-1], None)
            if step is None:
                stack.pop()
                continue
            if accepting[step[1]]:
                yield step[0]
            stack.append(moves(*step))

    def expression(self) -> Expression:
        """The language as an expression over characters."""
        if self.is_empty:
            return NOTHING
        start, found = self.dfa.start, self._moves()
        numbers = {start: 0} if all(target != start for _, _, target in found) else {}
        edges: list[tuple[int, Expression, int]] = []
        for state in range(1, self.dfa.state_count):
            if state not in numbers:
                numbers[state] = len(numbers) + 1 + (start not in numbers or numbers[start] != 0)
        if numbers[start] != 0:
            edges.append((0, EMPTY, numbers[start]))
        edges += ((numbers[source], letters, numbers[target]) for source, letters, target in found)
        edges += ((numbers[state], EMPTY, 1) for state in np.flatnonzero(self.dfa.accepting).tolist())
        return Table(max(2, 1 + max(numbers.values())), tuple(edges))

    def steps(self, low: int, high: int) -> Steps:
        """The texts of `low` to `high` characters."""
        start = self.dfa.start
        states = [start, *(state for state in range(1, self.dfa.state_count) if state != start)]
        numbers = {state: i for i, state in enumerate(states)}
        edges = tuple((numbers[source], letters, numbers[target]) for source, letters, target in self._moves())
        finals = tuple(numbers[state] for state in states if self.dfa.accepting[state])
        return Steps(len(states), finals, edges, low, high)

    def _moves(self) -> list[tuple[int, Characters, int]]:
        """The moves, by source."""
        found = []
        for source, target, mask in moves(self.dfa.transitions):
            letters = self.alphabet.characters(mask)
            assert isinstance(letters, Characters)
            found.append((source, letters, target))
        return found


_FATES = {DEAD: False, FULL: True}


def explored(atoms: Sequence[Atom], condition: Condition, *, limit: int = STATE_LIMIT) -> Machine:
    """The texts for which a condition holds of the atoms that they are in.

    Raises:
        LimitReached: the product of the atoms has too many states, or takes too much work.
    """
    exploration = written_out(tuple(atoms))
    if exploration is None:
        return _walked(atoms, condition, limit)
    found = exploration.rows(condition, limit)
    if found is None:
        raise _too_many_states(limit)
    rows, accepting, start = found
    classes = np.arange(rows.shape[1], dtype=np.int32)
    return Machine(Dfa(rows, accepting, start, classes, ()).minimized(), exploration.alphabet)


def has_text(atoms: Sequence[Atom], condition: Condition, *, limit: int = STATE_LIMIT) -> bool:
    """Whether there is such a text: `explored` up to the first one.

    Raises:
        LimitReached: as there.
    """
    exploration = written_out(tuple(atoms))
    if exploration is None:
        product = _Product(atoms, condition, limit)
        return product.start == FULL or any(product.accepts(state) or FULL in product.row(state) for state in product.growing())
    found = exploration.has_text(condition, limit)
    if found is None:
        raise _too_many_states(limit)
    return found


def _walked(atoms: Sequence[Atom], condition: Condition, limit: int) -> Machine:
    """What `explored` finds, with no automaton written out beforehand."""
    product = _Product(atoms, condition, limit)
    rows = [[DEAD] * product.classes, [FULL] * product.classes, *map(product.row, product.growing())]
    accepting = [False, True, *map(product.accepts, product.states[2:])]
    table, classes = np.array(rows, np.int32), np.arange(product.classes, dtype=np.int32)
    return Machine(Dfa(table, np.array(accepting), product.start, classes, ()).minimized(), product.alphabet)


def _too_many_states(limit: int) -> LimitReached:
    return LimitReached("the states of an automaton of texts", limit=limit, reached=limit + 1)


class _Product:
    """The product of atoms, as far as it was asked for; states whose fate is known are DEAD or FULL.

    Attributes:
        states: tuples of the atoms' states; the first two stand for DEAD and FULL.
        start: the number of the start state.
        classes: how many classes of characters there are.
    """

    def __init__(self, atoms: Sequence[Atom], condition: Condition, limit: int) -> None:
        self.alphabet = alphabet_of(atoms)
        self._budget, self._limit = _Budget(), limit
        self._decide = cache(partial(decided, condition))
        self._walks = [atom.walk(self.alphabet, self._budget.spend) for atom in atoms]
        self.classes = self.alphabet.everything.bit_length()
        self._fates: dict[tuple[int, ...], int] = {}
        self.states: list[tuple[int, ...]] = [(), ()]
        self.start = self._number(tuple(walk.start for walk in self._walks))

    def _number(self, state: tuple[int, ...]) -> int:
        found = self._fates.get(state)
        if found is None:
            known = self._decide(tuple([_FATES.get(part) for part in state]))
            found = self._fates[state] = int(known) if known is not None else len(self.states)
            if known is None:
                self.states.append(state)
                if len(self.states) > self._limit:
                    raise _too_many_states(self._limit)
        return found

    def growing(self) -> Iterator[tuple[int, ...]]:
        """The states, those too that are found meanwhile."""
        at = 2
        while at < len(self.states):
            yield self.states[at]
            at += 1

    def row(self, state: tuple[int, ...]) -> list[int]:
        """The state after one more character of each class."""
        self._budget.spend(len(self._walks) * self.classes)
        rows, known = [walk.row(part) for walk, part in zip(self._walks, state, strict=True)], self._fates
        return [known[row] if row in known else self._number(row) for row in zip(*rows, strict=True)]

    def accepts(self, state: tuple[int, ...]) -> bool:
        """Whether the text may end there."""
        return bool(self._decide(tuple([walk.accepts(part) for walk, part in zip(self._walks, state, strict=True)])))


class _Budget:
    def __init__(self) -> None:
        self._spent = 0

    def spend(self, work: int) -> None:
        """Count steps of work.

        Raises:
            LimitReached: there were too many in all.
        """
        self._spent += work
        if self._spent > WORK_LIMIT:
            raise LimitReached("the steps of making an automaton of texts", limit=WORK_LIMIT, reached=self._spent)
