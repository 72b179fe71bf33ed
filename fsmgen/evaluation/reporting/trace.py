"""One answer of each constrained arm, token by token: how much probability the constraint left, and where it stepped in.

The answer is not picked by eye: among the answers with an intervention (among all, if none has one) it is the one with the median tax.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fsmgen.evaluation.effect_tables import effect_tables
from fsmgen.evaluation.effects.interventions import Intervention, intervened, interventions
from fsmgen.evaluation.effects.mass import path_tax
from fsmgen.evaluation.effects.regions import starts, text_bytes
from fsmgen.evaluation.effects.study import constraint_effects
from fsmgen.evaluation.records import Record
from fsmgen.evaluation.reporting import drawing as draw
from fsmgen.evaluation.reporting.contents import Block, Figure, Passage, Picture, Remark, Section, Shown, slug
from fsmgen.evaluation.reporting.gathering import Group, Member
from fsmgen.evaluation.reporting.markup import Element, element, printable
from fsmgen.evaluation.reporting.prose import counted, mass, share
from fsmgen.evaluation.statistics import Unsaid
from fsmgen.evaluation.tables import Table

_LEVELS = (0.9, 0.5, 0.1, 0.01)
_LISTED = 6
_DRAWN = 64
_TALL, _LEFT = 90.0, 34.0


def trace(group: Group) -> Section:
    """An answer for each arm with a constraint, of each model."""
    blocks: list[Block] = [each for member in group.members for each in _of_member(group, member)]
    if not blocks:
        blocks.append(Remark(f"{group.title}: no arm has answers under a constraint, so there is no allowed mass to show."))
    else:
        blocks.sort(key=lambda block: isinstance(block, Figure))  # stable: answers first, then the means over all
        blocks.insert(0, Remark("One answer of each arm: of those in which the constraint stepped in, the one with the median tax."))
        blocks += [table for member in group.members for table in _effects(group, member)]
    return Section("trace", "Allowed mass, token by token", tuple(blocks))


def _effects(group: Group, member: Member) -> Iterator[Block]:
    """What the constraints leave of the model's probability, with the check against free answers that they watched."""
    for table in effect_tables(constraint_effects(member.whole, rung=group.rung, level=group.level)):
        if table.rows:
            yield Shown(
                Table(f"{member.label}: {table.title[0].lower()}{table.title[1:]}", table.columns, table.rows, table.notes), folded=True
            )


def _of_member(group: Group, member: Member) -> Iterator[Block]:
    for arm, cells in member.cells.items():
        told = [each.record for each in cells.values() if each.record.constraint is not None and each.record.ids]
        whole = [record for record in told if len(record.token_lengths) == len(record.ids) == len(record.allowed_mass)]
        if told and all("chosen" in record.extra for record in told):
            yield Remark(f"{member.label}, {arm}: a choice put into the declared form; its text is not what its tokens spell.")
            continue
        if told and not whole:
            yield Remark(f"{member.label}, {arm}: records do not say where tokens begin, so no answer can be shown token by token.")
        if whole:
            record = chosen(whole)
            steps = interventions(record)
            marks = [] if isinstance(steps, Unsaid) else steps
            title = f"{member.label}: {arm}"
            yield Passage(title, _answer(record, marks), _plain(record, marks), _said(record, marks, title))
            yield _masses(group, member, arm, whole)


