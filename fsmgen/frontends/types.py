"""Python's types as languages: the texts that spell a value of the type, read as that value.

    >>> from typing import Literal
    >>> from fsmgen.frontends import of_type
    >>> of_type(int, 1, 10).read("7")
    7
    >>> of_type(Literal["A", "B"] | None).read("None") is None
    True

| type | texts | bounds |
|---|---|---|
| `int`, `float`, `Decimal`, `Fraction` | as `integer`, `number`, `decimal`, `fraction` spell them | all but `Fraction` |
| `bool`, `None` | `True`, `true`, `False`, `false`; `None`, `null` | |
| `str` | any text, the empty one too | |
| `date`, `time`, `datetime` | as `iso_date`, `iso_time`, `iso_datetime` spell them, without a zone | yes |
| `UUID` | 8-4-4-4-12 hexadecimal digits in either case | |
| `Literal[...]` | the texts of its values: a str is its own | |
| an `Enum` | the texts of its members' values; `choice` spells members as you like | |
| `X | Y`, `Optional[X]` | those of its members | for the members that take them |
| a dataclass, a TypedDict, a pydantic model, a list, set, tuple or dict | JSON, as `json_schema` spells it | |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID

from fsmgen.automata import repeat, sequence, text
from fsmgen.automata.expression import characters
from fsmgen.errors import EmptyLanguage, InputError, InvalidOption
from fsmgen.frontends._ranges import Inclusive
from fsmgen.frontends.choices import of_pairs
from fsmgen.frontends.combining import any_of
from fsmgen.frontends.dates import iso_date, iso_datetime, iso_time
from fsmgen.frontends.formats import fraction
from fsmgen.frontends.json_schema import json_schema
from fsmgen.frontends.json_schema.models import is_structured
from fsmgen.frontends.numbers import Decimals, decimal, integer, number
from fsmgen.grammar import Language, LeadingSpace


def of_type(
    kind: Any,
    minimum: object = None,
    maximum: object = None,
    *,
    inclusive: Inclusive = "both",
    decimals: Decimals = None,
    leading_space: LeadingSpace = "no",
) -> Language:
    """The texts that spell a value of a Python type; the table above says which.

    Where members of a union share a text, its value is that of the member that is named first.

    Args:
        kind: the type.
        minimum, maximum: bounds of the value.
        inclusive: which bounds are values themselves.
        decimals: how many decimals a float or a Decimal may have, as in `decimal`.

    Raises:
        EmptyLanguage: no value is in the range.
        InputError: there is no language for the type, or two values of a Literal or an Enum have one text.
        InvalidOption: an option is given that no member of the type takes, or has a value that it cannot have.
    """
    members = list(_members(kind))
    given = {"minimum": minimum, "maximum": maximum, "inclusive": None if inclusive == "both" else inclusive, "decimals": decimals}
    options = {option: value for option, value in given.items() if value is not None}
    for option, value in options.items():
        if not any(option in _options(member) for member in members):
            raise InvalidOption(option, value, allowed=f"left out for {kind!r}")
    if len(members) == 1:
        return _language(kind, members[0], options, leading_space)
    languages = list(_inhabited(kind, members, options))
    if not languages:
        raise EmptyLanguage(f"{kind!r} with {options}")
    return any_of(*languages, leading_space=leading_space)


def _members(kind: Any) -> Iterator[Any]:
    """The types of a union, or the type itself."""
    if get_origin(kind) in (Union, UnionType):
        for member in get_args(kind):
            yield from _members(member)
    else:
        yield NoneType if kind is None else kind


def _inhabited(kind: Any, members: list[Any], options: dict[str, Any]) -> Iterator[Language]:
    """The languages of those members of a union that have a value in the range."""
    for member in members:
        try:
            yield _language(kind, member, options, "no")
        except EmptyLanguage:
            continue


def _language(kind: Any, member: Any, options: dict[str, Any], leading_space: LeadingSpace) -> Language:
    if is_structured(member):
        return json_schema(member).with_leading_space(leading_space)
    if get_origin(member) is Literal:
        return of_pairs([(spelling, value) for value in get_args(member) for spelling in _spellings(value)], leading_space=leading_space)
    if not isinstance(member, type):
        raise _unsupported(kind, member)
    if issubclass(member, Enum):
        return of_pairs([(spelling, value) for value in member for spelling in _spellings(value)], leading_space=leading_space)
    if member in _ORDERED:
        taken = {option: value for option, value in options.items() if option in _options(member)}
        return _ORDERED[member](**taken, leading_space=leading_space)
    if member in _OTHERS:
        return _OTHERS[member]().with_leading_space(leading_space)
    raise _unsupported(kind, member)


def _unsupported(kind: Any, member: Any) -> InputError:
    listed = ", ".join(sorted(known.__name__ for known in (*_ORDERED, *_OTHERS)))
    part = "" if member is kind else f" of {kind!r}"
    return InputError(
        f"there is no language for {member!r}{part}; there is one for {listed}, Literal, Enum, unions of them, dataclasses, TypedDicts, "
        "pydantic models, and lists, sets, tuples and dicts"
    )


def _options(member: Any) -> tuple[str, ...]:
    """The options that the language of a type takes."""
    if not isinstance(member, type) or member not in _ORDERED:
        return ()
    return "minimum", "maximum", "inclusive", *(("decimals",) if member in (float, Decimal) else ())


def _spellings(value: object) -> tuple[str, ...]:
    """The texts that stand for a value of a Literal or an Enum."""
    match value:
        case Enum():
            return _spellings(value.value)
        case bool():
            return str(value), str(value).lower()
        case None:
            return "None", "null"
        case str():
            return (value,)
        case int() | float() | Decimal():
            return (str(value),)
    raise InputError(f"there is no text for {value!r}; fsmgen.choice takes a mapping from texts to values")


def _truth() -> Language:
    return of_pairs((spelling, value) for value in (True, False) for spelling in _spellings(value))


def _nothing() -> Language:
    return of_pairs((spelling, None) for spelling in _spellings(None))


def _any_text() -> Language:
    return Language.of(repeat(characters([(0, 0x10FFFF)]), 0), "any text")


def _uuid() -> Language:
    digit = characters([(0x30, 0x39), (0x41, 0x46), (0x61, 0x66)])
    groups = [repeat(digit, count, count) for count in (8, 4, 4, 4, 12)]
    return Language.of(sequence([groups[0], *(part for group in groups[1:] for part in (text("-"), group))]), "UUID", parse=UUID)


_ORDERED: dict[type, Callable[..., Language]] = {
    int: integer, float: number, Decimal: decimal, date: iso_date, time: iso_time, datetime: iso_datetime,
}  # fmt: skip
_OTHERS: dict[type, Callable[[], Language]] = {
    bool: _truth, NoneType: _nothing, str: _any_text, UUID: _uuid, Fraction: fraction,
}  # fmt: skip
