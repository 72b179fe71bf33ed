"""The effects of whole studies on the embedded model: agreement with the functions, and refusals of greedy runs."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fsmgen.decoding import GREEDY, LanguageModel, Sampling, load_model
from fsmgen.embedded.formats import TRAINED
from fsmgen.errors import InvalidOption
from fsmgen.evaluation.arms import FreeText, FullConstraint, SameReasoning, Watching
from fsmgen.evaluation.calibrating import calibrations
from fsmgen.evaluation.effect_tables import effect_tables
from fsmgen.evaluation.effects import Drawing, SelfCheck, path_tax, regions_of_form, validity_mass
from fsmgen.evaluation.effects.study import ConstraintEffect, constraint_effects, watcher_of
from fsmgen.evaluation.experiment import Experiment
from fsmgen.evaluation.extraction import THE_ANSWER_IS
from fsmgen.evaluation.metrics.calibration import calibration, fitted_temperature
from fsmgen.evaluation.prompts import FormatPrompt
from fsmgen.evaluation.records import ScoredText, Study, read_study
from fsmgen.evaluation.running import run
from fsmgen.evaluation.scores import scored
from fsmgen.evaluation.statistics import Unsaid
from fsmgen.evaluation.tasks import story_task

ARMS = (FreeText(), FullConstraint(), Watching(FullConstraint()), SameReasoning())
PROMPTS = tuple(map(FormatPrompt, TRAINED[:2]))


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return load_model()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, model: LanguageModel) -> Callable[[Sampling], Path]:
    made: dict[Sampling, Path] = {}

    def ran(sampling: Sampling) -> Path:
        if sampling not in made:
            made[sampling] = tmp_path_factory.mktemp("effects")
            arms = ARMS if sampling.temperature else ARMS[:2]
            run(Experiment(story_task("dev", 20), PROMPTS, arms, model, max_tokens=56, sampling=sampling), made[sampling])
        return made[sampling]

    return ran


@pytest.fixture(scope="module")
def drawn(folder: Callable[[Sampling], Path]) -> Study:
    return read_study(folder(Sampling(temperature=1.0)))


def effect(study: Study, arm: str) -> ConstraintEffect:
    return next(each for each in constraint_effects(study) if each.arm == arm)


def test_effects_are_those_of_the_functions_on_the_arms_records(drawn):
    arm = FullConstraint().name
    found, records = effect(drawn, arm), [record for record in drawn.records if record.trial.arm == arm]
    assert found.overall.answers == len(records) == 40
    assert found.overall.path_tax == pytest.approx(math.fsum(map(path_tax, records)) / 40)
    assert found.overall.validity == validity_mass(records, [record.trial.item for record in records], Drawing(1.0))
    assert math.fsum(part.tax for part in found.regions) == pytest.approx(found.overall.path_tax)
    assert [step.answers for step in found.steps][:3] == [40, 40, 40]
    assert set(found.by_prompt) == {prompt.name for prompt in PROMPTS}
    assert sum(masses.answers for masses in found.by_prompt.values()) == 40


def test_free_answers_that_were_watched_check_the_validity_mass(drawn):
    arm = FullConstraint().name
    watcher = watcher_of(arm, drawn.manifest)
    found = effect(drawn, arm)
    obeyed = [record.watched.complete for record in drawn.records if record.trial.arm == watcher]
    assert watcher == f"free text, watched by {arm}"
    assert isinstance(found.overall.check, SelfCheck)
    assert found.overall.check.agrees
    assert found.overall.check.rate.estimate == sum(obeyed) / len(obeyed) == found.observed.obeyed.estimate
    kept = effect(drawn, SameReasoning().name)
    assert isinstance(kept.overall.check, Unsaid) and "watched" in kept.overall.check.reason
    assert watcher_of(SameReasoning().name, drawn.manifest) is None


def test_the_difference_from_free_text_is_its_two_parts(drawn):
    parts = effect(drawn, FullConstraint().name).counterfactual
    assert not isinstance(parts, Unsaid)
    assert parts.cells == 40
    assert parts.means[0] == pytest.approx(parts.means[1] + parts.means[2])
    assert isinstance(effect(drawn, SameReasoning().name).counterfactual, Unsaid)


def test_one_answer_to_a_prompt_has_no_distortion_and_the_tables_say_so(drawn):
    tables = effect_tables(constraint_effects(drawn))
    notes = " ".join(note for table in tables for note in table.notes)
    assert "one answer is worth 1.0 by weight" in notes
    cells = [cell for table in tables for row in table.rows for cell in row]
    assert not any(re.search(r"\b(nan|inf)\b", cell, re.IGNORECASE) for cell in cells)


def test_a_greedy_study_shows_the_tax_of_its_paths_and_no_expectation(folder):
    [found] = constraint_effects(read_study(folder(GREEDY)))
    for value in (found.overall.tax, found.overall.validity, found.overall.distortion, found.overall.check):
        assert isinstance(value, Unsaid) and "greedy" in value.reason
    assert found.overall.path_tax > 0
    assert isinstance(found.observed, Unsaid) and isinstance(found.counterfactual, Unsaid)


def test_a_study_without_constraints_has_no_effects(drawn):
    free = Study(drawn.manifest, tuple(record for record in drawn.records if record.constraint is None))
    assert constraint_effects(free) == ()


def scored_record(record, choices: dict[str, float], gold: str):
    rows = tuple(ScoredText(text, f" {text}", logprobs=(value / 2, value / 2)) for text, value in choices.items())
    best = max(choices, key=choices.__getitem__)
    return replace(record, scored=rows, gold=gold, text=f"The answer is {best}.")


def test_confidences_are_those_of_the_answers_tokens_and_measured_as_the_functions_do(drawn):
    arm = FullConstraint().name
    records = [record for record in drawn.records if record.trial.arm == arm]
    regions = regions_of_form(THE_ANSWER_IS)
    for kind, logprobs in (("answer", "logprobs"), ("answer-masked", "masked_logprobs")):
        found = next(each for each in calibrations(drawn, kind, bins=5) if each.arm == arm)
        p = []
        for record in records:
            values = zip(regions(record), getattr(record, logprobs), strict=True)
            p.append(math.exp(math.fsum(value for name, value in values if name == "answer")))
        right = [each.score for each in scored(drawn)[arm].values()]
        assert found.mean == pytest.approx(sum(p) / 40) and found.accuracy == sum(right) / 40
        assert found.measures == calibration(p, right, bins=5)
        assert found.left_out == 0 and isinstance(found.temperature, Unsaid)
    free = next(each for each in calibrations(drawn, "answer") if each.arm == "free text")
    assert free.left_out == sum("The answer is" not in record.text for record in drawn.records if record.trial.arm == "free text") > 0


def test_scored_choices_give_their_share_their_mass_and_a_temperature(drawn):
    arm, draw = FullConstraint().name, random.Random(0)
    records = []
    for record in drawn.records:
        if record.trial.arm == arm:
            choices = {str(number): -draw.random() * 3 - 1 for number in range(4)}
            records.append(scored_record(record, choices, draw.choice("0123")))
    study = Study(drawn.manifest, tuple(records))
    totals = [[math.fsum(each.logprobs or ()) for each in record.scored] for record in records]
    shares = [math.exp(max(row)) / math.fsum(map(math.exp, row)) for row in totals]
    found, raw = (next(each for each in calibrations(study, kind) if each.arm == arm) for kind in ("choices", "choices-raw"))
    assert found.mean == pytest.approx(sum(shares) / 40)
    assert raw.mean == pytest.approx(sum(math.exp(max(row)) for row in totals) / 40)
    assert found.accuracy == sum(record.text == f"The answer is {record.gold}." for record in records) / 40
    assert found.temperature == fitted_temperature(totals, [int(record.gold) for record in records])
    unwritten = tuple(replace(record, ids=(), token_lengths=(), logprobs=record.scored[0].logprobs or ()) for record in records)
    asked = next(each for each in calibrations(Study(drawn.manifest, unwritten), "answer") if each.arm == arm)
    assert asked.left_out == 40 and isinstance(asked.measures, Unsaid)  # the likelihood of a choice is no likelihood of written tokens
    other = next(each for each in calibrations(study, "choices") if each.arm == "free text")
    assert isinstance(other.measures, Unsaid) and isinstance(other.bins, Unsaid)
    with pytest.raises(InvalidOption, match="confidence"):
        calibrations(study, "hunch")  # type: ignore[arg-type]


def test_a_confidence_is_that_of_the_choice_that_was_answered(drawn):
    arm, draw = FullConstraint().name, random.Random(1)
    asked = [record for record in drawn.records if record.trial.arm == arm]
    rows = [{word: -draw.random() * 3 - 1 for word in ("red", "green", "blue", "grey")} for _ in asked]
    answers = [draw.choice([None, 0, 1, 2, 3]) for _ in asked]
    letters = [draw.choice("ABCD") for _ in asked]
    texts = ["" if answer is None else f"The answer is {'ABCD'[answer]}." for answer in answers]
    records = [
        replace(scored_record(record, row, letter), extra={"chosen": answer}, text=text)
        for record, row, letter, answer, text in zip(asked, rows, letters, answers, texts, strict=True)
    ]
    form = {"before": "The answer is", "after": ".", "kind": "option", "options": list("ABCD")}
    study = Study({**drawn.manifest, "form": form}, tuple(records))
    found, raw = (next(each for each in calibrations(study, kind) if each.arm == arm) for kind in ("choices", "choices-raw"))
    totals = [[math.fsum(each.logprobs or ()) for each in record.scored] for record in records]
    given = [(row, answer) for row, answer in zip(totals, answers, strict=True) if answer is not None]
    shares = [math.exp(row[answer]) / math.fsum(map(math.exp, row)) for row, answer in given]
    assert found.left_out == answers.count(None) > 0 and found.mean == pytest.approx(sum(shares) / len(given))
    assert raw.mean == pytest.approx(sum(math.exp(row[answer]) for row, answer in given) / len(given))
    assert found.temperature == fitted_temperature(totals, ["ABCD".index(letter) for letter in letters])


def test_answers_that_were_elected_among_samples_are_no_draws(drawn):
    arm = FullConstraint().name
    facts = {"kind": "Vote", "arm": drawn.manifest["arms"][arm], "samples": 3}
    for other in (facts, {"kind": "Coalescing", "arm": facts}):
        manifest = {**drawn.manifest, "arms": {**drawn.manifest["arms"], arm: other}}
        found = effect(Study(manifest, drawn.records), arm)
        assert found.overall.path_tax == effect(drawn, arm).overall.path_tax
        for value in (found.overall.tax, found.overall.validity, found.overall.distortion, found.overall.check):
            assert isinstance(value, Unsaid) and "elected" in value.reason
