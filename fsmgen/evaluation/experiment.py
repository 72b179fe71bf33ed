"""An experiment: one task, several prompts and arms, one model; and `run`, which puts its trials and keeps their facts.

Trials run in fixed batches: items of one arm, prompt, number of examples and seed, ordered by the digest of their ids. So a result
depends neither on the order in which arms and prompts were named nor on what else ran, and a run that was killed goes on to
the same records: a batch whose records are incomplete is run again, whole, and only what is missing is appended. A trial draws
the same random numbers in every arm.
"""

from __future__ import annotations

import json
import platform
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from fsmgen import decoding
from fsmgen.caching import atomic_write
from fsmgen.decoding import GREEDY, FirstStepWarning, Generation, LanguageModel, Sampling
from fsmgen.errors import InvalidOption, OutputExists
from fsmgen.evaluation.arms import Arm, FreeText
from fsmgen.evaluation.prompts import Prompt
from fsmgen.evaluation.records import (
    MANIFEST,
    RECORDS,
    SCHEMA,
    Manifest,
    Record,
    RecordFile,
    Study,
    Trial,
    canonical,
    digest,
    identified,
    read_manifest,
    read_study,
)
from fsmgen.evaluation.tasks import Item, Task
from fsmgen.grammar import Language

Progress = Callable[[int, int], None]
"""Called with the number of trials that have their record and the number of all trials."""
Generate = Callable[..., Sequence[Generation]]
"""`fsmgen.decoding.generate`, or something that answers like it."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Trials that run together: everything but the item is the same."""

    arm: Arm
    prompt: Prompt
    shots: int
    seed: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is asked of a model, and how.

    Attributes:
        arms: one of them is the reference, FreeText.
        shots: numbers of solved examples; each is tried.
        seeds: each is tried; with greedy sampling one is enough.
        sampling: its own seed is not used.

    Raises:
        InvalidOption: no reference arm, two prompts or arms of one name, or more shots than the task has examples.
    """

    task: Task
    prompts: tuple[Prompt, ...]
    arms: tuple[Arm, ...]
    model: LanguageModel
    max_tokens: int = 128
    sampling: Sampling = GREEDY
    shots: tuple[int, ...] = (0,)
    seeds: tuple[int, ...] = (0,)
    batch_size: int = 32

    def __post_init__(self) -> None:
        examples = self.task.most_shots
        prompts, arms = [prompt.name for prompt in self.prompts], [arm.name for arm in self.arms]
        for option, given, fits, allowed in (
            ("prompts", prompts, 0 < len(prompts) == len(set(prompts)), "one or more, with different names"),
            ("arms", arms, len(arms) == len(set(arms)), "arms with different names"),
            ("arms", arms, FreeText() in self.arms, "arms with the reference, FreeText(), among them"),
            ("shots", self.shots, all(0 <= count <= examples for count in self.shots), f"between 0 and {examples}"),
            ("shots", self.shots, 0 < len(self.shots) == len(set(self.shots)), "one or more different numbers"),
            ("seeds", self.seeds, 0 < len(self.seeds) == len(set(self.seeds)), "one or more different numbers"),
            ("batch_size", self.batch_size, self.batch_size > 0, "at least 1"),
        ):
            if not fits:
                raise InvalidOption(option, given, allowed=allowed)

    def manifest(self) -> Manifest:
        """All that the study depends on, as JSON values, arms and prompts in order of name."""
        return identified(json.loads(canonical(self._content())))

    def batches(self) -> Iterator[Batch]:
        """All trials in the order in which they run: the arms of a prompt and block of items one after the other."""
        items = sorted(self.task.items, key=lambda item: digest(item.id))
        blocks = [tuple(items[start : start + self.batch_size]) for start in range(0, len(items), self.batch_size)]
        prompts = sorted(self.prompts, key=lambda prompt: prompt.name)
        arms = sorted(self.arms, key=lambda arm: arm.name)
        for seed, shots, prompt, block, arm in product(sorted(self.seeds), sorted(self.shots), prompts, blocks, arms):
            yield Batch(arm, prompt, shots, seed, block)

    def trials(self, batch: Batch) -> list[Trial]:
        """The trial of each item of a batch."""
        shared = [batch.arm.facts(), dict(self.model.facts), self._sampling(), self.max_tokens]
        return [
            Trial(
                task=self.task.name,
                item=item.id,
                prompt=batch.prompt.name,
                shots=batch.shots,
                seed=batch.seed,
                arm=batch.arm.name,
                model=self.model.name,
                inputs=digest([text, *shared]),
            )
            for item, text in zip(batch.items, self._texts(batch), strict=True)
        ]

    def answer(self, batch: Batch, study: str, *, generate: Generate) -> list[Record]:
        """Run a batch; the record of each item, in order."""
        sampling = replace(self.sampling, seed=tuple(_row_seed(batch, item) for item in batch.items))

        def ask(prompts: Sequence[str], language: Language | None) -> Sequence[Generation]:
            return generate(self.model, prompts, language, max_tokens=self.max_tokens, sampling=sampling)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FirstStepWarning)  # the records keep them
            answers = batch.arm.obtain(ask, self._texts(batch))
        trials = self.trials(batch)
        origin = {"study": study, "batch": digest([trial.key for trial in trials]), "facts": dict(self.model.facts)}
        return [_record(*facts, origin) for facts in zip(trials, batch.items, answers, strict=True)]

    def _content(self) -> dict[str, Any]:
        embedded = self.model.name.startswith("embedded:")
        keys = sorted(trial.key for batch in self.batches() for trial in self.trials(batch))
        return {
            "schema": SCHEMA,
            "task": {"name": self.task.name, "items": len(self.task.items), "digest": digest(asdict(self.task))},
            "form": asdict(self.task.form),
            "prompts": {prompt.name: prompt.exposure if embedded else "unknown" for prompt in self.prompts},
            "arms": {arm.name: arm.facts() for arm in self.arms},
            "reference": FreeText().name,
            "model": self.model.name,
            "facts": dict(self.model.facts),
            "sampling": self._sampling(),
            "max_tokens": self.max_tokens,
            "shots": sorted(self.shots),
            "seeds": sorted(self.seeds),
            "batch_size": self.batch_size,
            "trials": len(keys),
            "keys": digest(keys),
            "python": platform.python_version(),
        }

    def _sampling(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self.sampling).items() if name != "seed"}

    def _texts(self, batch: Batch) -> list[str]:
        return [batch.prompt.text(item, self.task.shown(item, batch.shots)) for item in batch.items]


def run(experiment: Experiment, folder: Path, *, progress: Progress | None = None, generate: Generate = decoding.generate) -> Study:
    """Put all trials that `folder` has no record of yet; the study with all its records.

    A batch is on the disk before the next one starts, so a run that dies loses at most the batch in flight; running again with
    the same experiment and folder goes on.

    Raises:
        OutputExists: the folder holds something else; nothing in it was touched.
        BrokenRecord: a finished line of its records is damaged.
    """
    manifest = experiment.manifest()
    _claim(folder, manifest)
    done = {record.key for record in read_study(folder).records}
    with RecordFile(folder / RECORDS) as file:
        _report(progress, len(done), manifest)
        for batch in experiment.batches():
            if all(trial.key in done for trial in experiment.trials(batch)):
                continue
            records = experiment.answer(batch, manifest["id"], generate=generate)
            file.append(record for record in records if record.key not in done)
            done.update(record.key for record in records)
            _report(progress, len(done), manifest)
    return read_study(folder)


def _claim(folder: Path, manifest: Manifest) -> None:
    """Make the folder this study's, unless it is already."""
    if folder.exists() and not folder.is_dir():
        raise OutputExists(folder, instead="it is no folder; name another one")
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / MANIFEST).exists():
        there = read_manifest(folder)
        if there != manifest:
            raise OutputExists(folder, instead=f"it holds another study ({_differences(there, manifest)}); name another folder")
    elif any(not path.name.startswith(MANIFEST) for path in folder.iterdir()):
        raise OutputExists(folder, instead="it is not empty and holds no study; name another folder")
    else:
        atomic_write(folder / MANIFEST, (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode())


def _differences(there: Manifest, manifest: Manifest) -> str:
    names = (name for name in manifest if name not in ("id", "keys") and there.get(name) != manifest[name])
    return ", ".join(f"other {name}" for name in names) or "other prompt texts"


def _report(progress: Progress | None, done: int, manifest: Manifest) -> None:
    if progress is not None:
        progress(done, manifest["trials"])


def _row_seed(batch: Batch, item: Item) -> int:
    """The seed of a trial's row, the same in every arm; below 2**52."""
    return int(digest([batch.seed, batch.shots, batch.prompt.name, item.id])[:13], 16)


def _record(trial: Trial, item: Item, answer: Generation, origin: Mapping[str, Any]) -> Record:
    return Record(
        schema=SCHEMA,
        key=trial.key,
        trial=trial,
        gold=item.gold,
        group=item.group,
        prompt_text=answer.prompt,
        text=answer.text,
        ids=answer.ids,
        logprobs=answer.logprobs,
        masked_logprobs=answer.masked_logprobs,
        allowed_mass=answer.allowed_mass,
        stop_reason=answer.stop_reason,
        budget_step=answer.budget_step,
        prompt_tokens=answer.prompt_tokens,
        constraint=answer.constraint,
        leading_space=answer.leading_space,
        warnings=answer.warnings,
        row_seed=answer.seed,
        **origin,
    )
