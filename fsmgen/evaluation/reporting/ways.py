"""The ways to score choices, side by side: every arm that scored them, under each normalisation that its records allow."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from fsmgen.evaluation.arms.scoring import choice_scores
from fsmgen.evaluation.extraction import AnswerForm, normalise
from fsmgen.evaluation.metrics.choices import NORMALISATIONS, Normalisation
from fsmgen.evaluation.records import Record
from fsmgen.evaluation.reporting.contents import Block, Remark, Section, Shown
from fsmgen.evaluation.reporting.gathering import Group, Member
from fsmgen.evaluation.reporting.prose import listed, share
from fsmgen.evaluation.scores import Scored
from fsmgen.evaluation.statistics import Interval, Unsaid, proportion
from fsmgen.evaluation.tables import NOTHING, Table, percent

_COVERAGE = ("coverage", "outside")

Way = tuple[str, str, str, Interval | Unsaid, str, str]
"""model, arm, normalisation, score, mean coverage, share of free first choices outside of the set"""


def ways(group: Group) -> Section:
    """A table and a sentence, or why there is none."""
    rows = [way for member in group.members for way in _of_member(member, group.level)]
    if not rows:
        reason = "no arm scored choices or chose a letter, so ways of scoring cannot be compared"
        return Section("ways", "Ways to score", (Remark(f"{group.title}: {reason}."),))
    columns = ("model", "way", "normalisation", "correct %", "coverage of the choices", "first choice outside of them")
    cells = tuple((model, arm, name, percent(score), cover, outside) for model, arm, name, score, cover, outside in rows)
    notes = ("Other normalisations than the arm's own are recomputed from the same recorded likelihoods.",)
    blocks: tuple[Block, ...] = (Shown(Table("The same questions, scored in several ways", columns, cells, notes)), Remark(_said(rows)))
    return Section("ways", "Ways to score", blocks)


def _of_member(member: Member, level: float) -> Iterator[Way]:
    form = AnswerForm.of(member.manifest["form"])
    for arm, cells in member.cells.items():
        rows = list(cells.values())
        if not rows or not all("chosen" in each.record.extra for each in rows):
            continue
        own = str(member.manifest["arms"][arm].get("normalisation", NOTHING))
        cover, outside = (_mean([each.record for each in rows], name) for name in _COVERAGE)
        items = [each.record.trial.item for each in rows]
        yield member.label, arm, own, proportion([each.score for each in rows], items, level=level), cover, outside
        for name in NORMALISATIONS:
            right = None if name == own or own == NOTHING else _rescored(rows, name, form)
            if right is not None:
                yield member.label, arm, name, proportion(right, items, level=level), cover, outside


def _rescored(rows: Sequence[Scored], name: Normalisation, form: AnswerForm) -> list[float] | None:
    """Whether the best choice under a normalisation is right; None where the records cannot say."""
    found = []
    for each in rows:
        right = _right_choice(each.record, form)
        scored = each.record.scored
        lacking = any(choice.logprobs is None or (name == "pmi" and choice.unconditional is None) or not choice.text for choice in scored)
        if right is None or lacking or not scored:
            return None
        found.append(float(choice_scores(scored).best(name) == right))
    return found


def _right_choice(record: Record, form: AnswerForm) -> int | None:
    """The place of the right choice: where its text is the gold answer, else where the form has it among its options."""
    gold = normalise(record.gold, form=form)
    texts = [normalise(choice.text, form=form) for choice in record.scored]
    if gold is not None and gold in texts:
        return texts.index(gold)
    options = [normalise(option, form=form) for option in form.options]
    return options.index(gold) if gold in options and options.index(gold) < len(texts) else None


def _mean(records: Sequence[Record], name: str) -> str:
    values = [float(value) for record in records if isinstance(value := record.extra.get(name), (bool, int, float))]
    if len(values) < len(records):
        return NOTHING
    mean = float(np.mean(values))
    return f"{100 * mean:.2g}%" if 0 < mean < 0.01 and not math.isclose(mean, 0.01) else share(mean)


def _said(rows: Sequence[Way]) -> str:
    parts = []
    for model in dict.fromkeys(row[0] for row in rows):
        told = [(arm, name, score) for label, arm, name, score, *_ in rows if label == model and isinstance(score, Interval)]
        if told:
            best, worst = max(told, key=lambda each: each[2].estimate), min(told, key=lambda each: each[2].estimate)
            ends = " to ".join(f"{share(score.estimate)} ({_named(arm, name)})" for arm, name, score in (worst, best))
            alike = worst[2].high >= best[2].low
            overlap = ", whose intervals overlap" if alike else ", whose intervals do not overlap"
            parts.append(f"{model} goes from {ends}{overlap}" if len(told) > 1 else f"{model} has one way, {ends.split(' to ')[0]}")
    return (
        f"By the way of scoring alone, {'; '.join(parts)}." if parts else f"No way of scoring has an interval for {listed([rows[0][0]])}."
    )


def _named(arm: str, name: str) -> str:
    return arm if name in (NOTHING, "raw") or f"by {name}" in arm else f"{arm} by {name}"
