"""Arithmetic stories of one step as a task: the items of `fsmgen.embedded.stories`, their split included."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fsmgen.embedded import stories
from fsmgen.embedded.tasks.sample import Sample

TASK = "stories"


def stream(split: str, *, seed: int) -> Iterator[Sample]:
    """Endless samples of one split, repeats possible."""
    for story in stories.stream(split, seed=seed):
        bones = " ".join([story.template, *re.findall(r"\d+", story.question)])
        yield Sample(TASK, story.question, story.steps, str(story.answer), (), f"{TASK}-{story.template}", bones)
