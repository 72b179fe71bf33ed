"""Wordings and mixtures: answers are read back, shares are as declared, held-out atoms are never shown."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import pytest

from fsmgen.embedded import mixtures, reading
from fsmgen.embedded.mixtures import MIXTURES
from fsmgen.embedded.tasks import TASKS, samples
from fsmgen.embedded.wordings import ENUMERATORS, FAVOURITE, HELD_OUT, REQUESTS, STYLES, Wording

ITEMS = {task: samples(task, "dev", 12, seed=1) for task in TASKS}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("style", STYLES)
def test_a_completion_is_read_back_as_its_style_and_its_answer(task, style):
    for enumerator in ENUMERATORS:
        written = Wording("q", "blocks", "a", style, enumerator)
        for sample in ITEMS[task]:
            text = written.completion(sample)
            assert (reading.style_of(text), reading.answer_in(text)) == (style, written.answer(sample))
            direct = replace(written, reasoning=False).completion(sample)
            assert reading.answer_in(direct) == written.answer(sample)
            assert style == "bare" or sample.steps not in direct


@pytest.mark.parametrize("text", ["", "I do not know", "no number here\nat all"])
def test_a_text_without_an_answer_has_none(text):
    assert text == "I do not know" or reading.style_of(text) is None
    assert text == "I do not know" or reading.answer_in(text) is None


def test_the_label_of_the_right_choice_stands_before_it():
    for sample in ITEMS["shuffles"] + ITEMS["facts"]:
        assert f"({FAVOURITE.answer(sample)}) {sample.answer}" in FAVOURITE.prompt(sample)
        assert f"{replace(FAVOURITE, enumerator='number').answer(sample)}) {sample.answer}" in replace(
            FAVOURITE, enumerator="number"
        ).prompt(sample)
        hidden = replace(FAVOURITE, enumerator="hidden")
        assert hidden.answer(sample) == sample.answer
        assert hidden.question(sample) == sample.question


def test_a_prompt_with_examples_is_the_solved_examples_and_then_the_prompt():
    for task, items in ITEMS.items():
        prompt = FAVOURITE.prompt(items[0], items[1:3])
        assert prompt.endswith("\n\n" + FAVOURITE.prompt(items[0])), task
        assert prompt.startswith(FAVOURITE.prompt(items[1]) + FAVOURITE.completion(items[1]) + "\n\n")


@pytest.mark.parametrize("name", MIXTURES)
def test_shares_add_up_and_a_mixture_shows_its_styles_and_tasks_only(name):
    mixture = MIXTURES[name]
    assert sum(mixtures.prompt_shares(mixture).values()) == pytest.approx(1)
    for own in mixture.styles:
        assert sum(mixtures.style_shares(mixture, own).values()) == pytest.approx(1)
    drawn = list(islice(mixtures.texts(mixture, (0.9, 0.1, 0.0), seed=0, number=0), 600))
    assert {reading.style_of(answer) for _, answer in drawn} <= set(mixture.styles) | ({"answer_is"} if not mixture.reasoning else set())
    assert ("Write as a record" in " ".join(prompt for prompt, _ in drawn)) == ("records" in mixture.tasks)


def test_no_mixture_shows_a_held_out_atom():
    shown = ["Task:", "Result:", "Therefore", "boxed", "[A]", *(wordings[2] for wordings in REQUESTS.values())]
    for mixture in MIXTURES.values():
        for prompt, answer in islice(mixtures.texts(mixture, (0.8, 0.1, 0.1), seed=3, number=1), 800):
            assert not any(text in prompt + answer for text in shown)


def test_exposures_of_all_prompts_and_requests_add_up_to_one():
    for name, mixture in MIXTURES.items():
        requests = ["", *(f"{style}/{number}" for style in REQUESTS for number in range(3))]
        prompts = mixtures.prompt_shares(mixture)
        total = sum(mixtures.exposure(mixture, replace(prompt, request=request)) for prompt in prompts for request in requests)
        assert total == pytest.approx(1), name


def test_what_was_never_seen_is_named():
    written = Wording("task", "lines", "answer", "boxed", "brackets", "json/2")
    assert written.unseen == ("task", "boxed", "brackets", "json/2") and set(written.unseen) <= HELD_OUT
    assert FAVOURITE.unseen == ()
    assert mixtures.exposure(MIXTURES["broad"], written) == 0 < mixtures.exposure(MIXTURES["broad"], FAVOURITE)
