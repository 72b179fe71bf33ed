"""Pictures as SVG, from a few parts: text, lines, boxes, dots, scales and axes.

Colours are not here but in `picture.css`, by class, so that one picture serves a light and a dark page; what a class means has a second
sign beside its colour (a label, a dash, a number). A picture is WIDTH units wide, which is a phone's screen, and letters are 11 units high:
wide pictures that shrink would be unreadable there, so wide things are made of several pictures that wrap.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fsmgen.evaluation.reporting.markup import Content, Element, clean, element

WIDTH = 340.0
LINE = 15.0
SERIES = 10
_LETTER, _HEAD = 5.9, 11.5
_NARROW, _TALL = 40.0, 72.0
"""Columns that are narrower have their names upright, in so much room."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high` on places from `start` to `end`."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        part = (value - self.low) / (self.high - self.low)
        return self.start + min(1.0, max(0.0, part)) * (self.end - self.start)


def svg(height: float, label: str, *content: Content, width: float = WIDTH) -> Element:
    """A picture; `label` is what a screen reader says."""
    size: dict[str, str | float] = {"viewBox": f"0 0 {width:g} {height:g}", "width": width, "height": height}
    return element("svg", {**size, "role": "img", "aria-label": label, "class": "picture"}, *content)


def text(x: float, y: float, content: str, kind: str = "", anchor: str = "start") -> Element:
    """Letters whose base line begins, is centred or ends at x."""
    return element("text", {"x": x, "y": y, "text-anchor": anchor, "class": f"t {kind}".strip()}, content)


def upright(x: float, y: float, content: str, kind: str = "") -> Element:
    """Letters that are read from below, from y on."""
    place: dict[str, str | float] = {"x": x, "y": y, "transform": f"rotate(-90 {x:g} {y:g})", "class": f"t {kind}".strip()}
    return element("text", place, content)


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Element:
    """A straight line."""
    return element("line", {"x1": x1, "y1": y1, "x2": x2, "y2": y2, "class": kind})


def box(corner: tuple[float, float], size: tuple[float, float], kind: str, *, tip: str = "", **more: float) -> Element:
    """A rectangle; `tip` shows under a pointer."""
    (x, y), (width, height) = corner, size
    attributes: dict[str, str | float] = {"x": x, "y": y, "width": max(0.0, width), "height": max(0.0, height), "class": kind}
    return element("rect", {**attributes, **{name.replace("_", "-"): value for name, value in more.items()}}, *_tip(tip))


def dot(x: float, y: float, radius: float, kind: str, tip: str = "") -> Element:
    """A disc."""
    return element("circle", {"cx": x, "cy": y, "r": radius, "class": kind}, *_tip(tip))


def trail(points: Iterable[tuple[float, float]], kind: str) -> Element:
    """A line through points."""
    return element("polyline", {"points": " ".join(f"{x:.1f},{y:.1f}" for x, y in points), "class": kind})


def shape(steps: str, kind: str, tip: str = "") -> Element:
    """A path."""
    return element("path", {"d": steps, "class": kind}, *_tip(tip))


def series(place: int) -> str:
    """The class of the colour of the series at this place; there are ten."""
    return f"c{place % SERIES}"


def heads(names: Sequence[str], left: float, wide: float) -> tuple[float, list[Element]]:
    """The names of columns, upright where they are narrow; and where the rows below them begin."""
    if wide < _NARROW:
        shown = [cut(name, _TALL) for name in names]
        tall = 2 + _LETTER * max(map(len, shown))
        return tall + 8, [upright(left + wide * (place + 0.5) + 4, tall + 2, name, "small") for place, name in enumerate(shown)]
    parts = [wrapped(name, wide + 4) for name in names]
    top = 6 + _HEAD * max(map(len, parts))
    return top, [
        text(left + wide * (place + 0.5), top - 6 - _HEAD * (len(head) - 1 - number), part, "small", "middle")
        for place, head in enumerate(parts)
        for number, part in enumerate(head)
    ]


