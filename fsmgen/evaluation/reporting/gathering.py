"""Folders of studies, put together by what was asked: a group has one task, one form of answers and one way of sampling."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from fsmgen.errors import InvalidOption
from fsmgen.evaluation.comparison import Comparison, compare
from fsmgen.evaluation.extraction import Rung
from fsmgen.evaluation.records import Cell, Manifest, Study, Timing, read_study, read_timings
from fsmgen.evaluation.reporting.contents import slug, unlike
from fsmgen.evaluation.reporting.labels import Labels, labelled, no_labels, relabelled
from fsmgen.evaluation.reporting.prose import counted
from fsmgen.evaluation.scores import Scored, scored


@dataclass(frozen=True, slots=True)
class Member:
    """A study with what is computed from it once.

    Attributes:
        label: its model's short name; with the folder's name where the group has the model twice.
        whole: the study as it was recorded.
        study: the same without the arms that `repeats` names.
        cells: scores by arm, the reference first.
        repeats: arms that only watched, and the arm whose answers theirs are, word for word.
        timings: how long its batches took, as far as that was kept; they have the arms' own names.
        names: the arms' own names, by their labels, which is how all of the above names them.
    """

    label: str
    folder: Path
    whole: Study
    study: Study
    comparison: Comparison
    cells: Mapping[str, Mapping[Cell, Scored]]
    repeats: Mapping[str, str]
    names: Mapping[str, str]
    timings: tuple[Timing, ...]

    @property
    def manifest(self) -> Manifest:
        return self.study.manifest


@dataclass(frozen=True, slots=True)
class Group:
    """Studies that asked the same, side by side: one task, or one study of a preset."""

    name: str
    title: str
    members: tuple[Member, ...]
    rung: Rung
    level: float


@dataclass(frozen=True, slots=True)
class Gathered:
    """All studies of a report.

    Attributes:
        empty: folders without a record, with their manifests.
        studies: every folder with its study, in the order given.
        labels: the labels of their arms, by the arms' own names.
    """

    groups: tuple[Group, ...]
    empty: tuple[tuple[Path, Manifest], ...]
    studies: Mapping[Path, Study]
    labels: Mapping[Path, Mapping[str, str]]


def gather(folders: Sequence[Path], *, rung: Rung = "flexible", level: float = 0.95, labels: Labels = no_labels) -> Gathered:
    """Read the studies.

    Raises:
        RecordsError: a folder is no study.
        BrokenRecord: a line is no record of its study, or no time of a batch; the message names it.
        InvalidOption: no folder, one that is there twice, two that have answers in common, or no such rung.
    """
    if not folders:
        raise InvalidOption("folders", list(folders), allowed="one or more folders of studies")
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise InvalidOption("studies", f"{len(folders)} folders", allowed="different studies, and one is there twice")
    studies = {folder: read_study(folder) for folder in folders}
    _refuse_copies(studies)
    told = {folder: study for folder, study in studies.items() if study.records}
    kinds: dict[str, dict[Path, Study]] = defaultdict(dict)
    for folder, study in told.items():
        kinds[_kind(study.manifest)][folder] = study
    titles = _titles([next(iter(each.values())).manifest for each in kinds.values()])
    names, taken = [_arms(list(each.values()), labels) for each in kinds.values()], {"published", "results", "facts"}
    groups = tuple(
        Group(unlike(slug(title), taken), title, tuple(_members(each, name, rung, level)), rung, level)
        for title, each, name in zip(titles, kinds.values(), names, strict=True)
    )
    empty = tuple((folder, study.manifest) for folder, study in studies.items() if not study.records)
    return Gathered(groups, empty, studies, {folder: name for each, name in zip(kinds.values(), names, strict=True) for folder in each})


def _refuse_copies(studies: Mapping[Path, Study]) -> None:
    """Two folders of one study may be its shards, but may not have answers in common, which would count twice."""
    held: dict[tuple[str, str], Path] = {}
    for folder, study in studies.items():
        for record in study.records:
            if (other := held.setdefault((study.manifest["id"], record.key), folder)) is not folder:
                raise InvalidOption("studies", f"{other} and {folder}", allowed="different studies, and these two have the same answers")


def _arms(studies: Sequence[Study], labels: Labels) -> dict[str, str]:
    """The labels of the arms of a group, the same in all of its studies."""
    given = {name: label for study in studies for name, label in labels(study.manifest).items()}
    return labelled(dict.fromkeys(name for study in studies for name in study.manifest["arms"]), given)


def short_name(model: str) -> str:
    """A model's name without the folders that lead to it.

    >>> short_name("embedded:stories"), short_name("/models/out/broad/")
    ('stories', 'broad')
    """
    return PurePath(model.removeprefix("embedded:")).name or model


def state(study: Study) -> str:
    """What is missing from a study, in words; empty if nothing is."""
    manifest, parts = study.manifest, []
    if not study.complete:
        parts.append(f"{len(study.records)} of {counted(int(manifest['trials']), 'trial')} have run")
    if manifest.get("limit") is not None:
        parts.append(f"{manifest['limit']} of {manifest['task']['items']} items were asked, picked by the hash of their ids")
    return " and ".join(parts)


def _kind(manifest: Manifest) -> str:
    return json.dumps([manifest["task"]["name"], manifest["form"], manifest["sampling"], manifest.get("preset")], sort_keys=True)


def _members(studies: Mapping[Path, Study], arms: Mapping[str, str], rung: Rung, level: float) -> list[Member]:
    names = [short_name(study.manifest["model"]) for study in studies.values()]
    labels = [name if names.count(name) == 1 else f"{name} ({folder.resolve().name})" for name, folder in zip(names, studies, strict=True)]
    if len(set(labels)) < len(labels):
        labels = [f"{name} ({folder})" for name, folder in zip(names, studies, strict=True)]
    own = {label: name for name, label in arms.items()}
    return [
        _member(label, folder, relabelled(study, arms), own, rung=rung, level=level)
        for label, (folder, study) in zip(labels, studies.items(), strict=True)
    ]


def _member(label: str, folder: Path, whole: Study, names: Mapping[str, str], *, rung: Rung, level: float) -> Member:
    repeats = _repeats(whole)
    arms = {name: facts for name, facts in whole.manifest["arms"].items() if name not in repeats}
    records = tuple(record for record in whole.records if record.trial.arm not in repeats)
    timings = tuple(each for each in read_timings(folder) if each.study == whole.manifest["id"])
    study = Study({**whole.manifest, "arms": arms}, records) if repeats else whole
    return Member(label, folder, whole, study, compare(study, rung=rung, level=level), scored(study, rung), repeats, names, timings)


def _repeats(study: Study) -> Mapping[str, str]:
    """Watching arms whose every answer is that of another arm to the same cell."""
    texts: dict[str, dict[Cell, str]] = defaultdict(dict)
    for record in study.records:
        texts[record.trial.arm][record.trial.cell] = record.text
    watching = [name for name, facts in study.manifest["arms"].items() if facts.get("kind") == "Watching" and name in texts]
    others = [name for name in texts if name not in watching]
    found = {name: next((other for other in others if texts[other] == texts[name]), None) for name in watching}
    return {name: other for name, other in found.items() if other is not None and name != study.manifest["reference"]}


def _titles(manifests: Sequence[Manifest]) -> list[str]:
    """The task's name, after that of the preset's study where there is one; with the sampling where several groups have it, and with a
    number where that does not tell them apart."""
    names = [_asked(manifest) for manifest in manifests]
    titles = [
        name if names.count(name) == 1 else f"{name}, {sampling_words(manifest['sampling'])}"
        for name, manifest in zip(names, manifests, strict=True)
    ]
    return [title if titles.count(title) == 1 else f"{title} ({place + 1})" for place, title in enumerate(titles)]


def _asked(manifest: Manifest) -> str:
    task, preset = str(manifest["task"]["name"]), manifest.get("preset")
    return task if preset is None else f"{preset['study']}: {task}"


def sampling_words(settings: Mapping[str, Any]) -> str:
    """How tokens were chosen."""
    usual = {"top_k": 0, "top_p": 1.0, "min_p": 0.0, "repetition_penalty": 1.0, "presence_penalty": 0.0, "frequency_penalty": 0.0}
    others = [f"{name} {settings[name]:g}" for name, value in usual.items() if settings.get(name, value) != value]
    first = "greedy" if settings["temperature"] == 0 else f"temperature {settings['temperature']:g}"
    return ", ".join([first, *others])
