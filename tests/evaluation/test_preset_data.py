"""Presets on files of real data: what is read, what development may see, what is refused; and the design that is declared."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from itertools import chain

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from fsmgen.decoding import load_model
from fsmgen.embedded import checkpoint_folder
from fsmgen.embedded.wordings import Wording
from fsmgen.errors import FsmgenError
from fsmgen.evaluation.presets import Settings, check, claim, load_preset, opening, preset_names, preset_report, put
from fsmgen.evaluation.presets.running import planned_prompts, planned_task
from fsmgen.evaluation.prompts import WordingPrompt
from fsmgen.evaluation.records import read_study
from fsmgen.evaluation.tasks import Item

ROWS = [{"question": f"{n} + {n}?", "answer": f"{n} + {n} = <<{n}+{n}={2 * n}>>{2 * n}\n#### {2 * n}"} for n in range(1, 4)]
EXAMPLES = [{"question": f"{n} - 1?", "answer": f"{n} - 1 = {n - 1}\n#### {n - 1}"} for n in range(20, 40)]
MMLU = "Which is a {}?,a stone,a pear,a lamp,a road,B\n"


@pytest.fixture
def gsm8k(tmp_path):
    """A file in the layout of GSM8K, with its solved examples beside it."""
    for name, rows in (("gsm8k_test.jsonl.gz", ROWS), ("gsm8k_train_500.jsonl.gz", EXAMPLES)):
        with gzip.open(tmp_path / name, "wt") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    return tmp_path / "gsm8k_test.jsonl.gz"


@pytest.fixture
def choices(tmp_path):
    """A file in the layout of MMLU, with its solved examples where they are in MMLU's folders."""
    for folder, name, kinds in (
        ("test", "fruit_test.csv", ("fruit", "plant")),
        ("dev", "fruit_dev.csv", ("thing one eats", "drupe", "pome")),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text("".join(map(MMLU.format, kinds)))
    return tmp_path / "test" / "fruit_test.csv"


def plan_of(preset, name):
    return next(plan for plan in load_preset(preset).plans if plan.name == name)


def test_a_file_comes_with_its_examples_and_development_asks_those_alone(gsm8k, choices):
    for preset, name, file, asked in (
        ("reason-then-constrain", "stories-gsm8k", gsm8k, ["1 + 1?", "2 + 2?", "3 + 3?"]),
        ("hf-consistency", "orders-choices", choices, ["Which is a fruit?", "Which is a plant?"]),
    ):
        plan = plan_of(preset, name)
        reported, tried = (planned_task(plan, Settings(data={plan.data: file}, development=each)) for each in (False, True))
        assert [item.question for item in reported.items] == asked
        assert {item.id for item in tried.items} == {item.id for item in reported.examples} and not set(tried.items) & set(reported.items)
    assert reported.name == "mmlu:fruit" and reported.items[0].gold == "B"


def test_examples_are_not_needed_where_none_are_shown_and_can_be_elsewhere(gsm8k, tmp_path):
    plan, shown = plan_of("format-restriction", "stories-gsm8k"), plan_of("reason-then-constrain", "stories-gsm8k")
    gsm8k.with_name("gsm8k_train_500.jsonl.gz").rename(elsewhere := tmp_path / "solved.jsonl.gz")
    assert not planned_task(plan, Settings(data={"gsm8k": gsm8k})).examples
    assert len(planned_task(shown, Settings(data={"gsm8k": gsm8k, "gsm8k.examples": elsewhere})).examples) == len(EXAMPLES)
    with pytest.raises(FsmgenError, match=r"gsm8k_train_500.jsonl.gz is not beside .*--data gsm8k.examples=FILE"):
        check(load_preset("reason-then-constrain"), Settings(data={"gsm8k": gsm8k}))


@pytest.mark.parametrize(
    ("preset", "data", "text", "reason"),
    [
        ("format-restriction", "gsm8k", '{"input": "1?", "target": "1"}', "row 1: item.question: there is no value 'question'"),
        ("format-restriction", "gsm8k", "", "it has no rows"),
        ("format-restriction", "gsm8k", '{"question": "1?", "answer": "one"}', "must be an answer of the form The answer is <number>"),
        ("format-restriction", "gsm8k", '{"question": ', "line 1"),
        ("format-restriction", "sports", '{"question": "1?", "answer": "#### 1"}', "there is no value 'input'"),
        ("mmlu-ways", "choices", '{"question": "1?", "choices": ["1"], "answer": 0}', "there is no value 'A'"),
        ("gaia", "gaia", '{"question": "1?"}', "there is no value 'Question'"),
    ],
)
def test_a_wrong_file_is_refused_before_anything_runs(preset, data, text, reason, tmp_path):
    (tmp_path / "given.jsonl").write_text(text + "\n" * bool(text))
    with pytest.raises(FsmgenError, match=reason):
        check(load_preset(preset), Settings(data={data: tmp_path / "given.jsonl"}))


def test_names_of_files_that_no_study_takes_are_refused(gsm8k):
    preset = load_preset("reason-then-constrain")
    with pytest.raises(FsmgenError, match="mean 'gsm8k'"):
        preset.chosen({"gsm8.examples": gsm8k})
    with pytest.raises(FsmgenError, match="examples for a file that is not given"):
        preset.chosen({"gsm8k.examples": gsm8k})
    with pytest.raises(FsmgenError, match="it takes none"):
        load_preset("interleaved").chosen({"gsm8k": gsm8k})
    sports = gsm8k.with_name("sports.jsonl")
    sports.write_text('{"input": "Is it plausible?", "target": "yes"}\n' * 3)
    with pytest.raises(FsmgenError, match="no reported items"):
        check(load_preset("format-restriction"), Settings(data={"sports": sports}, development=True))


def test_a_preset_runs_on_a_file_to_its_report(gsm8k, tmp_path):
    config = LlamaConfig.from_pretrained(checkpoint_folder("tiny"), max_position_embeddings=2048)
    torch.manual_seed(0)
    LlamaForCausalLM(config).save_pretrained(tmp_path / "model")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / "model" / name).write_bytes((checkpoint_folder("tiny") / name).read_bytes())
    preset, settings = load_preset("reason-then-constrain"), Settings(limit=1, data={"gsm8k": gsm8k})
    preset = replace(preset, plans=tuple(replace(plan, max_tokens=40, shots=(2,)) for plan in preset.plans))
    claim(tmp_path / "run", preset, settings)
    [found] = put(preset, load_model(tmp_path / "model"), tmp_path / "run", settings)
    assert found.study.complete and {record.trial.task for record in found.study.records} == {"gsm8k"}
    assert read_study(found.folder).manifest["preset"]["study"] == "stories-gsm8k"
    assert opening(preset_report(preset, [found]))
    with pytest.raises(FsmgenError, match="other data"):
        claim(tmp_path / "run", preset, replace(settings, data={}))


