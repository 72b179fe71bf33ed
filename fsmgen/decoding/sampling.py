"""`Sampling`: how a token is chosen from the distribution that the constraint leaves. Values only; the arithmetic is in distribution.py."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fsmgen.errors import InvalidOption


@dataclass(frozen=True, slots=True)
class Sampling:
    """Settings of one run, applied in this order: penalties, temperature, (mask,) top-k, top-p, min-p.

    Attributes:
        temperature: 0 takes the most probable token, the lowest id among equals; probabilities are then recorded at temperature 1.
        top_k: keep the k most probable tokens, and those as probable as the k-th; 0 keeps all.
        top_p: keep the fewest most probable tokens whose sum reaches this, the lowest ids first among equals.
        min_p: keep tokens at least this many times as probable as the most probable one.
        repetition_penalty: divides positive and multiplies negative logits of tokens that occur in prompt or answer
            (arXiv 1909.05858, section 4.1, as transformers has it).
        presence_penalty: subtracted from the logit of each token that occurs in the answer.
        frequency_penalty: subtracted once per occurrence in the answer.
        seed: row i draws from a generator of its own, seeded by (seed, i); a tuple gives the seed of each row.
    """

    temperature: float = 0.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    seed: int | tuple[int, ...] = 0

    def __post_init__(self) -> None:
        """Refuse what has no meaning, or could carry a finite logit to infinity."""
        temperature_fits = self.temperature == 0 or 1e-3 <= self.temperature <= 1e3
        seeds = self.seed if isinstance(self.seed, tuple) else (self.seed,)
        for option, fits, allowed in (
            ("temperature", temperature_fits, "0 (greedy) or between 0.001 and 1000"),
            ("top_k", self.top_k >= 0, "0 (all tokens) or the number of tokens to keep"),
            ("top_p", 0 < self.top_p <= 1, "above 0 and at most 1"),
            ("min_p", 0 <= self.min_p <= 1, "between 0 and 1"),
            ("repetition_penalty", 0.01 <= self.repetition_penalty <= 100, "between 0.01 and 100"),
            ("presence_penalty", abs(self.presence_penalty) <= 100, "between -100 and 100"),
            ("frequency_penalty", abs(self.frequency_penalty) <= 100, "between -100 and 100"),
            ("seed", all(seed >= 0 for seed in seeds), "0 or a positive integer, or one such integer per row"),
        ):
            if not fits:
                raise InvalidOption(option, getattr(self, option), allowed=allowed)

    @property
    def greedy(self) -> bool:
        """Whether nothing is drawn."""
        return self.temperature == 0

    @property
    def penalises(self) -> bool:
        """Whether logits depend on which tokens occurred."""
        return (self.repetition_penalty, self.presence_penalty, self.frequency_penalty) != (1, 0, 0)

    def row_seeds(self, rows: int) -> tuple[int, ...]:
        """The seed of each row, below 2**53. A row that is run alone with `seed=(its seed,)` draws the same numbers."""
        if isinstance(self.seed, int):
            return tuple(_mix(self.seed, row) for row in range(rows))
        if len(self.seed) != rows:
            raise InvalidOption("seed", self.seed, allowed=f"an integer, or one integer for each of the {rows} rows")
        return self.seed


GREEDY = Sampling()


def _mix(seed: int, row: int) -> int:
    return int(np.random.SeedSequence((seed, row)).generate_state(1, np.uint64)[0]) >> 11
