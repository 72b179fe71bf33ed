r"""Python's types as schemas, and JSON values as their instances: pydantic models, dataclasses, TypedDicts and what they are made of.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Point:
    ...     x: int
    ...     y: int = 0
    >>> point = described(Point)
    >>> point.schema["$defs"]["Point"]["required"]
    ['x']
    >>> point.read('{"x": 4}')
    Point(x=4, y=0)

| type | schema | value |
|---|---|---|
| `int`, `float`, `bool`, `None`, `str` | of that type | an int also of `4.0` |
| `Decimal` | a number | with the digits of the text |
| `date`, `time`, `datetime`, `UUID` | a string of that format, as far as the type can hold it | `time` and `datetime` have a zone |
| `Literal[...]`, an `Enum` | `enum` of the values | the value, the member |
| `X | Y` | `anyOf` | of the first member that fits |
| `list[X]`, `Sequence[X]`, `set[X]`, `frozenset[X]`, `tuple[X, ...]`, `tuple[X, Y]` | an array; unique items in a set | of the type |
| `dict[str, X]`, `Mapping[str, X]` | an object; the keys may be a Literal or an Enum of strings | a dict |
| a dataclass, a TypedDict | an object of these properties; one with a default, or `NotRequired`, may be absent | an instance, a dict |
| a pydantic model or dataclass | what `model_json_schema` says | what `model_validate_json` makes of the text |
| `Any`, `object` | any value | as `json` reads it |
| `Annotated[X, ...]` | with `ge`, `gt`, `le`, `lt`, `multiple_of`, `min_length`, `max_length`, `pattern`, or a dict of keywords | |

Validators of a pydantic model that its schema does not say are not kept: reading an answer that they refuse is an error.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NotRequired, Required, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from fsmgen.errors import InputError
from fsmgen.frontends.json_schema._annotations import constraints
from fsmgen.frontends.json_schema._instances import (
    FirstThatFits,
    Mismatch,
    Reader,
    Schema,
    Within,
    as_json,
    decimal,
    floating,
    from_text,
    integer,
    of_kind,
    written,
)
from fsmgen.frontends.json_schema.reading import Json


@dataclass(frozen=True, slots=True)
class Described:
    """A type as a schema.

    Attributes:
        schema: the values that are an instance, by draft 2020-12.
        read: makes an instance of a JSON text.
    """

    schema: Schema
    read: Callable[[str], Any]


def described(kind: Any) -> Described:
    """The schema of a type, and the reader of its instances.

    Raises:
        InputError: no schema can be made of the type, or of a part of it.
    """
    if _is_pydantic(kind):
        schema, validate = _pydantic(kind)
        return Described(schema, validate)
    types = _Types()
    schema, read = types.shape(kind)
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
    return Described(whole | {"$defs": types.definitions} if types.definitions else whole, _OfText(read))


@dataclass(frozen=True, slots=True)
class _OfText:
    """Reads a text with the reader of its value."""

    read: Reader

    def __call__(self, text: str) -> Any:
        return self.read(json.loads(text, parse_float=Decimal))


class _Types:
    """Makes shapes, a schema and a reader for each type; classes become definitions, so that they may contain themselves."""

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}
        self._names: dict[Any, str] = {}
        self._readers: dict[Any, Reader] = {}

    def shape(self, kind: Any) -> tuple[Schema, Reader]:
        """The schema and the reader of a type."""
        origin, parts = get_origin(kind), get_args(kind)
        if origin is None and kind in _PLAIN:
            schema, read = _PLAIN[kind]
            return dict(schema), read
        if origin in (Union, UnionType):
            return self._union(parts)
        if origin is Annotated:
            return self._annotated(kind, parts)
        if origin in (Required, NotRequired):
            return self.shape(parts[0])
        if origin is Literal:
            return _enumeration(kind, {_key(part): part for part in parts}, [_plain(part, kind) for part in parts])
        if hasattr(kind, "__supertype__"):
            return self.shape(kind.__supertype__)
        container = origin or kind
        if container in _SEQUENCES:
            return self._sequence(_SEQUENCES[container], parts)
        if container is tuple:
            return self._tuple(parts if origin else (Any, ...))
        if container in (dict, Mapping, MutableMapping):
            return self._mapping(kind, parts or (str, Any))
        if isinstance(kind, type):
            return self._class(kind)
        raise _unsupported(kind)

    def _union(self, parts: tuple[Any, ...]) -> tuple[Schema, Reader]:
        shapes = [self.shape(part) for part in parts]
        return {"anyOf": [schema for schema, _ in shapes]}, FirstThatFits(tuple(read for _, read in shapes))

    def _annotated(self, kind: Any, parts: tuple[Any, ...]) -> tuple[Schema, Reader]:
        schema, read = self.shape(parts[0])
        asked: Schema = {}
        for keyword, value in constraints(parts[1:], schema.get("type"), kind):
            schema, asked = ({"allOf": [schema]} if keyword in schema else schema), asked | {keyword: value}
            schema = schema | {keyword: value}
        return schema, Within(read, asked)

    def _sequence(self, make: Callable[[list[Any]], Any], parts: tuple[Any, ...]) -> tuple[Schema, Reader]:
        schema, read = self.shape(parts[0] if parts else Any)
        unique = {"uniqueItems": True} if make in (set, frozenset) else {}
        return {"type": "array", "items": schema, **unique}, lambda value: make([read(part) for part in of_kind(list, value)])

    def _tuple(self, parts: tuple[Any, ...]) -> tuple[Schema, Reader]:
        if parts and parts[-1] is Ellipsis:
            return self._sequence(tuple, parts[:1])
        shapes = [self.shape(part) for part in parts]
        readers = [read for _, read in shapes]

        def read(value: Json) -> Any:
            if len(of_kind(list, value)) != len(readers):
                raise Mismatch(f"{len(value)} items")
            return tuple(one(part) for one, part in zip(readers, value, strict=True))

        prefix = {"prefixItems": [schema for schema, _ in shapes], "items": False} if shapes else {}
        return {"type": "array", **prefix, "minItems": len(shapes), "maxItems": len(shapes)}, read

    def _mapping(self, kind: Any, parts: tuple[Any, ...]) -> tuple[Schema, Reader]:
        (names, read_name), (schema, read) = (self.shape(part) for part in parts)
        if names.get("type") != "string" and not all(type(name) is str for name in names.get("enum", [None])):
            raise _unsupported(kind)
        limits = {} if names == {"type": "string"} else {"propertyNames": names}
        return (
            {"type": "object", **limits, "additionalProperties": schema},
            lambda value: {read_name(name): read(part) for name, part in of_kind(dict, value).items()},
        )

    def _class(self, kind: type) -> tuple[Schema, Reader]:
        if issubclass(kind, Enum):
            values = [_plain(member.value, kind) for member in kind]
            return _enumeration(kind, {_key(value): member for value, member in zip(values, kind, strict=True)}, values)
        if kind not in self._names:
            name = kind.__name__ if kind.__name__ not in self.definitions else f"{kind.__name__} {len(self.definitions)}"
            self._names[kind] = name
            self.definitions[name] = {}  # holds the name while the parts are described
            self.definitions[name], self._readers[kind] = self._definition(kind, name)
        return {"$ref": f"#/$defs/{self._names[kind].replace(' ', '%20')}"}, lambda value: self._readers[kind](value)

    def _definition(self, kind: type, name: str) -> tuple[Schema, Reader]:
        if _is_pydantic(kind):
            schema, validate = _pydantic(kind)
            return {"$id": f"urn:fsmgen:{name.replace(' ', '%20')}", **schema}, lambda value: validate(written(value))
        if dataclasses.is_dataclass(kind):
            needed = {field.name: not _has_default(field) for field in dataclasses.fields(kind) if field.init}
            return self._record(kind, needed)
        if hasattr(kind, "__required_keys__") and hasattr(kind, "__total__"):
            hints = _hints(kind)
            return self._record(kind, {name: name in _required(kind, hints) for name in hints})
        raise _unsupported(kind)

    def _record(self, kind: Any, needed: Mapping[str, bool]) -> tuple[Schema, Reader]:
        hints = _hints(kind)
        shapes = {name: self.shape(hints[name]) for name in needed}
        schema = {
            "type": "object",
            "properties": {name: schema for name, (schema, _) in shapes.items()},
            "required": [name for name, wanted in needed.items() if wanted],
            "additionalProperties": False,
        }

        def read(value: Json) -> Any:
            wrong = [name for name in of_kind(dict, value) if name not in shapes] + [n for n in needed if needed[n] and n not in value]
            if wrong:
                raise Mismatch(f"{wrong[0]!r} is missing in it or too much")
            return kind(**{name: shapes[name][1](part) for name, part in value.items()})

        return schema, read


def _enumeration(kind: Any, members: Mapping[Any, Any], values: list[Any]) -> tuple[Schema, Reader]:
    if not values:
        raise InputError(f"{kind!r} has no value")

    def read(value: Json) -> Any:
        try:
            return members[_key(value)]
        except (KeyError, TypeError):
            raise Mismatch(f"{value!r} is no value of {kind!r}") from None

    types = {"type": "string"} if all(type(value) is str for value in values) else {}
    return {**types, "enum": values}, read


def _key(value: Any) -> Any:
    """What tells values of an enumeration apart: `True` is not 1, `1.0` is."""
    value = value.value if isinstance(value, Enum) else value
    return isinstance(value, bool), Decimal(repr(value)) if type(value) is float else value


def _plain(value: Any, kind: Any) -> Any:
    """A value of an enumeration, as JSON has it."""
    value = value.value if isinstance(value, Enum) else value
    if value is None or type(value) in (str, int, float, bool):
        return value
    raise InputError(f"{value!r} of {kind!r} is no text, number, boolean or None, so a schema cannot list it")


_NO_YEAR_0 = "^0000"
_NO_LEAP_SECOND = ":60"


def _text_of(form: str, *without: str) -> Schema:
    return {"type": "string", "format": form} | ({"not": {"pattern": "|".join(without)}} if without else {})


_PLAIN: Mapping[Any, tuple[Schema, Reader]] = {
    int: ({"type": "integer"}, integer),
    float: ({"type": "number"}, floating),
    Decimal: ({"type": "number"}, decimal),
    bool: ({"type": "boolean"}, lambda value: of_kind(bool, value)),
    str: ({"type": "string"}, lambda value: of_kind(str, value)),
    None: ({"type": "null"}, lambda value: of_kind(NoneType, value)),
    NoneType: ({"type": "null"}, lambda value: of_kind(NoneType, value)),
    Any: ({}, as_json),
    object: ({}, as_json),
    date: (_text_of("date", _NO_YEAR_0), from_text(date.fromisoformat)),
    time: (_text_of("time", _NO_LEAP_SECOND, "z"), from_text(time.fromisoformat)),
    datetime: (_text_of("date-time", _NO_YEAR_0, _NO_LEAP_SECOND, "[tz]"), from_text(datetime.fromisoformat)),
    UUID: (_text_of("uuid"), from_text(UUID)),
}
_SEQUENCES: Mapping[Any, Callable[[list[Any]], Any]] = {
    list: list, Sequence: list, MutableSequence: list, set: set, frozenset: frozenset, AbstractSet: frozenset,
}  # fmt: skip


def _has_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING


def _hints(kind: Any) -> dict[str, Any]:
    try:
        return get_type_hints(kind, include_extras=True)
    except NameError as error:
        raise InputError(f"the annotations of {kind!r} cannot be read: {error}") from None


def _required(kind: Any, hints: Mapping[str, Any]) -> set[str]:
    """The keys of a TypedDict that must be there. Where annotations are texts, `__required_keys__` does not know what they say."""
    said = {name: get_origin(hint) for name, hint in hints.items()}
    return {name for name in hints if said[name] is Required or (name in kind.__required_keys__ and said[name] is not NotRequired)}


def _is_pydantic(kind: Any) -> bool:
    return isinstance(kind, type) and hasattr(kind, "__pydantic_validator__")


def _pydantic(kind: Any) -> tuple[Schema, Callable[[str], Any]]:
    """The schema of a pydantic model or dataclass, and its reader. Only their own classes bring us here, so pydantic is there."""
    from pydantic import TypeAdapter

    adapter: Any = TypeAdapter(kind)
    return _narrowed(adapter.json_schema()), adapter.validate_json


_NARROWED = {"date": _NO_YEAR_0, "date-time": f"{_NO_YEAR_0}|{_NO_LEAP_SECOND}", "time": _NO_LEAP_SECOND}
_DATA = frozenset({"enum", "const", "default", "examples"})


def _narrowed(schema: Any) -> Any:
    """A schema without the dates and times that the format has and Python's types cannot hold."""
    if isinstance(schema, list):
        return [_narrowed(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    form = schema.get("format")
    beside = {"allOf": [{"not": {"pattern": _NARROWED[form]}}]} if isinstance(form, str) and form in _NARROWED else {}
    return {name: part if name in _DATA else _narrowed(part) for name, part in schema.items()} | beside


def _unsupported(kind: Any) -> InputError:
    return InputError(
        f"no schema can be made of {kind!r}; it can of int, float, Decimal, bool, None, str, date, time, datetime, UUID, Literal, Enum, "
        "unions, list, set, tuple, dict with texts as keys, dataclasses, TypedDicts, pydantic models, Any and Annotated"
    )
