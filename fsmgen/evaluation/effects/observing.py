"""Free answers with a matcher alongside: how many are in the language, and where and how the others left it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from fsmgen.evaluation.statistics import Interval, Unsaid, proportion


class Seen(Protocol):
    """What a watching matcher saw of one answer; see `decoding.Observation`."""

    @property
    def mass(self) -> tuple[float, ...]: ...
    @property
    def departed(self) -> int | None: ...
    @property
    def complete(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Observed:
    """Free answers as a constraint sees them.

    Attributes:
        obeyed: share of the answers that are in the language, ends included.
        departed: share that left it at some token.
        unfinished: answers that never left it and did not end inside it, cut off by the token limit.
        departures: at which step how many left.
        first_mass: mean allowed mass of the first token.
        mass_at_departure: median over departures of the allowed mass there: near one it was bad luck, near zero the model's plan.
    """

    obeyed: Interval | Unsaid
    departed: Interval | Unsaid
    unfinished: int
    departures: dict[int, int]
    first_mass: float
    mass_at_departure: float | None
    answers: int


def observed(seen: Sequence[Seen], items: Sequence[Hashable]) -> Observed | Unsaid:
    """What was seen of all answers together."""
    if not seen:
        return Unsaid("no answer was watched")
    steps = [each.departed for each in seen if each.departed is not None]
    at = [each.mass[each.departed] for each in seen if each.departed is not None]
    return Observed(
        obeyed=proportion([float(each.complete) for each in seen], items),
        departed=proportion([float(each.departed is not None) for each in seen], items),
        unfinished=sum(each.departed is None and not each.complete for each in seen),
        departures={step: steps.count(step) for step in sorted(set(steps))},
        first_mass=float(np.mean([each.mass[0] for each in seen])),
        mass_at_departure=float(np.median(at)) if at else None,
        answers=len(seen),
    )
