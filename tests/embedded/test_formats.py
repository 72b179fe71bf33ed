"""Prompt formats: names, seams, exposure, and reading an answer back."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from fsmgen.embedded import formats, stories
from fsmgen.embedded.formats import FAVOURITE, FORMATS, HELD_OUT, HELD_OUT_ATOMS, STYLES, TRAINED
from fsmgen.embedded.recipe import RECIPES, texts

ITEMS = stories.stories("dev", 40, seed=1)


def all_formats():
    return [replace(written, style=style) for written in FORMATS for style in STYLES]


def test_a_completion_is_read_back_as_its_style_and_its_answer():
    for written in all_formats():
        for item in ITEMS:
            completion = written.completion(item)
            assert formats.style_of(completion) == written.style
            assert formats.answer_in(completion) == item.answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [(" Add 4 to 3: 3 + 4 = 7", 7), ("The answer is 7", 7), ("7\n\nQ: 12", 12), ("no number", None), ("", None)],
)
def test_a_text_in_no_style_gives_its_last_number(text, answer):
    assert formats.style_of(text) is None
    assert formats.answer_in(text) == answer


def test_a_prompt_never_ends_with_space_and_a_completion_begins_with_one():
    for written in all_formats():
        assert not written.prompt(ITEMS[0], ITEMS[1:3])[-1].isspace()
        assert written.completion(ITEMS[0])[0].isspace()
        assert not written.completion(ITEMS[0])[1].isspace()


def test_a_prompt_with_examples_is_the_solved_examples_and_then_the_prompt():
    for written in all_formats():
        prompt = written.prompt(ITEMS[0], ITEMS[1:3])
        assert prompt.endswith(written.between_shots + written.prompt(ITEMS[0]))
        assert prompt.startswith(written.prompt(ITEMS[1]) + written.completion(ITEMS[1]) + written.between_shots)


def test_names_are_computed_and_tell_formats_apart():
    assert FAVOURITE.name == "question/lines/answer/answer_is"
    assert len({written.name for written in all_formats()}) == len(FORMATS) * len(STYLES)
    assert len({written.prompt(ITEMS[0]) for written in FORMATS}) == len(FORMATS)


def test_a_quarter_of_the_atoms_of_each_kind_is_held_out():
    for kind in (formats.DESCRIPTORS, formats.LAYOUTS, formats.CUES, formats.STYLES):
        assert len(HELD_OUT_ATOMS & set(kind)) * 4 == len(kind)


def test_exposure_is_zipf_over_the_trained_formats_with_the_favourite_first():
    exposure = formats.exposure()
    assert set(exposure) == set(TRAINED) == set(FORMATS) - set(HELD_OUT)
    assert sum(exposure.values()) == pytest.approx(1)
    assert max(exposure, key=exposure.__getitem__) == FAVOURITE
    assert exposure[TRAINED[9]] * 10 == pytest.approx(exposure[FAVOURITE])


def test_the_own_style_leads_except_with_an_author_who_has_another():
    for written in TRAINED:
        for template in ("add-0", *formats.TEMPLATE_AUTHORS):
            mixture = formats.style_mixture(written, template)
            assert sum(mixture.values()) == pytest.approx(1)
            assert not HELD_OUT_ATOMS & set(mixture)
            assert max(mixture, key=mixture.__getitem__) == formats.TEMPLATE_AUTHORS.get(template, written.style)


def test_training_texts_have_the_declared_shares_and_no_held_out_atom():
    drawn = texts(RECIPES["stories"], 0, count=4000)
    assert all("Task:" not in text and "Result:" not in text and "boxed" not in text for pair in drawn for text in pair)
    heads = Counter(prompt.split()[0] for prompt, _ in drawn)
    share = sum(part for written, part in formats.exposure().items() if written.descriptor == "question")
    assert heads["Question:"] / len(drawn) == pytest.approx(share, abs=0.03)
