"""`fsmgen eval`: the commands on studies; each is in a file of its own."""

from __future__ import annotations

import typer

from fsmgen.cli.eval_compare import compare
from fsmgen.cli.eval_effects import effects
from fsmgen.cli.eval_plan import plan
from fsmgen.cli.eval_rank import rank

app = typer.Typer(name="eval", no_args_is_help=True, rich_markup_mode="rich", help="Studies: what was answered, and what that shows.")
app.command()(compare)
app.command()(rank)
app.command()(plan)
app.command()(effects)
