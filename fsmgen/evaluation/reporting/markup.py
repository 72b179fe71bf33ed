"""Elements of HTML and SVG. The tree is ElementTree's, whose serialiser escapes every text and attribute; nothing is written by hand.

>>> page_text(element("p", {"class": "note"}, "<script>", element("b", {}, "x")))
'<p class="note">&lt;script&gt;<b>x</b></p>'
>>> printable(chr(0) + "a" + chr(0xD800) + chr(10))
'␀a�↵'
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias
from xml.etree import ElementTree

Element: TypeAlias = ElementTree.Element
Content: TypeAlias = Element | str

_CONTROLS = {code: 0x2400 + code for code in range(32)} | {9: 0x21E5, 10: 0x21B5, 127: 0x2421} | dict.fromkeys(range(128, 160), 0xFFFD)
_NO_CHARACTER = re.compile("[\ud800-\udfff\ufffe\uffff]")
_SPACES = str.maketrans({"\n": " ", "\t": " ", "\r": " "})


def element(tag: str, attributes: Mapping[str, str | float], *content: Content) -> Element:
    """An element; numbers are rounded to a hundredth, and texts are made `clean`."""
    made = ElementTree.Element(tag, {name: _attribute(value) for name, value in attributes.items()})
    last: Element | None = None
    for part in content:
        if isinstance(part, str):
            if last is None:
                made.text = (made.text or "") + clean(part)
            else:
                last.tail = (last.tail or "") + clean(part)
        else:
            made.append(part)
            last = part
    return made


def printable(text: str) -> str:
    """A model's text with every control character as a visible sign; no character is left that a page may not have."""
    return text if text.isprintable() else _NO_CHARACTER.sub("\ufffd", text.translate(_CONTROLS))


def clean(text: str) -> str:
    """The text on one line, without characters that a page may not have."""
    return text if text.isprintable() else printable(text.translate(_SPACES))


def page_text(tree: Element) -> str:
    """The element as HTML."""
    return ElementTree.tostring(tree, encoding="unicode", method="html")


def _attribute(value: str | float) -> str:
    return clean(value) if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
