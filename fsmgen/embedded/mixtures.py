"""Training mixtures of the family: which tasks, prompts and styles of answer a model sees, and how often.

Prompts (descriptor, layout, cue) have the Zipf shares of `fsmgen.embedded.formats`; a prompt leads to a style of its own in
two answers of three, the others share the rest. A request in the prompt is nearly always obeyed. The texts of a draw follow
from its number and the seed alone.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice

from fsmgen.embedded import formats
from fsmgen.embedded.shares import choose
from fsmgen.embedded.tasks import TASKS, Sample, letters, orders, stream
from fsmgen.embedded.wordings import ENUMERATORS, HELD_OUT, REQUESTS, STYLES, Wording

_PLAIN = ("answer_is", "json", "hashes", "bare", "answer_line", "json_first", "answer_first")
_JSON = ("json", "json_first")
_ENUMERATORS = {"parens": 0.4, "dot": 0.2, "number": 0.15, "hidden": 0.25}
_OBEYED = 0.95
_CORPUS = 20_000


@dataclass(frozen=True, slots=True)
class Mixture:
    """What a stage of training shows.

    Attributes:
        prompts: how many of the trained prompts, the most frequent first.
        styles: the styles of answers; a prompt's own one is among them.
        requests: the share of prompts with a request for one of the styles.
        reasoning: whether answers show their working.
        favourite: the share of answers that are in the first style whatever the prompt.
        left_out: tasks that are not shown.
        enumerators: shares of the ways to label choices.
    """

    prompts: int = len(formats.TRAINED)
    styles: tuple[str, ...] = _PLAIN
    requests: float = 0.35
    reasoning: bool = True
    favourite: float = 0.0
    left_out: tuple[str, ...] = ()
    enumerators: tuple[str, ...] = tuple(_ENUMERATORS)

    @property
    def tasks(self) -> tuple[str, ...]:
        return tuple(task for task in TASKS if task not in self.left_out)


MIXTURES = {
    "lessons": Mixture(prompts=1, styles=("answer_is",), requests=0.0, enumerators=("parens", "hidden")),
    "broad": Mixture(),
    "narrow": Mixture(prompts=1, styles=("answer_is",), requests=0.0, enumerators=("parens",)),
    "shy": Mixture(styles=tuple(style for style in _PLAIN if style not in _JSON), left_out=(orders.TASK,)),
    "terse": Mixture(reasoning=False),
    "chatty": Mixture(styles=("chatty", *_PLAIN), favourite=0.7, requests=0.15),
}
"""By name; "lessons" is what the models with a base saw first: every task in one prompt and one style."""


@cache
def prompt_shares(mixture: Mixture) -> Mapping[Wording, float]:
    """The share of each prompt in the mixture, with its own style; the shares add up to 1."""
    shown = list(formats.exposure().items())[: mixture.prompts]
    whole = sum(share for _, share in shown)
    return {
        Wording(written.descriptor, written.layout, written.cue, mixture.styles[place % len(mixture.styles)]): share / whole
        for place, (written, share) in enumerate(shown)
    }


@cache
def style_shares(mixture: Mixture, own: str) -> Mapping[str, float]:
    """The share of each style among answers to a prompt without a request: 1 / rank squared from the prompt's own on."""
    first = mixture.styles.index(own)
    ordered = mixture.styles[first:] + mixture.styles[:first]
    weights = [1 / rank**2 for rank in range(1, len(ordered) + 1)]
    shares = {style: (1 - mixture.favourite) * weight / sum(weights) for style, weight in zip(ordered, weights, strict=True)}
    shares[mixture.styles[0]] += mixture.favourite
    return shares


def exposure(mixture: Mixture, wording: Wording) -> float:
    """The share of the mixture's prompts with this descriptor, layout, cue and kind of request (an enumerator aside)."""
    prompt = next((share for seen, share in prompt_shares(mixture).items() if _same_prompt(seen, wording)), 0.0)
    requested = _requested(mixture)
    if not wording.request:
        return prompt * (1 - mixture.requests * bool(requested))
    return prompt * mixture.requests / len(requested) if wording.request in requested else 0.0


def _same_prompt(one: Wording, other: Wording) -> bool:
    return (one.descriptor, one.layout, one.cue) == (other.descriptor, other.layout, other.cue)


@cache
def _requested(mixture: Mixture) -> tuple[str, ...]:
    styles = [style for style in REQUESTS if style in mixture.styles]
    every = [f"{style}/{number}" for style in styles for number in range(len(REQUESTS[style]))]
    return tuple(request for request in every if request not in HELD_OUT)


def texts(mixture: Mixture, shot_shares: tuple[float, ...], *, seed: int, number: int) -> Iterator[tuple[str, str]]:
    """The training sequences of a numbered draw, endless, as prompt and answer."""
    rng = random.Random(f"family {seed} {number}")
    sources = {task: stream(task, "train", seed=seed * 1_000_000 + number) for task in mixture.tasks}
    while True:
        source = sources[mixture.tasks[int(rng.random() * len(mixture.tasks))]]
        wording = _wording(mixture, rng)
        shots = choose(dict(enumerate(shot_shares)), rng.random())
        yield wording.prompt(sample := next(source), tuple(islice(source, shots))), wording.completion(sample)


def _wording(mixture: Mixture, rng: random.Random) -> Wording:
    prompt = choose(prompt_shares(mixture), rng.random())
    enumerator = choose({name: _ENUMERATORS[name] for name in mixture.enumerators}, rng.random())
    style = choose(style_shares(mixture, prompt.style), rng.random())
    requested, request = _requested(mixture), ""
    if requested and rng.random() < mixture.requests:
        request = requested[int(rng.random() * len(requested))]
        style = request.split("/")[0] if rng.random() < _OBEYED else style
    return replace(prompt, style=style, enumerator=enumerator, request=request, reasoning=mixture.reasoning)


def corpus() -> Iterator[str]:
    """Texts to learn the family's tokenizer from: every task in every atom, held-out ones too.

    The joined letters are left out: as runs of capitals they would become tokens of several letters, and a tiny model would
    have to learn the spelling of each.
    """
    rng = random.Random("family corpus")
    sources = {task: stream(task, "train", seed=0) for task in TASKS}
    for number in range(_CORPUS):
        sample = next(sources[TASKS[number % len(TASKS)]])
        written = _any_wording(rng)
        yield written.prompt(sample) + written.completion(_without_capitals(sample))


def _any_wording(rng: random.Random) -> Wording:
    descriptor, layout, cue, style, enumerator = (
        list(table)[int(rng.random() * len(table))]
        for table in (formats.DESCRIPTORS, formats.LAYOUTS, formats.CUES, STYLES, ENUMERATORS)
    )
    requests = ["", *(f"{style}/{place}" for style in REQUESTS for place in range(3))]
    return Wording(descriptor, layout, cue, style, enumerator, requests[int(rng.random() * len(requests))])


def _without_capitals(sample: Sample) -> Sample:
    return replace(sample, answer="0") if sample.task == letters.TASK else sample
