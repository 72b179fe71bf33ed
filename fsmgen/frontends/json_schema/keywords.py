"""What the value of each keyword must be, checked as it is read.

The metaschemas of the drafts are stricter about style in places where the meaning is plain, and those are read: a name twice in `required`,
a value twice in `enum`, an empty `required` in draft 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TypeAlias

from fsmgen.frontends.json_schema.reading import Json, escaped

TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")
COUNT_LIMIT = 2**53
"""A larger number of items, properties or characters is never reached: larger upper bounds are left out."""


UNBOUNDED = object()
"""The value of a bound that is none."""


class WrongValue(Exception):
    """A keyword has a value that it cannot have.

    Attributes:
        steps: from the keyword's value to the wrong part, as the end of a pointer.
    """

    def __init__(self, message: str, steps: str = "") -> None:
        self.steps = steps
        super().__init__(message)


Check: TypeAlias = Callable[[Json], Json]
"""Gives back the value in normal form, or raises WrongValue."""


def kind_of(value: Json) -> str:
    """The type of a JSON value, for messages."""
    match value:
        case bool():
            return "a boolean"
        case None:
            return "null"
        case str():
            return f"the string {value!r}" if len(value) <= 40 else "a string"
        case int() | Decimal():
            return f"the number {value}" if isinstance(value, Decimal) or abs(value) < 10**20 else "a number"
    return "an array" if isinstance(value, list) else "an object"


def count(value: Json) -> int:
    """A number of things: an integer that is not negative; `2.0` is one."""
    if type(value) is int and value >= 0:
        return value
    if type(value) is Decimal and value >= 0:
        if value >= COUNT_LIMIT:
            return COUNT_LIMIT
        if value == int(value):
            return int(value)
    raise WrongValue(f"it must be a non-negative integer, and is {kind_of(value)}")


def upper_count(value: Json) -> object:
    """As `count`; UNBOUNDED where it is so large that it bounds nothing."""
    number = count(value)
    return number if number < COUNT_LIMIT else UNBOUNDED


def number(value: Json) -> int | Decimal:
    """A number."""
    if type(value) is int or type(value) is Decimal:
        return value
    raise WrongValue(f"it must be a number, and is {kind_of(value)}")


def divisor(value: Json) -> int | Decimal:
    """A number above 0."""
    if number(value) > 0:
        return number(value)
    raise WrongValue(f"it must be greater than 0, and is {value}")


def truth(value: Json) -> bool:
    """A boolean."""
    if type(value) is bool:
        return value
    raise WrongValue(f"it must be a boolean, and is {kind_of(value)}")


def text(value: Json) -> str:
    """A string."""
    if type(value) is str:
        return value
    raise WrongValue(f"it must be a string, and is {kind_of(value)}")


def anything(value: Json) -> Json:
    """Any value."""
    return value


def types(value: Json) -> tuple[str, ...]:
    """One type or several: a tuple of names in any case."""
    names = [value] if type(value) is str else value
    if type(names) is not list:
        raise WrongValue(f"it must be the name of a type or an array of them, and is {kind_of(value)}")
    if not names:
        raise WrongValue("it must name a type, and is an empty array")
    for i, name in enumerate(names):
        if type(name) is not str or name not in TYPES:
            steps = "" if names is not value else f"/{i}"
            raise WrongValue(f"there is no type {name!r}; there are {', '.join(TYPES)}", steps)
    return tuple(dict.fromkeys(names))


def names(value: Json) -> tuple[str, ...]:
    """An array of names, each once."""
    if type(value) is not list:
        raise WrongValue(f"it must be an array of names, and is {kind_of(value)}")
    for i, name in enumerate(value):
        if type(name) is not str:
            raise WrongValue(f"it must be a name, and is {kind_of(name)}", f"/{i}")
    return tuple(dict.fromkeys(value))


def values(value: Json) -> tuple[Json, ...]:
    """An array of values."""
    if type(value) is list:
        return tuple(value)
    raise WrongValue(f"it must be an array of values, and is {kind_of(value)}")


def names_by_name(value: Json) -> Mapping[str, tuple[str, ...]]:
    """An object of arrays of names."""
    found = {}
    for name, required in members(value).items():
        try:
            found[name] = names(required)
        except WrongValue as error:
            raise WrongValue(str(error), f"/{escaped(name)}{error.steps}") from None
    return found


def members(value: Json) -> Mapping[str, Json]:
    """An object."""
    if type(value) is dict:
        return value
    raise WrongValue(f"it must be an object, and is {kind_of(value)}")


def some(value: Json) -> list[Json]:
    """An array that is not empty."""
    if type(value) is list and value:
        return value
    raise WrongValue(f"it must be an array that is not empty, and is {'empty' if value == [] else kind_of(value)}")


def limit(value: Json) -> int | Decimal | bool:
    """An exclusive bound as any draft writes it: a number, or the boolean of draft 4."""
    return value if type(value) is bool else number(value)


NAMING: Mapping[str, Check] = {
    "$schema": text, "$id": text, "id": text, "$anchor": text, "$dynamicAnchor": text, "$recursiveAnchor": truth, "$vocabulary": members,
    "$defs": members, "definitions": members,
}  # fmt: skip
"""How the value of each keyword that names or defines is read; they say nothing of a value."""
