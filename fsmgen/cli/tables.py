"""Rows of labels and texts on standard output."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table


def print_rows(rows: Iterable[tuple[str, str]]) -> None:
    """Print a label and a text a line; a long text goes on under itself."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(overflow="fold")
    for label, text in rows:
        table.add_row(escape(label), escape(text))
    Console(soft_wrap=True, highlight=False).print(table)
