"""Facts of a synthetic world: how often each was told in training is known exactly.

The world has creatures with a home, a food and a colour each. Facts are told with Zipf frequencies: the training texts draw
from one fixed list of observations (`counts`), so that some facts are told often, some once, and some never: the share of
facts told once is exact. The split is decided by the fact *with its choices and wording*, so dev and test ask for facts
that training told in another dress, and for facts that it never told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache
from itertools import accumulate

from fsmgen.embedded.tasks.sample import Draw, Sample, split_of

TASK = "facts"
OBSERVATIONS = 600
_FIRST = ("Ba", "Du", "Ke", "Lo", "Mi", "Po", "Ra", "Su", "Ti", "Ve")
_LAST = ("gor", "lak", "mun", "nix", "pel", "rin", "sto", "vax")
CREATURES = tuple(first + last for first in _FIRST for last in _LAST)
VALUES: dict[str, tuple[str, ...]] = {
    "home": ("woods", "hills", "caves", "swamps", "deserts", "rivers", "islands", "meadows"),
    "food": ("nuts", "fish", "grass", "snails", "honey", "roots", "moss", "berries"),
    "colour": ("red", "blue", "green", "white", "black", "pink", "grey", "brown"),
}
STATEMENTS = {"home": "The {creature} lives in {value}.", "food": "The {creature} eats {value}.", "colour": "The {creature} is {value}."}
QUESTIONS = {
    "home": ("Where does the {creature} live?", "What is the home of the {creature}?"),
    "food": ("What does the {creature} eat?", "What is the food of the {creature}?"),
    "colour": ("What colour is the {creature}?", "What is the colour of the {creature}?"),
}
Fact = tuple[str, str]
"""A creature and an attribute."""


@cache
def facts() -> Mapping[Fact, str]:
    """The value of every fact, in the order of the facts' frequencies."""
    draw = Draw("world")
    pairs = [(creature, attribute) for creature in CREATURES for attribute in VALUES]
    return {pair: draw.pick(VALUES[pair[1]]) for pair in draw.shuffled(pairs)}


@cache
def _ends() -> list[float]:
    return list(accumulate(1 / rank for rank in range(1, len(facts()) + 1)))


def draw_fact(draw: Draw) -> Fact:
    """A fact with its Zipf probability."""
    height = draw.fraction() * _ends()[-1]
    return list(facts())[next(place for place, end in enumerate(_ends()) if height < end)]


@cache
def observations() -> tuple[Fact, ...]:
    """What training is told, with repeats."""
    draw = Draw("observations")
    return tuple(draw_fact(draw) for _ in range(OBSERVATIONS))


@cache
def counts() -> Mapping[Fact, int]:
    """How often each fact is among the observations, 0 for those never told."""
    seen = Counter(observations())
    return {fact: seen[fact] for fact in facts()}


def make(draw: Draw) -> Sample:
    """Asks for an observed fact three times in four, else for one drawn afresh, which may be one that was never told."""
    fact = draw.pick(observations()) if draw.fraction() < 0.75 else draw_fact(draw)
    return _sample(fact, draw)


def make_told(draw: Draw) -> Sample:
    """Asks for an observed fact: what training shows."""
    return _sample(draw.pick(observations()), draw)


def _sample(fact: Fact, draw: Draw) -> Sample:
    creature, attribute = fact
    value = facts()[fact]
    wrong = draw.distinct([other for other in VALUES[attribute] if other != value], 3)
    choices = tuple(draw.shuffled([value, *wrong]))
    number = draw.between(0, 1)
    return Sample(
        task=TASK,
        question=QUESTIONS[attribute][number].format(creature=creature),
        steps=STATEMENTS[attribute].format(creature=creature, value=value),
        answer=value,
        choices=choices,
        group=f"{TASK}-{attribute}-{creature}",
        bones=f"{attribute} {creature} {number} {choices}",
    )


def recalled(split: str, *, seed: int) -> list[Sample]:
    """Every fact of a split once, told or not, in a random order: "dev" has a fifth of the facts, "test" all the others, "train" none."""
    draw = Draw(f"recall {seed}")
    splits = {fact: "test" if split_of(repr(fact)) == "train" else "dev" for fact in facts()}
    return [_sample(fact, draw) for fact in draw.shuffled(list(facts())) if splits[fact] == split]
