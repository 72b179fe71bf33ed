"""`fsmgen eval`: the commands on studies; each is in a file of its own."""

from __future__ import annotations

import typer

from fsmgen.cli.eval_calibrate import calibrate
from fsmgen.cli.eval_compare import compare
from fsmgen.cli.eval_effects import effects
from fsmgen.cli.eval_folders import ls, merge, validate
from fsmgen.cli.eval_lint import lint
from fsmgen.cli.eval_lists import arms, tasks
from fsmgen.cli.eval_plan import plan
from fsmgen.cli.eval_preset import preset, presets
from fsmgen.cli.eval_rank import rank
from fsmgen.cli.eval_replay import replay, rescore
from fsmgen.cli.eval_report import report
from fsmgen.cli.eval_run import run

app = typer.Typer(name="eval", no_args_is_help=True, rich_markup_mode="rich", help="Studies: what was answered, and what that shows.")
app.command()(run)
app.command()(tasks)
app.command()(arms)
app.command()(merge)
app.command()(validate)
app.command()(ls)
app.command()(lint)
app.command()(rescore)
app.command()(replay)
app.command()(compare)
app.command()(rank)
app.command()(calibrate)
app.command()(plan)
app.command()(effects)
app.command()(presets)
app.command()(preset)
app.command()(report)
