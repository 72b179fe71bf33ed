"""Decimal numerals between two bounds, as expressions: whole numbers without idle zeros, and what may follow them after a point.

The one idea: a string of n digits lies strictly between two others where it leaves both at some place, and behind that place every digit
is free. So a range is a list of *openings* (the beginnings that have just left the bounds), and one chain of free digits that an opening
enters where as many digits are still missing. The automaton has one state for each set of numbers of missing digits, and one for each
place on the way along a bound; for whole numbers that is the minimal automaton.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from fsmgen.automata import EMPTY, NOTHING, Characters, Expression, choice, repeat, sequence, text
from fsmgen.automata.expression import Table, characters, words

DIGIT = Characters(((0x30, 0x39),))
NONZERO = Characters(((0x31, 0x39),))

_NESTED = 40
"""How many digits may nest an expression; more become a table."""

Counts: TypeAlias = tuple[int, ...] | None
"""The numbers of decimals that a numeral may have, in order; None is any number of them."""
Openings: TypeAlias = dict[int, list[Expression]]
"""Beginnings whose completions are all in the range, by the number of digits that are missing."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A bound of magnitudes, `whole.fraction`, with no idle zero in the fraction; `inclusive` if it is in the range itself."""

    whole: int
    fraction: str = ""
    inclusive: bool = True

    @classmethod
    def of(cls, value: Decimal, inclusive: bool) -> Bound:
        """The bound at a number that is not negative."""
        whole, _, fraction = format(value.copy_abs(), "f").partition(".")
        return cls(int(whole), fraction.rstrip("0"), inclusive)


def wholes(low: int, high: int | None, *, grouped: bool = False) -> Expression:
    """The whole numbers from `low`, at least 0, to `high` or without an end; `grouped`: with a comma between thousands."""
    if high is not None and high < low:
        return NOTHING
    openings: Openings = {}
    shortest = len(str(max(low, 1)))
    for width in range(shortest, 1 + (shortest if high is None else len(str(high)))):
        least, most = max(low, 10 ** (width - 1)) - 1, 10**width if high is None else min(high + 1, 10**width)
        for begun, ending in _leaving(least, most, width):
            opening = sequence([text(_with_commas(begun, width) if grouped else begun), ending])
            openings.setdefault(width - len(begun) - 1, []).append(opening)
    if high is None:
        _add_longer(openings, shortest, grouped)
    return choice([text("0") if low == 0 else NOTHING, _chain(openings, 0, 0, grouped=grouped)])


