"""`fsmgen eval tasks | arms`: the names that `fsmgen eval run` takes."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import typer

from fsmgen.cli.tables import print_rows
from fsmgen.errors import InvalidTask


def tasks() -> None:
    """List the tasks that ship, with their subsets."""
    from fsmgen.evaluation.catalogue import task_names

    names = task_names()
    for name in names:
        typer.echo(f"{name:{max(map(len, names))}}  {_description(name)}")


def arms() -> None:
    """List the kinds of arms, with their parameters and usual values."""
    from fsmgen.evaluation.arms import KINDS

    print_rows((kind, _described(made())) for kind, made in KINDS.items())


def _description(name: str) -> str:
    from fsmgen.evaluation.catalogue import find_task

    try:
        return find_task(name)[0].description
    except InvalidTask as error:  # one whose subsets are those of its data
        return error.reason


def _described(arm: Any) -> str:
    """What it is, and `parameter=value` for each parameter."""
    said = (type(arm).__doc__ or "").strip().partition("\n")[0]
    parameters = ", ".join(f"{each.name}={_shown(getattr(arm, each.name))}" for each in fields(arm))
    return said + (f" ({parameters})" if parameters else "")


def _shown(value: object) -> str:
    return repr(getattr(value, "name", value))
