r"""ECMA-262 patterns, with the flag u and the meaning of a search, as expressions over characters.

Where the flag makes an error of what is plain without it (`\-`, a lone brace, `[\w-.]`), the plain meaning is taken (ECMA-262, Annex B);
an escaped letter or digit that stands for nothing is an error, and so is Python's own syntax (`(?P<n>`, `\Z`).

    >>> pattern_expression("^a{2}$")
    Repeat(part=Words(words=(b'a',)), low=2, high=2)
    >>> pattern_expression(r"^\w+\Z")
    Traceback (most recent call last):
    fsmgen.errors.InvalidPattern: invalid pattern: \Z stands for nothing at position 4
      ^\w+\Z
          ^
"""

from __future__ import annotations

from functools import lru_cache
from typing import NoReturn

from fsmgen.automata import EMPTY, NOTHING, Choice, Expression, Sequence, choice, repeat, sequence, text
from fsmgen.automata.assertions import without_assertions
from fsmgen.automata.expression import Look, Ranges, Repeat, characters, complement, look, union
from fsmgen.errors import InvalidPattern, LimitReached, UnsupportedFeature
from fsmgen.frontends.json_schema._lengths import widths
from fsmgen.frontends.json_schema._properties import property_ranges
from fsmgen.frontends.json_schema.atoms import Pattern
from fsmgen.frontends.json_schema.conditions import holds
from fsmgen.frontends.json_schema.machines import explored

_TOP = 0x10FFFF
_LINE_ENDS: Ranges = ((10, 10), (13, 13), (0x2028, 0x2029))
_SPACES: Ranges = (
    (9, 13), (0x20, 0x20), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A),
    (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF),
)  # fmt: skip
_DIGITS: Ranges = ((0x30, 0x39),)
_WORDS: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_CLASSES = {"d": _DIGITS, "s": _SPACES, "w": _WORDS}
_CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
_ANY = characters(((0, _TOP),))
ANYTHING = repeat(_ANY, 0)
"""Any text."""
_BEGIN, _END = look(_ANY, behind=True, positive=False), look(_ANY, positive=False)
_NESTING_LIMIT = 150
_REPEAT_LIMIT = 100_000
_ASSERTING_STATES, _ASSERTING_WORK = 10_000, 200_000
"""States that the assertions of a pattern may need, and steps of work; about a second."""
_SMALL = 200
"""A pattern that may begin anywhere becomes deterministic if that takes no more states."""


@lru_cache(maxsize=4096)
def pattern_expression(pattern: str) -> Expression:
    """The texts in which the pattern finds a match; NOTHING if there is none.

    Raises:
        InvalidPattern: it is no pattern; with the place.
        UnsupportedFeature: a back-reference, a lookbehind of no fixed length, or a property that is not known here.
        LimitReached: it is nested or repeated too far, or its assertions need too large an automaton.
    """
    try:
        return _searched(_Reader(pattern).read())
    except RecursionError:
        raise LimitReached("the nesting of a pattern", limit=_NESTING_LIMIT, reached=_NESTING_LIMIT + 1) from None


def whole_expression(pattern: str) -> Expression:
    """The texts that a pattern without assertions matches from their beginning to their end. Errors as above."""
    return _Reader(pattern).read()


# Search


def _searched(expression: Expression) -> Expression:
    """The texts that have a match somewhere: anchors of each alternative are taken off its ends, the rest are assertions."""
    if isinstance(expression, Choice):
        return choice(map(_searched, expression.parts))
    parts = _flat(expression)
    first, last = 0, len(parts)
    while first < last and parts[first] == _BEGIN:
        first += 1
    while last > first and parts[last - 1] == _END:
        last -= 1
    before, after = EMPTY if first else ANYTHING, EMPTY if last < len(parts) else ANYTHING
    whole = sequence([before, *parts[first:last], after])
    if _asserts(whole):
        whole = without_assertions(whole, state_limit=_ASSERTING_STATES, work_limit=_ASSERTING_WORK)
    return whole if first or whole == NOTHING else _deterministic(whole)


def _flat(expression: Expression) -> list[Expression]:
    return [inner for part in expression.parts for inner in _flat(part)] if isinstance(expression, Sequence) else [expression]


def _asserts(expression: Expression) -> bool:
    match expression:
        case Sequence(parts) | Choice(parts):
            return any(map(_asserts, parts))
        case Repeat(part):
            return _asserts(part)
    return isinstance(expression, Look)


def _deterministic(expression: Expression) -> Expression:
    """The same texts, so that what follows a match does not keep on looking for one; unchanged where that is no small automaton."""
    try:
        return explored([Pattern(expression)], holds(0), limit=_SMALL).expression()
    except LimitReached:
        return expression


# Reading


