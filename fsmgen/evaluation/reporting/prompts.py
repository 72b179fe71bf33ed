"""Scores by prompt: a grid for each arm, side by side, and the scores of all prompts beside the band of item noise."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fsmgen.evaluation import tables
from fsmgen.evaluation.comparison import prompt_label
from fsmgen.evaluation.reporting import drawing as draw
from fsmgen.evaluation.reporting.contents import Block, Figure, Picture, Remark, Section, Shown, slug
from fsmgen.evaluation.reporting.gathering import Group, Member
from fsmgen.evaluation.reporting.markup import Element
from fsmgen.evaluation.reporting.prose import amount, counted, share
from fsmgen.evaluation.scores import by_prompt
from fsmgen.evaluation.statistics import PromptSpread, Unsaid, prompt_spread
from fsmgen.evaluation.statistics.prompts import corrected_variances
from fsmgen.evaluation.tables import Table

_ROW, _LABEL = 20.0, 150.0
_TWO_SD = 1.96

Grid = Mapping[tuple[str, str], float]
"""scores[row, column]"""


def prompts(group: Group) -> Section:
    """Heat maps and strips of a group, with the numbers as tables."""
    blocks: list[Block] = [*_heat(group)]
    for member in group.members:
        blocks += _strip(group, member)
    for member in group.members:
        for found in (tables.prompt_table(member.comparison), tables.spread_table(member.comparison)):
            titled = Table(f"{member.label}: {found.title[0].lower()}{found.title[1:]}", found.columns, found.rows, found.notes)
            blocks.append(Shown(titled, folded=True))
        for pair in (each for each in member.comparison.pairs if len(each.by_prompt) > 1):
            found = tables.pair_by_prompt_table(pair)
            blocks.append(Shown(Table(f"{member.label}: {found.title}", found.columns, found.rows, found.notes), folded=True))
    return Section("prompts", "Scores by prompt", tuple(blocks))


def _heat(group: Group) -> Iterator[Block]:
    """A grid for each arm: prompts by numbers of examples where there are several, else prompts by models."""
    grids = {**_by_shots(group)} or _by_model(group)
    names = {row for grid in grids.values() for row, _ in grid}
    if len(names) < 2:
        yield Remark("All answers are under one prompt, so there is no grid of prompts to show.")
        return
    values = [value for grid in grids.values() for value in grid.values()]
    low, high = min(values), max(values)
    pictures = []
    for (label, arm), grid in grids.items():
        title = f"{label}: {arm}" if label else arm
        pictures.append(Picture(slug(group.name, "grid", label, arm), title, _map(grid, (low, high), title)))
    yield Figure(tuple(pictures), _grid_said(grids))


def _by_model(group: Group) -> dict[tuple[str, str], Grid]:
    grids: dict[tuple[str, str], dict[tuple[str, str], float]] = {}
    for member in group.members:
        for arm, cells in member.cells.items():
            for prompt, items in by_prompt(cells).items():
                grids.setdefault(("", arm), {})[prompt, member.label] = float(np.mean(list(items.values())))
    return {**grids}


def _by_shots(group: Group) -> dict[tuple[str, str], Grid]:
    grids: dict[tuple[str, str], Grid] = {}
    for member in (each for each in group.members if len(each.manifest["shots"]) > 1 and len(each.manifest["prompts"]) > 1):
        for arm, cells in member.cells.items():
            found: dict[tuple[str, str], list[float]] = {}
            for (_, _, prompt, shots, _), each in cells.items():
                found.setdefault((prompt, counted(shots, "shot")), []).append(each.score)
            grids[member.label, arm] = {place: float(np.mean(row)) for place, row in found.items()}
    return grids


def _map(grid: Grid, ends: tuple[float, float], title: str) -> Element:
    rows, columns = list(dict.fromkeys(row for row, _ in grid)), list(dict.fromkeys(column for _, column in grid))
    wide = min(64.0, (draw.WIDTH - _LABEL) / len(columns))
    top, drawn = draw.heads(columns, _LABEL, wide)
    said = _varying(rows)
    for y, row in enumerate(rows):
        drawn.append(draw.text(_LABEL - 6, top + _ROW * y + 14, draw.cut(said[y], _LABEL - 6), "small", "end"))
        for x, column in enumerate(columns):
            if (value := grid.get((row, column))) is not None:
                drawn += _cell((_LABEL + wide * x, top + _ROW * y), wide, value, ends, f"{row}, {column}: {share(value)}")
    return draw.svg(top + _ROW * len(rows) + 4, title, *drawn, width=min(draw.WIDTH, _LABEL + wide * len(columns) + 4))


def _varying(names: list[str]) -> list[str]:
    """The names without the atoms that all have in common, where they are made of as many atoms each.

    >>> _varying(["q/lines/answer/bare", "question/lines/result/bare"]), _varying(["one", "two/three"])
    (['q/answer', 'question/result'], ['one', 'two/three'])
    """
    atoms = [name.split("/") for name in names]
    if len(names) < 2 or len(set(map(len, atoms))) > 1:
        return names
    kept = [place for place, each in enumerate(zip(*atoms, strict=True)) if len(set(each)) > 1]
    return ["/".join(name[place] for place in kept) for name in atoms]


def _cell(corner: tuple[float, float], wide: float, value: float, ends: tuple[float, float], tip: str) -> list[Element]:
    part = (value - ends[0]) / (ends[1] - ends[0]) if ends[1] > ends[0] else 0.5
    x, y = corner
    letters = "small on" if part > 0.5 else "small"
    shown = f"{100 * value:.0f}"
    return [
        draw.box((x + 1, y + 1), (wide - 2, _ROW - 2), "heat", tip=tip, fill_opacity=0.08 + 0.92 * part),
        draw.text(x + wide / 2, y + 14, shown, letters, "middle"),
    ]


def _grid_said(grids: Mapping[tuple[str, str], Grid]) -> str:
    ranges = {name: (min(grid, key=lambda each: grid[each]), max(grid, key=lambda each: grid[each])) for name, grid in grids.items()}
    parts = []
    for name, (worst, best) in ranges.items():
        grid, (label, arm) = grids[name], name
        which = f"{label}, {arm}" if label else arm
        parts.append(f"{which} goes from {100 * grid[worst]:.0f} ({_place(worst, grid)}) to {100 * grid[best]:.0f} ({_place(best, grid)})")
    return f"Correct %, the stronger the colour the higher: {'; '.join(parts)}."


def _place(place: tuple[str, str], grid: Grid) -> str:
    """Row and column, the column only where there are several."""
    return ", ".join(place) if len({column for _, column in grid}) > 1 else place[0]


@dataclass(frozen=True, slots=True)
class _Row:
    """One arm's scores by prompt; `noise`: the standard deviation that items alone would give them."""

    arm: str
    scores: Mapping[str, float]
    mean: float
    noise: float
    spread: PromptSpread

    @property
    def inside(self) -> int:
        return sum(abs(score - self.mean) <= _TWO_SD * self.noise for score in self.scores.values())


