"""The answers of a preset's study with their scores, and parts of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from fsmgen.evaluation.comparison import prompt_label, reader
from fsmgen.evaluation.outcomes import Kind, Outcome
from fsmgen.evaluation.presets.declaration import Plan, Selection
from fsmgen.evaluation.presets.running import PlannedStudy
from fsmgen.evaluation.records import Record, Study
from fsmgen.evaluation.statistics import (
    ExactTest,
    Interval,
    Unsaid,
    difference_interval,
    exact_test,
    proportion,
    smallest_detectable,
)


@dataclass(frozen=True, slots=True)
class Scored:
    """An answer with its score.

    Attributes:
        arm: its key in the declaration.
        prompt: as tables name it, with its number of shots where there are several.
        group: of the prompt.
    """

    arm: str
    prompt: str
    group: str
    record: Record
    outcome: Outcome

    @property
    def item(self) -> str:
        return self.record.trial.item

    @property
    def score(self) -> float:
        return float(self.outcome.kind is Kind.CORRECT)


@dataclass(frozen=True, slots=True)
class Gain:
    """Second minus first, item by item."""

    items: int
    interval: Interval | Unsaid
    test: ExactTest | Unsaid
    detectable: float | Unsaid


@dataclass(frozen=True, slots=True)
class Answered:
    """A study of a preset, put to a model, with the scores of its answers, those of the reference arm first; facts as in `PlannedStudy`."""

    plan: Plan
    model: str
    study: Study
    chance: float | None
    answers: tuple[Scored, ...]


def answered(planned: PlannedStudy) -> Answered:
    """The study with its scores."""
    return Answered(planned.plan, planned.model, planned.study, planned.chance, _scored(planned))


def _scored(planned: PlannedStudy) -> tuple[Scored, ...]:
    manifest, read = planned.study.manifest, reader(planned.study.manifest)
    keys = {name: key for key, name in planned.arms.items()}
    found = [
        Scored(
            keys[record.trial.arm],
            prompt_label(record, manifest),
            planned.groups[record.trial.prompt],
            record,
            read(record, manifest["rung"]),
        )
        for record in planned.study.records
    ]
    order = {key: place for place, key in enumerate(sorted(planned.arms, key=lambda key: key != planned.plan.reference))}
    return tuple(sorted(found, key=lambda each: order[each.arm]))


def by_arm(answers: Iterable[Scored]) -> dict[str, list[Scored]]:
    """The answers of each arm."""
    found: dict[str, list[Scored]] = defaultdict(list)
    for answer in answers:
        found[answer.arm].append(answer)
    return dict(found)


def selected(answers: Iterable[Scored], selection: Selection) -> list[Scored]:
    """The answers that a selection means."""
    return [
        each
        for each in answers
        if each.arm == selection.arm
        and selection.prompts in ("", each.group)
        and (not selection.shots or each.record.trial.shots in selection.shots)
    ]


def share(answers: Sequence[Scored]) -> Interval | Unsaid:
    """The share that is right, clustered by item."""
    return proportion([each.score for each in answers], [each.item for each in answers])


def means(answers: Iterable[Scored]) -> dict[str, float]:
    """The mean score of each item."""
    scores: dict[str, list[float]] = defaultdict(list)
    for each in answers:
        scores[each.item].append(each.score)
    return {item: sum(row) / len(row) for item, row in scores.items()}


def over_prompts(answers: Iterable[Scored]) -> dict[str, dict[str, float]]:
    """`scores[prompt][item]`."""
    found: dict[str, list[Scored]] = defaultdict(list)
    for each in answers:
        found[each.prompt].append(each)
    return {prompt: means(cells) for prompt, cells in sorted(found.items())}


def gain(first: Mapping[str, float], second: Mapping[str, float]) -> Gain:
    """How much better the second is, by the mean score of each item that both have."""
    items = sorted(first.keys() & second.keys())
    differences = [second[item] - first[item] for item in items]
    return Gain(
        len(items),
        difference_interval(differences, items),
        exact_test(differences, items),
        smallest_detectable(differences, items),
    )
