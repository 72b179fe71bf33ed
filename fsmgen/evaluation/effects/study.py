"""The effects of a study's constraints, arm by arm, over all prompts and under each; recomputed from records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from fsmgen.errors import NoExpectation
from fsmgen.evaluation.effects.answers import Drawing
from fsmgen.evaluation.effects.counterfactual import Decomposition, decompose
from fsmgen.evaluation.effects.interventions import Forced, InterventionSummary, Pressure, forced, pressure, summarised
from fsmgen.evaluation.effects.mass import (
    Expectation,
    RegionMass,
    SelfCheck,
    StepMass,
    budget_share,
    check_validity,
    distortion,
    mass_by_region,
    mass_by_step,
    path_tax,
    tax,
    validity_mass,
)
from fsmgen.evaluation.effects.observing import Observed, observed
from fsmgen.evaluation.effects.regions import regions_of_form
from fsmgen.evaluation.extraction import AnswerForm, Rung
from fsmgen.evaluation.records import Cell, Record, Study
from fsmgen.evaluation.scores import Scored, scored
from fsmgen.evaluation.statistics import Unsaid

T = TypeVar("T")
_STEPS = 64


@dataclass(frozen=True, slots=True)
class Masses:
    """What a constraint leaves of the model's probability, over some of an arm's answers; nats.

    Attributes:
        path_tax: mean over the answers, whatever they were chosen by.
        first: mean Z of the first token; `first_below_half`: share of answers where it is below one half.
        check: the validity mass against free answers that the constraint watched.
    """

    answers: int
    path_tax: float
    first: float
    first_below_half: float
    tax: Expectation | Unsaid
    validity: Expectation | Unsaid
    distortion: Expectation | Unsaid
    check: SelfCheck | Unsaid


@dataclass(frozen=True, slots=True)
class ConstraintEffect:
    """What one arm's constraint does.

    Attributes:
        overall: over all prompts; `by_prompt`: under each.
        budget: mean share of the tax that the token limit added, over the answers from which it took a token; None if there are none.
        observed: free answers that the constraint watched.
        counterfactual: the difference from free text in two parts, if the study has an arm that keeps the free reasoning.
    """

    arm: str
    overall: Masses
    by_prompt: Mapping[str, Masses]
    steps: tuple[StepMass, ...]
    regions: tuple[RegionMass, ...]
    interventions: InterventionSummary | Unsaid
    forced: Forced
    pressure: Pressure | Unsaid
    budget: float | None
    observed: Observed | Unsaid
    counterfactual: Decomposition | Unsaid


def constraint_effects(study: Study, *, rung: Rung = "flexible", level: float = 0.95) -> tuple[ConstraintEffect, ...]:
    """The effect of every arm whose answers all have a constraint.

    Raises:
        InvalidOption: there is no such rung.
    """
    answers = scored(study, rung)
    constrained = [arm for arm, cells in answers.items() if cells and all(each.record.constraint is not None for each in cells.values())]
    return tuple(_effect(arm, answers, study.manifest, level) for arm in constrained)


def watcher_of(arm: str, manifest: Mapping[str, Any]) -> str | None:
    """The arm of free text that the constraint of this one watched."""
    facts = manifest["arms"]
    return next((name for name, each in facts.items() if each.get("kind") == "Watching" and each.get("arm") == facts[arm]), None)


def _effect(arm: str, answers: Mapping[str, Mapping[Cell, Scored]], manifest: Mapping[str, Any], level: float) -> ConstraintEffect:
    records = [each.record for each in answers[arm].values()]
    items = [record.trial.item for record in records]
    regions = regions_of_form(AnswerForm.of(manifest["form"]))
    told = [record for record in records if len(record.token_lengths) == len(record.ids)]
    watcher = watcher_of(arm, manifest)
    free = [each.record for each in answers[watcher].values()] if watcher else []
    shares = budget_share(records)
    drawing = None if _elected(manifest["arms"][arm]) else Drawing.of(manifest["sampling"])
    groups: dict[str, tuple[list[Record], list[Record]]] = defaultdict(lambda: ([], []))
    for place, name in enumerate([arm, watcher] if watcher else [arm]):
        for each in answers[name].values():
            groups[each.prompt][place].append(each.record)
    return ConstraintEffect(
        arm=arm,
        overall=_masses(records, free, drawing, level),
        by_prompt={prompt: _masses(*group, drawing, level) for prompt, group in sorted(groups.items()) if group[0]},
        steps=mass_by_step(records, steps=_STEPS),
        regions=mass_by_region(told, [regions(record) for record in told]),
        interventions=summarised(records, items, regions),
        forced=forced(records),
        pressure=pressure(records, items),
        budget=float(np.mean(shares)) if shares else None,
        observed=_observed(free),
        counterfactual=_counterfactual(arm, answers, manifest, level),
    )


def _elected(facts: Mapping[str, Any]) -> bool:
    """Whether an arm, or one inside it, chooses an answer among several samples."""
    inner = facts.get("arm")
    return facts.get("kind") == "Vote" or (isinstance(inner, Mapping) and _elected(inner))


def _masses(records: Sequence[Record], free: Sequence[Record], drawing: Drawing | None, level: float) -> Masses:
    items = [record.trial.item for record in records]
    prompts = [record.prompt_text for record in records]
    first = np.array([record.allowed_mass[0] for record in records if record.allowed_mass])
    validity = _said(lambda drawn: validity_mass(records, items, drawn, level=level), drawing)
    return Masses(
        answers=len(records),
        path_tax=float(np.mean([path_tax(record) for record in records])),
        first=float(first.mean()) if len(first) else 1.0,
        first_below_half=float(np.mean(first < 0.5)) if len(first) else 0.0,
        tax=_said(lambda drawn: tax(records, items, drawn, level=level), drawing),
        validity=validity,
        distortion=_said(lambda drawn: distortion(records, prompts, drawn, level=level), drawing),
        check=validity if isinstance(validity, Unsaid) else _checked(validity, free, level),
    )


def _said(ask: Callable[[Drawing], T], drawing: Drawing | None) -> T | Unsaid:
    if drawing is None:
        return Unsaid("each answer was elected among several samples, so it is no draw")
    try:
        return ask(drawing)
    except NoExpectation as error:
        return Unsaid(error.reason)


def _checked(validity: Expectation, free: Sequence[Record], level: float) -> SelfCheck | Unsaid:
    seen = [(record.watched.complete, record.trial.item) for record in free if record.watched is not None]
    if not seen:
        return Unsaid("no arm of the study watched free text with this constraint")
    return check_validity(validity, [complete for complete, _ in seen], [item for _, item in seen], level=level)


def _observed(free: Sequence[Record]) -> Observed | Unsaid:
    seen = [(record.watched, record.trial.item) for record in free if record.watched is not None]
    if not seen:
        return Unsaid("no arm of the study watched free text with this constraint")
    return observed([watched for watched, _ in seen], [item for _, item in seen])


def _counterfactual(
    arm: str, answers: Mapping[str, Mapping[Cell, Scored]], manifest: Mapping[str, Any], level: float
) -> Decomposition | Unsaid:
    kept = next((name for name, facts in manifest["arms"].items() if facts.get("kind") == "SameReasoning" and name != arm), None)
    free = next((name for name, facts in manifest["arms"].items() if facts.get("kind") == "FreeText"), None)
    if kept is None or free is None:
        return Unsaid("the study has no free text beside an arm that keeps its reasoning and constrains the answer")
    shared = sorted(answers[free].keys() & answers[kept].keys() & answers[arm].keys())
    columns = [[answers[name][cell].score for cell in shared] for name in (free, kept, arm)]
    return decompose(columns[0], columns[1], columns[2], [cell[1] for cell in shared], level=level)
