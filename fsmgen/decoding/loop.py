"""The decoding loop: rows that share a model's batch, from prompt ids to chosen ids. Rows leave the batch when they end.

    session.start(prompts) -> logits -> penalties -> p -> mask -> q -> pick -> Row.take -> session.step(tokens, kept) -> logits -> ...

Tokens that are forced are read with the token before them (`session.read`), in the rows that ask for it.

What a row becomes depends on its own prompt, constraint and random numbers, never on the rows beside it.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import numpy as np
import torch

from fsmgen.constraint import Matcher, fill_masks
from fsmgen.decoding.distribution import Penalties, log_probabilities, pick, restrict, unpack
from fsmgen.decoding.forcing import forced_ahead
from fsmgen.decoding.rows import Row, Settings
from fsmgen.decoding.sampling import Sampling
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

    def read(self, blocks: Sequence[Sequence[int]], keep: Sequence[int]) -> torch.Tensor:
        """As `step`, after some tokens each; logits [B, widest, V], those of a row at the end of its block."""
        ...


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
    logits = _start(session, rows, settings)
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
        logits = _step(session, rows, keep, settings)


def _start(session: Session, rows: Sequence[Row], settings: Settings) -> torch.Tensor:
    """Read the prompts and what is forced after them; logits [B, V]."""
    logits = session.start([row.prompt for row in rows])
    ahead = [forced_ahead(row, settings) for row in rows]
    if not any(ahead):
        return logits
    read = session.read(ahead, range(len(rows)))
    after = []
    for row, tokens, first, block in zip(rows, ahead, logits, read, strict=True):
        _append(row, tokens, torch.stack([first, *block[len(block) - len(tokens) : -1]]) if tokens else first[None], settings)
        after.append(block[-1] if tokens else first)
        row.calls += bool(tokens)
    return torch.stack(after)


def _step(session: Session, rows: Sequence[Row], keep: Sequence[int], settings: Settings) -> torch.Tensor:
    """Read the last token of each row and what is forced after it; logits [B, V]."""
    ahead = [forced_ahead(row, settings) for row in rows]
    for row in rows:
        row.calls += 1
    if not any(ahead):
        return session.step([row.ids[-1] for row in rows], keep)
    read = session.read([[row.ids[-1], *tokens] for row, tokens in zip(rows, ahead, strict=True)], keep)
    for row, tokens, block in zip(rows, ahead, read, strict=True):
        _append(row, tokens, block[len(block) - 1 - len(tokens) : -1], settings)
    return read[:, -1]


def _append(row: Row, tokens: Sequence[int], logits: torch.Tensor, settings: Settings) -> None:
    """Take forced tokens; `logits` [tokens, V] are those before each of them."""
    for token, before in zip(tokens, logits, strict=False):
        with torch.inference_mode():
            _choose(before[None], [row], settings, (None, None), given=token)
        row.take(token, settings)
        row.skipped += 1


def _choose(
    logits: torch.Tensor,
    rows: Sequence[Row],
    settings: Settings,
    tools: tuple[Penalties | None, Executor | None],
    *,
    given: int | None = None,
) -> list[int]:
    """One token per row, or the given one; probabilities, masses and the first closing by budget are noted in the rows."""
    penalties, pool = tools
    scores = logits.to(torch.promote_types(logits.dtype, torch.float32))
    log_p = log_probabilities(scores if penalties is None else penalties.apply(scores), settings.sampling.temperature)
    allowed, closed = _allowed(rows, settings, log_p.device, pool)
    log_q = log_p if allowed is None else restrict(log_p, allowed)
    uniforms = _uniforms(rows, settings.sampling, log_p.device)
    chosen = pick(log_q, settings.sampling, uniforms) if given is None else torch.tensor([given], device=log_p.device)
    if penalties is not None:
        penalties.add(chosen)
    index = chosen.unsqueeze(-1)
    _note(rows, log_p.gather(-1, index).squeeze(-1).tolist(), log_q.gather(-1, index).squeeze(-1).tolist())
    _note_wanted(rows, log_p, allowed)
    _note_masses(rows, closed, log_p, settings.vocabulary.size)
    if allowed is not None:
        _note_ends(rows, log_p, allowed, settings.vocabulary)
    return [int(token) for token in chosen.tolist()]


def _allowed(
    rows: Sequence[Row], settings: Settings, device: torch.device, pool: Executor | None
) -> tuple[torch.Tensor | None, Sequence[bool]]:
    """Table bool[B, V] of the tokens that the constraints allow, None if no row has a constraint; and where the budget removed a token."""
    if all(row.matcher is None for row in rows):
        return None, [False] * len(rows)
    words = new_rows(len(rows), settings.vocabulary.size)
    budgets = [settings.max_tokens - len(row.ids) for row in rows]
    started = time.perf_counter()
    removed = fill_masks([row.matcher for row in rows], words, budgets, pool=pool)
    masked = [row for row in rows if row.matcher is not None]
    for row in masked:
        row.mask_seconds += (time.perf_counter() - started) / len(masked)
    for row, closed in zip(rows, removed, strict=True):
        if closed and row.budget_step is None:
            row.budget_step = len(row.ids)
    return unpack(torch.from_numpy(words.view(np.uint8)).to(device), settings.vocabulary.size), removed.tolist()


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


def _note_wanted(rows: Sequence[Row], log_p: torch.Tensor, allowed: torch.Tensor | None) -> None:
    """The model's own first choices, where the constraint forbade them."""
    if allowed is None:
        for row in rows:
            row.wanted.append(None)
        return
    best = log_p.max(dim=-1)
    kept = allowed.gather(-1, best.indices.unsqueeze(-1)).squeeze(-1)
    for row, token, value, fits in zip(rows, best.indices.tolist(), best.values.tolist(), kept.tolist(), strict=True):
        row.wanted.append(None if fits else (token, value))
        if not row.ids and row.allowed_mass[0] < 0.5:
            row.favourite = token, math.exp(value)


def _note_masses(rows: Sequence[Row], closed: Sequence[bool], log_p: torch.Tensor, size: int) -> None:
    """The mass of a language where the budget took some of it, and what watchers would have allowed."""
    for index, (row, less) in enumerate(zip(rows, closed, strict=True)):
        row.language_mass.append(_mass(row.matcher, log_p[index], size) if less and row.matcher is not None else None)
        if row.watcher is not None and row.watcher.departed is None:
            row.watcher.mass.append(_mass(row.watcher.matcher, log_p[index], size))


def _note_ends(rows: Sequence[Row], log_p: torch.Tensor, allowed: torch.Tensor, vocabulary: Vocabulary) -> None:
    """Where one token alone was allowed, where an end was, and how much the model wanted one."""
    ends = sorted(vocabulary.eos_ids)
    alone = (allowed.sum(dim=-1) == 1).tolist()
    may_end, mass = allowed[:, ends].any(dim=-1).tolist(), log_p[:, ends].exp().sum(dim=-1).tolist()
    for row, forced, end, wanted in zip(rows, alone, may_end, mass, strict=True):
        if row.matcher is not None:
            row.forced += [len(row.ids)] * forced
            row.may_end += [len(row.ids)] * end
            row.end_mass.append(min(1.0, wanted))


def _mass(matcher: Matcher, log_p: torch.Tensor, size: int) -> float:
    """The probability of the tokens that a matcher allows, whatever the budget."""
    words = new_rows(1, size)
    matcher.write_mask(words[0])
    [allowed] = unpack(torch.from_numpy(words.view(np.uint8)).to(log_p.device), size)
    return min(1.0, float(log_p[allowed].exp().sum()))