def cut(content: str, width: float) -> str:
    """The text, shortened in its middle to about this width.

    >>> cut("constrained, 1-60 characters", 100)
    'constrai…aracters'
    """
    most = max(3, int(width / _LETTER) + 1)
    shown = clean(content)
    if len(shown) <= most:
        return shown
    return shown[: most // 2] + "…" + shown[len(shown) - (most - 1) // 2 :]


def wrapped(content: str, width: float, most: int = 3) -> list[str]:
    """The text in at most so many lines of about this width, broken at spaces where it can be."""
    lines: list[str] = []
    for word in clean(content).split():
        if lines and len(lines[-1]) + 1 + len(word) <= width / _LETTER:
            lines[-1] += " " + word
        else:
            lines.append(word)
    shown = lines[: most - 1] + [" ".join(lines[most - 1 :])] * (len(lines) >= most)
    return [cut(each, width) for each in shown]


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers from low to high: multiples of 1, 2 or 5 times a power of ten.

    >>> ticks(0.03, 0.41)
    [0.1, 0.2, 0.3, 0.4]
    """
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(size * power for size in (1, 2, 5, 10) if size * power >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(step * number, 10) for number in range(first, last + 1)]


def span(values: Sequence[float], *, least: float = 0.1, within: tuple[float, float] = (0.0, 1.0)) -> tuple[float, float]:
    """Bounds around the values, at least `least` apart, with a little room, not outside of `within`."""
    low, high = min(values), max(values)
    room = max(0.06 * (high - low), (least - (high - low)) / 2)
    low, high = max(within[0], low - room), min(within[1], high + room)
    if high - low < least:
        low, high = (low, min(within[1], low + least)) if low == within[0] else (max(within[0], high - least), high)
    return low, high


def values(scale: Scale, bottom: float, *, points: bool = False) -> list[Element]:
    """Round values along the bottom, in percent or, with a sign, in points."""
    labels = {value: f"{100 * value:+.0f}" if points and value else f"{100 * value:.0f}" for value in ticks(scale.low, scale.high)}
    return [text(_inside(scale(value), label), bottom + 13, label, "num", "middle") for value, label in labels.items()]


def _inside(x: float, label: str) -> float:
    """Where a label must be centred so that none of it is outside of the picture."""
    half = 0.62 * _LETTER * len(label)
    return min(WIDTH - half, max(half, x))


def rails(scale: Scale, top: float, bottom: float) -> list[Element]:
    """Upright grid lines at the round values, of one row, so that none runs through letters."""
    return [line(scale(value), top, scale(value), bottom, "grid") for value in ticks(scale.low, scale.high)]


def upward(scale: Scale, left: float, right: float) -> list[Element]:
    """Level grid lines with their values in percent to the left."""
    drawn = []
    for value in ticks(scale.low, scale.high):
        y = scale(value)
        drawn += [line(left, y, right, y, "grid"), text(left - 5, y + 4, f"{100 * value:.0f}", "num", "end")]
    return drawn


def legend(names: Sequence[str], top: float, *, width: float = WIDTH, dashed: bool = False) -> list[Element]:
    """A row for each series: its colour and its name."""
    drawn: list[Element] = []
    for place, name in enumerate(names):
        y = top + LINE * place
        sign = (
            line(4, y - 4, 26, y - 4, f"path {series(place)} d{place % SERIES}") if dashed else dot(10, y - 4, 5, f"fill {series(place)}")
        )
        drawn += [sign, text(32 if dashed else 20, y, cut(name, width - 36))]
    return drawn


def apart(places: Sequence[float], least: float, low: float, high: float) -> list[float]:
    """The places moved as little as is simple so that neighbours are `least` apart, all from low to high if they fit."""
    order = sorted(range(len(places)), key=lambda index: places[index])
    moved = list(places)
    floor = low
    for index in order:
        moved[index] = floor = max(moved[index], floor)
        floor += least
    ceiling = high
    for index in reversed(order):
        moved[index] = ceiling = min(moved[index], ceiling)
        ceiling -= least
    return moved


def _tip(tip: str) -> tuple[Element, ...]:
    return (element("title", {}, tip),) if tip else ()
