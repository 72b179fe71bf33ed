"""A preset as data: a TOML file, checked key by key, that is frozen before its results are looked at.

What a file declares is all that its results depend on beside the model and the code, and its digest stands in every study that it makes.

| table | what it declares |
|---|---|
| the top | `question`, `runs`, `source`, `minutes`, `models` (`family` or `one`), `caveats` |
| `[[study]]` | a task with its items, groups of prompts, arms by key, shots, orders, the budget, the views of its results |
| `[[contrast]]` | a comparison of two selections of a study's answers, in pairs of items |
| `[[beside]]` | published figures, and the columns in which ours stand beside them |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from fsmgen.errors import FsmgenError, InvalidPreset, InvalidTask
from fsmgen.evaluation.arms import Arm, arm_of, read_arm
from fsmgen.evaluation.catalogue.checking import Table
from fsmgen.evaluation.catalogue.declaration import laid_over, read_tables
from fsmgen.evaluation.catalogue.sources import explained
from fsmgen.evaluation.naming import meant
from fsmgen.evaluation.records import digest

FOLDER = Path(__file__).parent / "declared"
EXAMPLES = ".examples"
"""What the name of a file ends with that has the solved examples for another one."""
Groups: TypeAlias = Mapping[str, tuple[str, ...]]
"""Names of prompts by the name of their group."""
Measure: TypeAlias = Literal["score", "sd", "answered", "calls", "characters"]
Models: TypeAlias = Literal["family", "one"]
VIEWS = ("results", "outcomes", "spread", "ranking", "ways", "calls", "gaia", "calibration", "halves", "recall")
"""What is shown of a study, each a function of `presets.views`."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One study of a preset, for any model.

    Attributes:
        name: also of its folder.
        task: of the catalogue.
        items: options of the task's generator that are not as usual; none for tasks whose items come from a file.
        prompts: wordings of the embedded family, or prompts that the task declares.
        development: the prompts of the development run, which takes the items of the split `dev`.
        arms: by the key that contrasts and columns use.
        reference: the key of the reference arm.
        orders: seeds of the order of solved examples; none for the task's own order.
        data: the file that has to be given for it, by name; empty: it always runs, unless a study on data takes its place.
        instead: the study whose place it takes, and whose declaration it has where it declares nothing else; empty: it comes on top.
    """

    name: str
    task: str
    items: Mapping[str, Any]
    prompts: Groups
    development: Groups
    arms: Mapping[str, Arm]
    reference: str
    shots: tuple[int, ...]
    orders: tuple[int, ...]
    max_tokens: int
    temperature: float
    views: tuple[str, ...]
    data: str = ""
    instead: str = ""

    @property
    def role(self) -> str:
        """The name by which contrasts and columns mean it."""
        return self.instead or self.name


@dataclass(frozen=True, slots=True)
class Selection:
    """Some of a study's answers: those of one arm, under the prompts of one group and with some numbers of shots, or all."""

    arm: str
    prompts: str = ""
    shots: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Contrast:
    """Does the second selection score better than the first, item by item?"""

    label: str
    study: str
    first: Selection
    second: Selection


@dataclass(frozen=True, slots=True)
class Column:
    """A column of figures.

    Attributes:
        measure: `score`, the share that is right; `sd`, its standard deviation over prompts, shots and orders; `answered`, the share with a
            value; `calls`, forward passes for a token; `characters`, the mean length of an answer.
    """

    label: str
    selection: Selection
    measure: Measure


