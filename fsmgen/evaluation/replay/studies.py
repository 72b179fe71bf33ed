"""Recorded outputs as a study: records that everything here can read, as if they had been run."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fsmgen.caching import atomic_write
from fsmgen.errors import InvalidOption, OutputExists
from fsmgen.evaluation.records import (
    MANIFEST,
    RECORDS,
    SCHEMA,
    Manifest,
    Record,
    RecordFile,
    Scalar,
    Study,
    Trial,
    canonical,
    digest,
    identified,
)
from fsmgen.evaluation.replay.outputs import Output, matched
from fsmgen.evaluation.tasks import Item, Task

PROMPT = "as recorded"


def study_of(task: Task, arms: Mapping[str, Sequence[Output]], *, model: str, source: str) -> Study:
    """The study of outputs by arm, the first arm being its reference.

    Args:
        model: whose outputs they are.
        source: where they come from, for the manifest.

    Raises:
        InvalidOption: no arm, or an arm without outputs.
        InvalidTask: the outputs are not those of the task.
    """
    if not arms or not all(arms.values()):
        raise InvalidOption("arms", {name: len(outputs) for name, outputs in arms.items()}, allowed="at least one arm, each with outputs")
    pairs = {name: matched(task, outputs) for name, outputs in arms.items()}
    trials = {name: [_trial(task, item, output, name, model, source) for item, output in of_arm] for name, of_arm in pairs.items()}
    manifest = _manifest(task, trials, model, source)
    records = [
        _record(trial, item, output, manifest)
        for name, of_arm in pairs.items()
        for trial, (item, output) in zip(trials[name], of_arm, strict=True)
    ]
    return Study(manifest, tuple(records))


def write_study(study: Study, folder: Path) -> None:
    """Write a study into a new or empty folder.

    Raises:
        OutputExists: the folder holds something; nothing in it was touched.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputExists(folder, instead="name a folder that is new or empty")
    folder.mkdir(parents=True, exist_ok=True)
    atomic_write(folder / MANIFEST, (canonical(dict(study.manifest)) + "\n").encode())
    with RecordFile(folder / RECORDS) as file:
        file.append(study.records)


def _trial(task: Task, item: Item, output: Output, arm: str, model: str, source: str) -> Trial:
    inputs = digest([output.prompt_text, source, arm, model])
    return Trial(task=task.name, item=item.id, prompt=PROMPT, shots=0, seed=output.epoch, arm=arm, model=model, inputs=inputs)


def _manifest(task: Task, trials: Mapping[str, Sequence[Trial]], model: str, source: str) -> Manifest:
    keys = sorted(trial.key for of_arm in trials.values() for trial in of_arm)
    items = sorted(digest([item.id, item.question, item.gold]) for item in task.items)
    content: dict[str, Any] = {
        "schema": SCHEMA,
        "task": {"name": task.name, "items": len(items), "digest": digest(items)},
        "form": {**asdict(task.form), "options": list(task.form.options)},
        "rung": task.rung,
        "prompts": {PROMPT: "unknown"},
        "prompt_facts": {PROMPT: {"kind": "Recorded", "source": source}},
        "arms": {name: {"kind": "Recorded", "source": source} for name in trials},
        "reference": next(iter(trials)),
        "model": model,
        "facts": {"model": model, "source": source},
        "sampling": {},
        "max_tokens": 0,
        "shots": [0],
        "seeds": sorted({trial.seed for of_arm in trials.values() for trial in of_arm}),
        "batch_size": len(keys),
        "trials": len(keys),
        "keys": digest(keys),
        "python": platform.python_version(),
    }
    return identified(content)


def _record(trial: Trial, item: Item, output: Output, manifest: Manifest) -> Record:
    return Record(
        schema=SCHEMA,
        key=trial.key,
        study=str(manifest["id"]),
        batch=str(manifest["keys"]),
        trial=trial,
        gold=item.gold,
        group=item.group,
        prompt_text=output.prompt_text,
        text=output.text,
        ids=(),
        logprobs=(),
        masked_logprobs=(),
        allowed_mass=(),
        stop_reason="length" if output.truncated else "eos",
        budget_step=None,
        prompt_tokens=0,
        constraint=None,
        leading_space=None,
        warnings=(),
        row_seed=0,
        facts=manifest["facts"],
        extra=_as_recorded(output),
    )


def _as_recorded(output: Output) -> dict[str, Scalar]:
    """The scores that were recorded, and the likelihoods of choices, by name."""
    scores: dict[str, Scalar] = {f"recorded {name}": score for name, score in output.scores.items()}
    return scores | {f"log p of {text}": value for text, value in zip(output.choices, output.likelihoods, strict=False)}
