"""What became of each keyword of a schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from fsmgen.frontends.json_schema.drafts import Role
from fsmgen.frontends.json_schema.reading import Json, escaped
from fsmgen.grammar.report import ReportEntry, Status

if TYPE_CHECKING:
    from fsmgen.frontends.json_schema.documents import Documents, Location


class Report:
    """The keywords of every schema that was read, each exact unless something else was noted. Costs nothing until it is asked for."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._notes: dict[tuple[Location, str], tuple[Status, str]] = {}

    def note(self, at: Location, keyword: str, status: Status, reason: str) -> None:
        """Say what became of a keyword, by its name in draft 2020-12. What is said first of a place counts."""
        self._notes.setdefault((at, keyword), (status, reason))

    def entries(self) -> tuple[ReportEntry, ...]:
        """An entry for each keyword, in the order in which schemas were read."""
        return tuple(entry for at, schema in self._documents.read() for entry in self._of_schema(at, schema))

    def _of_schema(self, at: Location, schema: Mapping[str, Json]) -> Iterator[ReportEntry]:
        pointer, dialect = self._documents.pointer(at), self._documents.dialect(at)
        alone = dialect.lone_references and "$ref" in schema
        for keyword in schema:
            role = dialect.roles.get(keyword)
            noted = self._notes.get((at, keyword)) or self._notes.get((at, _MODERN.get(keyword, "")))
            if noted is not None:
                status, reason = noted
            elif alone and keyword != "$ref" and role is not Role.DEFINITIONS:
                status, reason = "ignored", f"{dialect.name} does not read it beside $ref"
            elif keyword == "$schema" and dialect.tolerant:
                status, reason = "ignored", "unknown; read as draft 2020-12 with older keywords"
            else:
                status, reason = _usual(role, dialect.name)
            yield ReportEntry(f"{pointer}/{escaped(keyword)}", keyword, status, reason)


_MODERN = {"additionalItems": "items", "dependencies": "dependentSchemas", "$recursiveRef": "$dynamicRef"}


def _usual(role: Role | None, draft: str) -> tuple[Status, str]:
    if role is None:
        return "ignored", f"unknown to {draft}"
    return ("annotation", "it says nothing of a value") if role is Role.ANNOTATION else ("exact", "")
