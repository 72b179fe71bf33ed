"""Every answer that a constraint allows, with its probability: expectations over short languages without sampling.

The search takes the most probable beginnings first. What it found when its limit was reached is a lower bound, and beginnings that wait
can add no more than their own probability.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from fsmgen.constraint import Constraint, Matcher
from fsmgen.decoding.distribution import log_probabilities, restrict, unpack
from fsmgen.decoding.generation import Model
from fsmgen.errors import InvalidOption, PromptTooLong
from fsmgen.grammar import Language
from fsmgen.tokens import new_rows

_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Path:
    """One answer as tokens, the end token last.

    Attributes:
        logprob: log p of all of them.
        masked_logprob: log q: how probable the answer is under masked sampling.
    """

    ids: tuple[int, ...]
    logprob: float
    masked_logprob: float


@dataclass(frozen=True, slots=True)
class Enumeration:
    """The answers to one prompt.

    Attributes:
        paths: the most probable ones first, as far as beginnings were taken.
        waiting: p of the beginnings that were not looked at; 0.0 where none is left.
    """

    paths: tuple[Path, ...]
    waiting: float

    @property
    def exact(self) -> bool:
        """Whether no answer was left out."""
        return self.waiting == 0.0

    @property
    def low(self) -> float:
        """At least this is the probability that the unconstrained model answers inside the language."""
        return min(1.0, math.fsum(math.exp(path.logprob) for path in self.paths))

    @property
    def high(self) -> float:
        """At most this is it; `low` where the enumeration is exact."""
        return min(1.0, self.low + self.waiting)


@dataclass(order=True, slots=True)
class _Beginning:
    cost: float
    ids: tuple[int, ...]
    masked: float = field(compare=False)
    matcher: Matcher = field(compare=False)


def enumerate_answers(
    model: Model, prompt: str, constraint: Constraint | Language, *, max_tokens: int, temperature: float = 1.0, limit: int = 4096
) -> Enumeration:
    """All token strings that masked sampling can give, inside the budget as `generate` has it; p and q are as in `Generation`.

    Args:
        limit: beginnings that are looked at, one row of a forward pass each.

    Raises:
        InvalidOption: a temperature of 0, or a limit below 1.
        PromptTooLong: prompt and `max_tokens` exceed the context.
        BudgetTooSmall: `max_tokens` is below the shortest answer.
    """
    if temperature <= 0 or limit < 1:
        raise InvalidOption("temperature and limit", (temperature, limit), allowed="above 0, and at least 1")
    compiled = model.compile(constraint) if isinstance(constraint, Language) else constraint
    compiled.require_budget(max_tokens)
    ids = model.encode(prompt)
    if model.context_length is not None and len(ids) + max_tokens > model.context_length:
        raise PromptTooLong(prompt_tokens=len(ids), max_tokens=max_tokens, context=model.context_length)
    return _Search(model, ids, max_tokens, temperature).run(compiled.matcher(), limit)


class _Search:
    def __init__(self, model: Model, prompt: Sequence[int], max_tokens: int, temperature: float) -> None:
        self._model, self._prompt, self._max_tokens, self._temperature = model, prompt, max_tokens, temperature
        self._paths: list[Path] = []
        self._waiting: list[_Beginning] = []

    def run(self, start: Matcher, limit: int) -> Enumeration:
        self._waiting, looked = [_Beginning(0.0, (), 0.0, start)], 0
        while self._waiting and looked < limit:
            count = min(_AT_ONCE, limit - looked, len(self._waiting))
            self._expand([heapq.heappop(self._waiting) for _ in range(count)])
            looked += count
        found = sorted(self._paths, key=lambda path: (-path.logprob, path.ids))
        return Enumeration(tuple(found), math.fsum(math.exp(-each.cost) for each in self._waiting))

    def _expand(self, beginnings: Sequence[_Beginning]) -> None:
        logits = self._model.session().start([[*self._prompt, *each.ids] for each in beginnings])
        words = new_rows(len(beginnings), self._model.vocabulary.size)
        for each, row in zip(beginnings, words, strict=True):
            each.matcher.write_mask(row, budget=self._max_tokens - len(each.ids))
        allowed = unpack(torch.from_numpy(words.view(np.uint8)).to(logits.device), self._model.vocabulary.size)
        log_p = log_probabilities(logits, self._temperature)
        log_q = restrict(log_p, allowed)
        for each, fits, before, after in zip(beginnings, allowed, log_p, log_q, strict=True):
            tokens = fits.nonzero().flatten()
            for token, p, q in zip(tokens.tolist(), before[tokens].tolist(), after[tokens].tolist(), strict=True):
                self._follow(each, token, p, q)

    def _follow(self, beginning: _Beginning, token: int, p: float, q: float) -> None:
        ids, cost, masked = (*beginning.ids, token), beginning.cost - p, beginning.masked + q
        if token in self._model.vocabulary.eos_ids:
            self._paths.append(Path(ids, -cost, masked))
            return
        matcher = beginning.matcher.fork()
        matcher.advance(token)
        heapq.heappush(self._waiting, _Beginning(cost, ids, masked, matcher))
