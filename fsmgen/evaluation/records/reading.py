"""JSON values as dataclasses: exactly their fields, each of its type, lists as tuples."""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import is_dataclass
from functools import cache
from typing import Any, NoReturn, TypeAlias, get_args, get_origin, get_type_hints

_Read: TypeAlias = Callable[[Any], Any]
"""A JSON value as that of a field, or a ValueError that names the field."""


def read_object(value: object, kind: type) -> Any:
    """A JSON object as a dataclass.

    Raises:
        ValueError: a field is unknown, missing, or of another type; the message names it.
    """
    return _object_reader(kind)(value)


def read_line(line: str) -> object:
    """The JSON value of a line.

    Raises:
        ValueError: it is no JSON, or an object has a key twice; the message says which.
    """
    return json.loads(line, parse_constant=_refuse_constant, object_pairs_hook=once)


class RepeatedKey(ValueError):
    """An object has a key twice, of which one value would be lost unseen."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"it has the key {key!r} twice")


def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The object of these pairs, for readers of JSON.

    Raises:
        RepeatedKey: a key is there twice.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise RepeatedKey(next(name for name in names if names.count(name) > 1))
    return found


def _refuse_constant(constant: str) -> NoReturn:
    """For `json.loads`, which reads NaN and infinities unless it is told not to."""
    raise ValueError(f"{constant} is no number")


@cache
def _object_reader(kind: type) -> _Read:
    """What reads a dataclass. Studies have many values: what a hint means is found once, and a plain value costs a look at its type."""
    hints = get_type_hints(kind)
    readers = tuple((name, _as_they_are(hint), _reader(hint, name)) for name, hint in hints.items())

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError(f"a {kind.__name__} is an object, and this is a {type(value).__name__}")
        if value.keys() != hints.keys():
            odd = min(value.keys() ^ hints.keys())
            raise ValueError(f"{odd!r} is {'unknown' if odd in value else 'missing'}")
        return kind(**{name: each if type(each := value[name]) in plain else made(each) for name, plain, made in readers})

    return read


def _reader(hint: Any, name: str) -> _Read:
    """What reads a field of this hint; a bool is no number, and an int is a float."""
    if is_dataclass(hint):
        assert isinstance(hint, type)
        return _object_reader(hint)
    if isinstance(hint, types.UnionType):
        return _union_reader(hint, name)
    kind, inner = get_origin(hint), get_args(hint)
    if kind is tuple:
        return _tuple_reader(hint, inner[0], name)
    if kind is Mapping:
        return _mapping_reader(hint, inner[1], name)
    return _plain_reader(hint, name)


def _as_they_are(hint: Any) -> frozenset[type]:
    """Types whose values a field takes unchanged; none for objects, lists and mappings."""
    options = get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    plain = {option for option in options if option in (bool, int, float, str, types.NoneType)}
    return frozenset(plain | ({int} if float in plain else set()))


def _plain_reader(hint: Any, name: str) -> _Read:
    plain = _as_they_are(hint)

    def read(value: Any) -> Any:
        if type(value) in plain:
            return value
        raise _misfit(value, hint, name)

    return read


def _tuple_reader(hint: Any, inner: Any, name: str) -> _Read:
    plain, read_each = _as_they_are(inner), _reader(inner, name)

    def read(value: Any) -> Any:
        if not isinstance(value, list):
            raise _misfit(value, hint, name)
        return tuple(value) if plain.issuperset(map(type, value)) else tuple(map(read_each, value))

    return read


def _mapping_reader(hint: Any, inner: Any, name: str) -> _Read:
    read_each = _reader(inner, name)

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise _misfit(value, hint, name)
        return {key: read_each(each) for key, each in value.items()}

    return read


def _union_reader(hint: Any, name: str) -> _Read:
    plain = _as_they_are(hint)
    readers: Sequence[_Read] = [_reader(option, name) for option in get_args(hint) if option is not types.NoneType]

    def read(value: Any) -> Any:
        if type(value) in plain:
            return value
        faults = []
        for one in readers:
            try:
                return one(value)
            except ValueError as error:
                faults.append(error)
        raise faults[0] if len(faults) == 1 else _misfit(value, hint, name)

    return read


def _misfit(value: object, hint: Any, name: str) -> ValueError:
    return ValueError(f"{name!r} is {value!r:.60}, not of type {hint}")
