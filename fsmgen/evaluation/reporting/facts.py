"""What a study was: versions, seeds, hashes, and the command that makes it again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fsmgen.errors import FsmgenError
from fsmgen.evaluation.catalogue import find_task
from fsmgen.evaluation.records import Manifest, Study
from fsmgen.evaluation.reporting.contents import Block, Remark, Section, Shown
from fsmgen.evaluation.reporting.gathering import Gathered, sampling_words
from fsmgen.evaluation.tables import NOTHING, Table


def facts(found: Gathered, command: str) -> Section:
    """A table for each study, with the command that makes it again, and that of the report."""
    blocks: list[Block] = []
    for folder, study in found.studies.items():
        rows = (*_facts(study, found.labels.get(folder, {})).items(), ("run again", _again(study.manifest, folder)))
        blocks.append(Shown(Table(f"{folder}", ("fact", "value"), rows), folded=len(found.studies) > 1))
    if command:
        blocks.append(Remark(f"This report: {command}"))
    return Section("facts", "Facts", tuple(blocks))


def _again(manifest: Manifest, folder: Path) -> str:
    preset = manifest.get("preset")
    if preset is not None:
        return f"study {preset['study']} of fsmgen eval preset {preset['name']}, declaration {preset['digest']}"
    made = _command(manifest, folder)
    return made or "in Python: its prompts or its task are none that a command names; study.json has all settings"


def _facts(study: Study, labels: Mapping[str, str]) -> dict[str, str]:
    manifest = study.manifest
    arms = {f"arm {labels.get(name, name)}": _arm(name, labels, facts) for name, facts in manifest["arms"].items()}
    prompts = {f"prompt {name}": f"in training: {shown}" for name, shown in manifest["prompts"].items()}
    return {
        "model": str(manifest["model"]),
        **{name: NOTHING if value is None else str(value) for name, value in manifest["facts"].items() if name != "model"},
        "python": str(manifest["python"]),
        "sampling": sampling_words(manifest["sampling"]),
        "seeds": ", ".join(map(str, manifest["seeds"])),
        "examples": ", ".join(map(str, manifest["shots"])),
        "tokens at most": str(manifest["max_tokens"]),
        "items": f"{manifest['task']['items']}, digest {manifest['task']['digest']}",
        "limit": NOTHING if manifest.get("limit") is None else str(manifest["limit"]),
        "trials": f"{len(study.records)} of {manifest['trials']}, digest {manifest['keys']}",
        "study": str(manifest["id"]),
        **prompts,
        **arms,
    }


def _arm(name: str, labels: Mapping[str, str], facts: Mapping[str, Any]) -> str:
    own = "" if labels.get(name, name) == name else f"{name}: "
    return own + json.dumps(facts, ensure_ascii=False)


def _command(manifest: Manifest, folder: Path) -> str | None:
    """The command line of a study; None if its task or prompts are not those of a declared task."""
    task = str(manifest["task"]["name"])
    try:
        known = {prompt.name for prompt in find_task(task)[0].prompts}
    except (FsmgenError, OSError):
        return None
    orders = {each.get("seed") for each in manifest["prompt_facts"].values() if each.get("kind") == "Reordered"}
    plain = [name for name, each in manifest["prompt_facts"].items() if each.get("kind") != "Reordered"]
    if not set(plain) <= known or not plain:
        return None
    options = [("--task", task), ("--model", manifest["model"])]
    options += [("--arm", json.dumps(each, ensure_ascii=False)) for each in manifest["arms"].values()]
    options += [("--reference", manifest["reference"])]
    options += [(option, value) for option, values in _repeated(manifest, plain, sorted(map(str, orders))) for value in values]
    options += [(option, value) for option, value in _single(manifest) if value is not None]
    words = ["fsmgen", "eval", "run", *(str(part) for pair in options for part in pair), "--output", str(folder)]
    return shlex.join(words)


def _repeated(manifest: Manifest, prompts: Sequence[str], orders: Sequence[str]) -> list[tuple[str, Sequence[Any]]]:
    return [("--prompt", prompts), ("--shot-order", orders), ("--shots", manifest["shots"]), ("--seed", manifest["seeds"])]


def _single(manifest: Manifest) -> list[tuple[str, Any]]:
    sampling = manifest["sampling"]
    drawn = [("--temperature", sampling["temperature"])] if sampling["temperature"] else []
    usual = {"top_k": 0, "top_p": 1.0, "min_p": 0.0}
    filters = [(f"--{name.replace('_', '-')}", sampling[name]) for name, value in usual.items() if sampling[name] != value]
    return [
        *drawn,
        *filters,
        ("--max-tokens", manifest["max_tokens"]),
        ("--batch-size", manifest["batch_size"]),
        ("--limit", manifest.get("limit")),
    ]
