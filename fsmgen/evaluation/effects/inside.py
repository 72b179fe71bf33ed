"""The score of the model's own answers inside a language, beside that of masked answers: what masking itself changes."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from fsmgen.errors import NoExpectation
from fsmgen.evaluation.effects.answers import Draw, Drawing, effective_size, log_weight
from fsmgen.evaluation.effects.conditional import reweighted_mean
from fsmgen.evaluation.records import REFUSED, Record
from fsmgen.evaluation.statistics import Interval, Unsaid, proportion


@dataclass(frozen=True, slots=True)
class Inside:
    """The share of correct answers under p given the language.

    Attributes:
        way: by exact samples, or by the weights of masked ones.
        draws: masked samples in all.
        acceptance: share of the draws that were accepted: P(L) without its first step. None by weights.
        refused: questions without an exact sample within their limit of draws.
        effective: effective size of the weights; of exact samples their number.
        masked: the share of correct ones among masked samples; None where only accepted ones were kept.
        own: that of the model's own answers inside the language.
    """

    way: Literal["exact samples", "weights"]
    draws: int
    acceptance: float | None
    refused: int
    effective: float
    masked: Interval | Unsaid | None
    own: Interval | Unsaid


def inside_exactly(records: Sequence[Record], scores: Sequence[float], *, level: float = 0.95) -> Inside:
    """From the records of exact samples, those that were refused among them."""
    kept = [place for place, record in enumerate(records) if record.stop_reason != REFUSED]
    refused, draws = len(records) - len(kept), sum(int(record.extra["draws"] or 0) for record in records)
    right = sum(scores[place] for place in kept)
    own = proportion([scores[place] for place in kept], [records[place].trial.item for place in kept], level=level)
    if refused:
        low, high = right / len(records), (right + refused) / len(records)
        own = Unsaid(
            f"{refused} of {len(records)} questions have no exact sample within their limit of draws; "
            f"the share of correct ones lies between {low:.1%} and {high:.1%}"
        )
    return Inside("exact samples", draws, len(kept) / draws if draws else None, refused, float(len(kept)), None, own)


def inside_by_weights(
    scores: Sequence[float], draws: Sequence[Draw], items: Sequence[Hashable], drawing: Drawing, *, level: float = 0.95
) -> Inside | Unsaid:
    """From masked samples by their weights; not at all if they are no draws or too few are worth anything."""
    try:
        own = reweighted_mean(scores, draws, items, drawing, level=level)
    except NoExpectation as error:
        return Unsaid(error.reason)
    interval = own.interval
    if isinstance(interval, Unsaid):
        interval = Unsaid(f"the reweighted share is {own.estimate:.1%}, and {interval.reason}")
    else:
        interval = replace(interval, low=max(0.0, interval.low), high=min(1.0, interval.high))
    masked = proportion(scores, items, level=level)
    effective = effective_size([log_weight(draw) for draw in draws])
    return Inside("weights", len(draws), None, 0, effective, masked, interval)
