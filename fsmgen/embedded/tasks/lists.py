"""Two tasks on short lists: sorting numbers and counting a word."""

from __future__ import annotations

from fsmgen.embedded.stories import THINGS
from fsmgen.embedded.tasks.sample import Draw, Sample

SORTING, COUNTING = "sorting", "counting"


def make_sorting(draw: Draw) -> Sample:
    """Three to five different numbers below 50 in rising order."""
    numbers = draw.distinct(range(1, 50), draw.between(3, 5))
    given = ", ".join(map(str, numbers))
    return Sample(
        task=SORTING,
        question=f"Sort from small to large: {given}.",
        steps=f"The smallest is {min(numbers)}, the largest is {max(numbers)}.",
        answer=", ".join(map(str, sorted(numbers))),
        choices=(),
        group=f"{SORTING}-{len(numbers)}",
        bones=given,
    )


def make_counting(draw: Draw) -> Sample:
    """How often a word stands among others; the working numbers its places."""
    word, *others = draw.distinct(THINGS, 4)
    wanted = draw.between(1, 5)
    words = draw.shuffled([word] * wanted + [draw.pick(others) for _ in range(draw.between(1, 4))])
    given = ", ".join(words)
    return Sample(
        task=COUNTING,
        question=f"How often does {word} occur here: {given}?",
        steps=" ".join(f"{word} {place}." for place in range(1, wanted + 1)),
        answer=str(wanted),
        choices=(),
        group=f"{COUNTING}-{len(words)}",
        bones=f"{word}: {given}",
    )
