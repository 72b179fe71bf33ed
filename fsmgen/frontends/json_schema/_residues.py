"""Unions of sets such as "the multiples of 1/2 that are no multiples of 3": what repeats itself along the number line.

    >>> half, three = multiples(Fraction(1, 2)), multiples(Fraction(3))
    >>> both = meet(half, opposite(three))
    >>> [has(both, Fraction(n, 2)) for n in range(7)]
    [False, True, True, True, True, True, False]
    >>> join(both, join(three, opposite(half))) == ALL
    True
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import product
from math import ceil, floor, gcd, lcm
from typing import TypeAlias

from fsmgen.errors import LimitReached

Term: TypeAlias = tuple[Fraction | None, frozenset[Fraction]]
"""The multiples of a number, or all numbers, that are no multiples of any of some others, which are multiples of it."""
Residues: TypeAlias = frozenset[Term]
"""A union of terms."""

ALL: Residues = frozenset([(None, frozenset())])
NO: Residues = frozenset()
TERM_LIMIT = 200
"""Terms that a combination of multiples may have."""
SCAN_LIMIT = 100_000
"""Multiples in an interval that are looked at one by one."""


def multiples(step: Fraction) -> Residues:
    """The multiples of a number above 0."""
    return frozenset([(step, frozenset())])


def has(residues: Residues, number: Fraction) -> bool:
    """Whether a number is in the set."""
    return any(_in_term(term, number) for term in residues)


def _in_term(term: Term, number: Fraction) -> bool:
    step, others = term
    return (step is None or _divides(step, number)) and not any(_divides(other, number) for other in others)


def _divides(step: Fraction, number: Fraction) -> bool:
    return (number / step).denominator == 1


def common_multiple(one: Fraction, other: Fraction) -> Fraction:
    """The least number above 0 that is a multiple of both."""
    return Fraction(lcm(one.numerator, other.numerator), gcd(one.denominator, other.denominator))


@lru_cache(maxsize=4096)
def meet(one: Residues, other: Residues) -> Residues:
    """What is in both.

    Raises:
        LimitReached: too many terms; so everywhere below.
    """
    if one == ALL or other == NO:
        return other
    if other == ALL or one == NO:
        return one
    return _simplified(term for a, b in product(one, other) for term in _met(a, b))


def _met(one: Term, other: Term) -> Iterator[Term]:
    steps = [step for step in (one[0], other[0]) if step is not None]
    step = None if not steps else steps[0] if len(steps) == 1 else common_multiple(*steps)
    others = {number if step is None else common_multiple(step, number) for number in one[1] | other[1]}
    if step not in others:
        yield step, frozenset(a for a in others if not any(a != b and _divides(b, a) for b in others))


@lru_cache(maxsize=4096)
def opposite(residues: Residues) -> Residues:
    """All other numbers."""
    result = ALL
    for step, others in residues:
        pieces: list[Term] = [(other, frozenset()) for other in others]
        if step is not None:
            pieces.append((None, frozenset([step])))
        result = meet(result, frozenset(pieces))
    return result


def join(one: Residues, other: Residues) -> Residues:
    """What is in either."""
    return opposite(meet(opposite(one), opposite(other)))


def _simplified(terms: Iterable[Term]) -> Residues:
    """The terms without those that another one includes."""
    kept: list[Term] = []
    for term in terms:
        if not any(_includes(known, term) for known in kept):
            kept = [*(known for known in kept if not _includes(term, known)), term]
        if len(kept) > TERM_LIMIT:
            raise LimitReached("the terms of a combination of multiples", limit=TERM_LIMIT, reached=len(kept))
    return frozenset(kept)


def _includes(larger: Term, smaller: Term) -> bool:
    """Whether this is sure; it may be so in other cases."""
    (step, others), (inner, excluded) = larger, smaller
    if step is not None and (inner is None or not _divides(step, inner)):
        return False
    shared = [other if inner is None else common_multiple(other, inner) for other in others]
    return all(any(_divides(number, other) for number in excluded) for other in shared)


def occurs(residues: Residues, low: Fraction | None, high: Fraction | None) -> bool:
    """Whether a number of the set lies strictly between two numbers, or above or below one."""
    return any(next(_members(term, low, high), None) is not None if _is_bounded(term, low, high) else True for term in residues)


def _is_bounded(term: Term, low: Fraction | None, high: Fraction | None) -> bool:
    """Whether only finitely many numbers of the term lie there. A term without a bound has some, and so has one with no step."""
    return term[0] is not None and low is not None and high is not None


def listed(residues: Residues, low: Fraction | None, high: Fraction | None, limit: int) -> list[Fraction] | None:
    """The numbers of the set strictly between two numbers, in order, if they are at most `limit`."""
    found: set[Fraction] = set()
    for term in residues:
        if not _is_bounded(term, low, high):
            return None
        for number in _members(term, low, high):
            found.add(number)
            if len(found) > limit:
                return None
    return sorted(found)


def _members(term: Term, low: Fraction | None, high: Fraction | None) -> Iterator[Fraction]:
    step, _ = term
    assert step is not None and low is not None and high is not None
    for i, factor in enumerate(range(floor(low / step) + 1, ceil(high / step))):
        if i >= SCAN_LIMIT:
            raise LimitReached("the multiples looked at", limit=SCAN_LIMIT, reached=i + 1)
        if _in_term(term, factor * step):
            yield factor * step
