r"""GBNF, the notation of llama.cpp for grammars, as a language.

    >>> from fsmgen.frontends import gbnf
    >>> gbnf('root ::= "- " item+\nitem ::= [^\\n]{1,9} "\\n"').source
    'GBNF grammar of 2 rules'

| notation | meaning |
|---|---|
| `name ::= ...` | a rule; names have letters, digits, `-` and `_`; the language is that of `root` |
| `"text"` | this text; escapes `\n \r \t \\ \" \[ \] \xFF \uFFFF \UFFFFFFFF` |
| `[a-z^]`, `[^a-z]`, `.` | one character of the class, one that is not of it, any one |
| `a b`, `a | b`, `(a)` | one after the other, one of them, a group |
| `a* a+ a? a{2} a{2,} a{2,4}` | repeats |
| `<think>` | the special token of that name, angle brackets included |
| `# ...` | a comment |

A rule ends where its line does, but for lines inside parentheses, after `::=` and next to `|`. Left recursion, which llama.cpp does not
load, is a rule like any other. What a grammar says about token ids (`<[42]>`) and about any token but one (`!<think>`) is no property of
a text, and is refused.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import NoReturn

from fsmgen.automata import NOTHING, Call, Expression, Symbol, choice, repeat, sequence, text
from fsmgen.automata.expression import characters, complement, union
from fsmgen.errors import InputError, InvalidGrammar, LimitReached, UnsupportedFeature
from fsmgen.grammar import Grammar, Language, LeadingSpace

_SIZE_LIMIT = 2_000_000
_NESTING_LIMIT = 200
_REPEAT_LIMIT = 100_000
_TOP = 0x10FFFF

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_DEFINES = re.compile(r"[ \t]*::=")
_SPACE = re.compile(r"(?:[ \t]+|#[^\r\n]*)*")
_LINES = re.compile(r"(?:[ \t\r\n]+|#[^\r\n]*)*")
_OR = re.compile(r"(?:[ \t\r\n]+|#[^\r\n]*)*\|")
_COUNT = re.compile(r"\{[ \t]*([0-9]+)[ \t]*(,?)[ \t]*([0-9]*)[ \t]*\}")
_TOKEN = re.compile(r"<[^\s<>\[\]]+>")
_ESCAPE = re.compile(r'\\(?:([nrt\\"\[\]])|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))')
_LETTERS = {"n": "\n", "r": "\r", "t": "\t"}
_POSTFIX: dict[str, tuple[int, int | None]] = {"*": (0, None), "+": (1, None), "?": (0, 1)}


def gbnf(source: str, *, leading_space: LeadingSpace = "no") -> Language:
    """The texts that the rule `root` of a grammar derives; a text is its own value.

    Raises:
        InvalidGrammar: it is no grammar, a rule is missing, is defined twice, or derives no text.
        UnsupportedFeature: it speaks of token ids, or of any token but one.
        LimitReached: it is too large, is nested or repeats too far.
        InvalidOption: `leading_space` is unknown.
    """
    if not isinstance(source, str):
        raise InputError(f"a grammar is a text, and {source!r} is {type(source).__name__}")
    if len(source) > _SIZE_LIMIT:
        raise LimitReached("the characters of a grammar", limit=_SIZE_LIMIT, reached=len(source))
    reader = _Reader(source)
    grammar = Grammar(reader.rules(), "root")
    for name in grammar.unproductive():
        reader.fail(f"the rule {name!r} derives no text: none of its alternatives comes to an end", reader.defined[name])
    return Language(grammar, f"GBNF grammar of {len(grammar.rules)} rules").with_leading_space(leading_space)


class _Reader:
    """Recursive descent over one grammar.

    Attributes:
        source: the grammar.
        at: how far it is read.
        defined: where each rule is defined.
        called: where each rule is called first.
    """

    def __init__(self, source: str) -> None:
        self.source, self.at = source, 0
        self.defined: dict[str, int] = {}
        self.called: dict[str, int] = {}

    def fail(self, message: str, position: int | None = None) -> NoReturn:
        raise InvalidGrammar(message, source=self.source, position=self.at if position is None else position)

    def rules(self) -> dict[str, Expression]:
        """All rules by name."""
        rules: dict[str, Expression] = {}
        self._take(_LINES)
        while self.at < len(self.source):
            begin, name = self.at, self._name()
            if name in rules:
                line = self.source.count("\n", 0, self.defined[name]) + 1
                self.fail(f"the rule {name!r} is defined twice, first in line {line}", begin)
            self.defined[name] = begin
            rules[name] = self._rule(name)
        self._check_names(rules)
        return rules

    def _name(self) -> str:
        match = _NAME.match(self.source, self.at)
        if match is None:
            self.fail("a rule's name is wanted here")
        self.at = match.end()
        return match[0]

    def _rule(self, name: str) -> Expression:
        """What stands after the name, to the end of the rule."""
        if not self._take(_DEFINES):
            self.fail(f"'::=' is wanted after the name {name!r}")
        self._take(_LINES)
        rule = self._alternatives(0)
        if self.at < len(self.source) and self.source[self.at] not in "\r\n":
            self.fail(f"{self.source[self.at]!r} does not belong here")
        self._take(_LINES)
        return rule

    def _check_names(self, rules: dict[str, Expression]) -> None:
        """Every rule that is called exists, and `root` too."""
        for name, position in self.called.items():
            if name not in rules:
                close = get_close_matches(name, rules, 1)
                self.fail(f"there is no rule {name!r}" + (f"; did you mean {close[0]!r}?" if close else ""), position)
        if "root" not in rules:
            self.fail(f"there is no rule 'root', where a text begins; the rules are: {_listed(list(rules))}", 0)

    def _alternatives(self, depth: int) -> Expression:
        if depth > _NESTING_LIMIT:
            raise LimitReached("the nesting of a grammar", limit=_NESTING_LIMIT, reached=depth)
        parts = [self._sequence(depth)]
        while self._take(_OR):
            self._take(_LINES)
            parts.append(self._sequence(depth))
        return choice(parts)

    def _sequence(self, depth: int) -> Expression:
        parts: list[Expression] = []
        while (part := self._item(depth)) is not None:
            parts.append(self._repeated(part, _LINES if depth else _SPACE))
        return sequence(parts)

    def _item(self, depth: int) -> Expression | None:
        """The next text, class, group, rule or token; None at the end of a sequence."""
        match self.source[self.at : self.at + 1]:
            case '"':
                return self._literal()
            case "[":
                return self._class()
            case ".":
                self.at += 1
                return characters([(0, _TOP)])
            case "(":
                return self._group(depth)
            case "<" | "!":
                return self._token()
            case "" | "|" | ")" | "\n" | "\r":
                return None
        return self._call()

    def _group(self, depth: int) -> Expression:
        begin = self.at
        self.at += 1
        self._take(_LINES)
        inner = self._alternatives(depth + 1)
        if self.source[self.at : self.at + 1] != ")":
            self.fail("this parenthesis is not closed", begin)
        self.at += 1
        return inner

    def _call(self) -> Expression:
        position, match = self.at, _NAME.match(self.source, self.at)
        if match is None:
            self.fail(f"{self.source[self.at]!r} does not belong here")
        self.at = match.end()
        if _DEFINES.match(self.source, self.at):
            self.fail("a rule cannot begin inside another one; is a parenthesis before it not closed?", position)
        self.called.setdefault(match[0], position)
        return Call(match[0])

    def _token(self) -> Expression:
        match = _TOKEN.match(self.source, self.at)
        if match is not None:
            self.at = match.end()
            return Symbol(match[0])
        if self.source.startswith(("<[", "!<"), self.at):
            feature = "a token by its id" if self.source[self.at] == "<" else "any token but one"
            instead = "name a special token as <name>" if self.source[self.at] == "<" else "a class such as [^<] or . reads text"
            raise UnsupportedFeature(feature, source=self.source, position=self.at, instead=instead)
        self.fail(f"{self.source[self.at]!r} does not begin the name of a token such as <think>")

    def _repeated(self, part: Expression, blank: re.Pattern[str]) -> Expression:
        """The part with the repeats behind it, and the blank after it."""
        while True:
            self._take(blank)
            sign = self.source[self.at : self.at + 1]
            if sign == "{":
                low, high = self._counts()
            elif sign in _POSTFIX:
                self.at += 1
                low, high = _POSTFIX[sign]
            else:
                return part
            part = repeat(part, low, high)

    def _counts(self) -> tuple[int, int | None]:
        begin = self.at
        match = self._take(_COUNT)
        if match is None or (match[3] and not match[2]):
            self.fail("a repeat is {2}, {2,} or {2,4}", begin)
        low = int(match[1])
        high = int(match[3]) if match[3] else None if match[2] else low
        if high is not None and high < low:
            self.fail(f"the repeat {match[0]} ends below its beginning", begin)
        if max(low, high or 0) > _REPEAT_LIMIT:
            raise LimitReached("a repeat in a grammar", limit=_REPEAT_LIMIT, reached=max(low, high or 0))
        return low, high

    def _class(self) -> Expression:
        begin = self.at
        inverse = self.source.startswith("[^", begin)
        self.at += 1 + inverse
        ranges: list[tuple[int, int]] = []
        while not self._closes("]", begin):
            place, low = self.at, self._character()
            high = low
            if self.source[self.at : self.at + 1] == "-" and self.source[self.at + 1 : self.at + 2] != "]":
                self.at += 1
                high = self._character()
            if high < low:
                self.fail(f"the range {self.source[place : self.at]!r} ends before its beginning", place)
            ranges.append((low, high))
        expression = characters(complement(union(ranges), top=_TOP) if inverse else ranges)
        if not ranges or expression == NOTHING:
            self.fail("a class of no characters", begin)
        return expression

    def _literal(self) -> Expression:
        begin, codes = self.at, list[int]()
        self.at += 1
        while not self._closes('"', begin):
            codes.append(self._character())
        return text("".join(map(chr, codes)))

    def _closes(self, end: str, begin: int) -> bool:
        """Whether a text or a class that began at `begin` ends here; then it is read."""
        if self.at >= len(self.source):
            self.fail(f"the {self.source[begin]!r} here is not closed", begin)
        found = self.source[self.at] == end
        self.at += found
        return found

    def _character(self) -> int:
        """The code point of the next character or escape of a text or a class."""
        begin, code = self.at, ord(self.source[self.at : self.at + 1] or "\0")
        if code != ord("\\"):
            self.at += 1
        elif match := self._take(_ESCAPE):
            letter, *digits = match.groups()
            code = ord(_LETTERS.get(letter, letter)) if letter else int("".join(filter(None, digits)), 16)
        else:
            self.fail(r"the escapes are \n \r \t \\ " + r"\" \[ \] \xFF \uFFFF \UFFFFFFFF")
        if code > _TOP or 0xD800 <= code <= 0xDFFF:
            self.fail(f"{self.source[begin : self.at]!r} is no character", begin)
        return code

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """What the pattern matches here, if it does; then it is read."""
        match = pattern.match(self.source, self.at)
        self.at = match.end() if match else self.at
        return match


def _listed(names: list[str]) -> str:
    return ", ".join(names[:10]) + (f", ... ({len(names)} in all)" if len(names) > 10 else "") or "none"
