"""What keeps trials from being answered, found before anything runs: prompts too long, budgets too small, choices that are missing.

Each batch is put to its arm as in a run, by an engine that looks at what the arm asks for first and asks no model. Later stages of an arm
depend on answers, and are not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from fsmgen.decoding import Asked, LanguageModel, Likelihood, Marginal, Sampling, Tokenization, check_asked, check_choices, marginal_prompt
from fsmgen.errors import CannotRun, FsmgenError, PromptTooLong
from fsmgen.evaluation.arms import AS_SET, Arm, Engine, Question, Request
from fsmgen.evaluation.experiment import Batch, Experiment


class _Heard(Exception):
    """The arm's first request can be answered."""


def rehearse(experiment: Experiment, batches: Sequence[Batch]) -> None:
    """Refuse what could not be answered; cost: tokens of all prompts, and every constraint compiled.

    Raises:
        CannotRun: naming the first trial, or the one with the longest prompt where prompts are too long, and how many do not fit.
    """
    unfit = [each for batch in batches for each in _refused(experiment, batch)]
    if not unfit:
        return
    batch, place, error = max(unfit, key=lambda each: each[2].prompt_tokens + each[2].max_tokens)
    trials = sum(len(batch.trials) for batch in batches)
    raise CannotRun(_named(batch, place), reason=f"{error}; {len(unfit)} of {trials} trials do not fit") from error


def _refused(experiment: Experiment, batch: Batch) -> Iterator[tuple[Batch, int, PromptTooLong]]:
    """The trials of a batch whose prompts are too long; everything else that cannot be is raised at once."""
    sampling = replace(experiment.sampling, seed=batch.row_seeds)
    engine = _Listener(experiment.model, experiment.max_tokens, sampling)
    questions = [experiment.question(item, text) for item, text in zip(batch.items, batch.texts, strict=True)]
    whole = _refusal(batch.arm, engine, questions)
    if whole is None:
        return
    apart = [_refusal(batch.arm, engine, [question]) for question in questions]
    if not any(apart):
        raise CannotRun(_named(batch, 0), reason=str(whole)) from whole
    for place, error in enumerate(apart):
        if isinstance(error, PromptTooLong):
            yield batch, place, error
        elif error is not None:
            raise CannotRun(_named(batch, place), reason=str(error)) from error


def _refusal(arm: Arm, engine: Engine, questions: Sequence[Question]) -> FsmgenError | None:
    try:
        arm.obtain(engine, questions)
    except FsmgenError as error:
        return error
    except _Heard:
        pass
    return None


def _named(batch: Batch, place: int) -> str:
    return f"{batch.arm.name}, prompt {batch.prompt.name}, {batch.shots} shots, item {batch.items[place].id}"


@dataclass(frozen=True, slots=True)
class _Listener:
    """An engine that checks the first request."""

    model: LanguageModel
    max_tokens: int
    sampling: Sampling

    @property
    def judge(self) -> Engine:
        return self

    def generate(self, prompts: Sequence[str], asked: Asked | Sequence[Asked] = None, request: Request = AS_SET) -> NoReturn:
        budget = self.max_tokens if request.max_tokens is None else request.max_tokens
        check_asked(self.model, prompts, asked, max_tokens=budget, stop=request.stop)
        longest, context = max(len(self.model.encode(prompt)) for prompt in prompts), self.model.context_length
        if context is not None and longest + budget > context:
            raise PromptTooLong(prompt_tokens=longest, max_tokens=budget, context=context)
        raise _Heard

    def likelihoods(self, items: Sequence[tuple[str, Sequence[str]]], tokenization: Tokenization) -> list[list[Likelihood]]:
        check_choices(self.model, items, tokenization)
        raise _Heard

    def marginals(self, prompt: str, texts: Sequence[str], limit: int) -> list[Marginal]:
        assert limit > 0
        marginal_prompt(self.model, prompt, texts)
        return [Marginal(text, -1.0, -1.0, 1, exact=True) for text in texts]
