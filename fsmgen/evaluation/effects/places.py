"""Interventions by their place in the constraint: the rule, terminal, hole or text at which the model's first choice was forbidden."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar

from fsmgen.errors import FsmgenError
from fsmgen.evaluation.effects.answers import Answer
from fsmgen.evaluation.effects.interventions import Intervention, interventions
from fsmgen.evaluation.effects.regions import place_of, text_in_language
from fsmgen.evaluation.statistics import Unsaid
from fsmgen.grammar import Language
from fsmgen.grammar.expectations import Expecting

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
    begun: dict[tuple[str, str], list[tuple[int, Intervention]]] = {}
    languages: dict[str, Language] = {}
    total = 0
    for number, answer in enumerate(answers):
        each, constraint = interventions(answer), language(answer)
        if isinstance(each, Unsaid):
            return each
        if isinstance(constraint, Unsaid):
            return constraint
        languages.setdefault(constraint.source, constraint)
        total += len(each)
        for one in each:
            key = constraint.source, text_in_language(answer, one.step)
            if key in begun or len(begun) < limit:
                begun.setdefault(key, []).append((number, one))
    found: dict[str, list[tuple[int, Intervention]]] = defaultdict(list)
    for name, key in _looked_up(languages, begun):
        found[name] += begun[key]
    counts = sorted(map(_counted, found, map(_in_order, found.values())), key=lambda count: (-count.times, count.place))
    return Places(tuple(counts), total, sum(count.times for count in counts))


def _looked_up(languages: Mapping[str, Language], begun: Iterable[tuple[str, str]]) -> Iterator[tuple[str, tuple[str, str]]]:
    """The place of each beginning, those of a language in alphabetical order, since they share what they begin with."""
    for source, keys in groupby(sorted(begun), key=lambda key: key[0]):
        try:
            expecting = Expecting(languages[source].grammar)
        except FsmgenError as error:
            yield from ((f"not looked up: {error}", key) for key in keys)
            continue
        for key in keys:
            try:
                yield place_of(expecting.after(key[1].encode())), key
            except FsmgenError as error:
                yield f"not looked up: {error}", key


def _in_order(found: Sequence[tuple[int, Intervention]]) -> Sequence[tuple[int, Intervention]]:
    return sorted(found, key=lambda each: (each[0], each[1].step))


def _counted(name: str, found: Sequence[tuple[int, Intervention]]) -> PlaceCount:
    [wanted] = Counter(one.wanted for _, one in found).most_common(1)
    [got] = Counter(one.got for _, one in found).most_common(1)
    return PlaceCount(name, len(found), len({number for number, _ in found}), wanted, got)
