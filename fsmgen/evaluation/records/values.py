"""`Trial` and `Record`: one question put in one way, and the facts of its answer. Scores are not in here: they are recomputed from them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, TypeAlias

from fsmgen.evaluation.records.reading import read_line, read_object

SCHEMA = 2
REFUSED = "refused"
"""The stop reason of an answer that could not be given as it was asked for, such as an exact sample within its limit of draws."""

Cell: TypeAlias = tuple[str, str, str, int, int]
Scalar: TypeAlias = str | bool | int | float | None


def canonical(value: object) -> str:
    """JSON with sorted keys and without idle spaces: equal values give equal texts. NaN and infinities are refused."""
    return _ENCODER.encode(value)


def _named(value: Any) -> dict[str, Any]:
    """The fields of a dataclass by name, as they are: `asdict` would copy each number of each token."""
    if not is_dataclass(value):
        raise TypeError(f"a {type(value).__name__} is no JSON value")
    return {each.name: getattr(value, each.name) for each in fields(value)}


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_named)


def digest(value: object) -> str:
    """sha256 of the canonical JSON, the first 32 hex digits."""
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Trial:
    """One question put once, in one way.

    Attributes:
        task, item, prompt, arm, model: names.
        shots: solved examples in the prompt.
        inputs: digest of all that the answer depends on: text of the prompt, choices, parameters of the arm, facts of the model, sampling.
    """

    task: str
    item: str
    prompt: str
    shots: int
    seed: int
    arm: str
    model: str
    inputs: str

    @property
    def key(self) -> str:
        """Digest of the content."""
        return digest(_named(self))

    @property
    def cell(self) -> Cell:
        """What two arms share when their trials are a pair."""
        return self.task, self.item, self.prompt, self.shots, self.seed


@dataclass(frozen=True, slots=True)
class Part:
    """A generation that the answer was made from: an earlier stage, a sample of a vote, a verdict. Facts as in `Record`.

    Attributes:
        name: which one.
    """

    name: str
    prompt_text: str
    text: str
    ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    masked_logprobs: tuple[float, ...]
    allowed_mass: tuple[float, ...]
    stop_reason: str
    budget_step: int | None
    constraint: str | None
    calls: int
    row_seed: int


@dataclass(frozen=True, slots=True)
class ScoredText:
    """A choice with its likelihoods, natural logarithms.

    Attributes:
        text: the choice itself; `scored` is what was scored after the prompt, with its leading space.
        logprobs: of each token; None where only the marginal was asked for.
        greedy: whether each token was the most probable one.
        split: whether no token crosses the border between prompt and choice.
        unconditional: log p after the unconditional prompt, for PMI.
        marginal_low, marginal_high: bounds of log p over all tokenisations, None where that was not asked for; a low one of None beside a
            high one is a probability of zero.
    """

    text: str
    scored: str
    logprobs: tuple[float, ...] | None = None
    greedy: bool = False
    split: bool = True
    unconditional: float | None = None
    marginal_low: float | None = None
    marginal_high: float | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """What a constraint saw that watched a free answer; see `decoding.Observation`."""

    constraint: str
    leading_space: str
    mass: tuple[float, ...]
    departed: int | None
    complete: bool


@dataclass(frozen=True, slots=True)
class Record:
    """The facts of one trial; those of the answer are as in `decoding.Generation`.

    Attributes:
        key: of the trial.
        study: id of the study's manifest, which has the parameters of arms, model and sampling.
        batch: digest of the keys of the batch that it was generated in.
        order: its place among all trials of the study, from 0.
        group: of the item.
        text: what extraction reads. An arm that scores choices writes the best one in the task's declared form.
        stop_reason: of the generation; "scored" where nothing was generated, "refused" where there is no answer.
        row_seed: what the sampler of this row was seeded with.
        facts: versions and hashes of the model.
        watched: what a constraint saw that was only watched.
        parts: the generations behind the answer, if there are several, in order.
        scored: the choices, if they were scored, in the order of the item.
        extra: numbers and names that this arm alone has.
    """

    schema: int
    key: str
    study: str
    batch: str
    trial: Trial
    gold: str
    group: str
    prompt_text: str
    text: str
    ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    masked_logprobs: tuple[float, ...]
    allowed_mass: tuple[float, ...]
    stop_reason: str
    budget_step: int | None
    prompt_tokens: int
    constraint: str | None
    leading_space: str | None
    warnings: tuple[str, ...]
    row_seed: int
    facts: Mapping[str, str | None]
    order: int = 0
    wanted: tuple[int | None, ...] = ()
    wanted_logprobs: tuple[float | None, ...] = ()
    wanted_texts: tuple[str | None, ...] = ()
    token_lengths: tuple[int, ...] = ()
    forced: tuple[int, ...] = ()
    may_end: tuple[int, ...] = ()
    end_mass: tuple[float, ...] = ()
    language_mass: tuple[float | None, ...] = ()
    skipped: int = 0
    calls: int = 0
    watched: Watched | None = None
    parts: tuple[Part, ...] = ()
    scored: tuple[ScoredText, ...] = ()
    extra: Mapping[str, Scalar] = field(default_factory=dict)

    def line(self) -> str:
        """The record as one line of JSON, line break included."""
        return canonical(_named(self)) + "\n"

    @classmethod
    def from_line(cls, line: str) -> Record:
        """Read and check what `line` wrote.

        Raises:
            ValueError: it is no record of this schema, or its key is not that of its trial; the message says why.
        """
        content = read_line(line)
        if isinstance(content, dict) and content.get("schema", SCHEMA) != SCHEMA:
            raise ValueError(f"schema {content['schema']} is not {SCHEMA}, the one that this version reads")
        record: Record = read_object(content, cls)
        if record.key != record.trial.key:
            raise ValueError(f"key {record.key} is not that of the trial")
        return record
