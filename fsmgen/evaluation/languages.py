"""The constraint of a record, made again from what its study's manifest says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from fsmgen.errors import FsmgenError
from fsmgen.evaluation.arms import Arm, Question, arm_of
from fsmgen.evaluation.catalogue.constraints import DeclaredConstraint
from fsmgen.evaluation.extraction import AnswerForm
from fsmgen.evaluation.records import Manifest, Record
from fsmgen.evaluation.statistics import Unsaid
from fsmgen.evaluation.tasks import Item
from fsmgen.grammar import Language


def languages_of(arm: str, manifest: Manifest) -> Callable[[Record], Language | Unsaid]:
    """The languages of an arm's answers, or of their last stage, and why one is not known.

    What the arm and the task declare is known; choices that each item has of its own are in no record.
    """
    try:
        made = _constrained(arm_of(manifest["arms"][arm]))
        question = Question("", AnswerForm.of(manifest["form"]))
        question = replace(question, constraint=_declared(manifest, question.form))
        language: Language = made.language(question) if hasattr(made, "language") else made.last_language(question)
    except (FsmgenError, AttributeError) as error:
        reason = Unsaid(f"the constraint of {arm!r} cannot be made again from its study: {error}")
        return lambda record: reason
    other = Unsaid(f"the constraint of {arm!r} depends on what each item can be answered with, which records do not keep")
    return lambda record: language if record.constraint == language.source else other


def _constrained(arm: Arm) -> Any:
    """The arm, or the one inside it, that has a language."""
    return arm if hasattr(arm, "language") or not hasattr(arm, "arm") else _constrained(arm.arm)


def _declared(manifest: Manifest, form: AnswerForm) -> Language | None:
    facts = manifest.get("constraint")
    return None if facts is None else declared_of(facts).language(Item("", "", "", choices=form.options))


def declared_of(facts: Mapping[str, Any]) -> DeclaredConstraint:
    """The declared constraint that `dataclasses.asdict` wrote, from JSON."""
    source = facts["source"] if isinstance(facts["source"], str) else tuple(facts["source"])
    holes = tuple((name, declared_of(inner)) for name, inner in facts["holes"])
    return DeclaredConstraint(**{**facts, "source": source, "holes": holes})
