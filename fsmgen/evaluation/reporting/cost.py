"""What answers cost: tokens, forward passes, passes that forced tokens saved, and the time of masks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fsmgen.evaluation.records import Record, Timing
from fsmgen.evaluation.reporting import drawing as draw
from fsmgen.evaluation.reporting.contents import Block, Figure, Picture, Remark, Section, Shown, slug
from fsmgen.evaluation.reporting.gathering import Group, Member
from fsmgen.evaluation.reporting.markup import Element
from fsmgen.evaluation.reporting.prose import counted, listed, share
from fsmgen.evaluation.tables import NOTHING, Table

_UNTIMED = (
    "Mask time is not known: no folder has times of its batches beside its records, as a cache, a replay or an earlier version leaves it; "
    "python -m bench.maskbench measures it on this machine."
)
_TIMED = (
    "Times by the clock on the wall, as the runs had them on their machines: kept beside the records, and no other run has the same ones. "
    "A mask's time holds what its constraint built for it."
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one arm's answers together: tokens of prompts and answers, forward passes, tokens read without asking, steps with one choice."""

    answers: int
    prompt_tokens: int
    tokens: int
    calls: int
    skipped: int
    forced: int
    scored: int

    @property
    def each(self) -> float:
        """Tokens an answer."""
        return self.tokens / self.answers


def cost(group: Group) -> Section:
    """Pictures for each model, a table of tokens and one of times."""
    blocks: list[Block] = []
    for member in group.members:
        blocks += _picture(group, member)
    times = _times(group)
    blocks += [Shown(_table(group)), Shown(times) if times.rows else Remark(_UNTIMED)]
    return Section("cost", "Cost", tuple(blocks))


def costs(member: Member) -> Mapping[str, Cost]:
    """The cost of each arm that has answers."""
    return {arm: _sum([each.record for each in cells.values()]) for arm, cells in member.cells.items() if cells}


def _sum(records: Sequence[Record]) -> Cost:
    return Cost(
        answers=len(records),
        prompt_tokens=sum(record.prompt_tokens for record in records),
        tokens=sum(map(_written, records)),
        calls=sum(record.calls for record in records),
        skipped=sum(record.skipped for record in records),
        forced=sum(len(record.forced) for record in records),
        scored=sum(len(choice.logprobs or ()) for record in records for choice in record.scored),
    )


def _written(record: Record) -> int:
    """Tokens of the answer and of the generations behind it, of which the answer may be one."""
    own = 0 if any(part.ids == record.ids for part in record.parts) else len(record.ids)
    return own + sum(len(part.ids) for part in record.parts)


def _table(group: Group) -> Table:
    columns = (
        "model", "arm", "answers", "prompt tokens an answer", "tokens an answer", "model calls an answer", "tokens read without asking",
        "calls saved", "steps with one choice", "tokens of choices scored",
    )  # fmt: skip
    rows = [(member.label, arm, *_cells(found)) for member in group.members for arm, found in costs(member).items()]
    return Table("Tokens and calls", columns, tuple(rows))


def _cells(found: Cost) -> tuple[str, ...]:
    saved = share(found.skipped / found.tokens) if found.tokens else NOTHING
    forced = share(found.forced / found.tokens) if found.tokens else NOTHING
    calls = f"{found.calls / found.answers:.1f}" if found.calls else NOTHING
    prompt = f"{found.prompt_tokens / found.answers:.1f}" if found.prompt_tokens else NOTHING
    return f"{found.answers:,}", prompt, f"{found.each:.1f}", calls, f"{found.skipped:,}", saved, forced, f"{found.scored:,}"


def _times(group: Group) -> Table:
    columns = ("model", "arm", "answers timed", "seconds an answer", "masks an answer", "microseconds a mask", "of the time in masks", "on")
    rows = [
        (member.label, arm, f"{sum(each.answers for each in found):,} of {len(cells):,}", *_clocked(found))
        for member in group.members
        for arm, cells in member.cells.items()
        if (found := [each for each in member.timings if each.arm == member.names[arm]])
    ]
    return Table("Time", columns, tuple(rows), (_TIMED,))


def _clocked(found: Sequence[Timing]) -> tuple[str, ...]:
    answers, masks = sum(each.answers for each in found), sum(each.masks for each in found)
    seconds, masking = sum(each.seconds for each in found), sum(each.mask_seconds for each in found)
    mask = f"{1e6 * masking / masks:,.0f}" if masks else NOTHING
    part = share(masking / seconds) if masks else NOTHING
    on = listed(sorted({each.device or "unknown" for each in found}))
    return f"{seconds / answers:.3f}", f"{masks / answers:.1f}" if masks else NOTHING, mask, part, on


def _picture(group: Group, member: Member) -> Iterator[Block]:
    found = {arm: each for arm, each in costs(member).items() if each.tokens}
    if not found:
        yield Remark(f"{member.label}: no arm generated a token; choices were scored.")
        return
    title = f"{member.label}: tokens an answer, those read without asking the model pale"
    yield Figure((Picture(slug(group.name, "cost", member.label), title, _bars(found, title)),), _said(member.label, found))


def _bars(found: Mapping[str, Cost], title: str) -> Element:
    scale, tall = draw.Scale(0.0, max(each.each for each in found.values()), 8, draw.WIDTH - 44), 36.0
    drawn: list[Element] = []
    for row, (arm, each) in enumerate(found.items()):
        y, kind = 4 + tall * row, draw.series(row)
        asked = (each.tokens - each.skipped) / each.answers
        tip = f"{each.skipped:,} tokens read without asking"
        drawn += [
            draw.text(8, y + 12, draw.cut(arm, draw.WIDTH - 16)),
            draw.box((8, y + 17), (scale(asked) - 8, 13), f"fill {kind}"),
            draw.box((scale(asked), y + 17), (scale(each.each) - scale(asked), 13), f"band {kind}", tip=tip),
            draw.text(scale(each.each) + 6, y + 28, f"{each.each:.1f}", "num"),
        ]  # fmt: skip
    return draw.svg(4 + tall * len(found), title, *drawn)


def _said(label: str, found: Mapping[str, Cost]) -> str:
    parts = [f"{arm} {each.each:.1f}" for arm, each in found.items()]
    skipped = {arm: each for arm, each in found.items() if each.skipped}
    saved = [f"{arm} saves {share(each.skipped / each.tokens)} of its calls" for arm, each in skipped.items()]
    tail = listed(saved) if saved else "no call was saved by forced tokens"
    total = sum(each.tokens for each in found.values())
    return f"{label}: tokens an answer are {listed(parts)}; of {counted(total, 'token')} in all, {tail}."
