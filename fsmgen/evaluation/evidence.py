"""What more can be said of arms on the same cells: equivalence, other prompts like these, permutations, several arms at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from fsmgen.evaluation.extraction import Rung
from fsmgen.evaluation.records import Cell, Study
from fsmgen.evaluation.scores import Scored, scored
from fsmgen.evaluation.statistics import (
    Equivalence,
    Interval,
    Omnibus,
    Permutation,
    Unsaid,
    VarianceComparison,
    compare_prompt_variance,
    equivalence,
    omnibus,
    permutation_test,
    two_way_interval,
)
from fsmgen.evaluation.statistics.planning import MARGIN


@dataclass(frozen=True, slots=True)
class PairEvidence:
    """An arm against the reference.

    Attributes:
        equivalence: whether the difference is within the margin.
        over_prompts: interval over items and prompts, both taken as samples.
        permutation: arms swapped within items.
        variance: the arm's variance over prompts against the reference's.
    """

    arm: str
    reference: str
    equivalence: Equivalence | Unsaid
    over_prompts: Interval | Unsaid
    permutation: Permutation | Unsaid
    variance: VarianceComparison | Unsaid


@dataclass(frozen=True, slots=True)
class Evidence:
    """Every arm against the reference, and all together."""

    pairs: tuple[PairEvidence, ...]
    several: Omnibus | Unsaid


def evidence(study: Study, *, rung: Rung = "flexible", level: float = 0.95, margin: float = MARGIN) -> Evidence:
    """The evidence in a study.

    Raises:
        InvalidOption: there is no such rung, or the margin is no share.
    """
    answers = scored(study, rung)
    reference, *others = answers
    pairs = tuple(_pair((reference, arm), answers, level, margin) for arm in others)
    return Evidence(pairs, _several(answers))


def _pair(names: tuple[str, str], answers: Mapping[str, Mapping[Cell, Scored]], level: float, margin: float) -> PairEvidence:
    first, second = (answers[name] for name in names)
    shared = sorted(first.keys() & second.keys())
    differences = [second[cell].score - first[cell].score for cell in shared]
    items = [first[cell].record.trial.item for cell in shared]
    one, other = (_means(cells, shared) for cells in (first, second))
    by_prompt = {prompt: {item: other[prompt][item] - score for item, score in row.items()} for prompt, row in one.items()}
    return PairEvidence(
        arm=names[1],
        reference=names[0],
        equivalence=equivalence(differences, items, margin=margin, level=level),
        over_prompts=two_way_interval(by_prompt, level=level),
        permutation=permutation_test(differences, items),
        variance=compare_prompt_variance(one, other, level=level),
    )


def _means(cells: Mapping[Cell, Scored], shared: list[Cell]) -> dict[str, dict[str, float]]:
    """`scores[prompt][item]` of the cells that both arms have, the mean over seeds."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for cell in shared:
        found[cells[cell].prompt][cells[cell].record.trial.item].append(cells[cell].score)
    return {prompt: {item: sum(row) / len(row) for item, row in rows.items()} for prompt, rows in sorted(found.items())}


def _several(answers: Mapping[str, Mapping[Cell, Scored]]) -> Omnibus | Unsaid:
    shared = sorted(set.intersection(*(set(cells) for cells in answers.values())))
    if not shared:
        return Unsaid("no cell has a record of every arm")
    items = [next(iter(answers.values()))[cell].record.trial.item for cell in shared]
    return omnibus({arm: [cells[cell].score for cell in shared] for arm, cells in answers.items()}, items)
