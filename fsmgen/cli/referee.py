"""`jsonschema` as a referee: exact numbers, patterns as ECMA-262 reads them, nothing fetched.

    >>> from fsmgen.cli.referee import Referee
    >>> Referee({"multipleOf": 0.1, "pattern": r"^\\d$"}).complaint("0.3")
    >>> Referee({"pattern": r"^\\d$"}).complaint('"5\\\\n"') is None
    False

What differs between the two languages of patterns is rewritten: `$` is the very end, `\\d` and `\\w` are ASCII, `\\s` and `.` have ECMA's
characters. Look-behind of any length and classes by property are beyond `re`: `Undecided`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import jsonschema_specifications
import referencing.exceptions
import referencing.jsonschema
from jsonschema import Draft7Validator, Draft202012Validator, ValidationError, validators

Ranges = list[tuple[int, int]]

_DIGITS: Ranges = [(0x30, 0x39)]
_WORD: Ranges = [(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)]
_SPACE: Ranges = [
    (0x09, 0x0D), (0x20, 0x20), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F),
    (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF),
]  # fmt: skip
_CLASSES = {"d": _DIGITS, "w": _WORD, "s": _SPACE}
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "v": "\v", "f": "\f", "0": "\0"}
_BOUNDARY = "(?:(?<=[{w}])(?![{w}])|(?<![{w}])(?=[{w}]))"
_INSIDE = "(?:(?<=[{w}])(?=[{w}])|(?<![{w}])(?![{w}]))"
_MAPS = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"})
_VALUES = frozenset({"enum", "const", "default", "examples"})


class Undecided(Exception):
    """The referee cannot say: a pattern, a reference or a draft that it does not read."""


class Referee:
    """Decides texts by a schema. Formats are asked for as far as jsonschema knows them; documents are found in `resources` by URI."""

    def __init__(self, schema: Any, *, formats: bool = True, resources: Mapping[str, Any] | None = None) -> None:
        exact = json.loads(json.dumps(schema), parse_float=Decimal)
        kind = validators.validator_for(exact, default=_undeclared(exact))
        checker = kind.TYPE_CHECKER.redefine("integer", _is_integer).redefine("number", _is_number)
        extended = validators.extend(kind, {"multipleOf": _multiple_of}, type_checker=checker)
        newest = referencing.jsonschema.DRAFT202012
        found = {uri: referencing.Resource.from_contents(_rewritten(each), newest) for uri, each in (resources or {}).items()}
        registry = jsonschema_specifications.REGISTRY.with_resources(found.items())
        checker_of_formats = Draft202012Validator.FORMAT_CHECKER if formats else None
        self._validator = extended(_rewritten(exact), format_checker=checker_of_formats, registry=registry)

    def complaint(self, text: str) -> str | None:
        """Why the text is no instance, or None if it is one.

        Raises:
            Undecided: the referee cannot say.
        """
        try:
            value = read_strictly(text)
        except ValueError as error:
            return f"no JSON: {error}"
        try:
            fault = next(self._validator.iter_errors(value), None)
        except (referencing.exceptions.Unresolvable, RecursionError, re.error, TypeError, KeyError, AttributeError) as error:
            raise Undecided(f"{type(error).__name__}: {error}"[:200]) from error
        return None if fault is None else f"{fault.json_path}: {fault.validator}: {fault.message}"[:300]


def read_strictly(text: str) -> Any:
    """The value, its numbers exact.

    Raises:
        ValueError: the text is not JSON, or has half a surrogate pair.
        Undecided: a number's exponent has too many digits.
    """
    value = json.loads(text, parse_float=_decimal, parse_constant=_no_number)
    json.dumps(value, ensure_ascii=False, default=str).encode()
    return value


def repeated_names(text: str) -> set[str]:
    """Names that occur twice in one object."""
    found: set[str] = set()

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in members]
        found.update(name for name in names if names.count(name) > 1)
        return dict(members)

    json.loads(text, object_pairs_hook=pairs)
    return found


def _decimal(text: str) -> Decimal | int:
    """The number; a whole one as an int, which the validators of all drafts take for an integer."""
    exponent = text.lower().partition("e")[2].lstrip("+-0")
    if len(exponent) > 3:
        raise Undecided(f"a number with the exponent {exponent[:20]}")
    number = Decimal(text)
    return int(number) if number == number.to_integral_value() else number


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _undeclared(schema: Any) -> Any:
    """The draft by which a schema without `$schema` is read: an old one if it has tuples as `items`."""
    old = any(isinstance(each, dict) and isinstance(each.get("items"), list) for each in _parts(schema))
    return Draft7Validator if old else Draft202012Validator


def _parts(schema: Any) -> Iterator[Any]:
    yield schema
    for each in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _parts(each)


def _is_integer(_: Any, value: Any) -> bool:
    return _is_number(_, value) and value == int(value)


def _is_number(_: Any, value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _multiple_of(validator: Any, divisor: Any, value: Any, _: Any) -> Iterator[ValidationError]:
    if validator.is_type(value, "number") and Fraction(value) % Fraction(divisor):
        yield ValidationError(f"{value} is not a multiple of {divisor}")


def _rewritten(schema: Any) -> Any:
    """The schema with its patterns in the notation of `re`."""
    if isinstance(schema, list):
        return [_rewritten(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    result: dict[str, Any] = {}
    for keyword, value in schema.items():
        if keyword == "pattern" and isinstance(value, str):
            result[keyword] = python_pattern(value)
        elif keyword in _MAPS and isinstance(value, dict):
            spell: Callable[[str], str] = python_pattern if keyword == "patternProperties" else str
            result[keyword] = {spell(name): _rewritten(each) for name, each in value.items()}
        else:
            result[keyword] = value if keyword in _VALUES else _rewritten(value)
    return result


def python_pattern(pattern: str) -> str:
    r"""A pattern of ECMA-262 (with the flag u) in the notation of `re`.

    >>> python_pattern(r"^a\d[^\W-]$")
    '^a[\\u0030-\\u0039][\\u0030-\\u0039\\u0041-\\u005a\\u005f\\u0061-\\u007a]\\Z'

    Raises:
        Undecided: `re` cannot say it.
    """
    reader = _Reader(pattern)
    try:
        written = "".join(reader.pieces())
        re.compile(written)
    except (re.error, IndexError, OverflowError) as error:
        raise Undecided(f"pattern {pattern!r}: {error}") from error
    return written


class _Reader:
    """Goes once over a pattern."""

    def __init__(self, pattern: str) -> None:
        self._pattern, self._at = pattern, 0

    def pieces(self) -> Iterator[str]:
        while self._at < len(self._pattern):
            letter = self._next()
            if letter == "\\":
                yield self._escape()
            elif letter == "[":
                yield _written(self._set())
            elif letter == ".":
                yield _written(_complement([(0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029)]))
            elif letter == "(" and re.match(r"\?<[^=!]", self._pattern[self._at :]):
                self._at += 1
                yield "(?P"
            else:
                yield r"\Z" if letter == "$" else letter

    def _next(self) -> str:
        self._at += 1
        return self._pattern[self._at - 1]

    def _escape(self) -> str:
        letter = self._pattern[self._at]
        if letter in "bB":
            self._at += 1
            return (_BOUNDARY if letter == "b" else _INSIDE).format(w=_inner(_WORD))
        if letter in "123456789":
            return "\\" + self._next()
        if letter == "k":
            raise Undecided("named back-reference")
        return _written(self._character())

    def _character(self) -> Ranges:
        """The characters of an escape whose backslash was read."""
        letter = self._next()
        if letter.lower() in _CLASSES:
            ranges = _CLASSES[letter.lower()]
            return ranges if letter.islower() else _complement(ranges)
        if letter in "pP":
            raise Undecided("a class by property")
        code = ord(_CONTROLS[letter]) if letter in _CONTROLS else self._coded(letter)
        return [(code, code)]

    def _coded(self, letter: str) -> int:
        rest = self._pattern[self._at :]
        if letter == "c":
            return ord(self._next()) % 32
        for shape in (r"[xX]?x([0-9a-fA-F]{2})", r"u\{([0-9a-fA-F]+)\}", r"u([0-9a-fA-F]{4})"):
            if found := re.match(shape, letter + rest):
                self._at += found.end() - 1
                return self._joined(int(found[1], 16))
        return ord(letter)

    def _joined(self, code: int) -> int:
        low = re.match(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})", self._pattern[self._at :])
        if not 0xD800 <= code < 0xDC00 or not low:
            return code
        self._at += low.end()
        return 0x10000 + ((code - 0xD800) << 10) + int(low[1], 16) - 0xDC00

    def _set(self) -> Ranges:
        negated = self._pattern[self._at] == "^"
        self._at += negated
        ranges: Ranges = []
        while self._pattern[self._at] != "]":
            first = self._member()
            following = self._pattern[self._at : self._at + 2]
            if following[:1] == "-" and following != "-]" and len(first) == 1 and first[0][0] == first[0][1]:
                self._at += 1
                last = self._member()
                single = len(last) == 1 and last[0][0] == last[0][1]
                first = [(first[0][0], last[0][0])] if single else [*first, (0x2D, 0x2D), *last]
            ranges += first
        self._at += 1
        return _complement(ranges) if negated else ranges

    def _member(self) -> Ranges:
        letter = self._next()
        if letter != "\\":
            return [(ord(letter), ord(letter))]
        if self._pattern[self._at] == "b":
            self._at += 1
            return [(8, 8)]
        return self._character()


def _complement(ranges: Ranges) -> Ranges:
    result, low = [], 0
    for first, last in sorted(ranges):
        if low < first:
            result.append((low, first - 1))
        low = max(low, last + 1)
    return [*result, (low, sys.maxunicode)] if low <= sys.maxunicode else result


def _written(ranges: Ranges) -> str:
    return f"[{_inner(ranges)}]" if ranges else "(?!)"


def _inner(ranges: Ranges) -> str:
    return "".join(_code(first) if first == last else f"{_code(first)}-{_code(last)}" for first, last in ranges)


def _code(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
