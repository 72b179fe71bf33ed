"""Terminals as expressions, with their place in the grammar if that fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fsmgen.automata.expression import Expression
from fsmgen.errors import InvalidGrammar, LimitReached, SourceError, UnsupportedFeature
from fsmgen.frontends.regex import parse
from fsmgen.frontends.lark.reading import Source

T = TypeVar("T")


def unordered(source: Source, terminal: str) -> Expression:
    """The texts that the terminal's pattern matches from end to end."""
    return placed(source, terminal, lambda: parse(source.terminals[terminal].pattern))


def placed(source: Source, terminal: str, work: Callable[[], T]) -> T:
    """The result of the work; its errors with the terminal's place."""
    try:
        return work()
    except UnsupportedFeature as error:
        text, position = source.place(terminal)
        raise UnsupportedFeature(f"{error.feature} in terminal {terminal}", source=text, position=position, instead=error.instead) from None
    except SourceError as error:
        text, position = source.place(terminal)
        raise InvalidGrammar(f"terminal {terminal}: {str(error).splitlines()[0]}", source=text, position=position) from None
    except LimitReached as error:
        raise LimitReached(f"{error.what} (terminal {terminal})", limit=error.limit, reached=error.reached) from None
