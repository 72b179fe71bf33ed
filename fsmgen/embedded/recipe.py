"""What an embedded model is trained on and with: the recipe, and the batches that follow from it."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from fsmgen.embedded import formats, mixtures, stories
from fsmgen.embedded.bpe import END_ID
from fsmgen.embedded.mixtures import MIXTURES
from fsmgen.embedded.shares import choose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenizers import Tokenizer

    from fsmgen.embedded.stories import Story

Batch = list[tuple[list[int], int]]
"""Sequences of token ids, each with the length of its prompt."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that the weights depend on besides the code and the versions of the libraries.

    Attributes:
        mixture: a key of MIXTURES, or "stories": only arithmetic stories in the formats of `fsmgen.embedded.formats`.
        base: the recipe whose finished weights this one starts from; empty for random weights.
        shot_shares: shares of sequences with 0, 1, 2 solved examples before the last question.
        batch: sequences per step.
        prompt_weight: weight of a prompt token's loss; an answer token weighs 1.
        until: the step of the schedule at which training stops, for a base whose rate is not to fall to its end; 0 for all steps.
        dtype: of the weights in the finished checkpoint; training is in float32.
    """

    name: str
    mixture: str = "stories"
    base: str = ""
    seed: int = 0
    steps: int = 12_000
    batch: int = 16
    learning_rate: float = 2.5e-3
    warmup: int = 300
    weight_decay: float = 0.05
    prompt_weight: float = 0.1
    shot_shares: tuple[float, float, float] = (0.8, 0.1, 0.1)
    tokens: int = 1024
    hidden: int = 96
    layers: int = 4
    heads: int = 4
    intermediate: int = 256
    context: int = 512
    until: int = 0
    dtype: str = "float32"

    @property
    def last(self) -> int:
        """The step at which training stops."""
        return self.until or self.steps


_MEDIUM = Recipe("lessons", mixture="lessons", steps=20_000, until=15_000, shot_shares=(0.94, 0.06, 0.0), warmup=200)
_STAGE = replace(_MEDIUM, base="lessons", steps=4000, until=0, learning_rate=1.5e-3, warmup=100, dtype="float16")
_WHOLE = replace(_MEDIUM, mixture="broad", until=0, dtype="float16")
_SMALL = replace(_WHOLE, hidden=64, layers=3, intermediate=176, steps=20_000, learning_rate=4e-3)
_TINY = replace(_WHOLE, hidden=48, layers=2, intermediate=128, steps=1_000, learning_rate=4e-3)

RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe("stories"),
        _MEDIUM,
        replace(_STAGE, name="broad", mixture="broad"),
        replace(_STAGE, name="narrow", mixture="narrow"),
        replace(_STAGE, name="shy", mixture="shy"),
        replace(_STAGE, name="terse", mixture="terse"),
        replace(_STAGE, name="chatty", mixture="chatty"),
        replace(_SMALL, name="small", seed=0),
        replace(_SMALL, name="small-b", seed=1),
        replace(_TINY, name="tiny"),
    )
}
"""By name. "lessons" is not shipped: it is the base from which the five medium models go different ways."""

_BATCHES_PER_DRAW = 16
_TOKENIZER_TEXTS = 30_000


def mixture_of(model: str) -> str:
    """The mixture that the model of this name was trained on, such as `embedded:broad`; empty for one that is not embedded."""
    recipe = RECIPES.get(model.removeprefix("embedded:"))
    return recipe.mixture if recipe else ""


def corpus(recipe: Recipe) -> Iterator[str]:
    """Texts to learn the tokenizer from: every prompt in every style, some with a solved example, held-out ones too."""
    if recipe.mixture in MIXTURES:
        yield from mixtures.corpus()
        return
    draw = random.Random(f"corpus {recipe.seed}").random
    source = stories.stream("train", seed=recipe.seed)
    for story, shot in islice(zip(source, source, strict=False), _TOKENIZER_TEXTS):
        plain = formats.FORMATS[int(draw() * len(formats.FORMATS))]
        written = replace(plain, style=list(formats.STYLES)[int(draw() * len(formats.STYLES))])
        yield written.prompt(story, (shot,) if draw() < 0.2 else ()) + written.completion(story)


def batches(recipe: Recipe, tokenizer: Tokenizer, *, start: int = 0) -> Iterator[Batch]:
    """The batches of the steps from `start` on: the batch of a step is the same wherever one starts."""
    for first in range(start - start % _BATCHES_PER_DRAW, recipe.last, _BATCHES_PER_DRAW):
        drawn = _draw(recipe, tokenizer, first // _BATCHES_PER_DRAW)
        yield from drawn[max(0, start - first) : recipe.last - first]


def texts(recipe: Recipe, number: int, *, count: int) -> list[tuple[str, str]]:
    """The first `count` training sequences of a numbered draw, as prompt and answer."""
    if recipe.mixture in MIXTURES:
        return list(islice(mixtures.texts(MIXTURES[recipe.mixture], recipe.shot_shares, seed=recipe.seed, number=number), count))
    rng = random.Random(f"draw {recipe.seed} {number}")
    source = stories.stream("train", seed=recipe.seed * 1_000_000 + number)
    return [_sequence(recipe, source, rng) for _ in range(count)]


def _draw(recipe: Recipe, tokenizer: Tokenizer, number: int) -> list[Batch]:
    """Some batches at once, each of sequences of similar length, in random order."""
    drawn = texts(recipe, number, count=recipe.batch * _BATCHES_PER_DRAW)
    prompts = tokenizer.encode_batch_fast([prompt for prompt, _ in drawn])
    answers = tokenizer.encode_batch_fast([answer for _, answer in drawn])
    sequences = [([*prompt.ids, *answer.ids, END_ID], len(prompt.ids)) for prompt, answer in zip(prompts, answers, strict=True)]
    sequences.sort(key=lambda sequence: len(sequence[0]))
    order = random.Random(number)
    cut = [sequences[i : i + recipe.batch] for i in range(0, len(sequences), recipe.batch)]
    return sorted(cut, key=lambda _: order.random())


def _sequence(recipe: Recipe, source: Iterator[Story], rng: random.Random) -> tuple[str, str]:
    """Prompt and answer: the format by its share, the style by the mixture, examples in the style of the answer."""
    story = next(source)
    chosen = choose(formats.exposure(), rng.random())
    written = replace(chosen, style=choose(formats.style_mixture(chosen, story.template), rng.random()))
    shots = choose(dict(enumerate(recipe.shot_shares)), rng.random())
    return written.prompt(story, tuple(islice(source, shots))), written.completion(story)
