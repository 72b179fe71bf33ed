"""Where a constraint took a token from the model: what was wanted, what came, in which part; forced tokens; wishes to stop or to go on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from fsmgen.evaluation.effects.answers import Answer
from fsmgen.evaluation.effects.regions import starts, text_bytes, token_text
from fsmgen.evaluation.statistics import Interval, Unsaid, proportion

_EARLIER = Unsaid("these answers do not say what the model wanted: they were written by a version that did not keep it")


@dataclass(frozen=True, slots=True)
class Intervention:
    """A step at which the model's first choice was forbidden.

    Attributes:
        before: the answer's text up to there.
        wanted: the first choice, and its probability.
        got: the token that came.
    """

    step: int
    before: str
    wanted: str
    probability: float
    got: str
    region: str


@dataclass(frozen=True, slots=True)
class InterventionSummary:
    """Interventions in many answers.

    Attributes:
        affected: share of the answers with at least one.
        steps: share of all steps.
        first_step: the median over affected answers of the first one; None if there are none.
        by_region: how many in each part.
        common: the most frequent (wanted, got, part) and how often each was.
        probability: mean probability of what was wanted.
    """

    affected: Interval | Unsaid
    steps: float
    first_step: float | None
    by_region: dict[str, int]
    common: tuple[tuple[tuple[str, str, str], int], ...]
    probability: float | None


@dataclass(frozen=True, slots=True)
class Forced:
    """Steps with one allowed token, for which the model need not be asked.

    Attributes:
        steps: all steps.
        forced: those with one allowed token.
        skipped: tokens that were read without asking the model.
        calls: forward passes that were made.
    """

    steps: int
    forced: int
    skipped: int
    calls: int

    @property
    def share(self) -> float:
        """Forced steps among all."""
        return self.forced / self.steps if self.steps else 0.0


@dataclass(frozen=True, slots=True)
class Pressure:
    """Wishes about the end that the constraint did not grant.

    Attributes:
        to_stop: mean probability of an end at the steps where none was allowed.
        stopped_short: share of answers with a step at which an end had more than one half and was forbidden.
        to_go_on: mean probability of anything but an end where an end alone was allowed; None if that was nowhere.
        ended: answers that ended that way.
        closed: answers from which the token limit took a token.
    """

    to_stop: float
    stopped_short: Interval | Unsaid
    to_go_on: float | None
    ended: int
    closed: int
    answers: int


def interventions(answer: Answer, regions: Sequence[str] | None = None) -> list[Intervention] | Unsaid:
    """The interventions in one answer, in order; `regions` names the part of every token."""
    if not _told(answer):
        return _EARLIER
    if not intervened(answer):
        return []
    data, begins = text_bytes(answer.text), starts(answer)
    return [
        Intervention(
            step=step,
            before=data[: begins[step]].decode(errors="replace"),
            wanted=wanted,
            probability=math.exp(logprob or 0.0),
            got=token_text(answer, step),
            region=regions[step] if regions else "",
        )
        for step, (wanted, logprob) in enumerate(zip(answer.wanted_texts, answer.wanted_logprobs, strict=True))
        if wanted is not None
    ]


def intervened(answer: Answer) -> bool:
    """Whether there is a known intervention in an answer."""
    return _told(answer) and any(wanted is not None for wanted in answer.wanted_texts)


def _told(answer: Answer) -> bool:
    return len(answer.wanted_texts) == len(answer.ids) == len(answer.token_lengths)


def summarised(
    answers: Sequence[Answer], items: Sequence[Hashable], regions: Callable[[Answer], list[str]], *, most: int = 8
) -> InterventionSummary | Unsaid:
    """The interventions of all answers together."""
    found: list[list[Intervention]] = []
    for answer in answers:
        each = interventions(answer, regions(answer) if len(answer.token_lengths) == len(answer.ids) else None)
        if isinstance(each, Unsaid):
            return each
        found.append(each)
    every = [one for each in found for one in each]
    firsts = [each[0].step for each in found if each]
    return InterventionSummary(
        affected=proportion([float(bool(each)) for each in found], items),
        steps=len(every) / max(1, sum(len(answer.ids) for answer in answers)),
        first_step=float(np.median(firsts)) if firsts else None,
        by_region=dict(Counter(one.region for one in every)),
        common=tuple(Counter((one.wanted, one.got, one.region) for one in every).most_common(most)),
        probability=float(np.mean([one.probability for one in every])) if every else None,
    )


def forced(answers: Iterable[Answer]) -> Forced:
    """Forced steps, and model calls, of all answers."""
    rows = [(len(answer.ids), len(answer.forced), answer.skipped, answer.calls) for answer in answers]
    return Forced(*(sum(column) for column in zip(*rows, strict=True))) if rows else Forced(0, 0, 0, 0)


def pressure(answers: Sequence[Answer], items: Sequence[Hashable]) -> Pressure | Unsaid:
    """How much answers wanted to end where they might not, and to go on where they had to end."""
    if not answers:
        return Unsaid("there are no answers")
    if any(len(answer.end_mass) != len(answer.ids) for answer in answers):
        return Unsaid(
            "these answers do not say how much the model wanted to end: they have no constraint, or an earlier version wrote them"
        )
    denied = [[mass for step, mass in enumerate(answer.end_mass) if step not in set(answer.may_end)] for answer in answers]
    made = [1 - answer.end_mass[-1] for answer in answers if len(answer.ids) - 1 in answer.forced and answer.stop_reason == "eos"]
    every = [mass for each in denied for mass in each]
    return Pressure(
        to_stop=float(np.mean(every)) if every else 0.0,
        stopped_short=proportion([float(max(each, default=0.0) > 0.5) for each in denied], items),
        to_go_on=float(np.mean(made)) if made else None,
        ended=len(made),
        closed=sum(answer.budget_step is not None for answer in answers),
        answers=len(answers),
    )
