"""Rows of data: JSON Lines, JSON, CSV, TSV and Parquet files, plain or gzipped, and the `datasets` library.

>>> import tempfile
>>> path = Path(tempfile.mkdtemp(), "capitals.csv")
>>> _ = path.write_text("country,capital\\nFrance,Paris\\n")
>>> list(read_rows(path))
[{'country': 'France', 'capital': 'Paris'}]

A row is a mapping from names to values as JSON has them. Rows are read one after the other; a file is never executed or unpickled.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import importlib
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any, NoReturn, TypeAlias

from fsmgen.errors import BrokenFile, InvalidOption, LimitReached, MissingPackage
from fsmgen.evaluation.naming import meant
from fsmgen.evaluation.records.reading import RepeatedKey, once

Row: TypeAlias = dict[str, Any]
ROW_LIMIT = 2_000_000
LINE_LIMIT = 16_000_000
"""Bytes of a line of JSON Lines, and characters of a field of CSV."""


def read_rows(path: Path, *, format: str | None = None, columns: Sequence[str] = ()) -> Iterator[Row]:  # noqa: A002 - as a user says it
    """The rows of a file, or of a folder that `datasets` saved.

    Args:
        format: one of FORMATS; what the name's ending says by default.
        columns: names for the columns of a CSV file whose first line is a row already.

    Raises:
        BrokenFile: the file is missing or not what it should be; with the number of the line, where it has lines.
        InvalidOption: the format is unknown, or takes no columns.
        MissingPackage: Parquet without pyarrow, or a folder without datasets.
        LimitReached: more than two million rows.
    """
    kind = format or _format(path)
    if kind not in FORMATS:
        raise InvalidOption("format", kind, allowed=f"one of {', '.join(FORMATS)}{meant(kind, FORMATS)}")
    if columns and kind not in ("csv", "tsv"):
        raise InvalidOption("columns", list(columns), allowed=f"left out for {kind}, whose rows have names")
    if not path.exists():
        near = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
        raise BrokenFile(path, reason="there is no such file" + (meant(path.name, near) if len(near) < 50 else ""))
    return _limited(_read(path, kind, columns))


def read_hub(name: str, *, split: str, config: str | None = None, fetch: bool = False) -> Iterator[Row]:
    """The rows of a split of a dataset on the Hub, from the copy on this machine.

    Args:
        fetch: whether it may be fetched if it is not here yet.

    Raises:
        MissingPackage: datasets is not installed.
        BrokenFile: no such dataset or split, or it is not on this machine and may not be fetched.
    """
    datasets = _package("datasets", purpose="a dataset by name")
    try:
        with nullcontext() if fetch else _offline(datasets):
            loaded = datasets.load_dataset(name, config, split=split)
    except Exception as error:  # the library documents no narrower class for what a repository may do wrong
        unfetched = "" if fetch else "; nothing was fetched, since fetching was not allowed"
        raise BrokenFile(Path(name), reason=f"{type(error).__name__}: {error}".split("\n")[0] + unfetched) from error
    return _limited(map(_plain_row, loaded))


@contextmanager
def _offline(datasets: Any) -> Iterator[None]:
    """Both libraries' own switch, for as long as this lasts: with `local_files_only` datasets asks the Hub all the same."""
    switches = datasets.config, _package("huggingface_hub.constants", purpose="a dataset by name")
    before = [switch.HF_HUB_OFFLINE for switch in switches]
    try:
        for switch in switches:
            switch.HF_HUB_OFFLINE = True
        yield
    finally:
        for switch, value in zip(switches, before, strict=True):
            switch.HF_HUB_OFFLINE = value


def _read(path: Path, kind: str, columns: Sequence[str]) -> Iterator[Row]:
    try:
        if kind in ("csv", "tsv"):
            yield from _delimited(path, "\t" if kind == "tsv" else ",", columns)
        else:
            yield from FORMATS[kind](path)
    except UnicodeDecodeError as error:
        raise BrokenFile(path, reason=_undecodable(path)) from error
    except (OSError, EOFError) as error:
        raise BrokenFile(path, reason=str(error)) from error


def _undecodable(path: Path) -> str:
    """Where a file stops being UTF-8, in words."""
    with _open(path) as file:
        start = file.read(4)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "it is UTF-16; save it as UTF-8"
    with _open(path) as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError as error:
                return f"line {number} is not UTF-8, at its byte {error.start + 1}: {line[error.start : error.end].hex()}; save it as UTF-8"
    raise AssertionError(f"{path} was changed while it was read")


def _format(path: Path) -> str:
    if path.is_dir():
        return "datasets"
    endings = [ending.lstrip(".").lower() for ending in path.suffixes if ending.lower() != ".gz"]
    return {"ndjson": "jsonl"}.get(endings[-1], endings[-1]) if endings else "jsonl"


def _open(path: Path) -> IO[bytes]:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path) if packed else path.open("rb")  # type: ignore[return-value]  # it reads like one


def _json_lines(path: Path) -> Iterator[Row]:
    with _open(path) as file:
        number = 0
        while line := file.readline(LINE_LIMIT + 1):
            number += 1
            if len(line) > LINE_LIMIT:
                raise LimitReached(f"bytes of {path}, line {number}", limit=LINE_LIMIT, reached=len(line))
            if number == 1:
                line = line.removeprefix(codecs.BOM_UTF8)
            if line.strip():
                yield _object(path, f"line {number}", line)


