"""Arithmetic stories of one step: short generated questions with their working and their answer.

>>> story = stories("test", 1, seed=0)[0]
>>> story.split, str(story.answer) in story.steps
('test', True)

A story is *bones* (a template and its two numbers) dressed in names and things. The split is decided by a hash of the
bones, so a test story differs from every training story in more than its names: its template never appeared in training
with these two numbers. What is *not* held out: the sum itself, which other templates may have shown, and all the words.

Numbers are small, so that a model of under a million parameters can learn them: addends 2-49, minuends 10-60 with
subtrahends from 2, factors 2-9. Two stories in five add, two subtract, one multiplies.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fsmgen.errors import InvalidOption

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SPLITS = ("train", "dev", "test")
_HELD_OUT_TENTHS = {0: "test", 1: "dev"}

ADD, SUBTRACT, MULTIPLY = "add", "subtract", "multiply"
OPERATIONS = (ADD, ADD, SUBTRACT, SUBTRACT, MULTIPLY)

_NAMES = (
    "Ada Ali Amy Ana Anton Ben Bo Cara Chen Clara Dan David Ella Emma Eva Felix Finn Greta Gus Hana Hugo Ian Ida Iris "
    "Jan Joe Kai Karim Kim Lena Leo Lily Liz Luca Max Mia Milo Nick Nora Olga Omar Oscar Paul Pia Rosa Ruth Sam Sara "
    "Sofia Tara Tim Tom Uma Vera Victor Yan Yuki Zoe"
)
_THINGS = (
    "apples bags balls beads bells books bottles brushes buttons cakes candles cards carrots chairs clips coins cookies "
    "cups drums eggs feathers flowers forks gloves hats keys kites lamps lemons letters maps marbles masks melons nuts "
    "oranges pears pencils pens photos pillows plates ribbons rings roses shells shirts socks spoons stamps stickers "
    "stones tickets toys tulips"
)
NAMES, THINGS = tuple(_NAMES.split()), tuple(_THINGS.split())

TEMPLATES: dict[str, tuple[str, ...]] = {
    ADD: (
        "{name} has {a} {things}. {other} gives {name} {b} more. How many {things} does {name} have now?",
        "There are {a} {things} in a box. {name} puts in {b} more. How many {things} are in the box?",
        "{name} finds {a} {things} in the morning and {b} in the evening. How many {things} does {name} find in all?",
        "{name} buys {a} {things} and {other} buys {b}. How many {things} do they buy together?",
        "A shop sells {a} {things} on Monday and {b} on Tuesday. How many {things} does the shop sell?",
        "{name} counts {a} red {things} and {b} blue {things}. How many {things} are there?",
        "{other} owns {a} {things}. {name} owns {b} more than {other}. How many {things} does {name} own?",
        "{name} gave away {a} {things} and has {b} left. How many {things} were there at first?",
    ),
    SUBTRACT: (
        "{name} has {a} {things} and gives {b} to {other}. How many {things} are left?",
        "There are {a} {things} in a box. {name} takes out {b}. How many {things} remain in the box?",
        "{name} had {a} {things} and lost {b}. How many {things} does {name} have now?",
        "{name} has {a} {things} and {other} has {b}. How many more {things} does {name} have than {other}?",
        "A shop had {a} {things} and sold {b}. How many {things} are still in the shop?",
        "{name} needs {a} {things} and has {b}. How many more {things} does {name} need?",
        "Of the {a} {things} on the table, {b} are broken. How many {things} are not broken?",
        "{name} and {other} have {a} {things} together. {other} has {b}. How many {things} does {name} have?",
    ),
    MULTIPLY: (
        "{name} has {a} bags with {b} {things} in each bag. How many {things} does {name} have?",
        "There are {a} rows of {b} {things}. How many {things} are there?",
        "Each of {a} children brings {b} {things}. How many {things} do they bring?",
        "One box holds {a} {things}. How many {things} do {b} boxes hold?",
        "{other} has {a} {things}. {name} has {b} times as many. How many {things} does {name} have?",
        "{name} makes {a} {things} every day. How many {things} does {name} make in {b} days?",
        "A shop sells {a} {things} an hour. How many {things} does the shop sell in {b} hours?",
        "{name} fills {a} jars with {b} {things} each. How many {things} are in the jars?",
    ),
}
"""The question templates by operation; `a` always comes first in the text."""

_WORKING = {
    ADD: ("{a} and {b} more: {sums}.", "Add {b} to {a}: {sums}."),
    SUBTRACT: ("{a} without {b}: {sums}.", "Take {b} from {a}: {sums}."),
    MULTIPLY: ("{a} times {b}: {sums}.", "Take {a} times {b}: {sums}."),
}
_SIGNS = {ADD: "+", SUBTRACT: "-", MULTIPLY: "*"}


@dataclass(frozen=True, slots=True)
class Story:
    """One item.

    Attributes:
        question: the story, ending with its question.
        steps: the working, one sentence that ends with the last equation and its result.
        answer: the number asked for.
        split: "train", "dev" or "test".
        template: operation and number of the template, as in "add-3"; items cluster by it.
    """

    question: str
    steps: str
    answer: int
    split: str
    template: str


def split_of(template: str, a: int, b: int) -> str:
    """The split of the stories with these bones: a tenth each is test and dev."""
    digest = hashlib.sha256(f"{template} {a} {b}".encode()).digest()
    return _HELD_OUT_TENTHS.get(int.from_bytes(digest[:8], "big") % 10, "train")


def stream(split: str, *, seed: int) -> Iterator[Story]:
    """Endless stories of one split, repeats possible.

    Only `random()` is drawn from, the one method whose sequence Python promises to keep over versions.
    """
    if split not in SPLITS:
        raise InvalidOption("split", split, allowed=" or ".join(SPLITS))
    draw = random.Random(f"{split} {seed}").random
    while True:
        operation = _pick(OPERATIONS, draw())
        index = int(draw() * len(TEMPLATES[operation]))
        a, b = _numbers(operation, draw(), draw())
        if split_of(f"{operation}-{index}", a, b) == split:
            dress = _pick(NAMES, draw()), _pick(NAMES[1:], draw()), _pick(THINGS, draw())
            yield _story(operation, index, (a, b), dress)


def stories(split: str, count: int, *, seed: int) -> list[Story]:
    """The first `count` stories of the split's stream whose questions are all different."""
    found: dict[str, Story] = {}
    for story in stream(split, seed=seed):
        if len(found) >= count:
            break
        found.setdefault(story.question, story)
    return list(found.values())


