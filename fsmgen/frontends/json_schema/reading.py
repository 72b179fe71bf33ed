r"""JSON read exactly: numbers with a fraction or an exponent become Decimal, nothing is lost or guessed.

    >>> parsed('{"maximum": 0.10}')
    {'maximum': Decimal('0.10')}
    >>> parsed('{"a": {"b": 1, "b": 2}}')
    Traceback (most recent call last):
    fsmgen.errors.InvalidSchema: schema at #/a: the name 'b' occurs twice

A text is read by Python's `json`; an object is copied, so that nobody changes it under a compiled constraint.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Any, NamedTuple, NoReturn, TypeAlias

from fsmgen.errors import InvalidSchema

Json: TypeAlias = Any
"""None, bool, int, Decimal, str, list or dict with str keys."""

DEPTH_LIMIT = 200
"""Deepest nesting of arrays and objects: Python's own recursion ends at 1,000 calls, and the deepest of 1,107 published schemas is 19."""
SIZE_LIMIT = 500_000
"""Most values in a schema; in an object a part that is shared counts wherever it occurs."""

_STRING = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_VALUE = re.compile(r"[,\[{](?!\s*[\]}])")
"""What stands before each value but the first, in a text without strings."""
_DEPTH_CHANGE = {"[": 1, "{": 1, "]": -1, "}": -1}


class Source(NamedTuple):
    """A schema as plain data.

    Attributes:
        value: the data, which nobody else holds.
        dynamic: whether a name of `DYNAMIC` may occur in it.
    """

    value: Json
    dynamic: bool


DYNAMIC = frozenset({"$dynamicAnchor", "$recursiveAnchor"})


def source(schema: object) -> Source:
    """A schema that is given as JSON text or as an object.

    Raises:
        InvalidSchema: see `parsed` and `copied`.
    """
    if isinstance(schema, str | bytes):
        value, text = parsed(schema), schema if isinstance(schema, str) else schema.decode("latin-1")
        return Source(value, "\\u" in text or any(name in text for name in DYNAMIC))
    names: set[str] = set()
    return Source(copied(schema, names), not names.isdisjoint(DYNAMIC))


