"""The validity mass beside what free answers do, on an embedded model: task by task and prompt by prompt.

    python -m bench.validity [--items 300] [--temperature 1.0] [--seed 0] [--json FILE]

In each cell, the same stories are answered under a constraint and, with other random numbers, freely while the constraint only watches. The
mass comes from the constrained answers alone; the rate is the share of the free ones that are in the language, their end included.
Exit status 1 if fewer than nine cells in ten agree, at a level of 95%.
"""

from __future__ import annotations

import argparse
import json
import sys
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from fsmgen.decoding import FirstStepWarning, LanguageModel, Sampling, Watched, generate, load_model
from fsmgen.embedded.formats import HELD_OUT, TRAINED, Format
from fsmgen.embedded.stories import Story, stories
from fsmgen.errors import NoExpectation
from fsmgen.evaluation.effects import Drawing, SelfCheck, check_validity, validity_mass
from fsmgen.evaluation.statistics import Interval, Unsaid
from fsmgen.frontends import regex
from fsmgen.grammar import Language

TASKS = {
    "the answer is": regex(r"[A-Za-z0-9 ,.:+*/=$-]{1,80}The answer is [0-9]{1,4}\.", leading_space="optional"),
    "a line with a number": regex(r"[\s\S]{0,120}[0-9]{1,4}[.}]?"),
}
PROMPTS = (*TRAINED[:8], *HELD_OUT[:4])
MAX_TOKENS = 64


@dataclass(frozen=True, slots=True)
class Cell:
    """One task under one prompt; `reason`: why there is no mass."""

    task: str
    prompt: str
    mass: float | None = None
    mass_interval: tuple[float, float] | None = None
    effective: float | None = None
    rate: float | None = None
    rate_interval: tuple[float, float] | None = None
    inside: bool | None = None
    agrees: bool | None = None
    reason: str = ""


def cell(model: LanguageModel, task: str, prompt: Format, asked: list[Story], options: argparse.Namespace) -> Cell:
    texts = [prompt.prompt(story) for story in asked]
    ways: tuple[Language | Watched, ...] = (TASKS[task], Watched(TASKS[task]))
    constrained, watched = (
        generate(model, texts, how, max_tokens=MAX_TOKENS, sampling=Sampling(temperature=options.temperature, seed=options.seed + shift))
        for shift, how in enumerate(ways)
    )
    try:
        mass = validity_mass(constrained, texts, Drawing(options.temperature))
    except NoExpectation as error:
        return Cell(task, prompt.name, reason=error.reason)
    check = check_validity(mass, [answer.observation is not None and answer.observation.complete for answer in watched], texts)
    assert isinstance(check, SelfCheck), "there are free answers"
    return Cell(
        task,
        prompt.name,
        mass.estimate,
        _bounds(mass.interval),
        mass.effective,
        check.rate.estimate,
        _bounds(check.rate),
        check.inside,
        check.agrees,
    )


def _bounds(interval: Interval | Unsaid) -> tuple[float, float] | None:
    return (interval.low, interval.high) if isinstance(interval, Interval) else None


def _line(found: Cell) -> str:
    if found.mass is None:
        return f"| {found.task} | {found.prompt} | - | - | - | {found.reason} |"
    mass, rate = (
        f"{value:.3f}" + (f" [{bounds[0]:.3f}, {bounds[1]:.3f}]" if bounds else "")
        for value, bounds in ((found.mass, found.mass_interval), (found.rate, found.rate_interval))
    )
    verdict = f"{'inside' if found.inside else 'outside'}, {'agrees' if found.agrees else 'differs'}"
    return f"| {found.task} | {found.prompt} | {mass} | {found.effective:.0f} | {rate} | {verdict} |"


def cells(options: argparse.Namespace) -> Iterator[Cell]:
    model, asked = load_model(options.model), list(stories("test", options.items, seed=0))
    for task in TASKS:
        for prompt in PROMPTS:
            yield cell(model, task, prompt, asked, options)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--model", default="embedded:stories")
    parser.add_argument("--items", type=int, default=300)
    parser.add_argument("--temperature", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="where to write all cells")
    options = parser.parse_args()
    torch.set_num_threads(1)  # a model this small is faster so
    warnings.simplefilter("ignore", FirstStepWarning)
    print("| task | prompt | validity mass | effective size | rate of free answers | mass in the rate's interval, difference |")
    print("|---|---|---|---|---|---|")
    found = []
    for each in cells(options):
        found.append(each)
        print(_line(each), flush=True)
    told = [each for each in found if each.mass is not None]
    inside, agree = sum(bool(each.inside) for each in told), sum(bool(each.agrees) for each in told)
    print(
        f"\n{len(told)} of {len(found)} cells have a mass; {inside} lie in the interval of the rate, {agree} differ by no more than chance"
    )
    if options.json:
        options.json.write_text(json.dumps([asdict(each) for each in found], indent=1))
    sys.exit(agree < 0.9 * len(told) or not told)


if __name__ == "__main__":
    main()
