"""What became of each construct of a source: kept exactly, widened on request, narrowed, or without a say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Status: TypeAlias = Literal["exact", "relaxed", "narrowed", "annotation", "ignored"]
STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True, slots=True)
class ReportEntry:
    """One occurrence of a construct.

    Attributes:
        place: where it is: a JSON pointer in a schema, after `URI#` in another document.
        construct: its name.
        status: kept exactly; relaxed, so that the language is larger than the source says; narrowed, so that some of it is left out and
            nothing is added; an annotation, which the source's own rules do not count; ignored, since it is unknown or void where it
            stands.
        reason: why, where it is not exact; for an exact one what else there is to know.
    """

    place: str
    construct: str
    status: Status
    reason: str = ""


Reporting: TypeAlias = Callable[[], tuple[ReportEntry, ...]]


@dataclass(frozen=True, slots=True)
class Reported:
    """A report that is written down."""

    entries: tuple[ReportEntry, ...] = ()

    def __call__(self) -> tuple[ReportEntry, ...]:
        return self.entries


NO_REPORT = Reported()
"""That of a source of which every construct is kept exactly, or nothing could be made of it."""
