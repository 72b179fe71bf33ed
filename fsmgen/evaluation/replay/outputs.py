"""Outputs that were recorded elsewhere, and the items of a task that they answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from fsmgen.errors import InvalidTask
from fsmgen.evaluation.extraction import normalise
from fsmgen.evaluation.tasks import Item, Task


@dataclass(frozen=True, slots=True)
class Output:
    """What a model answered, as somebody recorded it.

    Attributes:
        item: the id of the item; or else `index`, its place in the task from 0; or else `question`, its text.
        gold: as recorded; empty where it was not.
        choices: the texts that were scored, with `likelihoods`, the log-likelihood of each.
        epoch: which of several answers to one item under one prompt, from 0.
        scores: what was recorded as its scores, by name.
    """

    text: str
    gold: str = ""
    item: str = ""
    index: int | None = None
    question: str = ""
    prompt_text: str = ""
    truncated: bool = False
    choices: tuple[str, ...] = ()
    likelihoods: tuple[float, ...] = ()
    epoch: int = 0
    scores: Mapping[str, float | str] = field(default_factory=dict, hash=False)


def matched(task: Task, outputs: Sequence[Output]) -> list[tuple[Item, Output]]:
    """Every output with the item that it answers.

    Raises:
        InvalidTask: an output answers no item, one item has two answers, or the recorded gold answer is another one.
    """
    by_id = {item.id: item for item in task.items}
    by_question = {item.question: item for item in task.items}
    pairs = [(_item(task, by_id, by_question, number, output), output) for number, output in enumerate(outputs)]
    for (identity, epoch), count in Counter((item.id, output.epoch) for item, output in pairs).items():
        if count > 1:
            raise InvalidTask(task.name, place="outputs", reason=f"{count} outputs answer item {identity} in epoch {epoch}")
    for number, (item, output) in enumerate(pairs):
        _check_gold(task, number, item, output)
    return pairs


def task_of(name: str, outputs: Iterable[Output], like: Task) -> Task:
    """A task whose items are those that the outputs name, with the form and rung of another one.

    Raises:
        InvalidOption: an output has no gold answer of that form.
    """
    items: dict[str, Item] = {}
    for number, output in enumerate(outputs):
        identity = _identity(output, number)
        items.setdefault(identity, Item(identity, output.question or output.prompt_text, output.gold, choices=output.choices))
    return Task(name, tuple(items.values()), (), like.form, like.rung)


def identified(outputs: Iterable[Output]) -> list[Output]:
    """The outputs, each with the id of its item as `task_of` gives it."""
    return [replace(output, item=_identity(output, number)) for number, output in enumerate(outputs)]


def _identity(output: Output, number: int) -> str:
    return output.item or (str(number) if output.index is None else str(output.index))


def _item(task: Task, by_id: Mapping[str, Item], by_question: Mapping[str, Item], number: int, output: Output) -> Item:
    if output.item:
        found, named = by_id.get(output.item), f"item {output.item!r}"
    elif output.index is not None:
        found, named = task.items[output.index] if 0 <= output.index < len(task.items) else None, f"item number {output.index}"
    else:
        found, named = by_question.get(output.question), f"the question {output.question[:60]!r}"
    if found is None:
        raise InvalidTask(task.name, place=f"output {number + 1}", reason=f"the task has no {named}")
    return found


def _check_gold(task: Task, number: int, item: Item, output: Output) -> None:
    if output.gold and normalise(output.gold, form=task.form) != normalise(item.gold, form=task.form):
        reason = f"its gold answer is {output.gold!r}, and that of item {item.id} is {item.gold!r}: they belong to other data"
        raise InvalidTask(task.name, place=f"output {number + 1}", reason=reason)
