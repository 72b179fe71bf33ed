"""Names of hosts (RFC 1123), where two lengths are bounded: 63 characters of a label and 253 of the name.

No automaton with fewer states than pairs of the two lengths can do that, so the names are one rule of their own, spelled without escapes.
"""

from __future__ import annotations

from functools import cache

from fsmgen.automata import EMPTY, Characters, Expression, text
from fsmgen.automata.expression import Table

_LABEL, _NAME = 63, 253
_ALPHANUMERIC = Characters(((0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)))
_HYPHEN, _DOT = text("-"), text(".")


@cache
def host_names() -> Expression:
    """The names without a label that has hyphens in its third and fourth place."""
    numbers: dict[tuple[int, int, bool], int] = {(0, 0, False): 0}
    edges: list[tuple[int, Expression, int]] = []

    def number(length: int, label: int, *, hyphen: bool) -> int:
        return numbers.setdefault((length, label, hyphen), len(numbers) + 1)

    for length in range(_NAME):
        for label in range(min(length, _LABEL - 1) + 1):
            for hyphen in (False, True):
                source = numbers.get((length, label, hyphen))
                if source is None:
                    continue
                edges.append((source, _ALPHANUMERIC, number(length + 1, label + 1, hyphen=False)))
                if label and not (hyphen and label == 3):
                    edges.append((source, _HYPHEN, number(length + 1, label + 1, hyphen=True)))
        for label in range(1, min(length, _LABEL) + 1):
            source = numbers.get((length, label, False))
            if source is not None:
                edges.append((source, _DOT, number(length + 1, 0, hyphen=False)))
    edges += ((source, EMPTY, 1) for (_, label, hyphen), source in numbers.items() if label and not hyphen)
    return Table(len(numbers) + 1, tuple(edges))
