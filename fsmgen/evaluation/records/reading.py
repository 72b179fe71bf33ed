"""JSON values as dataclasses: exactly their fields, each of its type, lists as tuples."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import cache
from typing import Any, NoReturn, get_args, get_origin, get_type_hints


def read_object(value: object, kind: type) -> Any:
    """A JSON object as a dataclass.

    Raises:
        ValueError: a field is unknown, missing, or of another type; the message names it.
    """
    if not isinstance(value, dict):
        raise ValueError(f"a {kind.__name__} is an object, and this is a {type(value).__name__}")
    hints = _hints(kind)
    if odd := sorted(value.keys() ^ hints.keys()):
        raise ValueError(f"{odd[0]!r} is {'unknown' if odd[0] in value else 'missing'}")
    return kind(**{name: _read(value[name], hint, name) for name, hint in hints.items()})


def read_line(line: str) -> object:
    """The JSON value of a line.

    Raises:
        ValueError: it is no JSON, or an object has a key twice; the message says which.
    """
    return json.loads(line, parse_constant=_refuse_constant, object_pairs_hook=_once)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"it has the key {next(name for name in names if names.count(name) > 1)!r} twice")
    return found


def _refuse_constant(constant: str) -> NoReturn:
    """For `json.loads`, which reads NaN and infinities unless it is told not to."""
    raise ValueError(f"{constant} is no number")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(value: object, hint: Any, name: str) -> Any:
    """A value of a field; a bool is no number, and an int is a float."""
    if isinstance(hint, types.UnionType):
        return _read_one_of(value, get_args(hint), hint, name)
    if is_dataclass(hint):
        assert isinstance(hint, type)
        return read_object(value, hint)
    inner = get_args(hint)
    if get_origin(hint) is tuple and isinstance(value, list):
        if set(map(type, value)) <= _as_they_are(inner[0]):
            return tuple(value)
        return tuple(_read(each, inner[0], name) for each in value)
    if get_origin(hint) is Mapping and isinstance(value, dict):
        return {key: _read(each, inner[1], name) for key, each in value.items()}
    if type(value) is hint or (hint is float and type(value) is int):
        return value
    raise _misfit(value, hint, name)


@cache
def _as_they_are(hint: Any) -> frozenset[type]:
    """Types whose values a field takes unchanged; none for objects, lists and mappings."""
    options = get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    plain = {option for option in options if option in (bool, int, float, str, types.NoneType)}
    return frozenset(plain | ({int} if float in plain else set()))


def _read_one_of(value: object, options: tuple[Any, ...], hint: Any, name: str) -> Any:
    if value is None and types.NoneType in options:
        return None
    faults = []
    for option in (one for one in options if one is not types.NoneType):
        try:
            return _read(value, option, name)
        except ValueError as error:
            faults.append(error)
    raise faults[0] if len(faults) == 1 else _misfit(value, hint, name)


def _misfit(value: object, hint: Any, name: str) -> ValueError:
    return ValueError(f"{name!r} is {value!r:.60}, not of type {hint}")
