r"""JSON texts of the numbers of a range, a list, or a combination of multiples.

Numbers without bounds (or with one at 0) have every JSON spelling that a finite automaton can decide: `100`, `100.0`, `1e2`, `0.1E+03`.
Others have two: plain decimals with any zeros at their end, and *scientific* ones, with one digit before the point, that is no zero, and
an exponent; whole numbers have no more decimals there than the exponent says, and at most 16. Multiples of what is no power of ten have
plain spellings only. A sign stands only before what is below zero, and before any spelling of zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from fsmgen.automata import NOTHING, Characters, Expression, choice, repeat, sequence, text
from fsmgen.automata.expression import Table, words
from fsmgen.frontends._numerals import DIGIT, NONZERO, Bound, numerals, wholes
from fsmgen.frontends.json_schema.atoms import Pattern
from fsmgen.frontends.json_schema.conditions import holds
from fsmgen.frontends.json_schema.machines import explored

_E = Characters(((0x45, 0x45), (0x65, 0x65)))
_ZERO, _POINT, _DIGITS = text("0"), text("."), repeat(DIGIT, 1)
_SIGN, _PLUS = repeat(Characters(((0x2B, 0x2B), (0x2D, 0x2D))), 0, 1), repeat(text("+"), 0, 1)
_EXPONENT = repeat(sequence([_E, _SIGN, _DIGITS]), 0, 1)
IDLE = repeat(sequence([_POINT, repeat(_ZERO, 1)]), 0, 1)
"""A point and zeros, or nothing."""
MINUS = repeat(text("-"), 0, 1)
ZERO = sequence([_ZERO, IDLE, _EXPONENT])
"""Zero without a sign."""
_FEW = 8
"""With less digits after the point, the automaton of a scientific number is small as it is."""
_DECIMALS = 16
"""Digits after the point of a scientific whole number: as many as programs write."""

Exponents: TypeAlias = tuple[int | None, int | None]
"""From one to the other; None where there is no end."""


@dataclass(frozen=True, slots=True)
class Magnitudes:
    """The numbers from `low`, at least 0, to `high`; None where there is no end."""

    low: Fraction
    with_low: bool
    high: Fraction | None
    with_high: bool

    @property
    def is_free(self) -> bool:
        """Whether only the sign is bounded, and perhaps zero left out."""
        return self.low == 0 and self.high is None

    def plain(self) -> Expression:
        """Decimals without exponent, with any zeros at their end."""
        high = None if self.high is None else Bound.of(as_decimal(self.high), self.with_high)
        return numerals(Bound.of(as_decimal(self.low), self.with_low), high, None)


def as_decimal(number: Fraction) -> Decimal:
    """A number whose decimals end, exactly."""
    shift = max(_power(number.denominator, 2), _power(number.denominator, 5))
    digits = number.numerator * 10**shift // number.denominator
    return Decimal((int(digits < 0), tuple(map(int, str(abs(digits)))), -shift))


def _power(number: int, base: int) -> int:
    """How often the number can be divided by the base."""
    count = 0
    while number % base == 0:
        number, count = number // base, count + 1
    return count


def magnitudes(part: Magnitudes) -> Expression:
    """All numbers of a range."""
    if part.is_free and part.with_low:
        return sequence([choice([_ZERO, sequence([NONZERO, repeat(DIGIT, 0)])]), repeat(sequence([_POINT, _DIGITS]), 0, 1), _EXPONENT])
    if part.is_free:
        above_one = sequence([NONZERO, repeat(DIGIT, 0), repeat(sequence([_POINT, _DIGITS]), 0, 1)])
        below_one = sequence([_ZERO, _POINT, repeat(_ZERO, 0), NONZERO, repeat(DIGIT, 0)])
        return sequence([choice([above_one, below_one]), _EXPONENT])
    zero = sequence([_ZERO, IDLE, _E, _SIGN, _DIGITS]) if part.low == 0 and part.with_low else NOTHING
    return choice([part.plain(), zero, _scientific(part, whole=False)])


def round_magnitudes(part: Magnitudes, places: int) -> Expression:
    """The numbers of a range with at most so many decimals that are no idle zeros."""
    high = None if part.high is None else Bound.of(as_decimal(part.high), part.with_high)
    low = Bound.of(as_decimal(part.low), part.with_low)
    if places:
        shorter = numerals(low, high, tuple(range(places)))
        plain = choice([shorter, sequence([numerals(low, high, (places,)), repeat(_ZERO, 0)])])
    else:
        plain = sequence([numerals(low, high, (0,)), IDLE])
    if part.is_free and not places:
        large = _scientific(Magnitudes(Fraction(1), True, None, True), whole=True)
        return choice([sequence([plain, repeat(sequence([_E, _PLUS, _DIGITS]), 0, 1)]), large, ZERO if part.with_low else NOTHING])
    first = max(Fraction(1), Fraction(-(-part.low // 1) + (not part.with_low and part.low.denominator == 1)))
    last = None if part.high is None else Fraction(part.high // 1 - (not part.with_high and part.high.denominator == 1))
    large = NOTHING if last is not None and last < first else _scientific(Magnitudes(first, True, last, True), whole=True)
    zero = sequence([_ZERO, IDLE, _E, _SIGN, _DIGITS]) if part.low == 0 and part.with_low else NOTHING
    return choice([plain, zero, large])


def _scientific(part: Magnitudes, *, whole: bool) -> Expression:
    """The numbers above 0 with one digit before the point and an exponent; whole numbers if `whole`."""
    low, lowest = (None, None) if part.low == 0 else _normalised(part.low)
    high, highest = (None, None) if part.high is None else _normalised(part.high)
    if part.high == 0 or (low is not None and low == high and lowest == highest and not (part.with_low and part.with_high)):
        return NOTHING
    if whole and low is None:
        low, lowest = Decimal(1), 0
    least = None if low is None else Bound.of(low, part.with_low or part.low == 0)
    most = None if high is None else Bound.of(high, part.with_high)
    one, ten = Bound(1), Bound(10, inclusive=False)
    parts = []
    if lowest is not None and lowest == highest:
        parts.append(_with_exponent(least or one, most or ten, lowest, whole))
        return choice(parts)
    if lowest is not None and least is not None:
        parts.append(_with_exponent(least, ten, lowest, whole))
    if highest is not None and most is not None:
        parts.append(_with_exponent(one, most, highest, whole))
    between = None if lowest is None else lowest + 1, None if highest is None else highest - 1
    free = _free_whole(between) if whole else sequence([NONZERO, repeat(sequence([_POINT, _DIGITS]), 0, 1), _exponents(between)])
    return choice([*parts, free])


def _normalised(number: Fraction) -> tuple[Decimal, int]:
    """One digit before the point, and the exponent."""
    value = as_decimal(number)
    exponent = value.adjusted()
    return Decimal((0, value.as_tuple().digits, int(value.as_tuple().exponent) - exponent)), exponent


def _with_exponent(low: Bound, high: Bound, exponent: int, whole: bool) -> Expression:
    counts = tuple(range(min(exponent, _DECIMALS) + 1)) if whole else None
    return sequence([numerals(low, high, counts), _exponents((exponent, exponent))])


def _exponents(ends: Exponents) -> Expression:
    """`e` and a whole number between two others."""
    low, high = ends
    if low is not None and high is not None and high < low:
        return NOTHING
    zeros = repeat(_ZERO, 0)
    above = NOTHING if high is not None and high < 0 else sequence([_PLUS, zeros, wholes(max(low or 0, 0), high)])
    negative = (0 if high is None else max(0, -high)), None if low is None else -low
    below = NOTHING if negative[1] is not None and negative[1] < negative[0] else sequence([text("-"), zeros, wholes(*negative)])
    return sequence([_E, choice([above, below])])


@lru_cache(maxsize=256)
def _free_whole(ends: Exponents) -> Expression:
    """A digit, and after a point no more of them than the exponent says, as a small automaton."""
    low, high = max(0, ends[0] or 0), ends[1]
    if high is not None and high < low:
        return NOTHING
    most = _DECIMALS if high is None else min(high, _DECIMALS)
    edges: list[tuple[int, Expression, int]] = [(0, NONZERO, 2), (2, _exponents((low, high)), 1)]
    if most:
        edges.append((2, _POINT, 3))
    for count in range(1, most + 1):
        edges += [(count + 2, DIGIT, count + 3), (count + 3, _exponents((max(low, count), high)), 1)]
    whole = Table(most + 4 if most else 3, tuple(edges))
    return whole if most < _FEW else explored([Pattern(whole)], holds(0)).expression()


def listed(numbers: Iterable[Fraction]) -> Expression:
    """The numbers of a list, none below zero."""
    values = sorted(set(numbers))
    exact = [as_decimal(number) for number in values]
    plain: dict[bool, list[bytes]] = {True: [], False: []}
    scientific: dict[int, list[Decimal]] = {}
    for number, value in zip(values, exact, strict=True):
        plain[number.denominator == 1].append(f"{value:f}".encode())
        if number:
            mantissa, exponent = _normalised(number)
            scientific.setdefault(exponent, []).append(mantissa)
    parts = [sequence([words(plain[True]), IDLE]), sequence([words(plain[False]), repeat(_ZERO, 0)])]
    for exponent, mantissas in scientific.items():
        parts.append(sequence([_trailing(mantissas), _exponents((exponent, exponent))]))
    return choice([*parts, ZERO if values and values[0] == 0 else NOTHING])


def _trailing(values: Sequence[Decimal]) -> Expression:
    """The numbers with any zeros at their ends."""
    digits = [f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}" for value in values]
    whole = words(value.encode() for value in digits if "." not in value)
    return choice([sequence([whole, IDLE]), sequence([words(value.encode() for value in digits if "." in value), repeat(_ZERO, 0)])])
