"""Arms: the ways in which an answer is obtained. An arm is a value that names itself from its parameters.

The reference of every comparison is `FreeText`: the same loop, prompts and budget without a constraint. Extraction belongs to no
arm: one ladder reads the texts of all of them (see `extraction`).

>>> FullConstraint(longest=80).name
'constrained, 1-80 characters'
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import Protocol, TypeAlias

from fsmgen.decoding import Generation
from fsmgen.errors import InvalidOption
from fsmgen.evaluation.extraction import THE_ANSWER_IS, AnswerForm
from fsmgen.frontends import regex
from fsmgen.grammar import Language, LeadingSpace

Ask: TypeAlias = Callable[[Sequence[str], Language | None], Sequence[Generation]]
"""Prompts and the constraint of their answers, to one answer each; model, budget and sampling are bound in it."""


class Arm(Protocol):
    """What an experiment needs of an arm."""

    @property
    def name(self) -> str:
        """Short; an experiment refuses two arms of one name."""
        ...

    def facts(self) -> dict[str, object]:
        """Its kind and every parameter, as JSON values."""
        ...

    def obtain(self, ask: Ask, prompts: Sequence[str]) -> Sequence[Generation]:
        """The answers to the prompts, in order; `ask` may be used more than once."""
        ...


@dataclass(frozen=True, slots=True)
class FreeText:
    """The model writes what it likes."""

    @property
    def name(self) -> str:
        return "free text"

    def facts(self) -> dict[str, object]:
        return {"kind": "FreeText"}

    def obtain(self, ask: Ask, prompts: Sequence[str]) -> Sequence[Generation]:
        return ask(prompts, None)


@dataclass(frozen=True, slots=True)
class FullConstraint:
    """Reasoning and final answer are one regular language: some characters, then the declared form with a whole number.

    Attributes:
        characters: those of the reasoning, as the inside of a class in a regular expression.
        shortest, longest: bounds on the reasoning's length in characters.
        digits: most digits of the answer.
    """

    characters: str = r"A-Za-z0-9 ,.:+*=-"
    shortest: int = 1
    longest: int = 80
    digits: int = 4
    form: AnswerForm = THE_ANSWER_IS
    leading_space: LeadingSpace = "optional"

    def __post_init__(self) -> None:
        if not 0 <= self.shortest <= self.longest:
            raise InvalidOption("shortest", self.shortest, allowed=f"between 0 and longest, which is {self.longest}")
        if self.digits < 1:
            raise InvalidOption("digits", self.digits, allowed="at least 1")

    @property
    def name(self) -> str:
        return f"constrained, {self.shortest}-{self.longest} characters"

    @property
    def pattern(self) -> str:
        """The regular expression that answers match, their leading space left out."""
        before, after = (re.escape(part).replace(r"\ ", " ") for part in (self.form.before + " ", self.form.after))
        return rf"[{self.characters}]{{{self.shortest},{self.longest}}}{before}[0-9]{{1,{self.digits}}}{after}"

    def facts(self) -> dict[str, object]:
        return {"kind": "FullConstraint", **asdict(self), "pattern": self.pattern}

    def obtain(self, ask: Ask, prompts: Sequence[str]) -> Sequence[Generation]:
        return ask(prompts, _language(self.pattern, self.leading_space))


@cache
def _language(pattern: str, leading_space: LeadingSpace) -> Language:
    """One object per pattern, so that a model compiles it once."""
    return regex(pattern, leading_space=leading_space)
