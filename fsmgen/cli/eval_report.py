"""`fsmgen eval report`: recorded studies as a page that people read."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from rich.console import Console
from rich.markup import escape

from fsmgen.cli.findings import Folders, LevelOption, RungOption
from fsmgen.cli.progress import bar, bars

if TYPE_CHECKING:
    from fsmgen.evaluation.extraction import Rung


def report(
    folders: Folders,
    output: Annotated[Path, typer.Option("--output", "--output-path", metavar="FILE.html", help="The page to write.")] = Path(
        "report.html"
    ),
    rung: RungOption = "flexible",
    level: LevelOption = 0.95,
    title: Annotated[str, typer.Option(help="The page's title; default: the tasks.")] = "",
    png: Annotated[bool, typer.Option("--png", help="Write the pictures as PNG too; needs pip install 'fsmgen[png]'.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Write over files of an earlier report.")] = False,
) -> None:
    """Write one HTML page about studies, with Markdown, CSV and the pictures as SVG beside it. No model is asked.

    The page needs neither a network nor scripts, follows the light or dark theme of its reader, and can be read on a phone.
    """
    from fsmgen.evaluation.presets import arm_labels
    from fsmgen.evaluation.reporting import write_report

    with bars(transient=True) as progress:
        files = write_report(
            folders,
            output,
            rung=cast("Rung", rung),
            level=level,
            title=title,
            labels=arm_labels,
            overwrite=overwrite,
            png=png,
            command=shlex.join(["fsmgen", *sys.argv[1:]]),
            progress=bar(progress, "sections of the report"),
        )
    console = Console(soft_wrap=True, highlight=False)
    beside = ", ".join(path.name for path in (files.markdown, files.numbers, files.folder))
    console.print(f"Report: {escape(str(files.page))}; beside it: {escape(beside)}")
