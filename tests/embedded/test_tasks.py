"""Generated tasks: honest splits, right answers found by another way, the same samples everywhere."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys

import pytest

from fsmgen.embedded import stories
from fsmgen.embedded.tasks import SPLITS, TASKS, plausible, samples, shuffles, world
from fsmgen.errors import InvalidOption

COUNT = 400


@pytest.fixture(scope="module")
def drawn():
    return {(task, split): samples(task, split, COUNT, seed=7) for task in TASKS for split in SPLITS}


def test_the_split_follows_from_the_bones_and_no_bones_are_in_two_splits(drawn):
    for (task, split), found in drawn.items():
        assert {(sample.task, sample.split) for sample in found} == {(task, split)}


def test_bones_of_stories_are_split_as_the_stories_are(drawn):
    for story in stories.stories("dev", 50, seed=7):
        assert [sample.split for sample in drawn["stories", "dev"] if sample.question == story.question] == ["dev"]


def test_questions_with_their_choices_are_all_different_and_a_shorter_list_begins_a_longer_one(drawn):
    for (task, split), found in drawn.items():
        assert len({(sample.question, sample.choices) for sample in found}) == COUNT
        assert samples(task, split, 20, seed=7) == found[:20]
        assert samples(task, split, 20, seed=8) != found[:20]


def test_an_answer_is_one_of_the_choices_which_all_differ(drawn):
    for (task, _), found in drawn.items():
        for sample in found:
            assert bool(sample.choices) == (task in {"shuffles", "facts"})
            assert not sample.choices or (sample.choices.count(sample.answer) == 1 and len(set(sample.choices)) == len(sample.choices))


def solve_stories(sample):
    return re.findall(r"\d+", sample.steps)[-1]


def solve_letters(sample):
    return "".join(name[-1].upper() for name in re.findall(r"\w+", sample.question) if name in stories.NAMES)


def solve_shuffles(sample):
    given, *moves = sample.question.split(". ")
    held = dict(pair.split() for pair in given.split(", "))
    for one, other in re.findall(r"(\w+) and (\w+) swap", " ".join(moves)):
        held[one], held[other] = held[other], held[one]
    return held[re.search(r"What does (\w+) have", sample.question)[1]]


def solve_facts(sample):
    value = sample.steps.removesuffix(".").split()[-1]
    assert value in sample.choices
    return value


def solve_plausible(sample):
    where = [
        {place for place, words in table.items() if any(word in sample.question for word in words)}
        for table in (plausible.TRADES, plausible.DEEDS)
    ]
    return "yes" if where[0] & where[1] else "no"


def solve_records(sample):
    name, item = (next(w for w in re.findall(r"\w+", sample.question)[4:] if w in words) for words in (stories.NAMES, stories.THINGS))
    return json.dumps({"name": name, "item": item, "count": int(re.search(r"\d+", sample.question)[0])})


def solve_sorting(sample):
    return ", ".join(map(str, sorted(map(int, re.findall(r"\d+", sample.question)))))


def solve_counting(sample):
    asked, *words = re.search(r"does (\w+) occur here: (.*)\?", sample.question).groups()
    return str(words[0].split(", ").count(asked))


@pytest.mark.parametrize("task", TASKS)
def test_another_way_to_solve_the_question_gives_the_same_answer(drawn, task):
    solve = globals()[f"solve_{task}"]
    for split in SPLITS:
        assert [solve(sample) for sample in drawn[task, split]] == [sample.answer for sample in drawn[task, split]]


def test_the_working_of_a_shuffle_ends_in_the_state_that_is_asked_for(drawn):
    for sample in drawn["shuffles", "train"]:
        person = re.search(r"What does (\w+) have", sample.question)[1]
        assert re.findall(rf"{person} (\w+)", sample.steps)[-1] == sample.answer
        assert set(sample.choices) <= set(shuffles.COLOURS)


def test_training_tells_only_facts_that_are_counted_and_evaluation_asks_for_others_too(drawn):
    told = {fact for fact, count in world.counts().items() if count}
    asked = {split: set(map(fact_of, drawn["facts", split])) for split in SPLITS}
    assert asked["train"] <= told
    assert asked["dev"] - told
    assert asked["test"] - told
    assert sum(world.counts().values()) == world.OBSERVATIONS
    assert set(world.counts()) == {(creature, attribute) for creature in world.CREATURES for attribute in world.VALUES}


def fact_of(sample):
    _, attribute, creature = sample.group.split("-")
    assert world.facts()[creature, attribute] == sample.answer
    return creature, attribute


def test_frequencies_of_facts_are_zipfs():
    counts = list(world.counts().values())
    assert counts[0] > 5 * counts[9] > 0
    assert 0 < counts.count(1) < world.OBSERVATIONS / 4


def test_both_answers_of_plausibility_are_about_as_frequent(drawn):
    yes = sum(sample.answer == "yes" for sample in drawn["plausible", "train"])
    assert 0.4 < yes / COUNT < 0.6


def digest():
    return hashlib.sha256(repr([samples(task, "test", 50, seed=0) for task in TASKS]).encode()).hexdigest()


def test_samples_are_the_same_in_another_process_with_other_hashes():
    code = "import hashlib; from fsmgen.embedded.tasks import TASKS, samples; r = repr([samples(t, 'test', 50, seed=0) for t in TASKS])"
    other = subprocess.run(
        [sys.executable, "-c", code + "; print(hashlib.sha256(r.encode()).hexdigest())"],
        env={"PYTHONHASHSEED": "12345", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == digest()


def test_what_is_not_there_is_refused_with_what_is():
    with pytest.raises(InvalidOption, match="letters or shuffles"):
        samples("chess", "dev", 1, seed=0)
    with pytest.raises(InvalidOption, match="train or dev or test"):
        samples("letters", "validation", 1, seed=0)
    with pytest.raises(InvalidOption, match="at most about"):
        samples("plausible", "dev", 100_000, seed=0)
    assert samples("letters", "dev", 0, seed=0) == []