def test_development_prompts_are_reported_by_no_preset():
    plans = [plan for name in preset_names() for plan in load_preset(name).plans]
    reported, tried = (
        {(plan.task.split(":")[0] if "/" not in name else "", name) for plan in plans for name in chain(*getattr(plan, key).values())}
        for key in ("prompts", "development")
    )
    assert tried and not reported & tried
    asked = [planned_prompts(plan, "embedded:broad", Settings(development=each)) for plan in plans for each in (False, True)]
    item = Item("i", "1 + 1?", "2", fields={"subset": "sums"})
    texts = [
        {prompt.text(item) for prompts in groups.values() for prompt in prompts if isinstance(prompt, WordingPrompt)} for groups in asked
    ]
    assert not set(chain(*texts[::2])) & set(chain(*texts[1::2]))


def test_format_restriction_asks_three_descriptions_in_three_wordings():
    preset = load_preset("format-restriction")
    for plan in preset.plans:
        if "json" in plan.prompts:
            wordings = [Wording.of(name) for name in plan.prompts["json"]]
            asked = {((each.descriptor, each.layout, each.cue), each.request) for each in wordings}
            assert len(asked) == 9 and len({where for where, _ in asked}) == len({request for _, request in asked}) == 3
            natural = [Wording.of(name) for name in plan.prompts["natural"]]
            assert {(each.descriptor, each.layout, each.cue) for each in natural} == {where for where, _ in asked}
    assert [plan.name for plan in preset.chosen({})] == ["stories", "letters", "plausible", "formats"]


def test_choices_that_a_question_shows_itself_are_not_shown_again():
    prompt = WordingPrompt(Wording.of("question/lines/answer/json/hidden/json-0"))
    item = Item("i", "Who has the pear?\nOptions:\n(A) Ann\n(B) Bob", "(B)", choices=("Ann", "Bob"), labels=("(A)", "(B)"))
    assert prompt.text(item).count("Ann") == 1
    with pytest.raises(FsmgenError, match="labels choices"):
        prompt.text(replace(item, question="Who has the pear?"))
