"""Automata of terminals over *letters*: classes of characters that no terminal of the grammar tells apart, numbered from 0.

A name of Unicode letters has two states over letters and 150 over bytes, so whatever compares terminals does it here. The automaton of an
expression is that of the same expression with a label for each letter.

    >>> from fsmgen.automata import Characters, repeat, text
    >>> letters = Letters([text("if"), Characters(((97, 122),))])
    >>> letters.count
    4
    >>> automaton = letters.automaton(text("if"))
    >>> [letters.characters([letter]) for letter, target in enumerate(automaton.row(automaton.start)) if target]
    [Characters(ranges=((105, 105),))]
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from fsmgen.automata import DEAD, Characters, Choice, Expression, Repeat, Sequence, Symbol, Words, choice, repeat, sequence
from fsmgen.automata.alphabet import Alphabet
from fsmgen.automata.expression import Ranges, Table, words
from fsmgen.grammar import States
from fsmgen.grammar.network import lower

ANY_CHARACTER = Characters(((0, 0xD7FF), (0xE000, 0x10FFFF)))
ANYTHING = repeat(ANY_CHARACTER, 0)
_BYTES = 256


class Letters:
    """The letters of a grammar.

    Attributes:
        count: how many there are.
        examples: a character of each.
    """

    def __init__(self, patterns: Iterable[Expression]) -> None:
        self._alphabet = Alphabet.of(choice([ANY_CHARACTER, *patterns]))
        self.count = self._alphabet.everything.bit_length()
        self._codes = [_first_code(self._alphabet.characters(1 << letter)) for letter in range(self.count)]
        self.examples = "".join(map(chr, self._codes))
        self._letter_of = {code: letter for letter, code in enumerate(self._codes)}
        self._classes: dict[Ranges, Expression] = {}

    def spelled(self, text: str) -> list[int]:
        """The letters of a text of characters that are letters by themselves, as those of a string of the grammar are."""
        return [self._letter_of[ord(character)] for character in text]

    def characters(self, letters: Iterable[int]) -> Expression:
        """One character out of these letters."""
        return self._alphabet.characters(sum(1 << letter for letter in letters))

    def automaton(self, expression: Expression) -> LetterAutomaton:
        """The automaton of an expression over characters, all of whose classes are unions of letters."""
        return LetterAutomaton(States(lower({"start": self._coded(expression)}, "start")), self.count)

    def _coded(self, part: Expression) -> Expression:
        """The expression with labels for letters; strings consist of characters that are letters by themselves."""
        match part:
            case Words(items):
                return choice([_word(self.spelled(item.decode())) for item in items])
            case Characters(ranges):
                if ranges not in self._classes:
                    self._classes[ranges] = self._class(ranges)
                return self._classes[ranges]
            case Sequence(parts):
                return sequence(map(self._coded, parts))
            case Choice(parts):
                return choice(map(self._coded, parts))
            case Repeat(inner, low, high):
                return repeat(self._coded(inner), low, high)
            case Table(states, edges):
                return Table(states, tuple((source, self._coded(inner), target) for source, inner, target in edges))
        raise AssertionError(f"{part!r} is no part of a terminal")

    def _class(self, ranges: Ranges) -> Expression:
        bounds = np.array(ranges).reshape(-1)
        inside = np.searchsorted(bounds, self._codes, side="right") % 2 == 1
        inside |= np.isin(self._codes, bounds)
        found = np.nonzero(inside)[0].tolist()
        single = words(bytes([letter]) for letter in found if letter < _BYTES)
        return choice([single, *(_label(letter) for letter in found if letter >= _BYTES)])


class LetterAutomaton:
    """An automaton over letters, built as it is walked.

    Attributes:
        start: its start state.
    """

    def __init__(self, states: States, count: int) -> None:
        self._states, self.start = states, states.start
        symbols = {name: _BYTES + i for i, name in enumerate(states.symbols)}
        labels = [letter if letter < _BYTES else symbols.get(str(letter), -1) for letter in range(count)]
        self._unused = [letter for letter, label in enumerate(labels) if label < 0]
        self._columns = states.classes[labels]
        self._rows: dict[int, list[int]] = {DEAD: [DEAD] * count}

    def row(self, state: int) -> list[int]:
        """By letter, the state after it."""
        if state not in self._rows:
            row = self._states.row(state)[self._columns]
            row[self._unused] = DEAD
            self._rows[state] = row.tolist()
        return self._rows[state]

    def accepts(self, letters: Iterable[int]) -> bool:
        """Whether these letters are a word."""
        state = self.start
        for letter in letters:
            state = self.row(state)[letter]
        return self.accepting(state)

    def accepting(self, state: int) -> bool:
        """Whether the letters read so far are a word."""
        return state != DEAD and self._states.accepting(state)


def mask_of(letters: Iterable[bool]) -> int:
    """Bit i for letter i."""
    return sum(1 << letter for letter, inside in enumerate(letters) if inside)


def _first_code(part: Expression) -> int:
    assert isinstance(part, Characters)
    return part.ranges[0][0]


def _label(letter: int) -> Expression:
    return Words((bytes([letter]),)) if letter < _BYTES else Symbol(str(letter))


def _word(letters: list[int]) -> Expression:
    return sequence(map(_label, letters))
