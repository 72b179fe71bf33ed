"""`fsmgen eval lint`: what is wrong with a task and its constraint, before a model runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

if TYPE_CHECKING:
    from fsmgen.evaluation.lint import LintReport
    from fsmgen.evaluation.tasks import Task


def lint(
    tasks: Annotated[list[str], typer.Argument(metavar="TASK...", help="Tasks that ship, or TOML files.")],
    model: Annotated[str | None, typer.Option(help="Also ask whether its tokens can write the alternatives, whether gold answers fit "
                     "--max-tokens, and whether prompts and --max-tokens fit its context.")] = None,
    max_tokens: Annotated[int, typer.Option(help="The budget of answers, asked about with --model.")] = 128,
    shots: Annotated[int, typer.Option("--shots", "--num-fewshot", min=0, help="Solved examples of a prompt, as for --max-tokens.")] = 0,
    data: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where the files of the dataset are.")] = None,
    fetch: Annotated[bool, typer.Option("--fetch", help="Fetch a dataset from the Hub if it is not on this machine.")] = False,
) -> None:  # fmt: skip
    """Is every gold answer and every solved example in the language, do bounds fit, does extraction read them? Exit with 1 if not."""
    from fsmgen.evaluation.catalogue import load_task

    console, errors = Console(soft_wrap=True, highlight=False), 0
    for name in tasks:
        report = _report(load_task(name, data=data, fetch=fetch), model, max_tokens, shots)
        errors += report.errors
        for line in report.lines():
            console.print(escape(line))
    raise typer.Exit(1 if errors else 0)


def _report(task: Task, model: str | None, max_tokens: int, shots: int) -> LintReport:
    from fsmgen.evaluation.lint import Budget
    from fsmgen.evaluation.lint import lint as asked

    if model is None:
        return asked(task)
    from fsmgen.decoding import load_model

    loaded = load_model(model)
    special = len(loaded.encode("a")) - len(loaded.encode_all(["a"], special=False)[0])
    budget = Budget(
        lambda text: len(loaded.encode_all([text], special=False)[0]),
        max_tokens,
        context=loaded.context_length,
        special=special,
        shots=shots,
    )
    return asked(task, vocabulary=loaded.vocabulary, budget=budget)