def _add_longer(openings: Openings, width: int, grouped: bool) -> None:
    """Add the numbers of more than `width` digits."""
    if not grouped:
        openings.setdefault(width, []).append(sequence([NONZERO, repeat(DIGIT, 0)]))
        return
    aligned = -(-width // 3) * 3
    for missing in range(width, aligned):
        openings.setdefault(missing, []).append(NONZERO)
    group = sequence([text(","), repeat(DIGIT, 3, 3)])
    openings.setdefault(aligned, []).append(sequence([NONZERO, repeat(DIGIT, 0, 2), repeat(group, 0)]))


def _chain(openings: Openings, most: int, least: int, *, grouped: bool = False) -> Expression:
    """The openings, each completed by digits until `most` to `least` are missing.

    Digits that may be left out are optional one by one: what a string of them spells is the same wherever one is left out.
    """
    deepest = max(openings, default=-1)
    if deepest - least > _NESTED:
        return _chain_table(openings, most, least, grouped=grouped)
    free: Expression = NOTHING
    for missing in range(deepest, least - 1, -1):
        comma = text(",") if grouped and missing % 3 == 2 else EMPTY
        digit = DIGIT if missing >= most else repeat(DIGIT, 0, 1)
        free = choice([sequence([free, comma, digit]), *openings.get(missing, ())])
    return free


def _chain_table(openings: Openings, most: int, least: int, *, grouped: bool) -> Expression:
    """The same as a table: state 2 + i while `least` + i digits are missing."""
    edges: list[tuple[int, Expression, int]] = []
    for missing in range(max(openings), least - 1, -1):
        comma = text(",") if grouped and missing % 3 == 2 else EMPTY
        digit = DIGIT if missing >= most else repeat(DIGIT, 0, 1)
        edges.append((missing - least + 3, sequence([comma, digit]), missing - least + 2))
        edges += ((0, opening, missing - least + 2) for opening in openings.get(missing, ()) if opening != NOTHING)
    return Table(max(openings) - least + 4, (*edges[1:], (2, EMPTY, 1)))


def _with_commas(begun: str, width: int) -> str:
    """The beginning of a number of `width` digits, with its commas, one after its last digit too if the next digit follows a comma."""
    return "".join(digit + "," * ((width - i) % 3 == 0) for i, digit in enumerate(begun, 1))


def numerals(low: Bound, high: Bound | None, counts: Counts, *, grouped: bool = False) -> Expression:
    """The numerals between two bounds that have as many decimals as one of `counts`; the last decimals may be zeros."""
    first = low.whole + (bool(low.fraction) or not low.inclusive)
    if counts == (0,):
        return wholes(first, None if high is None else high.whole - (not high.inclusive and not high.fraction), grouped=grouped)
    last = None if high is None else high.whole - 1
    parts = [sequence([wholes(first, last, grouped=grouped), tail(None, None, counts)])]
    for whole in sorted({low.whole, low.whole if high is None else high.whole}):
        in_range = low.whole <= whole and (high is None or whole <= high.whole)
        if in_range and (whole < first or (last is not None and whole > last)):
            ends = low if whole == low.whole else None, high if high is not None and whole == high.whole else None
            parts.append(sequence([wholes(whole, whole, grouped=grouped), tail(*ends, counts)]))
    return choice(parts)


def tail(low: Bound | None, high: Bound | None, counts: Counts) -> Expression:
    """What may follow the whole part that the bounds have: nothing, or a point and digits."""
    above = low is None or (low.inclusive and not low.fraction)
    below = high is None or high.inclusive or bool(high.fraction)
    alone = EMPTY if above and below and (counts is None or 0 in counts) else NOTHING
    digits = _endless(low, high) if counts is None else _counted(low, high, [count for count in counts if count])
    return choice([alone, sequence([text("."), digits])])


def _counted(low: Bound | None, high: Bound | None, counts: Sequence[int]) -> Expression:
    """The fractions between those of the bounds that have one of these numbers of digits, none of them 0."""
    if not counts:
        return NOTHING
    width = max(counts)
    least, most = _lower(low, width), _upper(high, width)
    if least < 0 and most == 10**width:
        return choice([repeat(DIGIT, first, last) for first, last in _runs(counts)])
    openings: Openings = {}
    for begun, ending in _leaving(least, most, width):
        openings.setdefault(width - len(begun) - 1, []).append(sequence([text(begun), ending]))
    complete = [_chain(openings, width - first, width - last) for first, last in _runs(counts)]
    return choice([*complete, _cut_short(least, most, width, counts)])


def _endless(low: Bound | None, high: Bound | None) -> Expression:
    """The fractions between those of the bounds, of any number of digits above 0."""
    width = max([1, *(len(bound.fraction) for bound in (low, high) if bound)])
    least, most = _lower(low, width), 10**width if high is None else int(high.fraction.ljust(width, "0"))
    free = [sequence([text(begun), ending]) for begun, ending in _leaving(least, most, width)]
    if least < 0 and most == 10**width:
        free = [DIGIT]
    parts = [sequence([choice(free), repeat(DIGIT, 0)]), _cut_short(least, most, width, range(1, width + 1))]
    if low is not None and not low.inclusive and least < most:
        parts.append(sequence([text(low.fraction.ljust(width, "0")), repeat(text("0"), 0), NONZERO, repeat(DIGIT, 0)]))
    if high is not None and high.inclusive and least < most:
        parts.append(sequence([text(high.fraction or "0"), repeat(text("0"), 0)]))
    return choice(parts)


def _lower(bound: Bound | None, width: int) -> int:
    """The largest number that is, read as `width` digits after the point, too small."""
    return -1 if bound is None else _scaled(bound, width) - (bound.inclusive and len(bound.fraction) <= width)


def _upper(bound: Bound | None, width: int) -> int:
    """The smallest number that is, read as `width` digits after the point, too large."""
    return 10**width if bound is None else _scaled(bound, width) + (bound.inclusive or len(bound.fraction) > width)


def _scaled(bound: Bound, width: int) -> int:
    return int(bound.fraction[:width].ljust(width, "0"))


def _padded(number: int, width: int) -> str:
    """`width` digits; empty where the number is no bound of such strings."""
    return f"{number:0{width}}" if 0 <= number < 10**width else ""


def _leaving(least: int, most: int, width: int) -> Iterator[tuple[str, Expression]]:
    """Where a string of `width` digits leaves both bounds to lie strictly between them: the digits before, and the one that may follow."""
    low, high, start = _padded(least, width), _padded(most, width), 0
    if most - least < 2:
        return
    if low and high:
        start = next(i for i in range(width) if low[i] != high[i])
        yield low[:start], _digit(int(low[start]) + 1, int(high[start]) - 1)
        start += 1
    for i in range(start, len(low)):
        yield low[:i], _digit(int(low[i]) + 1, 9)
    for i in range(start, len(high)):
        yield high[:i], _digit(0, int(high[i]) - 1)


def _digit(first: int, last: int) -> Expression:
    return characters([(0x30 + first, 0x30 + last)]) if first <= last else NOTHING


def _cut_short(least: int, most: int, width: int, counts: Iterable[int]) -> Expression:
    """The beginnings of the upper bound that lie, filled with zeros, between the bounds."""
    bound = _padded(most, width)
    beginnings = [bound[:count] for count in counts] if bound else []
    return words(begun.encode() for begun in beginnings if least < int(begun.ljust(width, "0")) < most)


def _runs(counts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ordered numbers as intervals."""
    first = 0
    for i, count in enumerate(counts):
        if i + 1 == len(counts) or counts[i + 1] > count + 1:
            yield counts[first], count
            first = i + 1


def digit_strings(strings: Sequence[str]) -> Expression:
    """Any one of the strings, which are distinct and of one length; parts that many of them share are written once."""
    tails: dict[str, list[str]] = {}
    for string in strings:
        tails.setdefault(string[0], []).append(string[1:])
    heads: dict[tuple[str, ...], list[bytes]] = {}
    for head, rest in tails.items():
        heads.setdefault(tuple(rest), []).append(head.encode())
    return choice([sequence([words(group), digit_strings(rest) if rest[0] else EMPTY]) for rest, group in heads.items()])
