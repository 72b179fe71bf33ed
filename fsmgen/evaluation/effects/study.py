"""The effects of a study's constraints, arm by arm, over all prompts and under each; recomputed from records."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np

from fsmgen.errors import NoExpectation
from fsmgen.evaluation.effects.answers import Draw, Drawing
from fsmgen.evaluation.effects.counterfactual import Decomposition, decompose
from fsmgen.evaluation.effects.inside import Inside, inside_by_weights, inside_exactly
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
from fsmgen.evaluation.effects.places import Places, places
from fsmgen.evaluation.effects.regions import regions_of_form
from fsmgen.evaluation.extraction import AnswerForm, Rung
from fsmgen.evaluation.languages import languages_of
from fsmgen.evaluation.outcomes import Kind, Outcome, record_outcome
from fsmgen.evaluation.records import REFUSED, Cell, Record, Study
from fsmgen.evaluation.scores import Scored, scored
from fsmgen.evaluation.statistics import Unsaid

T = TypeVar("T")
_STEPS = 64


@dataclass(frozen=True, slots=True)
class Masses:
    """What a constraint leaves of the model's probability, over some of an arm's answers; nats.

    Attributes:
        answers: those that there are; an exact sample that was refused is none. Of samples that were reweighted, all are counted.
        path_tax: mean over the answers, whatever they were chosen by.
        first: mean Z of the first token; `first_below_half`: share of answers where it is below one half.
        check: the validity mass against free answers that the constraint watched.
    """

    answers: int
    path_tax: float | Unsaid
    first: float | Unsaid
    first_below_half: float | Unsaid
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
        places: the interventions by their place in the constraint.
        inside: the score of the model's own answers in the language.
        observed: free answers that the constraint watched.
        counterfactual: the difference from free text in two parts, if the study has an arm that keeps the free reasoning.
    """

    arm: str
    overall: Masses
    by_prompt: Mapping[str, Masses]
    steps: tuple[StepMass, ...]
    regions: tuple[RegionMass, ...]
    interventions: InterventionSummary | Unsaid
    places: Places | Unsaid
    inside: Inside | Unsaid
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
    return tuple(_effect(arm, answers, study.manifest, rung, level) for arm in constrained)


def watcher_of(arm: str, manifest: Mapping[str, Any]) -> str | None:
    """The arm of free text that the constraint of this one watched."""
    facts = manifest["arms"]
    return next((name for name, each in facts.items() if each.get("kind") == "Watching" and each.get("arm") == facts[arm]), None)


def _effect(
    arm: str, answers: Mapping[str, Mapping[Cell, Scored]], manifest: Mapping[str, Any], rung: Rung, level: float
) -> ConstraintEffect:
    given = [each for each in answers[arm].values() if each.record.stop_reason != REFUSED]
    records = [each.record for each in given]
    items = [record.trial.item for record in records]
    regions = regions_of_form(AnswerForm.of(manifest["form"]))
    told = [record for record in records if len(record.token_lengths) == len(record.ids)]
    watcher = watcher_of(arm, manifest)
    shares = budget_share(records)
    drawing = _drawing(manifest["arms"][arm], manifest)
    seen = list(answers[watcher].values()) if watcher else []
    free, prompts = [each.record for each in seen], {each.prompt for each in given}
    read = partial(record_outcome, form=AnswerForm.of(manifest["form"]), rung=rung)

    def under(cells: Sequence[Scored], prompt: str) -> list[Record]:
        return [each.record for each in cells if each.prompt == prompt]

    return ConstraintEffect(
        arm=arm,
        overall=_masses(records, free, drawing, level),
        by_prompt={prompt: _masses(under(given, prompt), under(seen, prompt), drawing, level) for prompt in sorted(prompts)},
        steps=mass_by_step([draw for record in records for draw in draws_of(record)], steps=_STEPS),
        regions=mass_by_region(told, [regions(record) for record in told]),
        interventions=summarised(records, items, regions),
        places=places(records, languages_of(arm, manifest)),
        inside=_inside(list(answers[arm].values()), drawing, read, level),
        forced=forced(records),
        pressure=pressure(records, items),
        budget=float(np.mean(shares)) if shares else None,
        observed=_observed(free),
        counterfactual=_counterfactual(arm, answers, manifest, level),
    )


