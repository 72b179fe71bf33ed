"""Last letters of names, joined in capitals."""

from __future__ import annotations

from fsmgen.embedded.stories import NAMES
from fsmgen.embedded.tasks.sample import Draw, Sample

TASK = "letters"
TEMPLATES = (
    "Join the last letters of {names}.",
    "What do the last letters of {names} spell?",
)


def make(draw: Draw) -> Sample:
    """Two to four different names."""
    names = draw.distinct(NAMES, draw.between(2, 4))
    number = draw.between(0, len(TEMPLATES) - 1)
    steps = " ".join(f"{name} ends in {name[-1].upper()}." for name in names)
    return Sample(
        task=TASK,
        question=TEMPLATES[number].format(names=", ".join(names)),
        steps=steps,
        answer="".join(name[-1].upper() for name in names),
        choices=(),
        group=f"{TASK}-{len(names)}-{number}",
        bones=" ".join(names),
    )
