"""A sentence about an order to a JSON record with the keys name, item and count."""

from __future__ import annotations

import json

from fsmgen.embedded.stories import NAMES, THINGS
from fsmgen.embedded.tasks.sample import Draw, Sample

TASK = "records"
SENTENCES = (
    "{name} ordered {count} {item}.",
    "{count} {item} were sold to {name}.",
    "We sent {name} {count} {item}.",
    "The {count} {item} are for {name}.",
    "On Monday {name} asked for {count} {item}.",
)
LEAD = "Write as a record: "


def make(draw: Draw) -> Sample:
    name, item, count = draw.pick(NAMES), draw.pick(THINGS), draw.between(2, 99)
    number = draw.between(0, len(SENTENCES) - 1)
    return Sample(
        task=TASK,
        question=LEAD + SENTENCES[number].format(name=name, item=item, count=count),
        steps=f"The buyer is {name}.",
        answer=json.dumps({"name": name, "item": item, "count": count}),
        choices=(),
        group=f"{TASK}-{number}",
        bones=f"{number} {name} {count} {item}",
    )
