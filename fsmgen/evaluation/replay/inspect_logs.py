"""Logs of inspect_ai: `.json`, and `.eval`, which is a zip archive of JSON files."""

from __future__ import annotations

import importlib
import json
import struct
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fsmgen.errors import BrokenFile, FsmgenError, LimitReached, MissingPackage
from fsmgen.evaluation.replay.outputs import Output

MEMBER_LIMIT = 256_000_000
"""Bytes of one JSON file."""
_ZSTANDARD, _LOCAL_HEADER = 93, 30
"""The number of a packing, and the length of what stands before a member's name."""
_CUT = ("max_tokens", "model_length")
_WRONG = (
    OSError, EOFError, LookupError, TypeError, ValueError, AttributeError, RecursionError, zipfile.BadZipFile, struct.error,
    NotImplementedError,
)  # fmt: skip
_ATTACHMENT = "attachment://"


def read_inspect(path: Path) -> list[Output]:
    """The outputs of a log, samples without one left out: those that failed.

    Raises:
        BrokenFile: it is no such log.
        LimitReached: a file of it is larger than 256 MB.
        MissingPackage: it is packed with Zstandard, and zstandard is not installed.
    """
    try:
        return [output for sample in _samples(path) if (output := _output(sample)) is not None]
    except FsmgenError:
        raise
    except _WRONG as error:
        raise BrokenFile(path, reason=f"it is no log of inspect_ai: {type(error).__name__} {error}") from error


def inspect_facts(path: Path) -> dict[str, str]:
    """The task and the model that a log names; errors as `read_inspect`."""
    try:
        spec = _header(path)["eval"]
        return {"task": str(spec["task"]), "model": str(spec["model"])}
    except FsmgenError:
        raise
    except _WRONG as error:
        raise BrokenFile(path, reason=f"it is no log of inspect_ai: {type(error).__name__} {error}") from error


def _header(path: Path) -> Any:
    if not zipfile.is_zipfile(path):
        return _parsed(path, path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        return _member(path, archive, "header.json")


def _samples(path: Path) -> Iterator[Any]:
    if not zipfile.is_zipfile(path):
        yield from _parsed(path, path.read_bytes())["samples"] or []
        return
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            if name.startswith("samples/") and name.endswith(".json"):
                yield _member(path, archive, name)


def _member(path: Path, archive: zipfile.ZipFile, name: str) -> Any:
    size = archive.getinfo(name).file_size
    if size > MEMBER_LIMIT:
        raise LimitReached(f"bytes of {name} in {path}", limit=MEMBER_LIMIT, reached=size)
    if archive.getinfo(name).compress_type == _ZSTANDARD:
        return _parsed(path, _zstandard(path, archive.getinfo(name)))
    with archive.open(name) as file:
        return _parsed(path, file.read(MEMBER_LIMIT + 1))


def _zstandard(path: Path, member: zipfile.ZipInfo) -> bytes:
    """A member that Python's zipfile cannot unpack before 3.14: what follows its local header, which has two lengths at its end."""
    try:
        packing: Any = importlib.import_module("zstandard")
    except ImportError as error:
        raise MissingPackage("zstandard", purpose=f"{path}, as inspect_ai packs its logs,") from error
    with path.open("rb") as file:
        file.seek(member.header_offset)
        names, extra = struct.unpack("<26xHH", file.read(_LOCAL_HEADER))
        file.seek(names + extra, 1)
        packed = file.read(member.compress_size)
    try:
        with packing.ZstdDecompressor().stream_reader(packed) as reader:
            return bytes(reader.read(MEMBER_LIMIT + 1))
    except packing.ZstdError as error:
        raise BrokenFile(path, reason=f"{member.filename}: {error}") from error


def _parsed(path: Path, data: bytes) -> Any:
    if len(data) > MEMBER_LIMIT:
        raise LimitReached(f"bytes of a file in {path}", limit=MEMBER_LIMIT, reached=len(data))
    return json.loads(data)


def _output(sample: Mapping[str, Any]) -> Output | None:
    choices = sample["output"]["choices"] if sample.get("output") else []
    if not choices:
        return None
    attachments, target = sample.get("attachments") or {}, sample["target"]
    asked = _asked(sample["input"], attachments)
    return Output(
        text=_content(choices[0]["message"]["content"], attachments),
        gold=str(target[0] if isinstance(target, list) else target),
        item=str(sample["id"]),
        question=asked,
        prompt_text=_prompt(sample, attachments) or asked,
        truncated=choices[0].get("stop_reason") in _CUT,
        choices=tuple(map(str, sample.get("choices") or ())),
        epoch=int(sample.get("epoch", 1)) - 1,
        scores={name: each["value"] for name, each in (sample.get("scores") or {}).items() if isinstance(each["value"], str | int | float)},
    )


def _prompt(sample: Mapping[str, Any], attachments: Mapping[str, str]) -> str:
    """The turns before the last answer."""
    turns = list(sample.get("messages") or [])
    while turns and turns[-1]["role"] == "assistant":
        turns.pop()
    return "\n\n".join(_content(turn["content"], attachments) for turn in turns)


def _asked(given: object, attachments: Mapping[str, str]) -> str:
    if isinstance(given, list):
        return "\n\n".join(_content(turn["content"], attachments) for turn in given)
    return _content(given, attachments)


def _content(content: object, attachments: Mapping[str, str]) -> str:
    """The text of a message: its own, or that of its parts; reasoning and media left out."""
    if isinstance(content, list):
        return "".join(_content(part["text"], attachments) for part in content if part.get("type") == "text")
    text = str(content)
    return attachments.get(text.removeprefix(_ATTACHMENT), text) if text.startswith(_ATTACHMENT) else text