def _strip(group: Group, member: Member) -> Iterator[Block]:
    if len({prompt_label(record, member.manifest) for record in member.study.records}) < 2:
        yield Remark(f"{member.label}: one prompt, so a variance over prompts cannot be shown.")
        return
    rows, reasons = [], []
    for arm, cells in member.cells.items():
        found = _row(arm, by_prompt(cells))
        if isinstance(found, Unsaid):
            reasons.append(f"{arm}: {found.reason}")
        else:
            rows.append(found)
    if rows:
        title = f"{member.label}: a dot for each prompt, the band of item noise"
        yield Figure((Picture(slug(group.name, "spread", member.label), title, _dots(rows, title)),), _spread_said(member, rows))
    if reasons:
        yield Remark(f"{member.label}: the spread over prompts cannot be shown of {'; '.join(reasons)}.")


def _row(arm: str, scores: Mapping[str, Mapping[str, float]]) -> _Row | Unsaid:
    spread = prompt_spread(scores)
    if isinstance(spread, Unsaid):
        return spread
    items = sorted(next(iter(scores.values())))
    table = np.array([[row[item] for item in items] for row in scores.values()])
    noise = max(0.0, spread.sd**2 - float(corrected_variances(table)))
    means = {prompt: float(np.mean(list(row.values()))) for prompt, row in scores.items()}
    return _Row(arm, means, float(table.mean()), math.sqrt(noise), spread)


def _dots(rows: Sequence[_Row], title: str) -> Element:
    ends = [value for row in rows for value in (*row.scores.values(), row.mean - _TWO_SD * row.noise, row.mean + _TWO_SD * row.noise)]
    scale, tall = draw.Scale(*draw.span(ends), 10, draw.WIDTH - 10), 42.0
    bottom = 4 + tall * len(rows)
    drawn = draw.values(scale, bottom)
    for place, row in enumerate(rows):
        y, kind = 4 + tall * place, draw.series(place)
        left, right = scale(row.mean - _TWO_SD * row.noise), scale(row.mean + _TWO_SD * row.noise)
        drawn += [
            *draw.rails(scale, y + 16, y + 38),
            draw.text(10, y + 12, draw.cut(row.arm, draw.WIDTH - 20), "halo"),
            draw.box(
                (left, y + 18), (right - left, 18), f"band {kind}", tip=f"item noise: {share(row.mean)} ± {amount(_TWO_SD * row.noise)}"
            ),
            draw.line(scale(row.mean), y + 18, scale(row.mean), y + 36, f"mark {kind}"),
        ]
        drawn += [
            draw.dot(scale(score), y + 23 + 8 * (number % 2), 4, f"dot {kind}", f"{prompt}: {share(score)}")
            for number, (prompt, score) in enumerate(sorted(row.scores.items(), key=lambda each: each[1]))
        ]
    return draw.svg(bottom + 18, title, *drawn)


def _spread_said(member: Member, rows: Sequence[_Row]) -> str:
    parts, over = [], "prompts" if len(member.manifest["shots"]) == 1 else "prompts and numbers of examples"
    for row in rows:
        left = row.spread.corrected_sd
        beyond = "not distinguishable from item noise" if isinstance(left, Unsaid) else f"{amount(left)} once item noise is taken away"
        inside = f"{row.inside} of {len(row.scores)} inside the band"
        parts.append(f"{row.arm} has an sd over {over} of {amount(row.spread.sd)} points, {beyond} ({inside})")
    return f"{member.label}: {'; '.join(parts)}."
