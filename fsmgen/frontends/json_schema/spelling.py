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
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from operator import itemgetter
from typing import Literal, Protocol, TypeAlias

from fsmgen.automata import EMPTY, NOTHING, Call, Characters, Choice, Expression, Repeat, Sequence, Words, choice, repeat, sequence, text
from fsmgen.automata.expression import Edge, Escaped, Layered, Ranges, Row, Table
from fsmgen.automata.quoted import Quoted, Signs, Unlisted
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

    def add(self, rules: Mapping[str, Expression]) -> None:
        """Take rules, some of which may be there already. One name always comes with one expression."""


@dataclass(frozen=True, slots=True)
class Style:
    """What of a form matters to the spelling of texts."""

    escapes: Escapes
    ensure_ascii: bool


@dataclass(frozen=True, slots=True)
class Spelled:
    """An expression over bytes, and the rules that it calls by name."""

    expression: Expression
    rules: Mapping[str, Expression]

    def into(self, form: Form) -> Expression:
        """The expression, its rules added to the form."""
        form.add(self.rules)
        return self.expression


def spelled(texts: Expression, style: Style) -> Spelled:
    """The JSON texts, without quotes, of the texts of an expression over characters without assertions."""
    speller = _Speller(style)
    return Spelled(speller.expression(texts), speller.rules)


@lru_cache(maxsize=4096)
def quoted(words: tuple[str, ...], style: Style) -> Spelled:
    """The JSON texts of some sorted texts, with quotes."""
    listed = all_plain(words, style)
    if listed is None:
        return between_quotes(spelled(Words(tuple(word.encode() for word in words)), style))
    return Spelled(Quoted(2, tuple((0, word, 1) for word in listed), signs()), letter_rules(frozenset(b"".join(listed))))


@lru_cache(maxsize=4096)
def quoted_others(words: tuple[str, ...], style: Style) -> Spelled | None:
    """The JSON texts of all texts but some sorted ones, with quotes; None if that is not to be done by letters."""
    listed = all_plain(words, style)
    if listed is None:
        return None
    others, rules = _beyond_words(style)
    return Spelled(Unlisted(listed, signs(), others), {**rules, **letter_rules(frozenset(b"".join(listed)))})


@cache
def _beyond_words(style: Style) -> tuple[tuple[Edge, ...], Mapping[str, Expression]]:
    """How a text goes on that has left all words, and the rules for that."""
    free, foreign = spelled(_ANY, style), spelled(Characters(NOT_ASCII), style)
    return ((2, free.expression, 2), (2, _QUOTE, 1), (3, foreign.expression, 2)), {**free.rules, **foreign.rules}


def between_quotes(inner: Spelled) -> Spelled:
    """The same with quotes."""
    return Spelled(sequence([_QUOTE, inner.expression, _QUOTE]), inner.rules)


def all_plain(words: tuple[str, ...], style: Style) -> tuple[bytes, ...] | None:
    """The texts as ASCII, if they are, not very long, and have all spellings."""
    if style.escapes == "minimal" or sum(map(len, words)) > _LETTERS or not all(map(str.isascii, words)):
        return None
    return tuple(word.encode() for word in words)


_LETTERS = 20_000
"""Longer lists of words have common endings shared, and are written with a call for all rare spellings of a letter: half the states."""
_QUOTE = text('"')
_ANY = Characters((ASCII[0], *NOT_ASCII))


@cache
def signs() -> Signs:
    """How ASCII letters are written in all ways."""
    return Signs(0x22, 0x5C, tuple(_letter(letter)[1] for letter in range(0x80)))


@lru_cache(maxsize=1024)
def letter_rules(letters: frozenset[int]) -> Mapping[str, Expression]:
    """The rules of ASCII letters."""
    return dict(_letter(letter)[1:] for letter in letters)


@dataclass(frozen=True, slots=True)
class Steps:
    """The texts of `low` to `high` characters of an automaton over sets of characters, each an edge; its start is 0.

    Attributes:
        size: how many states it has.
        finals: the final ones.
    """

    size: int
    finals: tuple[int, ...]
    edges: tuple[tuple[int, Characters, int], ...]
    low: int
    high: int

    @property
    def has_text(self) -> bool:
        """Whether there is a text: the sets of states after each step are worked out until one comes again."""
        onward: dict[int, set[int]] = {}
        for source, _, target in self.edges:
            onward.setdefault(source, set()).add(target)
        here = frozenset({0})
        met: dict[frozenset[int], int] = {}
        sets: list[frozenset[int]] = []
        while here not in met and len(sets) <= self.high:
            met[here] = len(sets)
            sets.append(here)
            here = frozenset(target for state in here for target in onward.get(state, ()))
        if len(sets) > self.high:
            return any(not found.isdisjoint(self.finals) for found in sets[self.low :])
        circle = sets[met[here] :]
        last = min(self.high, max(self.low, met[here]) + len(circle) - 1)
        at = (sets[i] if i < len(sets) else circle[(i - met[here]) % len(circle)] for i in range(self.low, last + 1))
        return any(not found.isdisjoint(self.finals) for found in at)


