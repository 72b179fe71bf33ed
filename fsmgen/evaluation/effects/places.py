"""Interventions by their place in the constraint: the rule, terminal, hole or text at which the model's first choice was forbidden."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from fsmgen.errors import FsmgenError
from fsmgen.evaluation.effects.answers import Answer
from fsmgen.evaluation.effects.interventions import Intervention, interventions
from fsmgen.evaluation.effects.regions import place, text_in_language
from fsmgen.evaluation.statistics import Unsaid
from fsmgen.grammar import Language

A = TypeVar("A", bound=Answer)
LIMIT = 5000
"""Most different beginnings of answers whose place is looked up, a millisecond or so each."""


@dataclass(frozen=True, slots=True)
class PlaceCount:
    """A place in the constraint.

    Attributes:
        place: as `regions.place`.
        times: interventions there; `answers`: in so many answers.
        wanted, got: the most frequent first choice that was forbidden, and the most frequent token that came, with their numbers.
    """

    place: str
    times: int
    answers: int
    wanted: tuple[str, int]
    got: tuple[str, int]


@dataclass(frozen=True, slots=True)
class Places:
    """The places of interventions, the most frequent one first.

    Attributes:
        interventions: all of them; `looked`: those whose place was looked up.
    """

    found: tuple[PlaceCount, ...]
    interventions: int
    looked: int


def places(answers: Sequence[A], language: Callable[[A], Language | Unsaid], *, limit: int = LIMIT) -> Places | Unsaid:
    """Where interventions lie; `language` gives the constraint of an answer, or why it is not known.

    Places are looked up in the order of the answers, up to `limit` different beginnings.
    """
    known: dict[tuple[str, str], str] = {}
    found: dict[str, list[tuple[int, Intervention]]] = defaultdict(list)
    total = 0
    for number, answer in enumerate(answers):
        each, constraint = interventions(answer), language(answer)
        if isinstance(each, Unsaid):
            return each
        if isinstance(constraint, Unsaid):
            return constraint
        total += len(each)
        for one in each:
            key = constraint.source, text_in_language(answer, one.step)
            if key not in known and len(known) < limit:
                known[key] = _looked_up(constraint, key[1])
            if key in known:
                found[known[key]].append((number, one))
    counts = sorted(map(_counted, found, found.values()), key=lambda count: (-count.times, count.place))
    return Places(tuple(counts), total, sum(count.times for count in counts))


def _looked_up(language: Language, text: str) -> str:
    try:
        return place(language, text)
    except FsmgenError as error:
        return f"not looked up: {error}"


def _counted(name: str, found: Sequence[tuple[int, Intervention]]) -> PlaceCount:
    [wanted] = Counter(one.wanted for _, one in found).most_common(1)
    [got] = Counter(one.got for _, one in found).most_common(1)
    return PlaceCount(name, len(found), len({number for number, _ in found}), wanted, got)
