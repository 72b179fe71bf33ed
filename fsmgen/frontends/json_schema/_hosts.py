"""Names of hosts (RFC 1123), where two lengths are bounded: 63 characters of a label and 253 of the name.

No automaton with fewer states than pairs of the two lengths can do that, so the names are one rule of their own, spelled without escapes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TypeAlias

from fsmgen.automata import EMPTY, Characters, Expression, text
from fsmgen.automata.expression import Layered, Ranges, Table, Words, complement
from fsmgen.frontends.json_schema._escapes import common

_LABEL = 63
LONGEST = 253
"""Characters of a name."""
_ALPHANUMERIC = ((0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A))
_X, _N = ((0x58, 0x58), (0x78, 0x78)), ((0x4E, 0x4E), (0x6E, 0x6E))
_HYPHEN, _DOT = text("-"), text(".")
_MARKS = {"": ("x", _X), "x": ("xn", _N)}
"""What a label that begins so becomes by one of some characters."""

State: TypeAlias = tuple[int, int, str]
"""Length of the name, length of its last label, and `-` after a hyphen, or how much of `xn--` the label is."""


@cache
def host_names(longest: int) -> Expression:
    """The names of up to so many characters without a label that begins with `xn--`."""
    numbers: dict[State, int] = {(0, 0, ""): 0}
    states = list(numbers)
    edges: list[tuple[int, Expression, int]] = []
    for state in states:  # grows while it runs
        for read, target in _moves(state) if state[0] < longest else ():
            if target not in numbers:
                numbers[target] = len(states) + 1
                states.append(target)
            edges.append((numbers[state], read, numbers[target]))
        if state[1] and not state[2].endswith("-"):
            edges.append((numbers[state], EMPTY, 1))
    return Table(len(numbers) + 1, tuple(edges))


def host_steps(longest: int) -> Layered:
    """The same: the steps of one automaton for labels, whose states have no length of the name."""
    numbers = {(1, 0, ""): 0}
    rows = []
    for state in (states := list(numbers)):  # grows while it runs
        for read, (_, label, kind) in _moves(state):
            target = 1, label, kind
            if target not in numbers:
                numbers[target] = len(states)
                states.append(target)
            ranges = read.ranges if isinstance(read, Characters) else ((_letter(read), _letter(read)),)
            rows += [(numbers[state], low, high, "", numbers[target]) for low, high in ranges]
    finals = tuple(number for (_, label, kind), number in numbers.items() if label and not kind.endswith("-"))
    return Layered(len(states), finals, tuple(rows), 1, longest)


def _letter(word: Expression) -> int:
    assert isinstance(word, Words)
    return word.words[0][0]


def _moves(state: State) -> Iterator[tuple[Expression, State]]:
    length, label, kind = state
    if label and kind != "xn-" and label < _LABEL - 1:
        yield _HYPHEN, (length + 1, label + 1, "xn-" if kind == "xn" else "-")
    if label and not kind.endswith("-"):
        yield _DOT, (length + 1, 0, "")
    if label < _LABEL:
        marked, letters = _MARKS.get(kind, ("", ())) if label == len(kind) else ("", ())
        if letters:
            yield Characters(letters), (length + 1, label + 1, marked)
        yield _others(letters), (length + 1, label + 1, "")


@cache
def _others(letters: Ranges) -> Expression:
    """A letter or a digit, but for some."""
    return Characters(common(_ALPHANUMERIC, complement(letters, top=0x7F)))
