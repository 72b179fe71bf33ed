"""`run`: the trials of an experiment that a folder has no records of yet; their records are on the disk batch by batch.

A run that dies loses at most the batch in flight. The same run into the same folder goes on to the same records: a batch whose records are
incomplete runs again, whole, and only what is missing is appended.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Sequence, Set
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from fsmgen import decoding
from fsmgen.decoding import (
    Asked,
    FirstStepWarning,
    Generation,
    LanguageModel,
    Likelihood,
    Marginal,
    Sampling,
    Tokenization,
    choice_likelihoods,
    marginal_likelihoods,
)
from fsmgen.errors import InvalidOption, RunFailed
from fsmgen.evaluation.arms import AS_SET, Answer, Engine, Request
from fsmgen.evaluation.experiment import Batch, Experiment
from fsmgen.evaluation.records import (
    MANIFEST,
    RECORDS,
    SCHEMA,
    Manifest,
    Record,
    RecordCache,
    RecordFile,
    Study,
    Timing,
    Watched,
    append_timing,
    claim,
    digest,
    read_study,
    timings_file,
)
from fsmgen.evaluation.rehearsal import rehearse

Progress = Callable[[int, int], None]
"""Called with the number of trials that have their record and the number of all trials, those of other shards left out."""
Generate = Callable[..., Sequence[Generation]]
"""`fsmgen.decoding.generate`, or something that answers like it."""


@dataclass(frozen=True, slots=True)
class Shard:
    """One of `of` parts of a study, the batches whose number leaves `number - 1` when divided by `of`."""

    number: int = 1
    of: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.of:
            raise InvalidOption("shard", f"{self.number}/{self.of}", allowed="i/n with i from 1 to n")

    @property
    def file(self) -> str:
        """The name of its records file."""
        return RECORDS if self.of == 1 else f"records-{self.number}-of-{self.of}.jsonl"

    def part(self, batches: Sequence[Batch]) -> Sequence[Batch]:
        """Its batches."""
        return batches[self.number - 1 :: self.of]


WHOLE = Shard()


def run(
    experiment: Experiment,
    folder: Path,
    *,
    progress: Progress | None = None,
    shard: Shard = WHOLE,
    cache: RecordCache | None = None,
    generate: Generate = decoding.generate,
) -> Study:
    """Put all trials that `folder` has no record of yet; the study with all its records.

    Args:
        shard: run this part only.
        cache: batches that ran before, in this study or another one; what runs now is added.
        generate: what answers in the model's place; then nothing is asked of the model beforehand either.

    Raises:
        CannotRun: a trial cannot be answered, as its prompt is too long or no answer fits the budget; the folder was not touched.
        OutputExists: the folder holds something else; nothing in it was touched.
        BrokenRecord: a finished line of its records is damaged.
        RunFailed: the model or the disk failed; what was finished is kept.
        RecordsError: another run is writing to the folder.
    """
    batches = tuple(experiment.batches())
    manifest = experiment.manifest(batches)
    if generate is decoding.generate and not (folder / MANIFEST).exists():  # else they were rehearsed before the first of them ran
        rehearse(experiment, shard.part(batches))
    claim(folder, manifest)
    with RecordFile(folder / shard.file) as file:
        there = read_study(folder)
        done = {record.key for record in there.records}
        waiting = _Waiting.of(shard.part(batches), done)
        if progress is not None:
            progress(waiting.finished, waiting.total)
        if not waiting.batches:
            return there
        del there  # only its keys are needed, and it is read again with what is added
        _Run(experiment, manifest, folder, shard, file, done).put(waiting, progress=progress, cache=cache, generate=generate)
    return read_study(folder)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What a run has to do.

    Attributes:
        batches: those with a trial that has no record, and how many such trials each has.
        total: trials of all batches; `finished`: those that have their record.
    """

    batches: tuple[tuple[Batch, int], ...]
    finished: int
    total: int

    @classmethod
    def of(cls, batches: Sequence[Batch], done: Set[str]) -> _Waiting:
        missing = [(batch, sum(trial.key not in done for trial in batch.trials)) for batch in batches]
        total = sum(len(batch.trials) for batch in batches)
        return cls(tuple((batch, count) for batch, count in missing if count), total - sum(count for _, count in missing), total)


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of a part into an open file; `done` are the keys of the trials that have their record."""

    experiment: Experiment
    manifest: Manifest
    folder: Path
    part: Shard
    file: RecordFile
    done: set[str]

    def put(self, waiting: _Waiting, *, progress: Progress | None, cache: RecordCache | None, generate: Generate) -> None:
        finished = waiting.finished
        for batch, missing in waiting.batches:
            self._finish(batch, cache, generate)
            finished += missing
            if progress is not None:
                progress(finished, waiting.total)

    def _finish(self, batch: Batch, cache: RecordCache | None, generate: Generate) -> None:
        """Answer a batch, or take its records from the cache, and write those that are missing."""
        try:
            records, timing = self._cached(batch, cache), None
            if records is None:
                clock = Clock()
                records = answer(self.experiment, batch, self.manifest["id"], generate=generate, clock=clock)
                timing = self._timing(batch, clock)
                if cache is not None:
                    cache.put(batch.digest, records)
            self.file.append(record for record in records if record.key not in self.done)
            if timing is not None:
                append_timing(self.folder / timings_file(self.part.file), timing)
        except Exception as error:  # whatever a model does: what was finished is kept, and the reader is told so
            raise self._failed(batch, error) from error
        self.done.update(record.key for record in records)

    def _timing(self, batch: Batch, clock: Clock) -> Timing:
        device = self.experiment.model.facts.get("device") or ""
        facts = (len(batch.items), clock.masks, time.perf_counter() - clock.started, clock.mask_seconds, device)
        return Timing(self.manifest["id"], batch.digest, batch.arm.name, *facts)

    def _cached(self, batch: Batch, cache: RecordCache | None) -> list[Record] | None:
        orders = range(batch.first, batch.first + len(batch.items))
        return None if cache is None else cache.get(batch.digest, study=self.manifest["id"], orders=orders)

    def _failed(self, batch: Batch, error: Exception) -> RunFailed:
        where = f"{batch.arm.name}, prompt {batch.prompt.name}, {batch.shots} shots, {len(batch.items)} items from {batch.items[0].id}"
        return RunFailed(
            self.folder, reason=f"{type(error).__name__}: {error} ({where})", done=len(self.done), trials=int(self.manifest["trials"])
        )


@dataclass(slots=True)
class Clock:
    """Since when a batch runs; masks that were built for it, and the time that they took."""

    started: float = field(default_factory=time.perf_counter)
    masks: int = 0
    mask_seconds: float = 0.0

    def note(self, answers: Sequence[Generation]) -> None:
        """Add the masks of these answers."""
        masked = [each for each in answers if each.constraint is not None]
        self.masks += sum(len(each.ids) for each in masked)
        self.mask_seconds += sum(each.mask_seconds for each in masked)


def answer(
    experiment: Experiment, batch: Batch, study: str, *, generate: Generate = decoding.generate, clock: Clock | None = None
) -> list[Record]:
    """Run a batch; the record of each item, in order. A clock is told of its masks."""
    settings = (experiment.max_tokens, experiment.sampling, batch.row_seeds, generate, clock or Clock())
    engine = _Engine(experiment.model, experiment.judge, *settings)
    questions = [experiment.question(item, text) for item, text in zip(batch.items, batch.texts, strict=True)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FirstStepWarning)  # the records keep them
        answers = batch.arm.obtain(engine, questions)
    origin = {"study": study, "batch": batch.digest, "facts": dict(experiment.model.facts)}
    return list(_records(batch, answers, origin))


@dataclass(frozen=True, slots=True)
class _Engine:
    """What an arm asks: the model, with the budget, the sampling and the seeds of a batch."""

    model: LanguageModel
    other: LanguageModel | None
    budget: int
    settings: Sampling
    seeds: tuple[int, ...]
    answering: Generate
    clock: Clock

    @property
    def max_tokens(self) -> int:
        return self.budget

    @property
    def sampling(self) -> Sampling:
        return replace(self.settings, seed=self.seeds)

    @property
    def judge(self) -> Engine:
        return self if self.other is None else replace(self, model=self.other, other=None)

    def generate(self, prompts: Sequence[str], asked: Asked | Sequence[Asked] = None, request: Request = AS_SET) -> Sequence[Generation]:
        sampling = replace(self.settings, seed=self._seeds(request))
        if request.temperature is not None:
            sampling = replace(sampling, temperature=request.temperature)
        options: dict[str, Any] = {"stop": request.stop} if request.stop else {}
        budget = self.budget if request.max_tokens is None else request.max_tokens
        answers = self.answering(self.model, prompts, asked, max_tokens=budget, sampling=sampling, **options)
        self.clock.note(answers)
        return answers

    def _seeds(self, request: Request) -> tuple[int, ...]:
        """The seeds of a request's prompts; those of first draws in the first stage are the questions' own."""
        draws = [(row, 0) for row in range(len(self.seeds))] if request.draws is None else request.draws
        names = [[request.stage] * bool(request.stage) + [number] * bool(number) for _, number in draws]
        seeds = [self.seeds[row] for row, _ in draws]
        return tuple(int(digest([seed, *more])[:13], 16) if more else seed for seed, more in zip(seeds, names, strict=True))

    def likelihoods(self, items: Sequence[tuple[str, Sequence[str]]], tokenization: Tokenization) -> list[list[Likelihood]]:
        return choice_likelihoods(self.model, items, tokenization=tokenization)

    def marginals(self, prompt: str, texts: Sequence[str], limit: int) -> list[Marginal]:
        return marginal_likelihoods(self.model, prompt, texts, limit=limit)


_SAME = tuple(sorted({each.name for each in fields(Generation)} & {each.name for each in fields(Record)}))
"""Facts that a record takes from its generation as they are."""


def _records(batch: Batch, answers: Sequence[Answer], origin: dict[str, Any]) -> Iterable[Record]:
    for place, (trial, item, text, answer) in enumerate(zip(batch.trials, batch.items, batch.texts, answers, strict=True)):
        yield Record(
            schema=SCHEMA,
            key=trial.key,
            trial=trial,
            order=batch.first + place,
            prompt_text=text,
            row_seed=batch.row_seeds[place],
            gold=item.gold,
            group=item.group,
            **{name: getattr(answer.generation, name) for name in _SAME},
            watched=_watched(answer.generation),
            parts=answer.parts,
            scored=answer.scored,
            extra=answer.extra,
            **origin,
        )


def _watched(answer: Generation) -> Watched | None:
    seen = answer.observation
    return None if seen is None else Watched(seen.constraint, seen.leading_space, seen.mass, seen.departed, seen.complete)
