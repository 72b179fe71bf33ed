"""`fsmgen eval calibrate`: whether the probabilities of answers say how often they are right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from fsmgen.cli.findings import FailIfOption, Finding, Findings, JsonOption, LevelOption, RungOption, condition, read_studies, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fsmgen.evaluation.calibrating import ArmCalibration, Confidence
    from fsmgen.evaluation.extraction import Rung
    from fsmgen.evaluation.metrics.calibration import Binning
    from fsmgen.evaluation.statistics import Unsaid
    from fsmgen.evaluation.tables import Table

_MEASURES = ("ece", "debiased_ece", "mce", "brier", "nll", "auroc")


def calibrate(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of a study.", show_default=False)],
    confidence: Annotated[
        str, typer.Option(help="Whose probability: choices, choices-raw, answer, answer-masked or whole; choices if they were scored.")
    ] = "",
    bins: Annotated[int, typer.Option(min=1, max=1000, help="Bins.")] = 10,
    binning: Annotated[str, typer.Option(help="Bins of equal mass or of equal width.")] = "mass",
    rung: RungOption = "flexible",
    level: LevelOption = 0.95,
    as_json: JsonOption = False,
    fail_if: FailIfOption = None,
) -> None:
    """Say how well the probabilities that answers come with fit how often they are right."""
    asked = condition(fail_if)
    from fsmgen.evaluation.calibrating import calibrations
    from fsmgen.evaluation.scores import cautions

    studies = read_studies([folder])
    [study] = studies.values()
    kind = confidence or ("choices" if any(record.scored for record in study.records) else "answer")
    found = calibrations(study, cast("Confidence", kind), rung=cast("Rung", rung), bins=bins, binning=cast("Binning", binning), level=level)
    findings = Findings(
        tables=(_measures(found, kind), *(_reliability(each, level) for each in found)),
        figures=tuple(Finding(each.arm, _figures(each)) for each in found),
        details={"confidence": kind, "arms": found},
        cautions=cautions(studies),
    )
    show(findings, as_json=as_json, fail_if=asked)


def _figures(found: ArmCalibration) -> dict[str, float | Unsaid]:
    """The names that conditions may use."""
    import math

    from fsmgen.evaluation.statistics import Unsaid

    def measure(name: str) -> float | Unsaid:
        if isinstance(found.measures, Unsaid):
            return found.measures
        value = cast("float | Unsaid", getattr(found.measures, name))
        return Unsaid("something with a probability of zero came true") if value == math.inf else value

    named = {name: measure(name) for name in _MEASURES}
    counts = {"left_out": float(found.left_out), "temperature": found.temperature}
    return {"confidence": found.mean, "accuracy": found.accuracy, **named, **counts}


def _measures(found: Sequence[ArmCalibration], kind: str) -> Table:
    from fsmgen.evaluation.statistics import Unsaid
    from fsmgen.evaluation.tables import NOTHING, Table, reasons

    names = ("accuracy", "confidence", *_MEASURES, "temperature")
    shown = {"ece": "ECE", "debiased_ece": "ECE, debiased", "mce": "MCE", "brier": "Brier, mean", "nll": "NLL, nats", "auroc": "AUROC"}
    rows, unsaid = [], list[object]()
    for each in found:
        figures = _figures(each)
        unsaid += [figures[name] for name in names]
        cells = (NOTHING if isinstance(value, Unsaid) else f"{value:.3f}" for value in (figures[name] for name in names))
        rows.append((each.arm, *cells, str(each.left_out)))
    columns = ("arm", *(shown.get(name, name) for name in names), "answers without it")
    return Table(f"Calibration, confidence of kind {kind}", columns, tuple(rows), reasons(unsaid))


def _reliability(found: ArmCalibration, level: float) -> Table:
    from fsmgen.evaluation.statistics import Unsaid
    from fsmgen.evaluation.tables import Table, reasons

    title = f"Reliability of {found.arm}"
    columns = ("answers", "mean confidence, %", "right, %", f"right if calibrated, % ({level:.0%})")
    if isinstance(found.bins, Unsaid):
        return Table(title, columns, (), reasons([found.bins]))
    rows = tuple(
        (str(each.count), f"{100 * each.confidence:.1f}", f"{100 * each.accuracy:.1f}", f"[{100 * each.low:.1f}, {100 * each.high:.1f}]")
        for each in found.bins
    )
    return Table(title, columns, rows)
