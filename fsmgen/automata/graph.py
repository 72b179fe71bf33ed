"""Automata with expressions on their edges, made small and turned into one expression.

    >>> from fsmgen.automata.expression import text
    >>> expression_between(0, 1, [(0, text("a"), 2), (2, text("b"), 2), (2, text("c"), 1), (2, text("x"), 3)])
    Sequence(parts=(Words(words=(b'a',)), Repeat(part=Words(words=(b'b',)), low=0, high=None), Words(words=(b'c',))))
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from fsmgen.automata.expression import EMPTY, NOTHING, Characters, Expression, Table, characters, choice, repeat, sequence

Edges: TypeAlias = list[tuple[int, Expression, int]]
_DEPTH = 20
"""How deeply states that are taken out may nest an expression."""


def expression_between(start: int, end: int, edges: Edges) -> Expression:
    """The words along the ways from `start`, which nothing enters, to `end`, which nothing leaves."""
    kept = _useful(start, end, edges)
    if start not in kept:
        return NOTHING
    graph = _Graph(start, end, [edge for edge in edges if edge[0] in kept and edge[2] in kept])
    graph.reduce()
    return graph.expression()


def _useful(start: int, end: int, edges: Edges) -> set[int]:
    """States on some way from start to end."""
    ahead = _reached(start, ((source, target) for source, _, target in edges))
    return ahead & _reached(end, ((target, source) for source, _, target in edges))


def _reached(start: int, pairs: Iterable[tuple[int, int]]) -> set[int]:
    following: dict[int, list[int]] = {}
    for source, target in pairs:
        following.setdefault(source, []).append(target)
    seen, stack = {start}, [start]
    while stack:
        fresh = set(following.get(stack.pop(), ())) - seen
        seen |= fresh
        stack += fresh
    return seen


class _Label:
    """What is read along an edge: parts one after the other; or any of several such, which become one part when they are asked for."""

    __slots__ = ("_others", "_parts", "depth")

    def __init__(self, parts: list[Expression], depth: int = 0) -> None:
        self._parts, self.depth = parts, depth
        self._others: list[Expression] = []

    @property
    def parts(self) -> list[Expression]:
        if self._others:
            options = [sequence(self._parts), *self._others]
            ranges = [pair for part in options if isinstance(part, Characters) for pair in part.ranges]
            others = [part for part in options if not isinstance(part, Characters)]
            self._parts, self._others = [choice([*([characters(ranges)] if ranges else []), *others])], []
            self.depth += bool(others)
        return self._parts

    def expression(self) -> Expression:
        return sequence(self.parts)

    def or_else(self, other: _Label) -> None:
        """Let something else be read as well."""
        self._others.append(other.expression())
        self.depth = max(self.depth, other.depth)


class _Graph:
    """States in which no two edges join the same two, so that a state with one way in and one way out can be taken out."""

    def __init__(self, start: int, end: int, edges: Edges) -> None:
        self._start, self._end = start, end
        self._out: dict[int, dict[int, _Label]] = {start: {}, end: {}}
        self._in: dict[int, dict[int, None]] = {start: {}, end: {}}
        for source, part, target in edges:
            self._add(source, _Label([] if part == EMPTY else [part]), target)

    def _add(self, source: int, label: _Label, target: int) -> None:
        if source == target and not label.parts:
            return
        for state in (source, target):
            self._out.setdefault(state, {})
            self._in.setdefault(state, {})
        known = self._out[source].setdefault(target, label)
        if known is not label:
            known.or_else(label)
        self._in[target][source] = None

    def reduce(self) -> None:
        """Take out states that one edge enters and one edge leaves, besides one back to itself."""
        stack = [state for state in reversed(self._out) if state not in (self._start, self._end)]
        while stack:
            state = stack.pop()
            if state in self._out:
                neighbours = self._taken_out(state)
                stack += [other for other in neighbours if other not in (self._start, self._end)]

    def _taken_out(self, state: int) -> list[int]:
        """Join the edges around the state if it has one way in and one out; its neighbours, which may be next."""
        sources = [other for other in self._in[state] if other != state]
        if len(sources) != 1:
            return []
        targets = [other for other in self._out[state] if other != state]
        source, loop = sources[0], self._out[state].get(state)
        before = self._out[source][state]
        if len(targets) != 1:
            return [] if loop or before.parts else self._moved(source, state, targets)
        after = self._out[state][targets[0]]
        loops = [repeat(loop.expression(), 0)] if loop else []
        parts, more = before.parts, [*loops, *after.parts]
        depth = max(before.depth, after.depth, loop.depth + 1 if loop else 0)
        if depth > _DEPTH:
            return []
        parts += more
        before.depth = depth
        self._remove(state, [source], targets)
        self._add(source, before, targets[0])
        return [source, targets[0]]

    def _moved(self, source: int, state: int, targets: list[int]) -> list[int]:
        """The edges of a state that nothing but an empty edge from `source` enters, moved there."""
        labels = [self._out[state][target] for target in targets]
        self._remove(state, [source], targets)
        for target, label in zip(targets, labels, strict=True):
            self._add(source, label, target)
        return [source, *targets]

    def _remove(self, state: int, sources: list[int], targets: list[int]) -> None:
        for source in sources:
            del self._out[source][state]
        for target in targets:
            del self._in[target][state]
        del self._out[state], self._in[state]

    def expression(self) -> Expression:
        """One edge, or a table of all."""
        if len(self._out) == 2:
            return self._out[self._start][self._end].expression()
        others = [state for state in self._out if state not in (self._start, self._end)]
        number = {state: i for i, state in enumerate([self._start, self._end, *others])}
        edges = [(number[s], label.expression(), number[t]) for s, targets in self._out.items() for t, label in targets.items()]
        return Table(len(number), tuple(sorted(edges, key=lambda edge: (edge[0], edge[2]))))
