"""Progress bars of long work, on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn


def bars(console: Console | None = None, *, transient: bool = False) -> Progress:
    """Bars that say how much of how much is done, for how long, and how long it will take; transient ones go when they are done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console or Console(stderr=True), transient=transient)


def bar(progress: Progress, label: str) -> Callable[[int, int], None]:
    """A new bar; what is given back is told how much is done, and of how much."""
    task = progress.add_task(escape(label), total=None)
    return lambda done, total: progress.update(task, completed=done, total=total)


@contextmanager
def resumable_bars(folder: Path) -> Iterator[Progress]:
    """Bars of work that goes on from what is in a folder: an interrupt ends the command, and says so."""
    console = Console(stderr=True)
    with bars(console) as progress:
        try:
            yield progress
        except KeyboardInterrupt:
            progress.stop()
            console.print(f"interrupted; what was finished is in {escape(str(folder))}, and the same command goes on from there")
            raise typer.Exit(1) from None
