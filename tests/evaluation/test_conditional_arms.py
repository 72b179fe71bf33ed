"""Exact samples and reweighted ones as arms: against an enumeration on a toy model, and what is refused."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from scipy import stats

from fsmgen.decoding import Sampling, enumerate_answers
from fsmgen.errors import InputError
from fsmgen.evaluation.arms import Arm, Coalescing, Declared, Exact, FullConstraint, Reweighted, Vote
from fsmgen.evaluation.catalogue.constraints import DeclaredConstraint
from fsmgen.evaluation.comparison import compare
from fsmgen.evaluation.effects import ExactEffects, effective_size, exact_effects, log_weight
from fsmgen.evaluation.effects.study import ConstraintEffect, constraint_effects, draws_of
from fsmgen.evaluation.experiment import Experiment
from fsmgen.evaluation.extraction import AnswerForm
from fsmgen.evaluation.prompts import TemplatePrompt
from fsmgen.evaluation.records import Record, Study
from fsmgen.evaluation.running import run
from fsmgen.evaluation.scores import cautions
from fsmgen.evaluation.statistics import Interval, Unsaid
from fsmgen.evaluation.tasks import Item, Task
from fsmgen.frontends import choice
from tests.decoding.conftest import ToyModel

pytestmark = pytest.mark.filterwarnings("ignore::fsmgen.decoding.FirstStepWarning")
TEXTS = ("a", "ab", "abab", "baa", "bb")
ITEMS, SAMPLES = 240, 10


class NamedToy(ToyModel):
    """A toy model that studies can name."""

    name = "toy"
    facts: ClassVar[dict[str, str | None]] = {"sha256": "0" * 64}


MODEL = NamedToy([b"a", b"b", b"ab", b"ba", b"aa"])


def study(folder: Path, arms: Sequence[Arm], *, items: int = ITEMS, sampling: Sampling | None = None, batch_size: int = 50) -> Study:
    """The same question many times over, so that answers are draws of one distribution."""
    declared = DeclaredConstraint("choice", TEXTS)
    asked = tuple(Item(f"item-{number}", "?", "bb") for number in range(items))
    task = Task("toy", asked, form=AnswerForm(before="", after="", kind="text"), rung="lenient", constraint=declared)
    sampling = Sampling(temperature=1.0) if sampling is None else sampling
    settings = {"max_tokens": 6, "sampling": sampling, "reference": arms[0].name, "batch_size": batch_size}
    return run(Experiment(task, (TemplatePrompt("x", "x"),), tuple(arms), MODEL, **settings), folder)


@pytest.fixture(scope="module")
def truth() -> ExactEffects:
    return exact_effects(enumerate_answers(MODEL, "x", choice(TEXTS), max_tokens=6))


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return study(tmp_path_factory.mktemp("toy") / "study", (Declared(), Exact(Declared()), Reweighted(Declared(), samples=SAMPLES)))


@pytest.fixture(scope="module")
def effects(done: Study) -> dict[str, ConstraintEffect]:
    return {each.arm: each for each in constraint_effects(done, rung="lenient")}


def records(study: Study, arm: Arm) -> list[Record]:
    return [record for record in study.records if record.trial.arm == arm.name]


def effect(study: Study, arm: Arm) -> ConstraintEffect:
    return next(each for each in constraint_effects(study, rung="lenient") if each.arm == arm.name)


def p_value(found: Sequence[Record], truth: ExactEffects) -> float:
    """Of the hypothesis that the answers are draws from p given the language."""
    seen = Counter(record.ids for record in found)
    expected = np.array([len(found) * chance for chance in truth.conditional.values()])
    counts, kept = np.array([seen[ids] for ids in truth.conditional], float), expected >= 5
    pairs = [np.append(column[kept], column[~kept].sum()) for column in (counts, expected)]
    return float(stats.chisquare(*pairs).pvalue)


def test_exact_samples_follow_the_model_inside_the_language_and_masked_ones_do_not(done, effects, truth):
    exact = records(done, Exact(Declared()))
    assert p_value(exact, truth) > 0.001
    assert p_value(records(done, Declared()), truth) < 1e-6
    draws, first = sum(record.extra["draws"] for record in exact), exact[0].allowed_mass[0]
    rate = truth.validity_mass / first
    assert len(exact) / draws == pytest.approx(rate, abs=4 * math.sqrt(rate * (1 - rate) / draws))
    assert effects[Exact(Declared()).name].inside.acceptance == len(exact) / draws


def test_reweighted_samples_are_nearer_to_the_model_and_keep_their_weights(done, effects, truth):
    found = records(done, Reweighted(Declared(), samples=SAMPLES))

    def distance(rows: Sequence[Record]) -> float:
        seen = Counter(record.ids for record in rows)
        return sum(abs(seen[ids] / len(rows) - chance) for ids, chance in truth.conditional.items()) / 2

    assert distance(found) < distance(records(done, Declared())) / 2
    for record in found[:20]:
        samples = draws_of(record)
        assert record.extra["effective"] == pytest.approx(effective_size([log_weight(sample) for sample in samples]))
        assert record.text == record.parts[record.extra["chosen"]].text
        assert len({part.row_seed for part in record.parts}) == len(samples) == SAMPLES
    masses = effects[Reweighted(Declared(), samples=SAMPLES).name].overall
    assert masses.answers == SAMPLES * ITEMS
    for estimate, exact in ((masses.validity, truth.validity_mass), (masses.tax, truth.tax), (masses.distortion, truth.distortion)):
        assert estimate.interval.low - 1e-9 <= exact <= estimate.interval.high + 1e-9 or estimate.estimate == pytest.approx(exact, rel=0.05)


def test_all_ways_agree_on_the_score_of_the_models_own_answers(effects, truth):
    own = math.fsum(chance for ids, chance in truth.conditional.items() if spelled(ids) == "bb")
    for arm in (Declared(), Exact(Declared()), Reweighted(Declared(), samples=SAMPLES)):
        inside = effects[arm.name].inside
        assert isinstance(inside.own, Interval), arm.name
        width = inside.own.high - inside.own.low
        assert inside.own.low - width / 2 <= own <= inside.own.high + width / 2, arm.name


def spelled(ids: Sequence[int]) -> str:
    return b"".join(MODEL.vocabulary.token_bytes(token) for token in ids).decode()


def test_what_is_accepted_does_not_depend_on_the_other_questions_of_a_batch(done, tmp_path):
    arm = Exact(Declared())
    again = study(tmp_path / "again", (arm,), items=30, batch_size=7)
    known = {record.trial.item: (record.ids, record.extra) for record in records(done, arm)}
    assert all(known[record.trial.item] == (record.ids, record.extra) for record in again.records)


def test_expectations_over_masked_answers_are_refused_for_exact_samples(effects):
    found = effects[Exact(Declared()).name].overall
    for value in (found.tax, found.validity, found.distortion, found.check):
        assert isinstance(value, Unsaid) and "not of the masked model" in value.reason
    assert found.path_tax >= 0


def test_a_question_at_its_limit_of_draws_is_refused_and_said_so(tmp_path):
    arm = Exact(Declared(), tries=1)
    found = study(tmp_path / "short", (Declared(), arm), items=100)
    refused = [record for record in records(found, arm) if record.stop_reason == "refused"]
    assert 0 < len(refused) < 100
    assert all((record.text, record.ids, record.extra) == ("", (), {"draws": 1, "accepted": False}) for record in refused)
    outcomes = next(each for each in compare(found, rung="lenient").arms if each.name == arm.name).outcomes
    assert outcomes["unextractable: refused"] == len(refused)
    assert [each for each in cautions({"short": found}) if f"{len(refused)} of 100 answers of {arm.name!r} were refused" in each]
    inside = effect(found, arm).inside
    assert inside.refused == len(refused) and inside.acceptance == (100 - len(refused)) / 100
    assert f"{len(refused)} of 100 questions have no exact sample within their limit of draws" in inside.own.reason
    nothing = Study(found.manifest, tuple(refused))
    assert isinstance(effect(nothing, arm).overall.path_tax, Unsaid) and effect(nothing, arm).inside.acceptance == 0.0


@pytest.mark.parametrize("arm", [Exact(), Reweighted(), Coalescing(Exact()), Vote(Coalescing(Reweighted()))], ids=lambda arm: arm.name)
@pytest.mark.parametrize("sampling", [Sampling(), Sampling(temperature=1.0, top_k=5), Sampling(temperature=0.5, top_p=0.9)])
def test_samples_of_a_distribution_are_refused_where_settings_give_none(arm, sampling, tmp_path):
    with pytest.raises(InputError, match=r"cannot be run with these settings of sampling: .*(greedy|top_k=5|top_p=0\.9|one pass)"):
        study(tmp_path / "refused", (arm,), items=2, sampling=sampling)
    assert not (tmp_path / "refused").exists()


def test_a_vote_among_exact_samples_draws_them_at_its_own_temperature(tmp_path):
    arm = Vote(Exact(Declared()), samples=3, temperature=1.0, rung="lenient")
    found = study(tmp_path / "vote", (arm,), items=30, sampling=Sampling())
    assert any(len({part.text for part in record.parts}) > 1 for record in found.records), "samples are drawn apart"
    assert isinstance(effect(found, arm).overall.tax, Unsaid)


def test_arms_with_a_language_of_their_own_are_asked_for():
    for made in (Exact, Reweighted):
        assert made(FullConstraint()).language is not None
        with pytest.raises(InputError, match="whose whole answer is constrained"):
            made(Vote(FullConstraint()))
