"""What lint found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning"]
_SHOWN, _KINDS = 2, 8


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact that should not be.

    Attributes:
        where: the id of an item, or a part of the constraint.
        kind: what findings are counted by, as in `character '\\n'`.
        fact: the whole of it.
    """

    where: str
    kind: str
    fact: str


@dataclass(frozen=True, slots=True)
class Check:
    """A question that was asked of everything it applies to.

    Attributes:
        name: the question.
        looked_at: how many items, examples or alternatives.
        skipped: why it could not be asked of some, or an empty text.
    """

    name: str
    looked_at: int
    findings: tuple[Finding, ...] = ()
    severity: Severity = "error"
    skipped: str = ""

    @property
    def passed(self) -> int:
        """How many have no finding."""
        return self.looked_at - len({finding.where for finding in self.findings})

    @property
    def kinds(self) -> dict[str, int]:
        """Findings by kind, the most frequent ones first."""
        return dict(Counter(finding.kind for finding in self.findings).most_common())

    def lines(self) -> Iterator[str]:
        """The check for people: its counts, and the first findings of each kind."""
        if not self.looked_at:
            yield f"{self.name}: not asked{f', {self.skipped}' if self.skipped else ''}"
            return
        yield f"{self.name}: {self.passed:,} of {self.looked_at:,}" + (f" ({self.skipped})" if self.skipped else "")
        for kind, count in list(self.kinds.items())[:_KINDS]:
            some = [f"{finding.where}: {finding.fact}" for finding in self.findings if finding.kind == kind][:_SHOWN]
            yield f"  {count:,} {self.severity}{'s' if count > 1 else ''}, {kind}: {'; '.join(some)}"
        if len(self.kinds) > _KINDS:
            yield f"  and {sum(list(self.kinds.values())[_KINDS:]):,} of {len(self.kinds) - _KINDS} other kinds"


@dataclass(frozen=True, slots=True)
class LintReport:
    """All checks of a task and its constraint.

    Attributes:
        facts: what is worth knowing and not wrong, such as the score of always giving the most common answer.
    """

    task: str
    constraint: str
    checks: tuple[Check, ...]
    facts: tuple[str, ...] = ()

    def check(self, name: str) -> Check:
        """The check of that name."""
        return next(check for check in self.checks if check.name == name)

    @property
    def errors(self) -> int:
        return sum(len(check.findings) for check in self.checks if check.severity == "error")

    @property
    def warnings(self) -> int:
        return sum(len(check.findings) for check in self.checks if check.severity == "warning")

    def lines(self) -> Iterator[str]:
        """The report for people."""
        yield f"{self.task}, constraint {self.constraint}"
        for check in self.checks:
            yield from check.lines()
        yield from self.facts
