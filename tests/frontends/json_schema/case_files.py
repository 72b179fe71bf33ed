"""Cases of schemas as data: texts to accept and to reject, or the error to expect; and the forms that their white space takes.

[[case]]
name = "..."                what it is about
schema = '...'              JSON
accept = ['...']            texts without white space between their parts
accept_free = ['...']       accepted with properties in any order, rejected in the schema's
reject = ['...']
error = "..."               instead: the class of the error, and
keyword = "..."             what it names, if it is an UnsupportedKeyword
options = { ... }           arguments of `json_schema`
may_refuse = true           an UnsupportedKeyword is fine too
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("cases")
_PART = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{},:]|[^\[\]{},:"]+', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Case:
    """One schema and what is to be said of texts."""

    name: str
    schema: str
    accept: tuple[str, ...] = ()
    accept_free: tuple[str, ...] = ()
    reject: tuple[str, ...] = ()
    error: str = ""
    keyword: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    may_refuse: bool = False


def cases() -> Iterator[Case]:
    """All cases of all files."""
    for path in sorted(FOLDER.glob("*.toml")):
        for each in tomllib.loads(path.read_text(encoding="utf-8"))["case"]:
            texts = {key: tuple(each.pop(key, ())) for key in ("accept", "accept_free", "reject")}
            yield Case(**{**each, **texts, "name": f"{path.stem}: {each['name']}"})


def compact(text: str) -> str:
    """The text as it is."""
    return text


def spaced(text: str) -> str:
    """One space after commas and colons."""
    return "".join(part + " " if part in (",", ":") else part for part in _PART.findall(text))


def indented(text: str, width: int = 2) -> str:
    """Lines, as `json.dumps` with `indent` writes them."""
    written, depth, parts = "", 0, _PART.findall(text)
    for before, part in zip(["", *parts], parts, strict=False):
        if part in ("]", "}"):
            depth -= 1
            written += part if before in ("[", "{") else "\n" + " " * (width * depth) + part
            continue
        if before in ("[", "{", ","):
            written += "\n" + " " * (width * depth)
        written += part + (" " if part == ":" else "")
        depth += part in ("[", "{")
    return written


def scattered(text: str) -> str:
    """Some white space between all parts, always the same for the same text."""
    choose = random.Random(text)
    parts = _PART.findall(text)
    return "".join(
        part if i == 0 else "".join(choose.choices(" \n\t\r", k=choose.choice([0, 0, 1, 3]))) + part for i, part in enumerate(parts)
    )


FORMS: Mapping[str, Callable[[str], str]] = {"compact": compact, "spaced": spaced, "indented": indented, "flexible": scattered}
