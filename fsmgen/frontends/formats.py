r"""Numbers with something around them, as answers have them: percent, currency, units, fractions; each read as its value.

    >>> from fsmgen.frontends.formats import currency, fraction, percent, with_unit
    >>> from fsmgen.frontends.numbers import decimal, integer
    >>> percent(decimal(0, 100, decimals=1)).read("12.5%"), percent(integer(), value="ratio").read("12%")
    (Decimal('12.5'), Decimal('0.12'))
    >>> currency().read("$1,234.50"), currency(integer(0), symbol=" €", side="after").read("12 €")
    (Decimal('1234.50'), 12)
    >>> with_unit(["kg", "g"]).read("12 kg")
    (Decimal('12'), 'kg')
    >>> fraction().read("3/4"), fraction(max_denominator=8, mixed=True).read("1 3/4"), fraction(latex=True).read(r"-\frac{3}{4}")
    (Fraction(3, 4), Fraction(7, 4), Fraction(-3, 4))

The amount inside is any language whose values are numbers, by default `decimal`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Literal, TypeAlias

from fsmgen.automata import Expression, choice, repeat, sequence, text
from fsmgen.automata.expression import words
from fsmgen.errors import InputError, InvalidOption
from fsmgen.frontends._numerals import wholes
from fsmgen.frontends._ranges import check_option, made
from fsmgen.frontends.combining import membership, refuse_opening, wrapped
from fsmgen.frontends.numbers import decimal, read_integer
from fsmgen.grammar import Grammar, Language, LeadingSpace

PercentValue: TypeAlias = Literal["number", "ratio"]
Side: TypeAlias = Literal["before", "after"]
Space: TypeAlias = Literal["no", "optional", "required"]

_DENOMINATOR_LIMIT = 1000


def percent(
    amount: Language | None = None, *, sign: str = "%", value: PercentValue = "number", leading_space: LeadingSpace = "no"
) -> Language:
    r"""An amount and a percent sign, such as `12.5%`; `sign` may be another text, such as `\%`.

    The value is the amount's own, 12.5, or with `value="ratio"` a hundredth of it, Decimal("0.125"), exactly.

    Raises:
        InvalidOption: `value` or `leading_space` is unknown.
    """
    check_option("value", value, PercentValue)
    written = wrapped(amount or decimal(), after=sign)
    return replace(written, parse=written.parse if value == "number" else Ratio(written)).with_leading_space(leading_space)


@dataclass(frozen=True, slots=True)
class Ratio:
    """Reads a hundredth of what a language reads."""

    written: Language

    def __call__(self, answer: str) -> object:
        return _hundredth(self.written.read(answer))


def currency(
    amount: Language | None = None, *, symbol: str = "$", side: Side = "before", negative: bool = False, leading_space: LeadingSpace = "no"
) -> Language:
    """An amount of money, such as `$1,234.50`, read as the amount.

    Args:
        amount: by default a decimal from 0 with no decimals or two, with commas between thousands or without.
        symbol: a text; `" €"` has a space.
        side: where it stands.
        negative: whether a minus may stand before it all, as in `-$5`; the amount should then be from 0.

    Raises:
        InvalidOption: `side` or `leading_space` is unknown.
    """
    check_option("side", side, Side)
    amount = amount or decimal(0, decimals=(0, 2), thousands="optional")
    refuse_opening(amount, "as an amount")
    written = wrapped(amount, symbol) if side == "before" else wrapped(amount, after=symbol)
    if not negative:
        return written.with_leading_space(leading_space)
    grammar = Grammar.combined([written.grammar], lambda parts: sequence([repeat(text("-"), 0, 1), *parts]))
    return Language(grammar, f"{written.source} or its negative", parse=MaybeNegative(written)).with_leading_space(leading_space)


@dataclass(frozen=True, slots=True)
class MaybeNegative:
    """Reads what a language reads, or minus that after a minus."""

    written: Language

    def __call__(self, answer: str) -> object:
        return _negated(self.written.read(answer[1:])) if answer.startswith("-") else self.written.read(answer)


def with_unit(
    units: Iterable[str], amount: Language | None = None, *, space: Space = "optional", leading_space: LeadingSpace = "no"
) -> Language:
    """An amount and one of the units, such as `12 kg`; the value is the pair of the amount's value and the unit.

    Of several units that a text may end with, the longest one before which an amount stands is read.

    Args:
        units: texts.
        amount: by default any decimal.
        space: whether there is a space between.

    Raises:
        InputError: a unit is empty, or no text.
        InvalidOption: `space` or `leading_space` is unknown.
    """
    check_option("space", space, Space)
    listed = _units(units)
    gaps = {"no": [""], "optional": [" ", ""], "required": [" "]}[space]
    amount = amount or decimal()
    refuse_opening(amount, "as an amount")
    endings = words((gap + unit).encode() for unit in listed for gap in gaps)
    grammar = Grammar.combined([amount.grammar], lambda parts: sequence([*parts, endings]))
    source = f"{amount.source} with a unit of {', '.join(listed)}"
    return Language(grammar, source, parse=WithUnit(amount, tuple(listed), tuple(gaps))).with_leading_space(leading_space)


@dataclass(frozen=True)
class WithUnit:
    """Reads an amount, one of the gaps and one of the units; the longest unit before which an amount stands."""

    amount: Language
    units: tuple[str, ...]
    gaps: tuple[str, ...]

    def __call__(self, answer: str) -> object:
        for ending, unit in self._endings:
            if answer.endswith(ending) and self._is_amount(answer.removesuffix(ending)):
                return self.amount.read(answer.removesuffix(ending)), unit
        raise InputError(f"{answer!r} has no unit")

    @cached_property
    def _endings(self) -> list[tuple[str, str]]:
        pairs = [(gap + unit, unit) for unit in self.units for gap in self.gaps]
        return sorted(pairs, key=lambda ending: (-len(ending[1]), -len(ending[0])))

    @cached_property
    def _is_amount(self) -> Callable[[str], bool]:
        return membership(self.amount)


def _units(units: Iterable[str]) -> list[str]:
    listed = [units] if isinstance(units, str) else list(dict.fromkeys(units))
    if not listed or not all(isinstance(unit, str) and unit for unit in listed):
        raise InputError(f"units are texts that are not empty, and {listed!r} is given")
    return listed


def fraction(
    max_denominator: int | None = None, *, mixed: bool = False, latex: bool = False, leading_space: LeadingSpace = "no"
) -> Language:
    r"""Fractions such as `3/4`, `-7/2`, `0/5`, and whole numbers such as `2`, read as Fraction.

    Numerator and denominator have no idle zeros in front; they may have common factors.

    Args:
        max_denominator: the largest denominator; None is any.
        mixed: whether a whole number may stand before a proper fraction, as in `1 3/4`; this needs `max_denominator`, of at most 1000.
        latex: write `\frac{3}{4}`, and `1\frac{3}{4}` for a mixed one.

    Raises:
        InvalidOption: `max_denominator` is below 1, is missing or too large for mixed numbers; or `leading_space` is unknown.
    """
    most = _DENOMINATOR_LIMIT if mixed else math.inf
    if mixed if max_denominator is None else not 1 <= max_denominator <= most:
        allowed = f"from 1 to {most} (that a fraction is proper is no regular language without a limit)" if mixed else "from 1, or None"
        raise InvalidOption("max_denominator", max_denominator, allowed=allowed)
    form = _LATEX if latex else _PLAIN
    positive = [wholes(1, None), _ratio(form, sequence([wholes(1, None), text(form[1]), wholes(1, max_denominator)]))]
    if mixed and max_denominator is not None:
        positive.append(sequence([wholes(1, None), text("" if latex else " "), _ratio(form, _proper(form, max_denominator))]))
    zero = [text("0"), _ratio(form, sequence([text("0" + form[1]), wholes(1, max_denominator)]))]
    source = ("mixed number" if mixed else "fraction") + ("" if max_denominator is None else f" with denominators to {max_denominator}")
    return made(choice([*zero, sequence([repeat(text("-"), 0, 1), choice(positive)])]), source, leading_space, read_fraction)


_PLAIN = ("", "/", "")
_LATEX = (r"\frac{", "}{", "}")


def _ratio(form: tuple[str, str, str], inner: Expression) -> Expression:
    return sequence([text(form[0]), inner, text(form[2])])


def _proper(form: tuple[str, str, str], most: int) -> Expression:
    """The fractions below 1 with a denominator of at most `most`."""
    return choice([sequence([text(f"{numerator}{form[1]}"), wholes(numerator + 1, most)]) for numerator in range(1, most)])


def read_fraction(answer: str) -> Fraction:
    """The value of a fraction, a mixed or a whole number, plain or in LaTeX."""
    plain = answer.replace(_LATEX[0], " ").replace(_LATEX[1], "/").replace("}", "")
    parts = [Fraction(*map(read_integer, part.split("/"))) for part in plain.removeprefix("-").split()]
    return -sum(parts, Fraction(0)) if plain.startswith("-") else sum(parts, Fraction(0))


def _negated(value: object) -> object:
    """Minus the value; a Decimal keeps all its digits."""
    if isinstance(value, Decimal):
        return value.copy_negate()
    assert isinstance(value, int | float | Fraction)
    return -value


def _hundredth(value: object) -> object:
    """A hundredth of the value, of the same type if that can be, else a Decimal; a Decimal keeps all its digits."""
    if isinstance(value, int | Decimal):
        return Decimal(f"{Decimal(value):f}e-2")
    assert isinstance(value, float | Fraction)
    return value / 100
