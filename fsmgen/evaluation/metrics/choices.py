"""Which choice a model prefers, from the log-likelihoods of all of them.

>>> scores = ChoiceScores((ScoredChoice("no", -3.0, tokens=1), ScoredChoice("certainly", -4.0, tokens=4)))
>>> {name: scores.best(name) for name in ("raw", "token", "character")}
{'raw': 0, 'token': 1, 'character': 1}
>>> scores.at_least_half(0, "normalised")
True
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from fsmgen.errors import InvalidOption

Normalisation: TypeAlias = Literal["raw", "token", "character", "byte", "pmi"]
NORMALISATIONS: tuple[Normalisation, ...] = get_args(Normalisation)
"""What a choice's log-likelihood is divided by: nothing, its tokens, its characters (the harness's `acc_norm`), its bytes of UTF-8
(`acc_bytes`); or, pointwise mutual information, minus its log-likelihood after the unconditional prompt."""
Half: TypeAlias = Literal["raw", "normalised", "marginal"]
"""Whose probability is compared with one half: the choice's; its share among all choices; that of the terminated text over all
tokenisations."""


@dataclass(frozen=True, slots=True)
class ScoredChoice:
    """A choice with what a model says of it.

    Attributes:
        text: the choice itself, without the space that may stand before it; normalisations count this.
        logprob: natural logarithm of its probability after the prompt.
        tokens: as many as were scored.
        unconditional: the same logarithm after a prompt that does not know the question; needed for `pmi`.
        marginal: that of the terminated text over all tokenisations; needed for `marginal`.
        greedy: whether every token of it was the most probable one.
    """

    text: str
    logprob: float
    tokens: int = 1
    unconditional: float | None = None
    marginal: float | None = None
    greedy: bool = False


@dataclass(frozen=True, slots=True)
class ChoiceScores:
    """All choices of one item."""

    choices: tuple[ScoredChoice, ...]

    def __post_init__(self) -> None:
        if not self.choices:
            raise InvalidOption("choices", self.choices, allowed="at least one")

    def values(self, normalisation: Normalisation = "raw") -> tuple[float, ...]:
        """The normalised log-likelihood of each choice.

        Raises:
            InvalidOption: an unknown normalisation; `pmi` without unconditional likelihoods; or a length of zero.
        """
        return tuple(_normalised(choice, normalisation) for choice in self.choices)

    def best(self, normalisation: Normalisation = "raw") -> int:
        """The place of the largest value, the first one of several."""
        values = self.values(normalisation)
        return values.index(max(values))

    def margin(self, normalisation: Normalisation = "raw") -> float:
        """The largest value minus the second largest; infinite where there is one choice."""
        first, second, *_ = [*sorted(self.values(normalisation), reverse=True), -math.inf]
        return first - second

    def shares(self) -> tuple[float, ...]:
        """The probability of each choice among the choices; sums to one."""
        top = max(choice.logprob for choice in self.choices)
        weights = [math.exp(choice.logprob - top) for choice in self.choices]
        return tuple(weight / math.fsum(weights) for weight in weights)

    def coverage(self) -> float:
        """The probability that the model gives to the choices at all, if none begins with another; at most one."""
        return min(1.0, math.fsum(math.exp(choice.logprob) for choice in self.choices))

    def at_least_half(self, place: int, definition: Half = "raw") -> bool:
        """Whether a choice's probability is at least one half.

        Raises:
            InvalidOption: an unknown definition, or no marginal likelihood.
        """
        match definition:
            case "raw":
                return self.choices[place].logprob >= math.log(0.5)
            case "normalised":
                return self.shares()[place] >= 0.5
            case "marginal":
                marginal = self.choices[place].marginal
                if marginal is None:
                    raise InvalidOption(
                        "definition", definition, allowed="one whose likelihoods there are: the choices have no marginal ones"
                    )
                return marginal >= math.log(0.5)
        raise InvalidOption("definition", definition, allowed=f"one of {', '.join(get_args(Half))}")


def _normalised(choice: ScoredChoice, normalisation: Normalisation) -> float:
    if normalisation == "raw":
        return choice.logprob
    if normalisation == "pmi":
        if choice.unconditional is None:
            raise InvalidOption("normalisation", "pmi", allowed="one whose likelihoods there are: the choices have no unconditional ones")
        return choice.logprob - choice.unconditional
    lengths = {"token": choice.tokens, "character": len(choice.text), "byte": len(choice.text.encode("utf-8", "surrogatepass"))}
    if normalisation not in lengths:
        raise InvalidOption("normalisation", normalisation, allowed=f"one of {', '.join(NORMALISATIONS)}")
    if not lengths[normalisation]:
        raise InvalidOption("choice", choice.text, allowed=f"a text with at least one {normalisation}")
    return choice.logprob / lengths[normalisation]
