"""`fsmgen demo`: two constrained generations, then a small study with its report, on the embedded model."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from fsmgen.cli.findings import rich_table
from fsmgen.embedded.formats import FAVOURITE
from fsmgen.embedded.stories import stories
from fsmgen.errors import OutputExists
from fsmgen.frontends import choice, regex

if TYPE_CHECKING:
    from fsmgen.decoding import LanguageModel
    from fsmgen.evaluation.records import Study

REPORT = "report.md"
_STORY = stories("dev", 5, seed=0)[4]
_CONSTRAINTS = (
    regex(r"[A-Za-z0-9 ,.:+*/=$-]{1,80}The answer is [0-9]{1,4}\.", leading_space="optional"),
    choice([str(_STORY.answer + step) for step in (-10, 0, 10)], leading_space="optional"),
)


def demo(
    output: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder for the records and the report.")] = Path("fsmgen-demo"),
    items: Annotated[int, typer.Option(min=2, max=2000, help="Stories in the study.")] = 200,
) -> None:
    """Show constrained answers, then compare constrained with free answers on held-out stories: records and a report.

    A run that was interrupted is taken up where it stopped; a finished one is shown again, and nothing is overwritten.
    """
    console = Console(highlight=False)
    started = time.perf_counter()
    from fsmgen.decoding import load_model
    from fsmgen.evaluation.demo import demo_study

    model = load_model()
    _show_answers(model, console)
    console.print(f"\nThe study: {items} stories, records in {escape(str(output))}", soft_wrap=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("answers", total=None)
        study = demo_study(model, output, items=items, progress=lambda done, total: progress.update(bar, completed=done, total=total))
    _report(study, output, items, console)
    console.print(f"{time.perf_counter() - started:.0f} s in all")


def _show_answers(model: LanguageModel, console: Console) -> None:
    """One question under each of two constraints."""
    from fsmgen.decoding import generate

    prompt = FAVOURITE.prompt(_STORY)
    console.print(f"[bold]{escape(model.name)}[/] is asked: {escape(prompt)!r}", soft_wrap=True)
    answers = generate(model, [prompt] * len(_CONSTRAINTS), list(_CONSTRAINTS), max_tokens=64)
    for answer in answers:
        mass = min(answer.allowed_mass)
        console.print(
            f"  {escape(str(answer.constraint))}\n    -> {escape(repr(answer.text))}  (least allowed mass {mass:.2g})", soft_wrap=True
        )


def _report(study: Study, folder: Path, items: int, console: Console) -> None:
    """The tables on the terminal, the report in the folder."""
    from fsmgen.evaluation import report, tables
    from fsmgen.evaluation.comparison import compare

    comparison = compare(study)
    for table in (tables.headline(comparison), tables.prompt_table(comparison), tables.spread_table(comparison)):
        console.print(rich_table(table))
    for pair in comparison.pairs:
        console.print(escape(report.conclusion(pair).replace("*", "")), soft_wrap=True)
    text = report.markdown(comparison, command=f"fsmgen demo --items {items}")
    path = folder / REPORT
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        if path.read_text(encoding="utf-8") != text:
            raise OutputExists(path, instead="it differs from what these records say now: move it away and run again") from None
    console.print(f"Report: {escape(str(path))}", soft_wrap=True)
