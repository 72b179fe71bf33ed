"""A comparison as plain tables, for a terminal as well as for a report: titles, columns and cells that are texts already."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fsmgen.evaluation.comparison import ArmResult, Comparison, Difference, PairResult
from fsmgen.evaluation.extraction import RUNGS
from fsmgen.evaluation.outcomes import Kind
from fsmgen.evaluation.statistics import Equivalence, ExactTest, Interval, Permutation, PromptSpread, Unsaid

if TYPE_CHECKING:
    from fsmgen.evaluation.evidence import Evidence

NOTHING = "–"
EXACT_P = (
    "Exact p: McNemar's test; where an item has several cells, the share of all ways of swapping the two arms of an item whose difference "
    "is as large as this one."
)

_ABSENT = Unsaid("the arm has no record under this prompt")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of as many cells as there are columns.

    Attributes:
        notes: what the reader of a cell that says nothing, or of the whole table, should know.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def headline(comparison: Comparison) -> Table:
    """Arm by arm: score, answered share, and the paired difference from the reference."""
    pairs = {pair.arm: pair for pair in comparison.pairs}
    level = f"{comparison.level:.0%} interval"
    columns = (
        "arm",
        "cells",
        f"correct % [{level}]",
        f"answered % [{level}]",
        f"difference, points [{level}]",
        "exact p",
        "detectable, points",
    )
    rows = tuple(
        (arm.name, str(arm.cells), percent(arm.score), percent(arm.answered), *_against(pairs.get(arm.name))) for arm in comparison.arms
    )
    differences = [pair.overall for pair in comparison.pairs]
    unsaid = [value for each in differences for value in (each.estimate, each.interval, each.test, each.detectable)]
    return Table("Result", columns, rows, reasons([*unsaid, *(arm.score for arm in comparison.arms)]))


def outcome_table(comparison: Comparison) -> Table:
    """Cells by outcome; extraction failures by cause."""
    labels = sorted({label for arm in comparison.arms for label in arm.outcomes} | set(Kind) - {Kind.UNEXTRACTABLE}, key=_outcome_order)
    columns = ("arm", *labels, "budget removed a token", "first token's mass below 1/2", "tokens per answer")
    rows = tuple((arm.name, *(str(arm.outcomes.get(label, 0)) for label in labels), *_pressure(arm)) for arm in comparison.arms)
    return Table("Outcomes, in cells", columns, rows)


def ladder_table(comparison: Comparison) -> Table:
    """What each rung of the extraction ladder makes of the same answers."""
    rows = tuple((arm.name, *(_share(arm.rungs[rung], arm.cells) for rung in RUNGS)) for arm in comparison.arms)
    return Table("Extraction ladder: correct % of the same answers", ("arm", *RUNGS), rows)


def matrix_table(pair: PairResult) -> Table:
    """The outcome under the reference against the outcome under the arm."""
    rows = tuple((before, *(str(pair.matrix.get((before, after), 0)) for after in Kind)) for before in Kind)
    return Table(f"Cells: {pair.reference} (rows) against {pair.arm} (columns)", ("", *Kind), rows)


def attribution_table(pair: PairResult) -> Table:
    """Where the difference comes from."""
    found = pair.attribution
    rows = (
        ("rescued from extraction", f"+{found.rescued_from_extraction}"),
        ("rescued from truncation", f"+{found.rescued_from_truncation}"),
        ("rescued from closing by budget", f"+{found.rescued_from_closing}"),
        ("turned right", f"+{found.turned_right}"),
        ("turned wrong", f"-{found.turned_wrong}"),
        ("lost to extraction", f"-{found.lost_to_extraction}"),
        ("lost to truncation", f"-{found.lost_to_truncation}"),
        ("lost to closing by budget", f"-{found.lost_to_closing}"),
        ("together", f"{found.net:+d} of {pair.overall.pairs}"),
    )
    return Table(f"Where the difference of {pair.arm} comes from, in cells", ("change", "cells"), rows)


def prompt_table(comparison: Comparison) -> Table:
    """Score under each prompt, with the exposure of the prompt in training."""
    names = sorted({prompt for arm in comparison.arms for prompt in arm.by_prompt})
    exposure = comparison.manifest["prompts"]
    rows = tuple(
        (name, _exposure(name, exposure), *(percent(arm.by_prompt.get(name, _ABSENT)) for arm in comparison.arms)) for name in names
    )
    return Table("Correct % by prompt", ("prompt", "in training", *(arm.name for arm in comparison.arms)), rows)


def pair_by_prompt_table(pair: PairResult) -> Table:
    """The paired difference under each prompt."""
    columns = ("prompt", "pairs", "difference, points", "exact p", "detectable, points")
    rows = tuple((name, str(found.pairs), *_difference(found)) for name, found in pair.by_prompt.items())
    unsaid = [value for found in pair.by_prompt.values() for value in (found.interval, found.test, found.detectable)]
    notes = ("These p values are not adjusted for the number of prompts.", *reasons(unsaid))
    return Table(f"{pair.arm} minus {pair.reference}, by prompt", columns, rows, notes)


def spread_table(comparison: Comparison) -> Table:
    """How much each arm's score depends on the prompt."""
    columns = ("arm", "prompts", "sd, points", "range, points", "worst prompt", "its correct %", "sd corrected for item noise, points")
    rows = tuple((arm.name, *_spread(arm.spread)) for arm in comparison.arms)
    unsaid = [value for arm in comparison.arms for value in (arm.spread, *_corrected(arm.spread))]
    return Table("Spread over prompts", columns, rows, reasons(unsaid))


