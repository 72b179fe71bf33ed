"""Where the rows of a task come from: a file, a dataset on the Hub, a generator, or the declaration itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from fsmgen.errors import BrokenFile, FsmgenError, InvalidTask, MissingPackage
from fsmgen.evaluation.catalogue.checking import Table
from fsmgen.evaluation.catalogue.generators import GENERATORS, generated
from fsmgen.evaluation.naming import meant
from fsmgen.evaluation.readers import FORMATS, Row, read_hub, read_rows

_KINDS = ("file", "hub", "generator", "rows")


@dataclass(frozen=True, slots=True)
class Data:
    """Where files are looked for and what may be fetched.

    Attributes:
        folders: in this order.
        fetch: whether a dataset that is not on this machine may be fetched.
    """

    folders: tuple[Path, ...] = ()
    fetch: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """Rows that are read when they are asked for.

    Attributes:
        kind: file, hub, generator or rows.
        name: of the file, the dataset or the generator.
        where: columns and the texts that they have in the rows that are meant.
        options: what else the reader or generator takes.
        otherwise: where the rows come from if the file is nowhere.
    """

    kind: str
    name: str = ""
    rows: tuple[Row, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    limit: int | None = None
    options: Mapping[str, object] = field(default_factory=dict)
    otherwise: Source | None = None

    def read(self, task: str, data: Data) -> Iterator[Row]:
        """The rows.

        Raises:
            InvalidTask: a column of `where` that the rows have not.
            FsmgenError: as the readers.
        """
        if self.otherwise is not None and not self._found(data).exists():
            return self._read_otherwise(self.otherwise, task, data)
        return islice((row for row in self._all(data) if self._meant(task, row)), self.limit)

    def _read_otherwise(self, otherwise: Source, task: str, data: Data) -> Iterator[Row]:
        try:
            yield from otherwise.read(task, data)
        except (BrokenFile, MissingPackage) as error:
            here = ", ".join(str(folder) for folder in data.folders)
            reason = f"{self.name} is in none of the folders {here}; instead of it: {error}"
            raise InvalidTask(task, place="dataset", reason=reason) from error

    def _all(self, data: Data) -> Iterator[Row]:
        if self.kind == "rows":
            yield from self.rows
        elif self.kind == "generator":
            yield from generated(self.name, self.options)
        elif self.kind == "hub":
            yield from read_hub(self.name, fetch=data.fetch, **self.options)  # type: ignore[arg-type]  # checked when it was declared
        else:
            yield from read_rows(self._found(data), **self.options)  # type: ignore[arg-type]  # as above

    def _found(self, data: Data) -> Path:
        candidates = [folder / self.name for folder in data.folders]
        return next((path for path in candidates if path.exists()), candidates[0] if candidates else Path(self.name))

    def _meant(self, task: str, row: Row) -> bool:
        for column in self.where:
            if column not in row:
                raise InvalidTask(task, place=f"where.{column}", reason=f"there is no such column{meant(column, row)}")
        return all(_text(row[column]) == wanted for column, wanted in self.where.items())


def declared_source(table: Table, subset: str) -> Source:
    """The source that a table declares.

    Raises:
        InvalidTask: it declares none or several, or what it declares cannot be.
    """
    kinds = [kind for kind in _KINDS if table.has(kind)]
    if len(kinds) != 1:
        table.refuse("", f"it names one of {', '.join(_KINDS)}, and this names {' and '.join(kinds) or 'none'}; it has {_listed(table)}")
    [kind] = kinds
    rows = tuple(table.take("rows", list, [])) if kind == "rows" else ()
    name = table.take(kind, str).replace("{subset}", subset) if kind != "rows" else ""
    where = {column: each.replace("{subset}", subset) for column, each in table.mapping("where").items()}
    limit = table.take("limit", int, -1)
    options = _options(table, kind, name, subset)
    instead = table.table("otherwise")
    if instead is not None and kind != "file":
        table.refuse("otherwise", "it is for files, which may be missing")
    table.finish()
    if not all(isinstance(row, dict) for row in rows):
        table.refuse("rows", "each row is a table")
    return Source(kind, name, rows, where, limit if limit >= 0 else None, options, declared_source(instead, subset) if instead else None)


def _options(table: Table, kind: str, name: str, subset: str) -> dict[str, object]:
    if kind == "file":
        options: dict[str, object] = {"format": table.take("format", str, "") or None, "columns": table.texts("columns")}
        if options["format"] not in (None, *FORMATS):
            table.refuse("format", f"{options['format']!r} is none of {', '.join(FORMATS)}")
        return options
    if kind == "hub":
        return {"split": table.take("split", str), "config": table.take("config", str, "").replace("{subset}", subset) or None}
    if kind == "generator":
        if name not in GENERATORS:
            table.refuse("generator", f"there is no generator {name!r}{meant(name, GENERATORS)}")
        return {key: table.take(key, type(default), default) for key, default in GENERATORS[name].options.items()}
    return {}


def _listed(table: Table) -> str:
    return ", ".join(table.unknown()) or "no keys"


def _text(content: object) -> str:
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)


def explained(task: str, place: str, error: FsmgenError) -> InvalidTask:
    """An error of a reader or a front end as one of the task."""
    return error if isinstance(error, InvalidTask) else InvalidTask(task, place=place, reason=str(error))
