r"""Languages as plain data for files, with the readers of their answers: functions and classes of readers by name, never code.

    >>> from fsmgen.frontends import boxed, integer
    >>> data = packed_language(boxed(integer()))
    >>> data["reader"]["kind"], data["reader"]["fields"][1:]
    ('between', ['\\boxed{', '}'])
    >>> unpacked_language(data) == boxed(integer())
    True

A reader is a function of `FUNCTIONS`, the table of a choice, or one of `KINDS`, whose fields are numbers, texts, languages, and tuples of
these.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import astuple, fields
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

from fsmgen.automata.portable import packed, unpacked
from fsmgen.errors import InputError
from fsmgen.frontends.combining import Between, FirstOf
from fsmgen.frontends.composing import InOrder, Items, OrNone
from fsmgen.frontends.formats import MaybeNegative, Ratio, WithUnit, read_fraction
from fsmgen.frontends.numbers import read_decimal, read_integer
from fsmgen.frontends.regions import Before, RegionReader
from fsmgen.frontends.templates import Holes
from fsmgen.grammar import LEADING_SPACE, Grammar, Language, Opening, ReportEntry
from fsmgen.grammar.report import STATUSES, Reported

FUNCTIONS: Mapping[str, Callable[[str], object]] = {
    "text": str,
    "integer": read_integer,
    "decimal": read_decimal,
    "scientific": Decimal,
    "number": float,
    "fraction": read_fraction,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "datetime": datetime.fromisoformat,
    "uuid": UUID,
    "json": json.loads,
}
"""The functions that a file can name."""
KINDS: Mapping[str, Any] = {
    "between": Between,
    "first of": FirstOf,
    "ratio": Ratio,
    "maybe negative": MaybeNegative,
    "with unit": WithUnit,
    "in order": InOrder,
    "or none": OrNone,
    "items": Items,
    "before": Before,
    "region": RegionReader,
    "holes": Holes,
}
"""The classes of readers that a file can name; their instances are made of their fields."""

_PLAIN = (str, int, float, bool, type(None))


def packed_language(language: Language) -> dict[str, Any]:
    """A language as data that JSON can hold.

    Raises:
        InputError: a file cannot name the function that reads its answers, or those of a part.
        LimitReached: too many deferred rules to write them all.
    """
    data = {
        "source": language.source,
        "leading_space": language.leading_space,
        "reader": _packed_reader(language),
        "start": language.grammar.start,
        "rules": packed(language.grammar.expanded().rules),
    }
    if language.opening is not None:
        data["opening"] = _packed_opening(language.opening)
    report = language.report()  # whole once every rule is made
    return data | {"report": [astuple(entry) for entry in report]} if report else data


def _packed_opening(opening: Opening) -> dict[str, Any]:
    return {"start": opening.grammar.start, "rules": packed(opening.grammar.rules), "low": opening.low, "high": opening.high}


def _unpacked_opening(data: Any) -> Opening:
    low, high, grammar = data["low"], data["high"], Grammar(unpacked(data["rules"]), data["start"])
    counts = (low, low if high is None else high)
    if any(type(count) is not int for count in counts) or not 0 <= low <= counts[1] or grammar.start not in grammar.rules:
        raise ValueError(f"no bound in tokens: {low!r} to {high!r} of {grammar.start!r}")
    return Opening(grammar, low, high)


def unpacked_language(data: Any) -> Language:
    """The language that was packed.

    Raises:
        KeyError, TypeError, ValueError: it is no such data.
    """
    grammar = Grammar(unpacked(data["rules"]), data["start"])
    if grammar.start not in grammar.rules or data["leading_space"] not in LEADING_SPACE:
        raise ValueError(f"no rule {grammar.start!r}, or no leading space {data['leading_space']!r}")
    opening = _unpacked_opening(data["opening"]) if "opening" in data else None
    return Language(grammar, data["source"], data["leading_space"], _reader(data["reader"]), _reported(data.get("report", ())), opening)


def report_of(language: Language) -> tuple[ReportEntry, ...]:
    """What became of the constructs of a language and of those that it was combined from."""
    parse: Any = language.parse
    values = [getattr(parse, field.name) for field in fields(parse)] if type(parse) in KINDS.values() else []
    parts = [part for value in values for part in (value if isinstance(value, tuple) else [value]) if isinstance(part, Language)]
    return (*language.report(), *(entry for part in parts for entry in report_of(part)))


def _reported(saved: Any) -> Reported:
    entries = tuple(ReportEntry(*(str(fact) for fact in facts)) for facts in saved)  # type: ignore[arg-type]  # checked below
    if any(entry.status not in STATUSES for entry in entries):
        raise ValueError("a status of the report is unknown")
    return Reported(entries)


def _packed_reader(language: Language) -> Any:
    """The reader as data: a name, what a choice's texts stand for, or a kind of reader with its fields."""
    parse = language.parse
    for name, function in FUNCTIONS.items():
        if parse == function:
            return name
    for name, kind in KINDS.items():
        if type(parse) is kind:
            return {"kind": name, "fields": [_encoded(getattr(parse, field.name)) for field in fields(KINDS[name])]}
    values = getattr(parse, "__self__", None)
    if isinstance(values, dict) and parse == values.__getitem__ and all(type(value) in _PLAIN for value in values.values()):
        return {"values": values} if any(text != value for text, value in values.items()) else {"texts": list(values)}
    unknown = getattr(parse, "__qualname__", repr(parse))
    raise InputError(
        f"{language.source} cannot be saved: {unknown} reads its answers, and a file can name only the readers that fsmgen brings, and "
        "choices with plain values; dataclasses.replace(language, parse=str) can be saved, and reads an answer as its text"
    )


def _encoded(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_encoded(part) for part in value]
    return packed_language(value) if isinstance(value, Language) else value


def _reader(saved: Any) -> Callable[[str], object]:
    if isinstance(saved, str):
        return FUNCTIONS[saved]
    if "kind" in saved:
        kind = KINDS[saved["kind"]]
        reader: Callable[[str], object] = kind(*(_decoded(part, hint) for part, hint in zip(saved["fields"], _hints(kind), strict=True)))
        return reader
    values = {str(text): text for text in saved["texts"]} if "texts" in saved else dict(saved["values"])
    return values.__getitem__


@cache
def _hints(kind: Any) -> tuple[Any, ...]:
    known = get_type_hints(kind)
    return tuple(known[field.name] for field in fields(kind))


def _decoded(value: Any, hint: Any) -> Any:
    """The value, if it fits the type of its field."""
    kinds = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    if Language in kinds and isinstance(value, dict):
        return unpacked_language(value)
    if get_origin(hint) is tuple and isinstance(value, list):
        return tuple(_decoded(part, get_args(hint)[0]) for part in value)
    if type(value) not in kinds:
        raise TypeError(f"{value!r} is no {hint}")
    return value
