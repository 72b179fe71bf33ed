"""What a model knows of the synthetic world, and whether its probabilities say so: calibration over all choices, one half, facts told once.

How often training told each fact is known exactly (`embedded.tasks.world.counts`), so the share of facts told once is no estimate.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from fsmgen.embedded.tasks import world
from fsmgen.evaluation.metrics.calibration import Calibration, calibration, reliability, seen_once
from fsmgen.evaluation.metrics.choices import Half
from fsmgen.evaluation.presets.answers import Answered, Scored, by_arm, share
from fsmgen.evaluation.statistics import Interval, Unsaid, proportion
from fsmgen.evaluation.tables import NOTHING, Table, percent, reasons

_BINS = 10
_TOLD = ("never", "once", "2 to 4 times", "5 times or more")


def share_of(values: Sequence[float], items: Sequence[str]) -> Interval | Unsaid:
    """A share with its interval, clustered by item."""
    return proportion(values, items)


def calibration_tables(planned: Sequence[Answered]) -> tuple[Table, ...]:
    """Reliability over all choices of all items, each with its share among them, in bins of equal mass (2207.05221)."""
    measures, bins, unsaid = [], [], list[object]()
    for study in planned:
        for arm, answers in by_arm(study.answers).items():
            p, right = _all_choices(answers)
            found = calibration(p, right, bins=_BINS) if p else Unsaid("no choices were scored")
            unsaid.append(found)
            measures.append((study.model, arm, str(len(p)), *_measured(found)))
            diagram = reliability(p, right, bins=_BINS) if p else ()
            bins += [] if isinstance(diagram, Unsaid) else [
                (study.model, arm, str(each.count), *(f"{100 * value:.1f}" for value in (each.confidence, each.accuracy)),
                 f"[{100 * each.low:.1f}, {100 * each.high:.1f}]") for each in diagram
            ]  # fmt: skip
    name = planned[0].plan.name
    columns = ("model", "arm", "choices", "ECE", "ECE, debiased", "MCE", "Brier", "AUROC")
    told = ("model", "arm", "choices", "mean probability, %", "right, %", "right if calibrated, % (95%)")
    return (
        Table(f"{name}: calibration over all choices, {_BINS} bins of equal mass", columns, tuple(measures), reasons(unsaid)),
        Table(f"{name}: reliability over all choices", told, tuple(bins)),
    )


def _all_choices(answers: Sequence[Scored]) -> tuple[list[float], list[float]]:
    """The share of every choice among the choices of its item, and whether it is the right one."""
    p: list[float] = []
    right: list[float] = []
    for each in answers:
        shares = _shares(each)
        gold = _gold_place(each)
        if shares and gold is not None:
            p += shares
            right += [float(place == gold) for place in range(len(shares))]
    return p, right


def _shares(answer: Scored) -> list[float]:
    logs = [
        math.fsum(each.logprobs) if each.logprobs is not None else -math.inf if each.marginal_low is None else each.marginal_low
        for each in answer.record.scored
    ]
    top = max(logs, default=-math.inf)
    if top == -math.inf:
        return []
    weights = [math.exp(value - top) for value in logs]
    return [min(1.0, weight / math.fsum(weights)) for weight in weights]


def _gold_place(answer: Scored) -> int | None:
    """The place of the right choice: items are answered by letter or by the text of the choice."""
    texts = [each.text for each in answer.record.scored]
    if answer.record.gold in texts:
        return texts.index(answer.record.gold)
    letter = answer.record.gold
    return ord(letter) - ord("A") if len(letter) == 1 and 0 <= ord(letter) - ord("A") < len(texts) else None


def _measured(found: Calibration | Unsaid) -> tuple[str, ...]:
    if isinstance(found, Unsaid):
        return (NOTHING,) * 5
    auroc = NOTHING if isinstance(found.auroc, Unsaid) else f"{found.auroc:.3f}"
    return (*(f"{value:.3f}" for value in (found.ece, found.debiased_ece, found.mce, found.brier)), auroc)


def halves(planned: Sequence[Answered]) -> tuple[Table, ...]:
    """Whether one choice has at least half of the probability, in each definition that the arms have."""
    rows = []
    for study in planned:
        for arm, answers in by_arm(study.answers).items():
            said = [each for each in answers if each.outcome.value is not None]
            rows.append(
                (
                    study.model,
                    arm,
                    f"{100 * len(said) / len(answers):.1f}",
                    percent(share(said)) if said else NOTHING,
                    percent(share(answers)),
                )
            )
    columns = ("model", "definition", "some choice has one half, % of items", "right where one has, %", "right of all, %")
    definitions: tuple[Half, ...] = ("raw", "normalised", "marginal")
    note = f"definitions: {', '.join(definitions)}; the three differ where the choices have little of the probability"
    return (Table(f"{planned[0].plan.name}: the probability of one half", columns, tuple(rows), (note,)),)


def recall(planned: Sequence[Answered]) -> tuple[Table, ...]:
    """Errors by how often training told the fact, beside the share of facts that it told once (2311.14648)."""
    rows, observed = [], Counter(world.observations())
    once = seen_once(list(observed.values()))
    for study in planned:
        for arm, answers in by_arm(study.answers).items():
            told = _by_count(answers)
            spoken = [each for each in answers if each.outcome.value is not None]
            wrong = share_of([1 - each.score for each in spoken], [each.item for each in spoken])
            cells = (percent(share(told[name])) if told.get(name) else NOTHING for name in _TOLD)
            rows.append((study.model, arm, percent(wrong), NOTHING if isinstance(once, Unsaid) else f"{100 * once:.1f}", *cells))
    columns = ("model", "arm", "wrong of answers, %", "told once, % of all tellings (exact)", *(f"right, told {name}, %" for name in _TOLD))
    notes = (
        "the bound is on a calibrated model that generates facts by their frequency: about as many are wrong as were told once; "
        "asking for facts, as here, is another distribution, so the two figures stand beside each other and are not equal by any law",
    )
    return (Table(f"{planned[0].plan.name}: facts by how often training told them", columns, tuple(rows), notes),)


def _by_count(answers: Sequence[Scored]) -> Mapping[str, list[Scored]]:
    counts = {f"{attribute}-{creature}": count for (creature, attribute), count in world.counts().items()}
    found: dict[str, list[Scored]] = {}
    for each in answers:
        count = counts.get(each.record.group.removeprefix(f"{world.TASK}-"))
        if count is not None:
            place = 0 if count == 0 else 1 if count == 1 else 2 if count < 5 else 3
            found.setdefault(_TOLD[place], []).append(each)
    return found
