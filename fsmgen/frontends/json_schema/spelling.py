r"""How texts are spelled inside a JSON string: raw characters and escapes.

Every text has at least one spelling, and no spelling stands for two texts. What follows a backslash is a rule of its own for each set of
characters, so that an edge which reads such a character costs one state more than its raw form. Sets are split into ASCII and the rest,
since the rest is nearly always all of it.

    >>> from fsmgen.automata.expression import text
    >>> spelled(text('say "a"'), Style("minimal", ensure_ascii=False)).expression
    Words(words=(b'say \\"a\\"',))
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, Protocol, TypeAlias

from fsmgen.automata import EMPTY, NOTHING, Call, Characters, Choice, Expression, Repeat, Sequence, Words, choice, repeat, sequence, text
from fsmgen.automata.expression import Ranges, Table
from fsmgen.errors import LimitReached
from fsmgen.frontends.json_schema._escapes import ASCII, NOT_ASCII, common, escapes, raw
from fsmgen.frontends.json_schema._rules import rules_from
from fsmgen.frontends.json_schema._trees import tree

Escapes: TypeAlias = Literal["all", "minimal"]
"""`all`: a character may be raw where JSON allows it, or `\\uXXXX`, or its short escape. `minimal`: raw unless JSON requires an escape."""


class Form(Protocol):
    """How a value is written, and where the rules go that its expression calls."""

    @property
    def escapes(self) -> Escapes: ...

    @property
    def ensure_ascii(self) -> bool: ...

    def rule(self, name: str, expression: Expression) -> Call:
        """A call of a rule of that name, which is added if there is none yet. One name always comes with one expression."""
        ...


@dataclass(frozen=True, slots=True)
class Style:
    """What of a form matters to the spelling of texts."""

    escapes: Escapes
    ensure_ascii: bool


@dataclass(frozen=True, slots=True)
class Spelled:
    """An expression over bytes, and the rules that it calls by name."""

    expression: Expression
    rules: tuple[tuple[str, Expression], ...] = ()

    def into(self, form: Form) -> Expression:
        """The expression, its rules added to the form."""
        for name, rule in self.rules:
            form.rule(name, rule)
        return self.expression


def spelled(texts: Expression, style: Style) -> Spelled:
    """The JSON texts, without quotes, of the texts of an expression over characters without assertions."""
    speller = _Speller(style)
    return Spelled(speller.expression(texts), tuple(speller.rules.items()))


# Characters


@dataclass(frozen=True, slots=True)
class _Ways:
    """How the characters of a set are written.

    Attributes:
        plain: as they are, or in a way of their own.
        after: after a backslash.
        rules: what these call.
    """

    plain: tuple[Expression, ...]
    after: tuple[Expression, ...]
    rules: tuple[tuple[str, Expression], ...]


_MANY = 1000
"""A table of more edges has one call for all rare spellings of an edge's characters, which takes no state of its own."""


@lru_cache(maxsize=16384)
def _ways(ranges: Ranges, style: Style) -> _Ways:
    plain: list[Expression] = []
    after: list[Expression] = []
    rules: list[tuple[str, Expression]] = []
    for part in (common(ranges, ASCII), common(ranges, NOT_ASCII)):
        if part:
            plain.append(raw(part, ascii_only=style.ensure_ascii))
            escaped = escapes(part, every=style.escapes == "all", ascii_only=style.ensure_ascii)
            if not isinstance(escaped, Words) and escaped != NOTHING:
                rules.append((f"{style.escapes} escapes of {_described(part)}", escaped))
                escaped = Call(rules[-1][0])
            after.append(escaped)
    return _Ways(tuple(part for part in plain if part != NOTHING), tuple(part for part in after if part != NOTHING), tuple(rules))


@lru_cache(maxsize=16384)
def _called_ways(ranges: Ranges, style: Style) -> _Ways:
    """Raw ASCII characters, and one call for all other ways."""
    ways = _ways(ranges, style)
    ascii_only = raw(common(ranges, ASCII), ascii_only=True)
    name = f"{style.escapes} other spellings of {_described(ranges)}"
    others = [way for way in ways.plain if way != ascii_only]
    rest = choice([*others, sequence([text("\\"), choice(ways.after)])])
    if rest == NOTHING:
        return ways
    plain = (Call(name),) if ascii_only == NOTHING else (ascii_only, Call(name))
    return _Ways(plain, (), (*ways.rules, (name, rest)))


def _described(ranges: Ranges) -> str:
    """A name for a set of characters."""
    described = ",".join(f"{low:x}-{high:x}" for low, high in ranges)
    return described if len(described) <= 40 else hashlib.blake2b(described.encode(), digest_size=8).hexdigest()


@lru_cache(maxsize=4096)
def _minimal(character: str, style: Style) -> str:
    """The only spelling of a character."""
    ways = _ways(((ord(character), ord(character)),), style)
    if ways.plain:
        return character
    [after] = ways.after
    assert isinstance(after, Words)
    return "\\" + after.words[0].decode()


# Expressions


WORDS_LIMIT = 4_000_000
"""Each byte may take two states of the network."""


@dataclass(slots=True)
class _Speller:
    """Expressions over characters to expressions over bytes.

    Attributes:
        rules: what they call.
    """

    style: Style
    rules: dict[str, Expression] = field(default_factory=dict)

    def expression(self, part: Expression) -> Expression:
        match part:
            case Words(words):
                return self._words(words)
            case Characters(ranges):
                ways = _ways(ranges, self.style)
                self.rules.update(ways.rules)
                return choice([*ways.plain, sequence([text("\\"), choice(ways.after)])])
            case Sequence(parts):
                return sequence(map(self.expression, parts))
            case Choice(parts):
                return choice(map(self.expression, parts))
            case Repeat(inner, low, high):
                return repeat(self.expression(inner), low, high)
            case Table(states, edges):
                return self._table(states, edges)
            case Call(name):
                self.rules |= rules_from(name)
                return part
        raise TypeError(part)

    def _words(self, words: tuple[bytes, ...]) -> Expression:
        if words == (b"",):
            return EMPTY
        if self.style.escapes == "minimal":
            return Words(tuple(sorted("".join(_minimal(c, self.style) for c in word.decode()).encode() for word in words)))
        if (size := sum(map(len, words))) > WORDS_LIMIT:
            raise LimitReached("the bytes of a list of words", limit=WORDS_LIMIT, reached=size)
        table = tree([word.decode() for word in words])
        return self._table(table.states, table.edges)

    def _table(self, states: int, edges: tuple[tuple[int, Expression, int], ...]) -> Expression:
        """The table with one more state behind each one from which a backslash leads on."""
        result: list[tuple[int, Expression, int]] = []
        behind: dict[int, int] = {}
        style, spell = self.style, _called_ways if len(edges) > _MANY else _ways
        for source, part, target in edges:
            if not isinstance(part, Characters):
                result.append((source, part if part is EMPTY else self.expression(part), target))
                continue
            ways = spell(part.ranges, style)
            self.rules.update(ways.rules)
            result.extend([(source, way, target) for way in ways.plain])
            if not ways.after:
                continue
            middle = behind.get(source)
            if middle is None:
                middle = behind[source] = states + len(behind)
                result.append((source, _BACKSLASH, middle))
            result.extend([(middle, call, target) for call in ways.after])
        return Table(states + len(behind), tuple(result))


_BACKSLASH = text("\\")
