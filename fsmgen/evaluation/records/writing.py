"""`RecordFile`: a file of records that is being added to, by one run at a time."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from fsmgen.errors import DiskFull, RecordsError
from fsmgen.evaluation.records.values import Record

try:
    import fcntl
except ImportError:  # not on Windows; there two runs into one file are not noticed
    fcntl = None  # type: ignore[assignment]


class RepairWarning(UserWarning):
    """A line that was left unfinished was removed."""


class RecordFile:
    """A records file that is being added to. Opening it removes a line that was left unfinished, and warns with `RepairWarning`.

    Raises:
        RecordsError: another run is writing to it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] = path.open("ab", buffering=0)
        self._lock()
        content = path.read_bytes()
        self._end = content.rfind(b"\n") + 1
        if self._end < len(content):
            self._file.truncate(self._end)
            lost = len(content) - self._end
            self._warn(f"{path}: a run that died left the last line unfinished; its {lost} bytes are removed, and its trial runs again")

    def _warn(self, message: str) -> None:
        try:
            warnings.warn(message, RepairWarning, stacklevel=3)
        except RepairWarning:  # where warnings are errors
            self._file.close()
            raise

    def append(self, records: Iterable[Record]) -> None:
        """Write the records and wait until they are on the disk.

        Raises:
            DiskFull: they do not fit; what was there before is as it was.
        """
        data = memoryview("".join(record.line() for record in records).encode("utf-8", "surrogatepass"))
        try:
            written = 0
            while written < len(data):
                written += self._file.write(data[written:])
            os.fsync(self._file.fileno())
        except OSError as error:
            self._file.truncate(self._end)
            raise DiskFull(self._path, reason=error.strerror or str(error)) from error
        self._end += len(data)

    def __enter__(self) -> RecordFile:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def _lock(self) -> None:
        if fcntl is None:
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.close()
            raise RecordsError(f"{self._path}: another run is writing to it") from None
