"""Arms that generate once: free text, or under a constraint over the whole answer.

The reference of every comparison is `FreeText`: the same loop, prompts and budget without a constraint.

>>> FullConstraint(longest=80).name
'constrained, 1-80 characters'
>>> Json(first="answer").name
'JSON, answer first'
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any, Literal, get_args

from fsmgen.errors import InvalidOption
from fsmgen.evaluation.arms.arm import Answer, Engine, Question, Request
from fsmgen.evaluation.extraction import AnswerForm
from fsmgen.frontends import any_of, free_text, regex, region, template
from fsmgen.grammar import LEADING_SPACE, Language, LeadingSpace

CHARACTERS = r"A-Za-z0-9 ,.:+*=-"
"""Those of reasoning, as the inside of a class in a regular expression."""


@dataclass(frozen=True, slots=True)
class FreeText:
    """The model writes what it likes.

    Attributes:
        stop: texts before which an answer ends.
    """

    stop: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return "free text" + (f", up to {' or '.join(map(repr, self.stop))}" if self.stop else "")

    def facts(self) -> dict[str, Any]:
        return _facts(self)

    def obtain(self, engine: Engine, questions: Sequence[Question]) -> Sequence[Answer]:
        return list(map(Answer, engine.generate(_texts(questions), None, Request(stop=self.stop))))


class _Constrained:
    """What all arms of one constrained generation share."""

    __slots__ = ()

    def facts(self) -> dict[str, Any]:
        return _facts(self)

    def language(self, question: Question) -> Language:
        raise NotImplementedError

    def obtain(self, engine: Engine, questions: Sequence[Question]) -> Sequence[Answer]:
        return list(map(Answer, engine.generate(_texts(questions), [self.language(question) for question in questions])))


@dataclass(frozen=True, slots=True)
class FullConstraint(_Constrained):
    """Reasoning and final answer are one regular language: some characters, then the task's declared form with an answer.

    Where the answer is any text, the reasoning ends at its first announcement. Otherwise a text with several could be cut at each, and
    the automaton would count all those answers beside the reasoning: more states than a budget's mask can look through in a minute.

    Attributes:
        characters: those of the reasoning.
        shortest, longest: bounds on the reasoning's length in characters.
        digits: most digits of an answer that is a number; one that is any text has at most 80 characters.
    """

    characters: str = CHARACTERS
    shortest: int = 1
    longest: int = 80
    digits: int = 4
    leading_space: LeadingSpace = "optional"

    def __post_init__(self) -> None:
        _check_bounds(self.shortest, self.longest, self.digits, self.leading_space)

    @property
    def name(self) -> str:
        changed = _changed(self, "characters", "digits", "leading_space")
        return f"constrained, {self.shortest}-{self.longest} characters{changed}"

    def pattern(self, form: AnswerForm) -> str:
        """The regular expression that answers match, their leading space left out."""
        one = f"[{self.characters}]"
        if form.kind == "text" and not form.options and form.before:
            one = f"(?:(?!{_spelled(form_parts(form, self.digits)[0])}){one})"
        return rf"{one}{{{self.shortest},{self.longest}}}{declared_pattern(form, self.digits)}"

    def language(self, question: Question) -> Language:
        return _regex(self.pattern(form_of(question)), self.leading_space)


@dataclass(frozen=True, slots=True)
class AnswerOnly(_Constrained):
    """Free reasoning; where the trigger occurs for the first time the constraint takes over, and it holds to the end of the answer.

    Attributes:
        trigger: None for the beginning of the task's declared form.
        shortest, longest: bounds on the reasoning; None for no upper bound but the budget.
        unit: of the bounds. In tokens, at most `longest` more than the trigger's own.
        after: `free`: the model writes on as it likes after the answer.
        may_end: the model may also end without the trigger; then nothing of its answer was constrained.
        pattern: a regular expression for the answer; None for that of the task's form.
    """

    trigger: str | None = None
    shortest: int = 0
    longest: int | None = None
    unit: Literal["characters", "tokens"] = "characters"
    digits: int = 4
    after: Literal["end", "free"] = "end"
    may_end: bool = False
    pattern: str | None = None

    def __post_init__(self) -> None:
        if self.may_end and self.unit == "tokens":
            raise InvalidOption("unit", self.unit, allowed="'characters' where the model may end without the trigger")
        if self.unit not in ("characters", "tokens"):
            raise InvalidOption("unit", self.unit, allowed="'characters' or 'tokens'")
        if self.after not in ("end", "free"):
            raise InvalidOption("after", self.after, allowed="'end' or 'free'")
        _check_bounds(self.shortest, self.shortest if self.longest is None else self.longest, self.digits, "no")

    @property
    def name(self) -> str:
        bounds = "" if (self.shortest, self.longest) == (0, None) else f", {self.shortest}-{self.longest or ''} {self.unit} before it"
        after = ", free after it" if self.after == "free" else ""
        end = ", or none" if self.may_end else ""
        return f"answer only{bounds}{after}{end}{_changed(self, 'trigger', 'digits', 'pattern')}"

    def language(self, question: Question) -> Language:
        return _region(self, form_of(question))


@lru_cache(maxsize=256)
def _region(arm: AnswerOnly, form: AnswerForm) -> Language:
    before, inner, after = form_parts(form, arm.digits)
    inner = inner if arm.pattern is None else f"(?:{arm.pattern})"
    rest = re.escape(" ") + inner if arm.trigger is not None else inner
    answer = regex(rest + after)
    bounds: dict[str, Any] = {}
    if (arm.shortest, arm.longest) != (0, None):
        bounds = {f"min_{arm.unit}": arm.shortest, f"max_{arm.unit}": arm.longest}
    trigger = before if arm.trigger is None else arm.trigger
    announced = region(trigger, answer, after=arm.after, **bounds)
    return any_of(announced, free_text(without=trigger, **bounds)) if arm.may_end else announced


@dataclass(frozen=True, slots=True)
class Json(_Constrained):
    """A JSON object of reasoning and answer, in one of the two orders.

    Attributes:
        first: which of the two keys comes first. After the answer, reasoning cannot change it any more.
        characters: those of the reasoning, none that a JSON string holds only escaped.
        key: what the reasoning's key is called.
        shortest, longest: bounds on the reasoning's length in characters.
    """

    first: Literal["reasoning", "answer"] = "reasoning"
    characters: str = CHARACTERS
    shortest: int = 1
    longest: int = 80
    digits: int = 4
    leading_space: LeadingSpace = "optional"
    key: str = "reasoning"

    def __post_init__(self) -> None:
        if self.first not in ("reasoning", "answer"):
            raise InvalidOption("first", self.first, allowed="'reasoning' or 'answer'")
        _check_bounds(self.shortest, self.longest, self.digits, self.leading_space)
        _check_json(self.characters)

    @property
    def name(self) -> str:
        return f"JSON, {self.first} first{_changed(self, 'key', 'characters', 'shortest', 'longest', 'digits', 'leading_space')}"

    def language(self, question: Question) -> Language:
        return _json(self, form_of(question))


@lru_cache(maxsize=256)
def _json(arm: Json, form: AnswerForm) -> Language:
    quote = "" if form.kind == "number" else '"'
    reasoning = f'"{re.escape(arm.key)}": "[{arm.characters}]{{{arm.shortest},{arm.longest}}}"'
    answer = f'"answer": {quote}{answer_pattern(form, arm.digits)}{quote}'
    pair = (reasoning, answer) if arm.first == "reasoning" else (answer, reasoning)
    return regex(r"\{" + ", ".join(pair) + r"\}", leading_space=arm.leading_space)


@dataclass(frozen=True, slots=True)
class Template(_Constrained):
    """Literal texts with holes, as `frontends.template`; the hole `answer` has the pattern of the task's form unless it is given.

    It should be given where answers are any text and the hole before may hold what stands between the two: each place where the text
    could be cut is counted, and a first mask under a budget takes minutes.

    Attributes:
        holes: a regular expression for each name.
    """

    text: str = "{reasoning} The answer is {answer}."
    holes: tuple[tuple[str, str], ...] = (("reasoning", rf"[{CHARACTERS}]{{1,80}}"),)
    digits: int = 4
    leading_space: LeadingSpace = "optional"

    def __post_init__(self) -> None:
        _check_bounds(0, 0, self.digits, self.leading_space)
        self._language("[0-9]")  # says what is wrong with the text now, and not after the model is loaded

    @property
    def name(self) -> str:
        return f"template {self.text!r}{_changed(self, 'holes', 'digits', 'leading_space')}"

    def language(self, question: Question) -> Language:
        return self._language(answer_pattern(form_of(question), self.digits))

    def _language(self, answer: str) -> Language:
        holes = dict(self.holes)
        if "{answer}" in self.text:
            holes.setdefault("answer", answer)
        return _template(self.text, tuple(sorted(holes.items())), self.leading_space)


@lru_cache(maxsize=256)
def _template(text: str, holes: tuple[tuple[str, str], ...], leading_space: LeadingSpace) -> Language:
    return template(text, leading_space=leading_space, **{name: regex(pattern) for name, pattern in holes})


@dataclass(frozen=True, slots=True)
class Declared(_Constrained):
    """The constraint that the task declares."""

    @property
    def name(self) -> str:
        return "constrained, as declared"

    def language(self, question: Question) -> Language:
        if question.constraint is None:
            raise InvalidOption("arm", self.name, allowed="of a task that declares a constraint")
        return question.constraint


@dataclass(frozen=True, slots=True)
class Options(_Constrained):
    """One of the answers that the item has, and nothing else: no reasoning."""

    leading_space: LeadingSpace = "optional"

    def __post_init__(self) -> None:
        _check_bounds(0, 0, 1, self.leading_space)

    @property
    def name(self) -> str:
        return f"answer alone{_changed(self, 'leading_space')}"

    def language(self, question: Question) -> Language:
        return _regex(answer_pattern(form_of(question), 4), self.leading_space)


def form_of(question: Question) -> AnswerForm:
    """The task's form, with the options that the item itself has."""
    return replace(question.form, options=question.answers) if question.form.kind == "option" and question.answers else question.form