def parsed(schema: str | bytes) -> Json:
    """The value of a JSON text.

    Raises:
        InvalidSchema: it is no JSON text in UTF-8, is nested deeper than `DEPTH_LIMIT`, has more than `SIZE_LIMIT` values, a name twice in
            an object, or a string that is no Unicode text.
    """
    text = _decoded(schema) if isinstance(schema, bytes) else schema
    if sum(map(text.count, ",{[")) >= SIZE_LIMIT and (size := 1 + len(_VALUE.findall(_STRING.sub("0", text)))) > SIZE_LIMIT:
        raise InvalidSchema("", f"{size:,} values; the limit is {SIZE_LIMIT:,}")
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_float=_decimal, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise InvalidSchema("", f"not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except _Repeated:
        raise _repetition(json.loads(text, object_pairs_hook=_marked)) from None
    except RecursionError:
        raise InvalidSchema("", f"nested {_depth(text)} deep; the limit is {DEPTH_LIMIT}") from None
    except ValueError as error:
        raise InvalidSchema("", f"a number cannot be read: {error}") from None
    if text.count("{") + text.count("[") > DEPTH_LIMIT and _deeper(value, DEPTH_LIMIT):
        raise InvalidSchema("", f"nested {_depth(text)} deep; the limit is {DEPTH_LIMIT}")
    if not text.isascii() or "\\ud" in text or "\\uD" in text:
        _check_strings(value)
    return value


def copied(schema: object, names: set[str]) -> Json:
    """A copy of a schema that is given as an object, its floats as the Decimals that they are written as; its names are added to `names`.

    Raises:
        InvalidSchema: a part is of a type that JSON does not have, a float is no number, a string is no Unicode text, it is nested deeper
            than `DEPTH_LIMIT` (or contains itself), or has more than `SIZE_LIMIT` values.
    """
    try:
        return _copied(schema, DEPTH_LIMIT, _Seen(names))
    except _NoJson as error:
        raise InvalidSchema("".join(reversed(error.steps)), str(error)) from None


@dataclass(slots=True)
class _Seen:
    """What was met while copying."""

    names: set[str]
    size: int = 0


class _NoJson(Exception):
    """A part is no JSON; the steps to it are gathered on the way up."""

    def __init__(self, message: str) -> None:
        self.steps: list[str] = []
        super().__init__(message)


def _copied(value: Any, depth: int, seen: _Seen) -> Json:
    kind = type(value)
    if kind is str:
        return value if value.isascii() or _is_text(value) else _refuse(f"{value!r} is no Unicode text: it has half of a surrogate pair")
    if kind is dict or kind is list:
        return _container(value, depth - 1, seen)
    if kind is bool or kind is int or value is None:
        return value
    if kind is not float and kind is not Decimal:
        _refuse(f"{kind.__name__} is no type of JSON; it may hold dict, list, str, int, float, Decimal, bool and None")
    return Decimal(str(value)) if math.isfinite(value) else _refuse(f"{value} is no number of JSON")


def _container(value: Any, depth: int, seen: _Seen) -> Json:
    seen.size += len(value)
    if depth < 0 or seen.size > SIZE_LIMIT:
        over = f"is nested deeper than {DEPTH_LIMIT}, or contains itself" if depth < 0 else f"has more than {SIZE_LIMIT:,} values"
        _refuse(f"the schema {over}")
    named = type(value) is dict
    result: Any = {} if named else [None] * len(value)
    step: Any = None
    try:
        for step, part in value.items() if named else enumerate(value):
            if named and not (type(step) is str and (step.isascii() or _is_text(step))):
                _refuse(f"the name {step!r} is no text")
            result[step] = _copied(part, depth, seen)
    except _NoJson as error:
        error.steps.append(f"/{escaped(str(step))}")
        raise
    if named:
        seen.names.update(result)
    return result


def _refuse(message: str) -> NoReturn:
    raise _NoJson(message)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def escaped(name: str) -> str:
    """A name as a step of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1") if "~" in name or "/" in name else name


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidSchema("", f"no UTF-8 text: {error.reason} at byte {error.start}") from None


def _deeper(container: Json, limit: int) -> bool:
    """Whether arrays and objects are nested deeper than the limit."""
    for part in container.values() if type(container) is dict else container:
        if (type(part) is dict or type(part) is list) and (limit == 1 or _deeper(part, limit - 1)):
            return True
    return False


def _depth(text: str) -> int:
    """The deepest nesting of brackets outside strings."""
    changes = filter(None, map(_DEPTH_CHANGE.get, _STRING.sub("", text)))
    return max(accumulate(changes), default=0)


class _Repeated(Exception):
    """A name occurs twice in an object."""


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _Repeated
    return result


class _Marked(dict[str, Any]):
    """An object in which a name occurs twice."""


def _marked(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """The object; where a name occurs twice, one that says which."""
    names = [name for name, _ in pairs]
    twice = next((name for i, name in enumerate(names) if name in names[:i]), None)
    return dict(pairs) if twice is None else _Marked(name=twice)


def _repetition(value: Json) -> InvalidSchema:
    pointer, found = next((pointer, part) for pointer, part in _parts(value) if type(part) is _Marked)
    return InvalidSchema(pointer, f"the name {found['name']!r} occurs twice")


def _check_strings(value: Json) -> None:
    for pointer, part in _parts(value):
        texts = part if type(part) is dict else [part] if type(part) is str else []
        wrong = next((text for text in texts if not _is_text(text)), None)
        if wrong is not None:
            raise InvalidSchema(pointer, f"{wrong!r} is no Unicode text: it has half of a surrogate pair")


def _parts(value: Json, pointer: str = "") -> Iterator[tuple[str, Json]]:
    """Every value in a value, outer ones first, with its pointer."""
    yield pointer, value
    steps = value.items() if type(value) is dict else enumerate(value) if type(value) is list else ()
    for step, part in steps:
        yield from _parts(part, f"{pointer}/{escaped(str(step))}")


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:
        raise ValueError(f"the exponent of {text[:40]} is too large") from None


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number of JSON")
