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

from fsmgen.automata.expression import EMPTY, Compact, Edge, Escaped, Expression, Layered, Table
from fsmgen.automata.quoted import Quoted, Signs, Unlisted

KINDS: Mapping[str, Any] = {kind.__name__: kind for kind in (*get_args(Expression), Escaped, Layered, Quoted, Unlisted, Signs)}
"""The classes of expressions by name, and what they hold that is a row of its own."""


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
    if issubclass(kind, Compact):
        return {name: hint for name, hint in get_type_hints(kind.__init__).items() if name != "return"}
    known = get_type_hints(kind)
    return {field.name: known[field.name] for field in fields(kind)}


def _checked(part: Expression) -> Expression:
    """The part, if the states that its moves name are there: what is compiled relies on it."""
    if isinstance(part, Table):
        if any(not 0 <= state < _states(part) for source, _, target in _moves(part) for state in (source, target)):
            raise ValueError(f"a table of {_states(part)} states has moves between others")
        if any(not 0 <= letter < 256 for letter in _letters(part)) or (isinstance(part, Layered) and not 0 <= part.low <= part.high):
            raise ValueError("a table reads what is no byte, or has no layers")
        if isinstance(part, Quoted | Unlisted) and not b"".join(_words(part)).isascii():
            raise ValueError("a table of words in quotes has other letters than those of ASCII")
    if isinstance(part, Signs) and (len(part.rules) != 0x80 or not all(0 <= letter < 0x80 for letter in (part.quote, part.mark))):
        raise ValueError("letters in quotes are not as those of ASCII")
    return part


def _states(part: Table) -> int:
    match part:
        case Escaped(inner=states) | Quoted(inner=states) | Layered(size=states):
            return states
    return 4 if isinstance(part, Unlisted) else part.states


def _moves(part: Table) -> tuple[Edge, ...]:
    match part:
        case Escaped(rows=rows, others=others):
            return (*((row[0], EMPTY, row[4]) for row in rows), *others)
        case Layered(rows=rows, finals=finals):
            return (*((row[0], EMPTY, row[4]) for row in rows), *((final, EMPTY, final) for final in finals))
        case Quoted(ways=ways, others=others):
            return (*((source, EMPTY, target) for source, _, target in ways), *others)
        case Unlisted(others=others):
            return others
    return part.edges


def _letters(part: Table) -> list[int]:
    rows = part.rows if isinstance(part, Escaped | Layered) else ()
    return [letter for _, low, high, *_ in rows if low <= high for letter in (low, high)]


def _words(part: Quoted | Unlisted) -> tuple[bytes, ...]:
    return part.words if isinstance(part, Unlisted) else tuple(word for _, word, _ in part.ways)


def _decoded(value: Any, hint: Any, nodes: list[Expression]) -> Any:
    """The value, if it fits the type of its field."""
    if hint in (Expression, Signs):
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
