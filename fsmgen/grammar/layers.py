"""What is known of the states of `Layered` before any layer of it is laid out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from fsmgen.automata.expression import Layered
from fsmgen.grammar.measuring import stand_ins

_COMPARED = 256
"""In automata of more states than this nothing stands for another state: to compare them takes time with the square of their number."""


@dataclass(frozen=True, slots=True)
class StepState:
    """What is known of a state.

    Attributes:
        nearest, longest: fewest and most steps to a final one; None if there is no final one, or no most.
        stand_in: a later state that no text of at most `alike` steps tells from this one; itself if there is none.
    """

    nearest: int | None
    longest: int | None
    stand_in: int
    alike: int


def step_states(part: Layered) -> list[StepState]:
    """The states in order."""
    forth: dict[int, list[int]] = {}
    back: dict[int, list[int]] = {}
    for source, _, _, _, target in part.rows:
        forth.setdefault(source, []).append(target)
        back.setdefault(target, []).append(source)
    nearest, longest = _fewest(back, part.finals), _most(forth, back, range(part.size))
    alike = _stand_ins(part) if part.size <= _COMPARED else [[state, 0] for state in range(part.size)]
    return [StepState(nearest.get(state), longest.get(state), *alike[state]) for state in range(part.size)]


def _fewest(ways: Mapping[int, list[int]], starts: Iterable[int]) -> dict[int, int]:
    """Fewest steps from the starts to each state."""
    found = dict.fromkeys(starts, 0)
    order = list(found)
    for state in order:  # grows while it runs
        for target in ways.get(state, ()):
            if target not in found:
                found[target] = found[state] + 1
                order.append(target)
    return found


def _most(forth: Mapping[int, list[int]], back: Mapping[int, list[int]], states: Iterable[int]) -> dict[int, int]:
    """Most steps from each state that leads to no circle."""
    left = {state: len(forth.get(state, ())) for state in states}
    order = [state for state, count in left.items() if not count]
    found: dict[int, int] = {}
    for state in order:  # grows while it runs
        found[state] = max((1 + found[target] for target in forth.get(state, ())), default=0)
        for source in back.get(state, ()):
            left[source] -= 1
            if not left[source]:
                order.append(source)
    return found


def _stand_ins(part: Layered) -> list[list[int]]:
    """For each state the one that stands for it, and for how many steps."""
    rules = {rule: number for number, rule in enumerate(dict.fromkeys(row[3] for row in part.rows))}
    rows = np.array(sorted((source, low, high, rules[rule], target) for source, low, high, rule, target in part.rows), np.int32)
    final, out = np.zeros(part.size, np.uint8), np.empty((part.size, 2), np.int32)
    final[list(part.finals)] = 1
    stand_ins(rows.reshape(-1, 5), final, out)
    found: list[list[int]] = out.tolist()
    return found
