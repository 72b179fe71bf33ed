"""Python's values of JSON values; a value that does not fit raises Mismatch, so that a union tries its next member."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from fsmgen.frontends.json_schema.reading import Json

Schema: TypeAlias = dict[str, Any]
Reader: TypeAlias = Callable[[Json], Any]
_DIGITS = 4_000
"""Digits of the longest integer that is read from an exponent."""


class Mismatch(ValueError):
    """A JSON value is no instance of a type."""


@dataclass(frozen=True, slots=True)
class FirstThatFits:
    """Reads a value as the first member of a union that it is an instance of."""

    members: tuple[Reader, ...]

    def __call__(self, value: Json) -> Any:
        for read in self.members:
            try:
                return read(value)
            except ValueError:
                continue
        raise Mismatch(f"{value!r} fits no member of the union")


@dataclass(frozen=True, slots=True)
class Within:
    """Reads a value that is within bounds, so that a union of types with bounds is read as the member that fits."""

    read: Reader
    keywords: Schema

    def __call__(self, value: Json) -> Any:
        number = value if type(value) in (int, Decimal) else None
        size = len(value) if isinstance(value, str | list | dict) else None
        for keyword, bound in self.keywords.items():
            test, counts = _TESTS.get(keyword, (None, False))
            measured = size if counts else number
            if test is not None and measured is not None and not test(measured, bound):
                raise Mismatch(f"{value!r}: {keyword} is {bound}")
        return self.read(value)


_TESTS: Mapping[str, tuple[Callable[[Any, Any], bool], bool]] = {
    "minimum": (operator.ge, False), "maximum": (operator.le, False),
    "exclusiveMinimum": (operator.gt, False), "exclusiveMaximum": (operator.lt, False),
    "minLength": (operator.ge, True), "minItems": (operator.ge, True), "minProperties": (operator.ge, True),
    "maxLength": (operator.le, True), "maxItems": (operator.le, True), "maxProperties": (operator.le, True),
}  # fmt: skip
"""How a bound is tested, and whether it is one of a count."""


def of_kind(kind: type, value: Json) -> Any:
    if type(value) is not kind:
        raise Mismatch(f"{value!r} is no {kind.__name__}")
    return value


def integer(value: Json) -> int:
    if type(value) is Decimal and value.adjusted() < _DIGITS and value == value.to_integral_value():
        return int(value)
    integer: int = of_kind(int, value)
    return integer


def floating(value: Json) -> float:
    return float(value if type(value) is Decimal else of_kind(int, value))


def decimal(value: Json) -> Decimal:
    return value if type(value) is Decimal else Decimal(of_kind(int, value))


def from_text(read: Callable[[str], Any]) -> Reader:
    return lambda value: read(of_kind(str, value))


def as_json(value: Json) -> Any:
    """A value as `json` reads it."""
    return json.loads(written(value))


def written(value: Json) -> str:
    """A value as JSON text, its numbers with all their digits."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{written(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


