"""Expressions as plain data, for files: rows of numbers and texts that JSON can hold, parts before what they are part of.

    >>> from fsmgen.automata import choice, repeat, text
    >>> data = packed({"start": choice([text("ab"), repeat(text("c"), 1)])})
    >>> data["nodes"]
    [['Words', [{'bytes': 'ab'}]], ['Words', [{'bytes': 'c'}]], ['Repeat', {'node': 1}, 1, None], ['Choice', [{'node': 0}, {'node': 2}]]]
    >>> unpacked(data) == {"start": choice([text("ab"), repeat(text("c"), 1)])}
    True

Equal parts are one row, and nothing recurses, so neither the size nor the depth of an expression matters.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from fsmgen.automata.expression import Escaped, Expression, Layered, Table

KINDS: Mapping[str, Any] = {kind.__name__: kind for kind in (*get_args(Expression), Escaped, Layered)}
"""The classes of expressions by name."""


def packed(expressions: Mapping[str, Expression]) -> dict[str, Any]:
    """Named expressions as data: `nodes`, rows of a class and the values of its fields; `roots`, the node of each name.

    A byte string is `{"bytes": text}`, one character up to U+00FF for each byte; a part is `{"node": row}`.
    """
    numbers: dict[int, int] = {}
    rows: dict[str, int] = {}
    stack = [(part, False) for part in reversed(list(expressions.values()))]
    while stack:
        part, parts_done = stack.pop()
        if id(part) in numbers:
            continue
        if not parts_done:
            stack += [(part, True), *((inner, False) for inner in _parts(part))]
            continue
        row = json.dumps([type(part).__name__, *(_encoded(value, numbers) for value in _values(part))])
        numbers[id(part)] = rows.setdefault(row, len(rows))
    return {"nodes": [json.loads(row) for row in rows], "roots": {name: numbers[id(part)] for name, part in expressions.items()}}


def unpacked(data: Any) -> dict[str, Expression]:
    """The expressions that were packed.

    Raises:
        ValueError: it is no such data.
    """
    try:
        nodes: list[Expression] = []
        for name, *values in data["nodes"]:
            hints = _hints(KINDS[name]).values()
            nodes.append(_checked(KINDS[name](*(_decoded(value, hint, nodes) for value, hint in zip(values, hints, strict=True)))))
        return {str(name): nodes[_place(number, nodes)] for name, number in data["roots"].items()}
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from None


def _parts(value: Any) -> Iterator[Expression]:
    """The expressions directly in an expression, or in tuples in it; the last one first."""
    for inner in reversed(value if isinstance(value, tuple) else _values(value)):
        if isinstance(inner, tuple):
            yield from _parts(inner)
        elif type(inner) in KINDS.values():
            yield inner


def _encoded(value: Any, numbers: Mapping[int, int]) -> Any:
    if isinstance(value, tuple):
        return [_encoded(inner, numbers) for inner in value]
    if isinstance(value, bytes):
        return {"bytes": value.decode("latin-1")}
    return {"node": numbers[id(value)]} if type(value) in KINDS.values() else value


def _values(part: Any) -> tuple[Any, ...]:
    kind: Any = type(part)
    return tuple(getattr(part, name) for name in _hints(kind))


@cache
def _hints(kind: Any) -> Mapping[str, Any]:
    """What an expression is made of, in order, with its types."""
    if kind in (Escaped, Layered):
        return {name: hint for name, hint in get_type_hints(kind.__init__).items() if name != "return"}
    known = get_type_hints(kind)
    return {field.name: known[field.name] for field in fields(kind)}


def _checked(part: Expression) -> Expression:
    """The part, if the states that its moves name are there: what is compiled relies on it."""
    if isinstance(part, Escaped | Layered):
        states = part.inner if isinstance(part, Escaped) else part.size
        moves = [(source, target) for source, *_, target in part.rows]
        moves += [(source, target) for source, _, target in part.others] if isinstance(part, Escaped) else [(q, q) for q in part.finals]
        labels = [label for _, low, high, *_ in part.rows if low <= high for label in (low, high)]
        if any(not 0 <= label < 256 for label in labels) or (isinstance(part, Layered) and not 0 <= part.low <= part.high):
            raise ValueError("a table reads what is no byte, or has no layers")
    elif isinstance(part, Table):
        states, moves = part.states, [(source, target) for source, _, target in part.edges]
    else:
        return part
    if any(not 0 <= state < states for move in moves for state in move):
        raise ValueError(f"a table of {states} states has moves between others")
    return part


def _decoded(value: Any, hint: Any, nodes: list[Expression]) -> Any:
    """The value, if it fits the type of its field."""
    if hint == Expression:
        return nodes[_place(value["node"], nodes)]
    if get_origin(hint) is tuple:
        inner = get_args(hint)
        hints = [inner[0]] * len(value) if inner[-1] is ... else inner
        return tuple(_decoded(part, part_hint, nodes) for part, part_hint in zip(value, hints, strict=True))
    if hint is bytes:
        return value["bytes"].encode("latin-1")
    kinds = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    if type(value) not in kinds:
        raise TypeError(f"{value!r} is no {hint}")
    return value


def _place(number: Any, nodes: list[Expression]) -> int:
    if type(number) is not int or not 0 <= number < len(nodes):
        raise TypeError(f"there is no node {number!r} yet")
    return number
