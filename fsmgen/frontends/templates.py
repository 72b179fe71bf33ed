r"""Templates: literal text with named holes, each a language of its own.

    >>> from fsmgen.frontends import regex, template
    >>> person = template("Name: {name}\nAge: {age}", name=regex("[A-Z][a-z]+"), age=int)
    >>> person.read("Name: Ada\nAge: 36")
    {'name': 'Ada', 'age': 36}

The literal text is forced: a matcher's `forced()` gives it. `{{` and `}}` stand for braces. For loops and parts that may be left out, put
`repeat(...)`, `optional(...)` or `any_of(...)` into a hole.

Where a text can be cut at the holes in several ways, the first hole is as long as possible, then the second, and so on, and reading warns
with `AmbiguousAnswerWarning`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeAlias

from fsmgen.automata import Call
from fsmgen.automata import sequence as joined
from fsmgen.errors import InputError, InvalidTemplate
from fsmgen.frontends._splitting import Splitter
from fsmgen.frontends.combining import literal, opening_of
from fsmgen.frontends.composing import splitter_of
from fsmgen.frontends.types import of_type
from fsmgen.grammar import Grammar, Language, LeadingSpace
from fsmgen.grammar.grammar import replaced

_Place: TypeAlias = tuple[str, str, int]
"""A literal text before a hole, the hole's name and its place; the last one has no name."""
_BRACE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def template(text: str, /, *, leading_space: LeadingSpace = "no", **holes: Any) -> Language:
    """The text with something of its language in each hole; the value is a dict from the holes' names to what their languages read.

    Args:
        holes: for each name a Language, or a type as `of_type` takes it.

    Raises:
        InvalidTemplate: a brace is left over, a hole has no name or no constraint, or a name stands twice.
        InputError: a constraint without a hole, or one that is neither a language nor a type.
        InvalidOption: `leading_space` is unknown.
    """
    if not isinstance(text, str):
        raise InputError(f"a template is a text, and {text!r} is {type(text).__name__}")
    places = list(_places(text))
    names = _checked([(name, place) for _, name, place in places[:-1]], holes, text)
    languages = [part for before, name, _ in places for part in (literal(before), *([_constraint(name, holes[name])] if name else []))]
    source = f"template {text!r}"
    whole = Grammar.combined([language.grammar for language in languages], joined)
    grammar = replace(whole, outline=lambda: _outlined(languages, names))
    reader = Holes(tuple(languages), tuple(names), source)
    return Language(grammar, source, parse=reader, opening=opening_of(languages)).with_leading_space(leading_space)


def _outlined(languages: Sequence[Language], names: Sequence[str]) -> Grammar:
    """The template's grammar with a rule for each hole, of its name."""
    parts = [language.grammar.outlined() for language in languages]
    parts[1::2] = [_named(part, name) for part, name in zip(parts[1::2], names, strict=True)]
    whole = Grammar.combined(parts, joined)
    rules = {f"{2 * i + 1}.%hole": Call(f"{2 * i + 1}.{name}#hole") for i, name in enumerate(names)}
    start = replaced(whole.rules[whole.start], lambda leaf: rules.get(leaf.rule, leaf) if isinstance(leaf, Call) else leaf)
    return replace(whole, rules={**whole.rules, whole.start: start})


def _named(grammar: Grammar, name: str) -> Grammar:
    """The grammar with its start as a rule of a name that no rule of its own has."""
    rules = {**grammar.rules, f"{name}#hole": grammar.rules[grammar.start], "%hole": Call(f"{name}#hole")}
    return Grammar(rules, "%hole", grammar.deferred)


@dataclass(frozen=True)
class Holes:
    """Reads texts and languages by turns as a dict from the names of the languages to their values."""

    parts: tuple[Language, ...]
    names: tuple[str, ...]
    source: str

    def __call__(self, answer: str) -> object:
        pieces = self._splitter.cut(answer)
        return {name: self.parts[2 * i + 1].read(pieces[2 * i + 1]) for i, name in enumerate(self.names)}

    @cached_property
    def _splitter(self) -> Splitter:
        return splitter_of(self.parts, self.source)


def _places(text: str) -> Iterator[_Place]:
    """The literal texts and the holes after them."""
    before, at = "", 0
    for match in _BRACE.finditer(text):
        before += text[at : match.start()]
        at = match.end()
        if match[1] is not None:
            if not match[1].isidentifier():
                raise InvalidTemplate(f"a hole is a name in braces, and {match[1]!r} is no name", source=text, position=match.start())
            yield before, match[1], match.start()
            before = ""
        elif len(match[0]) == 1:
            raise InvalidTemplate(f"a single {match[0]!r}; write {2 * match[0]!r} for a brace", source=text, position=match.start())
        else:
            before += match[0][0]
    yield before + text[at:], "", len(text)


def _checked(found: list[tuple[str, int]], holes: Mapping[str, object], text: str) -> list[str]:
    """The names of the holes, if each has one constraint."""
    names: list[str] = []
    for name, position in found:
        if name in names:
            raise InvalidTemplate(f"the hole {name!r} stands there twice", source=text, position=position)
        if name not in holes:
            raise InvalidTemplate(f"the hole {name!r} has no constraint{_meant(name, list(holes))}", source=text, position=position)
        names.append(name)
    unused = [name for name in holes if name not in names]
    if unused:
        raise InputError(f"the template has no hole {unused[0]!r}{_meant(unused[0], names)}; its holes: {', '.join(names) or 'none'}")
    return names


def _meant(name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, 1)
    return f" (did you mean {close[0]!r}?)" if close else ""


def _constraint(name: str, given: Any) -> Language:
    """The language of a hole."""
    if isinstance(given, Language):
        return given
    if isinstance(given, str):
        raise InputError(f"the hole {name!r} is given the text {given!r}; say choice([...]) or regex(...), or write it into the template")
    try:
        return of_type(given)
    except InputError as error:
        raise InputError(f"the hole {name!r}: {error}") from None
