"""The plain decimals that are multiples of a number, as an automaton of remainders.

For a step of n / 10^k, a numeral is a multiple if its digits up to the k-th one after the point, read as a whole number, are a multiple
of n, and zeros follow. While digits are missing, only the remainder by n without the factors that they will bring counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import gcd

from fsmgen.automata import DEAD
from fsmgen.automata.alphabet import Alphabet
from fsmgen.automata.expression import Ranges
from fsmgen.errors import LimitReached
from fsmgen.frontends.json_schema.atoms import FULL, Spend

REMAINDER_LIMIT = 10_000
"""Remainders that an automaton may tell apart."""


@dataclass(frozen=True, slots=True)
class Multiples:
    """The numerals without sign and exponent that are multiples of a number, as an atom of a formula over numerals."""

    step: Fraction

    def sets(self) -> Iterable[Ranges]:
        return (((ord(character), ord(character)),) for character in "0123456789.")

    def walk(self, alphabet: Alphabet, spend: Spend) -> _Remainders:
        """Its automaton.

        Raises:
            LimitReached: there are too many remainders.
        """
        return _Remainders(self.step, alphabet, spend)


class _Remainders:
    """States are (digits read after the point, or -1 before it; remainder), as numbers."""

    def __init__(self, step: Fraction, alphabet: Alphabet, spend: Spend) -> None:
        self.spend = spend
        places = 0
        while (step * 10**places).denominator != 1:
            places += 1
        n = int(step * 10**places)
        self._places = places
        self._divisors = [n // gcd(n, 10 ** (places - i)) for i in range(places + 1)]
        if sum(self._divisors) > REMAINDER_LIMIT:
            raise LimitReached("the remainders of a multiple", limit=REMAINDER_LIMIT, reached=sum(self._divisors))
        self._numbers: dict[tuple[int, int], int] = {}
        self._states: list[tuple[int, int]] = [(0, 1), (0, 0)]
        self._dead = [DEAD] * alphabet.everything.bit_length()
        self._digits = [alphabet.mask_of(digit).bit_length() - 1 for digit in "0123456789"]
        self._point = alphabet.mask_of(".").bit_length() - 1
        self.start = self._number(-1, 0)

    def _number(self, place: int, remainder: int) -> int:
        if place >= self._places and remainder:
            return DEAD
        state = place, remainder
        if state not in self._numbers:
            self._numbers[state] = len(self._states)
            self._states.append(state)
        return self._numbers[state]

    def row(self, state: int) -> list[int]:
        if state == FULL:
            return [FULL] * len(self._dead)
        row = list(self._dead)
        self.spend(len(row))
        if state != DEAD:
            place, remainder = self._states[state]
            if place < 0:
                row[self._point] = self._number(0, remainder)
            if place >= self._places:
                row[self._digits[0]] = state
                return row
            after = place if place < 0 else place + 1
            divisor = self._divisors[max(after, 0)]
            for digit, c in enumerate(self._digits):
                row[c] = self._number(after, (10 * remainder + digit) % divisor)
        return row

    def accepts(self, state: int) -> bool:
        return state == FULL or (state != DEAD and self._states[state][1] == 0)
