"""Two models compared on formats that both or neither saw in training.

A model that was trained on a test's format scores higher on it whatever it can do, so a plain comparison mixes ability with exposure
(Dominguez-Olmedo et al., arXiv 2407.07890). Where models cannot be trained further, comparing like with like is what is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fsmgen.evaluation.statistics.paired import difference_interval
from fsmgen.evaluation.statistics.tables import Accuracies
from fsmgen.evaluation.statistics.values import Interval, Unsaid

GROUPS = ("both saw", "only the first saw", "only the second saw", "neither saw")


@dataclass(frozen=True, slots=True)
class ExposureComparison:
    """Second model minus first.

    Attributes:
        plain: over all prompts.
        adjusted: over the prompts that both or neither saw.
        groups: for each of GROUPS its prompts and its difference.
    """

    plain: Interval | Unsaid
    adjusted: Interval | Unsaid
    groups: Mapping[str, tuple[tuple[str, ...], Interval | Unsaid]]


def compare_by_exposure(
    first: Accuracies, second: Accuracies, *, first_saw: Mapping[str, bool], second_saw: Mapping[str, bool], level: float = 0.95
) -> ExposureComparison | Unsaid:
    """Compare two models, `scores[prompt][item]` each, on the cells that both have.

    Args:
        first_saw, second_saw: by prompt, whether the model's training had its format.
    """
    prompts = [prompt for prompt in first if prompt in second]
    unknown = [prompt for prompt in prompts if prompt not in first_saw or prompt not in second_saw]
    if unknown:
        return Unsaid(f"whether training saw the format of prompt {unknown[0]!r} is not known for both models")
    group_of = {prompt: _group(first_saw[prompt], second_saw[prompt]) for prompt in prompts}
    groups = {group: tuple(prompt for prompt in prompts if group_of[prompt] == group) for group in GROUPS}
    alike = (*groups["both saw"], *groups["neither saw"])
    return ExposureComparison(
        plain=_difference(first, second, prompts, level),
        adjusted=_difference(first, second, alike, level) if alike else Unsaid("no format was seen by both models or by neither"),
        groups={group: (named, _difference(first, second, named, level)) for group, named in groups.items()},
    )


def _group(first: bool, second: bool) -> str:
    return GROUPS[0] if first and second else GROUPS[3] if not (first or second) else GROUPS[1] if first else GROUPS[2]


def _difference(first: Accuracies, second: Accuracies, prompts: tuple[str, ...] | list[str], level: float) -> Interval | Unsaid:
    cells = [(prompt, item) for prompt in prompts for item in first[prompt] if item in second[prompt]]
    if not cells:
        return Unsaid("the models have no cell in common")
    differences = [second[prompt][item] - first[prompt][item] for prompt, item in cells]
    return difference_interval(differences, [item for _, item in cells], level=level)
