"""Explicit automata made by front ends: states by number, and no way that ends elsewhere than it should."""

from __future__ import annotations

from collections.abc import Iterable

from fsmgen.automata.expression import NOTHING, Choice, Edge, Expression, Table
from fsmgen.automata.quoted import Quoted, Signs, Way


def trimmed(states: int, edges: list[Edge], ways: Iterable[Way] = (), signs: Signs | None = None) -> Expression:
    """The automaton from state 0 to state 1 without the states that no way from 0 to 1 passes; NOTHING if there is no way.

    Args:
        ways: edges that read a word in quotes, as `signs` say.
    """
    ways = list(ways)
    alive = [edge for edge in edges if type(edge[1]) is not Choice or edge[1].parts]
    forth: list[list[int]] = [[] for _ in range(states)]
    back: list[list[int]] = [[] for _ in range(states)]
    for source, _, target in (*alive, *ways):
        forth[source].append(target)
        back[target].append(source)
    kept = _reached(forth, 0) & _reached(back, 1)
    if 0 not in kept or 1 not in kept:
        return NOTHING
    if len(kept) < states:
        numbers = {state: i for i, state in enumerate(sorted(kept))}
        alive = [(numbers[a], part, numbers[b]) for a, part, b in alive if a in kept and b in kept]
        ways = [(numbers[a], word, numbers[b]) for a, word, b in ways if a in kept and b in kept]
    return table(len(kept), alive, ways, signs)


def table(states: int, edges: Iterable[Edge], ways: list[Way], signs: Signs | None) -> Expression:
    """The automaton, of which no way ends elsewhere than it should."""
    if not ways or signs is None:
        return Table(states, tuple(edges))
    ways.sort()
    return Quoted(states, tuple(ways), signs, tuple(edges))


def _reached(ways: list[list[int]], start: int) -> set[int]:
    seen, stack = {start}, [start]
    while stack:
        for target in ways[stack.pop()]:
            if target not in seen:
                seen.add(target)
                stack.append(target)
    return seen
