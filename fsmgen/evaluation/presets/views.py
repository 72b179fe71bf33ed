"""What is shown of a study: tables over all of its models and all of its arms, losers too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from fsmgen.evaluation.extraction import AnswerForm, extract
from fsmgen.evaluation.metrics import gaia_match
from fsmgen.evaluation.outcomes import Kind
from fsmgen.evaluation.presets import knowledge
from fsmgen.evaluation.presets.answers import Answered, Gain, Scored, by_arm, gain, means, over_prompts, share
from fsmgen.evaluation.rank_tables import ranking_tables
from fsmgen.evaluation.ranking import rankings
from fsmgen.evaluation.reporting.prose import counted
from fsmgen.evaluation.statistics import Interval, Unsaid, VarianceComparison, compare_prompt_variance, equivalence, prompt_spread
from fsmgen.evaluation.tables import EXACT_P, NOTHING, Table, p_value, percent, points, points_range, reasons

Models: TypeAlias = Sequence[Answered]
"""One study, put to each model."""
_NOISE = (
    "sd of item noise: of one score by itself, sqrt(p (1 - p) / items); prompts are asked the same items and share a part of it, and the "
    "corrected sd takes away only what they do not share, so the two need not make up the sd"
)


def tables(planned: Models) -> tuple[Table, ...]:
    """All tables that a study declares, in its order."""
    return tuple(table for name in planned[0].plan.views for table in _VIEWS[name](planned))


def _results(planned: Models) -> tuple[Table, ...]:
    columns = (
        "model", "arm", "answers", "correct % [95%]", "answered %", "difference, points [95%]", "exact p", "detectable, points", "evidence",
    )  # fmt: skip
    rows, unsaid = [], list[object]()
    for study in planned:
        arms = by_arm(study.answers)
        reference = means(arms.get(study.plan.reference, []))
        for arm, answers in arms.items():
            value = share(answers)
            answered = sum(each.outcome.value is not None for each in answers) / len(answers)
            first = (study.model, arm, str(len(answers)), percent(value), f"{100 * answered:.1f}")
            if arm == study.plan.reference:
                rows.append((*first, "reference", "", "", ""))
                continue
            found = gain(reference, means(answers))
            unsaid += [found.interval, found.test, found.detectable]
            rows.append((*first, *gain_cells(found), _verdict(reference, means(answers))))
    title = f"{planned[0].plan.name}: {_asked(planned[0])}"
    return (Table(title, columns, tuple(rows), (*_arms(planned[0]), *exact_p_note(planned), *reasons(unsaid))),)


def exact_p_note(planned: Models) -> tuple[str, ...]:
    """What the exact test is, where an item has several answers of an arm."""
    counts = (Counter((each.arm, each.item) for each in study.answers) for study in planned)
    return (EXACT_P,) if any(max(each.values(), default=1) > 1 for each in counts) else ()


def _arms(study: Answered) -> tuple[str, ...]:
    """What the arms are, where their keys do not say it."""
    told = [f"{key}: {arm.name}" for key, arm in study.plan.arms.items() if key not in arm.name]
    return (f"arms: {'; '.join(told)}",) if told else ()


def _asked(study: Answered) -> str:
    manifest, task = study.study.manifest, study.study.manifest["task"]
    chance = "" if study.chance is None else f", chance {100 * study.chance:.0f}%"
    limit = "" if manifest.get("limit") is None else f", {manifest['limit']} of them asked"
    shots = ", ".join(map(str, manifest["shots"]))
    return f"{task['items']} items of {task['name']}{limit}, {counted(len(manifest['prompts']), 'prompt')}, shots {shots}{chance}"


def gain_cells(found: Gain) -> tuple[str, str, str]:
    """A difference with its interval, the exact test, the smallest detectable effect."""
    interval = found.interval
    estimate = NOTHING if isinstance(interval, Unsaid) else f"{points(interval.estimate)} {points_range(interval)}"
    return estimate, p_value(found.test), points(found.detectable).lstrip("+")


def _verdict(first: Mapping[str, float], second: Mapping[str, float]) -> str:
    items = sorted(first.keys() & second.keys())
    found = equivalence([second[item] - first[item] for item in items], items)
    return NOTHING if isinstance(found, Unsaid) else found.verdict


def _outcomes(planned: Models) -> tuple[Table, ...]:
    labels = list(Kind)
    rows = []
    for study in planned:
        for arm, answers in by_arm(study.answers).items():
            counts = Counter(each.outcome.kind for each in answers)
            warned = sum(bool(each.record.warnings) for each in answers)
            length = sum(len(each.record.text) for each in answers) / len(answers)
            rows.append((study.model, arm, *(str(counts[kind]) for kind in labels), str(warned), f"{length:.0f}"))
    columns = ("model", "arm", *labels, "first token's mass below 1/2", "characters")
    return (Table(f"{planned[0].plan.name}: outcomes, in answers", columns, tuple(rows)),)


def _spread(planned: Models) -> tuple[Table, ...]:
    columns = (
        "model", "arm", "prompts", "mean %", "sd, points", "range, points", "worst %", "sd of item noise, points",
        "sd corrected, points", "variance ratio to the reference [95%]", "Pitman-Morgan p", "p by swaps",
    )  # fmt: skip
    rows, unsaid, guards = list[tuple[str, ...]](), list[object](), list[str]()
    for study in planned:
        prompts = {arm: over_prompts(answers) for arm, answers in by_arm(study.answers).items()}
        reference = prompts[study.plan.reference]
        for arm, cells in prompts.items():
            found = prompt_spread(cells)
            unsaid.append(found)
            if isinstance(found, Unsaid):
                rows.append((study.model, arm, *(NOTHING,) * 10))
                continue
            unsaid.append(found.corrected_sd)
            mean = sum(sum(row.values()) for row in cells.values()) / sum(map(len, cells.values()))
            noise = (mean * (1 - mean) / found.items) ** 0.5
            figures = [f"{100 * value:.1f}" for value in (mean, found.sd, found.range, found.lowest, noise)]
            compared = None if arm == study.plan.reference else compare_prompt_variance(reference, cells)
            guards += [f"{study.model}, {arm}: {compared.guard}"] if isinstance(compared, VarianceComparison) and compared.guard else []
            shown = ("reference", "", "") if compared is None else _ratio(compared, unsaid)
            rows.append((study.model, arm, str(found.prompts), *figures, points(found.corrected_sd).lstrip("+"), *shown))
    title = f"{planned[0].plan.name}: spread over prompts, shots and orders"
    return (Table(title, columns, tuple(rows), (_NOISE, *guards, *reasons(unsaid))),)


def _ratio(found: VarianceComparison | Unsaid, unsaid: list[object]) -> tuple[str, str, str]:
    """The ratio of corrected variances, and the two paired tests of equal ones."""
    if isinstance(found, Unsaid):
        unsaid.append(found)
        return NOTHING, NOTHING, NOTHING
    unsaid += [found.ratio, found.pitman_morgan, found.swaps]
    ratio = found.ratio
    shown = f"{ratio.estimate:.2f} [{ratio.low:.2f}, {_times(ratio.high)}]" if isinstance(ratio, Interval) else NOTHING
    return shown, p_value(found.pitman_morgan), p_value(found.swaps)


def _times(ratio: float) -> str:
    """A ratio; where resamples have next to no variance to divide by, its size says nothing."""
    return f"{ratio:.2f}" if ratio < 100 else "over 100"


def _ranking(planned: Models) -> tuple[Table, ...]:
    if len(planned) < 3:
        models = "one model makes" if len(planned) == 1 else "two models make"
        return (Table(f"{planned[0].plan.name}: ranking", ("model",), (), (f"{models} no ranking: at least three are needed",)),)
    return ranking_tables(rankings([study.study for study in planned], rung=planned[0].study.manifest["rung"]))


def _ways(planned: Models) -> tuple[Table, ...]:
    """Every way's ranking of the models, and what the set of choices has of the probability."""
    accuracy = {study.model: {arm: share(answers) for arm, answers in by_arm(study.answers).items()} for study in planned}
    ways = list(planned[0].plan.arms)
    ranks = {way: _ranks({model: row[way] for model, row in accuracy.items() if way in row}) for way in ways}
    rows = tuple((model, *(_ranked(row.get(way), ranks[way].get(model)) for way in ways)) for model, row in accuracy.items())
    chance = planned[0].chance
    notes = ("in parentheses: the model's place among these models under this way of scoring", *_moved(ranks))
    if chance is not None:
        notes += (f"chance is {100 * chance:.0f}%: an interval that holds it tells the model from guessing no more than a coin does",)
    coverage = tuple(
        (study.model, arm, f"{100 * sum(mass) / len(mass):.1f}", f"{100 * sum(outside) / len(outside):.1f}")
        for study in planned
        for arm, answers in by_arm(study.answers).items()
        if (mass := _extras(answers, "coverage")) and (outside := _extras(answers, "outside"))
    )
    name = planned[0].plan.name
    return (
        Table(f"{name}: correct % under each way of scoring", ("model", *ways), rows, notes),
        Table(f"{name}: probability of the choices", ("model", "arm", "of all choices together, %", "free choice is none, %"), coverage),
    )


