"""Regular expressions in the syntax and meaning of Python's `re` under `fullmatch`.

Python's own parser reads the pattern; this file gives each node of its tree a language. It takes all of it but two: back-references and
conditionals are refused by name and place. Anchors, boundaries, lookaround, atomic groups and possessive repeats become assertions, which
`fsmgen.automata.assertions` resolves; patterns without them take a direct way.

A pattern is about text: the language is its UTF-8 encodings, so `.` is one character and never half of one.

    >>> parse(r"^(?!0)[0-9](?=b)[a-z]$")
    Sequence(parts=(Characters(ranges=((49, 57),)), Characters(ranges=((98, 98),))))
"""

from __future__ import annotations

import re
from functools import lru_cache
from re import _constants as op  # type: ignore[attr-defined]  # typeshed knows only the public face
from re import _parser  # type: ignore[attr-defined]
from typing import Any, NoReturn

from fsmgen.automata import NOTHING, Expression, choice, repeat, sequence, text
from fsmgen.automata.assertions import without_assertions
from fsmgen.automata.expression import Ranges, atomic, characters, lazy, look, union
from fsmgen.errors import EmptyLanguage, InputError, InvalidOption, InvalidPattern, LimitReached, UnsupportedFeature
from fsmgen.frontends._characters import case_variants, category, ignoring_case, negated
from fsmgen.frontends._positions import first_assertion, position_of
from fsmgen.grammar import Language, LeadingSpace

