"""Formats of strings as expressions over characters."""

from __future__ import annotations

from fsmgen.automata import Expression


def format_expression(name: str) -> Expression | None:
    """The texts of a format; None if it is not known or cannot be decided by an automaton."""
    return None


def reason(name: str) -> str:
    """Why there is no set for a format."""
    return f"the format {name!r} is not known"
