"""Expressions split before their last character, all that a lookbehind of one character needs to know of a part that is left whole."""

from __future__ import annotations

from collections.abc import Sequence as Listed
from typing import TypeAlias

from fsmgen.automata.expression import EMPTY, Characters, Choice, Expression, Repeat, Sequence, Words, characters, repeat, sequence, text

Ending: TypeAlias = tuple[Expression, Expression]
"""An expression, and the `Characters` after it."""
_MOST = 8


def endings(parts: Listed[tuple[Expression, bool]]) -> list[Ending] | None:
    """The non-empty words of a sequence of parts, given with whether they may be empty, as what stands before a last character.

    None if that is more than a few cases, or not known.

    >>> for before, last in endings([(text("no"), False), (Characters(((48, 57),)), True)]):
    ...     print(before, last)
    Words(words=(b'no',)) Characters(ranges=((48, 57),))
    Words(words=(b'n',)) Characters(ranges=((111, 111),))
    """
    found: list[Ending] = []
    for i in range(len(parts) - 1, -1, -1):
        part, may_be_empty = parts[i]
        last = _endings_of(part)
        if last is None or len(found) + len(last) > _MOST:
            return None
        found += [(sequence([*(inner for inner, _ in parts[:i]), before]), character) for before, character in last]
        if not may_be_empty:
            break
    return found


def _endings_of(part: Expression) -> list[Ending] | None:
    match part:
        case Characters():
            return [(EMPTY, part)]
        case Words(words) if len(words) <= _MOST:
            return [(text(word[:-1]), characters([(ord(word[-1]), ord(word[-1]))])) for word in (w.decode() for w in words) if word]
        case Sequence(parts):
            return endings([(inner, _may_be_empty(inner)) for inner in parts])
        case Choice(parts) if len(parts) <= _MOST:
            cases = [_endings_of(inner) for inner in parts]
            return None if None in cases else [case for inner in cases if inner for case in inner]
        case Repeat(inner, low, high):
            last = _endings_of(inner)
            fewer = repeat(inner, max(low - 1, 0), None if high is None else high - 1)
            return None if last is None else [(sequence([fewer, before]), character) for before, character in last]
    return None


def _may_be_empty(part: Expression) -> bool:
    match part:
        case Words(words):
            return b"" in words
        case Sequence(parts):
            return all(map(_may_be_empty, parts))
        case Choice(parts):
            return any(map(_may_be_empty, parts))
        case Repeat(inner, low, _):
            return low == 0 or _may_be_empty(inner)
    return False
