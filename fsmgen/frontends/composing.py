"""Languages one after the other, some times over, or not at all, as plain Python.

    >>> from fsmgen.frontends import integer, optional, repeat, sequence
    >>> point = sequence("(", integer(), ", ", integer(), ")")
    >>> point.read("(1, -2)")
    (1, -2)
    >>> repeat(point, separator="; ").read("(1, 2); (3, 4)")
    [(1, 2), (3, 4)]
    >>> sequence(optional("about "), float).read("2.5")
    (None, 2.5)

A part is a language, a literal text, or a type as `of_type` takes it. Where a text can be cut into parts in several ways, the first part is
as long as possible, then the second, and so on, and reading warns with `AmbiguousAnswerWarning`.

When not to use it: for one of several languages there is `any_of`, for one of several texts `choice`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from fsmgen.automata import EMPTY, Expression
from fsmgen.automata import choice as any_part
from fsmgen.automata import repeat as times
from fsmgen.automata import sequence as joined
from fsmgen.errors import InputError, InvalidOption
from fsmgen.frontends._splitting import END, Splitter
from fsmgen.frontends.combining import literal, membership, opening_of, refuse_opening
from fsmgen.frontends.types import of_type
from fsmgen.grammar import Grammar, Language, LeadingSpace

Part: TypeAlias = Any
"""A Language, a literal text, or a type."""


def language_of(part: Part) -> Language:
    """The language of a part.

    Raises:
        InputError: it is none of the things that a part can be, or a text that is not encodable.
    """
    if isinstance(part, str):
        return literal(part)
    return part if isinstance(part, Language) else of_type(part)


def sequence(*parts: Part, leading_space: LeadingSpace = "no") -> Language:
    """The parts one after the other; the value is the tuple of the values of those that are no literal texts.

    Raises:
        InputError: there are none, or one is no part.
        InvalidOption: `leading_space` is unknown.
    """
    if not parts:
        raise InputError("a sequence of no parts")
    languages = [language_of(part) for part in parts]
    source = " ".join(language.source for language in languages)
    kept = tuple(i for i, part in enumerate(parts) if not isinstance(part, str))
    grammar = Grammar.combined([language.grammar for language in languages], joined)
    reader = InOrder(tuple(languages), kept, source)
    return Language(grammar, source, parse=reader, opening=opening_of(languages)).with_leading_space(leading_space)


@dataclass(frozen=True)
class InOrder:
    """Reads languages one after the other as the tuple of the values of those that are kept, given by their places."""

    parts: tuple[Language, ...]
    kept: tuple[int, ...]
    source: str

    def __call__(self, answer: str) -> object:
        pieces = self._splitter.cut(answer)
        return tuple(self.parts[i].read(pieces[i]) for i in self.kept)

    @cached_property
    def _splitter(self) -> Splitter:
        return splitter_of(self.parts, self.source)


def splitter_of(languages: Sequence[Language], source: str) -> Splitter:
    """Cuts a text of the languages one after the other into a text of each."""
    grammars = [language.grammar.spelled() for language in languages]
    return Splitter(Grammar.combined(grammars, lambda parts: joined([step for part in parts for step in (part, END)])), source)


def optional(part: Part, *, leading_space: LeadingSpace = "no") -> Language:
    """The part, or the empty text, which is None; where the part itself may be empty, that has the part's value.

    Raises:
        InputError: it is no part.
        InvalidOption: `leading_space` is unknown.
    """
    language = language_of(part)
    refuse_opening(language, "in what may be left out")
    grammar = Grammar.combined([language.grammar], lambda parts: times(parts[0], 0, 1))
    return Language(grammar, f"optional {language.source}", parse=OrNone(language)).with_leading_space(leading_space)


@dataclass(frozen=True)
class OrNone:
    """Reads the empty text as None, unless the language has it."""

    part: Language

    def __call__(self, answer: str) -> object:
        return self.part.read(answer) if answer or self._may_be_empty else None

    @cached_property
    def _may_be_empty(self) -> bool:
        return membership(self.part)("")


def repeat(
    part: Part, low: int = 0, high: int | None = None, *, separator: str | Language = "", leading_space: LeadingSpace = "no"
) -> Language:
    """The part `low` to `high` times, with a separator between two of them; the value is the list of the parts' values.

    No empty item is read that `low` does not ask for.

    Raises:
        InputError: it is no part.
        InvalidOption: the counts are no range, or `leading_space` is unknown.
    """
    if low < 0 or (high is not None and high < max(low, 1)):
        raise InvalidOption("low and high", (low, high), allowed="a range of counts, with high at least 1, or None for no bound")
    item, between = language_of(part), language_of(separator)
    for language in (item, between):
        refuse_opening(language, "in a repeat")
    counts = f"{low} to {high}" if high is not None else f"{low} or more"
    source = f"{counts} times {item.source}" + (f" separated by {between.source}" if separator != "" else "")
    grammar = Grammar.combined([item.grammar, between.grammar], lambda parts: _listed(parts[0], parts[1], (low, high)))
    reader = Items(item, between if separator != "" else None, low, high, source)
    return Language(grammar, source, parse=reader).with_leading_space(leading_space)


@dataclass(frozen=True)
class Items:
    """Reads `low` to `high` items, with a separator between two of them or none, as a list."""

    item: Language
    separator: Language | None
    low: int
    high: int | None
    source: str

    def __call__(self, answer: str) -> object:
        return [self.item.read(piece) for piece in self._splitter.cut(answer)[:: 2 if self.separator else 1]]

    @cached_property
    def _splitter(self) -> Splitter:
        spelled = [self.item.grammar.spelled(), (self.separator or literal("")).grammar.spelled()]
        marked = Grammar.combined(spelled, lambda parts: _listed(parts[0], parts[1], (self.low, self.high), END))
        return Splitter(marked, self.source, alike=self.separator is None)


def _listed(item: Expression, between: Expression, counts: tuple[int, int | None], mark: Expression = EMPTY) -> Expression:
    """Items with something between two of them, and a mark after each item and whatever stands between."""
    low, high = counts
    if between == EMPTY:
        return times(joined([item, mark]), low, high)
    further = times(joined([between, mark, item, mark]), max(low - 1, 0), None if high is None else high - 1)
    items = joined([item, mark, further])
    return items if low else any_part([EMPTY, items])