def _ranks(scores: Mapping[str, Interval | Unsaid]) -> dict[str, int]:
    told = {model: value.estimate for model, value in scores.items() if isinstance(value, Interval)}
    return {model: 1 + sum(other > value for other in told.values()) for model, value in told.items()}


def _ranked(value: Interval | Unsaid | None, rank: int | None) -> str:
    return NOTHING if value is None or isinstance(value, Unsaid) else f"{percent(value)} ({rank})"


def _moved(ranks: Mapping[str, Mapping[str, int]]) -> tuple[str, ...]:
    models = sorted({model for row in ranks.values() for model in row})
    places = {model: sorted({row[model] for row in ranks.values() if model in row}) for model in models}
    moved = [f"{model} from {each[0]} to {each[-1]}" for model, each in places.items() if each[0] != each[-1]]
    return (f"places that depend on the way of scoring, intervals aside: {', '.join(moved)}",) if moved else ()


def _extras(answers: Sequence[Scored], name: str) -> list[float]:
    return [float(value) for each in answers if isinstance(value := each.record.extra.get(name), int | float)]


def _calls(planned: Models) -> tuple[Table, ...]:
    """What forced texts save, and whether an answer changes with how they are appended."""
    columns = (
        "model",
        "arm",
        "tokens",
        "of them appended unasked, %",
        "model calls",
        "calls for a token",
        "text unlike the reference's, %",
    )
    rows = []
    for study in planned:
        arms = by_arm(study.answers)
        texts = {each.record.trial.cell: each.record.text for each in arms.get(study.plan.reference, [])}
        for arm, answers in arms.items():
            counts = [(len(each.record.ids), each.record.skipped, each.record.calls) for each in answers]
            tokens, skipped, calls = map(sum, zip(*counts, strict=True))
            other = sum(texts.get(each.record.trial.cell) != each.record.text for each in answers) / len(answers)
            shares = (f"{100 * skipped / max(1, tokens):.1f}", str(calls), f"{calls / max(1, tokens):.2f}")
            rows.append((study.model, arm, str(tokens), *shares, "reference" if arm == study.plan.reference else f"{100 * other:.1f}"))
    return (Table(f"{planned[0].plan.name}: calls of the model", columns, tuple(rows)),)


