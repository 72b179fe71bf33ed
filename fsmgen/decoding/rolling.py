"""The probability of whole texts, and what is said per word, byte and bit.

Texts longer than the context are cut into windows as lm-evaluation-harness 0.4 cuts them: every token is predicted once, each window after
the first from as many earlier tokens as fit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from fsmgen.decoding.likelihood import batch_size
from fsmgen.decoding.models import LanguageModel
from fsmgen.decoding.trees import TokenTree, tree_logits
from fsmgen.errors import InvalidOption


@dataclass(frozen=True, slots=True)
class RollingLikelihood:
    """A text from its beginning.

    Attributes:
        total: log p, the sum over all tokens, the first after the BOS token, or after the EOS token where there is no BOS.
        words: as many as white space separates.
    """

    text: str
    total: float
    tokens: int
    words: int
    bytes: int

    @property
    def word_perplexity(self) -> float:
        """exp of minus log p per word."""
        return math.exp(-self.total / self.words)

    @property
    def byte_perplexity(self) -> float:
        """exp of minus log p per byte of UTF-8."""
        return math.exp(-self.total / self.bytes)

    @property
    def bits_per_byte(self) -> float:
        """Minus log2 p per byte of UTF-8."""
        return -self.total / self.bytes / math.log(2)


def rolling_likelihoods(model: LanguageModel, texts: Sequence[str], *, batch_tokens: int | None = None) -> list[RollingLikelihood]:
    """Score whole texts, in order.

    Args:
        batch_tokens: as in `choice_likelihoods`.

    Raises:
        InvalidOption: an empty text, or a model without a token to begin with or without a limit to its context.
    """
    if "" in texts:
        raise InvalidOption("texts", "an empty text", allowed="texts that are not empty: an empty one has no perplexity")
    first, length = _first_token(model), model.context_length
    encoded = model.encode_all(texts, special=False)
    trees = [
        (index, TokenTree.of(context, [window]))
        for index, ids in enumerate(encoded)
        for context, window in _windows(ids, first, length or len(ids) + 1)
    ]
    totals = [0.0] * len(texts)
    for batch, logits in tree_logits(model.network, [tree for _, tree in trees], batch_tokens=batch_tokens or batch_size(model)):
        for place, rows in zip(batch, logits, strict=True):
            totals[trees[place][0]] += _path_logprob(trees[place][1], rows)
    return [
        RollingLikelihood(text, total, len(ids), len(re.split(r"\s+", text)), len(text.encode()))
        for text, total, ids in zip(texts, totals, encoded, strict=True)
    ]


def _first_token(model: LanguageModel) -> int:
    for token in (model.tokenizer.bos_token_id, *model.vocabulary.eos_ids):
        if token is not None:
            return int(token)
    raise InvalidOption("model", model.name, allowed="one with a BOS or EOS token, after which a text can begin")


def _windows(ids: Sequence[int], first: int, length: int) -> Iterator[tuple[list[int], list[int]]]:
    """(what is given, what is predicted) of every window of at most `length` tokens that are read."""
    end = min(length, len(ids))
    yield [first], list(ids[:end])
    while end < len(ids):
        size = min(len(ids) - end, length)
        end += size
        yield list(ids[end - length - 1 : end - size]), list(ids[end - size : end])


def _path_logprob(tree: TokenTree, logits: torch.Tensor) -> float:
    """log p of the only path of a tree; its nodes are in order."""
    [path] = tree.paths
    places = torch.tensor([tree.parents[node] for node in path], device=logits.device)
    tokens = torch.tensor([tree.tokens[node] for node in path], device=logits.device)
    return float(logits.double().log_softmax(dim=-1)[places, tokens].sum())
