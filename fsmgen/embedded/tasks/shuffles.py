"""Tracked shuffles: three people with three things swap twice or three times; who has what at the end, as multiple choice."""

from __future__ import annotations

from fsmgen.embedded.stories import NAMES
from fsmgen.embedded.tasks.sample import Draw, Sample

TASK = "shuffles"
COLOURS = ("red", "blue", "green", "white", "black", "pink")


def make(draw: Draw) -> Sample:
    people, colours = draw.distinct(NAMES, 3), draw.distinct(COLOURS, 3)
    swaps = [tuple(sorted(draw.distinct(range(3), 2))) for _ in range(draw.between(2, 3))]
    held = list(colours)
    states = []
    for one, other in swaps:
        held[one], held[other] = held[other], held[one]
        states.append(", ".join(f"{person} {colour}" for person, colour in zip(people, held, strict=True)) + ".")
    asked = draw.between(0, 2)
    given = ", ".join(f"{person} {colour}" for person, colour in zip(people, colours, strict=True))
    moves = " ".join(f"{people[one]} and {people[other]} swap." for one, other in swaps)
    return Sample(
        task=TASK,
        question=f"{given}. {moves} What does {people[asked]} have?",
        steps=" ".join(states),
        answer=held[asked],
        choices=tuple(draw.shuffled(colours)),
        group=f"{TASK}-{len(swaps)}",
        bones=f"{given} {swaps} {asked}",
    )
