r"""Numbers with bounds, each read as its value: integers, decimals, floats, scientific notation.

    >>> from fsmgen.frontends.numbers import decimal, integer, scientific
    >>> integer(1, 10).source
    'integer from 1 to 10'
    >>> integer(thousands="required").read("1,234,567")
    1234567
    >>> decimal(0, 1, decimals=2).read("0.25")
    Decimal('0.25')
    >>> scientific().read("1.5e-3")
    Decimal('0.0015')

Exact over values: every number in the range has a spelling in the language, and every text of the language is a number in the range. The
spellings are the declared ones: no plus sign, no idle zero in front, a minus only before what is below zero, a digit on either side of the
point.

When not to use it: for whatever other spelling there is, `regex`; for a few numbers, `of_type(Literal[1, 2, 3])`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Collection
from decimal import Decimal
from typing import TypeAlias

from fsmgen.automata import Expression, choice
from fsmgen.errors import EmptyLanguage, InvalidOption, LimitReached
from fsmgen.frontends._notation import Thousands, bounds, normalised, plain, signed
from fsmgen.frontends._numerals import Bound, Counts, numerals
from fsmgen.frontends._ranges import Inclusive, Range, made
from fsmgen.grammar import Language, LeadingSpace

Number: TypeAlias = int | float | Decimal
Decimals: TypeAlias = int | Collection[int] | None
"""How many decimals there may be: at most so many, exactly one of several numbers of them, or any number."""

DIGITS_LIMIT = 100
"""Digits of a bound before its point, or after it; and decimals that may be asked for."""
EXPONENT_LIMIT = 999
"""Exponents of `scientific` are from -999 to 999."""

_FLOATS = Range(Decimal(repr(-sys.float_info.max)), Decimal(repr(sys.float_info.max)))
_FLOAT_EXPONENTS = (-324, 308)
_PLAIN_FLOATS = Bound(10**16, inclusive=False)
"""Where Python's own spelling of a float goes over to exponents; below, it has at most 20 decimals."""


def integer(
    minimum: Number | None = None,
    maximum: Number | None = None,
    *,
    inclusive: Inclusive = "both",
    thousands: Thousands = "no",
    leading_space: LeadingSpace = "no",
) -> Language:
    """Whole numbers such as `0`, `-7`, `1234` (with thousands, `1,234`), read as int.

    Raises:
        EmptyLanguage: there is none in the range.
        InvalidOption: a bound is no finite number, or another option is unknown.
        LimitReached: a bound has more than 100 digits.
    """
    asked = Range.of(minimum, maximum, inclusive, _plain_bound)
    low = asked.low if asked.low is None else math.ceil(asked.low) + (not asked.with_low and asked.low == math.ceil(asked.low))
    high = asked.high if asked.high is None else math.floor(asked.high) - (not asked.with_high and asked.high == math.floor(asked.high))
    expression = plain(Range(low, high).mapped(Decimal), (0,), thousands)
    return made(expression, f"integer{asked.described}{_grouping(thousands)}", leading_space, read_integer)


def decimal(
    minimum: Number | None = None,
    maximum: Number | None = None,
    *,
    inclusive: Inclusive = "both",
    decimals: Decimals = None,
    thousands: Thousands = "no",
    leading_space: LeadingSpace = "no",
) -> Language:
    """Numbers such as `0`, `-0.50`, `1234.5` (with thousands, `1,234.5`), read as Decimal.

    The last decimals may be zeros. `decimals=2` is at most two of them, `decimals=(0, 2)` none or two, None any number of them.

    Raises: as `integer`.
    """
    numbers, counts = Range.of(minimum, maximum, inclusive, _plain_bound), _counts(decimals)
    expression = plain(numbers, counts, thousands)
    source = f"decimal{numbers.described}{_with_decimals(counts)}{_grouping(thousands)}"
    return made(expression, source, leading_space, read_decimal)


