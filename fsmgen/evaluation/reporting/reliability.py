"""Reliability diagrams: how often answers of a confidence are right, with bootstrap bands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fsmgen.evaluation.calibrating import ArmCalibration, Confidence, calibrations
from fsmgen.evaluation.metrics.calibration import Bin, Calibration
from fsmgen.evaluation.reporting import drawing as draw
from fsmgen.evaluation.reporting.contents import Block, Figure, Picture, Remark, Section, Shown, slug
from fsmgen.evaluation.reporting.gathering import Group, Member
from fsmgen.evaluation.reporting.markup import Element
from fsmgen.evaluation.reporting.prose import amount, counted, share
from fsmgen.evaluation.statistics import Unsaid
from fsmgen.evaluation.tables import NOTHING, Table, reasons

_SIDE, _LEFT, _APART = 210.0, 40.0, 0.1
_WAYS: tuple[tuple[Confidence, str], ...] = (("choices", "share among the choices"), ("answer", "p of the answer's tokens"))

Said = tuple[Member, ArmCalibration, str]


def reliability(group: Group) -> Section:
    """A diagram for each arm whose answers have a confidence, and the measures as a table."""
    found = [each for member in group.members for each in _arms(member, group)]
    blocks: list[Block] = [*_figures(group, found)]
    told = {(member.label, each.arm) for member, each, _ in found}
    silent = [f"{member.label}, {arm}" for member in group.members for arm in member.cells if (member.label, arm) not in told]
    if silent:
        reason = "their answers have neither likelihoods of choices of which one was answered nor an announcement with its tokens"
        blocks.append(Remark(f"Reliability cannot be shown of {'; '.join(silent)}: {reason}."))
    if found:
        blocks.append(Shown(_table(found), folded=True))
    return Section("reliability", "Reliability of probabilities", tuple(blocks))


def _arms(member: Member, group: Group) -> Iterator[Said]:
    """Each arm under the first confidence that its answers have."""
    done: set[str] = set()
    for confidence, words in _WAYS:
        for each in calibrations(member.study, confidence, rung=group.rung, level=group.level):
            if each.arm not in done and not (confidence == "answer" and _chosen(member, each.arm)) and not isinstance(each.bins, Unsaid):
                done.add(each.arm)
                yield member, each, words


def _chosen(member: Member, arm: str) -> bool:
    """Whether the arm chose among choices and put the chosen one into the declared form, so that its tokens are not those of its text."""
    return any("chosen" in each.record.extra for each in member.cells[arm].values())


def _figures(group: Group, found: Sequence[Said]) -> Iterator[Block]:
    for member, each, words in found:
        if isinstance(each.bins, Unsaid) or isinstance(each.measures, Unsaid):
            continue
        title = f"{member.label}: {each.arm}"
        name = slug(group.name, "reliability", member.label, each.arm)
        yield Figure((Picture(name, title, _diagram(each.bins, words, title)),), _sentence(each, each.measures, member.label))


def _diagram(bins: Sequence[Bin], words: str, title: str) -> Element:
    x = draw.Scale(0.0, 1.0, _LEFT, _LEFT + _SIDE)
    y = draw.Scale(0.0, 1.0, _SIDE + 6, 6)
    drawn = draw.upward(y, _LEFT, _LEFT + _SIDE)
    drawn += [draw.text(x(value), _SIDE + 20, f"{100 * value:.0f}", "num", "middle") for value in draw.ticks(0.0, 1.0)]
    drawn.append(draw.line(x(0), y(0), x(1), y(1), "ideal"))
    drawn.append(draw.text((x(0) + x(1)) / 2, _SIDE + 34, f"confidence %: {words}", "soft", "middle"))
    if bins[-1].confidence - bins[0].confidence > _APART:
        drawn.append(draw.trail([(x(each.confidence), y(each.accuracy)) for each in bins], "path c0"))
    for each in bins:
        drawn.append(draw.line(x(each.confidence), y(each.low), x(each.confidence), y(each.high), "noise c0"))
    for each in bins:
        tip = f"{each.count} answers: {share(each.confidence)} sure, {share(each.accuracy)} right"
        drawn.append(draw.dot(x(each.confidence), y(each.accuracy), 4.5, "dot c0", tip))
    return draw.svg(_SIDE + 42, title, *drawn, width=_LEFT + _SIDE + 14)


def _sentence(each: ArmCalibration, measures: Calibration, label: str) -> str:
    if isinstance(each.mean, Unsaid) or isinstance(each.accuracy, Unsaid):
        return f"{label}: {each.arm} has no mean confidence."
    apart = each.mean - each.accuracy
    sure = "as sure as right" if abs(apart) < 0.005 else f"{amount(apart)} points {'surer' if apart > 0 else 'less sure'} than right"
    auroc = "" if isinstance(measures.auroc, Unsaid) else f", AUROC {measures.auroc:.2f}"
    fit = "" if isinstance(each.temperature, Unsaid) else f"; a temperature of {each.temperature:.2f} would fit the choices best"
    return (
        f"{label}, {each.arm}: {counted(measures.count, 'answer')} are on average {share(each.mean)} sure and {share(each.accuracy)} "
        f"right, {sure} (ECE {measures.ece:.3f}{auroc}){fit}."
    )


def _table(found: Sequence[Said]) -> Table:
    columns = ("model", "arm", "confidence", "answers", "without", "ECE", "debiased ECE", "MCE", "Brier", "NLL", "AUROC", "temperature")
    rows = tuple((member.label, each.arm, words, *_measures(each)) for member, each, words in found)
    unsaid = [value for _, each, _ in found for value in (each.measures, each.temperature)]
    return Table("Calibration", columns, rows, reasons(unsaid))


def _measures(each: ArmCalibration) -> tuple[str, ...]:
    found = each.measures
    fit = NOTHING if isinstance(each.temperature, Unsaid) else f"{each.temperature:.2f}"
    if isinstance(found, Unsaid):
        return (NOTHING, str(each.left_out), *(NOTHING,) * 6, fit)
    auroc = NOTHING if isinstance(found.auroc, Unsaid) else f"{found.auroc:.3f}"
    figures = (found.ece, found.debiased_ece, found.mce, found.brier, found.nll)
    return str(found.count), str(each.left_out), *(f"{value:.3f}" for value in figures), auroc, fit
