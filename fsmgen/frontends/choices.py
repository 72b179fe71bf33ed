"""Lists of texts to choose from, and of values by their texts.

    >>> from fsmgen.frontends import choice
    >>> choice(["yes", "no"]).read("yes")
    'yes'
    >>> choice({"yes": True, "no": False}).read("yes")
    True

A list may hold 100,000 texts: a state is built when a text comes to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

from fsmgen.automata.expression import words
from fsmgen.errors import EmptyLanguage, InputError, InvalidOption
from fsmgen.grammar import Language, LeadingSpace


def choice(options: Iterable[str | Enum] | Mapping[str, object], *, leading_space: LeadingSpace = "no") -> Language:
    """The language whose words are the options, each read as its value.

    Args:
        options: texts, each its own value; a mapping from texts to values; an Enum, or members of one, whose values are texts.
        leading_space: whether an answer begins with a space.

    Raises:
        EmptyLanguage: there are none.
        InputError: an option is no text, or is not encodable (a lone surrogate); or one text has two values.
        InvalidOption: `leading_space` is unknown, or is `optional` although an option begins with a space itself.
    """
    if isinstance(options, str):
        raise InputError(f"choice takes a list of texts, and {options!r} is one text")
    return of_pairs(options.items() if isinstance(options, Mapping) else map(_with_text, options), leading_space=leading_space)


def of_pairs(pairs: Iterable[tuple[object, object]], *, leading_space: LeadingSpace = "no") -> Language:
    """`choice` of texts with their values."""
    values = _values(pairs)
    source = _described(list(values))
    if not values:
        raise EmptyLanguage(source, reason="the list is empty")
    if leading_space == "optional" and any(text.startswith(" ") for text in values):
        raise InvalidOption("leading_space", leading_space, allowed="'no' or 'required' where an option begins with a space itself")
    return Language.of(words(map(_encoded, values)), source, leading_space=leading_space, parse=values.__getitem__)


def _with_text(option: object) -> tuple[object, object]:
    return (option.value if isinstance(option, Enum) else option), option


def _values(pairs: Iterable[tuple[object, object]]) -> dict[str, object]:
    """The value of each text."""
    values: dict[str, object] = {}
    for text, value in pairs:
        if not isinstance(text, str):
            raise InputError(f"a choice is a text, and {text!r} is {type(text).__name__}; a mapping from texts gives values of any kind")
        known = values.setdefault(text, value)
        if known is not value and (known != value or type(known) is not type(value)):
            raise InputError(f"the choice {text!r} stands for both {known!r} and {value!r}")
    return values


def _encoded(option: str) -> bytes:
    try:
        return option.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"the choice {option!r} holds a lone surrogate at position {error.start}, which is no text") from None


def _described(options: list[str]) -> str:
    shown = ", ".join(repr(option) for option in options[:5])
    return f"choice [{shown}{f', ... ({len(options)} in all)' if len(options) > 5 else ''}]"
