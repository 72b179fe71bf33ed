"""A rule's alternatives as one small automaton over symbols, and which terminals can come next at each of its nodes."""

from __future__ import annotations

from dataclasses import dataclass

from fsmgen.frontends.lark.analysis import Analysis
from fsmgen.frontends.lark.merging import Edge, Shape, merged, shape_of


@dataclass(frozen=True, slots=True)
class Body:
    """The automaton; node 0 is the start.

    Attributes:
        edges: by node, (rule, target).
        reads: by node, (terminals, target).
        ends: whether the rule may end at the node.
        coming: by node, a mask: the terminals that can come next, also after the rule where it may end.
    """

    edges: tuple[tuple[Edge, ...], ...]
    reads: tuple[tuple[tuple[tuple[str, ...], int], ...], ...]
    ends: tuple[bool, ...]
    coming: tuple[int, ...]


def bodies(analysis: Analysis, start: str, *, merge: bool) -> dict[str, Body]:
    """The automata of all rules; or, to `merge`, of those that are left when others are put in the places where they are called."""
    rules = {name: body for name, body in analysis.rules.items() if name not in analysis.marks}
    shapes = merged(rules, start) if merge else {name: shape_of(body) for name, body in rules.items()}
    return {name: _body(name, shape, analysis) for name, shape in shapes.items()}


def _body(rule: str, shape: Shape, analysis: Analysis) -> Body:
    called = tuple(tuple(edge for edge in out if edge[0] not in analysis.bit) for out in shape.edges)
    reads = tuple(_together([edge for edge in out if edge[0] in analysis.bit]) for out in shape.edges)
    ends = tuple(node in shape.ends for node in range(len(shape.edges)))
    return Body(called, reads, ends, _coming(rule, shape, analysis))


def _together(edges: list[Edge]) -> tuple[tuple[tuple[str, ...], int], ...]:
    """The terminals that lead to the same node, read together: one rule for all operators of a kind, with one context."""
    found: dict[int, list[str]] = {}
    for symbol, target in edges:
        found.setdefault(target, []).append(symbol)
    return tuple((tuple(symbols), target) for target, symbols in found.items())


def _coming(rule: str, shape: Shape, analysis: Analysis) -> tuple[int, ...]:
    coming = [analysis.follow[rule] if node in shape.ends else 0 for node in range(len(shape.edges))]
    silent: list[tuple[int, int]] = []
    for node, out in enumerate(shape.edges):
        for symbol, target in out:
            coming[node] |= analysis.first_of((symbol,), 0)
            if symbol in analysis.empty:
                silent.append((node, target))
    grown = bool(silent)
    while grown:
        grown = False
        for node, target in silent:
            grown |= coming[target] | coming[node] != coming[node]
            coming[node] |= coming[target]
    return tuple(coming)
