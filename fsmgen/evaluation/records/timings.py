"""How long batches took, in a file of its own beside the records: `timings*.jsonl`.

Records are facts that two runs share byte for byte. Times are measurements of one run on one machine, so nothing is hashed over them, no
record depends on them, and a study without them is whole. A batch has no time if its records came from a cache, or if its run died first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from fsmgen.caching import atomic_write
from fsmgen.errors import BrokenRecord
from fsmgen.evaluation.records.reading import read_line, read_object
from fsmgen.evaluation.records.study import RECORDS
from fsmgen.evaluation.records.values import canonical

_FILE = re.compile(r"timings(-[1-9]\d*-of-[1-9]\d*)?\.jsonl")


@dataclass(frozen=True, slots=True)
class Timing:
    """One batch as it ran.

    Attributes:
        batch: digest, as in its records.
        answers: how many it has; `masks`: mask rows that were built for them.
        seconds: by the clock on the wall, from the questions to the answers; `mask_seconds`: those that masks took of them.
        device: where the model ran.
    """

    study: str
    batch: str
    arm: str
    answers: int
    masks: int
    seconds: float
    mask_seconds: float
    device: str


def append_timing(path: Path, timing: Timing) -> None:
    """Add a line; one that a run which died left unfinished is removed."""
    there = path.read_bytes() if path.exists() else b""
    if not there.endswith(b"\n"):
        atomic_write(path, there[: there.rfind(b"\n") + 1])
    with path.open("ab") as file:
        file.write(_line(timing))


def timings_file(records: str) -> str:
    """The name of the file beside a records file.

    >>> timings_file("records-1-of-2.jsonl")
    'timings-1-of-2.jsonl'
    """
    return records.replace("records", "timings", 1)


def read_timings(folder: Path) -> tuple[Timing, ...]:
    """The times of a study's folder, none if it has none; of a batch that is there twice, the last.

    Raises:
        BrokenRecord: a line is none.
    """
    found = {}
    for path in sorted(path for path in folder.iterdir() if _FILE.fullmatch(path.name)):
        for number, line in enumerate(path.read_bytes().split(b"\n")[:-1], start=1):
            try:
                timing: Timing = read_object(read_line(line.decode("utf-8", "surrogatepass")), Timing)
            except ValueError as error:
                raise BrokenRecord(path, line=number, reason=str(error)) from error
            found[timing.batch] = timing
    return tuple(found.values())


def merge_timings(folders: Iterable[Path], output: Path) -> None:
    """The times of all folders in one other folder."""
    found = {timing.batch: timing for folder in folders for timing in read_timings(folder)}
    if found:
        atomic_write(output / timings_file(RECORDS), b"".join(_line(timing) for _, timing in sorted(found.items())))


def _line(timing: Timing) -> bytes:
    return f"{canonical(asdict(timing))}\n".encode("utf-8", "surrogatepass")
