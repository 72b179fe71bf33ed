"""Whether a language has a text, and if not, where and why it stops.

>>> from fsmgen.frontends import regex
>>> asked = Membership(regex("[a-z ]{4,8}"))
>>> [refusal and refusal.kind for refusal in map(asked.refusal, ["abcd", "ab", "ab\\ncd", "abcdefghi"])]
[None, 'too short', "character '\\\\n'", 'too long']
"""

from __future__ import annotations

from dataclasses import dataclass

from fsmgen.automata import Automaton, Characters, Expression, Repeat
from fsmgen.automata.words import longest_prefix
from fsmgen.errors import TableFull
from fsmgen.grammar import Language


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a text is not in a language.

    Attributes:
        position: of the first character that cannot stand there; the length of the text, if it ends too early.
        kind: `too short`, `too long` or the character.
    """

    position: int
    kind: str
    fact: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """A language of all texts of some characters, bounded in length; no upper bound if `high` is None."""

    characters: tuple[tuple[int, int], ...]
    low: int
    high: int | None

    @classmethod
    def of(cls, language: Language) -> Bounds | None:
        """The bounds of a language of this kind; None for another one."""
        expression = _whole(language)
        if isinstance(expression, Repeat) and isinstance(expression.part, Characters):
            return cls(expression.part.ranges, expression.low, expression.high)
        return None

    def has(self, character: str) -> bool:
        """Whether the character is one of those."""
        return any(low <= ord(character) <= high for low, high in self.characters)


class Membership:
    """A language that texts are looked up in. A leading space may be left out where the language takes one."""

    def __init__(self, language: Language) -> None:
        self._language, self._automaton, self._bounds = language, _automaton(language), Bounds.of(language)

    def refusal(self, text: str) -> Refusal | None:
        """None if the text is in the language, else why not."""
        data = (" " if self._language.leading_space == "required" and not text.startswith(" ") else "").encode() + text.encode()
        read, accepted = self._read(data)
        if accepted:
            return None
        added = len(data) - len(text.encode())
        position = len(data[added:read].decode(errors="ignore")) if read > added else 0
        return self._described(text, position)

    def _read(self, data: bytes) -> tuple[int, bool]:
        try:
            read, state = longest_prefix(self._automaton, data)
        except TableFull:
            self._automaton = _automaton(self._language)
            read, state = longest_prefix(self._automaton, data)
        return read, read == len(data) and self._automaton.accepting(state)

    def _described(self, text: str, position: int) -> Refusal:
        if position == len(text):
            least = f", of at least {self._bounds.low}" if self._bounds else ""
            return Refusal(position, "too short", f"it ends after {position} characters{least}: {_around(text, position)}")
        character = text[position]
        if self._bounds and position == self._bounds.high and self._bounds.has(character):
            return Refusal(position, "too long", f"it has {len(text)} characters, of at most {self._bounds.high}")
        return Refusal(position, f"character {character!r}", f"{character!r} cannot stand at {position}: {_around(text, position)}")


def _automaton(language: Language) -> Automaton:
    return language.grammar.automaton(language.source)


def _whole(language: Language) -> Expression:
    return language.grammar.rules[language.grammar.start]


def _around(text: str, position: int) -> str:
    start = max(0, position - 20)
    return f"{'...' if start else ''}{text[start : position + 1]!r}{'...' if position + 1 < len(text) else ''}"
