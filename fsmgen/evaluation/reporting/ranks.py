"""Models in order: a bump chart over prompts, the probability of being ahead, and where the variance comes from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy import stats

from fsmgen.errors import InvalidOption
from fsmgen.evaluation.rank_tables import ranking_tables
from fsmgen.evaluation.ranking import Ranking, rankings
from fsmgen.evaluation.reporting import drawing as draw
from fsmgen.evaluation.reporting.contents import Block, Figure, Picture, Remark, Section, Shown, slug
from fsmgen.evaluation.reporting.gathering import Group
from fsmgen.evaluation.reporting.markup import Element
from fsmgen.evaluation.reporting.prose import amount, counted, listed, share
from fsmgen.evaluation.scores import by_model
from fsmgen.evaluation.statistics import Components, RankStability, Swap, Unsaid, means_by_prompt
from fsmgen.evaluation.statistics.ranks import first_places
from fsmgen.evaluation.statistics.tables import Accuracies

_SOURCES = ("model", "model x prompt", "prompt", "item", "model x item", "prompt x item", "rest")
_CERTAIN = 0.95
_LABEL = 24.0


def ranks(group: Group) -> Section:
    """Pictures for each arm, or why models cannot be ranked."""
    blocks: list[Block] = []
    labels = {member.manifest["model"]: member.label for member in group.members}
    if len(labels) < 2:
        blocks.append(Remark("There is one model, so there is no ranking of models, and no variance between models, to show."))
    else:
        blocks += _ranked(group, labels)
    return Section("ranks", "Ranking of models", tuple(blocks))


def _ranked(group: Group, labels: Mapping[str, str]) -> Iterator[Block]:
    studies = [member.study for member in group.members]
    try:
        scores = by_model(studies, group.rung)
        found = rankings(studies, rung=group.rung, level=group.level)
    except InvalidOption as error:
        yield Remark(f"These models cannot be ranked: {error}.")
        return
    for each in found:
        yield from _bump(group, each, means_by_prompt(scores[each.arm]), labels)
    for each in found:
        yield from _wins(group, each, labels)
    yield from _components(group, found)
    for table in ranking_tables(found):
        if table.rows or table.notes:
            yield Shown(table, folded=True)


def _bump(group: Group, ranking: Ranking, accuracies: Accuracies, labels: Mapping[str, str]) -> Iterator[Block]:
    stability = ranking.stability
    if isinstance(stability, Unsaid):
        yield Remark(f"{ranking.arm}: no ranking over prompts, since {stability.reason}.")
        return
    title = f"{ranking.arm}: rank of each model under each prompt"
    named = {labels[model]: row for model, row in accuracies.items()}
    drawing = _bumps(named, title)
    tau = "" if isinstance(stability.tau_b, Unsaid) else f", mean tau-b {stability.tau_b:.2f}"
    apart = f"two prompts put a pair of models in opposite orders {share(stability.inversions)} of the time"
    verdict = apart if stability.inversions else "no two prompts put two models in opposite orders"
    first = f"{_first(named, stability)} of {_asked(group, stability.prompts)}"
    sentence = f"By {ranking.arm}, {first}, and {verdict}{tau}."
    yield Figure((Picture(slug(group.name, "ranks", ranking.arm), title, drawing),), sentence)


def _first(accuracies: Accuracies, stability: RankStability) -> str:
    """The models that are first most often, and how often; k models that are first together count 1/k each."""
    places = first_places(np.array([list(row.values()) for row in accuracies.values()]))
    credit = places.sum(axis=1)
    top = [model for model, each in zip(accuracies, credit, strict=True) if math.isclose(each, credit.max(), abs_tol=1e-9)]
    shared = ", ties shared," if np.any((places[credit == credit.max()] % 1) > 0) else ""
    each = "comes first" if len(top) == 1 else "each come first"
    return f"{listed(top)} {each}{shared} under {share(stability.top1)}"


def _asked(group: Group, prompts: int) -> str:
    """So many prompts; a prompt with another number of examples is one more."""
    several = any(len(member.manifest["shots"]) > 1 for member in group.members)
    return f"{prompts} prompts and numbers of examples" if several else counted(prompts, "prompt")


def _bumps(accuracies: Accuracies, title: str) -> Element:
    models = list(accuracies)
    values = np.array([list(accuracies[model].values()) for model in models])
    names = list(next(iter(accuracies.values())))
    order = np.argsort(-values.mean(axis=0), kind="stable")  # from the prompt that is easiest on average
    ranked = stats.rankdata(-values, axis=0)[:, order]
    left, top, step = 22.0, 24.0, 26.0
    side = min(110.0, 8 + 6.2 * max(map(len, models)))
    right = draw.WIDTH - side
    across = [left + (right - left - 8) * place / max(1, len(names) - 1) for place in range(len(names))]
    every = math.ceil(_LABEL * max(1, len(names) - 1) / (right - left - 8))  # so that labels do not run into one another
    drawn = [draw.text(x, 12, f"p{place + 1}", "num small", "middle") for place, x in enumerate(across) if place % every == 0]
    drawn += [draw.text(4, top + step * rank + 14, str(rank + 1), "num") for rank in range(len(models))]
    ends = draw.apart([top + step * (float(row[-1]) - 0.5) for row in ranked], 13, top, top + step * len(models))
    for place, (model, row) in enumerate(zip(models, ranked, strict=True)):
        points = [(x, top + step * (float(rank) - 0.5)) for x, rank in zip(across, row, strict=True)]
        drawn.append(draw.trail(points, f"path {draw.series(place)}"))
        for (x, y), name in zip(points, [names[index] for index in order], strict=True):
            drawn.append(draw.dot(x, y, 4.5, f"dot {draw.series(place)}", f"{model}, {name}: {share(accuracies[model][name])}"))
        drawn.append(draw.text(right + 2, ends[place] + 4, draw.cut(model, side), f"ink {draw.series(place)}"))
    y = top + step * len(models) + 14
    drawn.append(draw.text(0, y, "Prompts from the easiest on average:", "soft small"))
    for place, index in enumerate(order):
        drawn.append(draw.text(0, y + 13 * (place + 1), draw.cut(f"p{place + 1}  {names[index]}", draw.WIDTH), "small"))
    return draw.svg(y + 13 * len(names) + 6, title, *drawn)


def _wins(group: Group, ranking: Ranking, labels: Mapping[str, str]) -> Iterator[Block]:
    swaps = ranking.swaps
    if isinstance(swaps, Unsaid):
        yield Remark(f"{ranking.arm}: no probabilities of being ahead, since {swaps.reason}.")
        return
    models = sorted(ranking.means, key=lambda model: -ranking.means[model])
    title = f"{ranking.arm}: probability, in %, that the model at the left is ahead"
    least = max(swaps, key=lambda swap: swap.probability)
    sure = sum(1 - swap.probability >= _CERTAIN for swap in swaps)
    pair = f"least certain is {labels[least.better]} before {labels[least.worse]} ({share(1 - least.probability)}"
    alike = f"least certain are {labels[least.better]} and {labels[least.worse]}, which score the same"
    sentence = (
        f"With other prompts and items like these, {ranking.arm} would keep {sure} of {counted(len(swaps), 'pair')} of models in their "
        f"order at least {_CERTAIN:.0%} of the time; {f'{pair}, {amount(least.difference)} points apart)' if least.difference else alike}."
    )
    yield Figure((Picture(slug(group.name, "ahead", ranking.arm), title, _matrix(models, swaps, labels, title)),), sentence)


def _matrix(models: Sequence[str], swaps: Sequence[Swap], labels: Mapping[str, str], title: str) -> Element:
    ahead = {(swap.better, swap.worse): 1 - swap.probability for swap in swaps}
    ahead |= {(swap.worse, swap.better): swap.probability for swap in swaps}
    side = 104.0
    wide = min(60.0, (draw.WIDTH - side) / len(models))
    top, drawn = draw.heads([labels[model] for model in models], side, wide)
    for row, one in enumerate(models):
        y = top + 24 * row
        drawn.append(draw.text(side - 6, y + 16, draw.cut(labels[one], side - 6), "small", "end"))
        for column, other in enumerate(models):
            corner = (side + wide * column + 1, y + 1)
            if (value := ahead.get((one, other))) is None:
                drawn.append(draw.box(corner, (wide - 2, 22), "frame"))
                continue
            tip = f"{labels[one]} ahead of {labels[other]}: {share(value)}"
            drawn.append(draw.box(corner, (wide - 2, 22), "heat", tip=tip, fill_opacity=0.08 + 0.92 * value))
            drawn.append(
                draw.text(corner[0] + wide / 2 - 1, y + 16, f"{100 * value:.0f}", "small on" if value > 0.5 else "small", "middle")
            )
    return draw.svg(top + 24 * len(models) + 4, title, *drawn, width=min(draw.WIDTH, side + wide * len(models) + 4))


def _components(group: Group, found: Sequence[Ranking]) -> Iterator[Block]:
    told = [(each, each.components) for each in found if isinstance(each.components, Components)]
    unsaid = [(each.arm, each.components.reason) for each in found if isinstance(each.components, Unsaid)]
    if told:
        title = "Where the variance of single answers comes from, %"
        drawing = _bars([(each.arm, parts) for each, parts in told], title)
        yield Figure((Picture(slug(group.name, "components"), title, drawing),), _component_words(group, told))
    if unsaid:
        yield Remark(f"Components of variance cannot be shown of {'; '.join(f'{arm}: {reason}' for arm, reason in unsaid)}.")


def _bars(found: Sequence[tuple[str, Components]], title: str) -> Element:
    scale, tall = draw.Scale(0.0, 1.0, 8, draw.WIDTH - 8), 38.0
    drawn: list[Element] = []
    for row, (arm, parts) in enumerate(found):
        y = 4 + tall * row
        drawn.append(draw.text(8, y + 12, draw.cut(arm, draw.WIDTH - 16)))
        start = 0.0
        for place, source in enumerate(_SOURCES):
            size, kind = parts.share(source), draw.series(place)
            width = scale(start + size) - scale(start)
            drawn.append(draw.box((scale(start), y + 17), (width - 1, 16), f"fill {kind}", tip=f"{source}: {share(size)}"))
            if width > 24:
                drawn.append(draw.text(scale(start) + width / 2, y + 29, f"{100 * size:.0f}", "small paper", "middle"))
            start += size
    bottom = 4 + tall * len(found)
    drawn += draw.legend(_SOURCES, bottom + 16)
    return draw.svg(bottom + 12 + draw.LINE * len(_SOURCES), title, *drawn)


def _component_words(group: Group, told: Sequence[tuple[Ranking, Components]]) -> str:
    """How much reorders models, against how much sets them apart, for each arm."""
    reorders = listed([f"{share(parts.share('model x prompt'))} ({each.arm})" for each, parts in told])
    apart = listed([share(parts.share("model")) for _, parts in told])
    first = told[0][1]
    coefficients = [parts.generalisability(parts.prompts, parts.items) for _, parts in told]
    general = listed(["none" if isinstance(value, Unsaid) else f"{value:.2f}" for value in coefficients])
    return (
        f"Model x prompt, which is what reorders models, makes {reorders} of the variance of an answer, and the models themselves {apart}; "
        f"with {_asked(group, first.prompts)} and {counted(first.items, 'item')} the generalisability is {general}."
    )
