"""Short names of arms: pictures and sentences have no room for patterns, which stand in full among the facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TypeAlias

from fsmgen.evaluation.records import Manifest, Study
from fsmgen.evaluation.reporting.contents import unlike

Labels: TypeAlias = Callable[[Manifest], Mapping[str, str]]
"""Gives the arms of a study other names than those that they print; others keep theirs."""

_LONGEST = 44


def no_labels(manifest: Manifest) -> Mapping[str, str]:
    """Every arm keeps its name."""
    del manifest
    return {}


def labelled(names: Iterable[str], given: Mapping[str, str]) -> dict[str, str]:
    """The label of each name: the given one, else its beginning; no two are the same.

    >>> labelled(["free text", "template " + "x" * 60 + "1", "template " + "x" * 60 + "2"], {"free text": "free"})["free text"]
    'free'
    """
    taken: set[str] = set()
    shown = {name: given.get(name) or (name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…") for name in names}
    return {name: unlike(short, taken, "{} ({})") for name, short in shown.items()}


def relabelled(study: Study, labels: Mapping[str, str]) -> Study:
    """The study with its arms under their labels."""
    arms = study.manifest["arms"]
    if all(labels[name] == name for name in arms):
        return study
    manifest = {
        **study.manifest,
        "arms": {labels[name]: facts for name, facts in arms.items()},
        "reference": labels[study.manifest["reference"]],
    }
    records = (replace(record, trial=replace(record.trial, arm=labels[record.trial.arm])) for record in study.records)
    return Study(manifest, tuple(records))
