"""What an extraction says about a trial. An answer that is not correct keeps its reason: none is folded into *wrong* unseen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from fsmgen.evaluation.extraction import THE_ANSWER_IS, AnswerForm, Cause, Extraction, Rung, extract, normalise
from fsmgen.evaluation.records import REFUSED, Record


class Kind(StrEnum):
    """The five outcomes, in the order of tables."""

    CORRECT = "correct"
    WRONG = "wrong"
    UNEXTRACTABLE = "unextractable"
    TRUNCATED = "truncated"
    CLOSED_BY_BUDGET = "closed by budget"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one trial.

    Attributes:
        kind: one of the five.
        value: the extracted value, or None.
        cause: why there is no value, or None.
        closed: the budget removed a token on the way, whatever came of it.
    """

    kind: Kind
    value: str | None
    cause: Cause | None
    closed: bool

    @property
    def label(self) -> str:
        """The kind, with the cause where the kind has several."""
        return f"{self.kind}: {self.cause}" if self.kind is Kind.UNEXTRACTABLE else str(self.kind)


def record_outcome(record: Record, form: AnswerForm, rung: Rung) -> Outcome:
    """The outcome of a record on a rung. An answer that was refused has no value for that reason."""
    return _outcome(record.text, record.gold, record.stop_reason, record.budget_step is not None, form, rung)


@lru_cache(maxsize=1 << 16)
def _outcome(text: str, gold: str, stop_reason: str, closed: bool, form: AnswerForm, rung: Rung) -> Outcome:
    """Kept, since every table of a study asks for those of the same answers."""
    refused = stop_reason == REFUSED
    found = Extraction(cause=Cause.REFUSED) if refused else extract(text, rung, form=form, truncated=stop_reason == "length")
    return judge(found, gold, form=form, closed=closed)


def judge(extraction: Extraction, gold: str, *, form: AnswerForm = THE_ANSWER_IS, closed: bool = False) -> Outcome:
    """The outcome of an extraction; `closed`: the budget removed a token on the way.

    A correct value is correct however it came about; a closed answer that is not correct counts as closed by the budget, not
    as wrong. Prediction and gold are normalised alike.
    """
    return Outcome(_kind(extraction, normalise(gold, form=form), closed), extraction.value, extraction.cause, closed)


def _kind(extraction: Extraction, gold: str | None, closed: bool) -> Kind:
    if extraction.value is not None and extraction.value == gold:
        return Kind.CORRECT
    if closed:
        return Kind.CLOSED_BY_BUDGET
    if extraction.value is not None:
        return Kind.WRONG
    return Kind.TRUNCATED if extraction.cause is Cause.TRUNCATED else Kind.UNEXTRACTABLE
