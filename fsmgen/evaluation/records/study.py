"""A study as a folder: `study.json`, written first and never changed, and `records*.jsonl`, which only grow.

Each record is one line, ended by a line break; whatever follows the last line break was being written when a run died, and does not count.
A run of one part of a study (`--shard 2/4`) writes `records-2-of-4.jsonl`, so the parts may share a folder or have one each.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from fsmgen.caching import atomic_write
from fsmgen.errors import BrokenRecord, OutputExists, RecordsError
from fsmgen.evaluation.records.values import SCHEMA, Record, digest

MANIFEST, RECORDS = "study.json", "records.jsonl"
_RECORD_FILE = re.compile(r"records(-[1-9]\d*-of-[1-9]\d*)?\.jsonl")

_FIELDS: Mapping[str, type] = {
    "task": dict, "form": dict, "rung": str, "prompts": dict, "arms": dict, "reference": str, "model": str, "facts": dict,
    "sampling": dict, "max_tokens": int, "shots": list, "seeds": list, "trials": int,
}  # fmt: skip
"""What every manifest has."""

Manifest: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Study:
    """A manifest and the records so far."""

    manifest: Manifest
    records: tuple[Record, ...]

    @property
    def complete(self) -> bool:
        """Whether every trial has its record."""
        return len(self.records) == int(self.manifest["trials"])

    @property
    def partial(self) -> bool:
        """Whether something is missing: trials that have not run, or items that a limit left out."""
        return not self.complete or self.manifest.get("limit") is not None


def identified(content: Manifest) -> Manifest:
    """A manifest: the content with its digest as `id`."""
    return {"id": digest(content), **content}


def record_files(folder: Path) -> list[Path]:
    """The files of records in a folder, in order of name."""
    return sorted(path for path in folder.iterdir() if _RECORD_FILE.fullmatch(path.name))


def read_study(folder: Path) -> Study:
    """Manifest and records of a folder, the records in the study's order.

    Raises:
        RecordsError: the folder has no manifest, or the manifest was changed.
        BrokenRecord: a line is no record, belongs to another study, or repeats a trial.
    """
    manifest = read_manifest(folder)
    first: dict[str, tuple[Path, int]] = {}
    records = []
    for path in record_files(folder):
        for number, record in enumerate(read_records(path), start=1):
            if record.study != manifest["id"]:
                raise BrokenRecord(path, line=number, reason=f"it belongs to study {record.study}")
            for what, name in (("arm", record.trial.arm), ("prompt", record.trial.prompt)):
                if name not in manifest[f"{what}s"]:
                    raise BrokenRecord(path, line=number, reason=f"its {what} {name!r} is none of the study's")
            before = first.setdefault(record.key, (path, number))
            if before != (path, number):
                where = f"line {before[1]}" + ("" if before[0] == path else f" of {before[0].name}")
                raise BrokenRecord(path, line=number, reason=f"it repeats the trial of {where}")
            records.append(record)
    return Study(manifest, tuple(sorted(records, key=lambda record: record.order)))


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
    if (fault := _other_version(manifest)) is not None:
        raise RecordsError(f"{path} was written by another version: {fault}")
    return manifest


def _other_version(manifest: Manifest) -> str | None:
    """What shows that a manifest is none of this version's, if anything does."""
    if manifest.get("schema") != SCHEMA:
        return f"its schema is {manifest.get('schema')!r}, and this version reads {SCHEMA}"
    for name, kind in _FIELDS.items():
        if type(manifest.get(name)) is not kind:
            return f"its {name!r} is {'missing' if name not in manifest else f'no {kind.__name__}'}"
    return None


def claim(folder: Path, manifest: Manifest) -> None:
    """Make the folder this study's, unless it is already.

    Raises:
        OutputExists: it holds something else; nothing in it was touched.
    """
    if folder.exists() and not folder.is_dir():
        raise OutputExists(folder, instead="it is no folder; name another one")
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / MANIFEST).exists():
        there = read_manifest(folder)
        if there != manifest:
            raise OutputExists(
                folder,
                instead=f"it holds another study ({differences(there, manifest)}); ask the same to go on with it, or name another folder",
            )
    elif any(not path.name.startswith(MANIFEST) for path in folder.iterdir()):
        raise OutputExists(folder, instead="it is not empty and holds no study; name another folder")
    else:
        atomic_write(folder / MANIFEST, (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode())


def differences(there: Manifest, manifest: Manifest) -> str:
    """In what two manifests differ, in words."""
    names = [name for name in manifest if name not in ("id", "keys") and there.get(name) != manifest[name]]
    return ", ".join(f"other {name}{_both(there.get(name), manifest[name])}" for name in names) or "other prompt texts"


def _both(there: object, here: object) -> str:
    """The two values, where they are short."""
    shown = ["none" if value is None else str(value) for value in (there, here)]
    return f" ({shown[0]} there, {shown[1]} here)" if all(isinstance(value, int | str | None) for value in (there, here)) else ""


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
            yield Record.from_line(line.decode("utf-8", "surrogatepass"))
        except ValueError as error:
            raise BrokenRecord(path, line=number, reason=str(error)) from error
