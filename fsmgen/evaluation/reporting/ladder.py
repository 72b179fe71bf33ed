"""What each rung of the extraction ladder makes of the same answers."""

from __future__ import annotations

from collections.abc import Mapping

from fsmgen.evaluation.comparison import ArmResult
from fsmgen.evaluation.extraction import RUNGS, Rung
from fsmgen.evaluation.reporting import drawing as draw
from fsmgen.evaluation.reporting.contents import Block, Figure, Picture, Section, Shown, slug
from fsmgen.evaluation.reporting.gathering import Group, Member
from fsmgen.evaluation.reporting.markup import Element
from fsmgen.evaluation.reporting.prose import gap, listed
from fsmgen.evaluation.tables import Table, ladder_table

_TALL, _LEFT = 170.0, 34.0

Rungs = Mapping[str, Mapping[Rung, float]]


def ladder(group: Group) -> Section:
    """A picture and a table for each study."""
    blocks: list[Block] = []
    for member in group.members:
        found = {arm.name: _shares(arm) for arm in member.comparison.arms if arm.cells}
        title = f"{member.label}: correct % of the same answers"
        picture = Picture(slug(group.name, "ladder", member.label), title, _lines(found, title))
        blocks.append(Figure((picture,), _said(member.label, found)))
    blocks += [Shown(_table(member), folded=True) for member in group.members]
    return Section("ladder", "Extraction ladder on identical answers", tuple(blocks))


def _table(member: Member) -> Table:
    found = ladder_table(member.comparison)
    return Table(f"{member.label}: {found.title[0].lower()}{found.title[1:]}", found.columns, found.rows)


def _shares(arm: ArmResult) -> Mapping[Rung, float]:
    return {rung: arm.rungs[rung] / arm.cells for rung in RUNGS}


def _lines(found: Rungs, title: str) -> Element:
    scale = draw.Scale(*draw.span([value for each in found.values() for value in each.values()]), _TALL, 8)
    places = {rung: _LEFT + 30 + (draw.WIDTH - _LEFT - 60) * place / (len(RUNGS) - 1) for place, rung in enumerate(RUNGS)}
    drawn = draw.upward(scale, _LEFT, draw.WIDTH)
    drawn += [draw.text(x, _TALL + 16, rung, "num", "middle") for rung, x in places.items()]
    for place, (arm, shares) in enumerate(found.items()):
        aside = 4 * (place - (len(found) - 1) / 2)
        drawn.append(draw.trail([(places[rung] + aside, scale(value)) for rung, value in shares.items()], f"path {_kind(place)}"))
        drawn += [
            draw.dot(places[rung] + aside, scale(value), 4.5, f"dot {draw.series(place)}", f"{arm}, {rung}: {100 * value:.1f}%")
            for rung, value in shares.items()
        ]
    return draw.svg(_TALL + 28 + draw.LINE * len(found), title, *drawn, *draw.legend(list(found), _TALL + 36, dashed=True))


def _kind(place: int) -> str:
    return f"{draw.series(place)} d{place % draw.SERIES}"


def _said(label: str, found: Rungs) -> str:
    strict, lenient = RUNGS[0], RUNGS[-1]
    gains = {arm: shares[lenient] - shares[strict] for arm, shares in found.items()}
    moved = [f"{arm} by {gap(gain)}" for arm, gain in sorted(gains.items(), key=lambda each: -each[1]) if gain]
    if not moved:
        return f"{label}: reading leniently instead of strictly changes no score, so nothing here hangs on extraction."
    still = f" and {len(found) - len(moved)} not at all" if len(moved) < len(found) else ""
    orders = {rung: tuple(sorted(found, key=lambda arm: (-found[arm][rung], arm))) for rung in RUNGS}
    same = len(set(orders.values())) == 1
    order = ""
    if len(found) > 1:
        best = listed([f"{orders[rung][0]} ({rung})" for rung in RUNGS])
        order = ", and the order of the arms stays the same" if same else f", and the order of the arms depends on it: best is {best}"
    return f"{label}: reading leniently instead of strictly moves {listed(moved)} points{still}{order}."
