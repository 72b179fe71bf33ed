"""`Row`: one answer while it is written, with the facts of each of its steps; `Watcher`: a matcher that forbids nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from fsmgen.decoding.asking import Policy
from fsmgen.decoding.sampling import Sampling
from fsmgen.decoding.stops import TextStream
from fsmgen.tokens import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fsmgen.constraint import Matcher


@dataclass(frozen=True, slots=True)
class Settings:
    """What all rows of a run share.

    Attributes:
        stop_ids: special tokens whose text is a stop string.
        canonical: the tokens that the tokenizer makes of a text; asked only by rows of that policy.
    """

    vocabulary: Vocabulary
    max_tokens: int
    sampling: Sampling
    stop_ids: frozenset[int] = frozenset()
    canonical: Callable[[str], Sequence[int]] | None = None


@dataclass(slots=True)
class Watcher:
    """A matcher alongside a free answer.

    Attributes:
        mass: of the tokens that it would have allowed, at each step up to the one at which the answer left the language.
        departed: that step.
    """

    matcher: Matcher
    mass: list[float] = field(default_factory=list)
    departed: int | None = None

    def take(self, token: int) -> None:
        """Follow a chosen token; nothing more is seen after the first one that is not allowed."""
        if self.departed is None and not self.matcher.advance(token):
            self.departed = len(self.mass) - 1


@dataclass(slots=True)
class Row:
    """One answer while it is written.

    Attributes:
        favourite: the model's first choice for the first token and its probability, kept where the constraint left less than one half.
        wanted: at each step the model's first choice and its log p where the constraint forbade it.
        language_mass: at each step the mass of the tokens that the constraint allows, where the budget removed some of them.
        forced: steps at which one token alone was allowed.
        may_end: steps at which an end token was allowed.
        end_mass: p of the end tokens at each step; as the two above only with a constraint.
        skipped: tokens that were appended without asking the model.
        calls: forward passes for this row, that of the prompt included.
        mask_seconds: its share of the time in which the masks of its batch were built.
    """

    prompt: Sequence[int]
    seed: int
    stream: TextStream
    matcher: Matcher | None = None
    watcher: Watcher | None = None
    policy: Policy | None = None
    ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    masked_logprobs: list[float] = field(default_factory=list)
    allowed_mass: list[float] = field(default_factory=list)
    wanted: list[tuple[int, float] | None] = field(default_factory=list)
    language_mass: list[float | None] = field(default_factory=list)
    forced: list[int] = field(default_factory=list)
    may_end: list[int] = field(default_factory=list)
    end_mass: list[float] = field(default_factory=list)
    stop_reason: str = ""
    budget_step: int | None = None
    favourite: tuple[int, float] | None = None
    skipped: int = 0
    calls: int = 1
    mask_seconds: float = 0.0
    random: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)

    def take(self, token: int, settings: Settings) -> None:
        """Append a chosen token, and end the row if it is the last."""
        self.ids.append(token)
        if self.matcher is not None:
            advanced = self.matcher.advance(token)
            assert advanced, "the mask allowed a token that the matcher refuses"
        if self.watcher is not None:
            self.watcher.take(token)
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
