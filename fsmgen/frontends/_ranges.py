"""Ranges of ordered values: what `minimum`, `maximum` and `inclusive` mean, for every front end that takes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

from fsmgen.automata import NOTHING, Expression
from fsmgen.errors import EmptyLanguage, InvalidOption
from fsmgen.grammar import Language, LeadingSpace

Inclusive: TypeAlias = Literal["both", "minimum", "maximum", "neither"]
"""Which of the two bounds are in the range themselves."""


@dataclass(frozen=True, slots=True)
class Range:
    """Values between two bounds of one ordered type; None is no bound.

    Attributes:
        low, high: the bounds.
        with_low, with_high: whether they are in the range.
    """

    low: Any
    high: Any
    with_low: bool = True
    with_high: bool = True

    @classmethod
    def of(cls, minimum: object, maximum: object, inclusive: Inclusive, read: Callable[[str, object], object]) -> Range:
        """The range; `read(option, value)` checks and converts a bound.

        Raises:
            InvalidOption: `inclusive` is unknown, or what `read` raises.
        """
        check_option("inclusive", inclusive, Inclusive)
        low = None if minimum is None else read("minimum", minimum)
        high = None if maximum is None else read("maximum", maximum)
        return cls(low, high, inclusive in ("both", "minimum"), inclusive in ("both", "maximum"))

    @property
    def described(self) -> str:
        """For instance ` from 1 to 10` or ` above 0`; empty without bounds."""
        if self.low is not None and self.high is not None and self.with_low and self.with_high:
            return f" from {self.low} to {self.high}"
        low = "" if self.low is None else f" {'at least' if self.with_low else 'above'} {self.low}"
        high = "" if self.high is None else f" {'at most' if self.with_high else 'below'} {self.high}"
        return f"{low} and{high}" if low and high else low + high

    def closed(self, after: Callable[[Any], Any], before: Callable[[Any], Any]) -> Range:
        """The range with both bounds in it, for values that have a next one `after` them and one `before` them."""
        low = self.low if self.low is None or self.with_low else after(self.low)
        high = self.high if self.high is None or self.with_high else before(self.high)
        return Range(low, high)

    def mapped(self, convert: Callable[[Any], Any]) -> Range:
        """The range between converted bounds."""
        return replace(self, low=None if self.low is None else convert(self.low), high=None if self.high is None else convert(self.high))


def check_option(option: str, given: object, allowed: Any) -> None:
    """Refuse what is not one of a Literal's values.

    Raises:
        InvalidOption: naming them.
    """
    if given not in get_args(allowed):
        raise InvalidOption(option, given, allowed=f"one of {', '.join(get_args(allowed))}")


def made(expression: Expression, source: str, leading_space: LeadingSpace, parse: Callable[[str], object]) -> Language:
    """The language of an expression.

    Raises:
        EmptyLanguage: it has no word.
        InvalidOption: `leading_space` is unknown.
    """
    if expression == NOTHING:
        raise EmptyLanguage(source)
    return Language.of(expression, source, leading_space=leading_space, parse=parse)
