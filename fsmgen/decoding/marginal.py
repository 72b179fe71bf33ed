"""The probability of a text however it is cut into tokens.

A model gives probability to token sequences. `12` may be one token or two, and the sum over all ways is what the model says of the text:
exact for short texts, else an interval. The search takes the most probable beginnings first: what is complete is a lower bound, and every
beginning that waits can add no more than its own probability.
"""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias, get_args
from weakref import WeakKeyDictionary

import torch

from fsmgen.decoding.models import LanguageModel
from fsmgen.decoding.trees import TokenTree, tree_logits
from fsmgen.errors import InvalidOption, PromptTooLong
from fsmgen.tokens import Vocabulary

Ending: TypeAlias = Literal["eos", "open"]
"""`eos`: exactly this text and then the end, so that `1` does not contain `12`; `open`: any text that begins with it."""
_AT_ONCE = 16
_BATCH_TOKENS = 8192


@dataclass(frozen=True, slots=True)
class Marginal:
    """The probability of a text after a prompt, over all of its tokenisations.

    Attributes:
        low, high: natural logarithms of the bounds; equal where every tokenisation was looked at. -inf is a probability of zero.
        complete: tokenisations that were summed.
        exact: whether none was left out.
    """

    text: str
    low: float
    high: float
    complete: int
    exact: bool


def marginal_likelihoods(
    model: LanguageModel, prompt: str, texts: Sequence[str], *, ending: Ending = "eos", limit: int = 512, tolerance: float = 0.0
) -> list[Marginal]:
    """Sum over the tokenisations of each text.

    Args:
        limit: beginnings that are looked at for each text; what waits then makes the interval.
        tolerance: an interval whose bounds are this near as probabilities is good enough.

    Raises:
        InvalidOption: an unknown ending, an empty text that need not end, or numbers that cannot be.
        PromptTooLong: the longest tokenisation, one token a byte, would exceed the context.
    """
    if ending not in get_args(Ending):
        raise InvalidOption("ending", ending, allowed=" or ".join(map(repr, get_args(Ending))))
    if limit < 1 or tolerance < 0:
        raise InvalidOption("limit and tolerance", (limit, tolerance), allowed="at least 1, and at least 0")
    if ending == "open" and "" in texts:
        raise InvalidOption("texts", "an empty text", allowed="texts that are not empty, since every text begins with the empty one")
    ids = marginal_prompt(model, prompt, texts)
    return [_Search(model, ids, text, ending).run(limit, tolerance) for text in texts]


def marginal_prompt(model: LanguageModel, prompt: str, texts: Sequence[str]) -> list[int]:
    """The tokens of a prompt that has room for every tokenisation of the texts after it; PromptTooLong where it has not."""
    ids = model.encode(prompt)
    longest = max((len(text.encode()) for text in texts), default=0)
    if model.context_length is not None and len(ids) + longest > model.context_length:
        raise PromptTooLong(prompt_tokens=len(ids), max_tokens=longest, context=model.context_length)
    return ids


class _Tokens:
    """The tokens of a vocabulary by their bytes."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        pairs = ((vocabulary.token_bytes(token), token) for token in range(vocabulary.size))
        self._pairs = sorted((spelled, token) for spelled, token in pairs if spelled and token not in vocabulary.eos_ids)

    @cached_property
    def _by_bytes(self) -> dict[bytes, list[int]]:
        found: dict[bytes, list[int]] = {}
        for spelled, token in self._pairs:
            found.setdefault(spelled, []).append(token)
        return found

    @cached_property
    def _longest(self) -> int:
        return max((len(spelled) for spelled, _ in self._pairs), default=0)

    def within(self, rest: bytes) -> Iterator[tuple[int, int]]:
        """(token, its length) of the tokens that `rest` begins with."""
        for length in range(1, min(len(rest), self._longest) + 1):
            for token in self._by_bytes.get(rest[:length], ()):
                yield token, length

    def beyond(self, rest: bytes) -> Iterator[int]:
        """The tokens that begin with `rest` and go on."""
        for spelled, token in self._pairs[bisect_left(self._pairs, (rest, -1)) :]:
            if not spelled.startswith(rest):
                return
            if len(spelled) > len(rest):
                yield token


_TOKENS: WeakKeyDictionary[Vocabulary, _Tokens] = WeakKeyDictionary()


class _Search:
    """Beginnings of one text's tokenisations, the most probable first."""

    def __init__(self, model: LanguageModel, prompt: Sequence[int], text: str, ending: Ending) -> None:
        self._network, self._eos = model.network, sorted(model.vocabulary.eos_ids)
        self._prompt, self._text, self._data, self._ending = prompt, text, text.encode(), ending
        self._tokens = _TOKENS.setdefault(model.vocabulary, _Tokens(model.vocabulary))
        self._waiting: list[tuple[float, tuple[int, ...], int]] = [(0.0, (), 0)]  # -log p, tokens, bytes of the text that they are
        self._found: list[float] = []

    def run(self, limit: int, tolerance: float) -> Marginal:
        looked = 0
        while self._waiting and looked < limit and self._waiting_mass() > tolerance:
            count = min(_AT_ONCE, limit - looked, len(self._waiting))
            self._expand([heapq.heappop(self._waiting) for _ in range(count)])
            looked += count
        low = _log(math.fsum(self._found))
        rest = self._waiting_mass() if self._waiting else 0.0
        return Marginal(self._text, low, _log(min(1.0, math.fsum(self._found) + rest)), len(self._found), not self._waiting)

    def _waiting_mass(self) -> float:
        return math.fsum(math.exp(-cost) for cost, _, _ in self._waiting)

    def _expand(self, beginnings: Sequence[tuple[float, tuple[int, ...], int]]) -> None:
        tree = TokenTree.of(self._prompt, [(*tokens, 0) for _, tokens, _ in beginnings])
        [(_, [logits])] = tree_logits(self._network, [tree], batch_tokens=_BATCH_TOKENS)
        log_p = logits.double().log_softmax(dim=-1)
        for (cost, tokens, done), path in zip(beginnings, tree.paths, strict=True):
            self._follow(cost, tokens, done, log_p[tree.parents[path[-1]]])

    def _follow(self, cost: float, tokens: tuple[int, ...], done: int, log_p: torch.Tensor) -> None:
        rest = self._data[done:]
        if not rest:
            self._found.append(math.exp(-cost) * float(log_p[self._eos].exp().sum()))
            return
        for token, length in self._tokens.within(rest):
            after = cost - float(log_p[token])
            if length == len(rest) and self._ending == "open":
                self._found.append(math.exp(-after))
            else:
                heapq.heappush(self._waiting, (after, (*tokens, token), done + length))
        if self._ending == "open":
            self._found += [math.exp(float(log_p[token]) - cost) for token in self._tokens.beyond(rest)]


def _log(probability: float) -> float:
    return math.log(probability) if probability > 0 else -math.inf
