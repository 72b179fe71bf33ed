"""The decoding loop: rows that share a model's batch, from prompt ids to chosen ids. Rows leave the batch when they end.

    session.start(prompts) -> logits -> penalties -> p -> mask -> q -> pick -> Row.take -> session.step(tokens, kept) -> logits -> ...

What a row becomes depends on its own prompt, constraint and random numbers, never on the rows beside it.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import torch

from fsmgen.constraint import Matcher, fill_masks
from fsmgen.decoding.distribution import Penalties, log_probabilities, pick, restrict, unpack
from fsmgen.decoding.sampling import Sampling
from fsmgen.decoding.stops import TextStream
from fsmgen.errors import ModelError
from fsmgen.tokens import Vocabulary, new_rows


class Session(Protocol):
    """One batch in a model. Logits are [B, V], for the token after the last one of each row."""

    def start(self, prompts: Sequence[Sequence[int]]) -> torch.Tensor:
        """Read the prompts."""
        ...

    def step(self, tokens: Sequence[int], keep: Sequence[int]) -> torch.Tensor:
        """Go on with the rows `keep` of the last batch, in order, after one more token each."""
        ...


@dataclass(frozen=True, slots=True)
class Settings:
    """What all rows of a run share. `stop_ids`: special tokens whose text is a stop string."""

    vocabulary: Vocabulary
    max_tokens: int
    sampling: Sampling
    stop_ids: frozenset[int] = frozenset()


@dataclass(slots=True)
class Row:
    """One answer while it is written.

    `wanted` is the model's favourite first token and its probability, kept where the constraint left less than one half.
    """

    prompt: Sequence[int]
    seed: int
    stream: TextStream
    matcher: Matcher | None = None
    ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    masked_logprobs: list[float] = field(default_factory=list)
    allowed_mass: list[float] = field(default_factory=list)
    stop_reason: str = ""
    budget_step: int | None = None
    wanted: tuple[int, float] | None = None
    random: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)

    def take(self, token: int, settings: Settings) -> None:
        """Append a chosen token, and end the row if it is the last."""
        self.ids.append(token)
        if self.matcher is not None:
            advanced = self.matcher.advance(token)
            assert advanced, "the mask allowed a token that the matcher refuses"
        self.stop_reason = self._ending(token, settings)
        if self.stop_reason in ("eos", "length") or token in settings.stop_ids:
            self.stream.close()

    def _ending(self, token: int, settings: Settings) -> str:
        if token in settings.vocabulary.eos_ids:
            return "eos"
        if token in settings.stop_ids or self.stream.write(settings.vocabulary.token_bytes(token)):
            return "stop"
        if len(self.ids) < settings.max_tokens:
            return ""
        assert self.matcher is None, "the budget is used up and the answer is not complete"
        return "length"


def decode(session: Session, rows: Sequence[Row], settings: Settings) -> None:
    """Write all rows to their end, in place.

    Raises:
        ModelError: the model's logits are not finite where a token has to be chosen.
    """
    with _threads(rows) as pool:
        _decode(session, rows, settings, pool)


def _threads(rows: Sequence[Row]) -> AbstractContextManager[Executor | None]:
    """Threads for the masks of a batch of several constraints; one constraint builds one row after the other."""
    several = len({id(row.matcher.constraint) for row in rows if row.matcher is not None}) > 1
    return ThreadPoolExecutor(os.cpu_count()) if several else nullcontext()


def _decode(session: Session, rows: Sequence[Row], settings: Settings, pool: Executor | None) -> None:
    logits = session.start([row.prompt for row in rows])
    penalties = Penalties(settings.sampling, [row.prompt for row in rows], logits) if settings.sampling.penalises else None
    while True:
        with torch.inference_mode():
            tokens = _choose(logits, rows, settings, (penalties, pool))
        for row, token in zip(rows, tokens, strict=True):
            row.take(token, settings)
        keep = [index for index, row in enumerate(rows) if not row.stop_reason]
        if not keep:
            return
        if penalties is not None:
            penalties.keep(keep)
        rows = [rows[index] for index in keep]
        logits = session.step([row.ids[-1] for row in rows], keep)


def _choose(
    logits: torch.Tensor, rows: Sequence[Row], settings: Settings, tools: tuple[Penalties | None, Executor | None]
) -> list[int]:
    """One token per row; probabilities, masses and the first closing by budget are noted in the rows."""
    penalties, pool = tools
    scores = logits.to(torch.promote_types(logits.dtype, torch.float32))
    log_p = log_probabilities(scores if penalties is None else penalties.apply(scores), settings.sampling.temperature)
    allowed = _allowed(rows, settings, log_p.device, pool)
    log_q = log_p if allowed is None else restrict(log_p, allowed)
    chosen = pick(log_q, settings.sampling, _uniforms(rows, settings.sampling, log_p.device))
    if penalties is not None:
        penalties.add(chosen)
    index = chosen.unsqueeze(-1)
    _note(rows, log_p.gather(-1, index).squeeze(-1).tolist(), log_q.gather(-1, index).squeeze(-1).tolist())
    _note_wanted(rows, log_p)
    return [int(token) for token in chosen.tolist()]


def _allowed(rows: Sequence[Row], settings: Settings, device: torch.device, pool: Executor | None) -> torch.Tensor | None:
    """Table bool[B, V] of the tokens that the constraints allow; None: no row has a constraint. Notes where the budget removed a token."""
    if all(row.matcher is None for row in rows):
        return None
    words = new_rows(len(rows), settings.vocabulary.size)
    budgets = [settings.max_tokens - len(row.ids) for row in rows]
    removed = fill_masks([row.matcher for row in rows], words, budgets, pool=pool)
    for row, closed in zip(rows, removed, strict=True):
        if closed and row.budget_step is None:
            row.budget_step = len(row.ids)
    return unpack(torch.from_numpy(words.view(np.uint8)).to(device), settings.vocabulary.size)


def _uniforms(rows: Sequence[Row], sampling: Sampling, device: torch.device) -> torch.Tensor | None:
    """One number in [0, 1) from each row's own generator; None: nothing is drawn."""
    if sampling.greedy:
        return None
    return torch.tensor([row.random.random() for row in rows], dtype=torch.float64, device=device)


def _note(rows: Sequence[Row], logprobs: Sequence[float], masked: Sequence[float]) -> None:
    """Probabilities of the chosen tokens, and the allowed mass, which is their quotient."""
    for row, before, after in zip(rows, logprobs, masked, strict=True):
        if not (math.isfinite(before) and math.isfinite(after)):
            raise ModelError(f"the model's logits are not finite at token {len(row.ids)} of an answer; try dtype='float32'")
        row.logprobs.append(before)
        row.masked_logprobs.append(after if row.matcher is not None else before)
        row.allowed_mass.append(math.exp(min(0.0, before - after)) if row.matcher is not None else 1.0)


def _note_wanted(rows: Sequence[Row], log_p: torch.Tensor) -> None:
    for index, row in enumerate(rows):
        if not row.ids and row.allowed_mass[0] < 0.5:
            best = log_p[index].max(dim=-1)
            row.wanted = int(best.indices), float(best.values.exp())