@dataclass(frozen=True, slots=True)
class _Sample:
    """A part of a record that was drawn as a whole answer."""

    logprobs: tuple[float, ...]
    masked_logprobs: tuple[float, ...]
    allowed_mass: tuple[float, ...]
    stop_reason: str
    constraint: str | None
    skipped: int = 0


def draws_of(record: Record) -> Sequence[Draw]:
    """The masked samples in a record: all from which its answer was drawn by weights, or the answer itself."""
    if not _resampled(record):
        return [record]
    return [_Sample(part.logprobs, part.masked_logprobs, part.allowed_mass, part.stop_reason, part.constraint) for part in record.parts]


def _resampled(record: Record) -> bool:
    return bool(record.parts) and record.parts[0].name == "draw 1"


def _drawing(facts: Mapping[str, Any], manifest: Mapping[str, Any]) -> Drawing | Unsaid:
    """How the masked samples of an arm were drawn, or why its answers are none."""
    kind, inner = facts.get("kind"), facts.get("arm")
    if kind == "Vote":
        return Unsaid("each answer was elected among several samples, so it is no draw")
    if kind == "Exact":
        return Unsaid("the answers are samples of the model inside the language, not of the masked model, whose expectation this is")
    if isinstance(inner, Mapping):
        return _drawing(inner, manifest)
    return Drawing.of(manifest["sampling"]) if manifest["sampling"] else Unsaid("the study does not say how tokens were chosen")


def _inside(cells: Sequence[Scored], drawing: Drawing | Unsaid, read: Callable[[Record], Outcome], level: float) -> Inside | Unsaid:
    records = [each.record for each in cells]
    if all("accepted" in record.extra for record in records):
        return inside_exactly(records, [each.score for each in cells], level=level)
    if isinstance(drawing, Unsaid):
        return drawing
    samples = [
        (record if text == record.text else replace(record, text=text), draw)
        for record in records
        for text, draw in zip(_texts(record), draws_of(record), strict=True)
    ]
    scores = [float(read(sample).kind is Kind.CORRECT) for sample, _ in samples]
    return inside_by_weights(scores, [draw for _, draw in samples], [sample.trial.item for sample, _ in samples], drawing, level=level)


def _texts(record: Record) -> list[str]:
    """The texts of `draws_of`."""
    return [part.text for part in record.parts] if _resampled(record) else [record.text]


def _masses(records: Sequence[Record], free: Sequence[Record], drawing: Drawing | Unsaid, level: float) -> Masses:
    draws = [(draw, record) for record in records for draw in draws_of(record)]
    samples = [draw for draw, _ in draws]
    items, prompts = [record.trial.item for _, record in draws], [record.prompt_text for _, record in draws]
    first = np.array([draw.allowed_mass[0] for draw in samples if draw.allowed_mass])
    nothing = Unsaid("there are no answers, or none has a token")
    validity = _said(lambda drawn: validity_mass(samples, items, drawn, level=level), drawing)
    return Masses(
        answers=len(draws),
        path_tax=float(np.mean([path_tax(draw) for draw in samples])) if draws else nothing,
        first=float(first.mean()) if len(first) else nothing,
        first_below_half=float(np.mean(first < 0.5)) if len(first) else nothing,
        tax=_said(lambda drawn: tax(samples, items, drawn, level=level), drawing),
        validity=validity,
        distortion=_said(lambda drawn: distortion(samples, prompts, drawn, level=level), drawing),
        check=validity if isinstance(validity, Unsaid) else _checked(validity, free, level),
    )


def _said(ask: Callable[[Drawing], T], drawing: Drawing | Unsaid) -> T | Unsaid:
    if isinstance(drawing, Unsaid):
        return drawing
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