@dataclass(frozen=True, slots=True)
class Beside:
    """Published figures, a row for each model, and what a study gives for the same columns."""

    title: str
    study: str
    columns: tuple[Column, ...]
    published: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Preset:
    """A published protocol as a frozen declaration.

    Attributes:
        question, runs, source, minutes: for people; the minutes are those of all of it on two cores.
        models: whether it is put to every model of the embedded family, or to one.
        caveats: what its figures do not show.
        digest: of everything that the file declares.
    """

    name: str
    question: str
    runs: str
    source: str
    minutes: int
    models: Models
    plans: tuple[Plan, ...]
    contrasts: tuple[Contrast, ...]
    besides: tuple[Beside, ...]
    caveats: tuple[str, ...]
    digest: str = field(default="")

    def chosen(self, data: Mapping[str, Path]) -> tuple[Plan, ...]:
        """The studies to run where these files were given, those on files first: they are the ones that may not fit a model.

        Raises:
            InvalidPreset: a file that no study takes, or solved examples without their file.
        """
        files = {plan.data for plan in self.plans if plan.data}
        for name in data:
            if name.removesuffix(EXAMPLES) not in files:
                takes = meant(name.removesuffix(EXAMPLES), files) if files else ": it takes none"
                raise InvalidPreset(self.name, place="the data", reason=f"no study of this preset takes {name!r}{takes}")
            if name.removesuffix(EXAMPLES) not in data:
                raise InvalidPreset(self.name, place="the data", reason=f"{name!r} are examples for a file that is not given")
        given = [plan for plan in self.plans if plan.data in data]
        replaced = {plan.instead for plan in given if plan.instead}
        return (*given, *(plan for plan in self.plans if not plan.data and plan.name not in replaced))


