"""From the studies to the report: its chapters, and what a reader must know first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from fsmgen.evaluation.reporting.contents import Chapter, Figure, Remark, Report, Section, unlike
from fsmgen.evaluation.reporting.cost import cost
from fsmgen.evaluation.reporting.facts import facts
from fsmgen.evaluation.reporting.flow import flow
from fsmgen.evaluation.reporting.gathering import Gathered, Group, sampling_words, short_name, state
from fsmgen.evaluation.reporting.headline import headline, numbers
from fsmgen.evaluation.reporting.ladder import ladder
from fsmgen.evaluation.reporting.prompts import prompts
from fsmgen.evaluation.reporting.prose import counted, listed
from fsmgen.evaluation.reporting.ranks import ranks
from fsmgen.evaluation.reporting.reliability import reliability
from fsmgen.evaluation.reporting.shots import shots
from fsmgen.evaluation.reporting.trace import trace
from fsmgen.evaluation.reporting.ways import ways
from fsmgen.evaluation.scores import cautions

_LISTED = 4
Done = Callable[[int, int], None]
SECTIONS: tuple[Callable[[Group], Section], ...] = (flow, prompts, shots, ranks, reliability, trace, ladder, ways, cost)


def build(found: Gathered, *, command: str = "", title: str = "", opening: Sequence[Section] = (), progress: Done | None = None) -> Report:
    """The report of what was gathered.

    Args:
        opening: sections before the results.
        progress: is told how many sections there are of how many.
    """
    total, chapters, taken = len(found.groups) * len(SECTIONS), list[Chapter](), set[str]()
    for group in found.groups:
        sections = []
        for make in SECTIONS:
            sections.append(make(group))
            if progress is not None:
                progress(len(chapters) * len(SECTIONS) + len(sections), total)
        chapters.append(Chapter(group.name, group.title, tuple(_apart(section, taken) for section in sections)))
    results = (
        headline(found.groups) if found.groups else Section("results", "Results", (Remark("There is no answer yet, so nothing to show."),))
    )
    return Report(
        title=title or _title(found),
        summary=_summary(found),
        cautions=tuple(dict.fromkeys(_cautions(found))),
        opening=(*opening, _apart(results, taken)),
        chapters=tuple(chapters),
        closing=(facts(found, command),),
        numbers=numbers(found.groups),
    )


def _apart(section: Section, taken: set[str]) -> Section:
    """The section with no picture's name in use already, as names may differ in signs that addresses do not have."""
    blocks = (
        replace(block, pictures=tuple(replace(each, name=unlike(each.name, taken)) for each in block.pictures))
        if isinstance(block, Figure)
        else block
        for block in section.blocks
    )
    return replace(section, blocks=tuple(blocks))


def _title(found: Gathered) -> str:
    tasks = list(dict.fromkeys(str(study.manifest["task"]["name"]) for study in found.studies.values()))
    return f"What constraints change: {listed(tasks)}"


def _summary(found: Gathered) -> str:
    studies = [study for study in found.studies.values() if study.records] or list(found.studies.values())
    models = list(dict.fromkeys(short_name(study.manifest["model"]) for study in studies))
    answers = sum(len(study.records) for study in studies)
    rungs = {group.rung for group in found.groups}
    read = f" read by {listed(sorted(rungs))} extraction, the same for every arm" if rungs else ""
    ways = listed(list(dict.fromkeys(sampling_words(study.manifest["sampling"]) for study in studies)))
    names = f" ({listed(models)})" if len(models) <= 8 else ""
    size = f"{counted(answers, 'answer')} of {counted(len(models), 'model')}{names} in {counted(len(studies), 'study', 'studies')}"
    return f"{size}, {ways},{read}." if read else f"{size}, {ways}."


def _cautions(found: Gathered) -> Iterator[str]:
    for folder, manifest in found.empty:
        yield f"Empty: {folder} has no records yet ({manifest['task']['name']}, {manifest['model']}), so nothing of it is shown."
    yield from _partial(found)
    tasks = {study.manifest["task"]["name"] for study in found.studies.values()}
    if len(found.groups) > 1 and not _one_preset(found):
        reason = "tasks" if len(tasks) == len(found.groups) else "questions, forms of answers or ways of sampling"
        yield f"Mixed: the studies have {len(found.groups)} different {reason}; each has a chapter, and none are averaged together."
    for group in found.groups:
        repeated = {pair: None for member in group.members for pair in member.repeats.items()}
        yield from (
            f"On {group.title}, {arm} gave the answers of {other}, word for word, and is shown only where its constraint is looked at."
            for arm, other in repeated
        )
        yield from (f"{each}." for each in cautions({member.label: member.study for member in group.members}) if "not complete" not in each)
    small = sorted(
        {short_name(str(study.manifest["model"])) for study in found.studies.values() if _embedded(str(study.manifest["model"]))}
    )
    if small:
        use = "no measure of what constraints do to models that people use"
        yield f"Results of very small models ({listed(small)}), trained on this kind of question: {use}."
    if len({study.manifest["model"] for study in found.studies.values()}) == 1:
        yield "There is one model: what is shown of arms is of this model, and nothing can be said of rankings."


def _partial(found: Gathered) -> Iterator[str]:
    """What is missing, folders that miss the same together."""
    missing: dict[str, list[str]] = defaultdict(list)
    for folder, study in found.studies.items():
        if study.records and (words := state(study)):
            missing[words].append(str(folder))
    for words, folders in missing.items():
        shown = folders if len(folders) <= _LISTED else [*folders[: _LISTED - 1], f"{len(folders) - _LISTED + 1} more"]
        yield f"Partial: {words} ({listed(shown)})."


def _one_preset(found: Gathered) -> bool:
    """Whether all studies are parts of one declaration, which asks several things by its design."""
    return len({study.manifest.get("preset", {}).get("digest") for study in found.studies.values()} - {None}) == 1 and all(
        "preset" in study.manifest for study in found.studies.values()
    )


def _embedded(model: str) -> bool:
    return model.startswith("embedded:")
