"""`fsmgen eval effects`: what the constraints of a study do to the model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from fsmgen.cli.findings import FailIfOption, Finding, Findings, JsonOption, LevelOption, RungOption, condition, read_studies, show

if TYPE_CHECKING:
    from fsmgen.evaluation.effects.study import ConstraintEffect
    from fsmgen.evaluation.extraction import Rung
    from fsmgen.evaluation.statistics import Unsaid


def effects(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of a study.", show_default=False)],
    rung: RungOption = "flexible",
    level: LevelOption = 0.95,
    steps: Annotated[int, typer.Option(min=0, max=64, help="Steps whose allowed mass is shown.")] = 8,
    places: Annotated[int, typer.Option(min=0, help="Places in the constraint that are shown.")] = 6,
    as_json: JsonOption = False,
    fail_if: FailIfOption = None,
) -> None:
    """Say what each constraint leaves of the model's probability, where it steps in, and what that changes.

    Expectations need answers drawn at a temperature above 0, without top-k, top-p and min-p; other runs show the tax of their paths.
    """
    asked = condition(fail_if)
    from fsmgen.evaluation.effect_tables import effect_tables
    from fsmgen.evaluation.effects.study import constraint_effects
    from fsmgen.evaluation.scores import cautions

    studies = read_studies([folder])
    [study] = studies.values()
    found = constraint_effects(study, rung=cast("Rung", rung), level=level)
    none = () if found else ("no arm of this study has a constraint, so there is no effect to show",)
    findings = Findings(
        tables=effect_tables(found, steps=steps, places=places),
        figures=tuple(Finding(each.arm, _figures(each)) for each in found),
        details={"effects": found},
        cautions=(*cautions(studies), *none),
    )
    show(findings, as_json=as_json, fail_if=asked)


def _figures(found: ConstraintEffect) -> dict[str, float | Unsaid]:
    """The names that conditions may use."""
    from fsmgen.evaluation.statistics import Unsaid

    def of(value: object, *names: str) -> float | Unsaid:
        for name in names:
            if isinstance(value, Unsaid):
                return value
            value = getattr(value, name)
        return Unsaid("there are none") if value is None else cast("float | Unsaid", value)

    overall = found.overall
    return {
        "path_tax": of(overall, "path_tax"),
        "tax": of(overall.tax, "estimate"),
        "validity": of(overall.validity, "estimate"),
        "effective": of(overall.validity, "effective"),
        "free_rate": of(overall.check, "rate", "estimate"),
        "check": of(overall.check, "difference", "estimate"),
        "check_low": of(overall.check, "difference", "low"),
        "check_high": of(overall.check, "difference", "high"),
        "distortion": of(overall.distortion, "estimate"),
        "first_mass": of(overall, "first"),
        "affected": of(found.interventions, "affected", "estimate"),
        "intervened": of(found.interventions, "steps"),
        "acceptance": of(found.inside, "acceptance"),
        "refused": of(found.inside, "refused"),
        "own_score": of(found.inside, "own", "estimate"),
        "forced": found.forced.share,
        "stopped_short": of(found.pressure, "stopped_short", "estimate"),
        "closed": of(found.pressure, "closed"),
        "answers": float(overall.answers),
    }
