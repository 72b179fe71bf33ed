"""Rules merged into those that call them, so that few are left: a chain of twenty precedences becomes one automaton.

A text then has few places to return to, and few of them tell apart what a parser could be in after a byte. The language over terminals and
marks stays the same:

- A call of a rule inside itself, at its beginning or its end, becomes a loop: `e: e OP e | NAME` is `NAME (OP NAME)*`.
- A rule that does not call itself is put in the places where it is called, the cheapest first, as long as the whole does not grow much.
- What is left is made deterministic over symbols, and small.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fsmgen.frontends.lark.analysis import Alternatives

_GROWTH = 1.5
_SMALL = 50
"""Edges of all rules together: so many times as many as in the grammar, and so many more, may be made."""
_SUBSETS = 2_000
"""States of a merged rule before it is minimal."""

Edge = tuple[str, int]


@dataclass(slots=True)
class Shape:
    """A rule as an automaton over symbols; node 0 is the start. Empty moves are those of the symbol "".

    Attributes:
        edges: by node, (symbol, target).
        ends: where it may end.
    """

    edges: list[list[Edge]] = field(default_factory=list)
    ends: set[int] = field(default_factory=set)

    @property
    def size(self) -> int:
        return sum(map(len, self.edges))

    def calls(self, rule: str) -> int:
        """How often a symbol stands in it."""
        return sum(symbol == rule for out in self.edges for symbol, _ in out)

    def put(self, rule: str, other: Shape) -> None:
        """Put another rule in the places where it is called."""
        for node in range(len(self.edges)):
            for i, (symbol, target) in enumerate(self.edges[node]):
                if symbol == rule:
                    first = len(self.edges)
                    self.edges += [[(name, first + to) for name, to in out] for out in other.edges]
                    for end in other.ends:
                        self.edges[first + end].append(("", target))
                    self.edges[node][i] = "", first


def shape_of(alternatives: Alternatives) -> Shape:
    """The automaton of alternatives, in which equal beginnings and equal rests are shared."""
    shape = Shape()
    numbers: dict[frozenset[tuple[str, ...]], int] = {frozenset(alternatives): 0}
    for rests in (order := list(numbers)):  # grows while it runs
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
        if () in rests:
            shape.ends.add(len(shape.edges))
        shape.edges.append(out)
    return shape


def merged(rules: Mapping[str, Alternatives], start: str) -> dict[str, Shape]:
    """The rules that are left, the start among them."""
    shapes = {name: _with_loops(name, shape_of(body)) for name, body in rules.items()}
    left = (_GROWTH - 1) * sum(shape.size for shape in shapes.values()) + _SMALL
    fixed = {start} | {name for name, shape in shapes.items() if shape.calls(name)}
    while waiting := [name for name in shapes if name not in fixed]:
        counts = _counts(shapes)
        cost = {name: (counts.get(name, 0) - 1) * shapes[name].size for name in waiting}
        name = min(waiting, key=cost.__getitem__)
        if cost[name] > left:
            break
        left -= cost[name]
        _spread(shapes, name, fixed)
    return {name: small(shape) for name, shape in shapes.items()}


def _counts(shapes: Mapping[str, Shape]) -> dict[str, int]:
    """How often each symbol stands in the rules."""
    counts: dict[str, int] = {}
    for shape in shapes.values():
        for out in shape.edges:
            for symbol, _ in out:
                counts[symbol] = counts.get(symbol, 0) + 1
    return counts


def _spread(shapes: dict[str, Shape], name: str, fixed: set[str]) -> None:
    """Put a rule wherever it is called."""
    shape = shapes.pop(name)
    for caller, other in shapes.items():
        if not other.calls(name):
            continue
        other.put(name, shape)
        if shape.calls(caller):
            shapes[caller] = _with_loops(caller, small(other))
            if shapes[caller].calls(caller):
                fixed.add(caller)


def _with_loops(name: str, shape: Shape) -> Shape:
    """The rule with its calls of itself at its beginning and its end as empty moves."""
    if not shape.calls(name):
        return shape
    entered = any(target == 0 for out in shape.edges for _, target in out)
    last = {node for node in shape.ends if not shape.edges[node]}
    again = [] if entered else [target for symbol, target in shape.edges[0] if symbol == name]
    if again:
        shape.edges[0] = [edge for edge in shape.edges[0] if edge[0] != name]
    for out in shape.edges:
        out[:] = [("", 0) if symbol == name and target in last else (symbol, target) for symbol, target in out]
    for node in shape.ends:
        shape.edges[node] += [("", target) for target in again]
    return small(shape)


def small(shape: Shape) -> Shape:
    """The smallest deterministic automaton of the same language; the same one if that would be large."""
    found = _deterministic(shape)
    return shape if found is None else _minimal(found)


def _closed(shape: Shape, nodes: Iterable[int]) -> frozenset[int]:
    """The nodes and what empty moves reach from them, as far as it reads or ends."""
    seen = set(nodes)
    stack = list(seen)
    while stack:
        for symbol, target in shape.edges[stack.pop()]:
            if not symbol and target not in seen:
                seen.add(target)
                stack.append(target)
    return frozenset(node for node in seen if node in shape.ends or any(symbol for symbol, _ in shape.edges[node]))


def _deterministic(shape: Shape) -> Shape | None:
    """The automaton of sets of nodes; None if there are too many."""
    found = Shape()
    begin = _closed(shape, [0])
    numbers = {begin: 0}
    for nodes in (order := [begin]):  # grows while it runs
        following: dict[str, set[int]] = {}
        for node in sorted(nodes):
            for symbol, target in shape.edges[node]:
                if symbol:
                    following.setdefault(symbol, set()).add(target)
        out = []
        for symbol, targets in following.items():
            closed = _closed(shape, targets)
            if closed not in numbers:
                numbers[closed] = len(order)
                order.append(closed)
            out.append((symbol, numbers[closed]))
        if len(order) > _SUBSETS:
            return None
        if not shape.ends.isdisjoint(nodes):
            found.ends.add(len(found.edges))
        found.edges.append(out)
    return found


def _minimal(shape: Shape) -> Shape:
    """States with the same language are one (Moore 1956)."""
    block = [int(node in shape.ends) for node in range(len(shape.edges))]
    count = 0
    while True:
        seen: dict[object, int] = {}
        finer = []
        for node, out in enumerate(shape.edges):
            key = block[node], frozenset((symbol, block[target]) for symbol, target in out)
            finer.append(seen.setdefault(key, len(seen)))
        block = finer
        if len(seen) == count:
            break
        count = len(seen)
    found = Shape([[] for _ in range(count)], {block[node] for node in shape.ends})
    for node, out in enumerate(shape.edges):
        found.edges[block[node]] = [(symbol, block[target]) for symbol, target in out]
    return found
