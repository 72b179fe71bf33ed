"""Where the variance of scores comes from, and how well an average over prompts ranks models.

Every cell is model x prompt x item, all three crossed and random (Cronbach et al. 1972; Brennan 2001, chapter 3). Components
are the solutions of the expected mean squares of the balanced design; one below zero is an estimate of zero or nearly so, and is kept as it
is, so that sums stay unbiased. What makes rankings unstable is model x prompt: a prompt that is hard for all models alike changes none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from fsmgen.evaluation.statistics.tables import Scores, score_table
from fsmgen.evaluation.statistics.values import Array, Unsaid

_FACTORS = ("model", "prompt", "item")


@dataclass(frozen=True, slots=True)
class Components:
    """Components of variance of one cell.

    Attributes:
        variances: by source: `model`, `prompt`, `item`, `model x prompt`, `model x item`, `prompt x item`, `rest`. The rest is the
            interaction of all three with whatever varies from run to run.
    """

    variances: Mapping[str, float]
    models: int
    prompts: int
    items: int

    def share(self, source: str) -> float:
        """The part of a source in the sum of the components above zero."""
        total = sum(max(0.0, value) for value in self.variances.values())
        return max(0.0, self.variances[source]) / total

    def error(self, prompts: int, items: int) -> float:
        """Variance of the difference-relevant error of a model's mean over so many prompts and items; at least zero."""
        variances = self.variances
        parts = variances["model x prompt"] / prompts, variances["model x item"] / items, variances["rest"] / (prompts * items)
        return sum(max(0.0, part) for part in parts)

    def generalisability(self, prompts: int, items: int) -> float | Unsaid:
        """The coefficient of relative decisions, from 0 to 1: model variance over itself and the error of its mean.

        It is the expected squared correlation of two rankings' scores with those over all prompts and items.
        """
        if self.variances["model"] <= 0:
            return Unsaid("the models cannot be told apart from noise, so no ranking of them generalises")
        return self.variances["model"] / (self.variances["model"] + self.error(prompts, items))


def variance_components(scores: Scores) -> Components | Unsaid:
    """The components of `scores[model][prompt][item]`, the same prompts and items for each model; at least two of each."""
    table = score_table(scores, least=(2, 2, 2))
    if isinstance(table, Unsaid):
        return table
    if np.ptp(table.values) == 0:
        return Unsaid(f"all cells score {table.values.flat[0]:g}, so there is no variance")
    shape = table.values.shape
    return Components(_solved(_mean_squares(table.values), shape), *shape)


def generalisability_curve(
    components: Components, prompts: Iterable[int] = (1, 2, 4, 8, 16, 32), *, items: int | None = None
) -> Mapping[int, float] | Unsaid:
    """The coefficient for each number of prompts, with as many items as there were, or `items`."""
    count = components.items if items is None else items
    curve = {number: components.generalisability(number, count) for number in prompts}
    unsaid = next((value for value in curve.values() if isinstance(value, Unsaid)), None)
    return unsaid or {number: value for number, value in curve.items() if not isinstance(value, Unsaid)}


def _mean_squares(values: Array) -> Mapping[frozenset[int], float]:
    """The mean square of every main effect and interaction."""
    squares: dict[frozenset[int], float] = {}
    effects: dict[frozenset[int], Array] = {frozenset(): np.asarray(values.mean(), np.float64)}
    for size in (1, 2, 3):
        for kept in map(frozenset, combinations(range(3), size)):
            others = tuple(axis for axis in range(3) if axis not in kept)
            effect = values.mean(axis=others, keepdims=True) - sum(effects[lower] for lower in effects if lower < kept)
            effects[kept] = effect
            repeats = np.prod([values.shape[axis] for axis in others])
            freedom = np.prod([values.shape[axis] - 1 for axis in kept])
            squares[kept] = float(repeats * np.sum(effect**2) / freedom)
    return squares


def _solved(squares: Mapping[frozenset[int], float], shape: tuple[int, ...]) -> Mapping[str, float]:
    """Expected mean squares solved: that of a source is the sum of every component that contains it, times what it is averaged over."""
    solved: dict[frozenset[int], float] = {}
    for source in sorted(squares, key=len, reverse=True):
        repeats = {larger: float(np.prod([shape[axis] for axis in range(3) if axis not in larger])) for larger in squares}
        above = sum(repeats[larger] * solved[larger] for larger in solved if larger > source)
        solved[source] = (squares[source] - above) / repeats[source]
    return {_name(source): solved[source] for source in sorted(solved, key=lambda kept: (len(kept), sorted(kept)))}


def _name(source: frozenset[int]) -> str:
    return "rest" if len(source) == 3 else " x ".join(_FACTORS[axis] for axis in sorted(source))
