"""How stable a ranking of models is when the prompt changes.

>>> scores = {"a": {"p": 0.9, "q": 0.8}, "b": {"p": 0.5, "q": 0.6}, "c": {"p": 0.4, "q": 0.7}}
>>> stability = rank_stability(scores)
>>> f"{stability.tau_b:.3f}, {stability.kendall_w:.3f}, best {stability.best} under {stability.top1:.0%} of the prompts"
'0.333, 0.750, best a under 100% of the prompts'
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, TypeAlias, get_args

import numpy as np
from scipy import stats

from fsmgen.errors import InvalidOption
from fsmgen.evaluation.statistics.tables import Accuracies, Scores, accuracy_table, score_table
from fsmgen.evaluation.statistics.values import Array, Unsaid

Resampled: TypeAlias = Literal["items", "prompts", "both"]


@dataclass(frozen=True, slots=True)
class RankStability:
    """Agreement of the rankings of models under different prompts.

    Attributes:
        tau_b: mean over all pairs of prompts of Kendall's tau-b between the models' scores; pairs of which one has all models alike, for
            which it is not defined, are left out.
        kendall_w: coefficient of concordance with the prompts as raters, average ranks, corrected for ties (Kendall and Smith 1939).
        best: the model that is best most often.
        top1: share of prompts under which that model is best; a prompt with k best models counts 1/k for each.
        inversions: share of all (pair of models, pair of prompts) in which the two prompts put the two models in opposite orders.
        spread: largest minus smallest score over prompts, the median over models.
        undefined: pairs of prompts without a tau-b.
    """

    tau_b: float | Unsaid
    kendall_w: float | Unsaid
    best: str
    top1: float
    inversions: float
    spread: float
    undefined: int
    models: int
    prompts: int


@dataclass(frozen=True, slots=True)
class Swap:
    """How often two models change places when what was sampled is sampled anew.

    Attributes:
        better, worse: the models, by their mean scores; in the order of names where these are equal.
        probability: share of the resamples in which the worse one is ahead; ties count one half.
    """

    better: str
    worse: str
    difference: float
    probability: float


def rank_stability(accuracies: Accuracies) -> RankStability | Unsaid:
    """The stability of `accuracies[model][prompt]`; the same prompts for each model."""
    table = accuracy_table(accuracies, rows="models", columns="prompts")
    if isinstance(table, Unsaid):
        return table
    values = table.values
    orders = _orders(values)
    taus, undefined = _tau_b(orders)
    credit = first_places(values).sum(axis=1)
    return RankStability(
        tau_b=float(taus.mean()) if len(taus) else Unsaid("under all prompts but one, or all, the models have equal scores"),
        kendall_w=_concordance(values),
        best=table.rows[int(credit.argmax())],
        top1=float(credit.max() / values.shape[1]),
        inversions=_inversions(orders),
        spread=float(np.median(np.ptp(values, axis=1))),
        undefined=undefined,
        models=values.shape[0],
        prompts=values.shape[1],
    )


def first_places(values: Array) -> Array:
    """Of `values[model, prompt]`, in that shape: 1 where a model is best under a prompt, 1/k for each of k that are best together."""
    best = values == values.max(axis=0)
    return np.asarray(best / best.sum(axis=0))


def swap_probabilities(scores: Scores, *, over: Resampled = "both", resamples: int = 2000, seed: int = 0) -> tuple[Swap, ...] | Unsaid:
    """For each pair of models the probability that they change places; bootstrap over items, prompts, or both, shared by all models.

    Args:
        scores: `scores[model][prompt][item]`, the same prompts and items for each model.

    Raises:
        InvalidOption: `over` is unknown.
    """
    if over not in get_args(Resampled):
        raise InvalidOption("over", over, allowed=f"one of {', '.join(get_args(Resampled))}")
    table = score_table(scores)
    if isinstance(table, Unsaid):
        return table
    values, rng = table.values, np.random.default_rng(seed)
    drawn = np.stack([_resampled(values, over, rng) for _ in range(resamples)])
    means = values.mean(axis=(1, 2))
    return tuple(_swap(table.models, means, drawn, pair) for pair in combinations(range(len(means)), 2))


def _swap(models: tuple[str, ...], means: Array, drawn: Array, pair: tuple[int, int]) -> Swap:
    better, worse = sorted(pair, key=lambda model: -means[model])
    ahead = np.mean((drawn[:, worse] > drawn[:, better]) + 0.5 * (drawn[:, worse] == drawn[:, better]))
    return Swap(models[better], models[worse], float(means[better] - means[worse]), float(ahead))


def _resampled(values: Array, over: Resampled, rng: np.random.Generator) -> Array:
    """Mean score of each model over resampled prompts and items, as weights: float64[models]."""
    _, prompts, items = values.shape
    by_prompt = rng.multinomial(prompts, np.full(prompts, 1 / prompts)) / prompts if over != "items" else np.full(prompts, 1 / prompts)
    by_item = rng.multinomial(items, np.full(items, 1 / items)) / items if over != "prompts" else np.full(items, 1 / items)
    weighted: Array = by_prompt @ values @ by_item
    return np.round(weighted, 12)  # equal means are equal whatever the order of their sum


def _orders(values: Array) -> Array:
    """float64[prompts, pairs of models]: 1, 0 or -1 as the first model of the pair is better, equal or worse."""
    first, second = np.triu_indices(values.shape[0], 1)
    return np.sign(values[first] - values[second]).T


def _tau_b(orders: Array) -> tuple[Array, int]:
    """Kendall's tau-b of every pair of prompts that has one, and how many have none."""
    untied = np.count_nonzero(orders, axis=1).astype(float)
    one, other = np.triu_indices(len(orders), 1)
    scale = np.sqrt(untied[one] * untied[other])
    products = (orders @ orders.T)[one, other]
    return products[scale > 0] / scale[scale > 0], int(np.sum(scale == 0))


def _inversions(orders: Array) -> float:
    ahead, behind = (orders > 0).sum(axis=0), (orders < 0).sum(axis=0)
    prompts = len(orders)
    return float((ahead * behind).sum() / (orders.shape[1] * prompts * (prompts - 1) / 2))


def _concordance(values: Array) -> float | Unsaid:
    models, prompts = values.shape
    ranks = stats.rankdata(values, axis=0)
    ties = sum(float(np.sum(counts**3 - counts)) for counts in (np.unique(column, return_counts=True)[1] for column in values.T))
    most = prompts**2 * models * (models**2 - 1) - prompts * ties
    if most == 0:
        return Unsaid("all models have equal scores under every prompt")
    total = 12 * float(np.sum(ranks.sum(axis=1) ** 2)) - 3 * prompts**2 * models * (models + 1) ** 2
    return float(total / most)


def means_by_prompt(scores: Scores) -> Mapping[str, Mapping[str, float]]:
    """`accuracies[model][prompt]` of `scores[model][prompt][item]`."""
    return {model: {prompt: float(np.mean(list(cells.values()))) for prompt, cells in prompts.items()} for model, prompts in scores.items()}
