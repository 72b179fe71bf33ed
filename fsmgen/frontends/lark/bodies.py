"""A rule's alternatives as one small automaton over symbols, in which equal beginnings and equal rests are shared."""

from __future__ import annotations

from dataclasses import dataclass

from fsmgen.frontends.lark.analysis import Alternatives, Analysis

Rests = frozenset[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Body:
    """The automaton; node 0 is the start.

    Attributes:
        edges: by node, (rule, target).
        reads: by node, (terminals, target).
        ends: whether the rule may end at the node.
        coming: by node, a mask: the terminals that can come next, also after the rule where it may end.
    """

    edges: tuple[tuple[tuple[str, int], ...], ...]
    reads: tuple[tuple[tuple[tuple[str, ...], int], ...], ...]
    ends: tuple[bool, ...]
    coming: tuple[int, ...]


def body_of(rule: str, alternatives: Alternatives, analysis: Analysis) -> Body:
    """The automaton of a rule's alternatives."""
    numbers: dict[Rests, int] = {frozenset(alternatives): 0}
    order = list(numbers)
    edges: list[tuple[tuple[str, int], ...]] = []
    for rests in order:  # grows while it runs
        following: dict[str, list[tuple[str, ...]]] = {}
        for rest in sorted(rests):
            if rest:
                following.setdefault(rest[0], []).append(rest[1:])
        out = []
        for symbol, left in following.items():
            target = frozenset(left)
            if target not in numbers:
                numbers[target] = len(order)
                order.append(target)
            out.append((symbol, numbers[target]))
        edges.append(tuple(out))
    rules = tuple(tuple(edge for edge in out if edge[0] not in analysis.bit) for out in edges)
    reads = tuple(_together([edge for edge in out if edge[0] in analysis.bit]) for out in edges)
    return Body(rules, reads, tuple(() in rests for rests in order), tuple(_coming(rests, rule, analysis) for rests in order))


def _together(edges: list[tuple[str, int]]) -> tuple[tuple[tuple[str, ...], int], ...]:
    """The terminals that lead to the same node, read together: one rule for all operators of a kind, with one context."""
    found: dict[int, list[str]] = {}
    for symbol, target in edges:
        found.setdefault(target, []).append(symbol)
    return tuple((tuple(symbols), target) for target, symbols in found.items())


def _coming(rests: Rests, rule: str, analysis: Analysis) -> int:
    found = 0
    for rest in rests:
        found |= analysis.first_of(rest, analysis.follow[rule])
    return found
