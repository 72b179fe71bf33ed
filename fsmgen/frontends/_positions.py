"""Where in a pattern a construct stands. Python's parse tree has no positions; this scanner finds the first construct of a kind."""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""
      (?P<backref>\\[1-9]\d? | \(\?P=)
    | (?P<boundary>\\[bB])
    | (?P<anchor>\\[AZ] | \^ | \$)
    | \\.                                              # any other escape
    | \[\^?\]? (?: \\. | [^\]\\] )* \]                 # a character class
    | \(\?\#[^)]*\)                                    # a comment
    | (?P<lookahead>\(\?[=!])
    | (?P<lookbehind>\(\?<[=!])
    | (?P<atomic>\(\?>)
    | (?P<conditional>\(\?\()
    | (?P<possessive>(?: [*+?] | \{\d*,?\d*\} )\+)
    | (?: [*+?] | \{\d*,?\d*\} )\??
    | .
    """,
    re.VERBOSE | re.DOTALL,
)
_ASSERTIONS = {
    "lookahead": "a lookahead", "lookbehind": "a lookbehind", "atomic": "an atomic group", "possessive": "a possessive repeat",
    "boundary": "a word boundary", "anchor": "an anchor",
}  # fmt: skip


def position_of(pattern: str, kind: str) -> int:
    """Offset of the first construct of a kind; 0 if a comment of a verbose pattern misleads the scanner."""
    return next((match.start() for match in _TOKEN.finditer(pattern) if match.lastgroup == kind), 0)


def first_assertion(pattern: str) -> tuple[str, int]:
    """Name and offset of the assertion that a reader would look at first: a group before a boundary, and that before an anchor."""
    found = {match.lastgroup: match.start() for match in reversed(list(_TOKEN.finditer(pattern)))}
    kind = next((kind for kind in _ASSERTIONS if kind in found), "anchor")
    return _ASSERTIONS[kind], found.get(kind, 0)
