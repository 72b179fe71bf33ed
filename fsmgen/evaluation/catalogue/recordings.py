"""Recorded outputs as data: the file, and where in its rows the text, the gold answer and the item are."""

from __future__ import annotations

from dataclasses import dataclass

from fsmgen.evaluation.catalogue.checking import Table
from fsmgen.evaluation.catalogue.sources import Source, declared_source

_TEMPLATES = ("text", "gold", "item", "index", "question", "prompt_text")


@dataclass(frozen=True, slots=True)
class Recording:
    """Outputs that somebody recorded; templates are jinja2 over the columns of a row, which is `row` as a whole.

    Attributes:
        item, index, question: one of them says which item a row answers: its id, its place from 0, or its text.
    """

    source: Source
    text: str
    gold: str = ""
    item: str = ""
    index: str = ""
    question: str = ""
    prompt_text: str = ""


def declared_recordings(table: Table | None, subset: str) -> dict[str, Recording]:
    """The recordings of `[recorded.NAME]`.

    Raises:
        InvalidTask: a recording without a text or without an item, or a source that cannot be.
    """
    if table is None:
        return {}
    return {name: _recording(table, name, subset) for name in table.unknown()}


def _recording(table: Table, name: str, subset: str) -> Recording:
    its = table.table(name)
    if its is None:
        table.refuse(name, "a recording is a table with a source and templates")
    templates = {key: its.take(key, str, "") for key in _TEMPLATES}
    if not templates["text"]:
        its.refuse("text", "it is missing: a template of what the model answered")
    if sum(bool(templates[key]) for key in ("item", "index", "question")) != 1:
        its.refuse("", "one of item, index and question says which item a row answers")
    return Recording(declared_source(its, subset), **templates)
