"""Effects of constraints as plain tables."""

from __future__ import annotations

from collections.abc import Sequence

from fsmgen.evaluation.effects.interventions import InterventionSummary, Pressure
from fsmgen.evaluation.effects.mass import Expectation, SelfCheck
from fsmgen.evaluation.effects.observing import Observed
from fsmgen.evaluation.effects.places import LIMIT, Places
from fsmgen.evaluation.effects.study import ConstraintEffect, Masses
from fsmgen.evaluation.statistics import Interval, Unsaid
from fsmgen.evaluation.tables import NOTHING, Table, percent, points, points_range, reasons


def effect_tables(found: Sequence[ConstraintEffect], *, steps: int = 8, places: int = 6) -> tuple[Table, ...]:
    """All tables of the effects of several arms."""
    tables = [_mass(found), _prompts(found), _steps(found, steps), _regions(found), _interventions(found), _places(found, places)]
    tables += [_common(found), _ends(found), _observed(found), _inside(found), _counterfactual(found)]
    return tuple(table for table in tables if table.rows or table.notes)


def _mass(found: Sequence[ConstraintEffect]) -> Table:
    rows = tuple((each.arm, *_masses(each.overall)) for each in found)
    unsaid = [value for each in found for value in _figures(each.overall)]
    return Table("What the constraint leaves of the model's probability", ("arm", *_COLUMNS), rows, reasons(unsaid))


def _prompts(found: Sequence[ConstraintEffect]) -> Table:
    several = [each for each in found if len(each.by_prompt) > 1]
    rows = tuple((each.arm, prompt, *_masses(masses)) for each in several for prompt, masses in each.by_prompt.items())
    unsaid = [value for each in several for masses in each.by_prompt.values() for value in _figures(masses)]
    return Table("The same by prompt", ("arm", "prompt", *_COLUMNS), rows, reasons(unsaid))


_COLUMNS = (
    "answers",
    "tax of the paths, nats",
    "expected tax, nats",
    "validity mass, %",
    "effective answers",
    "free answers in the language, %",
    "agree",
    "distortion, nats",
    "first token's mass, %",
)


def _masses(found: Masses) -> tuple[str, ...]:
    check = found.check
    rate = NOTHING if isinstance(check, Unsaid) else percent(check.rate)
    agree = NOTHING if isinstance(check, Unsaid) else "yes" if check.agrees else "no"
    effective = NOTHING if isinstance(found.validity, Unsaid) else f"{found.validity.effective:.0f}"
    return (
        str(found.answers),
        NOTHING if isinstance(found.path_tax, Unsaid) else f"{found.path_tax:.2f}",
        _nats(found.tax),
        _percent(found.validity),
        effective,
        rate,
        agree,
        _nats(found.distortion),
        NOTHING if isinstance(found.first, Unsaid) else f"{100 * found.first:.1f}",
    )


def _figures(found: Masses) -> tuple[Expectation | SelfCheck | Unsaid, ...]:
    return found.tax, found.validity, found.check, found.distortion


def _steps(found: Sequence[ConstraintEffect], most: int) -> Table:
    columns = ("arm", "step", "answers", "mean mass, %", "median, %", "least, %", "below one half, % of answers")
    rows = tuple(
        (
            each.arm,
            str(step.step),
            str(step.answers),
            *(f"{100 * value:.1f}" for value in (step.mean, step.median, step.least, step.below_half)),
        )
        for each in found
        for step in each.steps[:most]
    )
    return Table("Allowed mass at the first steps", columns, rows)


def _regions(found: Sequence[ConstraintEffect]) -> Table:
    columns = ("arm", "part", "tokens", "tax an answer, nats", "mean mass, %", "below one half, % of tokens")
    rows = tuple(
        (each.arm, part.region, str(part.tokens), f"{part.tax:.2f}", f"{100 * part.mean_mass:.1f}", f"{100 * part.below_half:.1f}")
        for each in found
        for part in each.regions
    )
    return Table("Allowed mass by part of the answer", columns, rows)


def _interventions(found: Sequence[ConstraintEffect]) -> Table:
    columns = ("arm", "answers affected, %", "of all steps, %", "first one at step, median", "probability of what was wanted, %", "by part")
    rows = []
    for each in found:
        told = each.interventions
        if isinstance(told, InterventionSummary):
            parts = ", ".join(f"{part} {count}" for part, count in told.by_region.items()) or NOTHING
            first = NOTHING if told.first_step is None else f"{told.first_step:g}"
            wanted = NOTHING if told.probability is None else f"{100 * told.probability:.0f}"
            rows.append((each.arm, percent(told.affected), f"{100 * told.steps:.1f}", first, wanted, parts))
    return Table("Where the model's own first choice was forbidden", columns, tuple(rows), reasons(each.interventions for each in found))


def _places(found: Sequence[ConstraintEffect], most: int) -> Table:
    columns = ("arm", "place in the constraint", "times", "answers", "most often wanted", "most often got")
    rows, notes = [], []
    for each in found:
        told = each.places
        if isinstance(told, Places):
            for one in told.found[:most]:
                chosen = (f"{text} ({count})" for text, count in (one.wanted, one.got))
                rows.append((each.arm, one.place, str(one.times), str(one.answers), *chosen))
            notes += _left_out(each.arm, told, most)
    title = "The same by place in the constraint: inside or before which rule, terminal, hole or text"
    return Table(title, columns, tuple(rows), (*notes, *reasons(each.places for each in found)))


