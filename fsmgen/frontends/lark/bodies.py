"""A rule's alternatives as one small automaton over symbols, in which equal beginnings and equal rests are shared."""

from __future__ import annotations

from dataclasses import dataclass

from fsmgen.frontends.lark.analysis import Alternatives, Analysis

Rests = frozenset[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Body:
    """The automaton; node 0 is the start.

    Attributes:
        edges: by node, (symbol, target).
        ends: whether the rule may end at the node.
        coming: by node, a mask: the terminals that can come next, also after the rule where it may end.
    """

    edges: tuple[tuple[tuple[str, int], ...], ...]
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
    return Body(tuple(edges), tuple(() in rests for rests in order), tuple(_coming(rests, rule, analysis) for rests in order))


def _coming(rests: Rests, rule: str, analysis: Analysis) -> int:
    found = 0
    for rest in rests:
        found |= analysis.first_of(rest, analysis.follow[rule])
    return found