class _Reader:
    """Recursive descent over a pattern (ECMA-262, 22.2.1).

    Attributes:
        at: where the next character is.
    """

    def __init__(self, pattern: str) -> None:
        self.pattern, self.at = pattern, 0
        self._depth = 0

    def read(self) -> Expression:
        expression = self._alternatives()
        if self.at < len(self.pattern):
            self._fail("a parenthesis is closed that none has opened", self.at)
        return expression

    def _peek(self, text: str) -> bool:
        return self.pattern.startswith(text, self.at)

    def _take(self, text: str) -> bool:
        if self._peek(text):
            self.at += len(text)
            return True
        return False

    def _fail(self, message: str, position: int) -> NoReturn:
        raise InvalidPattern(f"invalid pattern: {message}", source=self.pattern, position=position)

    def _alternatives(self) -> Expression:
        parts = [self._sequence()]
        while self._take("|"):
            parts.append(self._sequence())
        return choice(parts)

    def _sequence(self) -> Expression:
        parts: list[Expression] = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            parts.append(self._term())
        return sequence(parts)

    def _term(self) -> Expression:
        begin = self.at
        assertion = self._assertion()
        if assertion is not None:
            if self._quantifier() is not None:
                self._fail("an assertion cannot be repeated", begin)
            return assertion
        part = self._atom()
        counts = self._quantifier()
        return part if counts is None else repeat(part, *counts)

    def _assertion(self) -> Expression | None:
        for opening, behind, positive in (("(?=", False, True), ("(?!", False, False), ("(?<=", True, True), ("(?<!", True, False)):
            begin = self.at
            if self._take(opening):
                part = self._group(begin)
                if behind and len(set(widths(part))) > 1:
                    raise UnsupportedFeature("a lookbehind of no fixed length", source=self.pattern, position=begin)
                return look(part, behind=behind, positive=positive)
        if self._take("^"):
            return _BEGIN
        if self._take("$"):
            return _END
        if self._take("\\b"):
            return _boundary(inside=False)
        return _boundary(inside=True) if self._take("\\B") else None

    def _group(self, begin: int) -> Expression:
        """What is left of a group up to its closing parenthesis."""
        self._depth += 1
        if self._depth > _NESTING_LIMIT:
            raise LimitReached("the nesting of a pattern", limit=_NESTING_LIMIT, reached=self._depth)
        part = self._alternatives()
        if not self._take(")"):
            self._fail("a parenthesis is not closed", begin)
        self._depth -= 1
        return part

    def _quantifier(self) -> tuple[int, int | None] | None:
        """How often what came before is repeated; None if nothing is said."""
        begin = self.at
        simple: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if self.at < len(self.pattern) and self.pattern[self.at] in simple:
            counts = simple[self.pattern[self.at]]
            self.at += 1
        elif self._peek("{") and (found := self._braces()) is not None:
            counts = found
        else:
            return None
        low, high = counts
        if high is not None and high < low:
            self._fail("the numbers of a repeat are out of order", begin)
        if max(low, high or 0) > _REPEAT_LIMIT:
            raise LimitReached("a repeat in a pattern", limit=_REPEAT_LIMIT, reached=max(low, high or 0))
        self._take("?")
        return counts

    def _braces(self) -> tuple[int, int | None] | None:
        """`{2}`, `{2,}` or `{2,5}`; None, and nothing read, where a brace is just a brace."""
        end = self.pattern.find("}", self.at)
        low, comma, high = self.pattern[self.at + 1 : max(end, 0)].partition(",")
        if not _is_number(low) or not (high == "" or _is_number(high)) or (len(low) > 9 or len(high) > 9):
            if _is_number(low) and (high == "" or _is_number(high)):
                raise LimitReached("a repeat in a pattern", limit=_REPEAT_LIMIT, reached=10**9)
            return None
        self.at = end + 1
        return int(low), int(high) if high else None if comma else int(low)

    def _atom(self) -> Expression:
        begin, character = self.at, self.pattern[self.at]
        self.at += 1
        if character == "(":
            return self._opened(begin)
        if character == "[":
            return characters(self._class(begin))
        if character == ".":
            return characters(complement(_LINE_ENDS, top=_TOP))
        if character in "*+?" or (character == "{" and _is_repeat(self.pattern, begin)):
            self._fail("there is nothing to repeat", begin)
        if character == "\\":
            ranges = self._escape(begin)
            single = len(ranges) == 1 and ranges[0][0] == ranges[0][1]
            return _literal(ranges[0][0]) if single else characters(ranges)
        return _literal(ord(character))

    def _opened(self, begin: int) -> Expression:
        if self._take("?<"):
            end = self.pattern.find(">", self.at)
            name = self.pattern[self.at : max(end, 0)]
            if not name.replace("$", "_").isidentifier():
                self._fail("a group has no proper name", begin)
            self.at = end + 1
        elif self._peek("?") and not self._take("?:"):
            self._fail("unknown kind of group", begin)
        return self._group(begin)

    # Classes and escapes

    def _class(self, begin: int) -> Ranges:
        negative = self._take("^")
        ranges: list[tuple[int, int]] = []
        while not self._take("]"):
            low = self._member(begin)
            if not (self._peek("-") and not self._peek("-]")):
                ranges += low
                continue
            at = self.at
            self.at += 1
            high = self._member(begin)
            if _is_single(low) and _is_single(high):
                if high[0][0] < low[0][0]:
                    self._fail("a range is out of order", at)
                ranges.append((low[0][0], high[0][0]))
            else:
                ranges += [*low, (0x2D, 0x2D), *high]
        found = union(ranges)
        return complement(found, top=_TOP) if negative else found

    def _member(self, begin: int) -> Ranges:
        """The next character of a class, or set of them."""
        if self.at >= len(self.pattern):
            self._fail("a class is not closed", begin)
        at, character = self.at, self.pattern[self.at]
        self.at += 1
        if character != "\\":
            return ((ord(character), ord(character)),)
        return ((8, 8),) if self._take("b") else self._escape(at)

    def _escape(self, begin: int) -> Ranges:
        """What an escape stands for, its backslash read."""
        if self.at >= len(self.pattern):
            self._fail("nothing follows a backslash", begin)
        letter = self.pattern[self.at]
        self.at += 1
        if letter.lower() in _CLASSES:
            return complement(_CLASSES[letter.lower()], top=_TOP) if letter.isupper() else _CLASSES[letter]
        if letter in "pP":
            ranges = self._property(begin)
            return complement(ranges, top=_TOP) if letter == "P" else ranges
        code = self._code(letter, begin)
        return ((code, code),)

    def _code(self, letter: str, begin: int) -> int:
        following = self.pattern[self.at : self.at + 1]
        if letter in _CONTROLS:
            return _CONTROLS[letter]
        if letter == "0" and not (following.isascii() and following.isdigit()):
            return 0
        if letter == "c" and following.isascii() and following.isalpha():
            self.at += 1
            return ord(following) % 32
        if letter == "x":
            return self._hexadecimal(2, begin)
        if letter == "u":
            return self._unit(begin)
        if (letter.isdigit() and letter != "0") or (letter == "k" and following == "<"):
            raise UnsupportedFeature("a back-reference", source=self.pattern, position=begin, instead="write the alternatives out")
        if letter.isascii() and letter.isalnum():
            self._fail(f"\\{letter} stands for nothing", begin)
        return ord(letter)

    def _hexadecimal(self, count: int, begin: int) -> int:
        digits = self.pattern[self.at : self.at + count]
        if len(digits) < count or not _is_hexadecimal(digits):
            self._fail(f"{count} hexadecimal digits are missing", begin)
        self.at += count
        return int(digits, 16)

    def _unit(self, begin: int) -> int:
        """`u{1F600}`, or `uD83D\\uDE00`, or one unit; the `u` is read."""
        if self._take("{"):
            end = self.pattern.find("}", self.at)
            digits = self.pattern[self.at : max(end, 0)]
            if not _is_hexadecimal(digits) or len(digits.lstrip("0")) > 6 or int(digits, 16) > _TOP:
                self._fail("no code point", begin)
            self.at = end + 1
            return int(digits, 16)
        unit = self._hexadecimal(4, begin)
        low = self.pattern[self.at + 2 : self.at + 6]
        if 0xD800 <= unit < 0xDC00 and self._peek("\\u") and len(low) == 4 and _is_hexadecimal(low) and 0xDC00 <= int(low, 16) < 0xE000:
            self.at += 6
            return 0x10000 + (unit - 0xD800 << 10) + int(low, 16) - 0xDC00
        return unit

    def _property(self, begin: int) -> Ranges:
        end = self.pattern.find("}", self.at)
        if not self._take("{") or end < 0:
            self._fail("a property has no name in braces", begin)
        name = self.pattern[self.at : end]
        self.at = end + 1
        ranges = property_ranges(name)
        if ranges is None:
            known = "general categories, Any, ASCII, Assigned, Uppercase, Lowercase and White_Space are known"
            raise UnsupportedFeature(f"the property {name!r}", source=self.pattern, position=begin, instead=known)
        return ranges


def _is_number(digits: str) -> bool:
    return digits.isascii() and digits.isdigit()


def _is_hexadecimal(digits: str) -> bool:
    return bool(digits) and all(digit in "0123456789abcdefABCDEF" for digit in digits)


def _is_single(ranges: Ranges) -> bool:
    return len(ranges) == 1 and ranges[0][0] == ranges[0][1]


def _is_repeat(pattern: str, at: int) -> bool:
    """Whether a brace begins a repeat."""
    low, _, high = pattern[at + 1 : max(pattern.find("}", at), 0)].partition(",")
    return _is_number(low) and (high == "" or _is_number(high))


def _literal(code: int) -> Expression:
    return NOTHING if 0xD800 <= code < 0xE000 else text(chr(code))


def _boundary(*, inside: bool) -> Expression:
    word = characters(_WORDS)
    after, before = look(word, behind=True), look(word)
    after_none, before_none = look(word, behind=True, positive=False), look(word, positive=False)
    if inside:
        return choice([sequence([after, before]), sequence([after_none, before_none])])
    return choice([sequence([after, before_none]), sequence([after_none, before])])
