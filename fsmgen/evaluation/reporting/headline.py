"""Task x model x arm: scores with intervals, and the paired differences from the reference arm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from fsmgen.evaluation import tables
from fsmgen.evaluation.comparison import ArmResult, PairResult
from fsmgen.evaluation.outcomes import Kind
from fsmgen.evaluation.reporting import drawing as draw
from fsmgen.evaluation.reporting.contents import Block, Figure, Picture, Remark, Section, Shown, slug
from fsmgen.evaluation.reporting.gathering import Group, Member
from fsmgen.evaluation.reporting.markup import Element
from fsmgen.evaluation.reporting.prose import amount, bounds, counted, estimate, gap, listed
from fsmgen.evaluation.statistics import ExactTest, Interval, Unsaid
from fsmgen.evaluation.tables import Table

_ROW = 36.0
_NUMBERS = (
    "task", "model", "folder", "arm", "cells", "correct", "correct_low", "correct_high", "answered", "answered_low", "answered_high",
    "extraction_failures", "cut_off", "difference", "difference_low", "difference_high", "p", "detectable", "level",
)  # fmt: skip


def headline(groups: Sequence[Group]) -> Section:
    """The headline table of all groups, and a picture of the differences of each."""
    blocks: list[Block] = [Shown(_table(groups), cards=True)]
    for group in groups:
        blocks += [*_scores(group), *_differences(group)]
    return Section("results", "Results", tuple(blocks))


def numbers(groups: Sequence[Group]) -> tuple[tuple[str, ...], ...]:
    """The same as numbers from 0 to 1, a header and a row for each arm; what has no value is empty."""
    rows = [_NUMBERS]
    for group, member, arm, pair in _rows(groups):
        test = None if pair is None or not isinstance(pair.overall.test, ExactTest) else pair.overall.test.p_value
        detectable = None if pair is None or isinstance(pair.overall.detectable, Unsaid) else pair.overall.detectable
        difference = (None, None, None) if pair is None else _difference(pair)
        figures = (*_interval(arm.score), *_interval(arm.answered), _unread(arm), _cut(arm), *difference, test, detectable, group.level)
        names = (group.title, member.manifest["model"], str(member.folder), member.names[arm.name], str(arm.cells))
        rows.append((*names, *("" if figure is None else repr(figure) for figure in figures)))
    return tuple(rows)


def _rows(groups: Sequence[Group]) -> Iterator[tuple[Group, Member, ArmResult, PairResult | None]]:
    for group in groups:
        for member in group.members:
            pairs = {pair.arm: pair for pair in member.comparison.pairs}
            for arm in member.comparison.arms:
                yield group, member, arm, pairs.get(arm.name)


def _table(groups: Sequence[Group]) -> Table:
    level = f"{groups[0].level:.0%} interval" if groups else "interval"
    columns = (
        "task", "model", "arm", "cells", f"correct % [{level}]", f"answered % [{level}]", "extraction failures", "cut off",
        f"difference, points [{level}]", "exact p", "detectable, points",
    )  # fmt: skip
    found = list(_rows(groups))
    rows = tuple(
        (
            group.title, member.label, arm.name, f"{arm.cells:,}", tables.percent(arm.score), tables.percent(arm.answered),
            str(_unread(arm)), str(_cut(arm)), *_against(pair),
        )
        for group, member, arm, pair in found
    )  # fmt: skip
    unsaid = [value for *_, pair in found if pair for value in (pair.overall.interval, pair.overall.test, pair.overall.detectable)]
    notes = (
        "A cell is one item under one prompt, number of examples and seed. Differences are paired, from the first arm of the same model. "
        "Detectable: a true difference of this size would be found four times out of five.",
        *[tables.EXACT_P] * _clustered(pair for *_, pair in found),
        *tables.reasons([*unsaid, *(arm.score for _, _, arm, _ in found)]),
    )
    return Table("Every task, model and arm", columns, rows, notes)


def _clustered(pairs: Iterable[PairResult | None]) -> bool:
    """Whether some test is of items with several cells."""
    return any(pair and isinstance(test := pair.overall.test, ExactTest) and test.method != "exact McNemar" for pair in pairs)


def _against(pair: PairResult | None) -> tuple[str, str, str]:
    if pair is None:
        return "reference", "", ""
    found = pair.overall
    return tables.points_interval(found), tables.p_value(found.test), tables.points(found.detectable).lstrip("+")


def _unread(arm: ArmResult) -> int:
    return sum(count for label, count in arm.outcomes.items() if label.startswith(Kind.UNEXTRACTABLE))


def _cut(arm: ArmResult) -> int:
    return arm.outcomes.get(Kind.TRUNCATED, 0) + arm.outcomes.get(Kind.CLOSED_BY_BUDGET, 0)


def _interval(value: Interval | Unsaid) -> tuple[float | None, float | None, float | None]:
    return (None, None, None) if isinstance(value, Unsaid) else (value.estimate, value.low, value.high)


def _difference(pair: PairResult) -> tuple[float | None, float | None, float | None]:
    found = pair.overall
    if isinstance(found.interval, Unsaid):
        return (None if isinstance(found.estimate, Unsaid) else found.estimate), None, None
    return _interval(found.interval)


def _differences(group: Group) -> Iterator[Block]:
    """A row for each arm that is compared: its difference, the interval, and a line at zero."""
    pairs = [(member, pair) for member in group.members for pair in member.comparison.pairs]
    told = [(member, pair, found) for member, pair in pairs if isinstance(found := pair.overall.interval, Interval)]
    if not pairs:
        yield Remark(f"{group.title}: each study has one arm, so there is no difference between arms to show.")
    elif not told:
        reasons = listed(sorted({pair.overall.interval.reason for _, pair in pairs if isinstance(pair.overall.interval, Unsaid)}))
        yield Remark(f"{group.title}: no difference between arms has an interval, since {reasons}.")
    several = len({member.label for member, *_ in told}) > 1  # then a picture for each arm, with the models under one another
    for reference, only in sorted({(pair.reference, pair.arm if several else "") for _, pair, _ in told}):
        rows = [(member.label, pair, found) for member, pair, found in told if pair.reference == reference and only in ("", pair.arm)]
        title = f"{group.title}: {only or 'difference'} {'against' if only else 'from'} {reference}, points"
        yield Figure((Picture(slug(group.name, "differences", reference, only), title, _forest(rows, title)),), _said(rows, group.title))


def _forest(rows: Sequence[tuple[str, PairResult, Interval]], title: str) -> Element:
    low, high = min(found.low for *_, found in rows), max(found.high for *_, found in rows)
    low, high = draw.span([low, high, 0.0], within=(-1.0, 1.0))
    scale, bottom = draw.Scale(low, high, 8, draw.WIDTH - 8), 6 + _ROW * len(rows)
    drawn, one_arm = draw.values(scale, bottom, points=True), len({pair.arm for _, pair, _ in rows}) == 1 < len(rows)
    for place, (label, pair, found) in enumerate(rows):
        y = 6 + _ROW * place
        clear = found.low > 0 or found.high < 0
        value = f"{gap(found.estimate)} {bounds(found)}"
        drawn += [
            draw.text(8, y + 12, draw.cut(label if one_arm else f"{label} · {pair.arm}", draw.WIDTH - 24 - 6 * len(value)), "halo"),
            draw.text(draw.WIDTH - 8, y + 12, value, "num halo", "end"),
            *draw.rails(scale, y + 17, y + 29),
            draw.line(scale(0.0), y + 16, scale(0.0), y + 30, "zero"),
            draw.line(scale(found.low), y + 23, scale(found.high), y + 23, f"bar {'c0' if clear else 'c7'}"),
            draw.dot(scale(found.estimate), y + 23, 4.5, f"dot {'c0' if clear else 'c7'}", f"{label}, {pair.arm}: {value}"),
        ]
    return draw.svg(bottom + 18, title, *drawn)


def _said(rows: Sequence[tuple[str, PairResult, Interval]], title: str) -> str:
    above = [row for row in rows if row[2].low > 0]
    below = [row for row in rows if row[2].high < 0]
    arms = {pair.arm for _, pair, _ in rows}
    reference = f"{rows[0][1].reference}{f' by {next(iter(arms))}' if len(arms) == 1 else ''}"
    if not above and not below:
        seen = [pair.overall.detectable for _, pair, _ in rows if not isinstance(pair.overall.detectable, Unsaid)]
        missed = f", and effects below about {amount(max(seen))} points would often be missed" if seen else ""
        subject = "The one difference" if len(rows) == 1 else f"None of the {len(rows)} differences"
        verb = "cannot be told from zero" if len(rows) == 1 else "can be told from zero"
        return f"{subject} from {reference} {verb} on {title}{missed}."
    parts = []
    for found, word, pick in ((above, "above", max), (below, "below", min)):
        if found:
            label, pair, interval = pick(found, key=lambda row: row[2].estimate)
            which = f"{'most ' if len(found) > 1 else ''}{pair.arm} of {label}"
            lie = "lies" if len(found) == 1 else "lie"
            parts.append(f"{len(found)} {lie} {word} it ({which}: {gap(interval.estimate)} points {bounds(interval)})")
    rest = len(rows) - len(above) - len(below)
    tail = f", while {counted(rest, 'cannot be told from zero', 'cannot be told from zero')}" if rest else ""
    return f"Of {counted(len(rows), 'difference')} from {reference} on {title}, {listed(parts)}{tail}."


def _scores(group: Group) -> Iterator[Block]:
    """Scores by arm, a dot with its interval for each model."""
    arms = list(dict.fromkeys(arm.name for member in group.members for arm in member.comparison.arms))
    found = {
        (member.label, arm.name): arm.score for member in group.members for arm in member.comparison.arms if isinstance(arm.score, Interval)
    }
    if not found:
        return
    title = f"{group.title}: correct %"
    yield Figure((Picture(slug(group.name, "scores"), title, _dots(group, arms, found, title)),), _best(group, found))


def _dots(group: Group, arms: Sequence[str], found: dict[tuple[str, str], Interval], title: str) -> Element:
    labels = [member.label for member in group.members]
    low, high = draw.span([bound for each in found.values() for bound in (each.low, each.high)])
    scale, height = draw.Scale(low, high, 8, draw.WIDTH - 8), 20 + 12.0 * len(labels)
    bottom = 4 + height * len(arms)
    drawn = draw.values(scale, bottom)
    for row, arm in enumerate(arms):
        y = 4 + height * row
        drawn += draw.rails(scale, y + 16, y + height)
        drawn.append(draw.text(8, y + 12, draw.cut(arm, draw.WIDTH - 16), "halo"))
        for place, label in enumerate(labels):
            if (each := found.get((label, arm))) is not None:
                at, kind = y + 22 + 12 * place, draw.series(place)
                drawn += [
                    draw.line(scale(each.low), at, scale(each.high), at, f"bar {kind}"),
                    draw.dot(scale(each.estimate), at, 4.5, f"dot {kind}", f"{label}, {arm}: {tables.percent(each)}"),
                ]
    key = draw.legend(labels, bottom + 32) if len(labels) > 1 else []
    return draw.svg(bottom + 18 + (draw.LINE * len(labels) + 4 if key else 0), title, *drawn, *key)


def _best(group: Group, found: dict[tuple[str, str], Interval]) -> str:
    (label, arm), top = max(found.items(), key=lambda each: each[1].estimate)
    (other, worst), least = min(found.items(), key=lambda each: each[1].estimate)
    scores = {name: estimate(each) for name, each in found.items()}
    if len(scores) == 1:
        return f"{label} answers {tables.percent(top)}% of {group.title} correctly by {arm}."
    return (
        f"Scores on {group.title} go from {100 * least.estimate:.1f}% ({worst} of {other}) to {100 * top.estimate:.1f}% ({arm} of {label})."
    )
