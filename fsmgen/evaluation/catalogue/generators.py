"""Generators of items: the same rows for the same options, everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fsmgen.embedded.stories import stories
from fsmgen.embedded.tasks import TASKS, samples
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
            yield {
                "question": each.question, "answer": gold, "solution": each.steps, "group": each.group, "choices": list(each.choices),
                "labels": labels,
            }  # fmt: skip

    return make


_OPTIONS = {"split": "dev", "count": 200, "seed": 0}
GENERATORS: Mapping[str, Generator] = {
    **{task: Generator(_samples(task), _OPTIONS) for task in TASKS},
    "stories": Generator(_stories, _OPTIONS),
}
"""The tasks of the embedded family, by their names; choices are answered by letter."""
