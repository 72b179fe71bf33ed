"""Models in order: how stable their ranking is under other prompts and items, and what makes it so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from fsmgen.evaluation.comparison import with_shots
from fsmgen.evaluation.extraction import Rung
from fsmgen.evaluation.records import Study
from fsmgen.evaluation.scores import by_model
from fsmgen.evaluation.statistics import (
    Components,
    ExposureComparison,
    RankStability,
    Swap,
    Unsaid,
    compare_by_exposure,
    generalisability_curve,
    means_by_prompt,
    rank_stability,
    swap_probabilities,
    variance_components,
)
from fsmgen.evaluation.statistics.tables import Scores


@dataclass(frozen=True, slots=True)
class Ranking:
    """The models under one arm.

    Attributes:
        means: of each model, over its prompts.
        curve: the generalisability coefficient by number of prompts.
        exposure: pairs of models compared on formats that the training of both or neither showed, where that is known.
    """

    arm: str
    means: Mapping[str, float]
    stability: RankStability | Unsaid
    swaps: tuple[Swap, ...] | Unsaid
    components: Components | Unsaid
    curve: Mapping[int, float] | Unsaid
    exposure: Mapping[tuple[str, str], ExposureComparison | Unsaid]


def rankings(studies: Sequence[Study], *, rung: Rung = "flexible", level: float = 0.95) -> tuple[Ranking, ...]:
    """The ranking of the studies' models under each arm that any of them has.

    Raises:
        InvalidOption: there is no such rung; the studies ask different things, or two are of one model.
    """
    saw = {study.manifest["model"]: _saw(study) for study in studies}
    return tuple(_ranking(arm, scores, saw, level) for arm, scores in by_model(studies, rung).items())


def _ranking(arm: str, scores: Scores, saw: Mapping[str, Mapping[str, bool]], level: float) -> Ranking:
    components = variance_components(scores)
    accuracies = means_by_prompt(scores)
    pairs = {
        (one, other): compare_by_exposure(scores[one], scores[other], first_saw=saw[one], second_saw=saw[other], level=level)
        for one, other in combinations(scores, 2)
        if saw[one] and saw[other]
    }
    return Ranking(
        arm=arm,
        means={model: sum(row.values()) / len(row) for model, row in accuracies.items() if row},
        stability=rank_stability(accuracies),
        swaps=swap_probabilities(scores),
        components=components,
        curve=components if isinstance(components, Unsaid) else generalisability_curve(components),
        exposure=pairs,
    )


def _saw(study: Study) -> Mapping[str, bool]:
    """By prompt as tables name it, whether training showed the format; empty where that is not known."""
    prompts = study.manifest["prompts"]
    if any(not isinstance(shown, str) or shown == "unknown" for shown in prompts.values()):
        return {}
    shots = study.manifest["shots"]
    return {
        with_shots(name, count, study.manifest): not shown.startswith("never seen") for name, shown in prompts.items() for count in shots
    }
