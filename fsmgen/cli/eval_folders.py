"""`fsmgen eval merge | validate | ls`: folders of studies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Shown

from fsmgen.errors import FsmgenError, RecordsError

if TYPE_CHECKING:
    from fsmgen.evaluation.records import Study

_DEPTH = 4


def merge(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="Folders with parts of one study.")],
    output: Annotated[Path, typer.Option("--output", "--output-path", metavar="FOLDER", help="A new folder for all of it.")],
) -> None:
    """Put the parts of one study together: the file that one uninterrupted run writes. Folders of another study are refused."""
    from fsmgen.evaluation.records import merge as merged

    study = merged(folders, output)
    Console(soft_wrap=True, highlight=False).print(f"{escape(str(output))}: {escape(state(study))}")


def validate(folders: Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="Folders of studies.")]) -> None:
    """Look at every line of every record, and say all that is wrong; exit with 1 if anything is."""
    from fsmgen.evaluation.records import validate as check

    console, faults = Console(soft_wrap=True, highlight=False), 0
    for folder in folders:
        found = check(folder)
        faults += len(found.faults)
        verdict = "sound" if not found.faults else f"{len(found.faults)} faults"
        console.print(f"{escape(str(folder))}: {verdict}, {found.records} of {found.trials or 'an unknown number of'} trials")
        for fault in found.faults:
            console.print(f"  {escape(fault)}")
        for name in found.unfinished:
            console.print(f"  {escape(name)}: the last line was left unfinished by a run that died; the next run removes it")
    raise typer.Exit(1 if faults else 0)


def ls(
    folders: Annotated[list[Path] | None, typer.Argument(metavar="[FOLDER]...", help="Where to look, four folders deep.")] = None,
) -> None:
    """List the studies in folders: what was asked of which model, and how much of it has run."""
    from fsmgen.evaluation.records import MANIFEST, read_study

    table = Shown(box=None, padding=(0, 2, 0, 0))
    for column in ("folder", "task", "model", "arms", "prompts", "state"):
        table.add_column(column, overflow="fold")
    for folder in (each for root in folders or [Path()] for each in _studies(root, MANIFEST)):
        try:
            study = read_study(folder)
            facts = study.manifest
            row = (facts["task"]["name"], facts["model"], ", ".join(facts["arms"]), str(len(facts["prompts"])), state(study))
        except (FsmgenError, KeyError) as error:
            row = ("", "", "", "", f"damaged: {error}")
        table.add_row(*map(escape, (str(folder), *row)))
    if not table.row_count:
        raise RecordsError(f"no study in {', '.join(map(str, folders or [Path()]))}")
    _wide().print(table)


def _wide() -> Console:
    """Standard output; where it is no terminal, lines are not broken for the eye."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=300)


def _studies(root: Path, manifest: str) -> Iterator[Path]:
    """Folders with a manifest, `root` itself or up to four below."""
    if not root.is_dir():
        raise RecordsError(f"{root} is no folder")
    patterns = [manifest, *("/".join(["*"] * depth + [manifest]) for depth in range(1, _DEPTH + 1))]
    yield from sorted(path.parent for pattern in patterns for path in root.glob(pattern))


def state(study: Study) -> str:
    """How much of a study has run, in words."""
    trials, limit = study.manifest["trials"], study.manifest.get("limit")
    limited = "" if limit is None else f"; partial: {limit} of {study.manifest['task']['items']} items, by --limit"
    if study.complete:
        return f"{trials} of {trials} trials{limited}"
    missing = Counter(record.trial.arm for record in study.records)
    behind = [f"{name} {missing[name]}" for name in study.manifest["arms"]]
    return f"{len(study.records)} of {trials} trials, unfinished ({', '.join(behind)}){limited}"
