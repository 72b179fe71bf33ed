"""How much of the model's probability a constraint leaves: path by path, on average, and against what the model does when it is free.

With p the model's distribution, A_t the allowed tokens, Z_t = p(A_t), q what masked sampling draws from, L the language that fits the
budget, and w = prod Z_t of an answer:

    tax of a path           T = -sum log Z_t = log q(y) - log p(y)
    tax                     E_q[T] = KL(q || p)
    validity mass           P(L) = E_q[w]: how often the unconstrained model would have obeyed
    distortion              KL(q || p(. | L)) = log P(L) - E_q[log w]: what masking does beyond the condition itself
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fsmgen.evaluation.effects.answers import (
    Answer,
    Draw,
    Drawing,
    log_masses,
    log_weight,
    require_draws,
    require_size,
)
from fsmgen.evaluation.statistics import Interval, Unsaid, mean_interval, proportion
from fsmgen.evaluation.statistics.values import Array


@dataclass(frozen=True, slots=True)
class Expectation:
    """A mean over draws.

    Attributes:
        interval: of the mean, errors clustered by item.
        effective: effective sample size of the weights w.
    """

    estimate: float
    interval: Interval | Unsaid
    effective: float
    answers: int


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """The validity mass beside the rate at which free answers were in the language.

    Attributes:
        difference: mass minus rate; its interval combines those of the two (Zou and Donner 2008), as if their errors were independent.
    """

    mass: Expectation
    rate: Interval
    difference: Interval

    @property
    def inside(self) -> bool:
        """Whether the mass lies within the interval of the rate."""
        return self.rate.low <= self.mass.estimate <= self.rate.high

    @property
    def agrees(self) -> bool:
        """Whether the interval of the difference holds zero. At a level of 95%, one check in twenty fails by chance."""
        return self.difference.low <= 0 <= self.difference.high


@dataclass(frozen=True, slots=True)
class StepMass:
    """Z_t at one step, over the answers that are that long.

    Attributes:
        below_half: share of the answers to which the constraint left less than one half.
    """

    step: int
    answers: int
    mean: float
    median: float
    least: float
    below_half: float


@dataclass(frozen=True, slots=True)
class RegionMass:
    """A part of the answers: how many tokens fall into it, and the tax that they pay.

    Attributes:
        tax: mean over all answers of the tax within the region; the regions' sum is the tax of the path.
        mean_mass: mean Z_t over the tokens.
    """

    region: str
    tokens: int
    tax: float
    mean_mass: float
    below_half: float


def path_tax(answer: Draw) -> float:
    """T of one answer in nats: how much less probable than under masked sampling the unconstrained model finds it. Any run has it."""
    return 0.0 - log_weight(answer)


def tax(answers: Sequence[Draw], items: Sequence[Hashable], drawing: Drawing, *, level: float = 0.95) -> Expectation:
    """KL(q || p) in nats, the mean over items.

    Raises:
        NoExpectation: the answers are no draws from q, or worth too few.
    """
    return _expectation("tax", [path_tax(answer) for answer in answers], answers, items, drawing, (0.0, math.inf), level)


def validity_mass(answers: Sequence[Draw], items: Sequence[Hashable], drawing: Drawing, *, level: float = 0.95) -> Expectation:
    """P(L), the mean over items, from constrained answers alone. Near the token limit L is what still fits.

    Raises:
        NoExpectation: the answers are no draws from q, or worth too few.
    """
    weights = [math.exp(log_weight(answer)) for answer in answers]
    return _expectation("validity mass", weights, answers, items, drawing, (0.0, 1.0), level)


def check_validity(mass: Expectation, obeyed: Sequence[bool], items: Sequence[Hashable], *, level: float = 0.95) -> SelfCheck | Unsaid:
    """Compare with free answers to the same prompts, at the same temperature and token limit.

    Args:
        obeyed: whether each free answer, with its end, is in the language.
    """
    rate = proportion([float(each) for each in obeyed], items, level=level)
    if isinstance(rate, Unsaid):
        return Unsaid("there are no free answers to compare with")
    if isinstance(mass.interval, Interval):
        low, high = mass.interval.low, mass.interval.high
    else:
        low = high = mass.estimate
    distance = mass.estimate - rate.estimate
    below = math.hypot(mass.estimate - low, rate.high - rate.estimate)
    above = math.hypot(high - mass.estimate, rate.estimate - rate.low)
    method = "intervals of both combined as independent"
    return SelfCheck(mass, rate, Interval(distance, distance - below, distance + above, level, method))


def distortion(answers: Sequence[Draw], prompts: Sequence[Hashable], drawing: Drawing, *, level: float = 0.95) -> Expectation:
    """KL(q || p(. | L)) in nats, the mean over prompts, each from several answers to it, with the bias taken away by the jackknife.

    Args:
        prompts: which answers are to the same prompt: those are draws of one q.

    Raises:
        NoExpectation: the answers are no draws from q, or those of some prompt are worth too few.
    """
    require_draws("distortion", answers, drawing)
    groups: dict[Hashable, list[float]] = {}
    for answer, prompt in zip(answers, prompts, strict=True):
        groups.setdefault(prompt, []).append(log_weight(answer))
    sizes = [require_size("distortion", weights) for weights in groups.values()]
    found = [_jackknifed(np.array(weights)) for weights in groups.values()]
    values = [value for value, _ in found]
    mean = float(np.mean(values))
    if len(found) > 1:
        interval = _mean(values, range(len(values)), (0.0, math.inf), level)
    else:
        half = 1.96 * found[0][1]
        interval = Interval(mean, max(0.0, mean - half), mean + half, level, "jackknife over answers")
    return Expectation(max(0.0, mean), interval, float(min(sizes)), len(answers))


def mass_by_step(answers: Iterable[Draw], *, steps: int | None = None) -> tuple[StepMass, ...]:
    """Z_t at each step, or at the first few."""
    masses = [np.exp(log_masses(answer)) for answer in answers]
    longest = max(map(len, masses), default=0)
    found = []
    for step in range(longest if steps is None else min(steps, longest)):
        here = np.array([row[step] for row in masses if len(row) > step])
        figures = float(here.mean()), float(np.median(here)), float(here.min()), float(np.mean(here < 0.5))
        found.append(StepMass(step, len(here), *figures))
    return tuple(found)


def mass_by_region(answers: Sequence[Draw], regions: Sequence[Sequence[str]]) -> tuple[RegionMass, ...]:
    """The tax by the parts of the answers, in order of first appearance; `regions` names the part of every token."""
    found: dict[str, list[float]] = {}
    for answer, names in zip(answers, regions, strict=True):
        for name, log_mass in zip(names, log_masses(answer), strict=True):
            found.setdefault(name, []).append(float(log_mass))
    return tuple(
        RegionMass(
            region=name,
            tokens=len(logs),
            tax=0.0 - math.fsum(logs) / len(answers),
            mean_mass=float(np.mean(np.exp(logs))),
            below_half=float(np.mean(np.exp(logs) < 0.5)),
        )
        for name, logs in found.items()
    )


def budget_share(answers: Iterable[Answer]) -> tuple[float, ...]:
    """Of each answer on whose way the token limit took tokens away: the part of its tax that the limit added, and not the language."""
    shares = []
    for answer in answers:
        logs = log_masses(answer)
        added = [math.log(whole) - log for log, whole in zip(logs, answer.language_mass, strict=False) if whole]
        total = 0.0 - math.fsum(logs)
        if added and total > 0:
            shares.append(min(1.0, max(0.0, math.fsum(added) / total)))
    return tuple(shares)


def _expectation(
    quantity: str,
    values: Sequence[float],
    answers: Sequence[Draw],
    items: Sequence[Hashable],
    drawing: Drawing,
    bounds: tuple[float, float],
    level: float,
) -> Expectation:
    require_draws(quantity, answers, drawing)
    size = require_size(quantity, [log_weight(answer) for answer in answers])
    return Expectation(float(np.mean(values)), _mean(values, items, bounds, level), size, len(answers))


def _mean(values: Sequence[float], items: Sequence[Hashable], bounds: tuple[float, float], level: float) -> Interval | Unsaid:
    if np.ptp(values) == 0:
        return Unsaid(f"every answer has the same value, {values[0]:.3g}, so its sampling error cannot be estimated")
    return mean_interval(values, items, level=level, bounds=bounds, name="t over answers")


def _jackknifed(logs: Array) -> tuple[float, float]:
    """log mean w - mean log w without the bias of the logarithm of a mean (order 1/n), and its standard error."""
    count, shift = len(logs), float(logs.max())
    weights = np.exp(logs - shift)
    without = np.log((weights.sum() - weights) / (count - 1)) - (logs.sum() - logs) / (count - 1) + shift
    whole = math.log(weights.mean()) + shift - float(logs.mean())
    error = math.sqrt((count - 1) / count * float(np.sum((without - without.mean()) ** 2)))
    return count * whole - (count - 1) * float(without.mean()), error