def spelled_steps(steps: Steps, style: Style) -> Spelled:
    """The JSON texts, without quotes, of such texts."""
    rows: list[Row] = []
    rules: dict[str, Expression] = {}
    for source, part, target in steps.edges:
        ways = _called_ways(part.ranges, style)
        rules.update(ways.rules)
        for way in ways.plain:
            spans = way.ranges if isinstance(way, Characters) else ()
            rows += [(source, low, high, "", target) for low, high in spans]
            rows += [(source, 1, 0, way.rule, target)] if isinstance(way, Call) else []
    return Spelled(Layered(steps.size, steps.finals, tuple(rows), steps.low, steps.high), rules)


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
    parts = [_ways_alike(part, style) for part in (common(ranges, ASCII), common(ranges, NOT_ASCII)) if part]
    if len(parts) == 1:
        return parts[0]
    plain, after, rules = (sum(ways, ()) for ways in zip(*((part.plain, part.after, part.rules) for part in parts), strict=True))
    return _Ways(plain, after, rules)


@lru_cache(maxsize=16384)
def _ways_alike(part: Ranges, style: Style) -> _Ways:
    """The same for characters that are all ASCII, or none of which is."""
    plain = raw(part, ascii_only=style.ensure_ascii)
    escaped = escapes(part, every=style.escapes == "all", ascii_only=style.ensure_ascii)
    rules: tuple[tuple[str, Expression], ...] = ()
    if escaped != NOTHING and (style.escapes == "all" or not isinstance(escaped, Words)):
        rules = ((f"{style.escapes} escapes of {_described(part)}", escaped),)
        escaped = Call(rules[0][0])
    return _Ways((plain,) if plain != NOTHING else (), (escaped,) if escaped != NOTHING else (), rules)


@dataclass(frozen=True, slots=True)
class _Rows:
    """How the characters of a set are written in all ways: (low, high, rule) as in rows of `Escaped`, and other ways."""

    rows: tuple[tuple[int, int, str], ...]
    others: tuple[Expression, ...]
    rules: tuple[tuple[str, Expression], ...]


@lru_cache(maxsize=16384)
def _rows(ranges: Ranges, style: Style) -> _Rows:
    ways = _ways(ranges, style)
    rows = [(low, high, "") for way in ways.plain if isinstance(way, Characters) and way.ranges[-1][1] < 0x80 for low, high in way.ranges]
    calls = [way.rule for way in ways.after if isinstance(way, Call)]
    assert len(calls) == len(ways.after)
    rows += [(1, 0, "")] * max(0, len(calls) - len(rows))
    rows[: len(calls)] = [(low, high, call) for (low, high, _), call in zip(rows, calls, strict=False)]
    others = tuple(way for way in ways.plain if not (isinstance(way, Characters) and way.ranges[-1][1] < 0x80))
    return _Rows(tuple(rows), others, ways.rules)


@lru_cache(maxsize=128)
def _letter(letter: int) -> tuple[int, str, Expression]:
    """The lowest byte from which on an ASCII letter is raw, itself or none, and what follows a backslash, as a rule."""
    [(low, high, name)] = _rows(((letter, letter),), Style("all", ensure_ascii=False)).rows
    [(_, rule)] = _rows(((letter, letter),), Style("all", ensure_ascii=False)).rules
    return letter if low <= high else letter + 1, name, rule


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
        if (size := sum(map(len, words))) > WORDS_LIMIT:
            raise LimitReached("the bytes of a list of words", limit=WORDS_LIMIT, reached=size)
        if self.style.escapes == "minimal":
            return Words(tuple(sorted("".join(_minimal(c, self.style) for c in word.decode()).encode() for word in words)))
        if len(words) == 1 and words[0].isascii():
            return self._word(words[0])
        table = tree([word.decode() for word in words])
        return self._table(table.states, table.edges)

    def _word(self, word: bytes) -> Expression:
        """One ASCII word in all spellings."""
        rows = []
        for i, letter in enumerate(word):
            low, name, rule = _letter(letter)
            self.rules[name] = rule
            rows.append((i + (i > 0), low, letter, name, i + 2))
        rows[-1] = *rows[-1][:4], 1
        return Escaped(len(word) + 1, _BACKSLASH.words[0][0], tuple(rows))

    def _table(self, states: int, edges: tuple[Edge, ...]) -> Expression:
        """The table with the rare spellings of its characters."""
        if self.style.escapes == "minimal" or len(edges) > _MANY:
            return self._plain_table(states, edges)
        rows: list[Row] = []
        others: list[Edge] = []
        for source, part, target in edges:
            if not isinstance(part, Characters):
                others.append((source, part if part is EMPTY else self.expression(part), target))
                continue
            known = _rows(part.ranges, self.style)
            self.rules.update(known.rules)
            rows += [(source, low, high, rule, target) for low, high, rule in known.rows]
            others += [(source, way, target) for way in known.others]
        rows.sort(key=itemgetter(0))
        return Escaped(states, _BACKSLASH.words[0][0], tuple(rows), tuple(others))

    def _plain_table(self, states: int, edges: tuple[Edge, ...]) -> Expression:
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
