"""Balanced tables of scores: what the functions over models and prompts work on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from fsmgen.evaluation.statistics.values import Array, Unsaid

Accuracies: TypeAlias = Mapping[str, Mapping[str, float]]
"""accuracies[model][prompt], from 0 to 1."""
Scores: TypeAlias = Mapping[str, Mapping[str, Mapping[str, float]]]
"""scores[model][prompt][item], from 0 (wrong) to 1 (correct)."""


@dataclass(frozen=True, slots=True)
class AccuracyTable:
    """Attributes: values: float64[rows, columns]."""

    values: Array
    rows: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScoreTable:
    """Attributes: values: float64[models, prompts, items]."""

    values: Array
    models: tuple[str, ...]
    prompts: tuple[str, ...]
    items: tuple[str, ...]


def accuracy_table(accuracies: Accuracies, *, rows: str, columns: str, least: tuple[int, int] = (2, 2)) -> AccuracyTable | Unsaid:
    """The table of a mapping of mappings, or why it is none: too small, or cells that are missing or no number."""
    names = tuple(accuracies)
    inner = tuple(next(iter(accuracies.values()), {}))
    reason = _too_few(rows, names, least[0]) or _uneven(accuracies, rows, columns) or _too_few(columns, inner, least[1])
    if reason is not None:
        return reason
    values = np.array([[accuracies[row][column] for column in inner] for row in names], np.float64)
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        return Unsaid(f"the score of {names[row]} and {inner[column]} is no number")
    return AccuracyTable(values, names, inner)


def score_table(scores: Scores, *, least: tuple[int, int, int] = (2, 1, 2)) -> ScoreTable | Unsaid:
    """The table of scores by model, prompt and item, or why it is none."""
    models = tuple(scores)
    if (reason := _too_few("models", models, least[0]) or _uneven(scores, "models", "prompts")) is not None:
        return reason
    prompts = tuple(scores[models[0]])
    if (reason := _too_few("prompts", prompts, least[1])) is not None:
        return reason
    cells = {f"{model} under {prompt}": scores[model][prompt] for model in models for prompt in prompts}
    table = accuracy_table(cells, rows="pairs of model and prompt", columns="items", least=(1, least[2]))
    if isinstance(table, Unsaid):
        return table
    return ScoreTable(table.values.reshape(len(models), len(prompts), -1), models, prompts, table.columns)


def _too_few(what: str, names: Collection[str], least: int) -> Unsaid | None:
    if len(names) >= least:
        return None
    there = "is one" if len(names) == 1 else f"are {len(names) or 'none'}"
    return Unsaid(f"at least {least} {what} are needed, and there {there}")


def _uneven(table: Mapping[str, Mapping[str, object]], rows: str, columns: str) -> Unsaid | None:
    """Why the rows are no table: they have different columns."""
    sizes = sorted(len(row) for row in table.values())
    common = set.intersection(*(set(row) for row in table.values())) if table else set()
    if not table or sizes[-1] == len(common):
        return None
    return Unsaid(f"the {rows} have different {columns} ({sizes[0]} to {sizes[-1]} each, {len(common)} in common)")
