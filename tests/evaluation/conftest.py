"""A study in small: a model that is only a name with facts, and a `generate` that answers from the prompt's text alone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch

from fsmgen.decoding import Generation, Sampling
from fsmgen.embedded.formats import FAVOURITE, HELD_OUT
from fsmgen.evaluation.arms import FreeText, FullConstraint
from fsmgen.evaluation.experiment import Experiment
from fsmgen.evaluation.prompts import FormatPrompt
from fsmgen.evaluation.tasks import story_task
from fsmgen.grammar import Language


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    """The machine is shared, and one thread is faster on models this small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@dataclass(frozen=True)
class FakeModel:
    name: str = "embedded:fake"
    facts: dict[str, str | None] = field(default_factory=lambda: {"sha256": "0" * 64, "torch": "none", "revision": None})


def fraction(*parts: object) -> float:
    """A number in [0, 1) that looks random and is a function of the parts."""
    return int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:6], "big") / 2**48


def fake_text(prompt: str, constrained: bool) -> tuple[str, str]:
    """An answer and its stop reason; its number is the sum of the last two of the prompt, which is right for some stories."""
    number = sum(map(int, re.findall(r"\d+", prompt)[-2:]))
    if constrained:
        return f" Adding up. The answer is {number + (fraction(prompt, 'slip') < 0.2)}.", "eos"
    draw = fraction(prompt)
    endings = ((0.7, f" So: {number}. The answer is {number}.", "eos"), (0.8, f"\n#### {number}", "eos"), (0.9, " I do not know", "eos"))
    return next(((text, stop) for below, text, stop in endings if draw < below), (f" {number} and {number}", "length"))


def fake_generate(
    model: FakeModel, prompts: Sequence[str], constraint: Language | list[Language] | None, *, max_tokens: int, sampling: Sampling
) -> list[Generation]:
    """One answer to each prompt, a function of the prompt and of whether there is a constraint."""
    assert model.facts
    seeds = sampling.row_seeds(len(prompts))
    each = constraint if isinstance(constraint, list) else [constraint] * len(prompts)
    return [_answer(prompt, one, seed, max_tokens) for prompt, one, seed in zip(prompts, each, seeds, strict=True)]


def _answer(prompt: str, constraint: Language | None, seed: int, max_tokens: int) -> Generation:
    text, stop_reason = fake_text(prompt, constraint is not None)
    ids = tuple(text.encode()[:max_tokens])
    return Generation(
        prompt=prompt,
        text=text,
        value=text,
        ids=ids,
        logprobs=tuple(-fraction(prompt, place) for place in range(len(ids))),
        masked_logprobs=tuple(-fraction(prompt, place) / 2 for place in range(len(ids))),
        allowed_mass=tuple(0.5 + fraction(prompt, place) / 2 if constraint else 1.0 for place in range(len(ids))),
        stop_reason=stop_reason,
        budget_step=3 if constraint and fraction(prompt, "closed") < 0.1 else None,
        prompt_tokens=len(prompt),
        constraint=None if constraint is None else constraint.source,
        leading_space=None if constraint is None else constraint.leading_space,
        warnings=("the first token",) if constraint and fraction(prompt, "warned") < 0.2 else (),
        seed=seed,
    )


@pytest.fixture
def experiment() -> Experiment:
    """Twelve items under two prompts, free and constrained: 48 trials in batches of 5."""
    return make_experiment()


def make_experiment(**changes: Any) -> Experiment:
    prompts = (FormatPrompt(FAVOURITE), FormatPrompt(HELD_OUT[0]))
    arms = (FreeText(), FullConstraint())
    settings: dict[str, Any] = {"prompts": prompts, "arms": arms, "batch_size": 5, "max_tokens": 40}
    return Experiment(**{"task": story_task("dev", 12), "model": FakeModel(), **settings, **changes})
