"""Questions to a task before it costs a model's time: is every gold answer in the language, do bounds fit, does extraction read it?

>>> from fsmgen.evaluation.catalogue import load_task
>>> report = lint(load_task("stories"))
>>> report.errors, report.check("reasoning: every gold is in the language").passed
(0, 200)

| module | what it holds |
|---|---|
| `checks` | the questions, each a `Check` with its findings |
| `membership` | where and why a language refuses a text |
| `alternatives` | alternatives that no text needs, or that a tokenizer cannot write |
| `report` | findings, counted by kind |
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fsmgen.evaluation.catalogue.constraints import DeclaredConstraint
from fsmgen.evaluation.lint.alternatives import dead_alternatives
from fsmgen.evaluation.lint.checks import (
    Budget,
    answers_listed,
    asked_once,
    constraint_checks,
    extraction_agrees,
    most_common,
    shown_answers,
    text_of,
    within_budget,
    within_context,
)
from fsmgen.evaluation.lint.membership import Membership, Refusal
from fsmgen.evaluation.lint.report import Check, Finding, LintReport
from fsmgen.evaluation.tasks import Task
from fsmgen.tokens import Vocabulary

_WRITTEN = ("regex", "choice", "gbnf", "lark")
"""Kinds whose alternatives somebody wrote; those of a schema are its front end's."""

__all__ = ["Budget", "Check", "Finding", "LintReport", "Membership", "Refusal", "lint"]


def lint(
    task: Task,
    constraint: DeclaredConstraint | None = None,
    *,
    vocabulary: Vocabulary | None = None,
    budget: Budget | None = None,
) -> LintReport:
    """Everything that can be asked of a task and its constraint without running a model.

    Args:
        constraint: instead of the one that the task declares.
        vocabulary: of the model; alternatives that it cannot write are found with it.
        budget: what the model can read and write; whether every gold text and every prompt fits is asked with it.

    Raises:
        FsmgenError: the constraint has no language for an item.
    """
    asked = constraint or task.constraint
    checks = [answers_listed(task), asked_once(task), shown_answers(task)]
    if asked is not None:
        checks += _of_constraint(task, asked, vocabulary)
    if asked is not None and budget is not None:
        checks.append(within_budget(task, text_of(asked), budget))
    if budget is not None and budget.context is not None and task.prompts:
        checks.append(within_context(task, budget, budget.context))
    source = "none" if asked is None else asked.language(task.items[0]).source
    return LintReport(task.name, source, tuple(checks), (most_common(task),))


def _of_constraint(task: Task, constraint: DeclaredConstraint, vocabulary: Vocabulary | None) -> Iterator[Check]:
    yield from constraint_checks(task, constraint)
    yield extraction_agrees(task, constraint)
    for name, part in constraint.holes or (("", constraint),):
        if part.kind in _WRITTEN:
            check = dead_alternatives(part.language(task.items[0]), vocabulary)
            yield replace(check, name=f"{name}: {check.name}" if name else check.name)
