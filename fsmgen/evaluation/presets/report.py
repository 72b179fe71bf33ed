"""What a preset found: cautions, its own figures beside the published ones, the declared contrasts, the tables of each study.

On a terminal these are tables; in the report of its studies they are the section that comes first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fsmgen.evaluation.presets import views
from fsmgen.evaluation.presets.answers import Answered, Scored, answered, gain, means, over_prompts, selected, share
from fsmgen.evaluation.presets.declaration import Beside, Column, Contrast, Preset, load_preset, preset_names
from fsmgen.evaluation.presets.running import PlannedStudy
from fsmgen.evaluation.records import Manifest
from fsmgen.evaluation.reporting.contents import Block, Remark, Section, Shown
from fsmgen.evaluation.statistics import Unsaid, holm, prompt_spread
from fsmgen.evaluation.tables import NOTHING, Table, p_value, percent, reasons

_Results = Mapping[str, Sequence[Answered]]
"""By the role of the study, one for each model."""


@dataclass(frozen=True, slots=True)
class PresetReport:
    """What a preset found, for a terminal as well as for a page.

    Attributes:
        cautions: what to know of this run before the first figure; a report of its studies says so by itself.
        caveats: what to know of the protocol.
        tables: own figures beside published ones, then the contrasts.
        studies: tables of each study.
    """

    preset: Preset
    cautions: tuple[str, ...]
    caveats: tuple[str, ...]
    tables: tuple[Table, ...]
    studies: tuple[Table, ...]

    @property
    def title(self) -> str:
        """The preset with what it asks."""
        return f"Preset {self.preset.name}: {self.preset.question}"


def preset_report(preset: Preset, found: Sequence[PlannedStudy], *, development: bool = False) -> PresetReport:
    """The report on studies of a preset, of any models; `development`: on the items and prompts for trying things out."""
    results: dict[str, list[Answered]] = {}
    for planned in found:
        if planned.study.records:
            results.setdefault(planned.plan.role, []).append(answered(planned))
    tables = [_beside(each, results) for each in preset.besides]
    if preset.contrasts:
        tables.append(_contrasts(preset.contrasts, results))
    studies = [table for each in results.values() for table in views.tables(each)]
    return PresetReport(preset, tuple(_cautions(found)), tuple(_caveats(preset, found, development)), tuple(tables), tuple(studies))


def _cautions(found: Sequence[PlannedStudy]) -> Iterator[str]:
    models = list(dict.fromkeys(each.model for each in found))
    tiny = [model for model in models if model.startswith("embedded:")]
    if tiny:
        yield f"results of very small models ({', '.join(tiny)}): they show how the protocol works, and measure nothing that people use"
    if len(models) < 3:
        yield f"{'one model makes' if len(models) == 1 else 'two models make'} no ranking, and no claim about models in general"
    for each in found:
        if not each.study.complete:
            yield f"{each.plan.name}, {each.model}: not complete, {len(each.study.records)} of {each.study.manifest['trials']} answers"
    limit = next((each.study.manifest["limit"] for each in found), None)
    if limit is not None:
        yield f"partial: {limit} items of each study were asked, picked by the hash of their ids"


def _caveats(preset: Preset, found: Sequence[PlannedStudy], development: bool) -> Iterator[str]:
    if development:
        yield "a trial run on development items and prompts: nothing here is a result of the preset"
    for chance in sorted({each.chance for each in found if each.chance is not None}):
        names = sorted({each.plan.name for each in found if each.chance == chance})
        yield f"{', '.join(names)}: guessing is right in {100 * chance:.0f}% of the items"
    yield from preset.caveats


def _beside(declared: Beside, results: _Results) -> Table:
    """Published rows, then ours."""
    rows = [(f"{name} (published)", *figures) for name, *figures in declared.published]
    unsaid: list[object] = []
    for planned in results.get(declared.study, []):
        cells = [_measured(column, selected(planned.answers, column.selection), unsaid) for column in declared.columns]
        rows.append((planned.model, *cells))
    labels = ("model", *(column.label for column in declared.columns))
    percents = any(column.measure in ("score", "sd", "answered") for column in declared.columns)
    notes = ("published figures are shares; ours are in percent with 95% intervals, on other items and models",) * percents
    return Table(declared.title, labels, tuple(rows), (*notes, *declared.notes, *reasons(unsaid)))


def _measured(column: Column, answers: Sequence[Scored], unsaid: list[object]) -> str:
    if not answers:
        unsaid.append(Unsaid("these studies have no such answers"))
        return NOTHING
    if column.measure == "score":
        return percent(share(answers))
    if column.measure == "answered":
        return f"{100 * sum(each.outcome.value is not None for each in answers) / len(answers):.1f}"
    if column.measure == "characters":
        return f"{sum(len(each.record.text) for each in answers) / len(answers):.0f}"
    if column.measure == "calls":
        return f"{sum(each.record.calls for each in answers) / max(1, sum(len(each.record.ids) for each in answers)):.2f}"
    spread = prompt_spread(over_prompts(answers))
    unsaid.append(spread)
    return NOTHING if isinstance(spread, Unsaid) else f"{100 * spread.sd:.2f}"


def _contrasts(declared: Sequence[Contrast], results: _Results) -> Table:
    """Each contrast for each model, p-values of one model adjusted for the number of contrasts."""
    found = [
        (planned.model, contrast, gain(*(means(selected(planned.answers, each)) for each in (contrast.first, contrast.second))))
        for contrast in declared
        for planned in results.get(contrast.study, [])
    ]
    adjusted: dict[tuple[str, str], float] = {}
    for model in {model for model, _, _ in found}:
        mine = [(contrast.label, each.test) for name, contrast, each in found if name == model]
        tested = {label: test.p_value for label, test in mine if not isinstance(test, Unsaid)}
        values = holm(list(tested.values()))
        adjusted |= {(model, label): value for label, value in zip(tested, values, strict=True)}
    rows = tuple(
        (contrast.label, model, str(each.items), *views.gain_cells(each), p_value(adjusted.get((model, contrast.label), _NO_TEST)))
        for model, contrast, each in found
    )
    columns = ("contrast", "model", "items", "difference, points [95%]", "exact p", "detectable, points", "p by Holm")
    unsaid = [value for _, _, each in found for value in (each.interval, each.test)]
    notes = ("second minus first, by the mean of each item over its prompts; Holm's p over the contrasts of one model",)
    exact = views.exact_p_note([planned for contrast in declared for planned in results.get(contrast.study, [])])
    return Table("Declared contrasts", columns, rows, (*notes, *exact, *reasons(unsaid)))


_NO_TEST = Unsaid("there is no test")


def arm_labels(manifest: Manifest) -> Mapping[str, str]:
    """The keys that a preset that ships has for the arms of this study of it, by their names; none if it is no such study."""
    mark = manifest.get("preset", {})
    preset = load_preset(mark["name"]) if mark.get("name") in preset_names() else None
    if preset is None or preset.digest != mark.get("digest"):
        return {}
    return {arm.name: key for plan in preset.plans if plan.name == mark["study"] for key, arm in plan.arms.items()}


def opening(found: PresetReport) -> Section:
    """What is said and shown of a preset before the results of its studies."""
    preset = found.preset
    said = f"{preset.runs} Published: {preset.source}. Declaration {preset.digest}, frozen before these figures were looked at."
    blocks: list[Block] = [Remark(each) for each in (said, *(f"{caveat[0].upper()}{caveat[1:]}." for caveat in found.caveats))]
    blocks += [Shown(table) for table in found.tables]
    return Section("published", "Beside the published figures", (*blocks, *(Shown(table, folded=True) for table in found.studies)))
