"""Rankings as plain tables."""

from __future__ import annotations

from collections.abc import Sequence

from fsmgen.evaluation.ranking import Ranking
from fsmgen.evaluation.statistics import Components, RankStability, Unsaid
from fsmgen.evaluation.tables import NOTHING, Table, points, points_range, reasons


def ranking_tables(found: Sequence[Ranking]) -> tuple[Table, ...]:
    """All tables of the rankings of several arms."""
    tables = [_models(found), _stability(found), _swaps(found), _components(found), _curve(found)]
    if any(ranking.exposure for ranking in found):
        tables.append(_exposure(found))
    return tuple(tables)


def _models(found: Sequence[Ranking]) -> Table:
    models = list(dict.fromkeys(model for ranking in found for model in ranking.means))
    order = sorted(models, key=lambda model: -found[0].means.get(model, -1.0))
    rows = tuple((model, *(_percent(ranking.means.get(model)) for ranking in found)) for model in order)
    return Table("Models: correct %, mean over prompts", ("model", *(ranking.arm for ranking in found)), rows)


def _stability(found: Sequence[Ranking]) -> Table:
    columns = (
        "arm",
        "models",
        "prompts",
        "tau-b",
        "Kendall's W",
        "best most often",
        "under % of prompts",
        "inversions %",
        "spread, points",
    )
    rows = tuple((ranking.arm, *_stable(ranking.stability)) for ranking in found)
    inner = [
        value for each in found if isinstance(each.stability, RankStability) for value in (each.stability.tau_b, each.stability.kendall_w)
    ]
    return Table("Does the ranking hold under other prompts?", columns, rows, reasons([*(each.stability for each in found), *inner]))


def _stable(found: RankStability | Unsaid) -> tuple[str, ...]:
    if isinstance(found, Unsaid):
        return (NOTHING,) * 8
    shares = _percent(found.top1), _percent(found.inversions), f"{100 * found.spread:.1f}"
    return str(found.models), str(found.prompts), _three(found.tau_b), _three(found.kendall_w), found.best, *shares


def _swaps(found: Sequence[Ranking]) -> Table:
    columns = ("arm", "ahead", "behind", "difference, points", "change places with probability")
    rows = tuple(
        (ranking.arm, swap.better, swap.worse, points(swap.difference), f"{swap.probability:.3f}")
        for ranking in found
        if not isinstance(ranking.swaps, Unsaid)
        for swap in ranking.swaps
    )
    return Table(
        "Would other prompts and items like these change two models' places?", columns, rows, reasons(each.swaps for each in found)
    )


def _components(found: Sequence[Ranking]) -> Table:
    sources = ("model", "prompt", "item", "model x prompt", "model x item", "prompt x item", "rest")
    told = [(ranking.arm, ranking.components) for ranking in found if isinstance(ranking.components, Components)]
    rows = tuple((arm, *(f"{100 * each.share(source):.1f}" for source in sources)) for arm, each in told)
    title = "Where the variance of single answers comes from, in %"
    return Table(title, ("arm", *sources), rows, reasons(each.components for each in found))


def _curve(found: Sequence[Ranking]) -> Table:
    told = [(ranking.arm, ranking.curve) for ranking in found if not isinstance(ranking.curve, Unsaid)]
    counts = list(told[0][1]) if told else []
    rows = tuple((arm, *(f"{curve[count]:.3f}" for count in counts)) for arm, curve in told)
    columns = ("arm", *(f"{count} prompt{'s' * (count > 1)}" for count in counts))
    return Table(
        "How well means over so many prompts tell models apart (generalisability)", columns, rows, reasons(each.curve for each in found)
    )


def _exposure(found: Sequence[Ranking]) -> Table:
    columns = ("arm", "model", "minus", "all prompts, points", "interval", "formats both or neither saw, points", "interval")
    rows, unsaid = [], list[object]()
    for ranking in found:
        for (one, other), each in ranking.exposure.items():
            parts = (each, each) if isinstance(each, Unsaid) else (each.plain, each.adjusted)
            unsaid += parts
            shown = [text for part in parts for text in (points(part if isinstance(part, Unsaid) else part.estimate), points_range(part))]
            rows.append((ranking.arm, other, one, *shown))
    return Table("Models compared where training had shown the format to both or to neither", columns, tuple(rows), reasons(unsaid))


def _percent(share: float | None) -> str:
    return NOTHING if share is None else f"{100 * share:.1f}"


def _three(value: float | Unsaid) -> str:
    return NOTHING if isinstance(value, Unsaid) else f"{value:.3f}"
