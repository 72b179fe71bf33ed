"""A task's file: TOML tables, checked key by key."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fsmgen.errors import BrokenFile, FsmgenError, InputError, InvalidTask
from fsmgen.evaluation.catalogue.checking import Table
from fsmgen.evaluation.catalogue.constraints import CONSTRAINT_KINDS, PER_ITEM, DeclaredConstraint
from fsmgen.evaluation.catalogue.items import ItemTemplates, declared_templates
from fsmgen.evaluation.catalogue.recordings import Recording, declared_recordings
from fsmgen.evaluation.catalogue.sources import Source, declared_source, explained
from fsmgen.evaluation.extraction import RUNGS, THE_ANSWER_IS, AnswerForm, Rung
from fsmgen.evaluation.naming import meant
from fsmgen.evaluation.prompts import PromptGrid, TemplatePrompt
from fsmgen.evaluation.prompts.rendering import names
from fsmgen.evaluation.prompts.templates import ITEM_VALUES

DEFAULT_PROMPT = TemplatePrompt("plain", "Question: {{ question }}\nAnswer:")


@dataclass(frozen=True, slots=True)
class Declaration:
    """A task before its data are read.

    Attributes:
        name: with the subset, as in `bbh:navigate`; the path of a file that does not ship.
        description, source, license: for people.
        examples: where the solved examples come from; None: there are none, or they are the items themselves.
        own_examples: the items are the examples, each before the others.
        recorded: outputs that somebody recorded, by name.
    """

    name: str
    subset: str
    description: str
    source: str
    license: str
    dataset: Source
    templates: ItemTemplates
    examples: Source | None
    own_examples: bool
    prompts: tuple[TemplatePrompt, ...]
    form: AnswerForm
    rung: Rung
    constraint: DeclaredConstraint | None
    recorded: Mapping[str, Recording]

    @property
    def title(self) -> str:
        """The name without folder and ending."""
        return Path(self.name.removesuffix(f":{self.subset}")).stem + (f":{self.subset}" if self.subset else "")

    @property
    def kept(self) -> frozenset[str]:
        """The values that prompts and constraint ask for."""
        templates = [getattr(prompt, key) for prompt in self.prompts for key in ("question", "answer", "before", "system")]
        templates += [atom for prompt in self.prompts for atom in prompt.atoms.values()]
        templates += [] if self.constraint is None else [self.constraint.gold, *(hole.gold for _, hole in self.constraint.holes)]
        return frozenset().union(*map(names, templates)) - ITEM_VALUES


def read_tables(path: Path) -> dict[str, Any]:
    """The tables of a task's file.

    Raises:
        BrokenFile: it is missing or no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise BrokenFile(path, reason=str(error)) from error


def subsets_of(tables: Mapping[str, Any]) -> tuple[str, ...]:
    """The declared subsets."""
    found = tables.get("subsets", {})
    return tuple(found) if isinstance(found, dict) else ()


def declared(tables: Mapping[str, Any], name: str, subset: str = "") -> Declaration:
    """The task of these tables, with those of the subset laid over them.

    Raises:
        InvalidTask: a key is unknown, missing or of the wrong kind, a template or a constraint is wrong, or there is no such subset.
    """
    top = Table(name, "", tables)
    subsets = top.take("subsets", dict, {})
    if subsets and subset not in subsets:
        asked = f"there is no subset {subset!r}{meant(subset, subsets)}" if subset else f"name one, as in {name}:{next(iter(subsets))}"
        top.refuse("subsets", asked)
    takes_one = "{subset}" in json.dumps(tables.get("dataset", {}), default=str)
    if not subsets and bool(subset) != takes_one:
        reason = f"there are none, and {subset!r} is asked for" if subset else f"its files have one; name it, as in {name}:NAME"
        top.refuse("subsets", reason)
    whole = f"{name}:{subset}" if subset else name
    laid = {key: each for key, each in laid_over(tables, subsets.get(subset, {})).items() if key != "subsets"}
    return _declaration(Table(whole, "", laid), whole, subset)


def _declaration(top: Table, name: str, subset: str) -> Declaration:
    texts = {key: top.take(key, str, "") for key in ("description", "source", "license")}
    dataset = top.table("dataset")
    if dataset is None:
        top.refuse("dataset", "it is missing: a task says where its rows come from")
    form, rung = _extraction(top.table("extraction"))
    examples, own = _examples(top.table("examples"), subset)
    prompts, templates = _prompts(top), declared_templates(top.table("item"), name)
    constraint = top.table("constraint")
    made = Declaration(
        name, subset, **texts, dataset=declared_source(dataset, subset), templates=templates, examples=examples, own_examples=own,
        prompts=prompts, form=form, rung=rung, constraint=None if constraint is None else _constraint(constraint),
        recorded=declared_recordings(top.table("recorded"), subset),
    )  # fmt: skip
    top.finish()
    return made


def laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Tables inside each other are merged, everything else is replaced."""
    merged = dict(below)
    for key, each in above.items():
        both = isinstance(each, dict) and isinstance(merged.get(key), dict)
        merged[key] = laid_over(merged[key], each) if both else each
    return merged


def _examples(table: Table | None, subset: str) -> tuple[Source | None, bool]:
    if table is None:
        return None, False
    if table.has("items"):
        own = table.take("items", bool)
        table.finish()
        return None, own
    return declared_source(table, subset), False


def _extraction(table: Table | None) -> tuple[AnswerForm, Rung]:
    if table is None:
        return THE_ANSWER_IS, "flexible"
    default = THE_ANSWER_IS
    before, after, kind = (table.take(key, str, getattr(default, key)) for key in ("before", "after", "kind"))
    options, rung = table.texts("options"), table.take("rung", str, "flexible")
    table.finish()
    if rung not in RUNGS:
        table.refuse("rung", f"{rung!r} is none of {', '.join(RUNGS)}{meant(rung, RUNGS)}")
    try:
        return AnswerForm(before, after, kind, options), rung
    except InputError as error:
        raise explained(table.task, "extraction", error) from error


def _prompts(top: Table) -> tuple[TemplatePrompt, ...]:
    """`[prompt]`, or several `[[prompt]]`; variants of atoms make a grid of each."""
    listed = top.take("prompt", list) if isinstance(top.get("prompt"), list) else [top.take("prompt", dict, {})]
    if listed in ([], [{}]):
        return (DEFAULT_PROMPT,)
    if not all(isinstance(each, dict) for each in listed):
        top.refuse("prompt", "each is a table")
    tables = [Table(top.task, "prompt" if len(listed) == 1 else f"prompt {number}", each) for number, each in enumerate(listed, start=1)]
    prompts = [prompt for table in tables for prompt in _prompt(table)]
    twice = sorted({prompt.name for prompt in prompts if sum(other.name == prompt.name for other in prompts) > 1})
    if twice:
        top.refuse("prompt", f"two prompts have the name {twice[0]!r}")
    return tuple(prompts)


def _prompt(table: Table) -> tuple[TemplatePrompt, ...]:
    default = DEFAULT_PROMPT
    texts = {key: table.take(key, str, getattr(default, key)) for key in ("name", "answer", "between", "before", "system", "exposure")}
    question, atoms, variants = table.take("question", str, default.question), table.mapping("atoms"), table.table("variants")
    table.finish()
    prompt = TemplatePrompt(question=question, atoms=atoms, **texts)
    for key in ("question", "answer", "before", "system"):
        _check_template(table, key, getattr(prompt, key))
    if variants is None:
        return (prompt,)
    grid = {atom: variants.mapping(atom) for atom in variants.unknown()}
    for atom, templates in grid.items():
        for name, template in templates.items():
            _check_template(variants, f"{atom}.{name}", template)
    try:
        made = tuple(PromptGrid(prompt, grid))
    except FsmgenError as error:
        raise explained(table.task, variants.place, error) from error
    prefix = f"{prompt.name}: " if prompt.name != default.name else ""
    return tuple(replace(each, name=prefix + each.name) for each in made)


def _check_template(table: Table, key: str, template: str) -> None:
    try:
        names(template)
    except InputError as error:
        raise explained(table.task, f"{table.place}.{key}", error) from error


def _constraint(table: Table) -> DeclaredConstraint:
    kinds = [kind for kind in CONSTRAINT_KINDS if table.has(kind)]
    if len(kinds) != 1:
        keys = ", ".join(table.unknown()) or "no keys"
        table.refuse("", f"it names one of {', '.join(CONSTRAINT_KINDS)}, and this names {' and '.join(kinds) or 'none'}; it has {keys}")
    [kind] = kinds
    source, holes = _constraint_source(table, kind), table.table("holes")
    leading_space, gold = table.take("leading_space", str, "no"), table.take("gold", str, "")
    table.finish()
    _check_template(table, "gold", gold)
    inner = () if holes is None else tuple((name, _constraint(_hole(holes, name))) for name in holes.unknown())
    try:
        return DeclaredConstraint(kind, source, leading_space, gold, inner)  # type: ignore[arg-type]  # checked when it is compiled
    except InputError as error:
        raise explained(table.task, table.place, error) from error


def _constraint_source(table: Table, kind: str) -> str | tuple[str, ...]:
    if kind == "choice" and table.get(kind) != PER_ITEM:
        return table.texts(kind)
    if kind == "json_schema" and isinstance(table.get(kind), dict):
        return json.dumps(table.take(kind, dict))
    return table.take(kind, str)


def _hole(holes: Table, name: str) -> Table:
    hole = holes.table(name)
    if hole is None:
        raise InvalidTask(holes.task, place=f"{holes.place}.{name}", reason="a hole is a table such as { regex = '...' }")
    return hole
