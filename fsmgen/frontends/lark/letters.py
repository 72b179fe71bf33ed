"""Automata of terminals over *letters*: classes of characters that no terminal of the grammar tells apart, numbered from 0.

A name of Unicode letters has two states over letters and 150 over bytes, so whatever compares terminals does it here, with a subset
construction of its own: for automata of a few states it takes less time than to set up the tables of a large one.

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

from fsmgen.automata import DEAD, Characters, Choice, Expression, Repeat, Sequence, Words, choice, repeat, sequence
from fsmgen.automata.alphabet import Alphabet
from fsmgen.automata.expression import Ranges, Table
from fsmgen.errors import LimitReached

ANY_CHARACTER = Characters(((0, 0xD7FF), (0xE000, 0x10FFFF)))
ANYTHING = repeat(ANY_CHARACTER, 0)
NODE_LIMIT = 200_000
"""States of a terminal before it is made deterministic."""


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
        self._masks: dict[Ranges, int] = {}

    def spelled(self, text: str) -> list[int]:
        """The letters of a text of characters that are letters by themselves, as those of a string of the grammar are."""
        return [self._letter_of[ord(character)] for character in text]

    def characters(self, letters: Iterable[int]) -> Expression:
        """One character out of these letters."""
        return self._alphabet.characters(sum(1 << letter for letter in letters))

    def mask(self, ranges: Ranges) -> int:
        """The letters of characters that are a union of letters, as a mask."""
        if ranges not in self._masks:
            bounds = np.array(ranges).reshape(-1)
            inside = (np.searchsorted(bounds, self._codes, side="right") % 2 == 1) | np.isin(self._codes, bounds)
            self._masks[ranges] = mask_of(inside.tolist())
        return self._masks[ranges]

    def apart(self, one: Expression, other: Expression) -> bool:
        """Whether two expressions surely have no common word: each is a character after the other, and one or their number differs."""
        masks, others = self.spelling(one), self.spelling(other)
        if masks is None or others is None:
            return False
        return len(masks) != len(others) or any(not a & b for a, b in zip(masks, others, strict=True))

    def spelling(self, part: Expression) -> list[int] | None:
        """The letters of each character; None if there may be more or fewer characters."""
        if isinstance(part, Characters):
            return [self.mask(part.ranges)]
        if isinstance(part, Words) and len(part.words) == 1:
            return [1 << letter for letter in self.spelled(part.words[0].decode())]
        if not isinstance(part, Sequence):
            return None
        spellings = [self.spelling(inner) for inner in part.parts]
        return None if None in spellings else [mask for spelling in spellings if spelling for mask in spelling]

    def automaton(self, expression: Expression) -> LetterAutomaton:
        """The automaton of an expression over characters, all of whose classes are unions of letters."""
        return LetterAutomaton(expression, self)


Nodes = frozenset[int]


class LetterAutomaton:
    """A deterministic automaton over letters, built as it is walked; every state but DEAD leads to acceptance.

    Attributes:
        start: its start state.
    """

    def __init__(self, expression: Expression, letters: Letters) -> None:
        self._letters = letters
        self._reads: list[list[tuple[int, int]]] = [[], []]
        self._skips: list[list[int]] = [[], []]
        self._part(expression, 0, 1)
        self._numbers: dict[Nodes, int] = {frozenset(): DEAD}
        self._states: list[Nodes] = [frozenset()]
        self._rows: dict[int, list[int]] = {}
        self.start = self._number([0])

    def row(self, state: int) -> list[int]:
        """By letter, the state after it."""
        if state not in self._rows:
            row = [DEAD] * self._letters.count
            for mask, nodes in self._moves(state):
                target = self._number(nodes)
                while mask:
                    low = mask & -mask
                    row[low.bit_length() - 1] = target
                    mask ^= low
            self._rows[state] = row
        return self._rows[state]

    def accepts(self, letters: Iterable[int]) -> bool:
        """Whether these letters are a word."""
        state = self.start
        for letter in letters:
            state = self.row(state)[letter]
        return self.accepting(state)

    def common(self, part: Expression) -> Expression | None:
        """The words that are words of an expression too, which is a character after the other; None if they cannot be written like that."""
        masks = self._letters.spelling(part)
        states, characters = {self.start}, []
        for mask in masks or ():
            letters = [letter for letter in range(self._letters.count) if mask >> letter & 1]
            kept = [letter for letter in letters if any(self.row(state)[letter] for state in states)]
            states = {self.row(state)[letter] for state in states for letter in kept}
            characters.append(self._letters.characters(kept))
            if DEAD in states or not kept:
                return None
        return sequence(characters) if masks and all(map(self.accepting, states)) else None

    def accepting(self, state: int) -> bool:
        """Whether the letters read so far are a word."""
        return 1 in self._states[state]

    def begins(self) -> int:
        """The letters with which words begin, as a mask."""
        return mask_of(target != DEAD for target in self.row(self.start))

    def _moves(self, state: int) -> list[tuple[int, Nodes]]:
        """Letters that lead to the same nodes, as masks, with these."""
        groups: list[tuple[int, Nodes]] = []
        for mask, target in (move for node in self._states[state] for move in self._reads[node]):
            split: list[tuple[int, Nodes]] = []
            for known, nodes in groups:
                if known & mask:
                    split.append((known & mask, nodes | {target}))
                if known & ~mask:
                    split.append((known & ~mask, nodes))
                mask &= ~known
            groups = [*split, (mask, frozenset([target]))] if mask else split
        return groups

    def _number(self, nodes: Iterable[int]) -> int:
        """The state of nodes and what they reach without reading."""
        reached = set(nodes)
        stack = list(reached)
        while stack:
            fresh = [node for node in self._skips[stack.pop()] if node not in reached]
            reached.update(fresh)
            stack += fresh
        whole = frozenset(reached)
        if whole not in self._numbers:
            self._numbers[whole] = len(self._states)
            self._states.append(whole)
        return self._numbers[whole]

    def _new(self, count: int = 1) -> int:
        first = len(self._reads)
        if first + count > NODE_LIMIT:
            raise LimitReached("the states of a terminal", limit=NODE_LIMIT, reached=first + count)
        self._reads += [[] for _ in range(count)]
        self._skips += [[] for _ in range(count)]
        return first

    def _part(self, part: Expression, a: int, b: int) -> None:
        """Ways from node a to node b that read the words of an expression, never back into a nor out of b."""
        match part:
            case Words(items):
                for item in items:
                    self._masks([1 << letter for letter in self._letters.spelled(item.decode())], a, b)
            case Characters(ranges):
                self._reads[a].append((self._letters.mask(ranges), b))
            case Sequence(parts):
                for inner in parts[:-1]:
                    middle = self._new()
                    self._part(inner, a, middle)
                    a = middle
                self._part(parts[-1], a, b)
            case Choice(parts):
                for inner in parts:
                    self._part(inner, a, b)
            case Repeat(inner, low, high):
                self._repeat(inner, low, high, (a, b))
            case Table(states, edges):
                first = self._new(states - 2)
                numbers = [a, b, *range(first, first + states - 2)]
                for source, inner, target in edges:
                    self._part(inner, numbers[source], numbers[target])

    def _masks(self, masks: list[int], a: int, b: int) -> None:
        if not masks:
            self._skips[a].append(b)
            return
        for mask in masks[:-1]:
            middle = self._new()
            self._reads[a].append((mask, middle))
            a = middle
        self._reads[a].append((masks[-1], b))

    def _repeat(self, inner: Expression, low: int, high: int | None, ends: tuple[int, int]) -> None:
        at, b = ends
        for count in range(low if high is None else high):
            if count >= low:
                self._skips[at].append(b)
            following = self._new()
            self._part(inner, at, following)
            at = following
        if high is None:
            loop = self._new(2)
            again = loop + 1
            self._skips[at].append(loop)
            self._part(inner, loop, again)
            self._skips[again].append(loop)
            at = loop
        self._skips[at].append(b)


def mask_of(letters: Iterable[bool]) -> int:
    """Bit i for letter i."""
    return sum(1 << letter for letter, inside in enumerate(letters) if inside)


def _first_code(part: Expression) -> int:
    assert isinstance(part, Characters)
    return part.ranges[0][0]
