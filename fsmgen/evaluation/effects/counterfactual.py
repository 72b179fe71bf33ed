"""The same reasoning, a constrained answer: what a constraint gains at the answer, and what it changes on the way there.

Three scores of each cell: free text; the free text's own reasoning with a constrained answer after it; the constraint over all. Then

    constrained - free = (kept reasoning - free)  +  (constrained - kept reasoning)
                         gain at the answer          changed way

exactly, cell by cell.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from fsmgen.evaluation.extraction import AnswerForm
from fsmgen.evaluation.extraction.ladder import MARKER
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


def reasoning(text: str, form: AnswerForm) -> str:
    """What a free text says before it announces its answer, in the declared form or by a known marker: all of it if it never does.

    >>> from fsmgen.evaluation.extraction import THE_ANSWER_IS
    >>> [reasoning(text, THE_ANSWER_IS) for text in ("Add 3 to 4. The answer is 7.", "Add: 7\\n#### 7", "So 7")]
    ['Add 3 to 4.', 'Add: 7', 'So 7']
    """
    before = form.before.strip()
    places = [text.find(before)] if before else []
    found = MARKER.search(text)
    places += [found.start()] if found else []
    return text[: min((place for place in places if place >= 0), default=len(text))].rstrip()


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
