"""The application: its commands, and how an error becomes a message and an exit code."""

from __future__ import annotations

import gc
import os
import sys
import warnings
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

import fsmgen
from fsmgen.cli.audit import audit
from fsmgen.cli.demo import demo
from fsmgen.cli.eval import app as evaluation
from fsmgen.cli.generate import generate
from fsmgen.cli.grammars import grammars
from fsmgen.cli.inspect import inspect
from fsmgen.errors import FsmgenError, InputError, LimitReached, ModelError, VocabularyError

app = typer.Typer(
    name="fsmgen", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich",
    help="Exact structured generation on finite state machines, and measurements of what a constraint does.",
)  # fmt: skip
app.command()(generate)
app.command()(inspect)
app.command()(audit)
app.command()(grammars)
app.command()(demo)
app.add_typer(evaluation)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"fsmgen {fsmgen.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Options before the command."""


def main() -> None:
    """The console script: runs the command of `sys.argv` and exits with 0, 1 or 2."""
    warnings.showwarning = _show_warning
    gc.set_threshold(100_000, 20, 100)  # records are many and have no cycles: to look for some takes a sixth of a report's time
    try:
        app()
    except (InputError, VocabularyError, ModelError) as error:
        sys.exit(_fail(str(error), 2))
    except (FsmgenError, OSError) as error:
        too_large = isinstance(error, LimitReached) and error.where  # a part of what was given
        sys.exit(_pipe_closed() if isinstance(error, BrokenPipeError) else _fail(str(error), 2 if too_large else 1))
    except KeyboardInterrupt:
        sys.exit(_fail("interrupted", 1))


def _fail(message: str, code: int) -> int:
    Console(stderr=True, soft_wrap=True, highlight=False).print(f"[bold red]error:[/] {escape(message)}")
    return code


def _pipe_closed() -> int:
    """Whoever read our output has gone: say nothing more, not even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _show_warning(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    if not issubclass(category, (DeprecationWarning, FutureWarning)):
        Console(stderr=True, soft_wrap=True, highlight=False).print(f"[yellow]warning:[/] {escape(str(message))}")
