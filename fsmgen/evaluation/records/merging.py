"""Parts of one study, from several folders, as one; and records of batches that ran before, kept by their content."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fsmgen.caching import atomic_write
from fsmgen.errors import InvalidOption, OutputExists, RecordsError
from fsmgen.evaluation.records.study import RECORDS, Study, claim, differences, read_records, read_study, record_files
from fsmgen.evaluation.records.timings import merge_timings
from fsmgen.evaluation.records.values import Record
from fsmgen.evaluation.records.writing import RecordFile


def merge(folders: Sequence[Path], output: Path) -> Study:
    """The records of all folders in one other folder, in the study's order: the bytes that one uninterrupted run writes.

    A trial that several folders have counts once, if they agree.

    Raises:
        RecordsError: a folder is no study, one is of another study, or two differ in a trial.
        OutputExists: the output holds something else.
    """
    if not folders:
        raise InvalidOption("folders", list(folders), allowed="one or more folders")
    studies = [read_study(folder) for folder in folders]
    if output.is_dir() and any(path.name != RECORDS for path in record_files(output)):
        raise OutputExists(output, instead="it holds parts of a study itself; name another folder")
    manifest = studies[0].manifest
    for folder, study in zip(folders, studies, strict=True):
        if study.manifest != manifest:
            raise RecordsError(f"{folder} holds another study than {folders[0]} ({differences(study.manifest, manifest)})")
    merged = _merged(folders, studies)
    claim(output, manifest)
    with RecordFile(output / RECORDS) as file:
        present = read_records(output / RECORDS)
        if present != merged[: len(present)]:
            raise RecordsError(f"{output} holds other records of this study; name an empty folder")
        file.append(merged[len(present) :])
    merge_timings([*folders, output], output)
    return Study(manifest, tuple(merged))


def _merged(folders: Sequence[Path], studies: Sequence[Study]) -> list[Record]:
    found: dict[str, tuple[Path, Record]] = {}
    for folder, study in zip(folders, studies, strict=True):
        for record in study.records:
            other, before = found.setdefault(record.key, (folder, record))
            if before != record:
                raise RecordsError(f"{other} and {folder} differ in the trial {record.key} ({record.trial.item}, {record.trial.arm})")
    return sorted((record for _, record in found.values()), key=lambda record: record.order)


@dataclass(frozen=True, slots=True)
class RecordCache:
    """Records of finished batches in a folder, by the batch's digest, which depends on all that its answers depend on."""

    folder: Path

    def get(self, batch: str, *, study: str, orders: Sequence[int]) -> list[Record] | None:
        """The records of a batch as those of a study; None if there are none.

        Raises:
            BrokenRecord: the file in the cache is damaged.
        """
        path = self._path(batch)
        if not path.is_file():
            return None
        return [replace(record, study=study, order=order) for record, order in zip(read_records(path), orders, strict=True)]

    def put(self, batch: str, records: Iterable[Record]) -> None:
        """Keep the records of a batch."""
        path = self._path(batch)
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(path, "".join(record.line() for record in records).encode("utf-8", "surrogatepass"))

    def _path(self, batch: str) -> Path:
        return self.folder / batch[:2] / f"{batch}.jsonl"
