"""Formulas over word lists, lengths, patterns and formats: what a set of strings is, simplified as it is made.

    >>> short, words = Lengths(((0, 3),)), Few(frozenset({"no", "yes", "perhaps"}), True)
    >>> sorted(met(words, short).words), contains(opposite(short), "perhaps")
    (['no', 'yes'], True)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from fsmgen.automata import Expression
from fsmgen.frontends.json_schema.atoms import Atom, Lengths, Listed, Pattern, Recogniser
from fsmgen.frontends.json_schema.formats import format_expression
from fsmgen.frontends.json_schema.patterns import pattern_expression


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


Formula: TypeAlias = Few | Lengths | Named | Both | Either

EVERY_TEXT, NO_TEXT = Few(frozenset(), False), Few(frozenset(), True)


def opposite(formula: Formula) -> Formula:
    match formula:
        case Few(words, inside):
            return Few(words, not inside)
        case Lengths(intervals):
            return Lengths(_gaps(intervals))
        case Named(kind, name, positive):
            return Named(kind, name, not positive)
        case Both(parts):
            return Either(frozenset(map(opposite, parts)))
        case Either(parts):
            return Both(frozenset(map(opposite, parts)))


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
    return NO_TEXT if not kept else Lengths(kept)


@lru_cache(maxsize=65536)
def met(one: Formula, other: Formula) -> Formula:
    """What is in both."""
    if one == other or other == EVERY_TEXT:
        return one
    if one == EVERY_TEXT:
        return other
    return _conjunction([*_conjuncts(one), *_conjuncts(other)])


def _conjuncts(formula: Formula) -> Iterable[Formula]:
    return formula.parts if isinstance(formula, Both) else (formula,)


def _conjunction(parts: Sequence[Formula]) -> Formula:
    """The parts, none of them a Both, as one formula: lists and lengths joined, what others decide left out."""
    words: Few = EVERY_TEXT
    lengths: Formula | None = None
    others: dict[Formula, None] = {}
    for part in parts:
        if isinstance(part, Few):
            words = _common_words(words, part)
        elif isinstance(part, Lengths):
            lengths = part if lengths is None else _common(lengths, part) if isinstance(lengths, Lengths) else lengths
        else:
            others[part] = None
    if lengths == NO_TEXT or any(opposite(part) in others for part in others if isinstance(part, Named)):
        return NO_TEXT
    conditions = [*others] if lengths is None else [lengths, *others]
    if words.inside:
        return Few(frozenset(word for word in words.words if all(contains(part, word) for part in conditions)), True)
    if words.words and any(isinstance(part, Named) and part.positive for part in conditions):
        words = Few(frozenset(word for word in words.words if all(contains(part, word) for part in conditions)), False)
    conditions = _absorbed([words, *conditions] if words.words else conditions)
    return EVERY_TEXT if not conditions else conditions[0] if len(conditions) == 1 else Both(frozenset(conditions))


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


def contains(formula: Formula, text: str) -> bool:
    match formula:
        case Few(words, inside):
            return (text in words) == inside
        case Lengths():
            return formula.has(len(text))
        case Named(kind, name, positive):
            return _recogniser(kind, name).accepts(text) == positive
        case Both(parts):
            return all(contains(part, text) for part in parts)
        case Either(parts):
            return any(contains(part, text) for part in parts)


def leaves(formula: Formula) -> Iterator[Formula]:
    if isinstance(formula, Both | Either):
        for part in formula.parts:
            yield from leaves(part)
    else:
        yield formula if is_positive(formula) else opposite(formula)


def is_positive(leaf: Formula) -> bool:
    return leaf.inside if isinstance(leaf, Few) else leaf.positive if isinstance(leaf, Named) else True


@lru_cache(maxsize=1024)
def atom(leaf: Formula) -> Atom:
    match leaf:
        case Few(words):
            return Listed(words)
        case Named():
            return Pattern(named(leaf.kind, leaf.name))
    assert isinstance(leaf, Lengths)
    return leaf


def named(kind: Literal["pattern", "format"], name: str) -> Expression:
    if kind == "pattern":
        return pattern_expression(name)
    expression = format_expression(name)
    assert expression is not None
    return expression


@lru_cache(maxsize=4096)
def _recogniser(kind: Literal["pattern", "format"], name: str) -> Recogniser:
    return Recogniser(atom(Named(kind, name, True)))