def _gaia(planned: Models) -> tuple[Table, ...]:
    """The published rule beside the ladder's own comparison, on the same extracted answers."""
    columns = ("model", "arm", "correct by GAIA's rule %", "difference, points [95%]", "exact p", "detectable, points", "by exact text %")
    rows, unsaid = [], list[object]()
    for study in planned:
        form = AnswerForm.of(study.study.manifest["form"])
        arms = by_arm(study.answers)
        rule = {arm: [_matches(each, form) for each in answers] for arm, answers in arms.items()}
        items = {arm: [each.item for each in answers] for arm, answers in arms.items()}
        for arm, answers in arms.items():
            first, second = (_item_means(rule[name], items[name]) for name in (study.plan.reference, arm))
            found = gain(first, second)
            value = knowledge.share_of(rule[arm], items[arm])
            unsaid += [] if arm == study.plan.reference else [found.interval, found.test]
            against = ("reference", "", "") if arm == study.plan.reference else gain_cells(found)
            rows.append((study.model, arm, percent(value), *against, percent(share(answers))))
    notes = (*exact_p_note(planned), *reasons(unsaid))
    return (Table(f"{planned[0].plan.name}: GAIA's rule", columns, tuple(rows), notes),)


def _matches(answer: Scored, form: AnswerForm) -> float:
    record = answer.record
    found = extract(record.text, "flexible", form=form, truncated=record.stop_reason == "length")
    return float(gaia_match(found.value, record.gold))


def _item_means(scores: Sequence[float], items: Sequence[str]) -> dict[str, float]:
    rows: dict[str, list[float]] = {}
    for item, score in zip(items, scores, strict=True):
        rows.setdefault(item, []).append(score)
    return {item: sum(row) / len(row) for item, row in rows.items()}


_VIEWS: Mapping[str, Callable[[Models], tuple[Table, ...]]] = {
    "results": _results,
    "outcomes": _outcomes,
    "spread": _spread,
    "ranking": _ranking,
    "ways": _ways,
    "calls": _calls,
    "gaia": _gaia,
    "calibration": knowledge.calibration_tables,
    "halves": knowledge.halves,
    "recall": knowledge.recall,
}
