"""What every command on studies says of data that cannot carry a figure: a sentence, and never NaN, infinity or a traceback."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fsmgen.decoding import Generation, Sampling
from fsmgen.embedded.formats import FAVOURITE
from fsmgen.evaluation.arms import FreeText
from fsmgen.evaluation.prompts import FormatPrompt
from fsmgen.evaluation.records import canonical
from fsmgen.evaluation.running import run
from fsmgen.evaluation.tasks import Task, story_task
from tests.evaluation.conftest import FakeModel, fake_generate, make_experiment

COMMANDS = ("compare", "rank", "calibrate", "plan", "effects")
STORIES = story_task("dev", 20)
DRAWN = Sampling(temperature=1.0)
NO_NUMBER = re.compile(r"(?<![\w-])(nan|inf|infinity|none)(?![\w-])", re.IGNORECASE)


def texts(text_of: Callable[[str], str]) -> Callable[..., list[Generation]]:
    """A model that writes a text for each prompt, whatever the arm."""

    def generate(model: Any, prompts: Sequence[str], constraint: Any, **options: Any) -> list[Generation]:
        answers = fake_generate(model, prompts, constraint, **options)
        changed = [replace(answer, text=text_of(prompt)) for prompt, answer in zip(prompts, answers, strict=True)]
        return [replace(answer, stop_reason="eos", budget_step=None) for answer in changed]

    return generate


def right(prompt: str) -> str:
    item = next(item for item in STORIES.items if item.question in prompt)
    return f"The answer is {item.gold}."


def made(folder: Path, generate: Callable[..., Any] = fake_generate, **changes: Any) -> Path:
    run(make_experiment(**{"task": STORIES, "sampling": DRAWN, **changes}), folder, generate=generate)
    return folder


def other_model(folder: Path, generate: Callable[..., Any] = fake_generate, **changes: Any) -> Path:
    return made(folder, generate, model=FakeModel(name="embedded:other"), **changes)


def lines(folder: Path) -> list[str]:
    return (folder / "records.jsonl").read_text().splitlines(keepends=True)


def with_lines(folder: Path, kept: Sequence[str]) -> Path:
    (folder / "records.jsonl").write_text("".join(kept))
    return folder


def one_prompt(root: Path) -> list[Path]:
    prompts = (FormatPrompt(FAVOURITE),)
    return [made(root / "a", prompts=prompts), other_model(root / "b", texts(right), prompts=prompts)]


def one_model(root: Path) -> list[Path]:
    return [made(root / "a")]


def one_item(root: Path) -> list[Path]:
    alone = Task("one", STORIES.items[:1])
    return [made(root / "a", task=alone), other_model(root / "b", task=alone)]


def one_arm(root: Path) -> list[Path]:
    return [made(root / "a", arms=(FreeText(),))]


def no_discordance(root: Path) -> list[Path]:
    same = texts(lambda prompt: right(prompt) if len(prompt) % 2 else "The answer is 0.")
    return [made(root / "a", same), other_model(root / "b", same)]


def all_correct(root: Path) -> list[Path]:
    return [made(root / "a", texts(right)), other_model(root / "b", texts(right))]


def all_silent(root: Path) -> list[Path]:
    silent = texts(lambda prompt: "")
    return [made(root / "a", silent), other_model(root / "b", silent)]


def unbalanced(root: Path) -> list[Path]:
    first, second = made(root / "a"), other_model(root / "b")
    with_lines(first, lines(first)[:57])
    return [first, with_lines(second, lines(second)[11:])]


def one_arm_missing(root: Path) -> list[Path]:
    first = made(root / "a")
    return [with_lines(first, [line for line in lines(first) if json.loads(line)["trial"]["arm"] == "free text"])]


def duplicated(root: Path) -> list[Path]:
    first = made(root / "a")
    return [with_lines(first, [*lines(first), lines(first)[4]])]


def two_versions(root: Path) -> list[Path]:
    newer = FakeModel(facts={"sha256": "0" * 64, "torch": "9.9", "revision": None})
    return [made(root / "a"), made(root / "b", model=newer)]


def two_versions_in_one(root: Path) -> list[Path]:
    """A study of which some records say another version; what no run writes."""
    first = made(root / "a")
    changed = [json.loads(line) for line in lines(first)]
    for content in changed[::3]:
        content["facts"]["torch"] = "9.9"
    return [with_lines(first, [canonical(content) + "\n" for content in changed])]


def earlier_version(root: Path) -> list[Path]:
    first = made(root / "a")
    return [with_lines(first, [line.replace('"schema":2', '"schema":1') for line in lines(first)])]


SAID: dict[Callable[[Path], list[Path]], dict[str, str]] = {
    one_prompt: {
        "compare": "spread over prompts needs at least two prompts, and there is one",
        "rank": "at least 2 prompts are needed, and there is one",
    },
    one_model: {"rank": "at least 2 models are needed, and there is one"},
    one_item: {
        "compare": "an interval needs at least two items, and there is one",
        "rank": "at least 2 items are needed, and there is one",
        "effects": "needed",
    },
    one_arm: {
        "compare": "there is one arm, free text, so nothing can be compared",
        "rank": "at least 2 models are needed",
        "plan": "the pilot has one arm, so there are no pairs",
        "effects": "no arm of this study has a constraint, so there is no effect to show",
    },
    no_discordance: {
        "compare": "the two arms agree on every item, so there is nothing to test",
        "rank": "the models have equal scores",
        "plan": "the pilot shows no discordant pair, so what a study can find is unknown",
    },
    all_correct: {
        "compare": "every item shows no difference, so its sampling error cannot be estimated",
        "rank": "all cells score 1, so there is no variance",
        "plan": "the pilot shows no discordant pair",
        "calibrate": "all outcomes are alike, so there are no pairs to order",
    },
    all_silent: {"compare": "every item shows no difference", "rank": "all cells score 0", "plan": "the pilot shows no discordant pair"},
    unbalanced: {
        "compare": "prompts have different items",
        "rank": "have different items",
        "calibrate": "a is not complete: 57 of 80 answers",
        "plan": "a is not complete: 57 of 80 answers",
        "effects": "a is not complete: 57 of 80 answers",
    },
    one_arm_missing: {
        "compare": "no cell has a record of both arms",
        "plan": "has no cell with a record of both 'free text' and",
        "effects": "no arm of this study has",
    },
    duplicated: dict.fromkeys(COMMANDS, "it repeats the trial of line 5"),
    two_versions: {
        "compare": "are of two versions (torch none and 9.9): a difference between them may come from that",
        "rank": "different models, and two studies have arm",
    },
    two_versions_in_one: dict.fromkeys(COMMANDS, "a has records of two versions (torch 9.9 and none)"),
    earlier_version: dict.fromkeys(COMMANDS, "schema 1 is not 2, the one that this version reads"),
}
REFUSED = {duplicated: 1, earlier_version: 1}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Callable[[Path], list[Path]]], list[Path]]:
    known: dict[Callable[[Path], list[Path]], list[Path]] = {}

    def of(case: Callable[[Path], list[Path]]) -> list[Path]:
        if case not in known:
            known[case] = case(tmp_path_factory.mktemp(case.__name__))
        return known[case]

    return of


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("case", SAID, ids=lambda case: case.__name__)
def test_what_cannot_be_said_is_a_sentence(fsmgen, folders, case, command, as_json):
    given = folders(case) if command in ("compare", "rank") else folders(case)[:1]
    more = ["--confidence", "whole"] if command == "calibrate" else ["--effect", "0.02"] if command == "plan" else []
    code, out, err = fsmgen("eval", command, *given, *more, *["--json"] * as_json)
    said = SAID[case].get(command, "")
    refused = REFUSED.get(case, 2 if said.startswith("different models") else 0)
    assert code == refused, err
    shown = " ".join((out + err).replace("│", " ").split())
    assert said in shown
    if as_json and not refused:
        json.loads(out, parse_constant=lambda constant: pytest.fail(f"{constant} in JSON"))
    elif not refused:
        assert not NO_NUMBER.search(re.sub(r"torch none|9\.9 and none|None of|are none", "", shown)), NO_NUMBER.search(shown)


@pytest.mark.parametrize("case", [one_item, one_arm, no_discordance, all_correct, unbalanced], ids=lambda case: case.__name__)
@pytest.mark.parametrize(("command", "figure"), [("compare", "p"), ("rank", "tau_b"), ("plan", "detectable"), ("effects", "distortion")])
def test_a_condition_on_what_cannot_be_said_fails_and_says_why(fsmgen, folders, case, command, figure):
    given = folders(case) if command in ("compare", "rank") else folders(case)[:1]
    code, out, _ = fsmgen("eval", command, *given, "--json")
    figures = [each[figure] for each in json.loads(out)["figures"].values()]
    unsaid = [value for value in figures if isinstance(value, dict)]
    code, _, err = fsmgen("eval", command, *given, "--fail-if", f"{figure} < -2")
    assert code == (1 if unsaid or not figures else 0), err
    said = unsaid[0]["unsaid"] if unsaid else "there are no figures" if not figures else ""
    assert " ".join(said.split()) in " ".join(err.split())
