"""A preset's studies as experiments, put to models one after the other: each an ordinary folder of records.

`FOLDER/STUDY/MODEL` holds a study, so that the other commands work on them; `FOLDER/preset.json` says which preset it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fsmgen import embedded
from fsmgen.caching import atomic_write
from fsmgen.decoding import LanguageModel, Sampling
from fsmgen.embedded.recipe import mixture_of
from fsmgen.embedded.wordings import Wording
from fsmgen.errors import InvalidTask, OutputExists
from fsmgen.evaluation.catalogue import Data, built, find_task
from fsmgen.evaluation.catalogue.sources import Source
from fsmgen.evaluation.experiment import Experiment
from fsmgen.evaluation.naming import meant
from fsmgen.evaluation.presets.declaration import EXAMPLES, Plan, Preset
from fsmgen.evaluation.prompts import Prompt, Reordered, WordingPrompt
from fsmgen.evaluation.records import Record, RecordCache, Study
from fsmgen.evaluation.running import WHOLE, Progress, Shard, run
from fsmgen.evaluation.tasks import Item, Task

DECLARATION = "preset.json"
_BATCH = 64
_TRIED = 40
"""Items of a development run, at most."""
_ONE = ("broad", "stories")
"""The embedded models for a preset that takes one, the first that ships."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a preset is run.

    Attributes:
        limit: items of each study, as in `Experiment`.
        development: take the items and prompts that are for trying things out, and are not reported.
        data: files by the names that the preset's studies have for them.
    """

    limit: int | None = None
    development: bool = False
    data: Mapping[str, Path] = field(default_factory=dict)
    shard: Shard = WHOLE
    cache: RecordCache | None = None


@dataclass(frozen=True, slots=True)
class PlannedStudy:
    """A study of a preset with what it gave.

    Attributes:
        folder: of its records.
        groups: the group of each prompt, by the prompt's name.
        arms: the name of each arm, by its key.
        chance: the share that guessing gets right, where the answers are choices.
    """

    plan: Plan
    model: str
    study: Study
    folder: Path
    groups: Mapping[str, str]
    arms: Mapping[str, str]
    chance: float | None


def default_models(preset: Preset) -> tuple[str, ...]:
    """The embedded models that a preset is put to: the family, or the first that there is."""
    names = embedded.names()
    family = tuple(name for name in names if name != embedded.DEFAULT) or names
    chosen = family if preset.models == "family" else tuple(name for name in _ONE if name in names)[:1]
    return tuple(f"embedded:{name}" for name in chosen)


def check(preset: Preset, settings: Settings) -> None:
    """Read the items of every study, so that what is wrong with a file is said before anything runs; errors as `planned_task`."""
    for plan in preset.chosen(settings.data):
        planned_task(plan, settings)


def claim(folder: Path, preset: Preset, settings: Settings) -> None:
    """Make the folder this preset's.

    Raises:
        OutputExists: it holds something else, or another declaration of the preset.
    """
    mine: dict[str, Any] = {"name": preset.name, "digest": preset.digest, "limit": settings.limit, "development": settings.development}
    if settings.data:
        mine["data"] = {name: path.name for name, path in sorted(settings.data.items())}
    path = folder / DECLARATION
    if path.exists():
        there = _declaration(path)
        if there != mine:
            other = ", ".join(name for name in {**mine, **there} if there.get(name) != mine.get(name))
            raise OutputExists(folder, instead=f"it holds another run of a preset (other {other}); name another folder")
    elif folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputExists(folder, instead="it is not empty and holds no preset; name another folder")
    else:
        folder.mkdir(parents=True, exist_ok=True)
        atomic_write(path, (json.dumps(mine, indent=1) + "\n").encode())


def _declaration(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_bytes())
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}


def put(
    preset: Preset, model: LanguageModel, folder: Path, settings: Settings, *, progress: Callable[[str], Progress] | None = None
) -> Iterator[PlannedStudy]:
    """Run the preset's studies on a model, or go on where they stopped; errors as `running.run`, and those of the tasks.

    Args:
        progress: gives what is called with the trials of the study of this name.
    """
    for plan in preset.chosen(settings.data):
        task, groups = planned_task(plan, settings), planned_prompts(plan, model.name, settings)
        asked = Experiment(
            task,
            tuple(prompt for prompts in groups.values() for prompt in prompts),
            tuple(plan.arms.values()),
            model,
            max_tokens=plan.max_tokens,
            sampling=Sampling(temperature=plan.temperature),
            shots=plan.shots,
            batch_size=_BATCH,
            limit=settings.limit,
            reference=plan.arms[plan.reference].name,
            preset={"name": preset.name, "digest": preset.digest, "study": plan.name},
        )
        told = None if progress is None else progress(plan.name)
        where = folder / plan.name / slug(model.name)
        study = run(asked, where, progress=told, shard=settings.shard, cache=settings.cache)
        yield PlannedStudy(
            plan,
            model.name,
            Study(study.manifest, tuple(map(_light, study.records))),
            where,
            {prompt.name: group for group, prompts in groups.items() for prompt in prompts},
            {key: arm.name for key, arm in plan.arms.items()},
            _chance(task),
        )


def planned_task(plan: Plan, settings: Settings) -> Task:
    """The task of a study with its items; errors as `load_task`."""
    if plan.data:
        return _given(plan, settings)
    declaration, folder = find_task(plan.task)
    split = {"split": "dev", "count": min(_TRIED, plan.items.get("count", _TRIED))} if settings.development else {}
    return built(replace(declaration, dataset=_with(declaration.dataset, {**plan.items, **split})), Data((folder,)))


def _given(plan: Plan, settings: Settings) -> Task:
    """The task on a file; in development on its solved examples, which are none of the reported items."""
    file = settings.data[plan.data].resolve()
    declaration, folder = find_task(_named_after(plan.task, file))
    needed = settings.development or max(plan.shots) > 0
    dataset, examples = _file(declaration.dataset, file), _examples(declaration.examples, plan, settings) if needed else None
    task = built(replace(declaration, dataset=dataset, examples=examples), Data((file.parent, folder)))
    if not settings.development:
        return task
    reported = {item.id for item in task.items}
    tried = tuple(item for item in task.examples if item.id not in reported)[:_TRIED]
    if not tried:
        reason = "a development run asks solved examples that are no reported items, and there are none; leave --data out"
        raise InvalidTask(plan.task, place="examples", reason=reason)
    return replace(task, items=tried)


def _named_after(task: str, file: Path) -> str:
    """The subset of a task of which every file is one is called as its file is."""
    name, _, subset = task.partition(":")
    if subset != "given":
        return task
    return f"{name}:{re.sub(r'[^A-Za-z0-9_]+', '_', file.name.split('.')[0].removesuffix('_test')) or subset}"


def _file(declared: Source, file: Path) -> Source:
    """A file in the place of the declared one; names of columns are for files that have none."""
    named = {} if {".csv", ".tsv"} & set(file.suffixes) else {"columns": ()}
    return replace(declared, kind="file", name=str(file), otherwise=None, options={**declared.options, **named})


def _examples(declared: Source | None, plan: Plan, settings: Settings) -> Source | None:
    """Where the solved examples of a file are: in the file that was given, or in the declared one, beside it or in the next folder."""
    if declared is None or declared.kind != "file":
        return declared
    file, given, name = settings.data[plan.data].resolve(), settings.data.get(plan.data + EXAMPLES), Path(declared.name)
    places = [given.resolve()] if given else [file.parent / name.name, file.parent.parent / name.parent.name / name.name]
    found = next((each for each in places if each.is_file()), None)
    if found is None:
        wanted = f"{name.name} is not beside {file}: put it there, or name the file with --data {plan.data}{EXAMPLES}=FILE"
        raise InvalidTask(plan.task, place="examples", reason=wanted)
    return _file(declared, found)


def _with(source: Source, options: Mapping[str, Any]) -> Source:
    return replace(source, options={**source.options, **options})


def planned_prompts(plan: Plan, model: str, settings: Settings) -> dict[str, tuple[Prompt, ...]]:
    """The prompts of each group, in the declared orders of the solved examples.

    Raises:
        InvalidTask: a name is neither a wording nor a prompt of the task.
    """
    known: dict[str, Prompt] = {prompt.name: prompt for prompt in find_task(plan.task)[0].prompts}
    mixture = mixture_of(model)
    made: dict[str, tuple[Prompt, ...]] = {}
    for group, names in (plan.development if settings.development else plan.prompts).items():
        for each in names:
            if "/" not in each and each not in known:
                raise InvalidTask(plan.task, place="the prompts", reason=f"there is no prompt {each!r}{meant(each, known)}")
        prompts = [known[each] if each in known else WordingPrompt(Wording.of(each), mixture) for each in names]
        made[group] = tuple(Reordered(prompt, seed) for prompt in prompts for seed in plan.orders) or tuple(prompts)
    return made


def slug(model: str) -> str:
    """A model's name as the name of a folder.

    >>> slug("embedded:small-b"), slug("org/Model-7B")
    ('embedded-small-b', 'org-Model-7B')
    """
    return re.sub(r"[^\w.-]+", "-", model).strip("-.") or "model"


def _chance(task: Task) -> float | None:
    shares = [1 / len(_choices(item, task)) for item in task.items if _choices(item, task)]
    return sum(shares) / len(shares) if len(shares) == len(task.items) else None


def _choices(item: Item, task: Task) -> tuple[str, ...]:
    return item.answers or task.form.options


def _light(record: Record) -> Record:
    """A record without what is there for each token, which the views do not need and which fills the memory."""
    return replace(
        record, logprobs=(), masked_logprobs=(), allowed_mass=(), wanted=(), wanted_logprobs=(), wanted_texts=(), token_lengths=(),
        forced=(), may_end=(), end_mass=(), language_mass=(), parts=(), facts={},
    )  # fmt: skip
