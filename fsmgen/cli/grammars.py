"""`fsmgen grammars`: the grammars that ship with the package, or the text of one."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from fsmgen.errors import InvalidOption
from fsmgen.frontends.named import named_grammars

EXAMPLES = """Examples:

  fsmgen grammars

  fsmgen grammars xml > mine.gbnf

  fsmgen inspect --grammar sql_select --text 'SELECT a FROM '
"""


def grammars(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Print the text of this one, to copy and change.")] = None,
) -> None:
    """List the grammars that ship with fsmgen, for --grammar."""
    known = {grammar.name: grammar for grammar in named_grammars()}
    if name is not None:
        if name not in known:
            raise InvalidOption("the name of a grammar", name, allowed=f"one of {', '.join(known)}")
        typer.echo(known[name].text, nl=False)
        return
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for grammar in known.values():
        table.add_row(f"[bold]{grammar.name}[/]", grammar.meaning, escape(grammar.title))
    Console(highlight=False).print(table)


grammars.__doc__ = f"{grammars.__doc__}\n\n{EXAMPLES}"
