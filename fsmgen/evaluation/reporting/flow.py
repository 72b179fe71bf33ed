"""What became of the reference's outcomes under an arm: ribbons from the outcomes of one to those of the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fsmgen.evaluation.comparison import Attribution, PairResult
from fsmgen.evaluation.outcomes import Kind
from fsmgen.evaluation.reporting import drawing as draw
from fsmgen.evaluation.reporting.contents import Block, Figure, Picture, Remark, Section, Shown, slug
from fsmgen.evaluation.reporting.gathering import Group
from fsmgen.evaluation.reporting.markup import Element
from fsmgen.evaluation.reporting.prose import counted, gap, listed
from fsmgen.evaluation.tables import Table, attribution_table, outcome_table

_TALL, _LEFT, _THICK, _GAP, _HEAD = 170.0, 104.0, 10.0, 3.0, 80.0
_KINDS = tuple(Kind)
_WORDS: Mapping[str, str] = {
    "turned_right": "turned {} right",
    "turned_wrong": "turned {} wrong",
    "rescued_from_extraction": "made {} readable and right",
    "rescued_from_truncation": "brought {} to an end and right",
    "rescued_from_closing": "freed {} of the budget and right",
    "lost_to_extraction": "made {} right ones unreadable",
    "lost_to_truncation": "cut off {} right ones",
    "lost_to_closing": "closed {} right ones by the budget",
}

Matrix = Mapping[tuple[Kind, Kind], int]


def flow(group: Group) -> Section:
    """A picture for each arm that is compared, of each model, and the counts as tables."""
    blocks: list[Block] = []
    for member in group.members:
        for pair in member.comparison.pairs:
            if pair.overall.pairs:
                title = f"{member.label}: {pair.reference} → {pair.arm}"
                name = slug(group.name, "flow", member.label, pair.arm)
                blocks.append(Figure((Picture(name, title, _ribbons(pair, title)),), _said(pair, member.label)))
            else:
                blocks.append(Remark(f"{member.label}: no cell has answers of both {pair.reference} and {pair.arm}, so nothing flows."))
    if not blocks:
        blocks.append(Remark("Each study has one arm, so no outcome changes between arms."))
    return Section("flow", "Outcomes, from the reference to each arm", (*blocks, *_tables(group)))


def _tables(group: Group) -> Iterator[Block]:
    for member in group.members:
        found = outcome_table(member.comparison)
        yield Shown(Table(f"{member.label}: {found.title.lower()}", found.columns, found.rows, found.notes), folded=True)
        for pair in member.comparison.pairs:
            parts = attribution_table(pair)
            yield Shown(Table(f"{member.label}: {parts.title[0].lower()}{parts.title[1:]}", parts.columns, parts.rows), folded=True)


def _ribbons(pair: PairResult, title: str) -> Element:
    before = {kind: sum(pair.matrix.get((kind, other), 0) for other in _KINDS) for kind in _KINDS}
    after = {kind: sum(pair.matrix.get((other, kind), 0) for other in _KINDS) for kind in _KINDS}
    tops, bottoms = _stack(before), _stack(after)
    unit = _unit(before, after)
    right = draw.WIDTH - _LEFT
    drawn: list[Element] = []
    left_at, right_at = dict(tops), dict(bottoms)
    for one in _KINDS:
        for other in _KINDS:
            if count := pair.matrix.get((one, other), 0):
                tall = count * unit
                drawn.append(_ribbon((_LEFT + _THICK, left_at[one]), (right - _THICK, right_at[other]), tall, one, other, count))
                left_at[one] += tall
                right_at[other] += tall
    drawn += _side(before, tops, unit, _LEFT, "end")
    drawn += _side(after, bottoms, unit, right - _THICK, "start")
    heads = (
        draw.text(_LEFT - 6, 12, draw.cut(pair.reference, _HEAD), "bold", "end"),
        draw.text(right + 6, 12, draw.cut(pair.arm, _HEAD), "bold"),
    )
    return draw.svg(_TALL + 40, title, *heads, *drawn)


def _unit(before: Mapping[Kind, int], after: Mapping[Kind, int]) -> float:
    del after  # the same cells: the same sum
    return (_TALL - _GAP * (len(_KINDS) - 1)) / max(1, sum(before.values()))


def _stack(counts: Mapping[Kind, int]) -> dict[Kind, float]:
    """Where each kind's bar begins."""
    unit, y, found = _unit(counts, counts), 24.0, {}
    for kind in _KINDS:
        found[kind] = y
        y += counts[kind] * unit + (_GAP if counts[kind] else 0)
    return found


def _ribbon(start: tuple[float, float], end: tuple[float, float], tall: float, one: Kind, other: Kind, count: int) -> Element:
    (x, y), (u, v) = start, end
    middle = (x + u) / 2
    steps = (
        f"M{x:.1f},{y:.1f}C{middle:.1f},{y:.1f} {middle:.1f},{v:.1f} {u:.1f},{v:.1f}"
        f"L{u:.1f},{v + tall:.1f}C{middle:.1f},{v + tall:.1f} {middle:.1f},{y + tall:.1f} {x:.1f},{y + tall:.1f}Z"
    )
    kind = "ribbon" if one is other else "moved"
    return draw.shape(steps, f"{kind} k{_KINDS.index(one)}", f"{one} → {other}: {count:,}")


def _side(counts: Mapping[Kind, int], tops: Mapping[Kind, float], unit: float, x: float, anchor: str) -> list[Element]:
    """The bars of one side, each with its name and count; names of thin ones are moved apart."""
    shown = [kind for kind in _KINDS if counts[kind]]
    middles = [tops[kind] + counts[kind] * unit / 2 for kind in shown]
    at = draw.apart(middles, 13, 28, _TALL + 30)
    edge = x - 6 if anchor == "end" else x + _THICK + 6
    drawn = []
    for kind, y in zip(shown, at, strict=True):
        drawn.append(draw.box((x, tops[kind]), (_THICK, max(1.0, counts[kind] * unit)), f"fill k{_KINDS.index(kind)}"))
        drawn.append(draw.text(edge, y + 4, f"{_short(kind)} {counts[kind]:,}", "", anchor))
    return drawn


def _short(kind: Kind) -> str:
    return {Kind.UNEXTRACTABLE: "unreadable", Kind.CLOSED_BY_BUDGET: "closed"}.get(kind, str(kind))


def _said(pair: PairResult, label: str) -> str:
    found = pair.attribution
    parts = _parts(found)
    answers = counted(pair.overall.pairs, "answer")
    if not parts:
        return f"{label}: {pair.arm} changes none of {answers} from right to not right or back."
    effect = (
        f"{found.net:+d} right {'answer' if abs(found.net) == 1 else 'answers'}, {gap(found.net / pair.overall.pairs)} points"
        if found.net
        else "as many right answers as before"
    )
    return f"{label}: over {answers}, {pair.arm} {listed(parts)}: {effect}."


def _parts(found: Attribution) -> Sequence[str]:
    """What changed, the most frequent first."""
    counts = [(getattr(found, name), words) for name, words in _WORDS.items()]
    said = [(count, words.replace(" ones", " one") if count == 1 else words) for count, words in counts]
    return [words.format(f"{count:,}") for count, words in sorted(said, key=lambda each: -each[0]) if count]
