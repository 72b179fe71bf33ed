"""`validate`: everything that is wrong with the files of a study, instead of the first thing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fsmgen.errors import RecordsError
from fsmgen.evaluation.records.study import MANIFEST, read_manifest, record_files
from fsmgen.evaluation.records.values import Record


@dataclass(frozen=True, slots=True)
class Check:
    """What `validate` finds in a folder.

    Attributes:
        faults: what is wrong, each with its file and line.
        unfinished: files whose last line was left unfinished; the next run repairs them.
        trials: of the whole study; None if its manifest cannot be read.
        records: sound records of different trials.
    """

    folder: Path
    faults: tuple[str, ...]
    unfinished: tuple[str, ...]
    trials: int | None
    records: int


def validate(folder: Path) -> Check:
    """Look at every line of a study.

    Raises:
        RecordsError: there is no study in the folder.
    """
    if not (folder / MANIFEST).is_file():
        raise RecordsError(f"{folder} is no study: it has no {MANIFEST}")
    faults: list[str] = []
    trials: int | None = None
    study: str | None = None
    try:
        manifest = read_manifest(folder)
        trials, study = int(manifest["trials"]), str(manifest["id"])
    except RecordsError as error:
        faults.append(str(error))
    seen: dict[str, str] = {}
    unfinished = []
    for path in record_files(folder):
        *lines, rest = path.read_bytes().split(b"\n")
        faults += _faults(path, lines, study, seen)
        unfinished += [path.name] * bool(rest)
    return Check(folder, tuple(faults), tuple(unfinished), trials, len(seen))


def _faults(path: Path, lines: list[bytes], study: str | None, seen: dict[str, str]) -> Iterator[str]:
    """What is wrong with the lines of a file; `seen` is where each sound trial stands, and is added to."""
    for number, line in enumerate(lines, start=1):
        where = f"{path.name}, line {number}"
        try:
            record = Record.from_line(line.decode("utf-8", "surrogatepass"))
        except ValueError as error:
            yield f"{where}: {error}"
            continue
        if study is not None and record.study != study:
            yield f"{where}: it belongs to study {record.study}"
        elif seen.setdefault(record.key, where) != where:
            yield f"{where}: it repeats the trial of {seen[record.key]}"
