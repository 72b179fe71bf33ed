"""Scores of several studies side by side, by arm, cell, model and prompt, and what must be known before they are compared."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fsmgen.errors import InvalidOption
from fsmgen.evaluation.comparison import prompt_label, reader
from fsmgen.evaluation.extraction import RUNGS, Rung
from fsmgen.evaluation.outcomes import Kind
from fsmgen.evaluation.records import REFUSED, Cell, Record, Study
from fsmgen.evaluation.statistics.tables import Scores

_VERSIONS = ("fsmgen", "torch", "transformers", "tokenizers", "dtype", "device", "revision", "sha256", "vocabulary")


@dataclass(frozen=True, slots=True)
class Scored:
    """A record with its score, 1.0 where it is correct."""

    record: Record
    prompt: str
    score: float


def scored(study: Study, rung: Rung = "flexible") -> Mapping[str, Mapping[Cell, Scored]]:
    """The scores of a study by arm and cell, the reference arm first.

    Raises:
        InvalidOption: there is no such rung.
    """
    if rung not in RUNGS:
        raise InvalidOption("rung", rung, allowed=" or ".join(RUNGS))
    read = reader(study.manifest)
    names = sorted(study.manifest["arms"], key=lambda name: (name != study.manifest["reference"], name))
    found: dict[str, dict[Cell, Scored]] = {name: {} for name in names}
    for record in study.records:
        score = float(read(record, rung).kind is Kind.CORRECT)
        found[record.trial.arm][record.trial.cell] = Scored(record, prompt_label(record, study.manifest), score)
    return found


def by_prompt(cells: Mapping[Cell, Scored]) -> Mapping[str, Mapping[str, float]]:
    """`scores[prompt][item]`, the mean over seeds."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for each in cells.values():
        found[each.prompt][each.record.trial.item].append(each.score)
    return {prompt: {item: sum(row) / len(row) for item, row in items.items()} for prompt, items in sorted(found.items())}


def by_model(studies: Sequence[Study], rung: Rung = "flexible") -> Mapping[str, Scores]:
    """`scores[model][prompt][item]` of each arm that any study has.

    Raises:
        InvalidOption: two studies have the same arm of the same model, or they ask different things.
    """
    _same_questions(studies)
    found: dict[str, dict[str, Mapping[str, Mapping[str, float]]]] = defaultdict(dict)
    for study in studies:
        model = study.manifest["model"]
        for arm, cells in scored(study, rung).items():
            if model in found[arm]:
                raise InvalidOption("studies", model, allowed=f"different models, and two studies have arm {arm!r} of this one")
            found[arm][model] = by_prompt(cells)
    return found


def joined(studies: Mapping[str, Study]) -> Study:
    """Several studies as one: an arm is named with the label of its study, and the first study's reference is the reference.

    Raises:
        InvalidOption: they ask different things, or are one study twice.
    """
    first = next(iter(studies.values()))
    if len(studies) == 1:
        return first
    _same_questions(list(studies.values()))
    label = next(iter(studies))
    records = [
        replace(record, trial=replace(record.trial, arm=f"{name}: {record.trial.arm}"))
        for name, study in studies.items()
        for record in study.records
    ]
    arms = {f"{name}: {arm}": facts for name, study in studies.items() for arm, facts in study.manifest["arms"].items()}
    prompts = {prompt: facts for study in studies.values() for prompt, facts in study.manifest["prompts"].items()}
    manifest = {
        **first.manifest,
        "model": " and ".join(dict.fromkeys(study.manifest["model"] for study in studies.values())),
        "arms": arms,
        "prompts": prompts,
        "reference": f"{label}: {first.manifest['reference']}",
        "trials": sum(int(study.manifest["trials"]) for study in studies.values()),
        "shots": sorted({count for study in studies.values() for count in study.manifest["shots"]}),
    }
    return Study(manifest, tuple(records))


def cautions(studies: Mapping[str, Study]) -> tuple[str, ...]:
    """What a reader must know before a comparison: other versions, other models, studies that are not complete."""
    found = [
        f"{label} is not complete: {len(study.records)} of {study.manifest['trials']} answers"
        for label, study in studies.items()
        if not study.complete
    ]
    found += [caution for label, study in studies.items() for caution in (*_mixed(label, study), *_refusals(label, study))]
    first_label, first = next(iter(studies.items()))
    for label, study in list(studies.items())[1:]:
        here, there = study.manifest["facts"], first.manifest["facts"]
        other = [name for name in _VERSIONS if here.get(name) != there.get(name)]
        if study.manifest["model"] == first.manifest["model"] and other:
            changes = ", ".join(f"{name} {str(there.get(name))[:12]} and {str(here.get(name))[:12]}" for name in other)
            found.append(
                f"{label} and {first_label} are of two versions ({changes}): a difference between them may come from that, "
                "and cannot be put down to the arms"
            )
        settings = [name for name in ("sampling", "max_tokens") if study.manifest[name] != first.manifest[name]]
        if settings:
            found.append(f"{label} and {first_label} have different {' and '.join(settings)}, which may make the difference")
    return tuple(found)


def _mixed(label: str, study: Study) -> list[str]:
    """Whether the records of one study say different versions, which no run writes."""
    different = {name: sorted({str(record.facts.get(name))[:12] for record in study.records}) for name in _VERSIONS}
    changes = ", ".join(f"{name} {' and '.join(values)}" for name, values in different.items() if len(values) > 1)
    return [f"{label} has records of two versions ({changes}): differences inside it may come from that"] * bool(changes)


def _refusals(label: str, study: Study) -> list[str]:
    """Arms whose score is a lower bound, since some questions have no answer of the kind that was asked for."""
    asked = Counter(record.trial.arm for record in study.records)
    refused = Counter(record.trial.arm for record in study.records if record.stop_reason == REFUSED)
    return [
        f"{label}: {count} of {asked[arm]} answers of {arm!r} were refused at the arm's limit of draws, and count as not answered: "
        f"its score lies between what is shown and {count / asked[arm]:.1%} more"
        for arm, count in sorted(refused.items())
    ]


def _same_questions(studies: Sequence[Study]) -> None:
    if len({study.manifest["id"] for study in studies}) < len(studies):
        raise InvalidOption("studies", f"{len(studies)} folders", allowed="different studies, and one is there twice")
    tasks = {study.manifest["task"]["name"] for study in studies}
    forms = {repr(study.manifest["form"]) for study in studies}
    if len(tasks) > 1 or len(forms) > 1:
        raise InvalidOption("studies", ", ".join(sorted(tasks)), allowed="of one task, with one form of answer")
