"""The demonstration, in small, with the embedded model; and that its constraint was fitted to the development stories."""

from __future__ import annotations

import math
import re

import pytest

from fsmgen.decoding import generate, load_model
from fsmgen.embedded.formats import HELD_OUT, TRAINED
from fsmgen.evaluation.arms import FreeText, FullConstraint
from fsmgen.evaluation.comparison import compare
from fsmgen.evaluation.demo import ARMS, WORDINGS, demo_experiment, demo_prompts, demo_study
from fsmgen.evaluation.extraction import THE_ANSWER_IS
from fsmgen.evaluation.outcomes import Kind
from fsmgen.evaluation.prompts import FormatPrompt
from fsmgen.evaluation.records import RECORDS
from fsmgen.evaluation.running import run
from fsmgen.evaluation.tasks import story_task


@pytest.fixture(scope="module")
def model():
    return load_model("embedded:stories")


@pytest.fixture(scope="module")
def study(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    return run(demo_experiment(model, items=4, split="dev"), folder)


@pytest.mark.parametrize("split", ["dev", "test"])
def test_every_gold_solution_is_in_the_language_of_the_constraint(split):
    [arm] = [arm for arm in ARMS if isinstance(arm, FullConstraint)]
    for item in story_task(split, 400).items:
        assert re.fullmatch(arm.pattern(THE_ANSWER_IS), f"{item.solution} The answer is {item.gold}.")


def test_the_prompts_are_two_that_training_showed_and_two_that_it_did_not():
    assert [bool(wording.unseen) for wording in WORDINGS] == [False, False, True, True]


def test_a_prompt_is_the_same_for_all_models_and_says_how_often_this_one_saw_it():
    [item] = story_task("test", 1).items
    prompts = [demo_prompts(f"embedded:{name}") for name in ("stories", "broad", "narrow")]
    assert len({tuple(prompt.text(item) for prompt in each) for each in prompts}) == 1
    assert [prompt.text(item) for prompt in prompts[0]] == [FormatPrompt(each).text(item) for each in (*TRAINED[:2], *HELD_OUT[:2])]
    assert len({each[1].exposure for each in prompts}) == 3
    assert demo_prompts("another/model")[0].exposure == "unknown"


def test_a_constrained_answer_is_in_the_language_and_always_has_a_value(study):
    [arm] = [arm for arm in ARMS if isinstance(arm, FullConstraint)]
    constrained = [record for record in study.records if record.trial.arm == arm.name]
    assert len(constrained) == 4 * len(WORDINGS)
    for record in constrained:
        assert re.fullmatch(" ?" + arm.pattern(THE_ANSWER_IS), record.text)
        assert (record.stop_reason, record.leading_space) == ("eos", "optional")
    [_, result] = compare(study).arms
    assert not {label for label in result.outcomes if label.startswith((Kind.UNEXTRACTABLE, Kind.TRUNCATED))}


def test_the_allowed_mass_of_each_step_is_what_the_mask_took_from_the_probability(study):
    for record in study.records:
        assert len(record.ids) == len(record.logprobs) == len(record.masked_logprobs) == len(record.allowed_mass)
        for before, after, mass in zip(record.logprobs, record.masked_logprobs, record.allowed_mass, strict=True):
            assert after - before == pytest.approx(-math.log(mass), abs=1e-9)
            assert record.trial.arm != FreeText().name or mass == 1


def test_a_second_run_into_the_same_folder_adds_nothing_and_an_interrupted_one_ends_alike(model, tmp_path):
    calls = []

    def interrupted(*args, **options):
        calls.append(args)
        if len(calls) > 6:
            raise KeyboardInterrupt
        return generate(*args, **options)

    experiment = demo_experiment(model, items=2)
    whole = demo_study(model, tmp_path / "whole", items=2)
    assert whole.complete
    before = (tmp_path / "whole" / RECORDS).read_bytes()
    demo_study(model, tmp_path / "whole", items=2)
    with pytest.raises(KeyboardInterrupt):
        run(experiment, tmp_path / "cut", generate=interrupted)
    demo_study(model, tmp_path / "cut", items=2)
    assert (tmp_path / "whole" / RECORDS).read_bytes() == before == (tmp_path / "cut" / RECORDS).read_bytes()
