"""`CachedSession`: one batch in a transformers model, with its key-value cache, left padding and positions."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import torch

from fsmgen.errors import ModelError


class CachedSession:
    """A batch that only shrinks. A step costs one forward pass of one token per row; dropping rows copies the cache."""

    def __init__(self, network: Any) -> None:
        self._network = network
        accepted = inspect.signature(network.forward).parameters
        self._takes_positions = "position_ids" in accepted
        self._last_only = {"logits_to_keep": 1} if "logits_to_keep" in accepted else {}
        self._cache: Any = None
        self._real = torch.empty(0)

    def start(self, prompts: Sequence[Sequence[int]]) -> torch.Tensor:
        """Read the prompts, padded on the left to one length; logits [B, V] after the last token of each."""
        width = max(map(len, prompts))
        padding = [[0] * (width - len(prompt)) for prompt in prompts]
        ids = self._tensor([[*pad, *prompt] for pad, prompt in zip(padding, prompts, strict=True)])
        self._real = self._tensor([[*pad, *([1] * len(prompt))] for pad, prompt in zip(padding, prompts, strict=True)])
        return self._forward(ids)

    def step(self, tokens: Sequence[int], keep: Sequence[int]) -> torch.Tensor:
        """Go on with the rows `keep` of the last batch, after one more token each; logits [B, V]."""
        if len(keep) < len(self._real):
            index = self._tensor(keep)
            self._cache.batch_select_indices(index)
            self._real = self._real[index]
        self._real = torch.cat([self._real, torch.ones_like(self._real[:, :1])], dim=-1)
        return self._forward(self._tensor(tokens).unsqueeze(-1))

    def _tensor(self, values: Sequence[Any]) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.long, device=self._network.device)

    def _forward(self, ids: torch.Tensor) -> torch.Tensor:
        positions = (self._real.cumsum(-1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        options = {**self._last_only, **({"position_ids": positions} if self._takes_positions else {})}
        with torch.inference_mode():
            output = self._network(input_ids=ids, attention_mask=self._real, past_key_values=self._cache, use_cache=True, **options)
        self._cache = getattr(output, "past_key_values", None)
        if not hasattr(self._cache, "batch_select_indices"):
            raise ModelError(f"a {self._network.config.model_type} model keeps no key-value cache that rows can leave")
        logits: torch.Tensor = output.logits[:, -1]
        return logits
