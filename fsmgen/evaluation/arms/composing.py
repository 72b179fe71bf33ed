"""Arms of several generations, and arms that are made of another one.

>>> from fsmgen.evaluation.arms.generating import FullConstraint
>>> Vote(FullConstraint(), samples=5).name
'constrained, 1-80 characters, vote of 5 at 0.7'
>>> Watching(FullConstraint()).name
'free text, watched by constrained, 1-80 characters'
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import Any

from fsmgen.decoding import Asked, Coalesced, Generation, Likelihood, Marginal, Policy, Sampling, Tokenization, Watched
from fsmgen.errors import InvalidOption
from fsmgen.evaluation.arms.arm import (
    AS_SET,
    Answer,
    Arm,
    ConstrainedArm,
    Engine,
    Question,
    Request,
    check_constrained,
    check_count,
    part,
    retold,
)
from fsmgen.evaluation.arms.generating import FullConstraint, answer_pattern, form_of, form_parts
from fsmgen.evaluation.extraction import RUNGS, AnswerForm, Rung, extract, reasoning
from fsmgen.frontends import regex
from fsmgen.grammar import Language


@dataclass(frozen=True, slots=True)
class SameReasoning:
    """Free reasoning as the model writes it, cut before its own answer; then the declared form, and only the answer constrained.

    Beside free text under the same seeds, this separates what extraction gains from what another reasoning changes.

    Attributes:
        answer_tokens: kept back from the budget for the answer.
    """

    digits: int = 4
    answer_tokens: int = 16

    def __post_init__(self) -> None:
        check_count("answer_tokens", self.answer_tokens)

    @property
    def name(self) -> str:
        return "same reasoning, answer constrained"

    def facts(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **asdict(self)}

    def last_language(self, question: Question) -> Language:
        """The language of the last stage."""
        return _answer_language(form_of(question), self.digits)

    def obtain(self, engine: Engine, questions: Sequence[Question]) -> Sequence[Answer]:
        room = _room(engine, self.answer_tokens)
        thoughts = engine.generate([question.text for question in questions], None, Request(max_tokens=room))
        starts = [_announced(thought.text, question.form) for thought, question in zip(thoughts, questions, strict=True)]
        prompts = [question.text + start for question, start in zip(questions, starts, strict=True)]
        languages = list(map(self.last_language, questions))
        answers = engine.generate(prompts, languages, Request(stage="answer", max_tokens=self.answer_tokens))
        return [
            Answer(retold(answer, prompt, start), parts=(part("reasoning", thought), part("answer", answer)))
            for answer, prompt, start, thought in zip(answers, prompts, starts, thoughts, strict=True)
        ]


def _announced(text: str, form: AnswerForm) -> str:
    """Free reasoning up to its own answer, and the beginning of the declared form."""
    return f"{reasoning(text, form)} {form.before.strip()}".rstrip()


@lru_cache(maxsize=256)
def _answer_language(form: AnswerForm, digits: int) -> Language:
    _, inner, after = form_parts(form, digits)
    return regex(inner + after, leading_space="required")


@dataclass(frozen=True, slots=True)
class TwoStage:
    """An answer in natural language, then a second question that asks for it in the declared form, under a constraint.

    Attributes:
        instruction: what the second question says, after prompt and answer.
        answer_tokens: kept back from the budget for the second answer.
    """

    instruction: str = "\nSo the final answer alone is:"
    digits: int = 4
    answer_tokens: int = 16

    def __post_init__(self) -> None:
        check_count("answer_tokens", self.answer_tokens)

    @property
    def name(self) -> str:
        return f"two stages, {self.instruction.strip()!r}"

    def facts(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **asdict(self)}

    def last_language(self, question: Question) -> Language:
        """The language of the last stage."""
        return _converted(answer_pattern(form_of(question), self.digits))

    def obtain(self, engine: Engine, questions: Sequence[Question]) -> Sequence[Answer]:
        room = _room(engine, self.answer_tokens)
        first = engine.generate([question.text for question in questions], None, Request(max_tokens=room))
        prompts = [question.text + answer.text + self.instruction for question, answer in zip(questions, first, strict=True)]
        languages = list(map(self.last_language, questions))
        second = engine.generate(prompts, languages, Request(stage="format", max_tokens=self.answer_tokens))
        return [_staged(question, *stages) for question, *stages in zip(questions, first, second, strict=True)]


def _staged(question: Question, before: Generation, after: Generation) -> Answer:
    """The second answer, with the declared beginning before it: a text alone is announced by nothing, and would not be read."""
    announced = question.form.before.strip() if after.text.startswith(" ") else f"{question.form.before.strip()} ".lstrip()
    answer = replace(after, text=announced + after.text)
    return Answer(answer, parts=(part("natural language", before), part("format", after)))


@lru_cache(maxsize=256)
def _converted(pattern: str) -> Language:
    return regex(pattern, leading_space="optional")


@dataclass(frozen=True, slots=True)
class Watching:
    """Free text, with the constraint of another arm alongside: where, and by how much, the answer would have left its language."""

    arm: ConstrainedArm = field(default_factory=FullConstraint)

    def __post_init__(self) -> None:
        check_constrained(self.arm)

    @property
    def name(self) -> str:
        return f"free text, watched by {self.arm.name}"

    def facts(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, "arm": self.arm.facts()}

    def obtain(self, engine: Engine, questions: Sequence[Question]) -> Sequence[Answer]:
        watched = [Watched(self.arm.language(question)) for question in questions]
        return list(map(Answer, engine.generate([question.text for question in questions], watched)))


@dataclass(frozen=True, slots=True)
class Coalescing:
    """Another arm whose forced texts are appended without asking the model, by a policy; see `decoding.Coalesced`."""

    arm: Arm = field(default_factory=FullConstraint)
    policy: Policy = "canonical"

    def __post_init__(self) -> None:
        Coalesced(FullConstraint().language(_ANY), self.policy)  # checks the policy

    @property
    def name(self) -> str:
        return f"{self.arm.name}, forced texts {self.policy}"

    def facts(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, "arm": self.arm.facts(), "policy": self.policy}

    def obtain(self, engine: Engine, questions: Sequence[Question]) -> Sequence[Answer]:
        return self.arm.obtain(_Coalescing(engine, self.policy), questions)


_ANY = Question("", AnswerForm())


@dataclass(frozen=True, slots=True)
class _Coalescing:
    """An engine whose constraints are coalesced."""

    engine: Engine
    policy: Policy

    @property
    def max_tokens(self) -> int:
        return self.engine.max_tokens

    @property
    def sampling(self) -> Sampling:
        return self.engine.sampling

    @property
    def judge(self) -> Engine:
        return self.engine.judge

    def generate(self, prompts: Sequence[str], asked: Asked | Sequence[Asked] = None, request: Request = AS_SET) -> Sequence[Generation]:
        each = asked if isinstance(asked, Sequence) else [asked] * len(prompts)
        wrapped = [Coalesced(one, self.policy) if isinstance(one, Language) else one for one in each]
        return self.engine.generate(prompts, wrapped, request)

    def likelihoods(self, items: Sequence[tuple[str, Sequence[str]]], tokenization: Tokenization) -> list[list[Likelihood]]:
        return self.engine.likelihoods(items, tokenization)

    def marginals(self, prompt: str, texts: Sequence[str], limit: int) -> list[Marginal]:
        return self.engine.marginals(prompt, texts, limit)


@dataclass(frozen=True, slots=True)
class Vote:
    """Several samples of another arm; the value that most of them have, the earliest one among equals.

    The answer's text is that of the first sample with this value; samples without a value have no vote.

    Attributes:
        temperature: of the samples, above 0.
        rung: of the extraction ladder, by which the samples are read.
    """

    arm: Arm = field(default_factory=FullConstraint)
    samples: int = 5
    temperature: float = 0.7
    rung: Rung = "flexible"

    def __post_init__(self) -> None:
        check_count("samples", self.samples)
        if not self.temperature > 0:
            raise InvalidOption("temperature", self.temperature, allowed="above 0: greedy samples are all the same")
        if self.rung not in RUNGS:
            raise InvalidOption("rung", self.rung, allowed=f"one of {', '.join(RUNGS)}")

    @property
    def name(self) -> str:
        return f"{self.arm.name}, vote of {self.samples} at {self.temperature:g}"

    def facts(self) -> dict[str, Any]:
        own = {"samples": self.samples, "temperature": self.temperature, "rung": self.rung}
        return {"kind": type(self).__name__, "arm": self.arm.facts(), **own}

    def obtain(self, engine: Engine, questions: Sequence[Question]) -> Sequence[Answer]:
        rounds = [
            self.arm.obtain(_Sampling(engine, f"sample {number}", self.temperature), questions) for number in range(1, self.samples + 1)
        ]
        return [self._elected(question, samples) for question, samples in zip(questions, zip(*rounds, strict=True), strict=True)]

    def _elected(self, question: Question, samples: Sequence[Answer]) -> Answer:
        values = [_value(sample.generation, self.rung, question.form) for sample in samples]
        counts = Counter(value for value in values if value is not None)
        winner = counts.most_common(1)[0][0] if counts else None
        chosen = samples[values.index(winner)]
        parts = tuple(part(f"sample {number}", sample.generation) for number, sample in enumerate(samples, 1))
        extra = {"votes": counts[winner] if winner is not None else 0, "voters": counts.total(), "values": len(counts)}
        return replace(chosen, parts=parts, extra={**chosen.extra, **extra})


def _value(answer: Generation, rung: Rung, form: AnswerForm) -> str | None:
    return extract(answer.text, rung, form=form, truncated=answer.stop_reason == "length").value


@dataclass(frozen=True, slots=True)
class _Sampling:
    """An engine at another temperature, under seeds of its own."""

    engine: Engine
    stage: str
    temperature: float

    @property
    def max_tokens(self) -> int:
        return self.engine.max_tokens

    @property
    def sampling(self) -> Sampling:
        return replace(self.engine.sampling, temperature=self.temperature)

    @property
    def judge(self) -> Engine:
        return self.engine.judge

    def generate(self, prompts: Sequence[str], asked: Asked | Sequence[Asked] = None, request: Request = AS_SET) -> Sequence[Generation]:
        stage = f"{self.stage} {request.stage}".strip()
        return self.engine.generate(prompts, asked, replace(request, stage=stage, temperature=self.temperature))

    def likelihoods(self, items: Sequence[tuple[str, Sequence[str]]], tokenization: Tokenization) -> list[list[Likelihood]]:
        return self.engine.likelihoods(items, tokenization)

    def marginals(self, prompt: str, texts: Sequence[str], limit: int) -> list[Marginal]:
        return self.engine.marginals(prompt, texts, limit)


def _room(engine: Engine, answer_tokens: int) -> int:
    """What of the budget is left for reasoning."""
    if engine.max_tokens <= answer_tokens:
        raise InvalidOption("max_tokens", engine.max_tokens, allowed=f"more than the {answer_tokens} tokens that are kept for the answer")
    return engine.max_tokens - answer_tokens
