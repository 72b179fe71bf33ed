r"""Languages made of languages: a text around an answer, one of several kinds of answer.

    >>> from fsmgen.frontends import choice
    >>> from fsmgen.frontends.combining import any_of, wrapped
    >>> from fsmgen.frontends.numbers import integer
    >>> wrapped(integer(), "Answer: ", "!").read("Answer: 42!")
    42
    >>> any_of(integer(), choice(["unknown"])).read("unknown")
    'unknown'

The value is what the inner language reads. Inner languages may be of any kind, with rules that call each other or with a leading space
of their own, which then stands inside.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from fsmgen.automata import Expression, Symbol, Words, choice, sequence, text
from fsmgen.errors import EmptyLanguage, InputError, UnsupportedFeature
from fsmgen.grammar import Grammar, Language, LeadingSpace, Opening, States


def wrapped(inner: Language, before: str = "", after: str = "", *, leading_space: LeadingSpace = "no") -> Language:
    """The texts of the inner language between two literal texts; the value is the inner one.

    Raises:
        InputError: `before` or `after` is not encodable (a lone surrogate).
        InvalidOption: `leading_space` is unknown.
    """
    first, last = encoded("before", before), encoded("after", after)
    grammar = Grammar.combined([inner.grammar], lambda parts: sequence([text(first), *parts, text(last)]))
    source = " ".join(repr(part) if isinstance(part, str) else part.source for part in (before, inner, after) if part != "")
    opening = inner.opening and inner.opening.after(text(first))
    return Language(grammar, source, parse=Between(inner, before, after), opening=opening).with_leading_space(leading_space)


@dataclass(frozen=True, slots=True)
class Between:
    """Reads what stands between two texts."""

    inner: Language
    before: str
    after: str

    def __call__(self, answer: str) -> object:
        before, after = self.before, self.after
        if not (answer.startswith(before) and answer.endswith(after) and len(answer) >= len(before) + len(after)):
            raise InputError(f"{answer!r} does not stand between {before!r} and {after!r}")
        return self.inner.read(answer[len(before) : len(answer) - len(after)])


def encoded(option: str, given: str) -> bytes:
    """The bytes of a text that an argument gives.

    Raises:
        InputError: it holds a lone surrogate.
    """
    try:
        return given.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{option} is {given!r}; it holds a lone surrogate at position {error.start}, which is no text") from None


def opening_of(languages: Sequence[Language]) -> Opening | None:
    """The bound in tokens on the beginning of languages one after the other: that of the first, or of one after fixed text only.

    Raises:
        UnsupportedFeature: another one has such a bound.
    """
    fixed: list[Expression] = []
    found: Opening | None = None
    for i, language in enumerate(languages):
        if language.opening is not None:
            if len(fixed) < i:
                refuse_opening(language, "after a part of variable length")
            found = language.opening.after(sequence(fixed))
        only = language.grammar.rules[language.grammar.start]
        if isinstance(only, Symbol) or (isinstance(only, Words) and len(only.words) == 1):
            fixed.append(only)
    return found


def refuse_opening(language: Language, place: str) -> None:
    """Refuse a bound in tokens where it would be lost.

    Raises:
        UnsupportedFeature: the language has one.
    """
    if language.opening is not None:
        feature, instead = f"free text that is bounded in tokens, {place}", "bound it in characters, or let the answer begin with it"
        raise UnsupportedFeature(feature, source=language.source, position=0, instead=instead)


def any_of(*languages: Language | str, leading_space: LeadingSpace = "no") -> Language:
    """The texts of any of the languages, literal texts among them; the value is that of the first one that has the text.

    The first answer that is read builds the automata of the languages, as far as needed.

    Raises:
        EmptyLanguage: there are no languages.
        InputError: a literal text is not encodable (a lone surrogate).
        InvalidOption: `leading_space` is unknown.
    """
    if not languages:
        raise EmptyLanguage("any of no languages")
    members = tuple(literal(language) if isinstance(language, str) else language for language in languages)
    source = " | ".join(member.source for member in members)
    for member in members:
        refuse_opening(member, "as one of several languages")
    grammar = Grammar.combined([member.grammar for member in members], choice)
    return Language(grammar, source, parse=FirstOf(members)).with_leading_space(leading_space)


def literal(words: str) -> Language:
    """The language of one text.

    Raises:
        InputError: it is not encodable (a lone surrogate).
    """
    return Language.of(text(encoded("a literal text", words)), repr(words))


@dataclass(frozen=True)
class FirstOf:
    """Reads a text as the first language that has it."""

    members: tuple[Language, ...]

    def __call__(self, answer: str) -> object:
        for has, language in zip(self._memberships, self.members, strict=True):
            if has(answer):
                return language.read(answer)
        raise InputError(f"{answer!r} is an answer of none")

    @cached_property
    def _memberships(self) -> list[Callable[[str], bool]]:
        return [membership(language) for language in self.members]


def membership(language: Language) -> Callable[[str], bool]:
    """Whether a text is in the language, named symbols spelled by their names; the first question builds its automaton."""

    @cache
    def automaton() -> States:
        return language.grammar.spelled().automaton(language.source)

    def has(answer: str) -> bool:
        return automaton().accepting(automaton().run(automaton().start, answer.encode()))

    return has
