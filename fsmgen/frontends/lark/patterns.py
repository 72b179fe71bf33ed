"""Terminals as expressions, with their place in the grammar if that fails."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

from fsmgen.automata.expression import Atomic, Choice, Expression, Lazy, Look, Repeat, Sequence
from fsmgen.errors import InvalidGrammar, LimitReached, SourceError, UnsupportedFeature
from fsmgen.frontends.lark.past import looks_back
from fsmgen.frontends.lark.reading import Source
from fsmgen.frontends.regex import ordered, parse

T = TypeVar("T")


def unordered(source: Source, terminal: str) -> Expression:
    """The texts that the terminal's pattern matches from end to end."""
    return placed(source, terminal, lambda: _parsed(source.terminals[terminal].pattern))


@lru_cache(maxsize=1024)
def _parsed(pattern: str) -> Expression:
    return parse(pattern)


def in_order(source: Source, terminal: str) -> Expression:
    """The pattern with its order of preference; equal ones are one object.

    Raises:
        UnsupportedFeature: a lookbehind that sees the text before it asks for more than characters.
    """
    pattern = placed(source, terminal, lambda: _ordered(source.terminals[terminal].pattern))
    _refuse_assertions_behind(source, terminal, pattern)
    return pattern


@lru_cache(maxsize=1024)
def _ordered(pattern: str) -> Expression:
    return ordered(pattern)


def placed(source: Source, terminal: str, work: Callable[[], T]) -> T:
    """The result of the work; its errors with the terminal's place."""
    try:
        return work()
    except UnsupportedFeature as error:
        text, position = source.place(terminal)
        raise UnsupportedFeature(f"{error.feature} in terminal {terminal}", source=text, position=position, instead=error.instead) from None
    except SourceError as error:
        text, position = source.place(terminal)
        reason = re.sub(r" at position \d+$", "", str(error).splitlines()[0])
        raise InvalidGrammar(f"terminal {terminal}: {reason}", source=text, position=position) from None
    except LimitReached as error:
        raise LimitReached(f"{error.what} (terminal {terminal})", limit=error.limit, reached=error.reached) from None


def refuse_zero_width(source: Source) -> None:
    """Refuse terminals that lark's lexers refuse: those whose pattern has no least width.

    Raises:
        InvalidGrammar: there is one.
    """
    for terminal in source.parsed[0]:
        unordered(source, str(terminal.name))  # a pattern that cannot be read has no width
        if terminal.pattern.min_width == 0:
            text, position = source.place(str(terminal.name))
            message = f"terminal {terminal.name} can match the empty text, which lark's lexers do not take"
            raise InvalidGrammar(message, source=text, position=position)


def _refuse_assertions_behind(source: Source, terminal: str, pattern: Expression) -> None:
    """Refuse a pattern that sees the text before it through a lookbehind which in turn asks what comes next.

    Raises:
        UnsupportedFeature: it does.
    """
    if looks_back(pattern) > 0 and _asks_ahead(pattern, behind=False):
        text, position = source.place(terminal)
        feature = f"a lookahead, boundary or atomic group inside of a lookbehind in terminal {terminal}, which sees the text before it"
        raise UnsupportedFeature(feature, source=text, position=position, instead="let the lookbehind name characters")


def _asks_ahead(part: Expression, *, behind: bool) -> bool:
    """Whether a lookbehind in the part, which may stand in one, has something inside that depends on what follows."""
    match part:
        case Sequence(parts) | Choice(parts):
            return any(_asks_ahead(inner, behind=behind) for inner in parts)
        case Repeat(inner) | Lazy(inner):
            return _asks_ahead(inner, behind=behind)
        case Atomic(inner):
            return behind or _asks_ahead(inner, behind=behind)
        case Look(inner, backwards, _):
            return (behind and not backwards) or _asks_ahead(inner, behind=behind or backwards)
    return False
