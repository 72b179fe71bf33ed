"""What effects are functions of: the facts of constrained answers, and the conditions under which they say more than their own path.

Averages over answers estimate expectations only if the answers were drawn from q itself: by ancestral sampling at one temperature, without
top-k, top-p or min-p, each token chosen and each answer ended by the model. `require_draws` holds them to that.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from fsmgen.errors import NoExpectation
from fsmgen.evaluation.records import REFUSED
from fsmgen.evaluation.statistics.values import Array

LEAST_EFFECTIVE = 10
"""An expectation is stated only where the effective sample size of its weights is at least this."""


class Draw(Protocol):
    """The facts of one answer by which it is a draw, with its weight; see `decoding.Generation`."""

    @property
    def logprobs(self) -> tuple[float, ...]: ...
    @property
    def masked_logprobs(self) -> tuple[float, ...]: ...
    @property
    def allowed_mass(self) -> tuple[float, ...]: ...
    @property
    def stop_reason(self) -> str: ...
    @property
    def constraint(self) -> str | None: ...
    @property
    def skipped(self) -> int: ...


class Answer(Draw, Protocol):
    """The facts of one answer that both `decoding.Generation` and a record have; see there."""

    @property
    def text(self) -> str: ...
    @property
    def ids(self) -> tuple[int, ...]: ...
    @property
    def budget_step(self) -> int | None: ...
    @property
    def calls(self) -> int: ...
    @property
    def wanted_texts(self) -> tuple[str | None, ...]: ...
    @property
    def wanted_logprobs(self) -> tuple[float | None, ...]: ...
    @property
    def token_lengths(self) -> tuple[int, ...]: ...
    @property
    def language_mass(self) -> tuple[float | None, ...]: ...
    @property
    def forced(self) -> tuple[int, ...]: ...
    @property
    def may_end(self) -> tuple[int, ...]: ...
    @property
    def end_mass(self) -> tuple[float, ...]: ...


@dataclass(frozen=True, slots=True)
class Drawing:
    """How tokens were chosen; the rest of a run's sampling settings is in p and does not matter here."""

    temperature: float
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Drawing:
        """From the sampling settings of a manifest."""
        return cls(**{name: settings[name] for name in ("temperature", "top_k", "top_p", "min_p")})

    @property
    def filters(self) -> tuple[str, ...]:
        """The settings that change q, named."""
        neutral = {"top_k": 0, "top_p": 1.0, "min_p": 0.0}
        return tuple(f"{name}={getattr(self, name):g}" for name, value in neutral.items() if getattr(self, name) != value)

    @property
    def unfit(self) -> str | None:
        """Why answers that were drawn so are no draws from the masked distribution, if they are none."""
        if self.temperature == 0:
            return "the run is greedy, so each answer is one path and no draw; it gives only the tax of that path"
        if self.filters:
            return f"tokens were drawn with {', '.join(self.filters)}, so answers are no draws from the masked distribution"
        return None


def require_draws(quantity: str, answers: Sequence[Draw], drawing: Drawing) -> None:
    """Refuse answers that are no draws from q.

    Raises:
        NoExpectation: greedy or filtered sampling, forced texts that were not chosen, no constraint, or an answer without its end.
    """
    settings = drawing.unfit if answers else "there are no answers"
    reason = settings or next(filter(None, map(_unfit, answers)), None)
    if reason is not None:
        raise NoExpectation(quantity, reason)


def _unfit(answer: Draw) -> str | None:
    if answer.constraint is None:
        return "an answer has no constraint"
    if answer.stop_reason == REFUSED:
        return "an answer was refused, so there is none"
    if answer.stop_reason == "length":
        return "an answer was cut off at the token limit; its path gives only a bound"
    if answer.stop_reason != "eos":
        return f"an answer ended by {answer.stop_reason!r} and not by an end token that the model chose"
    if answer.skipped:
        return "forced texts were read in one pass, so their tokens were not chosen by the model"
    return None


def log_masses(answer: Draw) -> Array:
    """log Z_t at each token, at most 0."""
    return np.minimum(np.asarray(answer.logprobs, np.float64) - np.asarray(answer.masked_logprobs, np.float64), 0.0)


def log_weight(answer: Draw) -> float:
    """The log of the product of all Z_t: how much of the answer's way the unconstrained model would have gone by itself."""
    return math.fsum(log_masses(answer))


def effective_size(log_weights: Sequence[float]) -> float:
    """(sum w)^2 / sum w^2 (Kong 1992): how many equally weighted answers the weighted ones are worth."""
    weights = np.exp(np.asarray(log_weights, np.float64) - max(log_weights))
    return float(weights.sum() ** 2 / np.sum(weights**2))


def require_size(quantity: str, log_weights: Sequence[float]) -> float:
    """The effective sample size, if it is enough.

    Raises:
        NoExpectation: it is below `LEAST_EFFECTIVE`.
    """
    size = effective_size(log_weights)
    if size < LEAST_EFFECTIVE:
        count = "one answer is" if len(log_weights) == 1 else f"{len(log_weights)} answers are"
        raise NoExpectation(quantity, f"{count} worth {size:.1f} by weight, and at least {LEAST_EFFECTIVE} are needed")
    return size