def chosen(records: Sequence[Record]) -> Record:
    """The answer with the median tax among those with an intervention; ties by key."""
    order = sorted([record for record in records if intervened(record)] or records, key=lambda record: (path_tax(record), record.key))
    return order[(len(order) - 1) // 2]


def _answer(record: Record, marks: Sequence[Intervention]) -> Element:
    number = {mark.step: place + 1 for place, mark in enumerate(marks)}
    words = [_token(record, step, text, number.get(step)) for step, text in enumerate(_texts(record))]
    listing = [element("li", {}, *_mark(record, mark)) for mark in marks[:_LISTED]]
    more = [element("p", {"class": "soft"}, f"and {len(marks) - _LISTED} more")] if len(marks) > _LISTED else []
    asked = element("p", {"class": "asked"}, element("span", {"class": "soft"}, "asked: "), printable(record.prompt_text[-240:]))
    body = [asked, element("p", {"class": "trace"}, *words)]
    return element("div", {}, *body, *([element("ol", {"class": "marks"}, *listing)] if listing else []), *more)


def _token(record: Record, step: int, text: str, number: int | None) -> Element:
    left = record.allowed_mass[step]
    kind = f"tok m{_level(left)}" + (" iv" if number else "")
    note = [element("sup", {}, str(number))] if number else []
    return element("span", {"class": kind, "title": f"allowed mass {mass(left)}"}, text, *note)


def _level(left: float) -> int:
    """0 where the constraint leaves nearly all, 4 where it leaves less than a hundredth."""
    return sum(left < bound for bound in _LEVELS)


def _texts(record: Record) -> list[str]:
    """Each token as it is shown; a token without bytes is the end or another special one."""
    data, begins = text_bytes(record.text), starts(record)
    shown = [data[at : at + size].decode(errors="replace") for at, size in zip(begins, record.token_lengths, strict=True)]
    return [printable(text) if size else "■" for text, size in zip(shown, record.token_lengths, strict=True)]


def _mark(record: Record, mark: Intervention) -> tuple[Element | str, ...]:
    wanted = element("code", {}, printable(mark.wanted))
    got = element("code", {}, printable(mark.got))
    return "wanted ", wanted, f" ({share(mark.probability)}), got ", got, f"; allowed mass {mass(record.allowed_mass[mark.step])}"


def _plain(record: Record, marks: Sequence[Intervention]) -> str:
    number = {mark.step: place + 1 for place, mark in enumerate(marks)}
    return "".join(text + (f"[{number[step]}]" if step in number else "") for step, text in enumerate(_texts(record)))


def _said(record: Record, marks: Sequence[Intervention], title: str) -> str:
    low = sum(left < 0.5 for left in record.allowed_mass)
    least = min(record.allowed_mass)
    first = f", first at token {marks[0].step + 1}" if marks else ""
    stepped = f"stepped in at {counted(len(marks), 'token')}{first}" if marks else "never took the model's first choice away"
    return (
        f"{title}, item {record.trial.item}: the constraint {stepped} of {len(record.ids)}, left less than half of the probability "
        f"at {low}, and at the least {mass(least)} (tax {path_tax(record):.2f} nats)."
    )


def _masses(group: Group, member: Member, arm: str, records: Sequence[Record]) -> Block:
    """Mean allowed mass at each step over all answers of the arm; the first of them as a picture."""
    longest = max(len(record.ids) for record in records)
    columns = [[record.allowed_mass[step] for record in records if len(record.ids) > step] for step in range(longest)]
    means = [sum(column) / len(column) for column in columns]
    title = f"{member.label}: {arm}, mean allowed mass %"
    least = min(range(len(means)), key=lambda step: means[step])
    reached = "" if len(columns[least]) == len(records) else f", which {counted(len(columns[least]), 'of them reaches', 'of them reach')}"
    tax = sum(map(path_tax, records)) / len(records)
    sentence = (
        f"Over {counted(len(records), 'answer')} of {member.label}, {arm} leaves {mass(means[0])} at the first token and the least, "
        f"{mass(means[least])}, at token {least + 1}{reached}; its mean tax is {tax:.2f} nats an answer."
    )
    return Figure((Picture(slug(group.name, "mass", member.label, arm), title, _bars(means, [*map(len, columns)], title)),), sentence)


def _bars(means: Sequence[float], counts: Sequence[int], title: str) -> Element:
    shown = min(len(means), _DRAWN)
    x, y = draw.Scale(0.5, shown + 0.5, _LEFT, draw.WIDTH - 4), draw.Scale(0.0, 1.0, _TALL, 8)
    wide = (draw.WIDTH - 4 - _LEFT) / shown
    drawn = draw.upward(y, _LEFT, draw.WIDTH - 4)
    for step, mean in enumerate(means[:shown]):
        tip = f"token {step + 1}: {share(mean)} over {counted(counts[step], 'answer')}"
        drawn.append(draw.box((x(step + 1) - wide / 2 + 0.5, y(mean)), (max(1.0, wide - 1), _TALL - y(mean)), "heat", tip=tip))
    drawn += [draw.text(x(step), _TALL + 14, str(step), "num", "middle") for step in _steps(shown)]
    axis = "token of the answer" + (f", the first {shown} of {len(means)}" if shown < len(means) else "")
    drawn.append(draw.text((_LEFT + draw.WIDTH) / 2, _TALL + 28, axis, "soft", "middle"))
    return draw.svg(_TALL + 34, title, *drawn)


def _steps(count: int) -> list[int]:
    return [1] if count == 1 else [1, *(int(step) for step in draw.ticks(1, count) if 1 < step <= count and step == int(step))]
