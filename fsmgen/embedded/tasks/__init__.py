"""The generated tasks of the embedded family: seeded streams of samples whose split follows from their bones.

>>> for sample in samples("plausible", "dev", 1, seed=0):
...     print(sample.question, sample.answer, sample.split)
Is this plausible? Kai, a captain, reads the lesson. no dev

`samples(task, split, count, seed=...)` is all that an evaluation needs: question, working, gold answer, choices and group of
each item. "dev" is to tune on, "test" to report; training draws from "train" only. How a sample is put as a prompt is
`fsmgen.embedded.wordings`.

| task | answer | what it asks |
| --- | --- | --- |
| stories | number | an arithmetic story of one step |
| letters | text | last letters of two to four names, joined in capitals |
| shuffles | one of three choices | who has what after two or three swaps |
| facts | one of four choices | a creature's home, food or colour; frequencies are Zipf's (`world.counts`) |
| plausible | yes or no | whether somebody of this trade does such a thing |
| records | JSON object | a sentence as a record with name, item and count |
| sorting | numbers with commas | three to five numbers in rising order |
| counting | number | how often a word occurs in a list |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import repeat

from fsmgen.embedded.tasks import letters, lists, orders, plausible, shuffles, sums, world
from fsmgen.embedded.tasks.sample import SPLITS, Draw, Sample
from fsmgen.errors import InvalidOption

__all__ = ["SPLITS", "TASKS", "Sample", "samples", "stream"]

_MAKERS: dict[str, Callable[[Draw], Sample]] = {
    letters.TASK: letters.make,
    shuffles.TASK: shuffles.make,
    world.TASK: world.make,
    plausible.TASK: plausible.make,
    orders.TASK: orders.make,
    lists.SORTING: lists.make_sorting,
    lists.COUNTING: lists.make_counting,
}
TASKS = (sums.TASK, *_MAKERS)


def stream(task: str, split: str, *, seed: int) -> Iterator[Sample]:
    """Endless samples of one split, repeats possible; only facts that are told in training are in "train".

    Raises:
        InvalidOption: an unknown task or split.
    """
    if task not in TASKS:
        raise InvalidOption("task", task, allowed=" or ".join(TASKS))
    if split not in SPLITS:
        raise InvalidOption("split", split, allowed=" or ".join(SPLITS))
    if task == sums.TASK:
        return sums.stream(split, seed=seed)
    make = world.make_told if (task, split) == (world.TASK, "train") else _MAKERS[task]
    made = map(make, repeat(Draw(f"{task} {split} {seed}")))
    return (sample for sample in made if sample.split == split)


def samples(task: str, split: str, count: int, *, seed: int) -> list[Sample]:
    """The first `count` samples of the split's stream that are all different as questions with choices.

    Raises:
        InvalidOption: an unknown task or split, or more samples than the split has.
    """
    found: dict[tuple[str, ...], Sample] = {}
    if count <= 0:
        return []
    for tried, sample in enumerate(stream(task, split, seed=seed)):
        found.setdefault((sample.question, *sample.choices), sample)
        if len(found) == count:
            return list(found.values())
        if tried > 4 * len(found) + 1000:
            break
    raise InvalidOption("count", count, allowed=f"at most about {len(found)}, the different {split} items of {task}")
