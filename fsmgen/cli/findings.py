"""What an evaluation command says: tables for people, JSON for machines, figures for conditions."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Shown

from fsmgen.errors import ConditionMet, InvalidOption, RecordsError

if TYPE_CHECKING:
    from fsmgen.evaluation.conditions import Condition
    from fsmgen.evaluation.records import Study
    from fsmgen.evaluation.statistics import Unsaid
    from fsmgen.evaluation.tables import Table

Folders: TypeAlias = Annotated[list[Path], typer.Argument(metavar="FOLDER...", help="Folders of studies.", show_default=False)]
RungOption: TypeAlias = Annotated[str, typer.Option(help="Rung of the extraction ladder: strict, flexible or lenient.")]
LevelOption: TypeAlias = Annotated[float, typer.Option(min=0.5, max=0.999, help="Level of all intervals.")]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
FailIfOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--fail-if",
        metavar="CONDITION",
        help="Exit with 1 if this holds anywhere, or cannot be excluded: figures by name, numbers, and, or, not. "
        "Names are those under 'figures' in the JSON.",
    ),
]


@dataclass(frozen=True, slots=True)
class Finding:
    """Figures of one thing, by name."""

    label: str
    figures: Mapping[str, float | Unsaid]


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a command found.

    Attributes:
        cautions: what to know before reading on.
        sentences: what the figures show.
        details: for machines, beside the figures.
    """

    tables: tuple[Table, ...]
    figures: tuple[Finding, ...]
    details: Mapping[str, Any]
    cautions: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()


def condition(text: str | None) -> Condition | None:
    """What `--fail-if` asks for, read before any work is done."""
    from fsmgen.evaluation.conditions import Condition

    return None if text is None else Condition(text)


def read_studies(folders: Iterable[Path]) -> dict[str, Study]:
    """Studies by a short name of their folder; an empty one is refused."""
    from fsmgen.evaluation.records import read_study

    paths = list(folders)
    if len({path.resolve() for path in paths}) < len(paths):
        raise InvalidOption("studies", f"{len(paths)} folders", allowed="different studies, and one is there twice")
    named = [path.resolve().name for path in paths]
    labels = [name if named.count(name) == 1 else str(path) for name, path in zip(named, paths, strict=True)]
    studies = {label: read_study(path) for label, path in zip(labels, paths, strict=True)}
    for label, study in studies.items():
        if not study.records:
            raise RecordsError(f"{label} has no records yet: nothing can be said of it")
    return studies


def show(findings: Findings, *, as_json: bool, fail_if: Condition | None) -> None:
    """Print, then judge.

    Raises:
        ConditionMet: the condition holds of some finding, or cannot be excluded.
    """
    if as_json:
        typer.echo(json.dumps(_whole(findings), indent=1, ensure_ascii=False, allow_nan=False))
    else:
        _print(findings)
    if fail_if is not None:
        _judge(findings, fail_if)


def plain(value: Any) -> Any:
    """A value as JSON: what cannot be said as `{"unsaid": reason}`."""
    from fsmgen.evaluation.statistics import Unsaid

    if isinstance(value, Unsaid):
        return {"unsaid": value.reason}
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, Mapping):
        return {_key(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"unsaid": "the figure is infinite"}
    return value.value if isinstance(value, Enum) else value


def _key(key: Any) -> str:
    return " / ".join(map(str, key)) if isinstance(key, tuple) else str(key)


def _whole(findings: Findings) -> dict[str, Any]:
    figures = {finding.label: plain(finding.figures) for finding in findings.figures}
    prose = {"cautions": list(findings.cautions), "sentences": list(findings.sentences)}
    return {"figures": figures, **prose, "details": plain(findings.details), "tables": [asdict(table) for table in findings.tables]}


def _print(findings: Findings) -> None:
    console = Console(highlight=False)
    for caution in findings.cautions:
        console.print(f"[yellow]note:[/] {escape(caution)}", soft_wrap=True)
    for table in findings.tables:
        if table.rows:
            console.print(rich_table(table))
        else:
            console.print(escape("\n".join((table.title, *table.notes))), style="italic", soft_wrap=True)
    for sentence in findings.sentences:
        console.print(escape(sentence), soft_wrap=True)


def rich_table(table: Table) -> Shown:
    """A table for a terminal, its notes under it."""
    shown = Shown(title=escape(table.title), title_justify="left", caption=escape("\n".join(table.notes)) or None, caption_justify="left")
    for name in table.columns:
        shown.add_column(escape(name), overflow="fold")
    for row in table.rows:
        shown.add_row(*map(escape, row))
    return shown


def _judge(findings: Findings, asked: Condition) -> None:
    from fsmgen.evaluation.statistics import Unsaid

    if not findings.figures:
        raise ConditionMet(asked.source, where="there are no figures to judge by it")
    for finding in findings.figures:
        verdict = asked.holds(finding.figures)
        if isinstance(verdict, Unsaid):
            raise ConditionMet(asked.source, where=f"{finding.label}: it cannot be excluded, since {verdict.reason}")
        if verdict:
            used = {name: finding.figures[name] for name, _ in asked.names}
            values = ", ".join(f"{name} is {value:.4g}" for name, value in used.items() if not isinstance(value, Unsaid))
            raise ConditionMet(asked.source, where=f"{finding.label}: {values}")
