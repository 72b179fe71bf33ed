"""From rows to items, by the templates that a task declares."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from fsmgen.errors import InvalidPrompt, InvalidTask
from fsmgen.evaluation.catalogue.checking import Table
from fsmgen.evaluation.prompts.rendering import render, require_known, value
from fsmgen.evaluation.readers import Row
from fsmgen.evaluation.tasks import Item


@dataclass(frozen=True, slots=True)
class ItemTemplates:
    """Each a jinja2 template over the columns of a row (`row` is all of it); choices and labels are lists of them, or one
    that gives a list.

    Attributes:
        id: by default the beginning of a hash of the question and its choices.
        question, gold: what an item must have.
    """

    question: str
    gold: str
    solution: str = ""
    group: str = ""
    id: str = ""
    choices: str | tuple[str, ...] = ()
    labels: str | tuple[str, ...] = ()

    @property
    def named(self) -> tuple[tuple[str, str], ...]:
        """All templates, with the key of each."""
        single = [(key, getattr(self, key)) for key in ("question", "gold", "solution", "group", "id")]
        lists = [(key, each) for key in ("choices", "labels") for each in _several(getattr(self, key))]
        return (*single, *lists)


def declared_templates(table: Table | None, task: str) -> ItemTemplates:
    """The templates of `[item]`.

    Raises:
        InvalidTask: no question or no gold, or a value of another kind.
    """
    if table is None:
        raise InvalidTask(task, place="item", reason="it is missing: a task says what the question and the gold answer of a row are")
    lists = {key: table.take(key, str) if isinstance(table.get(key), str) else table.texts(key) for key in ("choices", "labels")}
    texts = {key: table.take(key, str, "") for key in ("solution", "group", "id")}
    question = table.take("question", str)
    if not table.has("gold"):
        near = [key for key in table.unknown() if key in ("answer", "target", "label", "golds", "doc_to_target")]
        table.refuse("gold", "it is missing: a task without gold answers cannot be scored" + (f"; {near[0]} may be meant" if near else ""))
    templates = ItemTemplates(question, table.take("gold", str), **texts, **lists)  # type: ignore[arg-type]  # both as they were taken
    table.finish()
    return templates


def made_items(rows: Iterable[Row], templates: ItemTemplates, kept: frozenset[str], subset: str, task: str) -> tuple[Item, ...]:
    """The items of rows, `kept` columns as their fields. Equal ids are numbered from the second on.

    Raises:
        InvalidTask: a row lacks a column, or its gold answer or its question is empty; with the number of the row.
    """
    seen: Counter[str] = Counter()
    items = []
    for number, row in enumerate(rows, start=1):
        try:
            item = _item({"subset": subset, "row": row, **row}, templates, kept, first=number == 1)
        except InvalidPrompt as error:
            raise InvalidTask(task, place=f"row {number}", reason=f"item.{_key(error.template, templates)}: {error.reason}") from error
        for key in ("question", "gold"):
            if not getattr(item, key).strip():
                raise InvalidTask(task, place=f"row {number}", reason=f"item.{key} is empty: {getattr(templates, key)!r} gives nothing")
        seen[item.id] += 1
        items.append(item if seen[item.id] == 1 else _renumbered(item, seen[item.id]))
    return tuple(items)


def _item(values: Row, templates: ItemTemplates, kept: frozenset[str], *, first: bool) -> Item:
    if first:
        for _, template in templates.named:
            require_known(template, values)
    question, choices = render(templates.question, values), tuple(_list(templates.choices, values))
    return Item(
        id=render(templates.id, values) or hashlib.sha256("\n".join((question, *choices)).encode()).hexdigest()[:12],
        question=question,
        gold=render(templates.gold, values).strip(),
        solution=render(templates.solution, values),
        group=render(templates.group, values),
        choices=choices,
        labels=tuple(_list(templates.labels, values)),
        fields={name: values[name] for name in sorted(kept & values.keys())},
    )


def _list(templates: str | tuple[str, ...], values: Row) -> Iterator[str]:
    if isinstance(templates, tuple):
        yield from (render(template, values) for template in templates)
        return
    found = value(templates, values)
    if not isinstance(found, list | tuple):
        raise InvalidPrompt(templates, reason=f"it gives a list, and this gives {found!r:.60}")
    yield from map(str, found)


def _several(templates: str | tuple[str, ...]) -> tuple[str, ...]:
    return (templates,) if isinstance(templates, str) else templates


def _key(template: str, templates: ItemTemplates) -> str:
    return next((key for key, each in templates.named if each == template), "question")


def _renumbered(item: Item, number: int) -> Item:
    return replace(item, id=f"{item.id}-{number}")
