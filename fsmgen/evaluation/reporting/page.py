"""A report as one HTML page: no script, nothing from elsewhere, light or dark as the reader's system is, wide or narrow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby

from fsmgen.evaluation.reporting.contents import Block, Figure, Passage, Remark, Report, Section, Shown
from fsmgen.evaluation.reporting.markup import Element, element, page_text
from fsmgen.evaluation.reporting.prose import counted
from fsmgen.evaluation.tables import Table

_NUMBER = re.compile(r"(?:[-+]?[\d.,]+(?:e[-+]?\d+)?%?(?: \[.*\])?|–|< \.\d+|)")
_LONG = 18
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
    return element("body", {}, header, main, element("footer", {}, "Written by fsmgen from recorded answers alone."))


def _contents(report: Report) -> Element:
    rows = [[_link(section.name, section.title) for section in (*report.opening, *report.closing)]]
    rows += [
        [element("b", {}, chapter.title), *(_link(f"{chapter.name}-{each.name}", each.name) for each in chapter.sections)]
        for chapter in report.chapters
    ]
    return element("nav", {}, *(element("p", {}, *row) for row in rows))


def _link(place: str, title: str) -> Element:
    return element("a", {"href": f"#{place}"}, title)


def _section(section: Section, chapter: str, tag: str) -> Iterator[Element]:
    yield element(tag, {"id": f"{chapter}-{section.name}" if chapter else section.name}, section.title)
    marks = [_scale()] if any(isinstance(block, Passage) for block in section.blocks) else []
    yield element("div", {"class": "blocks"}, *marks, *_blocks(section.blocks))


def _blocks(blocks: Sequence[Block]) -> Iterator[Element]:
    """Each block; folded tables that follow one another open together."""
    for folded, run in groupby(blocks, key=lambda block: isinstance(block, Shown) and block.folded):
        if not folded:
            yield from map(_block, run)
            continue
        sheets = [_sheet(block) for block in run if isinstance(block, Shown)]
        yield element("details", {}, element("summary", {}, counted(len(sheets), "table") + " with the numbers"), *sheets)


def _block(block: Block) -> Element:
    match block:
        case Figure():
            return _figure(block)
        case Passage():
            caption = element("figcaption", {}, block.sentence)
            return element("figure", {}, element("h4", {}, block.title), block.content, caption)
        case Shown():
            return _sheet(block)
        case Remark():
            return element("p", {"class": "remark"}, block.text)


def _figure(figure: Figure) -> Element:
    pictures = [element("div", {}, element("h4", {}, each.title), each.drawing) for each in figure.pictures]
    kind = {"class": "one"} if len(pictures) == 1 else {}
    return element("figure", kind, element("div", {"class": "pictures"}, *pictures), element("figcaption", {}, figure.sentence))


def _sheet(shown: Shown) -> Element:
    table = shown.table
    caption = [element("caption", {}, table.title)]
    kinds = {**({"class": "cards"} if shown.cards else {"class": "facts"} if table.columns == ("fact", "value") else {})}
    notes = [element("p", {"class": "notes"}, note) for note in table.notes]
    body = [element("table", kinds, *caption, *_rows(table))] if table.rows else [element("p", {}, f"{table.title}: nothing to show.")]
    return element("div", {"class": "sheet"}, *body, *notes)


def _rows(table: Table) -> Sequence[Element]:
    right = [_kind([row[place] for row in table.rows]) for place in range(len(table.columns))]
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


def _kind(cells: Sequence[str]) -> str:
    """`n`, set flush right, for a column of numbers, perhaps with intervals; `w` for one of long texts, `s` of short ones."""
    numeric = all(_NUMBER.fullmatch(cell) or cell == "reference" for cell in cells)
    if numeric and any(character.isdigit() for cell in cells for character in cell):
        return "n"
    return "w" if max(map(len, cells)) > _LONG else "s"


def _scale() -> Element:
    """What the colours of tokens mean."""
    steps = [element("span", {"class": f"tok m{place}"}, name) for place, name in enumerate(_MASSES)]
    return element("p", {"class": "scale"}, "allowed mass:", *steps, element("span", {"class": "iv"}, "underlined: first choice forbidden"))
