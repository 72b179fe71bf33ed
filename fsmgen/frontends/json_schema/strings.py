"""Sets of strings with exact algebra, and how their members are spelled in JSON text.

A set is a formula, see `formulas`. An automaton is made only where a question needs one, and kept.

    >>> short, words = StringSet.of_length(0, 3), StringSet.of_words(["no", "yes", "perhaps"])
    >>> words.meet(short).words(10)
    ('no', 'yes')
    >>> StringSet.of_pattern("^[a-f]+$").meet(short.complement()).contains("decade")
    True
    >>> StringSet.of_pattern("a").meet(StringSet.of_pattern("^[^a]*$")).is_empty()
    True
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from fsmgen.automata import NOTHING, Characters, Expression, choice, repeat
from fsmgen.automata.expression import Words
from fsmgen.errors import LimitReached
from fsmgen.frontends.json_schema._lengths import folded, within
from fsmgen.frontends.json_schema._subtraction import without
from fsmgen.frontends.json_schema._trees import all_but
from fsmgen.frontends.json_schema.atoms import Atom, Lengths
from fsmgen.frontends.json_schema.conditions import Condition, every, fails, holds, some
from fsmgen.frontends.json_schema.formats import format_expression
from fsmgen.frontends.json_schema.formulas import (
    EVERY_TEXT,
    NO_TEXT,
    Both,
    Either,
    Few,
    Formula,
    Named,
    atom,
    contains,
    is_positive,
    leaves,
    met,
    named,
    opposite,
)
from fsmgen.frontends.json_schema.machines import Machine, explored, has_text
from fsmgen.frontends.json_schema.patterns import pattern_expression
from fsmgen.frontends.json_schema.spelling import Form, Spelled, Steps, Style, between_quotes, quoted, quoted_others, spelled, spelled_steps

ANY_CHARACTER = Characters(((0, 0xD7FF), (0xE000, 0x10FFFF)))
_LARGE = 400
"""A machine with a bound of length is written out, with as few states as there can be, if it has about so many."""
STEPS_LIMIT = 400_000
"""States that a machine with a bound of length may have."""


@lru_cache(maxsize=4096)
def _machine(formula: Formula) -> Machine:
    """The automaton of a formula.

    Raises:
        LimitReached: it is too large, or takes too much work to make.
    """
    intervals, rest = _bounded(formula)
    if len(intervals) == 1:
        return within(_machine(rest), *intervals[0])
    return explored(*_product(formula))


def _product(formula: Formula) -> tuple[list[Atom], Condition]:
    """The atoms of a formula, and what it asks of them."""
    numbers: dict[Formula, int] = {}

    def condition(formula: Formula) -> Condition:
        match formula:
            case Both(parts):
                return every(map(condition, parts))
            case Either(parts):
                return some(map(condition, parts))
        positive = is_positive(formula)
        number = numbers.setdefault(formula if positive else opposite(formula), len(numbers))
        return holds(number) if positive else fails(number)

    for leaf in sorted(set(leaves(formula)), key=hash):  # so that formulas over the same sets have the same atoms
        condition(leaf)
    return list(map(atom, numbers)), condition(formula)


def _bounded(formula: Formula) -> tuple[tuple[tuple[int, int | None], ...], Formula]:
    """The lengths that a formula allows, if it says so outright, and what else it asks."""
    if isinstance(formula, Both):
        lengths = [part for part in formula.parts if isinstance(part, Lengths)]
        others = formula.parts - set(lengths)
        if lengths and others:
            return lengths[0].intervals, next(iter(others)) if len(others) == 1 else Both(others)
    return (), formula


@lru_cache(maxsize=4096)
def _texts(formula: Formula) -> Expression:
    """The set as an expression over characters."""
    match formula:
        case Few(words, True):
            return choice([Words(tuple(sorted(word.encode() for word in words)))] if words else [])
        case Few(words, False) if not words:
            return repeat(ANY_CHARACTER, 0)
        case Few(words, False):
            return all_but(sorted(words))
        case Lengths(intervals):
            return choice(repeat(ANY_CHARACTER, low, high) for low, high in intervals)
        case Named(kind, name, True):
            return named(kind, name)
        case Either(parts) if all(isinstance(part, Lengths) or (is_positive(part)) for part in parts):
            return choice(_texts(part) for part in parts)
    intervals, rest = _bounded(formula)
    if isinstance(rest, Named) and rest.positive:
        simple = [folded(_texts(rest), *interval) for interval in intervals]
        if intervals and None not in simple:
            return choice(part for part in simple if part is not None)
    excluded, others = _excluded(formula)
    return without(_machine(others), sorted(excluded)) if excluded else _machine(formula).expression()


def _excluded(formula: Formula) -> tuple[frozenset[str], Formula]:
    """The words that a formula leaves out, if it says so outright, and what else it asks."""
    if isinstance(formula, Both):
        for part in formula.parts:
            if isinstance(part, Few):
                others = formula.parts - {part}
                return part.words, next(iter(others)) if len(others) == 1 else Both(others)
    return frozenset(), formula


@lru_cache(maxsize=4096)
def _steps(formula: Formula) -> Steps | None:
    """The set as steps of a machine, where that is all that can be said briefly: what has a length that is asked for, and is large."""
    intervals, rest = _bounded(formula)
    if len(intervals) != 1:
        return None
    low, high = intervals[0]
    if high is None:
        return None
    if isinstance(rest, Named) and rest.positive and folded(_texts(rest), low, high) is not None:
        return None
    machine = _machine(rest)
    if machine.dfa.state_count * high < _LARGE:
        return None
    if (size := machine.dfa.state_count * high) > STEPS_LIMIT:
        raise LimitReached("the states of texts of bounded length", limit=STEPS_LIMIT, reached=size)
    return machine.steps(low, high)


@lru_cache(maxsize=4096)
def _spelling(formula: Formula, style: Style) -> Spelled:
    steps = _steps(formula)
    return spelled(_texts(formula), style) if steps is None else spelled_steps(steps, style)


@lru_cache(maxsize=4096)
def _quotation(formula: Formula, style: Style) -> Spelled:
    if isinstance(formula, Few) and formula.words:
        words = tuple(sorted(formula.words))
        found = quoted(words, style) if formula.inside else quoted_others(words, style)
        if found is not None:
            return found
    return between_quotes(_spelling(formula, style))


# The set


@dataclass(frozen=True, slots=True)
class StringSet:
    """A set of strings of Unicode characters; surrogates are none, so a string with a lone one is in no set.

    Sets are equal if their simplified formulas are; two that are not may still have the same members.
    """

    formula: Formula

    ANY: ClassVar[StringSet]
    NONE: ClassVar[StringSet]

    @classmethod
    def of_words(cls, words: Iterable[str]) -> StringSet:
        """The words of a list; those with a lone surrogate are left out."""
        return cls(Few(frozenset(word for word in words if _is_text(word)), True))

    @classmethod
    def of_pattern(cls, pattern: str) -> StringSet:
        """The strings in which an ECMA-262 pattern (with the flag u) finds a match.

        Raises:
            InvalidPattern: it is no such pattern.
            UnsupportedFeature: a back-reference, or a property that is not known here.
            LimitReached: it is nested or repeated too far, or its assertions need too large an automaton.
        """
        return cls.NONE if pattern_expression(pattern) == NOTHING else cls(Named("pattern", pattern, True))

    @classmethod
    def of_length(cls, low: int, high: int | None = None) -> StringSet:
        """The strings of `low` to `high` characters; no upper bound if `high` is None."""
        if high is not None and high < low:
            return cls.NONE
        return cls.ANY if low == 0 and high is None else cls(Lengths(((low, high),)))

    @classmethod
    def of_format(cls, name: str) -> StringSet | None:
        """The strings of a format; None if it is not known, or is none that an automaton can decide (see `formats.reason`)."""
        return cls(Named("format", name, True)) if format_expression(name) is not None else None

    def meet(self, other: StringSet) -> StringSet:
        """What is in both."""
        return StringSet(met(self.formula, other.formula))

    def join(self, other: StringSet) -> StringSet:
        """What is in either."""
        return StringSet(opposite(met(opposite(self.formula), opposite(other.formula))))

    def complement(self) -> StringSet:
        """All other strings."""
        return StringSet(opposite(self.formula))

    def is_empty(self) -> bool:
        """Whether no string is in it.

        Raises:
            LimitReached: that would take too large an automaton; so everywhere below.
        """
        return _is_empty(self.formula)

    def is_any(self) -> bool:
        """Whether every string is in it."""
        return _is_empty(opposite(self.formula))

    def contains(self, text: str) -> bool:
        """Whether the string is in it."""
        return _is_text(text) and contains(self.formula, text)

    def words(self, limit: int) -> tuple[str, ...] | None:
        """All members in order if there are at most `limit`, else None."""
        return _members(self.formula, limit)

    def spelled(self, form: Form) -> Expression:
        """The JSON texts of the members without the quotes around them; NOTHING if there is none."""
        return _spelling(self.formula, Style(form.escapes, form.ensure_ascii)).into(form)

    def quoted(self, form: Form) -> Expression:
        """The same with quotes."""
        return _quotation(self.formula, Style(form.escapes, form.ensure_ascii)).into(form)


StringSet.ANY = StringSet(EVERY_TEXT)
StringSet.NONE = StringSet(NO_TEXT)


def _is_text(word: str) -> bool:
    return word.isascii() or not any(0xD800 <= ord(character) < 0xE000 for character in word)


_TRIED = ("\u2603~", "a", "", "0", "x-a", "aaaaaaaaaaaaaaaa", "A_1.b/c")
"""Texts one of which is in most sets: where one is, no automaton is needed to see that the set has a member."""


@lru_cache(maxsize=65536)
def _is_empty(formula: Formula) -> bool:
    match formula:
        case Few(words, inside):
            return inside and not words
        case Lengths():
            return False
        case Named(_, _, True):
            return False
        case Either(parts):
            return all(map(_is_empty, parts))
    if any(contains(formula, text) for text in _TRIED):
        return False
    if not _bounded(formula)[0]:
        return not has_text(*_product(formula))
    steps = _steps(formula)
    return _texts(formula) == NOTHING if steps is None else not steps.has_text


@lru_cache(maxsize=4096)
def _members(formula: Formula, limit: int) -> tuple[str, ...] | None:
    if isinstance(formula, Few):
        return tuple(sorted(formula.words)) if formula.inside and len(formula.words) <= limit else None
    return _machine(formula).words(limit)
