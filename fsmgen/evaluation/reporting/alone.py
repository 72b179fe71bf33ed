"""A picture as a file of its own: with its title, on white, its colours spelled out, for programs that know no variables of CSS.

On the page, colours are variables, so that a picture follows the reader's theme; here each class has the light theme's colour.

>>> plain(":root{--a:#111} .c0{--c:var(--a)} .fill{fill:var(--c)} .t{stroke:var(--a)}")
'.fill.c0{fill:#111} .t{stroke:#111}'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from xml.etree import ElementTree

from fsmgen.errors import MissingPackage
from fsmgen.evaluation.reporting import drawing as draw
from fsmgen.evaluation.reporting.contents import Picture
from fsmgen.evaluation.reporting.markup import element

_MEDIA = re.compile(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
_RULE = re.compile(r"\s*([^{}]+)\{([^{}]*)\}")
_SET = re.compile(r"--([\w-]+):([^;]+)")
_USED = re.compile(r"var\(--([\w-]+)\)")
_MARGIN, _LINE = 8.0, 16.0
_ZOOM = 2.0


def plain(style: str) -> str:
    """The style without variables and without the dark theme: a class that sets `--c` is joined to the rules that use it."""
    rules = _RULE.findall(_MEDIA.sub("", style))
    fixed = {name: value for selector, content in rules if not selector.startswith(".") for name, value in _SET.findall(content)}
    kinds = {
        selector: _spelled(value, fixed)
        for selector, content in rules
        if selector.startswith(".")
        for name, value in _SET.findall(content)
        if name == "c"
    }
    found = []
    for selector, content in rules:
        if _SET.search(content):
            continue
        if "var(--c)" in content:
            found += [f"{selector}{kind}{{{_spelled(content, {**fixed, 'c': colour})}}}" for kind, colour in kinds.items()]
        else:
            found.append(f"{selector}{{{_spelled(content, fixed)}}}")
    return " ".join(found)


def _spelled(content: str, values: Mapping[str, str]) -> str:
    return _USED.sub(lambda used: values[used[1]], content)


def alone(picture: Picture, style: str) -> str:
    """The picture as the text of an SVG file; `style` is a plain one."""
    drawing = picture.drawing
    _, _, width, height = map(float, str(drawing.get("viewBox")).split())
    lines = draw.wrapped(picture.title, width)
    top = _MARGIN + _LINE * len(lines)
    wide, tall = width + 2 * _MARGIN, height + top + _MARGIN
    size: dict[str, str | float] = {"viewBox": f"{-_MARGIN:g} {-top:g} {wide:g} {tall:g}", "width": wide, "height": tall}
    made = element(
        "svg",
        {"xmlns": "http://www.w3.org/2000/svg", **size, "role": "img", "aria-label": picture.title, "class": "picture"},
        element("style", {}),
        element("rect", {"x": -_MARGIN, "y": -top, "width": wide, "height": tall, "fill": "#ffffff"}),
        *(draw.text(0, 8 - top + _LINE * (place + 0.5), line, "bold") for place, line in enumerate(lines)),
        *drawing,
    )
    made[0].text = style
    return ElementTree.tostring(made, encoding="unicode", short_empty_elements=True) + "\n"


def as_png(picture: str) -> bytes:
    """An SVG file as a PNG of twice its size, with the fonts of this machine.

    Raises:
        MissingPackage: resvg_py, which draws it, is not installed.
    """
    return _drawer()(svg_string=picture, zoom=_ZOOM)


def require_png() -> None:
    """Raises:
    MissingPackage: as `as_png`.
    """
    _drawer()


def _drawer() -> Callable[..., bytes]:
    try:
        from resvg_py import svg_to_bytes
    except ImportError:
        raise MissingPackage("resvg_py", purpose="a PNG of a picture") from None
    return svg_to_bytes
