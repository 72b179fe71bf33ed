"""How JSON is laid out: white space, the order of properties, escapes.

| white space | an object | an array | empty ones |
|---|---|---|---|
| `compact` | `{"a":1,"b":2}` | `[1,2]` | `{}` `[]` |
| `spaced` | `{"a": 1, "b": 2}` | `[1, 2]` | `{}` `[]` |
| `Indent(2)` | as `json.dumps(indent=2)` | | `{}` `[]` |
| `flexible` | any white space of JSON, up to a bound, in every place inside the value | | |
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, TypeAlias

from fsmgen.automata import Call, Expression, repeat, sequence, text
from fsmgen.automata.expression import Words
from fsmgen.errors import InvalidOption
from fsmgen.frontends.json_schema.spelling import Escapes

Order: TypeAlias = Literal["schema", "free"]
"""`schema`: declared properties in the order in which the schema has them, then the others; `free`: any order."""


@dataclass(frozen=True, slots=True)
class Indent:
    """White space as of `json.dumps(indent=width)`: each property and item on a line of its own, `width` spaces deeper than its parent.

    For `json_schema(..., whitespace=Indent(2))`. Empty arrays and objects stay on one line; a width of 0 to 100.
    """

    width: int = 2


WhiteSpace: TypeAlias = Literal["compact", "spaced", "flexible"] | Indent


@dataclass(frozen=True, slots=True)
class Layout:
    """How JSON is laid out.

    Attributes:
        space: the longest run of white space where it is flexible.
    """

    order: Order = "schema"
    whitespace: WhiteSpace = "spaced"
    space: int = 20
    escapes: Escapes = "all"
    ensure_ascii: bool = False

    def __post_init__(self) -> None:
        for option, given, allowed in (
            ("order", self.order, ("schema", "free")),
            ("escapes", self.escapes, ("all", "minimal")),
            ("ensure_ascii", self.ensure_ascii, (True, False)),
        ):
            if given not in allowed:
                raise InvalidOption(option, given, allowed=f"one of {', '.join(map(str, allowed))}")
        if not isinstance(self.whitespace, Indent) and self.whitespace not in ("compact", "spaced", "flexible"):
            raise InvalidOption("whitespace", self.whitespace, allowed="compact, spaced, flexible or an Indent")
        if isinstance(self.whitespace, Indent) and not (type(self.whitespace.width) is int and 0 <= self.whitespace.width <= 100):
            raise InvalidOption("whitespace", self.whitespace, allowed="an Indent of 0 to 100 spaces")
        if type(self.space) is not int or not 0 <= self.space <= 10_000:
            raise InvalidOption("whitespace_limit", self.space, allowed="a number from 0 to 10,000")

    @property
    def indented(self) -> bool:
        """Whether the white space depends on the depth."""
        return isinstance(self.whitespace, Indent)

    def marks(self, depth: int) -> Marks:
        """The marks of arrays and objects at a depth."""
        return _marks(self.whitespace, self.space, depth if self.indented else 0)


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands around the parts of an array or an object.

    Attributes:
        first: after the opening bracket, before a part.
        empty: after the opening bracket, before the closing one.
        after: after a part, before a comma.
        comma: a comma and what follows it.
        last: after a part (and `after`), before the closing bracket.
        colon: between a name and its value.
        closing, closing_empty: `last` and `empty` with the closing bracket of an object.
    """

    first: Expression
    empty: Expression
    after: Expression
    comma: Expression
    last: Expression
    colon: Expression
    closing: Expression = field(init=False, repr=False, compare=False)
    closing_empty: Expression = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "closing", sequence([self.last, text("}")]))
        object.__setattr__(self, "closing_empty", sequence([self.empty, text("}")]))


_EMPTY = text("")
SPACE = "space"
"""The rule of flexible white space."""


def flexible_space(limit: int) -> Expression:
    """White space of at most so many characters."""
    return repeat(Words((b"\t", b"\n", b"\r", b" ")), 0, limit)


LINE = "line"
"""Where only lengths matter: the rule of a line's end and the spaces after it."""
LINE_LENGTH = 1 << 24
"""Its length, where lines are counted; no shortest word is as long otherwise."""
MEASURED = -1
"""The depth of rules that are there to be measured: their lines are calls of `LINE`."""


@lru_cache(maxsize=1024)
def _marks(whitespace: WhiteSpace, limit: int, depth: int) -> Marks:
    if isinstance(whitespace, Indent) and depth == MEASURED:
        return Marks(Call(LINE), _EMPTY, _EMPTY, sequence([text(","), Call(LINE)]), Call(LINE), text(": "))
    if isinstance(whitespace, Indent):
        inner, outer = (text("\n" + " " * (whitespace.width * d)) for d in (depth + 1, depth))
        return Marks(inner, _EMPTY, _EMPTY, text(b"," + inner.words[0]), outer, text(": "))
    if whitespace == "flexible" and limit:
        space = Call(SPACE)
        return Marks(space, space, space, sequence([text(","), space]), _EMPTY, sequence([space, text(":"), space]))
    gap = " " if whitespace == "spaced" else ""
    return Marks(_EMPTY, _EMPTY, _EMPTY, text("," + gap), _EMPTY, text(":" + gap))
