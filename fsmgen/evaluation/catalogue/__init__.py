"""Tasks as data: a TOML file each, with the ones that ship in the folder `tasks`.

```toml
description = "Capitals of the world"

[dataset]                                   # file = "...", hub = "...", generator = "..." or rows = [...]
rows = [{ country = "France", city = "Paris" }, { country = "Chad", city = "N'Djamena" }]

[examples]                                  # solved examples; a source as [dataset], or the items themselves, each before the others
items = true

[item]                                      # jinja2 over the columns of a row
question = "What is the capital of {{ country }}?"
gold = "{{ city }}"

[prompt]                                    # jinja2 over the item; several [[prompt]] are several ways to ask
question = "{{ cue }} {{ question }}\\nA:"
answer = " {{ gold }}."

[prompt.variants]                           # every combination is a prompt
cue = { q = "Q:", long = "Question:" }

[extraction]                                # the form of a final answer, and the rung of the ladder that scores
before = "A:"
after = "."
kind = "text"
rung = "lenient"

[constraint]                                # regex, choice, template with holes, grammar, gbnf, lark or json_schema
regex = "[A-Z][a-z' A-Z]+\\\\."
leading_space = "optional"
gold = "{{ gold }}."                        # the text that a gold answer has in this language; `lint` asks whether it is one
```

>>> task = load_task("gsm8k-style")
Traceback (most recent call last):
fsmgen.errors.InvalidTask: task gsm8k-style, the name: there is no such task, did you mean 'gsm8k'?
"""

from __future__ import annotations

import re
from pathlib import Path

from fsmgen.errors import FsmgenError, InvalidTask
from fsmgen.evaluation.catalogue.constraints import DeclaredConstraint
from fsmgen.evaluation.catalogue.declaration import Declaration, declared, read_tables, subsets_of
from fsmgen.evaluation.catalogue.items import made_items
from fsmgen.evaluation.catalogue.sources import Data, Source, explained
from fsmgen.evaluation.extraction import extract, normalise
from fsmgen.evaluation.naming import meant
from fsmgen.evaluation.tasks import Item, Task

__all__ = ["Data", "Declaration", "DeclaredConstraint", "find_task", "load_task", "task_names"]

FOLDER = Path(__file__).parent / "tasks"


def task_names() -> tuple[str, ...]:
    """Names of the tasks that ship, with their subsets, as in `bbh:navigate`."""
    return tuple(name for path in sorted(FOLDER.glob("*.toml")) for name in _names(path))


def load_task(name: str | Path, *, data: Path | None = None, limit: int | None = None, fetch: bool = False) -> Task:
    """A task that ships, by name, or one of a TOML file; `name:subset` is one of its subsets.

    Args:
        data: where the files of the dataset are looked for first; then beside the task's file.
        limit: at most so many items, the first ones.
        fetch: whether a dataset on the Hub may be fetched if it is not on this machine.

    Raises:
        InvalidTask: there is no such task, or its declaration or its data are wrong.
        FsmgenError: a file of its data is missing or broken, or needs a package that is not installed.
    """
    declaration, folder = find_task(name)
    return built(declaration, Data((*([data] if data else []), folder), fetch), limit)


def find_task(name: str | Path) -> tuple[Declaration, Path]:
    """The declaration of a task and the folder of its file, without its data; errors as `load_task`."""
    path, subset = _located(str(name))
    shown = path.stem if path.parent == FOLDER else str(path)
    return declared(read_tables(path), shown, subset), path.parent


def built(declaration: Declaration, data: Data, limit: int | None = None) -> Task:
    """The task with its items; errors as `load_task`."""
    items = _items(declaration, declaration.dataset, data, limit)
    if not items:
        raise InvalidTask(declaration.name, place="dataset", reason="it has no rows")
    examples = items if declaration.own_examples else ()
    if declaration.examples is not None:
        examples = _items(declaration, declaration.examples, data, None)
    _check(declaration, items[0])
    try:
        return Task(
            declaration.title,
            items,
            examples,
            declaration.form,
            declaration.rung,
            declaration.prompts,
            declaration.constraint,
        )
    except FsmgenError as error:
        raise explained(declaration.name, "item", error) from error


def _items(declaration: Declaration, source: Source, data: Data, limit: int | None) -> tuple[Item, ...]:
    rows = source.read(declaration.name, data)
    picked = rows if limit is None else (row for _, row in zip(range(limit), rows, strict=False))
    return made_items(picked, declaration.templates, declaration.kept, declaration.subset, declaration.name)


def _check(declaration: Declaration, item: Item) -> None:
    """What can be seen with one item: prompts ask for what there is, the constraint has a language, the extractor reads its own form."""
    place = "prompt"
    try:
        for prompt in declaration.prompts:
            prompt.require_known(frozenset(item.fields))
            place = f"prompt {prompt.name}"
            prompt.text(item)
        place = "constraint"
        if declaration.constraint is not None:
            declaration.constraint.language(item)
            declaration.constraint.gold_text(item)
    except FsmgenError as error:
        raise explained(declaration.name, place, error) from error
    _check_extractor(declaration, item)


def _check_extractor(declaration: Declaration, item: Item) -> None:
    form, gold = declaration.form, normalise(item.gold, form=declaration.form)
    if gold is None:
        return  # `Task` says so
    written = f"{form.before} {gold}{form.after}"
    found = extract(written, "strict", form=form)
    if found.value != gold:
        reason = f"the extractor never finds an answer: it reads {found.value or found.cause} in {written!r}, which is its own form"
        raise InvalidTask(declaration.name, place="extraction", reason=reason)


def _located(name: str) -> tuple[Path, str]:
    path, _, subset = name.rpartition(":") if re.search(r":[\w.-]+$", name) else (name, "", "")
    if path.endswith(".toml") or "/" in path or "\\" in path:
        return Path(path), subset
    shipped = {file.stem: file for file in FOLDER.glob("*.toml")}
    if path not in shipped:
        raise InvalidTask(name, place="the name", reason=f"there is no such task{meant(path, shipped)}")
    return shipped[path], subset


def _names(path: Path) -> list[str]:
    return [f"{path.stem}:{subset}" for subset in subsets_of(read_tables(path))] or [path.stem]
