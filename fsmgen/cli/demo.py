"""`fsmgen demo`: two constrained generations, then a small study of all embedded models with its report."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from fsmgen.cli.progress import bar, bars
from fsmgen.cli.threads import one_thread_for
from fsmgen.embedded import DEFAULT, names
from fsmgen.embedded.formats import FAVOURITE
from fsmgen.embedded.stories import stories
from fsmgen.errors import OutputExists
from fsmgen.frontends import choice, regex

if TYPE_CHECKING:
    from fsmgen.decoding import LanguageModel

REPORT = "report.html"
_STORY = stories("dev", 5, seed=0)[4]
_CONSTRAINTS = (
    regex(r"[A-Za-z0-9 ,.:+*/=$-]{1,80}The answer is [0-9]{1,4}\.", leading_space="optional"),
    choice([str(_STORY.answer + step) for step in (-10, 0, 10)], leading_space="optional"),
)


def demo(
    output: Annotated[Path, typer.Option(metavar="FOLDER", help="Folder for the records and the report.")] = Path("fsmgen-demo"),
    items: Annotated[int, typer.Option(min=2, max=2000, help="Stories for each model.")] = 12,
) -> None:
    """Show constrained answers, then compare constrained with free answers of small models on held-out stories: records and a report.

    A run that was interrupted is taken up where it stopped; a finished one is shown again, and nothing is overwritten.
    """
    console = Console(highlight=False)
    started = time.perf_counter()
    one_thread_for(())
    from fsmgen.decoding import load_model

    first = load_model()
    _show_answers(first, console)
    console.print(f"\nThe study: {len(names())} embedded models, {items} stories each, records in {escape(str(output))}", soft_wrap=True)
    folders = _studied(output, items, console, lambda name: first if name == DEFAULT else load_model(f"embedded:{name}"))
    _report(folders, output, items, console)
    console.print(f"{time.perf_counter() - started:.0f} s in all")


def _studied(output: Path, items: int, console: Console, models: Callable[[str], LanguageModel]) -> list[Path]:
    """Ask every model, and say of each what came of it; the folders of the records."""
    from fsmgen.evaluation.comparison import compare
    from fsmgen.evaluation.conclusions import conclusion
    from fsmgen.evaluation.demo import demo_study

    folders = []
    for name in names():
        folders.append(output / name)
        with bars(transient=True) as progress:
            told = bar(progress, name)
            study = demo_study(models(name), folders[-1], items=items, progress=told)
        for pair in compare(study).pairs:
            console.print(f"[bold]{name}[/]: {escape(conclusion(pair).replace('*', ''))}", soft_wrap=True)
    return folders


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


def _report(folders: list[Path], output: Path, items: int, console: Console) -> None:
    """The page, the same as Markdown, and its pictures and tables."""
    from fsmgen.evaluation.reporting import write_report

    page = output / REPORT
    try:
        with bars(transient=True) as progress:
            files = write_report(
                folders,
                page,
                command=f"fsmgen demo --items {items}",
                title="Small models, free and constrained",
                progress=bar(progress, "sections of the report"),
            )
    except OutputExists:
        console.print(
            f"Report: {escape(str(page))} was there, says something else than these records now, and is left as it is", soft_wrap=True
        )
    else:
        console.print(f"Report: {escape(str(files.page))}; beside it the same as Markdown, CSV and SVG", soft_wrap=True)
