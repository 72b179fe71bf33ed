"""Generators of items: the same rows for the same options, everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from fsmgen.embedded.stories import stories
from fsmgen.embedded.tasks import TASKS, Sample, samples, world
from fsmgen.errors import InvalidOption
from fsmgen.evaluation.readers import Row


@dataclass(frozen=True, slots=True)
class Generator:
    """A function that makes rows, and its options with their defaults."""

    make: Callable[..., Iterable[Row]]
    options: Mapping[str, Any]


def generated(name: str, options: Mapping[str, object]) -> Iterator[Row]:
    """The rows of a generator; options that are not given have their defaults."""
    generator = GENERATORS[name]
    yield from generator.make(**{**generator.options, **options})


def _stories(split: str, count: int, seed: int) -> Iterator[Row]:
    for story in stories(split, count, seed=seed):
        yield {"question": story.question, "answer": str(story.answer), "solution": story.steps, "group": story.template}


def _samples(task: str) -> Callable[..., Iterator[Row]]:
    def make(split: str, count: int, seed: int) -> Iterator[Row]:
        for each in samples(task, split, count, seed=seed):
            labels = [chr(ord("A") + place) for place in range(len(each.choices))]
            gold = labels[each.choices.index(each.answer)] if labels else each.answer
            yield {"answer": gold, "choices": list(each.choices), "labels": labels, **_told(each)}

    return make


def _assistant(split: str, count: int, seed: int) -> Iterator[Row]:
    """By turns a question whose answer is a number, one with a list and one with a word."""
    kinds = [islice(samples(task, split, count, seed=seed), -(-count // len(_ASKED))) for task in _ASKED]
    for each in islice((sample for row in zip(*kinds, strict=True) for sample in row), count):
        yield {"answer": each.answer, **_told(each)}


def _recall(split: str, count: int, seed: int) -> Iterator[Row]:
    """Facts, each once, with the answer as a text."""
    found = world.recalled(split, seed=seed)
    if count > len(found):
        raise InvalidOption("count", count, allowed=f"at most {len(found)}, the facts of the split {split}")
    for each in found[:count]:
        yield {"answer": each.answer, "choices": list(each.choices), **_told(each)}


def _told(sample: Sample) -> Row:
    return {"question": sample.question, "solution": sample.steps, "group": sample.group}


_ASKED = ("stories", "sorting", "letters")
_OPTIONS = {"split": "dev", "count": 200, "seed": 0}
GENERATORS: Mapping[str, Generator] = {
    **{task: Generator(_samples(task), _OPTIONS) for task in TASKS},
    "stories": Generator(_stories, _OPTIONS),
    "assistant": Generator(_assistant, _OPTIONS),
    "recall": Generator(_recall, {**_OPTIONS, "count": 40}),
}
"""The tasks of the embedded family, by their names; choices are answered by letter. `assistant` is three of them, `recall` facts."""