_IGNORECASE, _MULTILINE, _DOTALL = int(re.IGNORECASE), int(re.MULTILINE), int(re.DOTALL)
_ASCII, _UNICODE = int(re.ASCII), int(re.UNICODE)
"""As plain ints: `&` with members of the enumeration took most of the time of reading a long pattern."""
_CATEGORIES = {
    op.CATEGORY_DIGIT: r"\d", op.CATEGORY_NOT_DIGIT: r"\D", op.CATEGORY_SPACE: r"\s",
    op.CATEGORY_NOT_SPACE: r"\S", op.CATEGORY_WORD: r"\w", op.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip
_NESTING_LIMIT = 400
_REPEAT_LIMIT = 100_000


def regex(pattern: str, *, flags: int = 0, leading_space: LeadingSpace = "no") -> Language:
    """The texts that `re.fullmatch(pattern, text, flags)` matches.

    Raises:
        InvalidPattern: `re` cannot read the pattern; the place is `re`'s.
        UnsupportedFeature: a back-reference or a conditional.
        EmptyLanguage: it matches nothing.
        LimitReached: it is nested or repeated too far, or its assertions need too large an automaton.
        InvalidOption: `flags` are none of a pattern of text, or `leading_space` is unknown.
    """
    if not isinstance(pattern, str):
        raise InputError(f"a pattern is a text, and {pattern!r} is {type(pattern).__name__}")
    source = f"regex {pattern!r}"
    expression = parse(pattern, flags)
    if expression == NOTHING:
        raise EmptyLanguage(source)
    return Language.of(expression, source, leading_space=leading_space)


def parse(pattern: str, flags: int = 0) -> Expression:
    """The expression of a pattern; errors as `regex`, and NOTHING where nothing matches."""
    reader = _Reader(pattern)
    expression = _read(reader, flags)
    if not reader.asserts:
        return expression
    try:
        return without_assertions(expression)
    except LimitReached as error:
        name, position = first_assertion(pattern)
        raise LimitReached(f"{error.what} ({name} at position {position})", limit=error.limit, reached=error.reached) from None
    except RecursionError:
        raise _too_deep(pattern) from None


def ordered(pattern: str, flags: int = 0) -> Expression:
    """The expression of a pattern with its assertions and its order of preference, for `leftmost_first`; errors as `parse`."""
    return _read(_Reader(pattern), flags, ordered=True)


def _read(reader: _Reader, flags: int, *, ordered: bool = False) -> Expression:
    """The pattern's tree as an expression; without `ordered`, anchors at the ends of the text are left out."""
    pattern = reader.pattern
    try:
        tree = _parser.parse(pattern, flags & ~re.DEBUG)
        nodes = tree.data if ordered else _without_outer_anchors(tree.data)
        return reader.sequence(nodes, int(tree.state.flags), ordered=ordered)
    except re.error as error:
        raise InvalidPattern(f"invalid pattern: {error.msg}", source=pattern, position=error.pos or 0) from None
    except OverflowError as error:
        raise InvalidPattern(f"invalid pattern: {error}", source=pattern, position=0) from None
    except RecursionError:
        raise _too_deep(pattern) from None
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InvalidOption("flags", flags, allowed=f"flags of a pattern of text: {error}") from None


def _too_deep(pattern: str) -> LimitReached:
    return LimitReached("the nesting of a pattern", limit=_NESTING_LIMIT, reached=_nesting(pattern))


def _nesting(pattern: str) -> int:
    depth = deepest = 0
    for character in pattern:
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    return deepest


def _without_outer_anchors(nodes: list[Any]) -> list[Any]:
    """The nodes without anchors that hold because the whole text is matched."""
    first, last = 0, len(nodes)
    while first < last and nodes[first] in _BEGIN:
        first += 1
    while last > first and nodes[last - 1] in _END:
        last -= 1
    return nodes[first:last]


_BEGIN = [(op.AT, op.AT_BEGINNING), (op.AT, op.AT_BEGINNING_STRING)]
_END = [(op.AT, op.AT_END), (op.AT, op.AT_END_STRING)]


class _Reader:
    """One pattern's tree to an expression, node by node.

    Attributes:
        pattern: what is read.
        asserts: whether something was met that depends on what stands around it.
    """

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.asserts = False

    def sequence(self, nodes: list[Any], flags: int, *, ordered: bool = False) -> Expression:
        """The nodes one after the other; `ordered` within atomic groups, where it matters which way is preferred."""
        parts: list[Expression] = []
        literal: list[int] = []
        for kind, value in nodes:
            if kind is op.LITERAL and not flags & _IGNORECASE:
                literal.append(value)
                continue
            if literal:
                parts.append(_literal(literal))
                literal = []
            parts.append(self._node(kind, value, flags, ordered))
        if literal:
            parts.append(_literal(literal))
        return parts[0] if len(parts) == 1 else sequence(parts)

    def _node(self, kind: Any, value: Any, flags: int, ordered: bool) -> Expression:
        if kind in _SINGLE:
            return _characters(kind, tuple(value) if kind is op.IN else value, flags & _CHARACTER_FLAGS)
        if kind is op.SUBPATTERN:
            _, added, removed, inner = value
            return self.sequence(inner.data, _combined(flags, added, removed), ordered=ordered)
        if kind is op.BRANCH:
            return choice([self.sequence(branch.data, flags, ordered=ordered) for branch in value[1]])
        if kind is op.MAX_REPEAT or kind is op.MIN_REPEAT or kind is op.POSSESSIVE_REPEAT:
            return self._repeat(kind, value, flags, ordered)
        if kind is op.GROUPREF or kind is op.GROUPREF_EXISTS:
            self._refuse(kind)
        return NOTHING if kind is op.FAILURE else self._assertion(kind, value, flags)

    def _repeat(self, kind: Any, value: Any, flags: int, ordered: bool) -> Expression:
        low, high, inner = int(value[0]), None if value[1] == op.MAXREPEAT else int(value[1]), value[2].data
        if max(low, high or 0) > _REPEAT_LIMIT:
            raise LimitReached("a repeat in a pattern", limit=_REPEAT_LIMIT, reached=max(low, high or 0))
        if kind is op.POSSESSIVE_REPEAT:
            self.asserts = True
            once = atomic(self.sequence(inner, flags, ordered=True))
            return atomic(repeat(once, low, high))
        part = self.sequence(inner, flags, ordered=ordered)
        return lazy(part, low, high) if ordered and kind is op.MIN_REPEAT else repeat(part, low, high)

    def _assertion(self, kind: Any, value: Any, flags: int) -> Expression:
        self.asserts = True
        if kind is op.AT:
            return _place(value, flags & (_ASCII | _MULTILINE))
        if kind is op.ATOMIC_GROUP:
            return atomic(self.sequence(value.data, flags, ordered=True))
        direction, inner = value
        if direction < 0 and len(set(inner.getwidth())) > 1:
            raise re.error("look-behind requires fixed-width pattern", self.pattern, position_of(self.pattern, "lookbehind"))
        return look(self.sequence(inner.data, flags), behind=direction < 0, positive=kind is op.ASSERT)

    def _refuse(self, kind: Any) -> NoReturn:
        construct, feature, instead = _REFUSED[kind]
        raise UnsupportedFeature(feature, source=self.pattern, position=position_of(self.pattern, construct), instead=instead)


_REFUSED = {
    op.GROUPREF: ("backref", "a back-reference", "write the alternatives out"),
    op.GROUPREF_EXISTS: ("conditional", "a conditional", "write both cases as alternatives"),
}


def _combined(flags: int, added: int, removed: int) -> int:
    """The flags inside of a group; ASCII and UNICODE exclude each other."""
    types = _ASCII | _UNICODE
    return ((flags & ~types if added & types else flags) | added) & ~removed


def _literal(codes: list[int]) -> Expression:
    return NOTHING if any(0xD800 <= code < 0xE000 for code in codes) else text("".join(map(chr, codes)))


# Places


@lru_cache(maxsize=64)
def _place(kind: Any, flags: int) -> Expression:
    """The assertion of an anchor or a boundary; equal ones are one object."""
    anything, newline = characters(negated(())), characters([(10, 10)])
    if kind is op.AT_BEGINNING:
        return look(_inside_line(), behind=True, positive=False) if flags & _MULTILINE else _place(op.AT_BEGINNING_STRING, 0)
    if kind is op.AT_BEGINNING_STRING:
        return look(anything, behind=True, positive=False)
    if kind is op.AT_END and flags & _MULTILINE:
        return look(_inside_line(), positive=False)
    if kind is op.AT_END:
        return look(choice([_inside_line(), sequence([newline, anything])]), positive=False)
    if kind is op.AT_END_STRING:
        return look(anything, positive=False)
    return _boundary(flags, edge=kind is op.AT_BOUNDARY)


def _inside_line() -> Expression:
    return characters(negated(((10, 10),)))


def _boundary(flags: int, *, edge: bool) -> Expression:
    word, other = characters(category(r"\w", flags & _ASCII)), characters(category(r"\W", flags & _ASCII))
    after_word, after_none = look(word, behind=True), look(word, behind=True, positive=False)
    before_word, before_none = look(word), look(word, positive=False)
    if edge:
        return choice([sequence([after_word, before_none]), sequence([after_none, before_word])])
    if _EMPTY_IS_INSIDE:
        return choice([sequence([after_word, before_word]), sequence([after_none, before_none])])
    at_start = look(characters(negated(())), behind=True, positive=False)
    outside = choice([sequence([look(other, behind=True), before_none]), sequence([at_start, look(other)])])
    return choice([sequence([after_word, before_word]), outside])


_EMPTY_IS_INSIDE = re.fullmatch(r"\B", "") is not None
"""Whether the empty text has a place that is no boundary: not before Python 3.14."""


# Characters

_SINGLE = (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN)
_CHARACTER_FLAGS = _IGNORECASE | _ASCII | _DOTALL


@lru_cache(maxsize=4096)
def _characters(kind: Any, value: Any, flags: int) -> Expression:
    return characters(_code_points(kind, value, flags))


def _code_points(kind: Any, value: Any, flags: int) -> Ranges:
    """Code points of a node that matches one character."""
    if kind is op.ANY:
        return negated(() if flags & _DOTALL else ((10, 10),))
    if kind is op.IN:
        return _class(value, flags)
    ranges = case_variants(value, flags) if flags & _IGNORECASE else ((value, value),)
    return ranges if kind is op.LITERAL else negated(ranges)


def _class(items: tuple[tuple[Any, Any], ...], flags: int) -> Ranges:
    plain: list[tuple[int, int]] = []
    categories: list[tuple[int, int]] = []
    for kind, value in items:
        if kind is op.LITERAL:
            plain.append((value, value))
        elif kind is op.RANGE:
            plain.append(value)
        elif kind is op.CATEGORY:
            categories += category(_CATEGORIES[value], flags)
    folded = ignoring_case(plain, flags) if plain and flags & _IGNORECASE else union(plain)
    ranges = union([*folded, *categories])
    return negated(ranges) if items[0][0] is op.NEGATE else ranges
