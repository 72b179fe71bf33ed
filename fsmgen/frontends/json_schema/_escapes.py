r"""What may stand raw in a JSON string, and what may follow a backslash, for a set of characters.

    >>> escapes(((10, 10),), every=False, ascii_only=False)
    Words(words=(b'n',))
    >>> escapes(((97, 97),), every=True, ascii_only=False)
    Words(words=(b'u0061',))
    >>> escapes(((0, 0x10FFFF),), every=True, ascii_only=False).states
    16
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TypeAlias

from fsmgen.automata import NOTHING, Expression, choice, text
from fsmgen.automata.expression import Ranges, Table, Words, characters, complement, union, words

ASCII: Ranges = ((0, 0x7F),)
NOT_ASCII: Ranges = ((0x80, 0xD7FF), (0xE000, 0x10FFFF))
_FORBIDDEN: Ranges = ((0, 0x1F), (0x22, 0x22), (0x5C, 0x5C))
"""What JSON wants escaped."""
_SHORT = {0x22: b'"', 0x5C: b"\\", 0x2F: b"/", 8: b"b", 12: b"f", 10: b"n", 13: b"r", 9: b"t"}
_TOP = 0x10FFFF
_PLANE = (15, 15, 15, 15)
_PAIR = (3, 15, 15, 3, 15, 15)
"""Largest digits: of a code unit in hexadecimal, and of what a pair of surrogates has for it beside its fixed bits."""

Digits: TypeAlias = tuple[int, ...]
Spans: TypeAlias = tuple[tuple[int, int], ...]


def common(one: Ranges, other: Ranges) -> Ranges:
    """The numbers in both."""
    pairs = ((max(a, c), min(b, d)) for a, b in one for c, d in other if a <= d and c <= b)
    return union(pairs)


def raw(ranges: Ranges, *, ascii_only: bool) -> Expression:
    """The characters of the set that need no escape."""
    allowed = common(ranges, complement(_FORBIDDEN, top=0x7F if ascii_only else _TOP))
    return characters(allowed)


def escapes(ranges: Ranges, *, every: bool, ascii_only: bool) -> Expression:
    """What may follow a backslash: the short names of the set's characters and their numbers.

    Args:
        every: for all characters, and all spellings; otherwise for those that are not raw, and one spelling each.
    """
    wanted = ranges if every else common(ranges, union([*_FORBIDDEN, *(NOT_ASCII if ascii_only else ())]))
    short = [(code, letter) for code, letter in _SHORT.items() if any(low <= code <= high for low, high in wanted)]
    if not every:
        wanted = common(wanted, complement(union((code, code) for code, _ in short), top=_TOP))
    letters = words(letter for _, letter in short)
    return _numbered(wanted, letters, both_cases=every) if wanted else letters


def _numbered(ranges: Ranges, letters: Expression, *, both_cases: bool) -> Expression:
    """The letters, or `u` and a number."""
    if not both_cases and len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return choice([letters, text("u" + chr(ranges[0][0]).encode("utf-16-be").hex("\\", 2).replace("\\", "\\u"))])
    if ranges[-1][1] < 0x80:
        return _numbered_ascii(ranges, letters, both_cases=both_cases)
    builder = _Builder(both_cases)
    builder.edges += [(0, letters, 1)] if letters != NOTHING else []
    builder.edges.append((0, text("u"), 2))
    plane = [spans for low, high in common(ranges, ((0, 0xD7FF), (0xE000, 0xFFFF))) for spans in _spans(low, high, _PLANE)]
    pairs = [spans for low, high in common(ranges, ((0x10000, _TOP),)) for spans in _spans(low - 0x10000, high - 0x10000, _PAIR)]
    builder.add(plane, 2, (b"", b"", b"", b""), (0, 0, 0, 0))
    builder.add(pairs, 2, (b"d", b"", b"", b"\\ud", b"", b""), (8, 0, 0, 12, 0, 0))
    return Table(builder.states, tuple(builder.edges))


def _numbered_ascii(ranges: Ranges, letters: Expression, *, both_cases: bool) -> Expression:
    """The same for ASCII, where two digits are zeros and rows of sixteen characters tell the rest."""
    members = sum((1 << high + 1) - (1 << low) for low, high in ranges)
    if members.bit_count() == 1:
        digits = f"{ranges[0][0]:02x}"
        second = {digits[1], digits[1].upper()} if both_cases else {digits[1]}
        numbers = words(f"u00{digits[0]}{digit}".encode() for digit in second)
        return words(word for part in (letters, numbers) if isinstance(part, Words) for word in part.words)
    rows: dict[int, int] = {}
    for high in range(8):
        row = members >> 16 * high & 0xFFFF
        if row:
            rows[row] = rows.get(row, 0) | 1 << high
    edges: list[tuple[int, Expression, int]] = [] if letters == NOTHING else [(0, letters, 1)]
    edges.append((0, _U00, 2))
    for state, (row, highs) in enumerate(rows.items(), 3):
        edges += [(2, _digits_of(highs, both_cases), state), (state, _digits_of(row, both_cases), 1)]
    return Table(3 + len(rows), tuple(edges))


_U00 = text("u00")


@lru_cache(maxsize=4096)
def _digits_of(mask: int, both_cases: bool) -> Expression:
    """Hexadecimal digits whose bits are set."""
    digits = [f"{value:x}" for value in range(16) if mask >> value & 1]
    letters = [digit.upper() for digit in digits if digit.isalpha() and both_cases]
    return characters((ord(digit), ord(digit)) for digit in [*digits, *letters])


class _Builder:
    """Edges of numbers in hexadecimal digits, equal endings shared. State 1 is the end."""

    def __init__(self, both_cases: bool) -> None:
        self.states = 3
        self.edges: list[tuple[int, Expression, int]] = []
        self._both_cases = both_cases

    def add(self, spans: list[Spans], start: int, before: tuple[bytes, ...], offsets: Digits) -> None:
        """Ways from `start` to the end that spell the spans: before each digit a text, and the digit with an offset."""
        known: dict[tuple[int, tuple[Spans, ...]], int] = {}

        def part(sequences: list[Spans], depth: int, source: int) -> None:
            groups: dict[tuple[Spans, ...], list[tuple[int, int]]] = {}
            for first in dict.fromkeys(spans[0] for spans in sequences):
                rest = tuple(spans[1:] for spans in sequences if spans[0] == first)
                groups.setdefault(rest, []).append(first)
            for letter in before[depth]:
                self.edges.append((source, self._letter(letter), self.states))
                source, self.states = self.states, self.states + 1
            for rest, digits in groups.items():
                target = 1 if depth + 1 == len(before) else known.get((depth, rest), 0)
                if not target:
                    target = known[depth, rest] = self.states
                    self.states += 1
                    part(list(rest), depth + 1, target)
                self.edges.append((source, self._digit(digits, offsets[depth]), target))

        if spans:
            part(spans, 0, start)

    def _letter(self, letter: int) -> Expression:
        both = self._both_cases and letter == ord("d")
        return characters([(letter, letter), *([(ord("D"), ord("D"))] if both else [])])

    def _digit(self, spans: list[tuple[int, int]], offset: int) -> Expression:
        return _digits_of(sum((2 << high + offset) - (1 << low + offset) for low, high in spans), self._both_cases)


def _spans(low: int, high: int, tops: Digits) -> Iterator[Spans]:
    """The numbers `low` to `high` as sequences of spans of digits, in order."""
    yield from _split(_digits(low, tops), _digits(high, tops), tops)


def _digits(number: int, tops: Digits) -> Digits:
    result = []
    for top in reversed(tops):
        number, digit = divmod(number, top + 1)
        result.append(digit)
    return tuple(reversed(result))


def _split(low: Digits, high: Digits, tops: Digits) -> Iterator[Spans]:
    least, most = (0,) * (len(tops) - 1), tops[1:]
    first, last = low[0], high[0]
    if not most:
        yield ((first, last),)
        return
    if first == last:
        yield from (((first, first), *rest) for rest in _split(low[1:], high[1:], tops[1:]))
        return
    if low[1:] != least:
        yield from (((first, first), *rest) for rest in _split(low[1:], most, tops[1:]))
        first += 1
    tail = high[1:] != most
    if first <= last - tail:
        yield ((first, last - tail), *((0, top) for top in most))
    if tail:
        yield from (((last, last), *rest) for rest in _split(least, high[1:], tops[1:]))
