"""Plausibility: does somebody of this trade do such a thing? Yes or no, by whether both belong to the same place.

Training shows every trade and every deed, but not every pair of them: the split goes by the pair.
"""

from __future__ import annotations

from fsmgen.embedded.stories import NAMES
from fsmgen.embedded.tasks.sample import Draw, Sample

TASK = "plausible"
YES, NO = "yes", "no"
TRADES = {
    "kitchen": ("baker", "cook", "waiter", "chef"),
    "sea": ("sailor", "fisher", "diver", "captain"),
    "farm": ("farmer", "shepherd", "gardener", "milkmaid"),
    "school": ("teacher", "pupil", "tutor", "headmaster"),
    "stage": ("poet", "singer", "dancer", "juggler"),
    "road": ("driver", "cyclist", "guard", "carter"),
}
DEEDS = {
    "kitchen": ("kneads the dough", "stirs the soup", "salts the rice", "fries the onions"),
    "sea": ("hoists the sail", "mends the net", "drops the anchor", "rows the boat"),
    "farm": ("shears the sheep", "ploughs the field", "feeds the hens", "waters the plants"),
    "school": ("reads the lesson", "wipes the board", "marks the essay", "learns the poem"),
    "stage": ("sings the duet", "bows to the crowd", "learns the part", "opens the show"),
    "road": ("stops at the light", "checks the tyres", "turns left", "pays the toll"),
}
TEMPLATES = ("Is this plausible? {name}, a {trade}, {deed}.", "{name}, a {trade}, {deed}. Does that make sense?")


def make(draw: Draw) -> Sample:
    """One of the two answers with equal chances."""
    places = list(TRADES)
    home = draw.pick(places)
    other = home if draw.fraction() < 0.5 else draw.pick([place for place in places if place != home])
    name, trade, deed = draw.pick(NAMES), draw.pick(TRADES[home]), draw.pick(DEEDS[other])
    number = draw.between(0, len(TEMPLATES) - 1)
    return Sample(
        task=TASK,
        question=TEMPLATES[number].format(name=name, trade=trade, deed=deed),
        steps=f"A {trade} is of the {home}; who {deed} is of the {other}.",
        answer=YES if home == other else NO,
        choices=(),
        group=f"{TASK}-{number}",
        bones=f"{trade} {deed}",
    )
