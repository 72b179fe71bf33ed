"""Generated stories: honest splits, right answers, the same items everywhere."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from itertools import islice, pairwise

import pytest

from fsmgen.embedded import stories
from fsmgen.errors import InvalidOption

COUNT = 3000


def bones(story):
    return story.template, *map(int, re.findall(r"\d+", story.question))


@pytest.fixture(scope="module")
def splits():
    return {split: stories.stories(split, COUNT, seed=7) for split in stories.SPLITS}


def test_no_template_meets_the_same_numbers_in_two_splits(splits):
    seen = {split: set(map(bones, items)) for split, items in splits.items()}
    assert not seen["train"] & seen["dev"]
    assert not seen["train"] & seen["test"]
    assert not seen["dev"] & seen["test"]


def test_the_split_follows_from_the_text_of_the_question(splits):
    for split, items in splits.items():
        assert {stories.split_of(*bones(story)) for story in items} == {story.split for story in items} == {split}


def test_texts_of_different_templates_differ_whatever_the_words():
    shapes = [text for texts in stories.TEMPLATES.values() for text in texts]
    patterns = [re.sub(r"\\\{\w+\\\}", r"\\w+", re.escape(shape)) for shape in shapes]
    filled = [shape.format(name="Ada", other="Bo", things="cups", a=4, b=3) for shape in shapes]
    assert [[bool(re.fullmatch(pattern, text)) for text in filled] for pattern in patterns] == [
        [row == column for column in range(len(shapes))] for row in range(len(shapes))
    ]


def test_about_a_tenth_of_all_bones_is_test_and_a_tenth_dev():
    drawn = [stories.split_of(f"add-{i}", a, b) for i in range(8) for a in range(2, 50) for b in range(2, 50)]
    assert 0.09 < drawn.count("test") / len(drawn) < 0.11
    assert 0.09 < drawn.count("dev") / len(drawn) < 0.11


def test_questions_are_all_different_and_as_many_as_asked_for(splits):
    assert all(len({story.question for story in items}) == len(items) == COUNT for items in splits.values())
    assert stories.stories("test", 0, seed=0) == []


SUMS = {"+": int.__add__, "-": int.__sub__, "*": int.__mul__}


def test_the_working_is_true_equations_from_the_numbers_of_the_question_to_the_answer(splits):
    for story in (story for items in splits.values() for story in items):
        equations = [(int(a), sign, int(b), int(c)) for a, sign, b, c in re.findall(r"(\d+) ([-+*]) (\d+) = (\d+)", story.steps)]
        assert all(SUMS[sign](a, b) == c for a, sign, b, c in equations)
        assert all(before[3] == after[0] and before[1] == after[1] for before, after in pairwise(equations))
        assert (equations[0][0], sum(b for _, _, b, _ in equations)) == bones(story)[1:]
        assert equations[-1][3] == story.answer > 0
        assert story.steps.endswith(f" = {story.answer}.")


def test_nobody_gives_things_to_himself(splits):
    for story in splits["train"]:
        names = set(re.findall(r"\w+", story.question)) & set(stories.NAMES)
        assert len(names) == len(re.findall(r"\{(?:name|other)\}", "".join(distinct_holes(story))))


def distinct_holes(story):
    operation, number = story.template.split("-")
    return sorted(set(re.findall(r"\{\w+\}", stories.TEMPLATES[operation][int(number)])))


def test_a_shorter_list_is_the_beginning_of_a_longer_one():
    assert stories.stories("dev", 50, seed=3) == stories.stories("dev", 80, seed=3)[:50]
    assert stories.stories("dev", 50, seed=3) != stories.stories("dev", 50, seed=4)
    assert [story.question for story in islice(stories.stream("dev", seed=3), 3)] == [s.question for s in stories.stories("dev", 3, seed=3)]


def digest():
    return hashlib.sha256(repr(stories.stories("test", 500, seed=0)).encode()).hexdigest()


def test_items_are_the_same_in_another_process_and_in_every_version():
    code = "import hashlib; from fsmgen.embedded import stories as s; r = repr(s.stories('test', 500, seed=0))"
    other = subprocess.run(
        [sys.executable, "-c", code + "; print(hashlib.sha256(r.encode()).hexdigest())"],
        env={"PYTHONHASHSEED": "12345", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == digest() == "62b8c91bd78617ce96d628fa7859eb426df5c6936a823e8b6fcca141cec9ac2a"


def test_an_unknown_split_is_refused_with_the_known_ones():
    with pytest.raises(InvalidOption, match="train or dev or test"):
        stories.stories("validation", 1, seed=0)
