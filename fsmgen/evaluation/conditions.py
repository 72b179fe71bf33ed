"""Conditions on figures, as `--fail-if` takes them: comparisons joined by `and`, `or` and `not`.

    >>> from fsmgen.evaluation.statistics import Unsaid
    >>> condition = Condition("delta < -0.02 and not (p > 5%)")
    >>> condition.holds({"delta": -0.03, "p": 0.01}), condition.holds({"delta": 0.0, "p": Unsaid("one item")})
    (True, False)
    >>> condition.holds({"delta": -0.03, "p": Unsaid("there is one item")})
    Unsaid(reason='p has no value: there is one item')

Nothing is evaluated but this: names of figures, numbers, `< <= > >= == !=`, parentheses.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import TypeAlias

from fsmgen.errors import InvalidCondition
from fsmgen.evaluation.statistics import Unsaid

Figures: TypeAlias = Mapping[str, float | Unsaid]
Verdict: TypeAlias = bool | Unsaid
_Node: TypeAlias = Callable[[Figures], Verdict]
_Number: TypeAlias = Callable[[Figures], float | Unsaid]

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d*)?(?:[eE][-+]?\d+)?|\.\d+)(?P<percent>\s*%)?|(?P<name>[A-Za-z_]\w*)|(?P<sign><=|>=|==|!=|[<>()-]))"
)
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_DEPTH = 50


class Condition:
    """A condition that was read; what has no value makes it undecided only where it matters.

    Raises:
        InvalidCondition: it is no condition, with the place.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        reader = _Reader(source)
        self._node, self.names = reader.whole(), tuple(reader.names)
        if not self.names:
            raise InvalidCondition("it names no figure, so it says nothing of the data", source=source, position=0)

    def holds(self, figures: Figures) -> Verdict:
        """Whether it holds, or why that cannot be said.

        Raises:
            InvalidCondition: it names a figure that there is none of; the nearest names are suggested.
        """
        for name, position in self.names:
            if name not in figures:
                near = get_close_matches(name, figures, n=3) or sorted(figures)
                raise InvalidCondition(
                    f"there is no figure {name!r}; did you mean {', '.join(near)}?", source=self.source, position=position
                )
        return self._node(figures)


class _Reader:
    """Recursive descent, one function for each level."""

    def __init__(self, source: str) -> None:
        self._source, self._tokens, self._at, self._depth = source, _tokens(source), 0, 0
        self.names: list[tuple[str, int]] = []

    def whole(self) -> _Node:
        node = self._either()
        if self._at < len(self._tokens):
            raise self._unexpected("`and`, `or` or the end")
        return node

    def _either(self) -> _Node:
        nodes = [self._both()]
        while self._take("or"):
            nodes.append(self._both())
        return nodes[0] if len(nodes) == 1 else lambda figures: _joined(nodes, figures, decisive=True)

    def _both(self) -> _Node:
        nodes = [self._one()]
        while self._take("and"):
            nodes.append(self._one())
        return nodes[0] if len(nodes) == 1 else lambda figures: _joined(nodes, figures, decisive=False)

    def _one(self) -> _Node:
        self._depth += 1
        if self._depth > _DEPTH:
            raise self._unexpected(f"at most {_DEPTH} nested parts")
        node = self._negated() if self._take("not") else self._grouped() if self._take("(") else self._comparison()
        self._depth -= 1
        return node

    def _negated(self) -> _Node:
        inner = self._one()

        def negated(figures: Figures) -> Verdict:
            verdict = inner(figures)
            return verdict if isinstance(verdict, Unsaid) else not verdict

        return negated

    def _grouped(self) -> _Node:
        node = self._either()
        if not self._take(")"):
            raise self._unexpected("`)`")
        return node

    def _comparison(self) -> _Node:
        left = self._number()
        sign = next((sign for sign in _COMPARE if self._take(sign)), None)
        if sign is None:
            raise self._unexpected("one of " + " ".join(_COMPARE))
        right, compare = self._number(), _COMPARE[sign]

        def compared(figures: Figures) -> Verdict:
            one, other = left(figures), right(figures)
            unsaid = next((each for each in (one, other) if isinstance(each, Unsaid)), None)
            return unsaid if unsaid is not None else compare(float(one), float(other))  # type: ignore[arg-type]

        return compared

    def _number(self) -> _Number:
        sign = -1.0 if self._take("-") else 1.0
        kind, text, position = self._tokens[self._at] if self._at < len(self._tokens) else ("", "", 0)
        if kind not in ("number", "name") or text in ("and", "or", "not"):
            raise self._unexpected("a number or the name of a figure")
        self._at += 1
        if kind == "number":
            value = sign * float(text)
            if math.isinf(value):
                raise InvalidCondition(f"{text} is too large a number", source=self._source, position=position)
            return lambda figures: value
        self.names.append((text, position))

        def named(figures: Figures) -> float | Unsaid:
            found = figures[text]
            return Unsaid(f"{text} has no value: {found.reason}") if isinstance(found, Unsaid) else sign * found

        return named

    def _take(self, text: str) -> bool:
        taken = self._at < len(self._tokens) and self._tokens[self._at][1] == text
        self._at += taken
        return taken

    def _unexpected(self, instead: str) -> InvalidCondition:
        there = self._at < len(self._tokens)
        position = self._tokens[self._at][2] if there else len(self._source)
        found = repr(self._tokens[self._at][1]) if there else "the end"
        return InvalidCondition(f"{found} where {instead} should be", source=self._source, position=position)


def _tokens(source: str) -> list[tuple[str, str, int]]:
    """(kind, text, position); a percentage is a number already."""
    found, at = [], 0
    while source[at:].strip():
        token = _TOKEN.match(source, at)
        if token is None:
            place = at + len(source[at:]) - len(source[at:].lstrip())
            raise InvalidCondition(f"{source[place]!r} is no part of a condition", source=source, position=place)
        kind = "number" if token["number"] else "name" if token["name"] else "sign"
        text = repr(float(token["number"]) / 100) if token["percent"] else token[kind]
        found.append((kind, text, token.start(kind)))
        at = token.end()
    return found


def _joined(nodes: list[_Node], figures: Figures, *, decisive: bool) -> Verdict:
    """`or` (decided by one that holds) or `and` (by one that does not): a part without a value matters only if no other part decides."""
    verdicts = [node(figures) for node in nodes]
    if any(verdict is decisive for verdict in verdicts):
        return decisive
    return next((verdict for verdict in verdicts if isinstance(verdict, Unsaid)), not decisive)