def percent(value: Interval | Unsaid) -> str:
    """A share with its interval, in percent."""
    if isinstance(value, Unsaid):
        return NOTHING
    return f"{100 * value.estimate:.1f} [{100 * value.low:.1f}, {100 * value.high:.1f}]"


def points(value: float | Unsaid) -> str:
    """A difference in percentage points, with its sign."""
    return NOTHING if isinstance(value, Unsaid) else f"{100 * value:+.1f}"


def points_interval(difference: Difference) -> str:
    """A difference and its interval, or the difference alone."""
    interval = difference.interval
    return points(difference.estimate) + ("" if isinstance(interval, Unsaid) else f" [{points(interval.low)}, {points(interval.high)}]")


def p_value(test: ExactTest | Permutation | float | Unsaid) -> str:
    """A p value to three places."""
    if isinstance(test, Unsaid):
        return NOTHING
    value = test if isinstance(test, float) else test.p_value
    return "< .001" if value < 0.001 else f"{value:.3f}".lstrip("0")


def _against(pair: PairResult | None) -> tuple[str, str, str]:
    return ("reference", "", "") if pair is None else _difference(pair.overall)


def _difference(found: Difference) -> tuple[str, str, str]:
    return points_interval(found), p_value(found.test), points(found.detectable).lstrip("+")


def _pressure(arm: ArmResult) -> tuple[str, str, str]:
    return str(arm.closed), str(arm.warned), f"{arm.tokens / arm.cells:.1f}" if arm.cells else NOTHING


def _share(count: int, cells: int) -> str:
    return f"{100 * count / cells:.1f}" if cells else NOTHING


def _spread(spread: PromptSpread | Unsaid) -> tuple[str, ...]:
    if isinstance(spread, Unsaid):
        return (NOTHING,) * 6
    figures = (f"{100 * spread.sd:.1f}", f"{100 * spread.range:.1f}", spread.worst, f"{100 * spread.lowest:.1f}")
    return str(spread.prompts), *figures, points(spread.corrected_sd).lstrip("+")


def _corrected(spread: PromptSpread | Unsaid) -> tuple[float | Unsaid, ...]:
    return () if isinstance(spread, Unsaid) else (spread.corrected_sd,)


def _exposure(prompt: str, exposure: dict[str, str]) -> str:
    """The label of a prompt may go on with its number of examples."""
    return exposure[prompt] if prompt in exposure else exposure[prompt.rpartition(", ")[0]]


def _outcome_order(label: str) -> tuple[int, str]:
    return list(Kind).index(Kind(label.partition(":")[0])), label


def reasons(values: Iterable[object]) -> tuple[str, ...]:
    """Why cells say nothing, each reason once."""
    return tuple(dict.fromkeys(f"{NOTHING}: {value.reason}." for value in values if isinstance(value, Unsaid)))


def evidence_table(found: Evidence) -> Table:
    """Equivalence, prompts like these, permutation, and the variance over prompts, of each arm against the reference."""
    columns = (
        "arm",
        "equivalence",
        "equivalence p",
        "p of a loss",
        "interval over prompts like these",
        "permutation p",
        "variance over prompts, ratio",
        "Pitman-Morgan p",
    )
    unsaid: list[object] = []
    rows = []
    for pair in found.pairs:
        ratio = pair.variance if isinstance(pair.variance, Unsaid) else pair.variance.ratio
        pitman = pair.variance if isinstance(pair.variance, Unsaid) else pair.variance.pitman_morgan
        unsaid += [pair.equivalence, pair.over_prompts, pair.permutation, ratio, pitman]
        rows.append(
            (
                pair.arm,
                *_equivalence(pair.equivalence),
                points_range(pair.over_prompts),
                p_value(pair.permutation),
                _ratio(ratio),
                p_value(pitman),
            )
        )
    guards = {pair.variance.guard: None for pair in found.pairs if not isinstance(pair.variance, Unsaid) and pair.variance.guard}
    return Table("Evidence", columns, tuple(rows), (*reasons(unsaid), *(f"Variance: {guard}." for guard in guards)))


def points_range(interval: Interval | Unsaid) -> str:
    """The bounds of an interval in percentage points."""
    return NOTHING if isinstance(interval, Unsaid) else f"[{points(interval.low)}, {points(interval.high)}]"


def _equivalence(found: Equivalence | Unsaid) -> tuple[str, str, str]:
    return (NOTHING,) * 3 if isinstance(found, Unsaid) else (found.verdict, p_value(found.p_value), p_value(found.no_loss))


def _ratio(found: Interval | Unsaid) -> str:
    return NOTHING if isinstance(found, Unsaid) else f"{found.estimate:.2f} [{found.low:.2f}, {found.high:.2f}]"
