"""What an experiment needs of an arm, and what an arm is given: questions, and an engine that answers and scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from fsmgen.decoding import Asked, Generation, Likelihood, Marginal, Sampling, Tokenization
from fsmgen.errors import InvalidOption
from fsmgen.evaluation.extraction import AnswerForm
from fsmgen.evaluation.records import Part, Scalar, ScoredText
from fsmgen.grammar import Language


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt, with what an arm may know of its item.

    Attributes:
        text: what the model reads.
        question: the item's own question, for judges.
        gold: the right answer, for judges only.
        answers: what can be answered: letters or texts; none where the answer is free.
        choices: the texts of the choices.
        constraint: the language that the task declares for this item.
    """

    text: str
    form: AnswerForm
    question: str = ""
    gold: str = ""
    answers: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    constraint: Language | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What an arm obtains: a generation, or scored choices, or both.

    Attributes:
        generation: whose text extraction reads.
        parts, scored, extra: as in `Record`.
    """

    generation: Generation
    parts: tuple[Part, ...] = ()
    scored: tuple[ScoredText, ...] = ()
    extra: Mapping[str, Scalar] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """How prompts are to be answered, where it is not as the experiment says.

    Attributes:
        stage: part of the seeds: generations of one question under two stages draw different numbers. The first is "".
        max_tokens: None for all of the budget.
        temperature: None for that of the experiment.
        draws: for each prompt, which question of the batch it is of, and which of several draws for that question, from 0, by seeds of
            their own; None for the first draw of every question.
    """

    stage: str = ""
    max_tokens: int | None = None
    temperature: float | None = None
    stop: tuple[str, ...] = ()
    draws: tuple[tuple[int, int], ...] | None = None


AS_SET = Request()


class Engine(Protocol):
    """A model with its budget, sampling and the seeds of a batch's questions."""

    @property
    def max_tokens(self) -> int:
        """The budget of an answer."""
        ...

    @property
    def sampling(self) -> Sampling:
        """How tokens are chosen, with the seeds of the batch's questions."""
        ...

    @property
    def judge(self) -> Engine:
        """The engine of the judging model."""
        ...

    def generate(self, prompts: Sequence[str], asked: Asked | Sequence[Asked] = None, request: Request = AS_SET) -> Sequence[Generation]:
        """One answer to the prompt of each question, in the order of the questions, or of the draws that are asked for."""
        ...

    def likelihoods(self, items: Sequence[tuple[str, Sequence[str]]], tokenization: Tokenization) -> list[list[Likelihood]]:
        """As `decoding.choice_likelihoods`."""
        ...

    def marginals(self, prompt: str, texts: Sequence[str], limit: int) -> list[Marginal]:
        """As `decoding.marginal_likelihoods` of terminated texts."""
        ...


class Arm(Protocol):
    """A way to obtain an answer: a value that names itself from its parameters."""

    @property
    def name(self) -> str:
        """Short; an experiment refuses two arms of one name."""
        ...

    def facts(self) -> dict[str, Any]:
        """Its kind and every parameter, as JSON values."""
        ...

    def obtain(self, engine: Engine, questions: Sequence[Question]) -> Sequence[Answer]:
        """The answers to the questions, in order."""
        ...


class ConstrainedArm(Arm, Protocol):
    """An arm whose whole answer is of one language."""

    def language(self, question: Question) -> Language:
        """The language of the answer to a question."""
        ...


def check_count(option: str, given: int) -> None:
    """Refuse a number below one."""
    if given < 1:
        raise InvalidOption(option, given, allowed="at least 1")


def check_constrained(arm: Arm) -> None:
    """Refuse an arm inside another one that needs its language."""
    if not hasattr(arm, "language"):
        raise InvalidOption("arm", arm.name, allowed="an arm whose whole answer is constrained, such as full, json, template or declared")


def part(name: str, answer: Generation) -> Part:
    """A generation as a part of an answer."""
    return Part(
        name=name,
        prompt_text=answer.prompt,
        text=answer.text,
        ids=answer.ids,
        logprobs=answer.logprobs,
        masked_logprobs=answer.masked_logprobs,
        allowed_mass=answer.allowed_mass,
        stop_reason=answer.stop_reason,
        budget_step=answer.budget_step,
        constraint=answer.constraint,
        calls=answer.calls,
        row_seed=answer.seed,
    )


def retold(answer: Generation, prompt: str, before: str = "") -> Generation:
    """A last stage as the answer to the question itself: its text after what an earlier stage gave."""
    return replace(answer, prompt=prompt, text=before + answer.text)
