"""What tokens are called in a picture: ranges where their last characters follow each other, then a number for the rest.

>>> described([b"0", b"1", b"2", b"3", b"a", b"ab", "<|end|>"])
"'0'-'3', 'a', 'ab', +1 more"
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable

from fsmgen.automata.expression import union

_SHOWN = 3


def described(spellings: Iterable[bytes | str], *, shown: int = _SHOWN) -> str:
    """Bytes of text tokens and names of special ones in a few words; long runs first, then short texts."""
    pieces = sorted(_pieces(spellings), key=lambda piece: (-piece[0], len(piece[1]), piece[1]))
    names = [name for _, name in pieces[:shown]]
    rest = sum(count for count, _ in pieces[shown:])
    return ", ".join([*names, f"+{rest} more"] if rest else names)


def _pieces(spellings: Iterable[bytes | str]) -> list[tuple[int, str]]:
    """(how many tokens, what they are called)."""
    pieces: list[tuple[int, str]] = []
    lasts: dict[str | bytes, list[int]] = {}
    for spelled in spellings:
        if isinstance(spelled, str):
            pieces.append((1, spelled))
            continue
        text = _text(spelled)
        last = text[-1]
        lasts.setdefault(text[:-1], []).append(ord(last) if isinstance(last, str) else last)
    for prefix, points in lasts.items():
        points.sort()
        for low, high in union((point, point) for point in points):
            pieces += _range(prefix, points[bisect_left(points, low) : bisect_right(points, high)])
    return pieces


def _text(spelled: bytes) -> str | bytes:
    """The text; the bytes themselves if they are none."""
    try:
        return spelled.decode()
    except UnicodeDecodeError:
        return spelled


def _range(prefix: str | bytes, points: list[int]) -> list[tuple[int, str]]:
    """The pieces of last characters that follow each other: one range, or each on its own where they are few."""
    if points[-1] - points[0] < 2:
        return [(points.count(point), _called(prefix, point)) for point in dict.fromkeys(points)]
    return [(len(points), f"{_called(prefix, points[0])}-{_called(prefix, points[-1])}")]


def _called(prefix: str | bytes, point: int) -> str:
    return repr(prefix + chr(point) if isinstance(prefix, str) else prefix + bytes([point]))
