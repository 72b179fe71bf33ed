"""How a range of numbers is written: with a sign, plainly or with an exponent, with commas between thousands or without."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Literal, TypeAlias

from fsmgen.automata import Expression, choice, repeat, sequence, text
from fsmgen.automata.expression import words
from fsmgen.frontends._numerals import Bound, Counts, numerals, wholes
from fsmgen.frontends._ranges import Range, check_option

Thousands: TypeAlias = Literal["no", "optional", "required"]
"""Whether commas stand between thousands, all of them or none: 1,234,567."""


def plain(numbers: Range, counts: Counts, thousands: Thousands) -> Expression:
    """The numbers as plain numerals with as many decimals as one of `counts`.

    Raises:
        InvalidOption: `thousands` is unknown.
    """
    check_option("thousands", thousands, Thousands)

    def magnitudes(part: Range) -> Expression:
        return choice([numerals(*bounds(part), counts, grouped=grouped) for grouped in _GROUPED[thousands]])

    return signed(numbers, magnitudes)


_GROUPED: dict[Thousands, tuple[bool, ...]] = {"no": (False,), "optional": (False, True), "required": (True,)}


def bounds(magnitudes: Range) -> tuple[Bound, Bound | None]:
    """The bounds of a range from 0 or above."""
    high = None if magnitudes.high is None else Bound.of(magnitudes.high, magnitudes.with_high)
    return Bound.of(magnitudes.low, magnitudes.with_low), high


def signed(numbers: Range, magnitudes: Callable[[Range], Expression]) -> Expression:
    """The numerals of Decimals in a range, if `magnitudes` gives those of a range from 0 or above, without a sign.

    A range that is its own mirror image has the states of its digits once for both signs.
    """
    low, high, zero = numbers.low, numbers.high, Decimal(0)
    if _mirrored(numbers):
        positive = magnitudes(Range(zero, high, False, numbers.with_high))
        return choice([magnitudes(Range(zero, zero)), sequence([repeat(text("-"), 0, 1), positive])])
    parts: list[Expression] = []
    if high is None or high >= 0:
        below = low is None or low < 0
        parts.append(magnitudes(Range(zero, high, True, numbers.with_high) if below else numbers))
    if low is None or low < 0:
        most = None if low is None else low.copy_negate()
        above = high is None or high >= 0
        least = zero if above else high.copy_negate()
        parts.append(sequence([text("-"), magnitudes(Range(least, most, not above and numbers.with_high, numbers.with_low))]))
    return choice(parts)


def _mirrored(numbers: Range) -> bool:
    low, high = numbers.low, numbers.high
    if low is None or high is None:
        return low is high
    return bool(low.copy_negate() == high and high > 0 and numbers.with_low == numbers.with_high)


def normalised(part: Range, counts: Counts, exponents: tuple[int, int]) -> Expression:
    """The magnitudes of a range as one digit, decimals and an exponent."""
    lowest = part.low.adjusted() if part.low else exponents[0] - 1
    highest = exponents[1] + 1 if part.high is None else part.high.adjusted() if part.high else exponents[0] - 1
    groups: dict[tuple[bool, bool], list[int]] = {}
    for exponent in range(max(lowest, exponents[0]), min(highest, exponents[1]) + 1):
        groups.setdefault((exponent == lowest, exponent == highest), []).append(exponent)
    parts = [sequence([_mantissa(part, *ends, counts), _E, _exponents(inside[0], inside[-1])]) for ends, inside in groups.items()]
    if not part.low and part.with_low and (part.high is None or part.high or part.with_high):
        parts.append(sequence([numerals(Bound(0), Bound(0), counts), _E, _exponents(0, 0)]))
    return choice(parts)


_E = words([b"e", b"E"])


def _mantissa(part: Range, at_low: bool, at_high: bool, counts: Counts) -> Expression:
    low = Bound.of(_significand(part.low), part.with_low) if at_low else Bound(1)
    high = Bound.of(_significand(part.high), part.with_high) if at_high else Bound(10, inclusive=False)
    return numerals(low, high, counts)


def _significand(value: Decimal) -> Decimal:
    """The number from 1 to below 10 that has the same digits."""
    digits = value.as_tuple().digits
    return Decimal((0, digits, 1 - len(digits)))


def _exponents(low: int, high: int) -> Expression:
    def spelled(low: int, high: int) -> Expression:
        return choice([sequence([repeat(text("0"), 0, 1), wholes(low, min(high, 9))]), wholes(max(low, 10), high)])

    plus, minus = repeat(text("+"), 0, 1), text("-")
    return choice([sequence([plus, spelled(max(low, 0), high)]), sequence([minus, spelled(max(-high, 1), -low)])])
