"""What cannot be answered is refused before anything runs, and named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fsmgen.decoding import load_model
from fsmgen.embedded.formats import FAVOURITE
from fsmgen.errors import CannotRun, PromptTooLong
from fsmgen.evaluation.arms import ChoiceLikelihood, FreeText, FullConstraint, MarginalLikelihood, SameReasoning, TwoStage, Vote
from fsmgen.evaluation.experiment import Experiment
from fsmgen.evaluation.prompts import FormatPrompt
from fsmgen.evaluation.records import read_study
from fsmgen.evaluation.rehearsal import rehearse
from fsmgen.evaluation.running import run
from fsmgen.evaluation.tasks import Task, story_task


@pytest.fixture(scope="module")
def experiment():
    return Experiment(story_task("dev", 6), (FormatPrompt(FAVOURITE),), (FreeText(),), load_model("embedded:stories"), batch_size=2)


def test_the_longest_prompt_is_named_and_those_that_do_not_fit_are_counted(experiment):
    """Against the tokens of every prompt."""
    model = experiment.model
    lengths = {
        item.id: len(model.encode(text)) for batch in experiment.batches() for item, text in zip(batch.items, batch.texts, strict=True)
    }
    room = sorted(lengths.values())[2]
    too_long = [item for item, length in lengths.items() if length > room]
    full = replace(experiment, max_tokens=model.context_length - room)
    with pytest.raises(CannotRun) as caught:
        rehearse(full, tuple(full.batches()))
    assert f"{len(too_long)} of 6 trials do not fit" in str(caught.value)
    cause = caught.value.__cause__
    assert isinstance(cause, PromptTooLong) and cause.prompt_tokens == max(lengths.values())
    assert any(item in caught.value.trial for item in too_long)
    fits = replace(experiment, max_tokens=model.context_length - max(lengths.values()))
    rehearse(fits, tuple(fits.batches()))


@pytest.mark.parametrize(
    ("arm", "max_tokens", "reason"),
    [
        (FullConstraint(), 3, "max_tokens is 3"),
        (Vote(samples=2), 3, "max_tokens is 3"),
        (SameReasoning(answer_tokens=16), 16, "more than the 16 tokens"),
        (TwoStage(answer_tokens=16), 16, "more than the 16 tokens"),
        (ChoiceLikelihood(), 8, "likelihood of its choices"),
        (MarginalLikelihood(), 8, "likelihood of its choices"),
    ],
)
def test_arms_that_cannot_answer_are_refused_and_no_folder_is_made(experiment, tmp_path, arm, max_tokens, reason):
    asked = replace(experiment, arms=(FreeText(), arm), max_tokens=max_tokens)
    with pytest.raises(CannotRun, match=reason) as caught:
        run(asked, tmp_path / "study")
    assert arm.name in caught.value.trial and "item story-" in caught.value.trial
    assert not (tmp_path / "study").exists()


@pytest.mark.parametrize("arm", [ChoiceLikelihood(), ChoiceLikelihood(tokenization="separate"), MarginalLikelihood()])
def test_a_choice_that_leaves_the_context_is_refused_with_its_item(experiment, tmp_path, arm):
    items = [replace(item, choices=(item.gold, "7 " * 10)) for item in experiment.task.items]
    items[4] = replace(items[4], choices=(items[4].gold, "12 and " * 300))
    with pytest.raises(CannotRun, match="1 of 6 trials") as caught:
        run(replace(experiment, task=Task("t", tuple(items)), arms=(arm,)), tmp_path / "study")
    assert items[4].id in caught.value.trial


def test_a_study_that_has_begun_is_not_rehearsed_again(experiment, tmp_path, monkeypatch):
    small = replace(experiment, max_tokens=4)
    run(small, tmp_path)
    monkeypatch.setattr("fsmgen.evaluation.running.rehearse", lambda *_: pytest.fail("rehearsed"))
    run(small, tmp_path)
    assert read_study(tmp_path).complete
