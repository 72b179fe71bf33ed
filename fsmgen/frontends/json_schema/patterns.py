"""ECMA-262 patterns, with the meaning of a search, as expressions over characters."""

from __future__ import annotations

from functools import lru_cache

from fsmgen.automata import Characters, Expression, repeat
from fsmgen.frontends.regex import parse

_ANYTHING = repeat(Characters(((0, 0xD7FF), (0xE000, 0x10FFFF))), 0)


@lru_cache(maxsize=4096)
def pattern_expression(pattern: str) -> Expression:
    """The texts in which the pattern finds a match."""
    return parse(f"(?s:.*)(?:{pattern})(?s:.*)")
