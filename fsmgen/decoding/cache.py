"""`CachedSession`: one batch in a transformers model, with its key-value cache, left padding and positions."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import torch

from fsmgen.decoding.trees import attention_span, shared_beginning
from fsmgen.errors import ModelError


class CachedSession:
    """A batch that only shrinks. A step costs one forward pass of one token per row; dropping rows copies the cache."""

    def __init__(self, network: Any) -> None:
        self._network = network
        accepted = inspect.signature(network.forward).parameters
        self._takes_positions = "position_ids" in accepted
        self._takes_last = "logits_to_keep" in accepted
        self._cache: Any = None
        self._real = torch.empty(0)

    def start(self, prompts: Sequence[Sequence[int]]) -> torch.Tensor:
        """Read the prompts; logits [B, V] after the last token of each.

        A beginning that all of them share, solved examples as a rule, is read once; what follows is padded on the left to one length.
        """
        shared = self._shared(prompts)
        if shared:
            self._real = self._tensor([[1] * shared])
            self._forward(self._tensor([prompts[0][:shared]]), last=1)
            self._cache.batch_repeat_interleave(len(prompts))
            self._real = self._real.expand(len(prompts), -1)
            return self.read([prompt[shared:] for prompt in prompts], range(len(prompts)))[:, -1]
        width = max(map(len, prompts))
        padding = [[0] * (width - len(prompt)) for prompt in prompts]
        ids = self._tensor([[*pad, *prompt] for pad, prompt in zip(padding, prompts, strict=True)])
        self._real = self._tensor([[*pad, *([1] * len(prompt))] for pad, prompt in zip(padding, prompts, strict=True)])
        return self._forward(ids, last=1)[:, -1]

    def step(self, tokens: Sequence[int], keep: Sequence[int]) -> torch.Tensor:
        """Go on with the rows `keep` of the last batch, after one more token each; logits [B, V]."""
        return self.read([[token] for token in tokens], keep)[:, -1]

    def read(self, blocks: Sequence[Sequence[int]], keep: Sequence[int]) -> torch.Tensor:
        """As `step`, after some tokens each; logits [B, widest, V], those of a row at the end of its block.

        Raises:
            ModelError: rows of different lengths in a network that looks back over a limited number of places.
        """
        if len(keep) < len(self._real):
            index = self._tensor(keep)
            self._cache.batch_select_indices(index)
            self._real = self._real[index]
        width = max(map(len, blocks))
        padding = [[0] * (width - len(block)) for block in blocks]
        if any(padding) and attention_span(self._network) is not None:
            raise ModelError(f"a {self._network.config.model_type} model with a sliding window coalesces one prompt at a time")
        real = self._tensor([[*pad, *([1] * len(block))] for pad, block in zip(padding, blocks, strict=True)])
        self._real = torch.cat([self._real, real], dim=-1)
        return self._forward(self._tensor([[*pad, *block] for pad, block in zip(padding, blocks, strict=True)]), last=width)

    def _shared(self, prompts: Sequence[Sequence[int]]) -> int:
        """Tokens of the beginning that is read once: padding follows it, which needs positions of our own and no window."""
        apart = not self._takes_positions or attention_span(self._network) is not None
        return 0 if apart else shared_beginning([tuple(prompt) for prompt in prompts])

    def _tensor(self, values: Sequence[Any]) -> torch.Tensor:
        return torch.tensor(values, dtype=torch.long, device=self._network.device)

    def _forward(self, ids: torch.Tensor, *, last: int) -> torch.Tensor:
        """Logits [B, last, V] of the last places."""
        positions = (self._real.cumsum(-1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        options: dict[str, Any] = {"position_ids": positions} if self._takes_positions else {}
        if self._takes_last:
            options["logits_to_keep"] = last
        with torch.inference_mode():
            output = self._network(input_ids=ids, attention_mask=self._real, past_key_values=self._cache, use_cache=True, **options)
        self._cache = getattr(output, "past_key_values", None)
        if not hasattr(self._cache, "batch_select_indices"):
            raise ModelError(f"a {self._network.config.model_type} model keeps no key-value cache that rows can leave")
        logits: torch.Tensor = output.logits[:, -last:]
        return logits
