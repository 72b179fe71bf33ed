"""lark's errors as ours: what is wrong, in which text, at which place, and which name was perhaps meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from functools import partial
from typing import NamedTuple

from fsmgen.errors import InvalidGrammar

_LINE = re.compile(r",? at line (\d+),? column (\d+).*", re.DOTALL)
_UNDEFINED = re.compile(r"(?:Rule|Terminal|Template) '([^']+)' used but not defined|Terminal used but not defined: (\w+)")
_QUOTED = re.compile(r"'([\w{},]+)'|\b(?:used for|terminal|rule|token|Terminals|by name|cannot be empty) \(?\{?'?(\w+)")
_SKIPPED = re.compile(r'"(?:\\.|[^"\\\n])*"|/(?![/*])(?:\\.|[^/\\\n])+/|//[^\n]*|#[^\n]*|(?P<name>\w+)')


def place_of_syntax(text: str, error: Exception) -> InvalidGrammar:
    """An error of lark's that tells line and column."""
    message = str(error)
    found = _LINE.search(message)
    if found is None:
        return InvalidGrammar(_first_line(message), source=text, position=0)
    line, column = int(found[1]), int(found[2])
    position = sum(len(row) + 1 for row in text.split("\n")[: line - 1]) + max(column, 1) - 1
    return InvalidGrammar(_first_line(message[: found.start()]), source=text, position=min(position, len(text)))


def place_of_name(texts: Mapping[str, str], error: Exception, known: Iterable[str]) -> InvalidGrammar:
    """An error of lark's that tells names, in the first text that has the first of them."""
    message = "the grammar is nested too deeply" if isinstance(error, RecursionError) else str(getattr(error, "orig_exc", error))
    undefined = _UNDEFINED.search(message)
    if undefined is not None:
        return undefined_name(texts, next(name for name in undefined.groups() if name), known)
    names = [name for pair in _QUOTED.findall(message) for name in pair if name]
    for find in (*(partial(_place_of, message, place) for place in _PLACES), *(partial(position_of_name, name=name) for name in names)):
        for text in texts.values():
            if (position := find(text)) is not None:
                return InvalidGrammar(_first_line(message), source=text, position=position)
    return InvalidGrammar(_first_line(message), source=next(iter(texts.values())), position=0)


class _Place(NamedTuple):
    """What to look for in a grammar where lark's message tells no name, and which of its occurrences is wrong."""

    message: str
    text: str
    occurrence: int = 0


_PLACES = (
    _Place(r"$", r'"[^"\n]*"\s*\.\.\s*"[^"\n]*"'),
    _Place(r"Bad Range for .*\((-?\d+)\.\.(-?\d+)", r"~\s*{}\s*\.\.\s*{}"),
    _Place(r"(?:Rule|Terminal) '(\w+)' defined more than once", r"^[?!]*{}\b(?=[\s.:]|\{{)", 1),
    _Place(r"Terminals cannot be empty \(__IGNORE", r"^%ignore\s*$"),
)


def _place_of(message: str, place: _Place, text: str) -> int | None:
    told = re.match(place.message, message)
    if told is None:
        return None
    found = list(re.finditer(place.text.format(*told.groups()), text, re.MULTILINE))
    return found[place.occurrence].start() if len(found) > place.occurrence else None


def undefined_name(texts: Mapping[str, str], name: str, known: Iterable[str]) -> InvalidGrammar:
    """A name that is used and not defined, at its first place."""
    kind = "terminal" if name.isupper() else "rule"
    near = difflib.get_close_matches(name, sorted(set(known)), n=1)
    message = f"{kind} {name} is used and not defined" + (f"; did you mean {near[0]}?" if near else "")
    short = name.rpartition("__")[2]
    for wanted in (name, short):
        for text in texts.values():
            if (position := position_of_name(text, wanted)) is not None:
                return InvalidGrammar(message, source=text, position=position)
    return InvalidGrammar(message, source=next(iter(texts.values())), position=0)


def position_of_name(text: str, name: str) -> int | None:
    """Where a name occurs first outside of strings, patterns and comments."""
    return next((found.start() for found in _SKIPPED.finditer(text) if found["name"] == name), None)


def _first_line(message: str) -> str:
    line = re.sub(r"\s*\n\s*[-*]\s*", " ", message.strip()).split("\n")[0].rstrip(":, ")
    return re.sub(r" in the grammar$| at position \d+$", "", line) or "the ends of a range are single characters"
