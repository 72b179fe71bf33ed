"""Do the probabilities that answers come with say how often they are right?

An answer's confidence is, by kind:

- `choices`: the share of the choice that was answered in the probability of all choices, where choices were scored;
- `choices-raw`: the probability of that choice itself;
- `answer`: p of the tokens of the answer after its announcement, before any mask; `answer-masked`: q of the same tokens;
- `whole`: p of the whole text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from fsmgen.errors import InvalidOption
from fsmgen.evaluation.effects.regions import VALUE, regions_of_form
from fsmgen.evaluation.extraction import AnswerForm, Rung
from fsmgen.evaluation.metrics.calibration import Bin, Binning, Calibration, calibration, fitted_temperature, reliability
from fsmgen.evaluation.records import Record, Study
from fsmgen.evaluation.scores import Scored, scored
from fsmgen.evaluation.statistics import Unsaid

Confidence: TypeAlias = Literal["choices", "choices-raw", "answer", "answer-masked", "whole"]
CONFIDENCES: tuple[Confidence, ...] = get_args(Confidence)


@dataclass(frozen=True, slots=True)
class ArmCalibration:
    """The calibration of one arm.

    Attributes:
        mean: of the confidences, beside the share of them that are right.
        left_out: answers without this confidence.
        temperature: the temperature at which the choices' shares would fit best; 1.0 is calibrated.
    """

    arm: str
    mean: float | Unsaid
    accuracy: float | Unsaid
    left_out: int
    measures: Calibration | Unsaid
    bins: tuple[Bin, ...] | Unsaid
    temperature: float | Unsaid


def calibrations(
    study: Study, confidence: Confidence, *, rung: Rung = "flexible", bins: int = 10, binning: Binning = "mass", level: float = 0.95
) -> tuple[ArmCalibration, ...]:
    """The calibration of every arm of a study.

    Raises:
        InvalidOption: there is no such confidence, binning or rung.
    """
    for option, given, known in (("confidence", confidence, CONFIDENCES), ("binning", binning, get_args(Binning))):
        if given not in known:
            raise InvalidOption(option, given, allowed=f"one of {', '.join(known)}")
    form = AnswerForm.of(study.manifest["form"])
    find = _finder(confidence, form)
    found = []
    for arm, cells in scored(study, rung).items():
        pairs = [(find(each.record), each.score) for each in cells.values()]
        told = [(min(1.0, math.exp(value)), score) for value, score in pairs if value is not None]
        p, right = [value for value, _ in told], [score for _, score in told]
        nothing = Unsaid(f"no answer of this arm has the confidence {confidence!r}")
        found.append(
            ArmCalibration(
                arm=arm,
                mean=float(np.mean(p)) if p else nothing,
                accuracy=float(np.mean(right)) if p else nothing,
                left_out=len(pairs) - len(p),
                measures=calibration(p, right, bins=bins, binning=binning) if p else nothing,
                bins=reliability(p, right, bins=bins, binning=binning, level=level) if p else nothing,
                temperature=_temperature(cells.values(), form) if p else nothing,
            )
        )
    return tuple(found)


def _finder(confidence: Confidence, form: AnswerForm) -> Callable[[Record], float | None]:
    """The log of a record's confidence, or None."""
    regions = regions_of_form(form)

    def answer(record: Record, logprobs: Sequence[float]) -> float | None:
        if len(record.token_lengths) != len(logprobs):  # a scored choice has likelihoods of its own tokens, and no token that was written
            return None
        inside = [value for name, value in zip(regions(record), logprobs, strict=True) if name == VALUE]
        return math.fsum(inside) if inside else None

    ways: Mapping[Confidence, Callable[[Record], float | None]] = {
        "choices": _share,
        "choices-raw": _answered,
        "answer": lambda record: answer(record, record.logprobs),
        "answer-masked": lambda record: answer(record, record.masked_logprobs),
        "whole": lambda record: math.fsum(record.logprobs) if record.logprobs else None,
    }
    return ways[confidence]


def _choices(record: Record) -> list[float]:
    """The log-likelihood of each choice; the lower bound of the marginal where only that was scored."""
    marginal = (-math.inf if each.marginal_low is None else each.marginal_low for each in record.scored)
    return [math.fsum(each.logprobs) if each.logprobs is not None else low for each, low in zip(record.scored, marginal, strict=True)]


def _answered(record: Record) -> float | None:
    """The log-likelihood of the choice that was answered, which another normalisation or a bound may have picked; None if none was."""
    choices = _choices(record)
    chosen = record.extra.get("chosen", max(range(len(choices)), key=choices.__getitem__, default=None))
    return choices[chosen] if isinstance(chosen, int) and 0 <= chosen < len(choices) else None


def _share(record: Record) -> float | None:
    answered, choices = _answered(record), _choices(record)
    return None if answered is None or max(choices) == -math.inf else answered - float(np.logaddexp.reduce(choices))


def _temperature(cells: Iterable[Scored], form: AnswerForm) -> float | Unsaid:
    rows, places = [], []
    for each in cells:
        texts = [choice.text for choice in each.record.scored]
        names = texts if each.record.gold in texts else list(form.options)  # a choice's text was scored, and its letter is the answer
        if each.record.gold in names and (place := names.index(each.record.gold)) < len(texts):
            rows.append(_choices(each.record))
            places.append(place)
    if not rows:
        return Unsaid("no answer has scored choices with the right one among them")
    return fitted_temperature(rows, places)