def answer_pattern(form: AnswerForm, digits: int) -> str:
    """The regular expression of a form's values: at most so many digits, one of its options, or a line of at most 80 characters."""
    if form.options:
        return f"(?:{'|'.join(map(re.escape, form.options))})"
    return rf"[0-9]{{1,{digits}}}" if form.kind == "number" else r"[^\n\"\\]{1,80}"


def form_parts(form: AnswerForm, digits: int) -> tuple[str, str, str]:
    """What stands before an answer in its declared form, as text; the patterns of the answer and of what stands after it."""
    return f"{form.before} ".lstrip(), answer_pattern(form, digits), _spelled(form.after)


def declared_pattern(form: AnswerForm, digits: int) -> str:
    """The regular expression of a final answer in its declared form."""
    before, inner, after = form_parts(form, digits)
    return _spelled(before) + inner + after


def _spelled(text: str) -> str:
    """A text as a regular expression, spaces as they are."""
    return re.escape(text).replace(r"\ ", " ")


def in_form(form: AnswerForm, value: str) -> str:
    """A value in the declared form of a final answer."""
    return f"{form.before} {value}{form.after}".strip()


@lru_cache(maxsize=256)
def _regex(pattern: str, leading_space: LeadingSpace) -> Language:
    """One object per pattern, so that a model compiles it once."""
    return regex(pattern, leading_space=leading_space)


