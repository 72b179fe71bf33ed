"""Explicit automata made by front ends: states by key, and no way that ends elsewhere than it should."""

from __future__ import annotations

from fsmgen.automata.expression import NOTHING, Choice, Expression, Table

Edge = tuple[int, Expression, int]


def trimmed(states: int, edges: list[Edge]) -> Expression:
    """The automaton from state 0 to state 1 without the states that no way from 0 to 1 passes; NOTHING if there is no way."""
    forth: list[list[int]] = [[] for _ in range(states)]
    back: list[list[int]] = [[] for _ in range(states)]
    for source, part, target in edges:
        if type(part) is not Choice or part.parts:
            forth[source].append(target)
            back[target].append(source)
    kept = _reached(forth, 0) & _reached(back, 1)
    if 0 not in kept or 1 not in kept:
        return NOTHING
    if len(kept) == states and sum(map(len, forth)) == len(edges):
        return Table(states, tuple(edges))
    numbers = {state: i for i, state in enumerate(sorted(kept))}
    left = tuple((numbers[a], part, numbers[b]) for a, part, b in edges if a in kept and b in kept and part != NOTHING)
    return Table(len(numbers), left)


def _reached(ways: list[list[int]], start: int) -> set[int]:
    seen, stack = {start}, [start]
    while stack:
        for target in ways[stack.pop()]:
            if target not in seen:
                seen.add(target)
                stack.append(target)
    return seen
