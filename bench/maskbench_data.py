"""Schemas with instances, as MaskBench has them, and their tokens."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Instance:
    """A value that is or is not an instance of its file's schema; `tokens` spell `text`."""

    valid: bool
    value: Any
    text: str
    tokens: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SchemaFile:
    """A schema and its instances."""

    name: str
    schema: Any
    instances: tuple[Instance, ...]


def written(value: Any) -> str:
    """The text that is offered for a value: one space after each comma and colon, nothing escaped that need not be."""
    return json.dumps(value, ensure_ascii=False)


def read(path: Path) -> list[SchemaFile]:
    """The files of a folder of `*.json`, one such file, or the lines of a `.jsonl` or `.jsonl.gz`.

    Raises:
        ValueError: a file is not JSON, or lacks a key; the message names it.
    """
    return [_schema_file(name, text) for name, text in _documents(path)]


def sampled(files: list[SchemaFile], count: int | None) -> list[SchemaFile]:
    """So many of the files, evenly spread; all if there are not more."""
    if count is None or count >= len(files):
        return files
    return [files[i * len(files) // count] for i in range(count)]


def with_tokens(file: SchemaFile, encode: Callable[[str], list[int]]) -> SchemaFile:
    """The file with its instances' tokens."""
    instances = (Instance(each.valid, each.value, each.text, tuple(encode(each.text))) for each in file.instances)
    return SchemaFile(file.name, file.schema, tuple(instances))


def _documents(path: Path) -> Iterator[tuple[str, str]]:
    if path.is_dir():
        for each in sorted(path.rglob("*.json")):
            yield each.relative_to(path).as_posix(), each.read_text(encoding="utf-8")
    elif ".jsonl" in path.suffixes:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
            yield from ((f"{path.name}:{i}", line) for i, line in enumerate(lines, 1) if line.strip())
    else:
        yield path.name, path.read_text(encoding="utf-8")


def _schema_file(name: str, text: str) -> SchemaFile:
    try:
        document = json.loads(text)
        instances = (Instance(test["valid"], test["data"], written(test["data"])) for test in document["tests"])
        return SchemaFile(document.get("name", name), document["schema"], tuple(instances))
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{name} is no file of MaskBench: {type(error).__name__} {error}") from error