def preset_names() -> tuple[str, ...]:
    """Names of the presets that ship."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def load_preset(name: str) -> Preset:
    """A preset that ships, by name, or one of a TOML file.

    Raises:
        InvalidPreset: there is no such preset, or its declaration is wrong.
        BrokenFile: the file is missing or no TOML.
    """
    path = Path(name) if name.endswith(".toml") else FOLDER / f"{name}.toml"
    if path.parent == FOLDER and name not in preset_names():
        raise InvalidPreset(name, place="the name", reason=f"there is no such preset{meant(name, preset_names())}")
    try:
        return declared(read_tables(path), path.stem)
    except InvalidTask as error:
        raise InvalidPreset(error.task, place=error.place, reason=error.reason) from error


def declared(tables: Mapping[str, Any], name: str) -> Preset:
    """The preset of these tables; what is wrong with them is an InvalidTask."""
    top = Table(name, "", tables)
    texts = {key: top.take(key, str) for key in ("question", "runs", "source")}
    plans = tuple(map(_plan, _studies(top)))
    if not plans:
        top.refuse("study", "a preset has at least one")
    by_name = {plan.name: plan for plan in plans if not plan.instead}
    made = Preset(
        name, **texts, minutes=top.take("minutes", int), models=_one_of(top, "models", get_args(Models)), plans=plans,
        contrasts=tuple(_contrast(table, by_name) for table in _tables(top, "contrast")),
        besides=tuple(_beside(table, by_name) for table in _tables(top, "beside")),
        caveats=top.texts("caveats"), digest=digest(tables),
    )  # fmt: skip
    top.finish()
    return made


def _tables(top: Table, key: str) -> list[Table]:
    return [Table(top.task, f"{key} {number}", each) for number, each in enumerate(_listed(top, key), start=1)]


def _listed(top: Table, key: str) -> list[dict[str, Any]]:
    found: list[Any] = top.take(key, list, [])
    if not all(isinstance(each, dict) for each in found):
        top.refuse(key, "each is a table")
    return found


def _studies(top: Table) -> list[Table]:
    """The studies; one on data is laid over the one whose place it takes, whose items it has not."""
    found = _listed(top, "study")
    by_name = {each.get("name", ""): {key: value for key, value in each.items() if key != "items"} for each in found}
    whole = []
    for number, each in enumerate(found, start=1):
        if "instead" in each and not ("data" in each and each["instead"] in by_name.keys() - {""}):
            top.refuse(f"study {number}", "a study that takes another one's place has data, and the other one is in this preset")
        below = {**by_name[each["instead"]], "name": f"{each['instead']}-{each['data']}"} if "instead" in each else {}
        whole.append(Table(top.task, f"study {number}", laid_over(below, each)))
    return whole


def _plan(table: Table) -> Plan:
    prompts, development = _groups(table, "prompts"), _groups(table, "development")
    arms = _arms(table)
    made = Plan(
        name=table.take("name", str), task=table.take("task", str), items=table.take("items", dict, {}), prompts=prompts,
        development=development, arms=arms, reference=_one_of(table, "reference", tuple(arms)),
        shots=_numbers(table, "shots", (0,)), orders=_numbers(table, "orders", ()), max_tokens=table.take("max_tokens", int),
        temperature=table.take("temperature", float, 0.0), views=table.texts("views", ("results",)),
        data=table.take("data", str, ""), instead=table.take("instead", str, ""),
    )  # fmt: skip
    for view in made.views:
        if view not in VIEWS:
            table.refuse("views", f"there is no view {view!r}{meant(view, VIEWS)}")
    if not prompts or prompts.keys() != development.keys():
        table.refuse("development", f"prompts for development, in the groups of those that are reported: {', '.join(prompts) or 'none'}")
    both = {name for group in prompts.values() for name in group} & {name for group in development.values() for name in group}
    if both:
        table.refuse("development", f"the prompt {min(both)!r} is one of those that are reported")
    table.finish()
    return made


def _groups(table: Table, key: str) -> Groups:
    """A list of names is the group `all`."""
    if isinstance(table.get(key), list):
        return {"all": table.texts(key)}
    groups = table.table(key)
    return {} if groups is None else {name: groups.texts(name) for name in groups.unknown()}


def _arms(table: Table) -> dict[str, Arm]:
    found: dict[str, Any] = table.take("arms", dict)
    arms = {}
    for key, each in found.items():
        try:
            arms[key] = read_arm(each) if isinstance(each, str) else arm_of(each)
        except FsmgenError as error:
            raise explained(table.task, f"{table.place}.arms.{key}", error) from error
    return arms


def _numbers(table: Table, key: str, default: tuple[int, ...]) -> tuple[int, ...]:
    found: list[Any] = table.take(key, list, list(default))
    if not all(type(each) is int for each in found):
        table.refuse(key, f"it is a list of whole numbers, and this is {found!r:.60}")
    return tuple(found)


def _one_of(table: Table, key: str, allowed: tuple[str, ...]) -> Any:
    found = table.take(key, str)
    if found not in allowed:
        table.refuse(key, f"{found!r} is none of {', '.join(allowed)}{meant(found, allowed)}")
    return found


def _contrast(table: Table, plans: Mapping[str, Plan]) -> Contrast:
    plan = plans[_one_of(table, "study", tuple(plans))]
    made = Contrast(table.take("label", str), plan.name, _selection(table, "first", plan), _selection(table, "second", plan))
    table.finish()
    return made


def _selection(table: Table, key: str, plan: Plan) -> Selection:
    inner = table.table(key)
    if inner is None:
        table.refuse(key, "it is missing: a table with an arm")
    made = _taken(inner, plan)
    inner.finish()
    return made


def _taken(table: Table, plan: Plan) -> Selection:
    group = table.take("prompts", str, "")
    if group and group not in plan.prompts:
        table.refuse("prompts", f"{plan.name} has no group {group!r}{meant(group, plan.prompts)}")
    shots = _numbers(table, "shots", ())
    if not set(shots) <= set(plan.shots):
        table.refuse("shots", f"{plan.name} has {', '.join(map(str, plan.shots))}")
    return Selection(_one_of(table, "arm", tuple(plan.arms)), group, shots)


def _beside(table: Table, plans: Mapping[str, Plan]) -> Beside:
    plan = plans[_one_of(table, "study", tuple(plans))]
    columns = tuple(_column(each, plan) for each in _tables(table, "columns"))
    rows: list[Any] = table.take("published", list, [])
    if any(not isinstance(row, list) or len(row) != len(columns) + 1 for row in rows):
        table.refuse("published", f"each row is a list: a name and {len(columns)} figures")
    made = Beside(table.take("title", str), plan.name, columns, tuple(tuple(map(str, row)) for row in rows), table.texts("notes"))
    table.finish()
    return made


def _column(table: Table, plan: Plan) -> Column:
    label, selection = table.take("label", str), _taken(table, plan)
    measure = table.take("measure", str, "score")
    if measure not in get_args(Measure):
        table.refuse("measure", f"{measure!r} is none of {', '.join(get_args(Measure))}")
    table.finish()
    return Column(label, selection, measure)  # type: ignore[arg-type]  # as it was checked
