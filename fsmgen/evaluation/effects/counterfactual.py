"""The same reasoning, a constrained answer: what a constraint gains at the answer, and what it changes on the way there.

Three scores of each cell: free text; the free text's own reasoning with a constrained answer after it; the constraint over all. Then

    constrained - free = (kept reasoning - free)  +  (constrained - kept reasoning)
                         gain at the answer          changed way

exactly, cell by cell.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from fsmgen.evaluation.statistics import Interval, Unsaid, difference_interval


@dataclass(frozen=True, slots=True)
class Decomposition:
    """A difference in two parts, each with its paired interval, or why there is none.

    Attributes:
        total: constrained minus free.
        at_answer: kept reasoning minus free: extraction, form and choice of the answer alone.
        on_the_way: constrained minus kept reasoning: the reasoning that the constraint changed.
        means: the three means, in that order; the first is the sum of the others.
    """

    total: Interval | Unsaid
    at_answer: Interval | Unsaid
    on_the_way: Interval | Unsaid
    means: tuple[float, float, float]
    cells: int


def decompose(
    free: Sequence[float], kept: Sequence[float], constrained: Sequence[float], items: Sequence[Hashable], *, level: float = 0.95
) -> Decomposition | Unsaid:
    """The parts of the difference; scores of the same cells, in order."""
    if not free:
        return Unsaid("no cell has all three answers: free, with its reasoning kept, and constrained")
    parts = (free, constrained), (free, kept), (kept, constrained)
    total, first, second = ([after - before for before, after in zip(*pair, strict=True)] for pair in parts)
    return Decomposition(
        total=difference_interval(total, items, level=level),
        at_answer=difference_interval(first, items, level=level),
        on_the_way=difference_interval(second, items, level=level),
        means=(sum(total) / len(free), sum(first) / len(free), sum(second) / len(free)),
        cells=len(free),
    )
