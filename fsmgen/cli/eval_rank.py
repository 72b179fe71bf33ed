"""`fsmgen eval rank`: models in order, and how far the order can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from fsmgen.cli.findings import FailIfOption, Finding, Findings, Folders, JsonOption, LevelOption, RungOption, condition, read_studies, show

if TYPE_CHECKING:
    from fsmgen.evaluation.extraction import Rung
    from fsmgen.evaluation.ranking import Ranking
    from fsmgen.evaluation.statistics import Unsaid


def rank(
    folders: Folders, rung: RungOption = "flexible", level: LevelOption = 0.95, as_json: JsonOption = False, fail_if: FailIfOption = None
) -> None:
    """Rank models, one study of each, and say how stable the ranking is: other prompts, other items, components of variance."""
    asked = condition(fail_if)
    from fsmgen.evaluation.rank_tables import ranking_tables
    from fsmgen.evaluation.ranking import rankings
    from fsmgen.evaluation.scores import cautions

    studies = read_studies(folders)
    found = rankings(list(studies.values()), rung=cast("Rung", rung), level=level)
    findings = Findings(
        tables=ranking_tables(found),
        figures=tuple(Finding(each.arm, _figures(each)) for each in found),
        details={"rankings": found},
        cautions=cautions(studies),
    )
    show(findings, as_json=as_json, fail_if=asked)


def _figures(found: Ranking) -> dict[str, float | Unsaid]:
    """The names that conditions may use."""
    from fsmgen.evaluation.statistics import Unsaid

    stability, swaps, curve = found.stability, found.swaps, found.curve
    names = ("tau_b", "kendall_w", "top1", "inversions", "spread")
    return {
        **{name: stability if isinstance(stability, Unsaid) else cast("float | Unsaid", getattr(stability, name)) for name in names},
        "swap": swaps if isinstance(swaps, Unsaid) else max(swap.probability for swap in swaps),
        "generalisability": curve if isinstance(curve, Unsaid) else curve[8],
        "models": float(len(found.means)),
    }
