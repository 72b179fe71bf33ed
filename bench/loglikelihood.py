"""Scoring four-choice items beside lm-evaluation-harness: the same model, items and machine, engines in turn.

    python -m bench.loglikelihood [--items 200] [--shots 0,4] [--choices short,worked] [--repeat 5] [--batch-sizes 8,16,64]

Both get texts and give log-likelihoods, tokenisation included. The harness runs with each batch size, and its best one counts; its loading
does not. The network's own time is the floor of both: what is above it is ours, or theirs. Short choices are phrases, as in most tests;
worked ones are longer than a question without solved examples is. One thread, so that the two do not differ by how they use cores.
"""

from __future__ import annotations

import argparse
import logging
import os
import statistics
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import torch

from bench.machine import facts
from fsmgen.decoding import LanguageModel, choice_likelihoods, load_model
from fsmgen.embedded.formats import FAVOURITE
from fsmgen.evaluation.prompts import FormatPrompt
from fsmgen.evaluation.tasks import Item, story_task

Items = Sequence[tuple[str, Sequence[str]]]


def four_choice_items(count: int, shots: int, kind: str) -> Items:
    """Questions with four answers each, one of them right; the others are those of the next items."""
    task, prompt = story_task("dev", count + 3), FormatPrompt(FAVOURITE)
    answers = [_worked(item) if kind == "worked" else f" {item.gold} {item.question.split()[-1]}" for item in task.items]
    texts = [prompt.text(item, task.examples[:shots]) for item in task.items[:count]]
    return [(text, answers[i : i + 4]) for i, text in enumerate(texts)]


def _worked(item: Item) -> str:
    return f" {item.solution} The answer is {item.gold}."


def harness(model: LanguageModel, items: Items, batch_size: int) -> Callable[[], list[float]]:
    """A run of the harness over the items."""
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    theirs: Any = HFLM(pretrained=model.network, tokenizer=model.tokenizer, batch_size=batch_size, device="cpu")
    pairs = [(prompt, choice) for prompt, choices in items for choice in choices]

    def run() -> list[float]:
        requests = [Instance(request_type="loglikelihood", doc={}, arguments=pair, idx=index) for index, pair in enumerate(pairs)]
        return [total for total, _ in theirs.loglikelihood(requests, disable_tqdm=True)]

    return run


@dataclass
class Cost:
    """Seconds of one engine, run by run.

    Attributes:
        wall: on the clock.
        cpu: of the processor, which other programs on the machine disturb less.
        forward: of the processor inside the network itself.
    """

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    forward: list[float] = field(default_factory=list)

    def median(self, name: str) -> float:
        return statistics.median(getattr(self, name))


@contextmanager
def forward_seconds(network: Any) -> Iterator[list[float]]:
    """A list that gets the processor's seconds of every forward pass."""
    seconds: list[float] = []
    before = network.register_forward_pre_hook(lambda *_: seconds.append(-time.process_time()))
    after = network.register_forward_hook(lambda *_: seconds.append(seconds.pop() + time.process_time()))
    try:
        yield seconds
    finally:
        before.remove()
        after.remove()


def timed(network: Any, runs: dict[str, Callable[[], list[float]]], repeat: int) -> tuple[dict[str, Cost], dict[str, list[float]]]:
    """What each run costs, in turn, and what each found."""
    costs = {name: Cost() for name in runs}
    found = {name: run() for name, run in runs.items()}
    for _ in range(repeat):
        for name, run in runs.items():
            with forward_seconds(network) as forward:
                wall, cpu = time.perf_counter(), time.process_time()
                run()
                costs[name].wall.append(time.perf_counter() - wall)
                costs[name].cpu.append(time.process_time() - cpu)
            costs[name].forward.append(sum(forward))
    return costs, found


def compare(model: LanguageModel, items: Items, batch_sizes: Sequence[int], repeat: int) -> None:
    """Print the times of both over some items, and how far their results are apart."""
    runs = {f"harness, batch {size}": harness(model, items, size) for size in batch_sizes}
    runs["fsmgen"] = lambda: [likelihood.total for row in choice_likelihoods(model, items) for likelihood in row]
    costs, found = timed(model.network, runs, repeat)
    ours = costs["fsmgen"]
    apart = max(abs(a - b) for name in runs for a, b in zip(found["fsmgen"], found[name], strict=True))
    for name, cost in costs.items():
        shown = (f"{1000 * cost.median(kind) / len(items):.2f}" for kind in ("wall", "cpu", "forward"))
        print(f"| {name} | {' | '.join(shown)} | {cost.median('wall') / ours.median('wall'):.2f} |")
    wall, cpu = (min(cost.median(kind) for name, cost in costs.items() if name != "fsmgen") for kind in ("wall", "cpu"))
    floor = f"{cpu / ours.median('cpu'):.2f}, of the processor's time alone; {cpu / ours.median('forward'):.2f} if only the network ran"
    print(f"best of the harness over fsmgen: {wall / ours.median('wall'):.2f}; {floor}")
    print(f"largest difference of a log-likelihood: {apart:.1e}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--items", type=int, default=200)
    parser.add_argument("--shots", default="0,4", help="numbers of solved examples in the prompt")
    parser.add_argument("--choices", default="short,worked")
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--batch-sizes", default="8,16,64", help="of the harness")
    parser.add_argument("--model", default="embedded:stories")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    model = load_model(options.model)
    print(facts(), "\n")
    for kind, shots in product(options.choices.split(","), map(int, options.shots.split(","))):
        items = four_choice_items(options.items, shots, kind)
        print(f"{options.items} items of four {kind} choices, {shots} solved examples, prompts of {len(model.encode(items[0][0]))} tokens")
        print("| engine | ms an item | of the processor | of that the network | times fsmgen's |\n|---|---|---|---|---|")
        compare(model, items, [int(size) for size in options.batch_sizes.split(",")], options.repeat)


if __name__ == "__main__":
    main()
