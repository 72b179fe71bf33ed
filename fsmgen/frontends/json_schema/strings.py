"""Sets of strings with exact algebra, and how their members are spelled in JSON text.

A set is a formula over word lists, lengths, patterns and formats, simplified as it is made. An automaton is made only where a question
needs one, and kept.

    >>> short, words = StringSet.of_length(0, 3), StringSet.of_words(["no", "yes", "perhaps"])
    >>> words.meet(short).words(10)
    ('no', 'yes')
    >>> StringSet.of_pattern("^[a-f]+$").meet(short.complement()).contains("decade")
    True
    >>> StringSet.of_pattern("a").meet(StringSet.of_pattern("^[^a]*$")).is_empty()
    True
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, Literal, TypeAlias

from fsmgen.automata import NOTHING, Characters, Expression, choice, repeat
from fsmgen.automata.expression import Words
from fsmgen.errors import LimitReached
from fsmgen.frontends.json_schema._lengths import folded, within
from fsmgen.frontends.json_schema._subtraction import without
from fsmgen.frontends.json_schema._trees import all_but
from fsmgen.frontends.json_schema.atoms import Atom, Lengths, Listed, Pattern, Recogniser
from fsmgen.frontends.json_schema.conditions import Condition, every, fails, holds, some
from fsmgen.frontends.json_schema.formats import format_expression
from fsmgen.frontends.json_schema.machines import Machine, explored, has_text
from fsmgen.frontends.json_schema.patterns import pattern_expression
from fsmgen.frontends.json_schema.spelling import Form, Spelled, Steps, Style, between_quotes, quoted, quoted_others, spelled, spelled_steps

ANY_CHARACTER = Characters(((0, 0xD7FF), (0xE000, 0x10FFFF)))


# Formulas


@dataclass(frozen=True, slots=True)
class Few:
    """The words of a list, or all but them."""

    words: frozenset[str]
    inside: bool


@dataclass(frozen=True, slots=True)
class Named:
    """The texts that a pattern matches or a format allows, or all but them."""

    kind: Literal["pattern", "format"]
    name: str
    positive: bool


@dataclass(frozen=True, slots=True)
class Both:
    """The texts that are in all of two or more sets, none of them a Both."""

    parts: frozenset[Formula]


@dataclass(frozen=True, slots=True)
class Either:
    """The texts that are in some of two or more sets, none of them an Either."""

    parts: frozenset[Formula]


_LARGE = 400
"""A machine with a bound of length is written out, with as few states as there can be, if it has about so many."""
STEPS_LIMIT = 400_000
"""States that a machine with a bound of length may have."""

Formula: TypeAlias = Few | Lengths | Named | Both | Either

_EVERYTHING, _NOTHING = Few(frozenset(), False), Few(frozenset(), True)


def _opposite(formula: Formula) -> Formula:
    match formula:
        case Few(words, inside):
            return Few(words, not inside)
        case Lengths(intervals):
            return Lengths(_gaps(intervals))
        case Named(kind, name, positive):
            return Named(kind, name, not positive)
        case Both(parts):
            return Either(frozenset(map(_opposite, parts)))
        case Either(parts):
            return Both(frozenset(map(_opposite, parts)))


def _gaps(intervals: tuple[tuple[int, int | None], ...]) -> tuple[tuple[int, int | None], ...]:
    """The lengths between and around the intervals."""
    result: list[tuple[int, int | None]] = []
    free = 0
    for low, high in intervals:
        if free < low:
            result.append((free, low - 1))
        if high is None:
            return tuple(result)
        free = high + 1
    return (*result, (free, None))


def _common(one: Lengths, other: Lengths) -> Formula:
    pairs = ((max(a, c), d if b is None else b if d is None else min(b, d)) for a, b in one.intervals for c, d in other.intervals)
    kept = tuple((low, high) for low, high in pairs if high is None or low <= high)
    return _NOTHING if not kept else Lengths(kept)


@lru_cache(maxsize=65536)
def _met(one: Formula, other: Formula) -> Formula:
    """What is in both."""
    if one == other or other == _EVERYTHING:
        return one
    if one == _EVERYTHING:
        return other
    return _conjunction([*_conjuncts(one), *_conjuncts(other)])


def _conjuncts(formula: Formula) -> Iterable[Formula]:
    return formula.parts if isinstance(formula, Both) else (formula,)


def _conjunction(parts: Sequence[Formula]) -> Formula:
    """The parts, none of them a Both, as one formula: lists and lengths joined, what others decide left out."""
    words: Few = _EVERYTHING
    lengths: Formula | None = None
    others: dict[Formula, None] = {}
    for part in parts:
        if isinstance(part, Few):
            words = _common_words(words, part)
        elif isinstance(part, Lengths):
            lengths = part if lengths is None else _common(lengths, part) if isinstance(lengths, Lengths) else lengths
        else:
            others[part] = None
    if lengths == _NOTHING or any(_opposite(part) in others for part in others if isinstance(part, Named)):
        return _NOTHING
    conditions = [*others] if lengths is None else [lengths, *others]
    if words.inside:
        return Few(frozenset(word for word in words.words if all(_contains(part, word) for part in conditions)), True)
    if words.words and any(isinstance(part, Named) and part.positive for part in conditions):
        words = Few(frozenset(word for word in words.words if all(_contains(part, word) for part in conditions)), False)
    conditions = _absorbed([words, *conditions] if words.words else conditions)
    return _EVERYTHING if not conditions else conditions[0] if len(conditions) == 1 else Both(frozenset(conditions))


def _common_words(one: Few, other: Few) -> Few:
    if one.inside and other.inside:
        return Few(one.words & other.words, True)
    if one.inside or other.inside:
        listed, excluded = (one, other) if one.inside else (other, one)
        return Few(listed.words - excluded.words, True)
    return Few(one.words | other.words, False)


def _absorbed(parts: list[Formula]) -> list[Formula]:
    """The parts without those that another one implies: A and (A or B) is A."""
    known = set(parts)
    return [part for part in parts if not (isinstance(part, Either) and part.parts & known)]


def _contains(formula: Formula, text: str) -> bool:
    match formula:
        case Few(words, inside):
            return (text in words) == inside
        case Lengths():
            return formula.has(len(text))
        case Named(kind, name, positive):
            return _recogniser(kind, name).accepts(text) == positive
        case Both(parts):
            return all(_contains(part, text) for part in parts)
        case Either(parts):
            return any(_contains(part, text) for part in parts)


# Realisation


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
        positive = _is_positive(formula)
        number = numbers.setdefault(formula if positive else _opposite(formula), len(numbers))
        return holds(number) if positive else fails(number)

    for leaf in sorted(set(_leaves(formula)), key=hash):  # so that formulas over the same sets have the same atoms
        condition(leaf)
    return list(map(_atom, numbers)), condition(formula)


@lru_cache(maxsize=4096)
def _recogniser(kind: Literal["pattern", "format"], name: str) -> Recogniser:
    return Recogniser(_atom(Named(kind, name, True)))


def _bounded(formula: Formula) -> tuple[tuple[tuple[int, int | None], ...], Formula]:
    """The lengths that a formula allows, if it says so outright, and what else it asks."""
    if isinstance(formula, Both):
        lengths = [part for part in formula.parts if isinstance(part, Lengths)]
        others = formula.parts - set(lengths)
        if lengths and others:
            return lengths[0].intervals, next(iter(others)) if len(others) == 1 else Both(others)
    return (), formula


def _leaves(formula: Formula) -> Iterator[Formula]:
    if isinstance(formula, Both | Either):
        for part in formula.parts:
            yield from _leaves(part)
    else:
        yield formula if _is_positive(formula) else _opposite(formula)


def _is_positive(leaf: Formula) -> bool:
    return leaf.inside if isinstance(leaf, Few) else leaf.positive if isinstance(leaf, Named) else True


@lru_cache(maxsize=1024)
def _atom(leaf: Formula) -> Atom:
    match leaf:
        case Few(words):
            return Listed(words)
        case Named():
            return Pattern(_named(leaf.kind, leaf.name))
    assert isinstance(leaf, Lengths)
    return leaf


def _named(kind: Literal["pattern", "format"], name: str) -> Expression:
    if kind == "pattern":
        return pattern_expression(name)
    expression = format_expression(name)
    assert expression is not None
    return expression


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
            return _named(kind, name)
        case Either(parts) if all(isinstance(part, Lengths) or (_is_positive(part)) for part in parts):
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
        return StringSet(_met(self.formula, other.formula))

    def join(self, other: StringSet) -> StringSet:
        """What is in either."""
        return StringSet(_opposite(_met(_opposite(self.formula), _opposite(other.formula))))

    def complement(self) -> StringSet:
        """All other strings."""
        return StringSet(_opposite(self.formula))

    def is_empty(self) -> bool:
        """Whether no string is in it.

        Raises:
            LimitReached: that would take too large an automaton; so everywhere below.
        """
        return _is_empty(self.formula)

    def is_any(self) -> bool:
        """Whether every string is in it."""
        return _is_empty(_opposite(self.formula))

    def contains(self, text: str) -> bool:
        """Whether the string is in it."""
        return _is_text(text) and _contains(self.formula, text)

    def words(self, limit: int) -> tuple[str, ...] | None:
        """All members in order if there are at most `limit`, else None."""
        return _members(self.formula, limit)

    def spelled(self, form: Form) -> Expression:
        """The JSON texts of the members without the quotes around them; NOTHING if there is none."""
        return _spelling(self.formula, Style(form.escapes, form.ensure_ascii)).into(form)

    def quoted(self, form: Form) -> Expression:
        """The same with quotes."""
        return _quotation(self.formula, Style(form.escapes, form.ensure_ascii)).into(form)


StringSet.ANY = StringSet(_EVERYTHING)
StringSet.NONE = StringSet(_NOTHING)


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
    if any(_contains(formula, text) for text in _TRIED):
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
