"""What a report is made of, before it is a page: sections of tables, pictures with a sentence each, passages and remarks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from fsmgen.evaluation.reporting.markup import Element
from fsmgen.evaluation.tables import Table


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG element; `name` becomes the name of its file."""

    name: str
    title: str
    drawing: Element


@dataclass(frozen=True, slots=True)
class Figure:
    """Pictures that belong side by side, and the sentence that says what they show for these data."""

    pictures: tuple[Picture, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A text with marks, such as an answer coloured by its tokens; `plain` is what a reader of Markdown gets."""

    title: str
    content: Element
    plain: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A table on the page; one that is `folded` is opened by whoever wants it, `wide` becomes cards on a narrow screen."""

    table: Table
    folded: bool = False
    cards: bool = False


@dataclass(frozen=True, slots=True)
class Remark:
    """Why something cannot be shown, or what else there is to know."""

    text: str


Block: TypeAlias = Figure | Passage | Shown | Remark


@dataclass(frozen=True, slots=True)
class Section:
    """Attributes:
    name: part of addresses and file names.
    """

    name: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """Sections on one task."""

    name: str
    title: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All of it.

    Attributes:
        cautions: what a reader must know before the first figure.
        numbers: the headline as plain numbers, a header and rows, for other programs.
    """

    title: str
    summary: str
    cautions: tuple[str, ...]
    opening: tuple[Section, ...]
    chapters: tuple[Chapter, ...]
    closing: tuple[Section, ...]
    numbers: tuple[tuple[str, ...], ...]


def slug(*parts: str) -> str:
    """Names as part of an address: small letters, digits and hyphens.

    >>> slug("stories", "constrained, 1-60 characters")
    'stories-constrained-1-60-characters'
    """
    return re.sub(r"[^a-z0-9]+", "-", " ".join(parts).lower()).strip("-") or "x"


def unlike(name: str, taken: set[str], numbered: str = "{}-{}") -> str:
    """The name, with a number behind it if it is taken; it is added to those that are. `numbered` is how the two are written.

    >>> taken = {"a", "a-2"}
    >>> unlike("a", taken), unlike("b", taken)
    ('a-3', 'b')
    """
    place, found = 1, name
    while found in taken:
        place += 1
        found = numbered.format(name, place)
    taken.add(found)
    return found
