"""The effects of whole studies on the embedded model: agreement with the functions, and refusals of greedy runs."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from fsmgen.decoding import GREEDY, LanguageModel, Sampling, load_model
from fsmgen.embedded.formats import TRAINED
from fsmgen.evaluation.arms import FreeText, FullConstraint, SameReasoning, Watching
from fsmgen.evaluation.effect_tables import effect_tables
from fsmgen.evaluation.effects import Drawing, SelfCheck, path_tax, validity_mass
from fsmgen.evaluation.effects.study import ConstraintEffect, constraint_effects, watcher_of
from fsmgen.evaluation.experiment import Experiment
from fsmgen.evaluation.prompts import FormatPrompt
from fsmgen.evaluation.records import Study, read_study
from fsmgen.evaluation.running import run
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