def _pick(options: Sequence[str], fraction: float) -> str:
    return options[int(fraction * len(options))]


def _between(low: int, high: int, fraction: float) -> int:
    return low + int(fraction * (high - low + 1))


def _numbers(operation: str, first: float, second: float) -> tuple[int, int]:
    if operation == ADD:
        return _between(2, 49, first), _between(2, 49, second)
    if operation == MULTIPLY:
        return _between(2, 9, first), _between(2, 9, second)
    a = _between(10, 60, first)
    return a, _between(2, a - 1, second)


def _sums(operation: str, a: int, b: int) -> str:
    """The working as equations: tens of `b` first, as in `34 + 20 = 54, 54 + 7 = 61`, where it has both tens and ones.

    In pilots of 2,500 steps the model had 64 of 100 dev items right so, and 22 with the whole sum in one equation.
    """
    sign, tens = _SIGNS[operation], b - b % 10
    parts = (b,) if operation == MULTIPLY or b in (tens, b % 10) else (tens, b % 10)
    equations = []
    for part in parts:
        result = _result(operation, a, part)
        equations.append(f"{a} {sign} {part} = {result}")
        a = result
    return ", ".join(equations)


def _result(operation: str, a: int, b: int) -> int:
    return {ADD: a + b, SUBTRACT: a - b, MULTIPLY: a * b}[operation]


def _story(operation: str, index: int, numbers: tuple[int, int], dress: tuple[str, str, str]) -> Story:
    a, b = numbers
    name, other, things = dress
    if other == name:
        other = NAMES[0]
    template = f"{operation}-{index}"
    return Story(
        question=TEMPLATES[operation][index].format(name=name, other=other, things=things, a=a, b=b),
        steps=_WORKING[operation][index % 2].format(a=a, b=b, sums=_sums(operation, a, b)),
        answer=_result(operation, a, b),
        split=split_of(template, a, b),
        template=template,
    )
