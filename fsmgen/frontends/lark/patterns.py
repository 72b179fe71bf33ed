"""Terminals as expressions, with their place in the grammar if that fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from fsmgen.automata.expression import Atomic, Characters, Choice, Expression, Lazy, Look, Repeat, Sequence, Words
from fsmgen.errors import InvalidGrammar, LimitReached, SourceError, UnsupportedFeature
from fsmgen.frontends.lark.reading import Source
from fsmgen.frontends.regex import ordered, parse

T = TypeVar("T")


def unordered(source: Source, terminal: str) -> Expression:
    """The texts that the terminal's pattern matches from end to end."""
    return placed(source, terminal, lambda: parse(source.terminals[terminal].pattern))


def in_order(source: Source, terminal: str) -> Expression:
    """The pattern with its order of preference.

    Raises:
        UnsupportedFeature: it looks at the text before its own beginning.
    """
    pattern = placed(source, terminal, lambda: ordered(source.terminals[terminal].pattern))
    _refuse_looking_back(source, terminal, pattern)
    return pattern


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


def _refuse_looking_back(source: Source, terminal: str, pattern: Expression) -> None:
    """Refuse a pattern that looks at the text before its own beginning.

    Raises:
        UnsupportedFeature: it does.
    """
    if looks_back(pattern) > 0:
        text, position = source.place(terminal)
        feature = f"a lookbehind, boundary or anchor at the beginning of terminal {terminal}, which looks at the text before it"
        raise UnsupportedFeature(feature, source=text, position=position, instead="let the terminal before it end there")


def looks_back(part: Expression, before: int = 0) -> int:
    """How many characters before its beginning a pattern may look at, if at least so many of its own stand before the part."""
    match part:
        case Sequence(parts):
            most = 0
            for inner in parts:
                most = max(most, looks_back(inner, before))
                before += shortest(inner)
            return most
        case Choice(parts):
            return max((looks_back(inner, before) for inner in parts), default=0)
        case Repeat(inner) | Lazy(inner) | Atomic(inner):
            return looks_back(inner, before)
        case Look(inner, behind, _):
            begin = before - shortest(inner) if behind else before
            return max(-begin, looks_back(inner, begin))
    return 0


def shortest(part: Expression) -> int:
    """Characters of the shortest text that a pattern reads."""
    match part:
        case Words(words):
            return min(len(word.decode()) for word in words)
        case Characters():
            return 1
        case Sequence(parts):
            return sum(map(shortest, parts))
        case Choice(parts):
            return min(map(shortest, parts), default=0)
        case Repeat(inner, low, _) | Lazy(inner, low, _):
            return low * shortest(inner)
        case Atomic(inner):
            return shortest(inner)
    return 0
