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


@lru_cache(maxsize=8192)
def _way(ranges: Ranges, style: Style) -> tuple[Expression, str, Expression]:
    """How a set of characters is written: raw, and after a backslash, the latter with a name for its rule."""
    after = escapes(ranges, every=style.escapes == "all", ascii_only=style.ensure_ascii)
    described = ",".join(f"{low:x}-{high:x}" for low, high in ranges)
    if len(described) > 40:
        described = hashlib.blake2b(described.encode(), digest_size=8).hexdigest()
    return raw(ranges, ascii_only=style.ensure_ascii), f"{style.escapes} escapes of {described}", after


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
                plain, after = self._ways(ranges)
                return choice([*plain, *(sequence([text("\\"), call]) for call in after)])
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

    def _ways(self, ranges: Ranges) -> tuple[list[Expression], list[Expression]]:
        """The raw characters of a set, and what may follow a backslash."""
        plain, after = [], []
        for part in (common(ranges, ASCII), common(ranges, NOT_ASCII)):
            if part:
                bare, name, escaped = _way(part, self.style)
                plain.append(bare)
                after.append(self._call(name, escaped))
        return [part for part in plain if part != NOTHING], [part for part in after if part != NOTHING]

    def _call(self, name: str, rule: Expression) -> Expression:
        if isinstance(rule, Words | Choice):
            return rule
        self.rules[name] = rule
        return Call(name)

    def _words(self, words: tuple[bytes, ...]) -> Expression:
        if words == (b"",):
            return EMPTY
        if self.style.escapes == "minimal":
            return Words(tuple(sorted("".join(map(self._minimal, word.decode())).encode() for word in words)))
        table = tree([word.decode() for word in words])
        return self._table(table.states, table.edges)

    def _minimal(self, character: str) -> str:
        plain, _, after = _way(((ord(character), ord(character)),), self.style)
        if plain != NOTHING:
            return character
        assert isinstance(after, Words)
        return "\\" + after.words[0].decode()

    def _table(self, states: int, edges: tuple[tuple[int, Expression, int], ...]) -> Expression:
        """The table with one more state behind each one from which a backslash leads on."""
        result: list[tuple[int, Expression, int]] = []
        behind: dict[int, int] = {}
        for source, part, target in edges:
            if not isinstance(part, Characters):
                result.append((source, self.expression(part), target))
                continue
            plain, after = self._ways(part.ranges)
            result += ((source, bare, target) for bare in plain)
            if after and source not in behind:
                behind[source] = states + len(behind)
                result.append((source, text("\\"), behind[source]))
            result += ((behind[source], call, target) for call in after)
        return Table(states + len(behind), tuple(result))
