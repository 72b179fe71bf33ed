"""Arms that answer as the unconstrained model does where it obeys: from p given the language, and not from what masking makes of it.

>>> Exact().name, Reweighted(samples=8).name
('constrained, 1-80 characters, exact sample', 'constrained, 1-80 characters, 8 samples reweighted')
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from fsmgen.decoding import Generation, Sampling
from fsmgen.evaluation.arms.arm import Answer, Arm, ConstrainedArm, Engine, Question, Request, check_constrained, check_count, part
from fsmgen.evaluation.arms.composing import Coalescing, Vote
from fsmgen.evaluation.arms.generating import FullConstraint
from fsmgen.evaluation.effects.answers import Drawing
from fsmgen.evaluation.effects.conditional import Accepted, Numbered, conditional_answers, resampled
from fsmgen.evaluation.records import REFUSED
from fsmgen.grammar import Language


@dataclass(frozen=True, slots=True)
class Exact:
    """A constrained answer drawn from p given the language, exactly: masked samples until one is accepted by its weight.

    A question whose limit is reached is refused: it has no answer, its stop reason says so, and it counts as one without an answer.

    Attributes:
        tries: most samples for a question. One is accepted with the chance that a free answer is in the language, given its first step.
    """

    arm: ConstrainedArm = field(default_factory=FullConstraint)
    tries: int = 200

    def __post_init__(self) -> None:
        check_constrained(self.arm)
        check_count("tries", self.tries)

    @property
    def name(self) -> str:
        limit = "" if self.tries == 200 else f" in at most {self.tries} draws"
        return f"{self.arm.name}, exact sample{limit}"

    def facts(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, "arm": self.arm.facts(), "tries": self.tries}

    def language(self, question: Question) -> Language:
        return self.arm.language(question)

    def obtain(self, engine: Engine, questions: Sequence[Question]) -> Sequence[Answer]:
        draws = _Draws(engine, questions, self.arm)
        found = conditional_answers(draws.draw, len(questions), drawing_of(engine.sampling), tries=self.tries)
        return [self._answer(question, each) for question, each in zip(questions, found, strict=True)]

    def _answer(self, question: Question, found: Accepted[Generation]) -> Answer:
        extra = {"draws": found.tries, "accepted": found.answer is not None}
        return Answer(found.answer or _refused(question, self.language(question)), extra=extra)


@dataclass(frozen=True, slots=True)
class Reweighted:
    """Several constrained samples, one of them drawn in proportion to its weight: nearly a sample from p given the language.

    All samples are kept, with their effective size: expectations by weights are those of `effects.reweighted_mean`.

    Attributes:
        samples: of each question; with more of them the answer is nearer to p given the language.
    """

    arm: ConstrainedArm = field(default_factory=FullConstraint)
    samples: int = 16

    def __post_init__(self) -> None:
        check_constrained(self.arm)
        check_count("samples", self.samples)

    @property
    def name(self) -> str:
        return f"{self.arm.name}, {self.samples} samples reweighted"

    def facts(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, "arm": self.arm.facts(), "samples": self.samples}

    def language(self, question: Question) -> Language:
        return self.arm.language(question)

    def obtain(self, engine: Engine, questions: Sequence[Question]) -> Sequence[Answer]:
        numbers = range(self.samples)
        drawn = _Draws(engine, questions, self.arm).draw([(row, number) for row in range(len(questions)) for number in numbers])
        return [self._chosen(drawn[first : first + self.samples]) for first in range(0, len(drawn), self.samples)]

    def _chosen(self, samples: Sequence[Generation]) -> Answer:
        place, effective = resampled(samples)
        parts = tuple(part(f"draw {number}", sample) for number, sample in enumerate(samples, 1))
        return Answer(samples[place], parts=parts, extra={"draws": self.samples, "chosen": place, "effective": effective})


@dataclass(frozen=True, slots=True)
class _Draws:
    """Masked samples of numbered draws of questions."""

    engine: Engine
    questions: Sequence[Question]
    arm: ConstrainedArm

    def draw(self, asked: Sequence[Numbered]) -> Sequence[Generation]:
        texts = [self.questions[row].text for row, _ in asked]
        languages = {row: self.arm.language(self.questions[row]) for row, _ in asked}
        return self.engine.generate(texts, [languages[row] for row, _ in asked], Request(draws=tuple(asked)))


def drawing_of(sampling: Sampling) -> Drawing:
    """The settings on which it depends whether answers are draws."""
    return Drawing(sampling.temperature, sampling.top_k, sampling.top_p, sampling.min_p)


def unfit_sampling(arm: Arm, sampling: Sampling) -> str | None:
    """Why an arm, or one inside it, cannot be run with these settings: it samples from a distribution, and they give no draws from it."""
    if isinstance(arm, (Exact, Reweighted)):
        return drawing_of(sampling).unfit
    inner = getattr(arm, "arm", None)
    if isinstance(arm, Coalescing) and isinstance(inner, (Exact, Reweighted)):
        return "forced texts are read in one pass, so their tokens are not chosen by the model"
    if isinstance(arm, Vote):
        sampling = replace(sampling, temperature=arm.temperature)
    return None if inner is None else unfit_sampling(inner, sampling)


def _refused(question: Question, language: Language) -> Generation:
    return Generation(
        prompt=question.text,
        text="",
        value=None,
        ids=(),
        logprobs=(),
        masked_logprobs=(),
        allowed_mass=(),
        stop_reason=REFUSED,
        budget_step=None,
        prompt_tokens=0,
        constraint=language.source,
        leading_space=language.leading_space,
        warnings=(),
        seed=0,
    )