def _texts(questions: Sequence[Question]) -> list[str]:
    return [question.text for question in questions]


def _facts(arm: Any) -> dict[str, Any]:
    return {"kind": type(arm).__name__, **asdict(arm)}


def _changed(arm: Any, *names: str) -> str:
    """The parameters that are not as usual, to end a name with."""
    usual = type(arm)()
    return "".join(f", {name} {getattr(arm, name)!r}" for name in names if getattr(arm, name) != getattr(usual, name))


def _check_json(characters: str) -> None:
    try:
        re.compile(f"[{characters}]")
    except re.error:
        return  # the language says what is wrong with it, before anything runs
    escaped = [sign for sign in map(chr, (*range(32), ord('"'), ord("\\"))) if re.fullmatch(f"[{characters}]", sign)]
    if escaped:
        raise InvalidOption("characters", characters, allowed=f"without {escaped[0]!r}, which a JSON string holds only escaped")


def _check_bounds(shortest: int, longest: int, digits: int, leading_space: str) -> None:
    if not 0 <= shortest <= longest:
        raise InvalidOption("shortest", shortest, allowed=f"between 0 and longest, which is {longest}")
    if digits < 1:
        raise InvalidOption("digits", digits, allowed="at least 1")
    if leading_space not in get_args(LeadingSpace):
        raise InvalidOption("leading_space", leading_space, allowed=f"one of {', '.join(LEADING_SPACE)}")
