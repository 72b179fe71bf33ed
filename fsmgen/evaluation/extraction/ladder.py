"""What all extractors share: the rungs, the causes, the declared form of a final answer, the known markers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, TypeAlias, get_args

from fsmgen.errors import InvalidOption

Rung: TypeAlias = Literal["strict", "flexible", "lenient"]
RUNGS: tuple[Rung, ...] = get_args(Rung)
Kind: TypeAlias = Literal["number", "text", "option"]
"""What an answer is: a number, any text, or one of some options."""

MARKER = re.compile(r'the answer is|\banswer:|^a:|####|"answer":|<answer>|\\boxed\{', re.ASCII | re.IGNORECASE | re.MULTILINE)
"""What stands before a final answer, whatever form was declared."""


class Cause(StrEnum):
    """Why a text has no value."""

    NO_MARKER = "no marker"
    MALFORMED = "malformed"
    AMBIGUOUS = "ambiguous"
    TRUNCATED = "truncated"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Extraction:
    """Exactly one of a value, as `normalise` writes it, and a cause."""

    value: str | None = None
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """The declared form of a final answer: a value between two literal texts, at the end.

    Attributes:
        options: the values there are, if the kind is `option`: letters, `yes` and `no`, ...

    Raises:
        InvalidOption: an unknown kind; options of another kind, none of this one, or two that differ in case or parentheses only.
    """

    before: str = "The answer is"
    after: str = "."
    kind: Kind = "number"
    options: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise InvalidOption("kind", self.kind, allowed=f"one of {', '.join(get_args(Kind))}")
        different = {bare_option(option) for option in self.options}
        if (self.kind == "option") != bool(self.options) or len(different) < len(self.options) or "" in different:
            raise InvalidOption("options", self.options, allowed="different texts if the kind is option, and none otherwise")

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> AnswerForm:
        """The form that `dataclasses.asdict` wrote, from JSON."""
        known = facts.keys() <= {"before", "after", "kind", "options"}
        if not known or not all(isinstance(value, str) for name, value in facts.items() if name != "options"):
            raise InvalidOption("form", dict(facts), allowed="texts named before, after and kind, and options")
        return cls(**{**facts, "options": tuple(facts.get("options", ()))})

    @property
    def name(self) -> str:
        """For instance `The answer is <number>.`"""
        return f"{self.before} <{'|'.join(self.options) or self.kind}>{self.after}".strip()


THE_ANSWER_IS = AnswerForm()


def bare_option(text: str) -> str:
    """An option or an answer as options are compared: without case, white space and parentheses around it, and a final full stop."""
    return text.strip().removesuffix(".").strip().removeprefix("(").removesuffix(")").strip().casefold()


def nothing(cause: Cause, truncated: bool) -> Extraction:
    """No value; a text that was cut off has none for that reason."""
    return Extraction(cause=Cause.TRUNCATED if truncated else cause)
