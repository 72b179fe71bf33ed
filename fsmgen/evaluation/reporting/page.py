"""A report as one HTML page: no script, nothing from elsewhere, light or dark as the reader's system is, wide or narrow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from fsmgen.evaluation.reporting.contents import Block, Figure, Passage, Remark, Report, Section, Shown
from fsmgen.evaluation.reporting.markup import Element, element, page_text
from fsmgen.evaluation.tables import Table

_NUMBER = re.compile(r"(?:[-+]?[\d.,]+(?:e[-+]?\d+)?%?(?: \[.*\])?|–|< \.\d+|)")
_MASSES = ("90% or more", "50 to 90%", "10 to 50%", "1 to 10%", "below 1%")


def html(report: Report) -> str:
    """The page."""
    style = element("style", {})
    style.text = css("page") + css("picture")  # the one text that a browser reads unescaped; it is ours alone
    head = element(
        "head",
        {},
        element("meta", {"charset": "utf-8"}),
        element("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}),
        element("meta", {"name": "color-scheme", "content": "light dark"}),
        element("title", {}, report.title),
        style,
    )
    return "<!doctype html>\n" + page_text(element("html", {"lang": "en"}, head, _body(report))) + "\n"


@cache
def css(name: str) -> str:
    """A style that ships beside this file."""
    return files("fsmgen.evaluation.reporting").joinpath(f"{name}.css").read_text(encoding="utf-8")


def _body(report: Report) -> Element:
    cautions = [element("p", {"class": "caution"}, each) for each in report.cautions]
    header = element("header", {}, element("h1", {}, report.title), element("p", {}, report.summary), *cautions, _contents(report))
    main = element("main", {}, *(part for section in report.opening for part in _section(section, "", "h2")))
    for chapter in report.chapters:
        main.append(element("h2", {"id": chapter.name}, chapter.title))
        main.extend(part for section in chapter.sections for part in _section(section, chapter.name, "h3"))
    main.extend(part for section in report.closing for part in _section(section, "", "h2"))
    return element(
        "body", {}, header, main, element("footer", {}, "Written by fsmgen eval report from recorded answers; no model was asked.")
    )


def _contents(report: Report) -> Element:
    links = [_link(section.name, section.title) for section in report.opening]
    for chapter in report.chapters:
        links += [element("b", {}, chapter.title), *(_link(f"{chapter.name}-{each.name}", each.title) for each in chapter.sections)]
    return element("nav", {}, *links, *(_link(section.name, section.title) for section in report.closing))


def _link(place: str, title: str) -> Element:
    return element("a", {"href": f"#{place}"}, title)


def _section(section: Section, chapter: str, tag: str) -> Iterator[Element]:
    yield element(tag, {"id": f"{chapter}-{section.name}" if chapter else section.name}, section.title)
    marks = [_scale()] if any(isinstance(block, Passage) for block in section.blocks) else []
    yield element("div", {"class": "blocks"}, *marks, *map(_block, section.blocks))


def _block(block: Block) -> Element:
    match block:
        case Figure():
            return _figure(block)
        case Passage():
            caption = element("figcaption", {}, block.sentence)
            return element("figure", {}, element("h4", {}, block.title), block.content, caption)
        case Shown():
            return _shown(block)
        case Remark():
            return element("p", {"class": "remark"}, block.text)


def _figure(figure: Figure) -> Element:
    pictures = [element("div", {}, element("h4", {}, each.title), each.drawing) for each in figure.pictures]
    kind = {"class": "one"} if len(pictures) == 1 else {}
    return element("figure", kind, element("div", {"class": "pictures"}, *pictures), element("figcaption", {}, figure.sentence))


def _shown(shown: Shown) -> Element:
    if not shown.folded:
        return _sheet(shown, named=True)
    return element("details", {}, element("summary", {}, shown.table.title), _sheet(shown, named=False))


def _sheet(shown: Shown, *, named: bool) -> Element:
    table = shown.table
    caption = [element("caption", {}, table.title)] if named else []
    kinds = {**({"class": "cards"} if shown.cards else {"class": "facts"} if table.columns == ("fact", "value") else {})}
    notes = [element("p", {"class": "notes"}, note) for note in table.notes]
    body = [element("table", kinds, *caption, *_rows(table))] if table.rows else [element("p", {}, f"{table.title}: nothing to show.")]
    return element("div", {"class": "sheet"}, *body, *notes)


def _rows(table: Table) -> Sequence[Element]:
    right = ["n" if _numeric([row[place] for row in table.rows]) else "" for place in range(len(table.columns))]
    head = [
        element("th", {"scope": "col", **({"class": kind} if kind else {})}, name) for name, kind in zip(table.columns, right, strict=True)
    ]
    body = [
        element("tr", {}, *(_cell(cell, name, kind) for cell, name, kind in zip(row, table.columns, right, strict=True)))
        for row in table.rows
    ]
    return element("thead", {}, element("tr", {}, *head)), element("tbody", {}, *body)


def _cell(cell: str, column: str, kind: str) -> Element:
    return element("td", {"data-label": column, **({"class": kind} if kind else {})}, cell)


def _numeric(cells: Sequence[str]) -> bool:
    """Whether a column is set flush right: every cell is a number, perhaps with an interval, or says nothing."""
    return all(_NUMBER.fullmatch(cell) or cell == "reference" for cell in cells) and any(
        character.isdigit() for cell in cells for character in cell
    )


def _scale() -> Element:
    """What the colours of tokens mean."""
    steps = [element("span", {"class": f"tok m{place}"}, name) for place, name in enumerate(_MASSES)]
    return element("p", {"class": "scale"}, "allowed mass:", *steps, element("span", {"class": "iv"}, "underlined: first choice forbidden"))
