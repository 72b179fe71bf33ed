"""A task: items with a question and a gold answer, some solved examples, and the declared form of a final answer.

>>> task = story_task("dev", 2)
>>> task.name, len(task.items), task.form.name
('stories-dev', 2, 'The answer is <number>.')
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from fsmgen.embedded.stories import Story, stories
from fsmgen.errors import InvalidOption
from fsmgen.evaluation.extraction import THE_ANSWER_IS, AnswerForm, normalise

_EXAMPLES = 8


@dataclass(frozen=True, slots=True)
class Item:
    """One question.

    Attributes:
        id: the same wherever the same question is asked.
        gold: the right answer, of the task's form.
        solution: the working that leads to it, for solved examples; may be empty.
        group: what items with something in common share, such as the template they were made from; may be empty.
    """

    id: str
    question: str
    gold: str
    solution: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """Items to be asked, and others to be shown solved.

    Raises:
        InvalidOption: no items, an item twice, or a gold answer that is none of the task's form.
    """

    name: str
    items: tuple[Item, ...]
    examples: tuple[Item, ...] = ()
    form: AnswerForm = THE_ANSWER_IS

    def __post_init__(self) -> None:
        if not self.items:
            raise InvalidOption("items", self.items, allowed="at least one item")
        if len({item.id for item in self.items}) < len(self.items):
            raise InvalidOption("items", f"{len(self.items)} items", allowed="items with different ids")
        for item in (*self.items, *self.examples):
            if normalise(item.gold, form=self.form) is None:
                raise InvalidOption(f"gold of item {item.id}", item.gold, allowed=f"an answer of the form {self.form.name}")


def story_task(split: str, count: int, *, seed: int = 0) -> Task:
    """Arithmetic stories of one split ("dev" to tune on, "test" to report), with solved examples from the training split."""
    items = tuple(map(_item, stories(split, count, seed=seed)))
    return Task(f"stories-{split}", items, tuple(map(_item, stories("train", _EXAMPLES, seed=seed))))


def _item(story: Story) -> Item:
    digest = hashlib.sha256(story.question.encode()).hexdigest()
    return Item(f"story-{digest[:12]}", story.question, str(story.answer), story.steps, story.template)
