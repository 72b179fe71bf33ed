"""Sets of numbers with exact algebra, and how their members are spelled in JSON text.

A set is a list of points on the number line; at each point, and between two of them, it is known which numbers are members.

    >>> small = NumberSet.of_range(0, 10, high_open=True).meet(NumberSet.INTEGERS)
    >>> small.meet(NumberSet.of_multiple(Decimal("2.5"))).values(9)
    (Decimal('0'), Decimal('5'))
    >>> small.complement().contains(Decimal("0.5")), small.complement().contains(Decimal("1e0"))
    (True, False)
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import ClassVar, TypeAlias

from fsmgen.automata import Choice, Expression, Repeat, Sequence, Words, choice, sequence, text
from fsmgen.automata.expression import Table
from fsmgen.errors import InputError, LimitReached
from fsmgen.frontends.json_schema import _residues
from fsmgen.frontends.json_schema._decimals import MINUS, Magnitudes, as_decimal, listed, magnitudes, round_magnitudes
from fsmgen.frontends.json_schema._multiples import Multiples
from fsmgen.frontends.json_schema._residues import ALL, NO, Residues
from fsmgen.frontends.json_schema.atoms import Pattern
from fsmgen.frontends.json_schema.conditions import Condition, every, fails, holds, some
from fsmgen.frontends.json_schema.machines import explored
from fsmgen.frontends.json_schema.spelling import Form

Number: TypeAlias = int | Decimal | Fraction | float

DIGITS_LIMIT = 5_000
"""Digits that a number of a schema may have before its point, or after it."""


@dataclass(frozen=True, slots=True)
class NumberSet:
    """A set of decimal numbers.

    Sets are equal if their simplified forms are; two that are not may still have the same members.

    Attributes:
        points: numbers in ascending order, and whether each is a member.
        spans: what is in the set below the first point, between each and the next one, and above the last one.
    """

    points: tuple[tuple[Fraction, bool], ...]
    spans: tuple[Residues, ...]

    ANY: ClassVar[NumberSet]
    NONE: ClassVar[NumberSet]
    INTEGERS: ClassVar[NumberSet]

    @classmethod
    def of_range(
        cls, low: Number | None = None, high: Number | None = None, *, low_open: bool = False, high_open: bool = False
    ) -> NumberSet:
        """The numbers from `low` to `high`, an open end left out; no bound where it is None.

        Raises:
            LimitReached: a bound has too many digits.
        """
        result = cls.ANY
        if low is not None:
            result = cls(((_exact(low), not low_open),), (NO, ALL))
        if high is not None:
            result = result.meet(cls(((_exact(high), not high_open),), (ALL, NO)))
        return result

    @classmethod
    def of_multiple(cls, step: Number) -> NumberSet:
        """The multiples of a number above 0.

        Raises:
            InputError: it is not.
            LimitReached: it has too many digits.
        """
        exact = _exact(step)
        if exact <= 0:
            raise InputError(f"multiples of {step}, which is not above 0")
        return cls((), (_residues.multiples(exact),))

    @classmethod
    def of_values(cls, values: Iterable[Number]) -> NumberSet:
        """The numbers of a list.

        Raises:
            LimitReached: one has too many digits.
        """
        points = tuple((number, True) for number in sorted({_exact(value) for value in values}))
        return cls(points, (NO,) * (len(points) + 1))

    def meet(self, other: NumberSet) -> NumberSet:
        """What is in both.

        Raises:
            LimitReached: the combination of multiples is too large.
        """
        return _met(self, other)

    def join(self, other: NumberSet) -> NumberSet:
        """What is in either. Errors as `meet`."""
        return self.complement().meet(other.complement()).complement()

    def complement(self) -> NumberSet:
        """All other numbers. Errors as `meet`."""
        points = tuple((number, not inside) for number, inside in self.points)
        return _simplified(points, [_residues.opposite(span) for span in self.spans])

    def is_empty(self) -> bool:
        """Whether no number is in it."""
        return self == NumberSet.NONE

    def is_any(self) -> bool:
        """Whether every number is in it."""
        return self == NumberSet.ANY

    def contains(self, number: Number) -> bool:
        """Whether the number is in it."""
        exact = _exact(number)
        at = bisect_left(self.points, (exact,))
        if at < len(self.points) and self.points[at][0] == exact:
            return self.points[at][1]
        return _residues.has(self.spans[at], exact)

    def values(self, limit: int) -> tuple[Decimal, ...] | None:
        """All members in order if there are at most `limit`, else None."""
        found = [number for number, inside in self.points if inside]
        ends = [None, *(number for number, _ in self.points), None]
        for i, span in enumerate(self.spans):
            members = _residues.listed(span, ends[i], ends[i + 1], limit)
            if members is None:
                return None
            found += members
        return tuple(map(as_decimal, sorted(found))) if len(found) <= limit else None

    def spelled(self, form: Form) -> Expression:  # noqa: ARG002 - called as that of StringSet; numbers are spelled alike in every form
        """The JSON texts of the members; NOTHING if there is none."""
        return _texts(self)


def _exact(number: Number) -> Fraction:
    """The number, a float as the number that Python writes for it."""
    if isinstance(number, float):
        number = Decimal(repr(number))
    if isinstance(number, Decimal):
        if not number.is_finite():
            raise InputError(f"{number} is no number")
        digits = max(abs(number.adjusted()), len(number.as_tuple().digits), -int(number.as_tuple().exponent))
        if digits > DIGITS_LIMIT:
            raise LimitReached("the digits of a number", limit=DIGITS_LIMIT, reached=digits)
    elif isinstance(number, int) and number.bit_length() > 4 * DIGITS_LIMIT:
        raise LimitReached("the digits of a number", limit=DIGITS_LIMIT, reached=number.bit_length() // 4)
    exact = Fraction(number)
    if 10 ** exact.denominator.bit_length() % exact.denominator:
        raise InputError(f"{number} has no end as a decimal number")
    return exact


@lru_cache(maxsize=16384)
def _met(one: NumberSet, other: NumberSet) -> NumberSet:
    if one == NumberSet.ANY or one == other:
        return other
    if other == NumberSet.ANY:
        return one
    numbers = sorted({number for number, _ in one.points + other.points})
    points = tuple((number, one.contains(number) and other.contains(number)) for number in numbers)
    spans = [_residues.meet(a, b) for a, b in zip(_spread(one, numbers), _spread(other, numbers), strict=True)]
    return _simplified(points, spans)


def _spread(numbers: NumberSet, points: list[Fraction]) -> list[Residues]:
    """The spans of a set between points that are its own and others."""
    own = [number for number, _ in numbers.points]
    return [numbers.spans[0], *(numbers.spans[bisect_right(own, point)] for point in points)]


def _simplified(points: tuple[tuple[Fraction, bool], ...], spans: list[Residues]) -> NumberSet:
    """The set without points that tell nothing; spans without members are NO."""
    ends = [None, *(number for number, _ in points), None]
    checked = [span if span in (ALL, NO) or _residues.occurs(span, *ends[i : i + 2]) else NO for i, span in enumerate(spans)]
    kept, result = [], [checked[0]]
    for (number, inside), span in zip(points, checked[1:], strict=True):
        if span != result[-1] or inside != _residues.has(span, number):
            kept.append((number, inside))
            result.append(span)
    return NumberSet(tuple(kept), tuple(result))


NumberSet.ANY = NumberSet((), (ALL,))
NumberSet.NONE = NumberSet((), (NO,))
NumberSet.INTEGERS = NumberSet((), (_residues.multiples(Fraction(1)),))


# Spelling


@lru_cache(maxsize=4096)
def _texts(numbers: NumberSet) -> Expression:
    """The JSON texts of a set."""
    above, below = [_half(side) for side in (numbers, _mirrored(numbers))]
    whole = sequence([MINUS, above]) if above == below else choice([above, sequence([text("-"), below])])
    return _minimal(whole) if _size(whole) > _LARGE else whole


def _size(part: Expression) -> int:
    """About how many states it takes."""
    match part:
        case Words(words):
            return sum(map(len, words))
        case Sequence(parts) | Choice(parts):
            return sum(map(_size, parts))
        case Repeat(inner, low, high):
            return _size(inner) * max(low, high or 1, 1)
        case Table(_, edges):
            return sum(_size(inner) for _, inner, _ in edges)
    return 1


def _minimal(expression: Expression) -> Expression:
    """The same texts with the fewest states, unless that takes too long."""
    try:
        return explored([Pattern(expression)], holds(0), limit=_MINIMIZED).expression()
    except LimitReached:
        return expression


_LARGE = 260
"""Expressions of more states become minimal automata."""
_MINIMIZED = 2_000
"""States that a deterministic automaton may have on the way there."""


def _mirrored(numbers: NumberSet) -> NumberSet:
    """The opposites of the numbers."""
    return NumberSet(tuple((-number, inside) for number, inside in reversed(numbers.points)), tuple(reversed(numbers.spans)))


def _half(numbers: NumberSet) -> Expression:
    """The members that are at least 0, without a sign."""
    first = bisect_left(numbers.points, (Fraction(0),))
    points = list(numbers.points[first:])
    if not points or points[0][0] != 0:
        points.insert(0, (Fraction(0), numbers.contains(0)))
    spans = numbers.spans[len(numbers.spans) - len(points) :]
    parts, alone, taken = [], [], -1
    for i, span in enumerate(spans):
        (low, with_low), (high, with_high) = points[i], points[i + 1] if i + 1 < len(points) else (None, True)
        if with_low and taken != i and (span == NO or not _residues.has(span, low)):
            alone.append(low)
        if span == NO:
            continue
        closed = with_low and taken != i and _residues.has(span, low), with_high and high is not None and _residues.has(span, high)
        taken = i + 1 if closed[1] else taken
        parts.append(_within(Magnitudes(low, closed[0], high, closed[1]), span))
    return choice([*parts, listed(alone)])


def _within(part: Magnitudes, span: Residues) -> Expression:
    if span == ALL:
        return magnitudes(part)
    if len(span) == 1 and (places := _places(next(iter(span)))) is not None:
        return round_magnitudes(part, places)
    return _combined(part, span)


def _places(term: _residues.Term) -> int | None:
    """For the multiples of 1 or of 0.1, 0.01 ..., the digits after the point."""
    step, others = term
    if step is None or others or step.numerator != 1:
        return None
    places = len(str(step.denominator)) - 1
    return places if step.denominator == 10**places else None


def _combined(part: Magnitudes, span: Residues) -> Expression:
    """The numbers of a range in a combination of multiples."""
    few = _residues.listed(span, part.low, part.high, _FEW)
    if few is not None:
        ends = [end for end, inside in ((part.low, part.with_low), (part.high, part.with_high)) if inside and end is not None]
        return listed([*few, *ends])
    steps = sorted({step for term in span for step in (term[0], *term[1]) if step is not None})

    numbers = {step: number for number, step in enumerate(steps, 1)}

    def condition(step: Fraction | None, others: Iterable[Fraction]) -> Condition:
        return every([*([] if step is None else [holds(numbers[step])]), *(fails(numbers[other]) for other in others)])

    asked = every([holds(0), some(condition(step, others) for step, others in span)])
    return explored([Pattern(part.plain()), *map(Multiples, steps)], asked).expression()


_FEW = 200
"""Members of an interval that are written down one by one."""
