"""What a front end returns: a grammar, where it came from, and how an answer is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, get_args

from fsmgen.automata import Expression, repeat, sequence, text
from fsmgen.errors import InputError, InvalidOption
from fsmgen.grammar.grammar import Grammar
from fsmgen.grammar.report import NO_REPORT, Reporting

LeadingSpace: TypeAlias = Literal["no", "optional", "required"]
LEADING_SPACE: tuple[LeadingSpace, ...] = get_args(LeadingSpace)
"""Whether an answer begins with a space: most tokenizers prefer ` 42` to `42` after `Answer:`."""


@dataclass(frozen=True, slots=True)
class Opening:
    """How many tokens the beginning of an answer may take, such as free text up to its trigger.

    Attributes:
        grammar: the beginnings; none of them begins with another one.
        low, high: how many tokens more than the shortest beginning; no upper bound if `high` is None.
    """

    grammar: Grammar
    low: int = 0
    high: int | None = None

    def after(self, before: Expression) -> Opening:
        """The same beginnings after something else."""
        return replace(self, grammar=Grammar.combined([self.grammar], lambda parts: sequence([before, *parts])))


@dataclass(frozen=True, slots=True)
class Language:
    """A set of texts.

    Attributes:
        grammar: its rules, with the leading space.
        source: what the user wrote, as in `regex '\\\\d{3}'`.
        leading_space: whether an answer may or must begin with one space that is not part of its value.
        parse: reads an answer, without that space, as a value.
        report: what became of each construct of the source, made when it is called; see `Constraint.report`.
        opening: a bound in tokens, which the texts do not show.
    """

    grammar: Grammar
    source: str
    leading_space: LeadingSpace = "no"
    parse: Callable[[str], object] = str
    report: Reporting = field(default=NO_REPORT, compare=False)
    opening: Opening | None = None

    @classmethod
    def of(
        cls, expression: Expression, source: str, *, leading_space: LeadingSpace = "no", parse: Callable[[str], object] = str
    ) -> Language:
        """The language of one expression."""
        return cls(Grammar.of(expression), source, parse=parse).with_leading_space(leading_space)

    def with_leading_space(self, leading_space: LeadingSpace) -> Language:
        """The same texts after a space: `no`, `optional` or `required`.

        Raises:
            InvalidOption: it is none of these, or the language has a leading space already.
        """
        if leading_space not in LEADING_SPACE:
            raise InvalidOption("leading_space", leading_space, allowed=f"one of {', '.join(LEADING_SPACE)}")
        if leading_space == "no":
            return self
        if self.leading_space != "no":
            raise InvalidOption("leading_space", leading_space, allowed=f"left out, since the language has {self.leading_space!r} already")
        space = repeat(text(" "), 0 if leading_space == "optional" else 1, 1)
        grammar = Grammar.combined([self.grammar], lambda parts: sequence([space, *parts]))
        return replace(self, grammar=grammar, leading_space=leading_space, opening=self.opening and self.opening.after(space))

    def read(self, answer: str) -> object:
        """The value of an answer, its leading space left out.

        Reading is for texts of the language, such as what a constraint generated: it does not ask whether the text is one.

        Raises:
            InputError: the text is not of the language, and has no value. Another such text may be read all the same.
        """
        try:
            return self.parse(answer.removeprefix(" ") if self.leading_space != "no" else answer)
        except (ArithmeticError, LookupError, ValueError) as error:
            raise InputError(f"{answer!r} is no answer of {self.source}") from error
