"""From logits to a token: the arithmetic of one decoding step, on whole batches, in float64.

Everything here is a pure function of tensors [B, V] (`Penalties` carries which tokens occurred). No constraint is seen here, only a
table of allowed tokens; no model either, only logits.

    logits -> Penalties.apply -> log_probabilities (p) -> restrict (q) -> pick

p is the model's distribution after penalties and temperature, before the mask; Z = p(allowed); q = p restricted to the allowed tokens
and renormalised, so log Z = log p - log q at any allowed token. top-k, top-p and min-p act on q and are in neither p nor q as recorded.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from fsmgen.decoding.sampling import Sampling

_BITS = (1, 2, 4, 8, 16, 32, 64, 128)


def unpack(rows: torch.Tensor, size: int) -> torch.Tensor:
    """Mask rows as bytes, uint8[B, 4 * W], to a table bool[B, size]; bit t % 8 of byte t // 8 is token t."""
    bits = torch.tensor(_BITS, dtype=torch.uint8, device=rows.device)
    return (rows.unsqueeze(-1) & bits).ne(0).flatten(1)[:, :size]


def log_probabilities(logits: torch.Tensor, temperature: float) -> torch.Tensor:
    """log p, float64; a temperature of 0 counts as 1."""
    return torch.log_softmax(logits.double() / (temperature or 1.0), dim=-1)


def restrict(log_p: torch.Tensor, allowed: torch.Tensor) -> torch.Tensor:
    """log q: p restricted to the allowed tokens and renormalised."""
    return torch.where(allowed, log_p, -torch.inf).log_softmax(dim=-1)


def pick(log_q: torch.Tensor, sampling: Sampling, uniforms: torch.Tensor | None) -> torch.Tensor:
    """One token per row, int64[B]: the most probable one, or the one where the uniform number falls in the distribution function.

    The distribution function runs in id order. A token of probability 0 is never chosen, whatever the rounding.
    """
    if uniforms is None:
        return log_q.argmax(dim=-1)
    p = filtered(log_q, sampling).exp()
    reached = p.cumsum(dim=-1).masked_fill(p == 0, 0)
    target = uniforms.unsqueeze(-1) * reached.amax(dim=-1, keepdim=True)
    return (reached > target).to(torch.uint8).argmax(dim=-1)


def filtered(log_q: torch.Tensor, sampling: Sampling) -> torch.Tensor:
    """log q after top-k, top-p and min-p, each on the renormalised result of the one before. One token always stays."""
    if 0 < sampling.top_k < log_q.shape[-1]:
        log_q = _drop(log_q, log_q < log_q.topk(sampling.top_k, dim=-1).values[:, -1:])
    if sampling.top_p < 1:
        log_q = _drop(log_q, _outside_nucleus(log_q, sampling.top_p))
    if sampling.min_p > 0:
        log_q = _drop(log_q, log_q.exp() < sampling.min_p * log_q.amax(dim=-1, keepdim=True).exp())
    return log_q


def _drop(log_q: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    return torch.log_softmax(log_q.masked_fill(out, -torch.inf), dim=-1)


def _outside_nucleus(log_q: torch.Tensor, top_p: float) -> torch.Tensor:
    """Where the more probable tokens already sum to `top_p`."""
    ordered, ids = log_q.sort(dim=-1, descending=True, stable=True)
    p = ordered.exp()
    before = p.cumsum(dim=-1) - p
    before[:, 0] = 0
    return torch.zeros_like(log_q, dtype=torch.bool).scatter(-1, ids, before >= top_p)


class Penalties:
    """Which tokens occurred in each row of a batch, and what that costs them.

    A penalty is finite, so it forbids nothing: a token that is the only one allowed stays the only one.
    """

    def __init__(self, sampling: Sampling, prompts: Sequence[Sequence[int]], like: torch.Tensor) -> None:
        self._sampling = sampling
        self._seen = torch.zeros(like.shape, dtype=torch.bool, device=like.device)
        self._counts = torch.zeros(like.shape, dtype=torch.int32, device=like.device)
        for row, prompt in enumerate(prompts):
            self._seen[row, torch.tensor(prompt, device=like.device)] = True

    def apply(self, logits: torch.Tensor) -> torch.Tensor:
        """The penalised logits; float32 stays float32, so that a repetition penalty rounds as in transformers."""
        factor, index = self._sampling.repetition_penalty, self._seen.nonzero(as_tuple=True)
        old, counts = logits[index], self._counts[index].to(logits.dtype)
        repeated = torch.where(old < 0, old * factor, old / factor)
        presence = self._sampling.presence_penalty * counts.clamp(max=1)
        return logits.index_put(index, repeated - presence - self._sampling.frequency_penalty * counts)

    def add(self, tokens: torch.Tensor) -> None:
        """Note the tokens [B] that were just chosen."""
        rows = torch.arange(len(tokens), device=tokens.device)
        self._seen[rows, tokens] = True
        self._counts[rows, tokens] += 1

    def keep(self, rows: Sequence[int]) -> None:
        """Drop all other rows."""
        index = torch.tensor(rows, device=self._seen.device)
        self._seen, self._counts = self._seen[index], self._counts[index]
