"""A token-level machine as SVG: states in layers from left to right, accepting ones with a double ring, labels that group tokens."""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Mapping, Sequence
from html import escape

from fsmgen.constraint.token_fsm.layout import Arrow, Item, Layout, layered
from fsmgen.constraint.token_fsm.spelling import described

DRAWN_ARROWS = 150
"""Arrows that are drawn by default; more make no picture."""

_RADIUS = 15.0
_MARGIN = 24.0
_ENTRY = 34.0
_CHARACTER = 6.7
_LINE = 19.0
_LOOP = 36.0
_BEND = 26.0
_LONGEST_LABEL = 46

_HEAD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" \
width="{width:.0f}" height="{height:.0f}" role="img">
<title>{title}</title>
<defs>
<marker id="on" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto">\
<path d="M0 .5 8 4 0 7.5Z" fill="#445"/></marker>
<marker id="back" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto">\
<path d="M0 .5 8 4 0 7.5Z" fill="#26a"/></marker>
</defs>
<style>
text {{ font: 11px "DejaVu Sans Mono", Menlo, Consolas, monospace; text-anchor: middle; fill: #223 }}
.on {{ fill: none; stroke: #445; stroke-width: 1.1; marker-end: url(#on) }}
.back {{ fill: none; stroke: #26a; stroke-width: 1.1; marker-end: url(#back) }}
.state {{ fill: #f4f6fb; stroke: #223; stroke-width: 1.4 }}
.ring {{ fill: none; stroke: #223; stroke-width: 1.1 }}
.number {{ font-weight: bold; font-size: 12px }}
</style>
<rect width="100%" height="100%" fill="white"/>"""


def drawn(spellings: Mapping[Arrow, Sequence[bytes | str]], accepting: Container[int], start: int) -> str:
    """The picture of a machine; arrows that go back to the left are blue.

    Args:
        spellings: for each arrow the tokens that lead along it: their bytes, or names.
        accepting: the accepting states.
        start: the start state, from which all others are reached.
    """
    labels = {arrow: _shortened(described(tokens)) for arrow, tokens in spellings.items()}
    states = sorted({start, *(state for arrow in spellings for state in arrow)})
    loops = {state: labels[state, state] for state in states if (state, state) in labels}
    between = {arrow: label for arrow, label in labels.items() if arrow[0] != arrow[1]}
    sizes = {arrow: (_width(label) + 2 * _BEND, _LINE) for arrow, label in between.items()}
    layout = layered({state: _node_size(loops.get(state)) for state in states}, sizes, start)
    width, height = _moved_in(layout)
    shapes = [_arrow(layout.chains[arrow]) for arrow in between]
    shapes += [_label(layout.labels[arrow].x, layout.labels[arrow].y, label) for arrow, label in between.items()]
    shapes += [_loop(layout.nodes[state], label) for state, label in loops.items()]
    shapes += [_state(layout.nodes[state], state, state in accepting) for state in states]
    entry = layout.nodes[start]
    shapes.append(_path(f"M{_MARGIN:.1f} {entry.y:.1f}H{entry.x - _RADIUS:.1f}"))
    title = f"Token-level finite-state machine: {len(states)} states, {sum(map(len, spellings.values()))} edges"
    return "\n".join([_HEAD.format(width=width, height=height, title=title), *shapes, "</svg>\n"])


def _moved_in(layout: Layout) -> tuple[float, float]:
    """Width and height of the picture, after a move of all items to make room for the margins and the arrow to the start."""
    between = [item for chain in layout.chains.values() for item in chain[1:-1]]
    for item in (*layout.nodes.values(), *between):
        item.x, item.y = item.x + _MARGIN + _ENTRY, item.y + _MARGIN
    bottom = max(item.y for item in (*layout.nodes.values(), *between))
    return layout.width + 2 * _MARGIN + _ENTRY, bottom + _RADIUS + _MARGIN


def _node_size(loop: str | None) -> tuple[float, float]:
    """Room of a state; one with a loop has it above, and the same below, so that its middle is the state's."""
    side = 2 * _RADIUS + 6
    return (side, side) if loop is None else (max(side, _width(loop) + 8), side + 2 * (_LOOP + _LINE - 8))


def _width(label: str) -> float:
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in label)
    return _CHARACTER * (len(label) + wide)


def _shortened(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 14]}...{label[-11:]}"


def _state(item: Item, state: int, accepting: bool) -> str:
    ring = f'<circle class="ring" cx="{item.x:.1f}" cy="{item.y:.1f}" r="{_RADIUS - 3.5:.1f}"/>' if accepting else ""
    number = f'<text class="number" x="{item.x:.1f}" y="{item.y + 4:.1f}">{state}</text>'
    return f'<circle class="state" cx="{item.x:.1f}" cy="{item.y:.1f}" r="{_RADIUS}"/>{ring}{number}'


def _label(x: float, y: float, label: str) -> str:
    shown = "".join(character if character.isprintable() else "?" for character in label)
    return f'<text x="{x:.1f}" y="{y - 4:.1f}">{escape(shown)}</text>'


def _path(data: str, *, back: bool = False) -> str:
    return f'<path class="{"back" if back else "on"}" d="{data}"/>'


def _arrow(chain: list[Item]) -> str:
    """A smooth line through the items, level where labels are, from the rim of one state to that of the other."""
    way = 1 if chain[-1].x > chain[0].x else -1
    data = [f"M{chain[0].x + way * _RADIUS:.1f} {chain[0].y:.1f}"]
    at = chain[0].x + way * _RADIUS, chain[0].y
    for item in chain[1:]:
        half = _RADIUS if item is chain[-1] else item.span / 2 - (_BEND if item.column % 2 else 0)
        entry = item.x - way * half
        middle = (at[0] + entry) / 2
        data.append(f"C{middle:.1f} {at[1]:.1f} {middle:.1f} {item.y:.1f} {entry:.1f} {item.y:.1f}")
        at = item.x + way * half, item.y
        data.append(f"H{at[0]:.1f}" if item is not chain[-1] else "")
    return _path("".join(data), back=way < 0)


def _loop(item: Item, label: str) -> str:
    x, y = item.x, item.y - _RADIUS
    path = _path(f"M{x - 7:.1f} {y + 2:.1f}C{x - 24:.1f} {y - _LOOP:.1f} {x + 24:.1f} {y - _LOOP:.1f} {x + 7:.1f} {y + 2:.1f}")
    return path + _label(x, y - _LOOP + 8, label)
