"""Facts of trials as JSON Lines, and the manifest of the study that they belong to.

| module | what it holds |
|---|---|
| `values` | `Trial`, `Record`: the facts of one answer, one line each |
| `study` | the folder of a study: manifest and records |
| `writing` | the file that a run adds to, safe against a kill, a full disk and a second run |
| `merging` | the parts of a study as one; batches that ran before, by their content |
| `timings` | how long batches took, beside the records and never in them |
| `checking` | all that is wrong with a folder |
"""

from fsmgen.evaluation.records.checking import Check, validate
from fsmgen.evaluation.records.merging import RecordCache, merge
from fsmgen.evaluation.records.study import (
    MANIFEST,
    RECORDS,
    Manifest,
    Study,
    claim,
    identified,
    read_manifest,
    read_records,
    read_study,
    record_files,
)
from fsmgen.evaluation.records.timings import Timing, append_timing, read_timings, timings_file
from fsmgen.evaluation.records.values import REFUSED, SCHEMA, Cell, Part, Record, Scalar, ScoredText, Trial, Watched, canonical, digest
from fsmgen.evaluation.records.writing import RecordFile, RepairWarning

__all__ = [
    "MANIFEST",
    "RECORDS",
    "REFUSED",
    "SCHEMA",
    "Cell",
    "Check",
    "Manifest",
    "Part",
    "Record",
    "RecordCache",
    "RecordFile",
    "RepairWarning",
    "Scalar",
    "ScoredText",
    "Study",
    "Timing",
    "Trial",
    "Watched",
    "append_timing",
    "canonical",
    "claim",
    "digest",
    "identified",
    "merge",
    "read_manifest",
    "read_records",
    "read_study",
    "read_timings",
    "record_files",
    "timings_file",
    "validate",
]
