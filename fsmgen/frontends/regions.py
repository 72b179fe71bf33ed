r"""Free text in front of a constraint: what a model that reasons before it answers needs.

    >>> from fsmgen.frontends import integer, region, special_token
    >>> region("\n#### ", integer()).read("3 and 4 are 7.\n#### 7")
    Region(free='3 and 4 are 7.', answer=7, after='')
    >>> region(special_token("</think>"), integer(), max_characters=2000).read("3 + 4</think>7").answer
    7

Free text is any UTF-8 text. It ends where its trigger occurs for the first time, and special tokens do not occur in it. The trigger is a
text, or a special token: then the free text cannot spell that token's name either, so an answer with names in the places of
special tokens has one reading.

Bounds are in characters, the trigger not counted, or in tokens, which only a constraint can count: `max_tokens=200` lets the text up to the
trigger's end take 200 tokens more than its shortest form does, so 200 tokens and then `</think>`. Near that bound only tokens are left
after which the trigger can still be written in time. Such a region begins the answer, or stands after fixed text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, TypeAlias, TypedDict, Unpack, get_args

from fsmgen.automata import NOTHING, Expression, Symbol
from fsmgen.automata import sequence as joined
from fsmgen.errors import EmptyLanguage, InputError, InvalidOption
from fsmgen.frontends import _occurrences
from fsmgen.frontends._splitting import Splitter
from fsmgen.frontends.combining import encoded, opening_of
from fsmgen.frontends.composing import Part, language_of, splitter_of
from fsmgen.grammar import Grammar, Language, Opening

Trigger: TypeAlias = str | Language
"""A text, or what `special_token` gives."""
After: TypeAlias = Literal["end", "free"]


@dataclass(frozen=True, slots=True)
class Region:
    """What `region` reads.

    Attributes:
        free: the text before the trigger.
        answer: what the language after the trigger reads.
        after: the text after the answer.
    """

    free: str
    answer: object
    after: str = ""


def special_token(name: str) -> Language:
    """The special token of that name alone, such as `</think>`; a text that is read has the name in its place.

    Some tokenizers count such a token as text (`Vocabulary.added_ids`); over their vocabularies it is that text.

    Raises:
        InputError: the name is empty or not encodable.
    """
    if not encoded("the name of a special token", name):
        raise InputError("the name of a special token is empty")
    return Language.of(Symbol(name), f"special token {name!r}")


def free_text(*, without: str = "", min_characters: int = 0, max_characters: int | None = None) -> Language:
    """Any text, or any in which another one does not occur.

    Raises:
        EmptyLanguage: there is no such text.
        InputError: `without` is not encodable.
        InvalidOption: the bounds are no range.
        LimitReached: the bound is too large for so long a text `without`.
    """
    bounds = _bounds(min_characters, max_characters)
    encoded("without", without)
    source = "any text" + (f" without {without!r}" if without else "") + bounds
    return Language.of(_inhabited(_occurrences.without(without, min_characters, max_characters), source), source)


class Bounds(TypedDict, total=False):
    """How long free text may be: in characters, or in tokens beside those of the trigger."""

    min_characters: int
    max_characters: int | None
    min_tokens: int
    max_tokens: int | None


def free_until(
    trigger: Trigger, *, min_characters: int = 0, max_characters: int | None = None, min_tokens: int = 0, max_tokens: int | None = None
) -> Language:
    """Any text and then the trigger, which occurs nowhere before its end; the value is the text before the trigger.

    Raises:
        EmptyLanguage: there is no such text.
        InputError: the trigger is empty or not encodable, or a language that `special_token` did not make.
        InvalidOption: the bounds are no range, or in characters and in tokens at once.
        LimitReached: the bound is too large for so long a trigger.
    """
    bounds = _bounds(min_characters, max_characters) + _bounds(min_tokens, max_tokens, "tokens")
    counted = min_tokens != 0 or max_tokens is not None
    if counted and (min_characters or max_characters is not None):
        raise InvalidOption("min_tokens and max_tokens", (min_tokens, max_tokens), allowed="left out beside a bound in characters")
    name, build = _trigger(trigger)
    source = f"any text{bounds} until {trigger.source if isinstance(trigger, Language) else repr(trigger)}"
    expression = _inhabited(build(name, min_characters, max_characters), source)
    opening = Opening(Grammar.of(expression), min_tokens, max_tokens) if counted else None
    return replace(Language.of(expression, source, parse=Before(name)), opening=opening)


@dataclass(frozen=True, slots=True)
class Before:
    """Reads the text before a last one."""

    trigger: str

    def __call__(self, answer: str) -> str:
        if not answer.endswith(self.trigger):
            raise InputError(f"{answer!r} does not end with {self.trigger!r}")
        return answer.removesuffix(self.trigger)


def region(trigger: Trigger, answer: Part, *, after: After = "end", **bounds: Unpack[Bounds]) -> Language:
    """Any text up to the trigger, then an answer, and then the end or any text; the value is a `Region`.

    Args:
        answer: a Language, a literal text, or a type as `of_type` takes it.
        after: `end`, or `free`: any text may follow. Then an answer is read as long as possible.
        bounds: of the text before the trigger, as in `free_until`.

    Raises:
        EmptyLanguage, InputError, InvalidOption, LimitReached: as `free_until`; or `after` is unknown, or `answer` is no part.
    """
    if after not in get_args(After):
        raise InvalidOption("after", after, allowed=f"one of {', '.join(get_args(After))}")
    parts = [free_until(trigger, **bounds), language_of(answer), *([free_text()] if after == "free" else [])]
    source = ", then ".join(part.source for part in parts)
    grammar = Grammar.combined([part.grammar for part in parts], joined)
    return Language(grammar, source, parse=RegionReader(tuple(parts), source), opening=opening_of(parts))


@dataclass(frozen=True)
class RegionReader:
    """Reads free text and its trigger, an answer, and maybe a last part as they stand in a `Region`."""

    parts: tuple[Language, ...]
    source: str

    def __call__(self, text: str) -> Region:
        free, answer = self.parts[:2]
        thought, given, *rest = self._splitter.cut(text, warn=False)
        return Region(str(free.read(thought)), answer.read(given), "".join(rest))

    @cached_property
    def _splitter(self) -> Splitter:
        return splitter_of(self.parts, self.source)


def _trigger(trigger: Trigger) -> tuple[str, Callable[[str, int, int | None], Expression]]:
    """What stands for the trigger in a text that is read, and the function that makes an expression of it."""
    if isinstance(trigger, str) and encoded("the trigger", trigger):
        return trigger, _occurrences.until_text
    symbol = trigger.grammar.rules[trigger.grammar.start] if isinstance(trigger, Language) else None
    if not isinstance(symbol, Symbol):
        raise InputError(f"a trigger is a text that is not empty, or special_token(...), and not {trigger!r}")
    return symbol.name, _occurrences.until_symbol


def _bounds(low: int, high: int | None, unit: str = "characters") -> str:
    """The bounds in words.

    Raises:
        InvalidOption: they are no range.
    """
    if low < 0:
        raise InvalidOption(f"min_{unit}", low, allowed="at least 0")
    if high is not None and high < low:
        raise InvalidOption(f"max_{unit}", high, allowed=f"None or at least min_{unit}, {low}")
    if high is None:
        return f" of at least {low} {unit}" if low else ""
    return f" of {low} to {high} {unit}" if low else f" of at most {high} {unit}"


def _inhabited(expression: Expression, source: str) -> Expression:
    if expression == NOTHING:
        raise EmptyLanguage(source)
    return expression
