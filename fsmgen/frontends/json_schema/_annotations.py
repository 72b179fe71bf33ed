"""What stands beside a type in `Annotated`, as keywords of a schema: by the names of its attributes, whatever package it is of."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from fsmgen.errors import InputError

_BOUNDS = {
    "ge": ("minimum",), "gt": ("exclusiveMinimum",), "le": ("maximum",), "lt": ("exclusiveMaximum",), "multiple_of": ("multipleOf",),
    "min_length": ("minLength", "minItems", "minProperties"), "max_length": ("maxLength", "maxItems", "maxProperties"),
    "pattern": ("pattern",),
}  # fmt: skip
_COUNTED = {"string": 0, "array": 1, "object": 2}


def constraints(metadata: Iterable[Any], kind: str | None, whole: Any) -> Iterator[tuple[str, Any]]:
    """The keywords that annotations stand for; what is no constraint is passed over."""
    for item in metadata:
        if isinstance(item, dict):
            yield from item.items()
        elif isinstance(getattr(item, "metadata", None), list | tuple):  # a field of pydantic
            yield from constraints(item.metadata, kind, whole)
        elif type(item).__module__ == "annotated_types" and any(hasattr(item, name) for name in ("func", "tz")):
            raise InputError(f"{item!r} in {whole!r} cannot be said in a schema")
        else:
            for name, keywords in _BOUNDS.items():
                value = getattr(item, name, None)
                if value is not None:
                    yield from _bound(name, keywords, value, (kind, whole))


def _bound(name: str, keywords: tuple[str, ...], value: Any, of: tuple[str | None, Any]) -> Iterator[tuple[str, Any]]:
    """The keywords of one constraint, for the type that it is put on."""
    kind, whole = of
    value = value.pattern if isinstance(value, re.Pattern) else value
    if not isinstance(value, str if name == "pattern" else int | float | Decimal) or isinstance(value, bool):
        raise InputError(f"{name}={value!r} in {whole!r} cannot be said in a schema")
    if len(keywords) > 1 and kind is not None:
        if kind not in _COUNTED:
            raise InputError(f"{name} in {whole!r}: {kind} has no length")
        keywords = (keywords[_COUNTED[kind]],)
    yield from ((keyword, value) for keyword in keywords)


