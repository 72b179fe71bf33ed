"""Facts of trials as JSON Lines, and the manifest of the study that they belong to.

A study is a folder with `study.json`, written first and never changed, and `records.jsonl`, which only grows. Each record is one
line, ended by a line break; whatever follows the last line break was being written when a run died, and does not count. Scores
are not in here: they are recomputed from the facts.
"""

from __future__ import annotations

import hashlib
import json
import os
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, NoReturn, TypeAlias, get_args, get_origin, get_type_hints

from fsmgen.errors import BrokenRecord, RecordsError

SCHEMA = 1
MANIFEST, RECORDS = "study.json", "records.jsonl"

Cell: TypeAlias = tuple[str, str, str, int, int]
Manifest: TypeAlias = Mapping[str, Any]


def canonical(value: object) -> str:
    """JSON with sorted keys and without idle spaces: equal values give equal texts. NaN and infinities are refused."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(value: object) -> str:
    """sha256 of the canonical JSON, the first 32 hex digits."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Trial:
    """One question put once, in one way.

    Attributes:
        task, item, prompt, arm, model: names.
        shots: solved examples in the prompt.
        inputs: digest of all that the answer depends on: text of the prompt, parameters of the arm, facts of the model, sampling.
    """

    task: str
    item: str
    prompt: str
    shots: int
    seed: int
    arm: str
    model: str
    inputs: str

    @property
    def key(self) -> str:
        """Digest of the content."""
        return digest(asdict(self))

    @property
    def cell(self) -> Cell:
        """What two arms share when their trials are a pair."""
        return self.task, self.item, self.prompt, self.shots, self.seed


@dataclass(frozen=True, slots=True)
class Record:
    """The facts of one trial; those of the answer are as in `decoding.Generation`.

    Attributes:
        key: of the trial.
        study: id of the study's manifest, which has the parameters of arms, model and sampling.
        batch: digest of the keys of the batch that it was generated in.
        group: of the item.
        row_seed: what the sampler of this row was seeded with.
        facts: versions and hashes of the model.
    """

    schema: int
    key: str
    study: str
    batch: str
    trial: Trial
    gold: str
    group: str
    prompt_text: str
    text: str
    ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    masked_logprobs: tuple[float, ...]
    allowed_mass: tuple[float, ...]
    stop_reason: str
    budget_step: int | None
    prompt_tokens: int
    constraint: str | None
    leading_space: str | None
    warnings: tuple[str, ...]
    row_seed: int
    facts: Mapping[str, str | None]

    def line(self) -> str:
        """The record as one line of JSON, line break included."""
        return canonical({name: getattr(self, name) for name in _hints(Record)} | {"trial": asdict(self.trial)}) + "\n"

    @classmethod
    def from_line(cls, line: str) -> Record:
        """Read and check what `line` wrote.

        Raises:
            ValueError: it is no record of this schema, or its key is not that of its trial; the message says why.
        """
        content = _object(json.loads(line, parse_constant=_refuse), cls)
        if content["schema"] != SCHEMA:
            raise ValueError(f"schema {content['schema']} is not {SCHEMA}, the one that this version reads")
        record = cls(**{**content, "trial": Trial(**_object(content["trial"], Trial))})
        if record.key != record.trial.key:
            raise ValueError(f"key {record.key} is not that of the trial")
        return record


@dataclass(frozen=True, slots=True)
class Study:
    """A manifest and the records so far."""

    manifest: Manifest
    records: tuple[Record, ...]

    @property
    def complete(self) -> bool:
        """Whether every trial has its record."""
        return len(self.records) == int(self.manifest["trials"])


def identified(content: Manifest) -> Manifest:
    """A manifest: the content with its digest as `id`."""
    return {"id": digest(content), **content}


def read_study(folder: Path) -> Study:
    """Manifest and records of a folder.

    Raises:
        RecordsError: the folder has no manifest, or the manifest was changed.
        BrokenRecord: a line is no record, belongs to another study, or repeats a trial.
    """
    manifest = read_manifest(folder)
    records = read_records(folder / RECORDS) if (folder / RECORDS).exists() else []
    first: dict[str, int] = {}
    for number, record in enumerate(records, start=1):
        if record.study != manifest["id"]:
            raise BrokenRecord(folder / RECORDS, line=number, reason=f"it belongs to study {record.study}")
        if first.setdefault(record.key, number) != number:
            raise BrokenRecord(folder / RECORDS, line=number, reason=f"it repeats the trial of line {first[record.key]}")
    return Study(manifest, tuple(records))


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a study's folder; errors as `read_study`."""
    path = folder / MANIFEST
    if not path.is_file():
        raise RecordsError(f"{folder} is no study: it has no {MANIFEST}")
    try:
        manifest: dict[str, Any] = json.loads(path.read_bytes())
        intact = manifest == identified({name: value for name, value in manifest.items() if name != "id"})
    except (ValueError, AttributeError):
        intact = False
    if not intact:
        raise RecordsError(f"{path} was changed since it was written: its content does not have its id")
    return manifest


def read_records(path: Path) -> list[Record]:
    """The finished records of a file, in order.

    Raises:
        BrokenRecord: a line with a line break is no record.
    """
    *lines, _unfinished = path.read_bytes().split(b"\n")
    return list(_records(path, lines))


def _records(path: Path, lines: Iterable[bytes]) -> Iterator[Record]:
    for number, line in enumerate(lines, start=1):
        try:
            yield Record.from_line(line.decode())
        except ValueError as error:
            raise BrokenRecord(path, line=number, reason=str(error)) from error


class RecordFile:
    """A records file that is being added to; opening it cuts off a line that was left unfinished."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")
        whole = path.read_bytes().rfind(b"\n") + 1
        self._file.truncate(whole)

    def append(self, records: Iterable[Record]) -> None:
        """Write the records and wait until they are on the disk."""
        self._file.write("".join(record.line() for record in records).encode())
        self._file.flush()
        os.fsync(self._file.fileno())

    def __enter__(self) -> RecordFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _object(value: object, kind: type) -> dict[str, Any]:
    """A JSON object as keyword arguments of a dataclass: exactly its fields, lists as tuples."""
    if not isinstance(value, dict):
        raise ValueError(f"a {kind.__name__} is an object, and this is a {type(value).__name__}")
    hints = _hints(kind)
    if odd := sorted(value.keys() ^ hints.keys()):
        raise ValueError(f"{odd[0]!r} is {'unknown' if odd[0] in value else 'missing'}")
    for name, hint in hints.items():
        if not _fits(value[name], hint):
            raise ValueError(f"{name!r} is {value[name]!r:.60}, not of type {hint}")
    return {name: tuple(content) if isinstance(content, list) else content for name, content in value.items()}


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _fits(value: object, hint: Any) -> bool:
    """Whether a JSON value has the type of a field; a bool is no number, and an int is a float."""
    inner = get_args(hint)
    if isinstance(hint, types.UnionType):
        return any(_fits(value, each) for each in inner)
    if get_origin(hint) is tuple:
        return isinstance(value, list) and all(_fits(each, inner[0]) for each in value)
    if get_origin(hint) is Mapping:
        return isinstance(value, dict) and all(_fits(each, inner[1]) for each in value.values())
    if hint is Trial:
        return isinstance(value, dict)
    return type(value) is hint or (hint is float and type(value) is int)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")
