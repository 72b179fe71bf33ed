"""From measurements to figures: medians by step, percentiles over steps, and tables of text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.worker import Measured, Pass

QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}


@dataclass(frozen=True, slots=True)
class Figures:
    """One engine on one pattern, in microseconds, each step the median of the runs.

    Attributes:
        error: why there are no figures.
        compile, again: compilation in a fresh process, and once more in the same one (None if it was too slow to repeat).
        first: from the start of compilation to the first mask; `first_again` the same, the second time.
        cold, warm, advance, warm_advance: by step.
        masked_out: steps at which the text's own token was not allowed; `stopped`: where the engine took it no more.
        ended: whether the text could end at its end.
    """

    error: str | None = None
    runs: int = 0
    compile: float = 0.0
    again: float | None = None
    first: float = 0.0
    first_again: float | None = None
    cold: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    warm: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    advance: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    warm_advance: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    total: float = 0.0
    masked_out: tuple[int, ...] = ()
    stopped: int | None = None
    ended: bool = False

    @property
    def complete(self) -> bool:
        """Whether the engine took the whole text."""
        return self.error is None and self.stopped is None

    @property
    def note(self) -> str:
        """What is to be known beside the times."""
        if self.error is not None:
            return self.error
        parts = [f"stops at step {self.stopped}"] if self.stopped is not None else [] if self.ended else ["cannot end"]
        return ", ".join(parts + ([f"{len(self.masked_out)} own tokens masked"] if self.masked_out else []))


def figures(runs: Sequence[Measured]) -> Figures:
    """The medians of the runs; the first error if there was one."""
    errors = [run.error for run in runs if run.error is not None]
    if errors:
        return Figures(error=errors[0])
    colds, warms = [_pass(run.cold) for run in runs], [_pass(run.warm) for run in runs]
    again = [run.again for run in runs if run.again is not None]
    return Figures(
        runs=len(runs),
        compile=_median([run.compile for run in runs]),
        again=_median([pair[0] for pair in again]) if again else None,
        first=_median([run.compile + cold.masks[0] for run, cold in zip(runs, colds, strict=True)]),
        first_again=_median([sum(pair) for pair in again]) if again else None,
        cold=medians([run.masks for run in colds]),
        warm=medians([run.masks for run in warms]),
        advance=medians([run.advances for run in colds]),
        warm_advance=medians([run.advances for run in warms]),
        total=_median([run.compile + sum(cold.masks) + sum(cold.advances) for run, cold in zip(runs, colds, strict=True)]),
        masked_out=tuple(colds[0].masked_out),
        stopped=colds[0].stopped,
        ended=colds[0].ended,
    )


def _pass(given: Pass | None) -> Pass:
    assert given is not None
    return given


def _median(nanoseconds: Sequence[int]) -> float:
    return float(np.median(nanoseconds)) / 1000


def medians(steps: Sequence[Sequence[int]]) -> NDArray[np.float64]:
    """Microseconds by step: medians over runs of nanoseconds."""
    result: NDArray[np.float64] = np.median(np.array(steps, float).reshape(len(steps), -1), axis=0) / 1000
    return result


def quantiles(steps: NDArray[np.float64]) -> dict[str, float]:
    """Mean and percentiles over steps; an attained value each, and empty for no steps."""
    if not len(steps):
        return {}
    return {"mean": float(steps.mean())} | {name: float(np.quantile(steps, at, method="higher")) for name, at in QUANTILES.items()}


def as_json(found: Figures, *, steps: bool) -> dict[str, Any]:
    """Plain values; with every step's times if `steps`."""
    if found.error is not None:
        return {"error": found.error}
    arrays = {"cold": found.cold, "warm": found.warm, "advance": found.advance, "warm_advance": found.warm_advance}
    plain = {name: getattr(found, name) for name in ("runs", "compile", "again", "first", "first_again", "total", "stopped", "ended")}
    result = plain | {"masked_out": list(found.masked_out)} | {name: quantiles(array) for name, array in arrays.items()}
    if steps:
        result["steps"] = {name: [round(float(value), 2) for value in array] for name, array in arrays.items()}
    return result


def short(value: float | None) -> str:
    """Three digits at most, thousands of microseconds as k, millions as M."""
    if value is None:
        return "-"
    if value >= 999_500:
        return f"{value / 1e6:.3g}M"
    if value >= 9_995:
        return f"{value / 1e3:.3g}k"
    return f"{value:.0f}" if value >= 99.5 else f"{value:.1f}" if value >= 9.95 else f"{value:.2f}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns, the first to the left."""
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = ([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])] for row in [header, *rows])
    return "\n".join("  ".join(line).rstrip() for line in lines)
