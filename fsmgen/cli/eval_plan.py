"""`fsmgen eval plan`: what a study can find, before it is run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fsmgen.cli.findings import FailIfOption, Finding, Findings, JsonOption, RungOption, condition, read_studies, show
from fsmgen.errors import InvalidOption

if TYPE_CHECKING:
    from fsmgen.evaluation.records import Study
    from fsmgen.evaluation.statistics import Unsaid
    from fsmgen.evaluation.tables import Table

_EFFECTS = (0.01, 0.02, 0.03, 0.05, 0.1)
_PAIRS = (100, 250, 500, 1000, 2000, 5000)


def plan(
    pilot: Annotated[
        Path | None, typer.Argument(metavar="[FOLDER]", help="A study whose discordance is taken.", show_default=False)
    ] = None,
    discordance: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of pairs on which the two arms will differ.")] = 0.0,
    pairs: Annotated[int, typer.Option(min=0, help="Independent pairs of the design.")] = 0,
    effect: Annotated[float, typer.Option(min=0.0, max=1.0, help="The difference to be found.")] = 0.0,
    power: Annotated[float, typer.Option(min=0.01, max=0.999, help="How often it should be found.")] = 0.8,
    level: Annotated[float, typer.Option(min=0.5, max=0.999, help="Level of the test.")] = 0.95,
    rung: RungOption = "flexible",
    as_json: JsonOption = False,
    fail_if: FailIfOption = None,
) -> None:
    """Plan a paired comparison: the smallest effect that so many pairs find, the pairs that an effect needs.

    The discordance is given, or taken from a pilot study; with several answers an item there, pairs are items, and what is found holds for
    as many answers each.
    """
    asked = condition(fail_if)
    if pilot is not None and discordance:
        raise InvalidOption("discordance", discordance, allowed="left out where it is taken from the folder of a pilot study")
    studies = {} if pilot is None else read_studies([pilot])
    designs: dict[str, float | Unsaid] = {"design": discordance}
    cautions: tuple[str, ...] = ()
    if studies:
        from fsmgen.evaluation.scores import cautions as known

        designs, cautions = _pilot(next(iter(studies.values())), rung), known(studies)
    elif not discordance:
        raise InvalidOption("discordance", discordance, allowed="above 0 (--discordance), or taken from the folder of a pilot study")
    rows = {label: _figures(share, pairs, effect, power, level) for label, share in designs.items()}
    findings = Findings(
        tables=_tables(designs, power, level, pairs or None, effect or None),
        figures=tuple(Finding(label, figures) for label, figures in rows.items()),
        details={"power": power, "level": level, "discordance": designs},
        cautions=cautions,
    )
    show(findings, as_json=as_json, fail_if=asked)


def _pilot(study: Study, rung: str) -> dict[str, float | Unsaid]:
    """The discordance of each arm and the reference in the pilot: of items, by their mean over cells, n times the variance of the mean."""
    from typing import cast

    from fsmgen.evaluation.extraction import Rung
    from fsmgen.evaluation.scores import scored
    from fsmgen.evaluation.statistics import Unsaid, sums_by_item

    reference, *others = scored(study, cast("Rung", rung)).items()
    found: dict[str, float | Unsaid] = {}
    for arm, cells in others:
        shared = sorted(cells.keys() & reference[1].keys())
        differences = [cells[cell].score - reference[1][cell].score for cell in shared]
        sums, sizes = sums_by_item(differences, [cells[cell].record.trial.item for cell in shared])
        share = float(((sums / sizes) ** 2).mean()) if len(sums) else 0.0
        reason = "shows no discordant pair" if shared else f"has no cell with a record of both {reference[0]!r} and {arm!r}"
        found[arm] = share if share > 0 else Unsaid(f"the pilot {reason}, so what a study can find is unknown")
    if not found:
        found["pilot"] = Unsaid("the pilot has one arm, so there are no pairs")
    return found


def _figures(share: float | Unsaid, pairs: int, effect: float, power: float, level: float) -> dict[str, float | Unsaid]:
    from fsmgen.evaluation.statistics import Unsaid

    unset = Unsaid("--pairs was not given"), Unsaid("--effect was not given")
    if isinstance(share, Unsaid):
        return {"discordance": share, "detectable": share, "needed": share}
    detectable = _detectable(share, pairs, power, level) if pairs else unset[0]
    return {"discordance": share, "detectable": detectable, "needed": _needed(share, effect, power, level) if effect else unset[1]}


def _detectable(share: float, pairs: int, power: float, level: float) -> float | Unsaid:
    from fsmgen.evaluation.statistics import Unsaid, detectable_effect

    found = detectable_effect(pairs=pairs, discordance=min(share, 1 - 1e-12), power=power, level=level)
    if found > share:
        return Unsaid(f"{pairs} pairs of which {share:.1%} differ find no effect that often: it would have to be {found:.1%}")
    return found


def _needed(share: float, effect: float, power: float, level: float) -> float | Unsaid:
    from fsmgen.evaluation.statistics import Unsaid, pairs_needed

    if effect > share:
        return Unsaid(f"the arms differ on {share:.1%} of the pairs, so their scores cannot differ by {effect:.1%}")
    return float(pairs_needed(effect=effect, discordance=min(share, 1 - 1e-12), power=power, level=level))


def _tables(
    designs: Mapping[str, float | Unsaid], power: float, level: float, pairs: int | None, effect: float | None
) -> tuple[Table, ...]:
    from fsmgen.evaluation.statistics import Unsaid
    from fsmgen.evaluation.tables import NOTHING, Table, reasons

    counts = sorted({*_PAIRS, *([pairs] if pairs else [])})
    effects = sorted({*_EFFECTS, *([effect] if effect else [])})
    found, needed, small, unsaid = [], [], list[object](), list[object]()
    for label, share in designs.items():
        if isinstance(share, Unsaid):
            found.append((label, NOTHING, *[NOTHING] * len(counts)))
            needed.append((label, NOTHING, *[NOTHING] * len(effects)))
            continue
        shown = f"{share:.3f}"
        sizes = [_detectable(share, count, power, level) for count in counts]
        numbers = [_needed(share, each, power, level) for each in effects]
        small += sizes
        unsaid += numbers
        found.append((label, shown, *(NOTHING if isinstance(each, Unsaid) else f"{100 * each:.1f}" for each in sizes)))
        needed.append((label, shown, *(NOTHING if isinstance(each, Unsaid) else f"{each:.0f}" for each in numbers)))
    how = f"power {power:.0%}, level {level:.0%}"
    first, second = f"Smallest effect found, in points, by pairs ({how})", f"Pairs needed, by effect ({how})"
    return (
        Table(first, ("arm", "discordance", *map(str, counts)), tuple(found), reasons([*designs.values(), *small])),
        Table(second, ("arm", "discordance", *(f"{each:.1%}" for each in effects)), tuple(needed), reasons(unsaid)),
    )
