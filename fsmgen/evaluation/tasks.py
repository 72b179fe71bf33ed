"""The nouns: an item with its gold answer, and a task of such items.

>>> item = Item("1", "Which is a fruit?", "B", choices=("a stone", "a pear"), labels=("A", "B"))
>>> item.answers, item.place
(('A', 'B'), 1)
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fsmgen.embedded.stories import Story, stories
from fsmgen.errors import InvalidOption
from fsmgen.evaluation.extraction import RUNGS, THE_ANSWER_IS, AnswerForm, Rung, normalise

if TYPE_CHECKING:
    from fsmgen.evaluation.catalogue.constraints import DeclaredConstraint
    from fsmgen.evaluation.prompts import TemplatePrompt

_EXAMPLES = 8


@dataclass(frozen=True, slots=True)
class Item:
    """One question.

    Attributes:
        id: the same wherever the same question is asked.
        gold: the right answer, of the task's form.
        solution: the working that leads to it, for solved examples; may be empty.
        group: what items with something in common share, such as the template they were made from; may be empty.
        choices: the texts among which the answer is; none where it is free.
        labels: the letters of the choices, if they are answered by letter; then gold is one of them.
        fields: what else is known of it, for prompts.
    """

    id: str
    question: str
    gold: str
    solution: str = ""
    group: str = ""
    choices: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    fields: Mapping[str, object] = field(default_factory=dict, hash=False)

    @property
    def answers(self) -> tuple[str, ...]:
        """What can be answered: the labels of the choices, or their texts."""
        return self.labels or self.choices

    @property
    def place(self) -> int | None:
        """Which choice is right, from 0; None if none of them is gold."""
        return self.answers.index(self.gold) if self.gold in self.answers else None


@dataclass(frozen=True, slots=True)
class Task:
    """Items to be asked, and others to be shown solved.

    Attributes:
        examples: solved items; those that are asked as well are not shown before themselves.
        form: the declared form of a final answer, which extraction looks for.
        rung: of the extraction ladder, whose outcomes are the score.
        prompts: the declared ways to ask, the first one by default.
        constraint: the declared language of answers.

    Raises:
        InvalidOption: no items, an item twice, labels that are not as many as choices, or a gold answer that is none of the task's form.
    """

    name: str
    items: tuple[Item, ...]
    examples: tuple[Item, ...] = ()
    form: AnswerForm = THE_ANSWER_IS
    rung: Rung = "flexible"
    prompts: tuple[TemplatePrompt, ...] = ()
    constraint: DeclaredConstraint | None = None

    def __post_init__(self) -> None:
        if not self.items:
            raise InvalidOption("items", self.items, allowed="at least one item")
        if len({item.id for item in self.items}) < len(self.items):
            raise InvalidOption("items", f"{len(self.items)} items", allowed="items with different ids")
        if self.rung not in RUNGS:
            raise InvalidOption("rung", self.rung, allowed=f"one of {', '.join(RUNGS)}")
        for item in (*self.items, *self.examples):
            if item.labels and len(item.labels) != len(item.choices):
                raise InvalidOption(f"labels of item {item.id}", item.labels, allowed=f"as many as its {len(item.choices)} choices")
            if normalise(item.gold, form=self.form) is None:
                raise InvalidOption(f"gold of item {item.id}", item.gold, allowed=f"an answer of the form {self.form.name}")

    def shown(self, item: Item, count: int) -> tuple[Item, ...]:
        """The first `count` examples that are not the item itself.

        Raises:
            InvalidOption: there are not so many.
        """
        others = [example for example in self.examples[: count + 1] if example.id != item.id][:count]
        if not 0 <= count == len(others):
            raise InvalidOption("shots", count, allowed=f"between 0 and {self.most_shots}, the examples of {self.name}")
        return tuple(others)

    @property
    def most_shots(self) -> int:
        """How many examples can be shown before every item."""
        return len(self.examples) - bool({item.id for item in self.items} & {example.id for example in self.examples})


def story_task(split: str, count: int, *, seed: int = 0) -> Task:
    """Arithmetic stories of one split ("dev" to tune on, "test" to report), with solved examples from the training split."""
    items = tuple(map(_item, stories(split, count, seed=seed)))
    return Task(f"stories-{split}", items, tuple(map(_item, stories("train", _EXAMPLES, seed=seed))))


def _item(story: Story) -> Item:
    digest = hashlib.sha256(story.question.encode()).hexdigest()
    return Item(f"story-{digest[:12]}", story.question, str(story.answer), story.steps, story.template)
