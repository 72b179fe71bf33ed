"""Folders of recorded studies as a report that people read: one HTML page, with Markdown, CSV and SVG beside it. No model is asked.

| module | what it makes |
|---|---|
| `gathering`, `labels` | studies that asked the same, side by side, their arms under short names |
| `headline`, `flow`, `prompts`, `shots`, `ranks`, `reliability`, `trace`, `ladder`, `ways`, `cost`, `facts` | a section each |
| `building` | the report, with what a reader must know first |
| `contents` | what a report is made of |
| `drawing`, `markup`, `prose` | pictures, elements, figures in sentences |
| `page`, `markdown`, `writing` | the files |

Pictures are drawn here as SVG and not by a plotting library: their colours are CSS classes, so one picture follows the reader's light
or dark theme, and it stays sharp and small inside the page. Sentences under pictures are computed from the same figures as the pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from fsmgen.evaluation.extraction import Rung
from fsmgen.evaluation.reporting.alone import require_png
from fsmgen.evaluation.reporting.building import build
from fsmgen.evaluation.reporting.contents import Report, Section
from fsmgen.evaluation.reporting.gathering import Gathered, gather
from fsmgen.evaluation.reporting.labels import Labels, no_labels
from fsmgen.evaluation.reporting.page import html
from fsmgen.evaluation.reporting.writing import Files, write

__all__ = ["Files", "Gathered", "Report", "build", "gather", "html", "write", "write_report"]


def write_report(
    folders: Sequence[Path],
    output: Path,
    *,
    rung: Rung = "flexible",
    level: float = 0.95,
    command: str = "",
    overwrite: bool = False,
    png: bool = False,
    title: str = "",
    opening: Sequence[Section] = (),
    labels: Labels = no_labels,
    progress: Callable[[int, int], None] | None = None,
) -> Files:
    """Write the report of the studies in the folders.

    Args:
        output: the page, a name that ends in `.html`.
        command: what writes this report, for the reader.
        overwrite: whether files that are there and say something else may be written over.
        png: each picture as PNG beside its SVG; needs `fsmgen[png]`.
        opening: what comes before the results.
        labels: names for arms instead of their own.
        progress: is told how many sections are done, of how many.

    Raises:
        OutputExists: one of the files is there and says something else; none was touched.
        RecordsError: a folder is no study.
        BrokenRecord: a line of a records file is no record of its study.
        MissingPackage: PNG is asked for, and what draws it is not installed; nothing was read.
        InvalidOption: no folder, one twice, no such rung, or another ending than `.html`.
    """
    files = Files.of(output)
    if png:
        require_png()
    report = build(gather(folders, rung=rung, level=level, labels=labels), command=command, title=title, opening=opening, progress=progress)
    write(report, files, overwrite=overwrite, png=png)
    return files
