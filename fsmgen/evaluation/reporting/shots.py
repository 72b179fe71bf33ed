"""Accuracy against the number of solved examples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from fsmgen.evaluation.records import Cell
from fsmgen.evaluation.reporting import drawing as draw
from fsmgen.evaluation.reporting.contents import Block, Figure, Picture, Remark, Section, slug
from fsmgen.evaluation.reporting.gathering import Group, Member
from fsmgen.evaluation.reporting.markup import Element
from fsmgen.evaluation.reporting.prose import bounds, gap, share
from fsmgen.evaluation.scores import Scored
from fsmgen.evaluation.statistics import Interval, Unsaid, difference_interval, proportion

_TALL, _LEFT = 190.0, 34.0

Curves = Mapping[str, Mapping[int, Interval]]


def shots(group: Group) -> Section:
    """A picture for each study with several numbers of examples, or why there is none."""
    blocks: list[Block] = []
    for member in group.members:
        if len(member.manifest["shots"]) > 1:
            blocks += _curves(group, member)
    if not blocks:
        counts = sorted({count for member in group.members for count in member.manifest["shots"]})
        each = f"{counts[0]} examples" if len(counts) == 1 else "one number of examples in each study"
        blocks.append(Remark(f"All answers were asked with {each}, so accuracy against examples cannot be shown."))
    return Section("shots", "Accuracy against solved examples", tuple(blocks))


def _curves(group: Group, member: Member) -> Iterator[Block]:
    curves = {arm: found for arm, cells in member.cells.items() if len(found := _by_shots(cells, group.level)) > 1}
    if not curves:
        yield Remark(f"{member.label}: fewer than two numbers of examples have answers so far, so there is no curve.")
        return
    title = f"{member.label}: correct % by number of examples"
    sentence = f"{member.label}: {'; '.join(_change(arm, member.cells[arm], found, group.level) for arm, found in curves.items())}."
    yield Figure((Picture(slug(group.name, "shots", member.label), title, _lines(curves, title)),), sentence)


def _by_shots(cells: Mapping[Cell, Scored], level: float) -> Mapping[int, Interval]:
    found: dict[int, list[tuple[float, str]]] = defaultdict(list)
    for (_, item, _, count, _), each in cells.items():
        found[count].append((each.score, item))
    said = {count: proportion(*map(list, zip(*rows, strict=True)), level=level) for count, rows in sorted(found.items())}
    return {count: each for count, each in said.items() if isinstance(each, Interval)}


def _lines(curves: Curves, title: str) -> Element:
    counts = sorted({count for curve in curves.values() for count in curve})
    across = {count: _LEFT + 14 + (draw.WIDTH - _LEFT - 28) * place / (len(counts) - 1) for place, count in enumerate(counts)}
    ends = [bound for curve in curves.values() for each in curve.values() for bound in (each.low, each.high)]
    scale = draw.Scale(*draw.span(ends), _TALL, 8)
    drawn = draw.upward(scale, _LEFT, draw.WIDTH)
    drawn += [draw.text(x, _TALL + 15, str(count), "num", "middle") for count, x in across.items()]
    drawn.append(draw.text((draw.WIDTH + _LEFT) / 2, _TALL + 29, "examples in the prompt", "soft", "middle"))
    for place, (arm, curve) in enumerate(curves.items()):
        kind, aside = f"{draw.series(place)} d{place % draw.SERIES}", 5 * (place - (len(curves) - 1) / 2)
        drawn.append(draw.trail([(across[count] + aside, scale(each.estimate)) for count, each in curve.items()], f"path {kind}"))
        for count, each in curve.items():
            x = across[count] + aside
            tip = f"{arm}, {count} examples: {share(each.estimate)}"
            drawn += [
                draw.line(x, scale(each.low), x, scale(each.high), f"bar {draw.series(place)}"),
                draw.dot(x, scale(each.estimate), 4.5, f"dot {draw.series(place)}", tip),
            ]
    key = draw.legend(list(curves), _TALL + 48, dashed=True)
    return draw.svg(_TALL + 40 + draw.LINE * len(curves), title, *drawn, *key)


def _change(arm: str, cells: Mapping[Cell, Scored], curve: Mapping[int, Interval], level: float) -> str:
    """From the fewest to the most examples, on the cells that have both."""
    first, last = min(curve), max(curve)
    scores = {(item, prompt, seed, count): each.score for (_, item, prompt, count, seed), each in cells.items()}
    pairs = [(key[0], scores[(*key[:3], last)] - score) for key, score in scores.items() if key[3] == first and (*key[:3], last) in scores]
    found = difference_interval([change for _, change in pairs], [item for item, _ in pairs], level=level) if pairs else Unsaid("no pairs")
    ends = f"{arm} goes from {share(curve[first].estimate)} with {first} to {share(curve[last].estimate)} with {last} examples"
    return ends + ("" if isinstance(found, Unsaid) else f" ({gap(found.estimate)} points {bounds(found)})")
