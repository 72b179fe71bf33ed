"""A report as Markdown; pictures are links to their files."""

from __future__ import annotations

from collections.abc import Iterator

from fsmgen.evaluation.reporting.contents import Block, Figure, Passage, Remark, Report, Section, Shown
from fsmgen.evaluation.reporting.markup import clean
from fsmgen.evaluation.tables import Table

_SIGNS = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_[]<>|#"})


def markdown(report: Report, folder: str) -> str:
    """The text; `folder` is where the pictures are, seen from the file."""
    parts = [f"# {escaped(report.title)}", escaped(report.summary), *(f"**{escaped(caution)}**" for caution in report.cautions)]
    parts += [text for section in report.opening for text in _section(section, "##", folder)]
    for chapter in report.chapters:
        parts += [f"## {escaped(chapter.title)}", *(text for section in chapter.sections for text in _section(section, "###", folder))]
    parts += [text for section in report.closing for text in _section(section, "##", folder)]
    return "\n\n".join(parts) + "\n"


def escaped(text: str) -> str:
    """Text that Markdown, and the HTML in it, take as it stands.

    >>> escaped("a_b <script>")
    'a\\\\_b \\\\<script\\\\>'
    """
    return clean(text).translate(_SIGNS)


def _section(section: Section, level: str, folder: str) -> Iterator[str]:
    yield f"{level} {escaped(section.title)}"
    for block in section.blocks:
        yield from _block(block, folder)


def _block(block: Block, folder: str) -> Iterator[str]:
    match block:
        case Figure():
            yield " ".join(f"![{escaped(each.title)}](<{folder}/{each.name}.svg>)" for each in block.pictures)
            yield escaped(block.sentence)
        case Passage():
            yield f"**{escaped(block.title)}**: {escaped(block.plain)}"
            yield escaped(block.sentence)
        case Shown():
            yield _table(block.table)
        case Remark():
            yield escaped(block.text)


def _table(table: Table) -> str:
    rows = [tuple(map(escaped, table.columns)), ("---",) * len(table.columns), *(tuple(map(escaped, row)) for row in table.rows)]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([f"**{escaped(table.title)}**", "", *lines, *("\n" + escaped(note) for note in table.notes)])
