"""`fsmgen eval compare`: arms on the same cells, each against the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

import typer

from fsmgen.cli.findings import FailIfOption, Finding, Findings, Folders, JsonOption, LevelOption, RungOption, condition, read_studies, show

if TYPE_CHECKING:
    from fsmgen.evaluation.comparison import Comparison, PairResult
    from fsmgen.evaluation.evidence import Evidence, PairEvidence
    from fsmgen.evaluation.extraction import Rung
    from fsmgen.evaluation.statistics import Unsaid


def compare(
    folders: Folders,
    rung: RungOption = "flexible",
    level: LevelOption = 0.95,
    margin: Annotated[float, typer.Option(min=0.0001, max=0.9999, help="The largest difference that counts as none.")] = 0.02,
    as_json: JsonOption = False,
    fail_if: FailIfOption = None,
) -> None:
    """Compare arms in pairs: difference, interval, tests, equivalence, where it comes from.

    With several folders, which must ask the same things, arms are named by folder, and the first folder's reference is the reference.
    """
    asked = condition(fail_if)
    from fsmgen.evaluation import tables
    from fsmgen.evaluation.comparison import compare as compared
    from fsmgen.evaluation.conclusions import conclusion
    from fsmgen.evaluation.evidence import evidence
    from fsmgen.evaluation.scores import cautions, joined

    studies = read_studies(folders)
    study = joined(studies)
    found = compared(study, rung=cast("Rung", rung), level=level)
    more = evidence(study, rung=cast("Rung", rung), level=level, margin=margin)
    shown = [tables.headline(found), tables.evidence_table(more), tables.outcome_table(found)]
    shown += [table for pair in found.pairs for table in (tables.attribution_table(pair), tables.matrix_table(pair))]
    shown += [tables.prompt_table(found), tables.spread_table(found)]
    findings = Findings(
        tables=tuple(shown),
        figures=tuple(Finding(pair.arm, _figures(found, pair, each)) for pair, each in zip(found.pairs, more.pairs, strict=True)),
        details={
            "reference": found.pairs[0].reference if found.pairs else None,
            "arms": found.arms,
            "pairs": found.pairs,
            "evidence": more,
        },
        cautions=(*cautions(studies), *_alone(found)),
        sentences=tuple(conclusion(pair).replace("*", "") for pair in found.pairs) + _several(more),
    )
    show(findings, as_json=as_json, fail_if=asked)


def _alone(found: Comparison) -> tuple[str, ...]:
    return () if found.pairs else (f"there is one arm, {found.arms[0].name}, so nothing can be compared",)


def _several(found: Evidence) -> tuple[str, ...]:
    from fsmgen.evaluation.statistics import Omnibus

    if not isinstance(found.several, Omnibus):
        return ()
    return (f"All arms together: {found.several.method}, {found.several.statistic:.2f}, p = {found.several.p_value:.3g}.",)


def _figures(found: Comparison, pair: PairResult, more: PairEvidence) -> dict[str, float | Unsaid]:
    """The names that conditions may use."""
    from fsmgen.evaluation.statistics import Unsaid

    arms = {arm.name: arm for arm in found.arms}

    def of(value: object, name: str) -> float | Unsaid:
        return value if isinstance(value, Unsaid) else cast("float", getattr(value, name))

    difference = pair.overall
    return {
        "delta": difference.estimate,
        "low": of(difference.interval, "low"),
        "high": of(difference.interval, "high"),
        "p": of(difference.test, "p_value"),
        "permutation_p": of(more.permutation, "p_value"),
        "equivalence_p": of(more.equivalence, "p_value"),
        "loss_p": of(more.equivalence, "no_loss"),
        "prompts_low": of(more.over_prompts, "low"),
        "prompts_high": of(more.over_prompts, "high"),
        "variance_ratio": of(more.variance, "ratio") if isinstance(more.variance, Unsaid) else of(more.variance.ratio, "estimate"),
        "detectable": difference.detectable,
        "pairs": float(difference.pairs),
        "score": of(arms[pair.arm].score, "estimate"),
        "reference": of(arms[pair.reference].score, "estimate"),
        "answered": of(arms[pair.arm].answered, "estimate"),
    }