def _left_out(arm: str, told: Places, most: int) -> list[str]:
    """What a table of the most frequent places does not show."""
    rest = told.found[most:]
    notes = [f"{arm}: {sum(one.times for one in rest)} more at {len(rest)} other places"] * bool(rest)
    if told.looked < told.interventions:
        notes.append(f"{arm}: the places of {told.looked} of {told.interventions} were looked up, the first {LIMIT} different beginnings")
    return notes


def _inside(found: Sequence[ConstraintEffect]) -> Table:
    columns = (
        "arm",
        "by",
        "masked samples",
        "accepted, %",
        "questions refused",
        "effective answers",
        "correct as masked, %",
        "correct as the model itself answers there, %",
    )
    rows, unsaid = [], list[object]()
    for each in found:
        told = each.inside
        if isinstance(told, Unsaid):
            continue
        accepted = NOTHING if told.acceptance is None else f"{100 * told.acceptance:.1f}"
        masked = NOTHING if told.masked is None else percent(told.masked)
        figures = str(told.draws), accepted, str(told.refused), f"{told.effective:.0f}", masked, percent(told.own)
        rows.append((each.arm, told.way, *figures))
        unsaid.append(told.own)
    title = "The model's own answers inside the language, p given the language, beside those of masking"
    return Table(title, columns, tuple(rows), reasons([*unsaid, *(each.inside for each in found)]))


def _common(found: Sequence[ConstraintEffect]) -> Table:
    rows = tuple(
        (each.arm, part, wanted, got, str(count))
        for each in found
        if isinstance(each.interventions, InterventionSummary)
        for (wanted, got, part), count in each.interventions.common
    )
    return Table("The most frequent of them", ("arm", "part", "wanted", "got", "times"), rows)


def _ends(found: Sequence[ConstraintEffect]) -> Table:
    columns = (
        "arm",
        "forced steps, %",
        "tokens read without asking",
        "model calls",
        "wish to stop where it may not, %",
        "answers that had to go on, %",
        "wish to go on where it may not, %",
        "answers that had to end",
        "answers closed by the token limit",
        "the limit's part of their tax, %",
    )
    rows = []
    for each in found:
        pressure = each.pressure
        ends = (NOTHING,) * 5 if isinstance(pressure, Unsaid) else _pressure(pressure)
        budget = NOTHING if each.budget is None else f"{100 * each.budget:.0f}"
        rows.append((each.arm, f"{100 * each.forced.share:.1f}", str(each.forced.skipped), str(each.forced.calls), *ends, budget))
    return Table("Forced tokens, and pressure at the end", columns, tuple(rows), reasons(each.pressure for each in found))


def _pressure(found: Pressure) -> tuple[str, ...]:
    on = NOTHING if found.to_go_on is None else f"{100 * found.to_go_on:.1f}"
    return f"{100 * found.to_stop:.2f}", percent(found.stopped_short), on, str(found.ended), str(found.closed)


def _observed(found: Sequence[ConstraintEffect]) -> Table:
    columns = (
        "arm",
        "free answers",
        "in the language, %",
        "left it, %",
        "first left at step",
        "mass where they left, median %",
        "unfinished",
    )
    rows = []
    for each in found:
        seen = each.observed
        if isinstance(seen, Observed):
            first = str(next(iter(seen.departures), NOTHING))
            mass = NOTHING if seen.mass_at_departure is None else f"{100 * seen.mass_at_departure:.0f}"
            rows.append((each.arm, str(seen.answers), percent(seen.obeyed), percent(seen.departed), first, mass, str(seen.unfinished)))
    return Table("Free answers as the constraint sees them", columns, tuple(rows), reasons(each.observed for each in found) if rows else ())


def _counterfactual(found: Sequence[ConstraintEffect]) -> Table:
    columns = ("arm", "cells", "all, points", "interval", "gain at the answer", "interval", "changed way", "interval")
    rows = []
    for each in found:
        parts = each.counterfactual
        if not isinstance(parts, Unsaid):
            shown = zip(parts.means, (parts.total, parts.at_answer, parts.on_the_way), strict=True)
            rows.append(
                (each.arm, str(parts.cells), *(text for mean, interval in shown for text in (points(mean), points_range(interval))))
            )
    unsaid = [part for each in found if not isinstance(each.counterfactual, Unsaid) for part in _parts(each)]
    return Table("The difference from free text in two parts, by keeping its reasoning", columns, tuple(rows), reasons(unsaid))


def _parts(effect: ConstraintEffect) -> tuple[object, ...]:
    parts = effect.counterfactual
    return () if isinstance(parts, Unsaid) else (parts.total, parts.at_answer, parts.on_the_way)


def _nats(found: Expectation | Unsaid) -> str:
    if isinstance(found, Unsaid):
        return NOTHING
    return f"{found.estimate:.2f}" + (
        f" [{found.interval.low:.2f}, {found.interval.high:.2f}]" if isinstance(found.interval, Interval) else ""
    )


def _percent(found: Expectation | Unsaid) -> str:
    if isinstance(found, Unsaid):
        return NOTHING
    return percent(found.interval) if isinstance(found.interval, Interval) else f"{100 * found.estimate:.1f}"
