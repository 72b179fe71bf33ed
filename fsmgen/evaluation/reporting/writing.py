"""The files of a report, which are never written over unasked."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fsmgen.caching import atomic_write
from fsmgen.errors import InvalidOption, OutputExists
from fsmgen.evaluation.reporting.alone import alone, as_png, plain
from fsmgen.evaluation.reporting.contents import Figure, Picture, Report, Section, Shown, slug
from fsmgen.evaluation.reporting.markdown import markdown
from fsmgen.evaluation.reporting.page import css, html


@dataclass(frozen=True, slots=True)
class Files:
    """Where the parts of a report are: `report.html`, `report.md`, `report.csv`, and the folder `report-files` of pictures and tables."""

    page: Path
    markdown: Path
    numbers: Path
    folder: Path

    @classmethod
    def of(cls, output: Path) -> Files:
        """The files of a page of this name.

        Raises:
            InvalidOption: it does not end in .html.
        """
        if output.suffix not in (".html", ".htm"):
            raise InvalidOption("output", str(output), allowed="a file whose name ends in .html")
        return cls(output, output.with_suffix(".md"), output.with_suffix(".csv"), output.with_name(f"{output.stem}-files"))


def write(report: Report, files: Files, *, overwrite: bool = False, png: bool = False) -> None:
    """All files; the page last, so that it is there only if all is. A file that says the same already is left as it is.

    Args:
        png: each picture as PNG too.

    Raises:
        OutputExists: a file is there and says something else, and `overwrite` is not set, or a folder where a file is to be, or a file in
            place of the folder; none was touched.
        MissingPackage: there is nothing that makes a PNG.
    """
    drawn = _pictures(report)
    texts = {files.page: html(report), files.markdown: markdown(report, files.folder.name), files.numbers: _csv(report.numbers)}
    texts |= {files.folder / name: content for name, content in {**drawn, **_tables(report)}.items()}
    contents = {path: text.encode("utf-8") for path, text in texts.items()}
    contents |= {(files.folder / name).with_suffix(".png"): as_png(text) for name, text in drawn.items() if png}
    changed = {path: data for path, data in contents.items() if not _says(path, data)}
    for path in changed:
        if path.is_dir():
            raise OutputExists(path, instead="it is a folder: name another file")
    if files.folder.exists() and not files.folder.is_dir():
        raise OutputExists(files.folder, instead="it is no folder for pictures and tables: name another file")
    for path in () if overwrite else changed:
        if path.exists():
            raise OutputExists(path, instead="it says something else than this report: name another file, or ask for it with --overwrite")
    files.folder.mkdir(parents=True, exist_ok=True)
    for path, data in reversed(changed.items()):
        atomic_write(path, data)
        path.chmod(0o644)


def _says(path: Path, data: bytes) -> bool:
    return path.is_file() and path.read_bytes() == data


def _pictures(report: Report) -> dict[str, str]:
    style = plain(css("picture"))
    return {f"{picture.name}.svg": alone(picture, style) for picture in _drawn(report)}


def _drawn(report: Report) -> Iterator[Picture]:
    for _, section in _sections(report):
        for block in section.blocks:
            if isinstance(block, Figure):
                yield from block.pictures


def _tables(report: Report) -> dict[str, str]:
    """Each table as CSV, its cells as they are on the page."""
    found: dict[str, str] = {}
    for chapter, section in _sections(report):
        shown = [block.table for block in section.blocks if isinstance(block, Shown) and block.table.rows]
        for place, table in enumerate(shown):
            found[f"{slug(chapter, section.name, str(place + 1))}.csv"] = _csv((table.columns, *table.rows))
    return found


def _sections(report: Report) -> Iterator[tuple[str, Section]]:
    yield from (("", section) for section in (*report.opening, *report.closing))
    yield from ((chapter.name, section) for chapter in report.chapters for section in chapter.sections)


def _csv(rows: tuple[tuple[str, ...], ...]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