def _json(path: Path) -> Iterator[Row]:
    """The objects of one array, or of the only array that an object holds, as in `{"examples": [...]}`."""
    with _open(path) as file:
        content = _parsed(path, "it", file.read().removeprefix(codecs.BOM_UTF8))
    if isinstance(content, dict):
        lists = [held for held in content.values() if isinstance(held, list)]
        content = lists[0] if len(lists) == 1 else None
    if not isinstance(content, list):
        raise BrokenFile(path, reason="it is neither an array nor an object that holds just one")
    for number, row in enumerate(content, start=1):
        yield _named(path, f"element {number}", row)


def _object(path: Path, place: str, line: bytes) -> Row:
    return _named(path, place, _parsed(path, place, line))


def _parsed(path: Path, place: str, data: bytes) -> object:
    text = data.decode()
    try:
        content = _DECODER.decode(text)
        if "\\u" in text:
            json.dumps(content, ensure_ascii=False).encode()  # refuses half a character, which no tokenizer reads
    except RepeatedKey as error:
        raise BrokenFile(path, reason=f"{place} has the key {error.key!r} twice") from None
    except (ValueError, RecursionError) as error:
        raise BrokenFile(path, reason=f"{place} is no JSON: {error}") from error
    return content


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def _float(digits: str) -> float:
    found = float(digits)
    return found if math.isfinite(found) else _refuse(digits)


_DECODER = json.JSONDecoder(parse_constant=_refuse, parse_float=_float, object_pairs_hook=once)


def _named(path: Path, place: str, row: object) -> Row:
    if not isinstance(row, dict):
        raise BrokenFile(path, reason=f"{place} is no object but {type(row).__name__}")
    return row


def _delimited(path: Path, delimiter: str, columns: Sequence[str]) -> Iterator[Row]:
    with _open(path) as data, io.TextIOWrapper(data, encoding="utf-8-sig", newline="") as file:
        previous = csv.field_size_limit(LINE_LIMIT)
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        try:
            names = list(columns) or next((row for row in reader if row), [])
            if len(names) == 1 and (other := next((mark for mark in ";\t|," if mark in names[0]), None)):
                raise BrokenFile(path, reason=f"its fields are separated by {other!r}, and those of this format by {delimiter!r}")
            if len(set(names)) < len(names):
                raise BrokenFile(path, reason=f"two columns have one name: {', '.join(names)}; name them all with `columns`")
            for values in reader:
                if values:
                    yield _paired(path, reader.line_num, names, values)
        except csv.Error as error:
            raise BrokenFile(path, reason=f"line {reader.line_num}: {error}") from error
        finally:
            csv.field_size_limit(previous)


def _paired(path: Path, number: int, names: Sequence[str], values: Sequence[str]) -> Row:
    if len(values) != len(names):
        raise BrokenFile(path, reason=f"line {number} has {len(values)} fields, and there are {len(names)} columns: {', '.join(names)}")
    return dict(zip(names, values, strict=True))


def _parquet(path: Path) -> Iterator[Row]:
    parquet = _package("pyarrow.parquet", purpose="Parquet")
    arrow = _package("pyarrow", purpose="Parquet")
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=1024):
                yield from map(_plain_row, batch.to_pylist())
    except (arrow.ArrowException, OSError) as error:
        raise BrokenFile(path, reason=str(error)) from error


def _saved(path: Path) -> Iterator[Row]:
    datasets = _package("datasets", purpose="a folder that datasets saved")
    try:
        loaded = datasets.load_from_disk(str(path))
    except Exception as error:  # as above
        raise BrokenFile(path, reason=f"{type(error).__name__}: {error}".split("\n")[0]) from error
    if isinstance(loaded, datasets.DatasetDict):
        raise BrokenFile(path, reason=f"it holds several splits; name the folder of one: {', '.join(loaded)}")
    yield from map(_plain_row, loaded)


def _plain_row(row: Mapping[str, object]) -> Row:
    return {name: _plain(content) for name, content in row.items()}


def _plain(content: object) -> object:
    """The content as JSON has it; what JSON has not, such as a date, as its text."""
    if isinstance(content, Mapping):
        return _plain_row(content)
    if isinstance(content, list | tuple):
        return [_plain(each) for each in content]
    if isinstance(content, float) and math.isnan(content):
        return None  # how tables of numbers have what is missing
    if isinstance(content, bytes):
        return content.decode(errors="replace")
    return content if isinstance(content, str | int | float | bool | None) else str(content)


def _limited(rows: Iterable[Row]) -> Iterator[Row]:
    for number, row in enumerate(rows, start=1):
        if number > ROW_LIMIT:
            raise LimitReached("rows of a dataset", limit=ROW_LIMIT, reached=number)
        yield row


def _package(name: str, *, purpose: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise MissingPackage(name.split(".")[0], purpose=purpose) from error


FORMATS: Mapping[str, Callable[[Path], Iterator[Row]]] = {
    "jsonl": _json_lines, "json": _json, "csv": lambda path: _delimited(path, ",", ()), "tsv": lambda path: _delimited(path, "\t", ()),
    "parquet": _parquet, "datasets": _saved,
}  # fmt: skip