def number(
    minimum: Number | None = None,
    maximum: Number | None = None,
    *,
    inclusive: Inclusive = "both",
    decimals: Decimals = None,
    leading_space: LeadingSpace = "no",
) -> Language:
    """Numbers such as `0.25`, `-3`, `1e-07`, `6.02e23`, read as a finite float: every float but -0.0 has its `repr` in the language.

    A number below 1e16 may be plain, with up to 20 decimals; any may have one digit, up to 16 decimals and an exponent, as `scientific`
    spells it. With `decimals`, numbers are plain and below 1e16. Bounds are floats too, and stand for the number that Python writes: what
    lies between those numbers reads as a float between those floats.

    Raises:
        EmptyLanguage: there is none in the range.
        InvalidOption: a bound is no finite float, or another option is unknown.
    """
    asked = Range.of(minimum, maximum, inclusive, _float_bound)
    closed = asked.closed(lambda low: math.nextafter(low, math.inf), lambda high: math.nextafter(high, -math.inf))
    if math.inf in (closed.low, -(closed.high or 0)):
        raise EmptyLanguage(f"number{asked.described}", reason="no finite float lies beyond the largest one")
    numbers = closed.mapped(lambda value: Decimal(repr(value)))
    numbers = Range(_FLOATS.low if numbers.low is None else numbers.low, _FLOATS.high if numbers.high is None else numbers.high)
    counts = _counts(20 if decimals is None else decimals)

    def magnitudes(part: Range) -> Expression:
        low, high = bounds(part)
        short = numerals(low, high if high is not None and high.whole < _PLAIN_FLOATS.whole else _PLAIN_FLOATS, counts)
        return choice([short, normalised(part, _counts(16), _FLOAT_EXPONENTS)]) if decimals is None else short

    limits = "" if decimals is None else _with_decimals(counts)
    return made(signed(numbers, magnitudes), f"number{asked.described}{limits}", leading_space, float)


def scientific(
    minimum: Number | None = None,
    maximum: Number | None = None,
    *,
    inclusive: Inclusive = "both",
    decimals: Decimals = None,
    leading_space: LeadingSpace = "no",
) -> Language:
    """Numbers such as `1.5e-3`, `-2E+05`, `0e0`, read as Decimal.

    One digit that is not 0, decimals (`decimals` as in `decimal`), e or E, and an exponent from -999 to 999: it may have a plus, and one
    zero in front if it has one digit. Zero has the exponent 0.

    Raises:
        EmptyLanguage: there is none in the range.
        InvalidOption: a bound is no finite number, or another option is unknown.
        LimitReached: a bound has more than 100 digits that are no idle zeros.
    """
    numbers, counts = Range.of(minimum, maximum, inclusive, _scientific_bound), _counts(decimals)
    expression = signed(numbers, lambda part: normalised(part, counts, (-EXPONENT_LIMIT, EXPONENT_LIMIT)))
    return made(expression, f"scientific number{numbers.described}{_with_decimals(counts)}", leading_space, Decimal)


def read_integer(text: str) -> int:
    """The value of an integer of any length, commas between thousands left out."""
    return int(Decimal(text.replace(",", "")))  # int() of a text refuses more than 4,300 digits


def read_decimal(text: str) -> Decimal:
    """The value of a decimal, all its digits kept, commas between thousands left out."""
    return Decimal(text.replace(",", ""))


def _number(option: str, value: object) -> Decimal:
    """A bound, exactly; a float as Python writes it, so that 0.1 is 0.1."""
    if isinstance(value, float) and math.isfinite(value):
        return Decimal(float.__repr__(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, Decimal) and value.is_finite():
        return value
    raise InvalidOption(option, value, allowed="a finite int, float or Decimal")


def _plain_bound(option: str, value: object) -> Decimal:
    bound = _number(option, value)
    exponent = bound.as_tuple().exponent
    assert isinstance(exponent, int)
    _check_digits(max(bound.adjusted() + 1, -exponent) if bound else 1)
    return bound


def _scientific_bound(option: str, value: object) -> Decimal:
    bound = _number(option, value)
    _check_digits(len(bound.as_tuple().digits))
    return bound


def _check_digits(count: int) -> None:
    if count > DIGITS_LIMIT:
        raise LimitReached("the digits of a bound", limit=DIGITS_LIMIT, reached=count)


def _float_bound(option: str, value: object) -> float:
    bound = float(_number(option, value))
    if math.isinf(bound):
        raise InvalidOption(option, value, allowed="a number within the range of floats")
    return bound + 0.0  # no negative zero


def _counts(decimals: Decimals) -> Counts:
    """The numbers of decimals that are allowed, in order."""
    if decimals is None:
        return None
    counts = tuple(range(decimals + 1)) if isinstance(decimals, int) else tuple(sorted(set(decimals)))
    if not counts or not all(isinstance(count, int) and 0 <= count <= DIGITS_LIMIT for count in counts):
        raise InvalidOption("decimals", decimals, allowed=f"a number from 0 to {DIGITS_LIMIT}, several of them, or None")
    return counts


def _with_decimals(counts: Counts) -> str:
    if counts is None:
        return ""
    if counts == tuple(range(len(counts))):
        return f" with at most {counts[-1]} decimals"
    return f" with {' or '.join(map(str, counts))} decimals"


def _grouping(thousands: Thousands) -> str:
    return {"no": "", "optional": " with or without commas", "required": " with commas"}[thousands]
