"""What runs, in which batches, and that the result does not depend on what it should not depend on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fsmgen.decoding import Sampling
from fsmgen.embedded.formats import FAVOURITE, HELD_OUT, TRAINED
from fsmgen.errors import InvalidOption, RunFailed
from fsmgen.evaluation.arms import FreeText, FullConstraint
from fsmgen.evaluation.extraction import THE_ANSWER_IS
from fsmgen.evaluation.prompts import FormatPrompt
from fsmgen.evaluation.records import RECORDS
from fsmgen.evaluation.running import run
from fsmgen.evaluation.tasks import Item, Task, story_task
from tests.evaluation.conftest import FakeModel, fake_generate, make_experiment


def test_every_trial_gets_one_record_with_its_facts(experiment, tmp_path):
    study = run(experiment, tmp_path, generate=fake_generate)
    assert study.complete
    assert len({record.key for record in study.records}) == len(study.records) == 12 * 2 * 2
    assert len({record.trial.cell for record in study.records}) == 12 * 2
    gold = {item.id: item.gold for item in experiment.task.items}
    for record in study.records:
        assert record.gold == gold[record.trial.item]
        assert record.facts == experiment.model.facts
        assert record.study == study.manifest["id"]
        assert (record.constraint is None) == (record.trial.arm == FreeText().name)
        assert record.constraint is None or record.leading_space == "optional"


def test_progress_counts_from_what_is_there_to_all(experiment, tmp_path):
    seen = []
    run(experiment, tmp_path, generate=fake_generate, progress=lambda done, total: seen.append((done, total)))
    assert (seen[0], seen[1], seen[-1]) == ((0, 48), (5, 48), (48, 48))
    seen.clear()
    run(experiment, tmp_path, generate=fake_generate, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(48, 48)]


def test_the_order_in_which_prompts_and_arms_and_items_are_named_changes_no_byte(experiment, tmp_path):
    turned = replace(
        experiment,
        prompts=experiment.prompts[::-1],
        arms=experiment.arms[::-1],
        task=replace(experiment.task, items=experiment.task.items[::-1]),
    )
    run(experiment, tmp_path / "a", generate=fake_generate)
    run(turned, tmp_path / "b", generate=fake_generate)
    lines = [(tmp_path / name / RECORDS).read_text().splitlines() for name in "ab"]
    studies = [line.partition('"study":"')[2][:32] for line in (lines[0][0], lines[1][0])]
    assert [line.replace(studies[0], studies[1]) for line in lines[0]] == lines[1]


def test_a_trial_draws_the_same_numbers_in_every_arm_and_others_in_other_cells(experiment, tmp_path):
    study = run(replace(experiment, sampling=Sampling(temperature=1.0), seeds=(0, 1)), tmp_path, generate=fake_generate)
    seeds: dict[tuple, set[int]] = {}
    for record in study.records:
        seeds.setdefault(record.trial.cell, set()).add(record.row_seed)
    assert all(len(each) == 1 for each in seeds.values())
    assert len(set.union(*seeds.values())) == len(seeds) == 12 * 2 * 2


def test_a_model_that_fails_in_the_middle_loses_only_the_batch_in_flight(experiment, tmp_path):
    calls = []

    def failing(*args, **options):
        calls.append(args)
        if len(calls) == 4:
            raise RuntimeError("out of memory")
        return fake_generate(*args, **options)

    with pytest.raises(RunFailed, match="RuntimeError: out of memory") as caught:
        run(experiment, tmp_path / "broken", generate=failing)
    assert (caught.value.folder, caught.value.done, caught.value.trials) == (tmp_path / "broken", 15, 48)
    assert (tmp_path / "broken" / RECORDS).read_text().count("\n") == 15
    run(experiment, tmp_path / "broken", generate=fake_generate)
    run(experiment, tmp_path / "whole", generate=fake_generate)
    assert (tmp_path / "broken" / RECORDS).read_bytes() == (tmp_path / "whole" / RECORDS).read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        {"max_tokens": 41},
        {"sampling": Sampling(temperature=0.5)},
        {"model": FakeModel(facts={"sha256": "1" * 64})},
        {"arms": (FreeText(), FullConstraint(longest=90))},
        {"prompts": (FormatPrompt(TRAINED[3]),)},
        {"shots": (2,)},
        {"seeds": (1,)},
        {"task": story_task("dev", 12, seed=1)},
    ],
)
def test_whatever_an_answer_depends_on_changes_the_study_and_the_keys_of_its_trials(experiment, change):
    one, other = experiment, replace(experiment, **change)
    assert one.manifest()["id"] != other.manifest()["id"]
    keys = [
        {trial.key for batch in each.batches() for trial in batch.trials if trial.arm != FreeText().name} for each in (one, other)
    ]
    assert not keys[0] & keys[1]


def test_several_numbers_of_examples_are_several_cells(experiment, tmp_path):
    study = run(replace(experiment, shots=(0, 2)), tmp_path, generate=fake_generate)
    assert len({record.trial.cell for record in study.records}) == 12 * 2 * 2
    example = experiment.task.examples[1].question
    assert all((example in record.prompt_text) == (record.trial.shots == 2) for record in study.records)


@pytest.mark.parametrize(
    ("change", "option"),
    [
        ({"prompts": ()}, "prompts"),
        ({"prompts": (FormatPrompt(FAVOURITE),) * 2}, "prompts"),
        ({"arms": (FullConstraint(),)}, "arms"),
        ({"arms": (FreeText(), FullConstraint(), FullConstraint(longest=80))}, "arms"),
        ({"shots": (9,)}, "shots"),
        ({"shots": ()}, "shots"),
        ({"seeds": (0, 0)}, "seeds"),
        ({"batch_size": 0}, "batch_size"),
        ({"limit": 0}, "limit"),
        ({"reference": "free"}, "reference"),
    ],
)
def test_an_experiment_that_cannot_be_is_refused(change, option):
    with pytest.raises(InvalidOption) as caught:
        make_experiment(**change)
    assert caught.value.option == option


def test_a_task_needs_items_that_differ_and_gold_answers_that_are_numbers():
    item = Item("a", "How many?", "7")
    for items in ((), (item, item), (replace(item, gold="seven"),)):
        with pytest.raises(InvalidOption):
            Task("t", items)


def test_dev_and_test_stories_have_no_question_in_common():
    dev, test = ({item.id for item in story_task(split, 60).items} for split in ("dev", "test"))
    assert not dev & test


def test_a_prompt_says_how_often_training_showed_it():
    assert FormatPrompt(FAVOURITE).exposure.endswith("% of training prompts")
    assert all("never seen" in FormatPrompt(format).exposure for format in HELD_OUT)


def test_an_arm_names_itself_from_its_parameters():
    arm = FullConstraint(longest=80, digits=2)
    assert (FullConstraint(longest=80).name, arm.name) == ("constrained, 1-80 characters", "constrained, 1-80 characters, digits 2")
    assert arm.pattern(THE_ANSWER_IS) == r"[A-Za-z0-9 ,.:+*=-]{1,80}The answer is [0-9]{1,2}\."
    for wrong in ({"shortest": 5, "longest": 4}, {"digits": 0}):
        with pytest.raises(InvalidOption):
            FullConstraint(**wrong)
