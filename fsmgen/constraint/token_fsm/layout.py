"""A layered layout of a directed graph from left to right (Sugiyama, Tagawa and Toda 1981), in which every arrow's label has its own room.

Cycles are opened at the arrows that go back; a node's column is the longest way to it. Each arrow is a chain of *items*, one in each
column that it passes, and one of them is its label; so no two labels meet. Items are ordered within their column by the mean place of
their neighbours, and then moved as near to their neighbours as the order allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

Arrow: TypeAlias = tuple[int, int]
Size: TypeAlias = tuple[float, float]
"""Width and height."""

_SWEEPS = 12
_THIN: Size = (0.0, 10.0)
_NONE = -1


@dataclass(slots=True)
class Item:
    """Something that takes room: a node, the label of an arrow, or an arrow that passes by.

    Attributes:
        column: even for nodes, odd for labels; arrows pass by in both.
        size: its own width and height.
        x, y: its middle.
        span: width of the column.
    """

    column: int
    size: Size
    x: float = 0.0
    y: float = 0.0
    span: float = 0.0
    before: list[Item] = field(default_factory=list)
    after: list[Item] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is.

    Attributes:
        nodes: the item of each node.
        chains: for each arrow between two nodes the items from its source to its target, both included.
        labels: the item of each such arrow's label.
        width: of the whole.
    """

    nodes: Mapping[int, Item]
    chains: Mapping[Arrow, list[Item]]
    labels: Mapping[Arrow, Item]
    width: float


def layered(nodes: Mapping[int, Size], arrows: Mapping[Arrow, Size], start: int) -> Layout:
    """Lay a graph out.

    Args:
        nodes: the size of each node, all reachable from `start`.
        arrows: the size of the label of each arrow between two different nodes.
    """
    going_back = _going_back(nodes, arrows, start)
    forward = {arrow: arrow[::-1] if arrow in going_back else arrow for arrow in arrows}
    ranks = _ranks(nodes, forward.values())
    items = {node: Item(2 * ranks[node], size) for node, size in nodes.items()}
    chains, labels = {}, {}
    for arrow, (low, high) in forward.items():
        chain, labels[arrow] = _chain(items[low], items[high], arrows[arrow])
        chains[arrow] = chain if arrow == (low, high) else chain[::-1]
    columns = _columns([*items.values(), *(item for chain in chains.values() for item in chain[1:-1])])
    _order(columns)
    return Layout(items, chains, labels, _placed(columns))


def _going_back(nodes: Iterable[int], arrows: Iterable[Arrow], start: int) -> set[Arrow]:
    """The arrows to a node that is still open in a depth-first search; without them there is no cycle."""
    after: dict[int, list[int]] = {node: [] for node in nodes}
    for source, target in arrows:
        after[source].append(target)
    opened, back = {start}, set()
    closed: set[int] = set()
    stack = [(start, iter(after[start]))]
    while stack:
        node, targets = stack[-1]
        target = next(targets, _NONE)
        if target == _NONE:
            closed.add(stack.pop()[0])
        elif target not in opened:
            opened.add(target)
            stack.append((target, iter(after[target])))
        elif target not in closed:
            back.add((node, target))
    return back


def _ranks(nodes: Iterable[int], arrows: Iterable[Arrow]) -> dict[int, int]:
    """By node, the arrows of a longest way to it in a graph without cycles."""
    ranks = dict.fromkeys(nodes, 0)
    listed = list(arrows)
    for _ in ranks:
        for source, target in listed:
            ranks[target] = max(ranks[target], ranks[source] + 1)
    return ranks


def _chain(low: Item, high: Item, label: Size) -> tuple[list[Item], Item]:
    """The items of an arrow from its lower to its higher node, and the one of its label."""
    middle = (low.column + high.column) // 2 | 1
    chain = [low, *(Item(column, label if column == middle else _THIN) for column in range(low.column + 1, high.column)), high]
    for one, other in pairwise(chain):
        one.after.append(other)
        other.before.append(one)
    return chain, chain[middle - low.column]


def _columns(items: Iterable[Item]) -> list[list[Item]]:
    found: dict[int, list[Item]] = {}
    for item in items:
        found.setdefault(item.column, []).append(item)
    return [found[column] for column in sorted(found)]


def _order(columns: list[list[Item]]) -> None:
    """Sort every column by the mean place of the neighbours on one side, to and fro."""
    for column in columns:
        _number(column)
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            column.sort(key=lambda item: _mean(item.before if sweep % 2 == 0 else item.after, item.y))
            _number(column)


def _number(column: list[Item]) -> None:
    for place, item in enumerate(column):
        item.y = place - len(column) / 2


def _mean(items: list[Item], otherwise: float) -> float:
    return sum(item.y for item in items) / len(items) if items else otherwise


def _placed(columns: list[list[Item]]) -> float:
    """Coordinates of all items, from 0 on; gives back the width of the whole."""
    right = 0.0
    for column in columns:
        width = max(item.size[0] for item in column)
        for item in column:
            item.x, item.span = right + width / 2, width
        right += width
        _settle(column, [0.0] * len(column))
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            _settle(column, [_mean([*item.before, *item.after], item.y) for item in column])
    top = min(item.y - item.size[1] / 2 for column in columns for item in column)
    for column in columns:
        for item in column:
            item.y -= top
    return right


def _settle(column: list[Item], wanted: list[float]) -> None:
    """Move the items as near to the wanted heights as order and room allow: isotonic regression, by pooling neighbours that collide."""
    offsets = [0.0]
    for one, other in pairwise(column):
        offsets.append(offsets[-1] + (one.size[1] + other.size[1]) / 2)
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        mean, count = want - offset, 1
        while pools and pools[-1][0] > mean:
            other_mean, other_count = pools.pop()
            mean, count = (mean * count + other_mean * other_count) / (count + other_count), count + other_count
        pools.append((mean, count))
    places = [mean for mean, count in pools for _ in range(count)]
    for item, place, offset in zip(column, places, offsets, strict=True):
        item.y = place + offset
