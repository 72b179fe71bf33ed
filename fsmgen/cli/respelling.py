r"""A JSON text in the form of a constraint: its white space, its escapes, its numbers.

    >>> list(respelled('{"a":[1.50, "\\u00e9"]}', Spelling(("", ", ", ": "))))
    ['{"a": [1.50, "é"]}', '{"a": [1.5, "é"]}']
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_LONGEST = 300
"""Digits of a number that is still written without an exponent."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """How arrays, objects and strings are written: line break with indent (or nothing), what is between items, what follows a name."""

    marks: tuple[str, str, str]
    ensure_ascii: bool = False


def respelled(text: str, spelling: Spelling) -> Iterator[str]:
    """The value of a text in a form: its numbers as they are, and as plain decimals."""
    value = json.loads(text, parse_float=_Number, parse_int=_Number)
    yield _written(value, spelling, str, 0)
    yield _written(value, spelling, _plain, 0)


class _Number(str):
    """A number as it is spelled."""

    __slots__ = ()


def _written(value: Any, spelling: Spelling, number: Callable[[str], str], depth: int) -> str:
    if isinstance(value, _Number):
        return number(value)
    if not isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=spelling.ensure_ascii)
    indent, comma, colon = spelling.marks
    start, end = "{}" if isinstance(value, dict) else "[]"
    if isinstance(value, dict):
        names = (json.dumps(name, ensure_ascii=spelling.ensure_ascii) + colon for name in value)
        parts = [name + _written(part, spelling, number, depth + 1) for name, part in zip(names, value.values(), strict=True)]
    else:
        parts = [_written(part, spelling, number, depth + 1) for part in value]
    if not parts or not indent:
        return start + comma.join(parts) + end
    inner, outer = "\n" + indent * (depth + 1), "\n" + indent * depth
    return start + inner + (comma.rstrip(" ") + inner).join(parts) + outer + end


def _plain(number: str) -> str:
    exact = Decimal(number)
    if not exact or abs(exact.adjusted()) > _LONGEST:
        return "0" if not exact else number
    written = f"{exact:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
