"""An experiment: one task, several prompts and arms, one model; its trials, and the fixed batches in which they run.

A batch has items of one arm, prompt, number of examples and seed, of like lengths, ordered by the digest of their ids. So a result depends
neither on the order in which arms, prompts and items were named nor on what else ran. A trial draws the same random numbers in every arm.
`running.run` puts the trials.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import product
from typing import Any

from fsmgen.decoding import GREEDY, LanguageModel, Sampling
from fsmgen.errors import InputError, InvalidOption
from fsmgen.evaluation.arms import Arm, ChoiceLikelihood, FreeText, MarginalLikelihood, OneHalf, Question, unfit_sampling
from fsmgen.evaluation.prompts import Prompt
from fsmgen.evaluation.records import SCHEMA, Manifest, Trial, canonical, digest, identified
from fsmgen.evaluation.tasks import Item, Task

_BUCKET = 64
"""Prompts whose lengths in characters give the same quotient by this are of like lengths."""
_SCORING = (ChoiceLikelihood, MarginalLikelihood, OneHalf)


@dataclass(frozen=True, slots=True)
class Batch:
    """Trials that run together: everything but the item is the same.

    Attributes:
        texts: the prompt of each item.
        trials: one for each item.
        first: the place of the first one among all trials of the study.
    """

    arm: Arm
    prompt: Prompt
    shots: int
    seed: int
    items: tuple[Item, ...]
    texts: tuple[str, ...]
    trials: tuple[Trial, ...]
    first: int

    @property
    def digest(self) -> str:
        """Of the keys of its trials, and so of all that its answers depend on."""
        return digest([trial.key for trial in self.trials])

    @property
    def row_seeds(self) -> tuple[int, ...]:
        """The seed of each row, the same in every arm; below 2**52."""
        return tuple(int(digest([self.seed, self.shots, self.prompt.name, item.id])[:13], 16) for item in self.items)


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is asked of a model, and how.

    Attributes:
        arms: one of them is the reference: free text, unless none of them generates or another one is named.
        shots: numbers of solved examples; each is tried.
        seeds: each is tried; with greedy sampling one is enough.
        sampling: its own seed is not used.
        limit: ask only so many items, the first by the digest of their ids; the study is then partial.
        judge: the model of judged arms; None is the model itself.
        reference: the name of the reference arm.
        preset: of which frozen declaration this is a part: its name, its digest and the part.

    Raises:
        InputError: an arm samples from a distribution, and `sampling` gives no draws from it.
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
    limit: int | None = None
    judge: LanguageModel | None = None
    reference: str = ""
    preset: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        examples = self.task.most_shots
        prompts, arms = [prompt.name for prompt in self.prompts], [arm.name for arm in self.arms]
        for option, given, fits, allowed in (
            ("prompts", prompts, 0 < len(prompts) == len(set(prompts)), "one or more, with different names"),
            ("arms", arms, 0 < len(arms) == len(set(arms)), "one or more arms with different names"),
            ("reference", self.reference, self.reference in ("", *arms), f"the name of an arm: {', '.join(arms)}"),
            ("arms", arms, bool(self.reference_arm), "arms with free text among them, the reference, or with a reference that is named"),
            ("shots", self.shots, all(0 <= count <= examples for count in self.shots), f"between 0 and {examples}"),
            ("shots", self.shots, 0 < len(self.shots) == len(set(self.shots)), "one or more different numbers"),
            ("seeds", self.seeds, 0 < len(self.seeds) == len(set(self.seeds)), "one or more different numbers"),
            ("batch_size", self.batch_size, self.batch_size > 0, "at least 1"),
            ("max_tokens", self.max_tokens, self.max_tokens > 0, "at least 1"),
            ("limit", self.limit, self.limit is None or self.limit > 0, "at least 1"),
        ):
            if not fits:
                raise InvalidOption(option, given, allowed=allowed)
        for arm in self.arms:
            if (reason := unfit_sampling(arm, self.sampling)) is not None:
                raise InputError(f"the arm {arm.name!r} cannot be run with these settings of sampling: {reason}")

    @property
    def reference_arm(self) -> str:
        """The name of the arm that the others are compared with; empty if there is none."""
        if self.reference:
            return self.reference
        free = sorted(arm.name for arm in self.arms if isinstance(arm, FreeText))
        scoring = sorted(arm.name for arm in self.arms) if all(isinstance(arm, _SCORING) for arm in self.arms) else []
        return next(iter([*free, *scoring]), "")

    def batches(self) -> Iterator[Batch]:
        """All trials in the order in which they run: the arms of a prompt and block of items one after the other."""
        prompts, arms = sorted(self.prompts, key=lambda prompt: prompt.name), sorted(self.arms, key=lambda arm: arm.name)
        shared = {arm.name: self._shared(arm) for arm in arms}
        order = 0
        for seed, shots, prompt in product(sorted(self.seeds), sorted(self.shots), prompts):
            for block, arm in product(self._blocks(prompt, shots), arms):
                items, texts = tuple(item for item, _ in block), tuple(text for _, text in block)
                names = {"task": self.task.name, "prompt": prompt.name, "arm": arm.name, "model": self.model.name}
                trials = tuple(
                    Trial(item=item.id, shots=shots, seed=seed, inputs=digest([text, *_item_facts(item), shared[arm.name]]), **names)
                    for item, text in block
                )
                yield Batch(arm, prompt, shots, seed, items, texts, trials, order)
                order += len(items)

    def question(self, item: Item, text: str) -> Question:
        """What an arm is given of an item."""
        constraint = None if self.task.constraint is None else self.task.constraint.language(item)
        return Question(text, self.task.form, item.question, item.gold, item.answers, item.choices, constraint)

    def manifest(self, batches: tuple[Batch, ...] = ()) -> Manifest:
        """All that the study depends on, as JSON values, arms and prompts in order of name; `batches`, if they are at hand."""
        keys = sorted(trial.key for batch in batches or self.batches() for trial in batch.trials)
        return identified(json.loads(canonical(self._content(keys))))

    def _content(self, keys: list[str]) -> dict[str, Any]:
        embedded = self.model.name.startswith("embedded:")
        items = sorted(digest(_task_item(item)) for item in self.task.items)
        return {
            "schema": SCHEMA,
            **({"preset": dict(self.preset)} if self.preset else {}),
            "task": {"name": self.task.name, "items": len(items), "digest": digest(items)},
            "form": asdict(self.task.form),
            "rung": self.task.rung,
            "constraint": None if self.task.constraint is None else asdict(self.task.constraint),
            "prompts": {prompt.name: prompt.exposure if embedded else "unknown" for prompt in self.prompts},
            "prompt_facts": {prompt.name: prompt.facts() for prompt in self.prompts},
            "arms": {arm.name: arm.facts() for arm in self.arms},
            "reference": self.reference_arm,
            "model": self.model.name,
            "facts": dict(self.model.facts),
            "judge": None if self.judge is None else dict(self.judge.facts),
            "sampling": self._sampling(),
            "max_tokens": self.max_tokens,
            "shots": sorted(self.shots),
            "seeds": sorted(self.seeds),
            "batch_size": self.batch_size,
            "limit": self.limit,
            "trials": len(keys),
            "keys": digest(keys),
            "python": platform.python_version(),
        }

    def _shared(self, arm: Arm) -> str:
        """Digest of what the answers of an arm depend on beside the item."""
        form = asdict(self.task.form)
        judge = None if self.judge is None else dict(self.judge.facts)
        declared = None if self.task.constraint is None else asdict(self.task.constraint)
        return digest([arm.facts(), form, declared, dict(self.model.facts), judge, self._sampling(), self.max_tokens])

    def _sampling(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self.sampling).items() if name != "seed"}

    def _blocks(self, prompt: Prompt, shots: int) -> list[list[tuple[Item, str]]]:
        """Items with their prompts, in blocks of like lengths."""
        items = sorted(self.task.items, key=lambda item: digest(item.id))[: self.limit]
        asked = [(item, prompt.text(item, self.task.shown(item, shots))) for item in items]
        asked.sort(key=lambda pair: len(pair[1]) // _BUCKET)  # stable: digests decide inside a bucket
        return [asked[start : start + self.batch_size] for start in range(0, len(asked), self.batch_size)]


def _item_facts(item: Item) -> list[Any]:
    """What of an item an answer may depend on, beside the text of its prompt."""
    return [item.question, item.gold, list(item.choices), list(item.labels)]


def _task_item(item: Item) -> Mapping[str, Any]:
    return {name: value for name, value in asdict(item).items() if name != "fields"}
