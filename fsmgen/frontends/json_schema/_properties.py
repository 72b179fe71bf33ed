r"""Unicode properties of patterns (`\p{Letter}`), as far as Python's character database tells them."""

from __future__ import annotations

import unicodedata
from functools import cache

from fsmgen.automata.expression import Ranges, complement, union
from fsmgen.frontends._characters import TOP, stored

_CATEGORIES = {
    "Lu": "Uppercase_Letter", "Ll": "Lowercase_Letter", "Lt": "Titlecase_Letter", "LC": "Cased_Letter", "Lm": "Modifier_Letter",
    "Lo": "Other_Letter", "L": "Letter", "Mn": "Nonspacing_Mark", "Mc": "Spacing_Mark", "Me": "Enclosing_Mark", "M": "Mark Combining_Mark",
    "Nd": "Decimal_Number digit", "Nl": "Letter_Number", "No": "Other_Number", "N": "Number", "Pc": "Connector_Punctuation",
    "Pd": "Dash_Punctuation", "Ps": "Open_Punctuation", "Pe": "Close_Punctuation", "Pi": "Initial_Punctuation", "Pf": "Final_Punctuation",
    "Po": "Other_Punctuation", "P": "Punctuation punct", "Sm": "Math_Symbol", "Sc": "Currency_Symbol", "Sk": "Modifier_Symbol",
    "So": "Other_Symbol", "S": "Symbol", "Zs": "Space_Separator", "Zl": "Line_Separator", "Zp": "Paragraph_Separator", "Z": "Separator",
    "Cc": "Control cntrl", "Cf": "Format", "Cs": "Surrogate", "Co": "Private_Use", "Cn": "Unassigned", "C": "Other",
}  # fmt: skip
"""Short names, and the others that they have (Unicode's PropertyValueAliases)."""
_SHORT = {name: short for short, names in _CATEGORIES.items() for name in (short, *names.split())}
_WHITE_SPACE: Ranges = (
    (9, 13), (0x20, 0x20), (0x85, 0x85), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A),
    (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000),
)  # fmt: skip
_CASES = {"Uppercase": str.isupper, "Upper": str.isupper, "Lowercase": str.islower, "Lower": str.islower}


@cache
def property_ranges(name: str) -> Ranges | None:
    """The code points with a property, as `Letter`, `Lu`, `General_Category=Lu` or `ASCII`; None if it is not known."""
    key, equals, value = name.partition("=")
    if equals:
        return category_ranges(_SHORT[value]) if key in ("General_Category", "gc") and value in _SHORT else None
    if name in _SHORT:
        return category_ranges(_SHORT[name])
    if name in _CASES:
        return stored(f"property-{name[:5]}", lambda: _where(_CASES[name]))
    known: dict[str, Ranges] = {"Any": ((0, TOP),), "ASCII": ((0, 0x7F),), "White_Space": _WHITE_SPACE, "space": _WHITE_SPACE}
    return complement(category_ranges("Cn"), top=TOP) if name == "Assigned" else known.get(name)


@cache
def category_ranges(short: str) -> Ranges:
    """The code points of a general category, or of a group of them (`L`, `LC`)."""
    groups = {"LC": ("Lu", "Ll", "Lt")}
    members = groups.get(short, tuple(name for name in _CATEGORIES if name.startswith(short) and len(name) == 2 and name != "LC"))
    return stored(f"category-{short}", lambda: union(interval for name in members for interval in _categories()[name]))


@cache
def _categories() -> dict[str, list[tuple[int, int]]]:
    """All categories; 0.2 s, which `stored` saves."""
    found: dict[str, list[tuple[int, int]]] = {name: [] for name in _CATEGORIES}
    begin, before = 0, unicodedata.category(chr(0))
    for code in range(1, TOP + 2):
        name = unicodedata.category(chr(code)) if code <= TOP else ""
        if name != before:
            found[before].append((begin, code - 1))
            begin, before = code, name
    return found


def _where(holds: object) -> Ranges:
    assert callable(holds)
    return union((code, code) for code in range(TOP + 1) if holds(chr(code)))
