"""How much a score depends on the wording of the prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fsmgen.evaluation.statistics.values import Array, Unsaid, without_numbers


@dataclass(frozen=True, slots=True)
class PromptSpread:
    """Scores of one arm over prompts, all on the same items.

    Attributes:
        sd: standard deviation of the prompts' scores (n - 1).
        range: best minus worst.
        corrected_sd: what remains of `sd` once item noise is taken away: sqrt((MS_prompt - MS_item.prompt) / items), from the
            two-way table items x prompts.
    """

    worst: str
    lowest: float
    highest: float
    range: float
    sd: float
    corrected_sd: float | Unsaid
    prompts: int
    items: int
    method: str = "two-way analysis of variance, items x prompts"


def prompt_spread(scores: Mapping[str, Mapping[str, float]]) -> PromptSpread | Unsaid:
    """The spread of `scores[prompt][item]`, numbers from 0 (wrong) to 1 (correct)."""
    if (reason := _unfit(scores)) is not None:
        return reason
    prompts = sorted(scores)
    items = sorted(scores[prompts[0]])
    table = np.array([[scores[prompt][item] for item in items] for prompt in prompts], dtype=np.float64)
    if np.ptp(table) == 0:
        return Unsaid(f"all cells score {table[0, 0]:g}: at the {'ceiling' if table[0, 0] else 'floor'} prompts cannot differ")
    means = table.mean(axis=1)
    lowest, highest = float(means.min()), float(means.max())
    return PromptSpread(
        worst=prompts[int(means.argmin())],
        lowest=lowest,
        highest=highest,
        range=highest - lowest,
        sd=float(means.std(ddof=1)),
        corrected_sd=_corrected(table),
        prompts=len(prompts),
        items=len(items),
    )


def _unfit(scores: Mapping[str, Mapping[str, float]]) -> Unsaid | None:
    if len(scores) < 2:
        return Unsaid(f"spread over prompts needs at least two prompts, and there {'is one' if scores else 'are none'}")
    sizes = {len(cells) for cells in scores.values()}
    everywhere = set.intersection(*(set(cells) for cells in scores.values()))
    if sizes != {len(everywhere)}:
        return Unsaid(f"prompts have different items ({min(sizes)} to {max(sizes)} each, {len(everywhere)} in common)")
    if len(everywhere) < 2:
        return Unsaid("spread over prompts needs at least two items")
    return next(filter(None, (without_numbers(list(cells.values())) for cells in scores.values())), None)


def _corrected(table: Array) -> float | Unsaid:
    """table: [prompts, items]."""
    variance = float(corrected_variances(table))
    return Unsaid("not distinguishable from item noise") if variance <= 0 else float(np.sqrt(variance))


def corrected_variances(tables: Array) -> Array:
    """(MS_prompt - MS_item.prompt) / items of tables [..., prompts, items]; at or below zero where prompts differ no more than noise."""
    prompts, items = tables.shape[-2:]
    by_prompt = tables.mean(axis=-1, keepdims=True)
    residual = tables - by_prompt - tables.mean(axis=-2, keepdims=True) + tables.mean(axis=(-2, -1), keepdims=True)
    ms_prompt = items * by_prompt[..., 0].var(axis=-1, ddof=1)
    ms_residual = np.sum(residual**2, axis=(-2, -1)) / ((prompts - 1) * (items - 1))
    return np.asarray((ms_prompt - ms_residual) / items)
