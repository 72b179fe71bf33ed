"""Recorded outputs, read by the extraction that tasks declare; logs of other harnesses, written by themselves or in their layout."""

from __future__ import annotations

import gzip
import json
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from fsmgen.errors import BrokenFile, FsmgenError, InvalidOption, InvalidTask, OutputExists
from fsmgen.evaluation.catalogue import load_task, task_names
from fsmgen.evaluation.comparison import compare
from fsmgen.evaluation.extraction import AnswerForm
from fsmgen.evaluation.outcomes import Kind
from fsmgen.evaluation.records import read_study
from fsmgen.evaluation.replay import (
    Output,
    identified,
    inspect_facts,
    lm_eval_filters,
    read_inspect,
    read_lm_eval,
    read_recorded,
    recorded_names,
    replay,
    rescore,
    study_of,
    task_of,
    write_study,
)
from fsmgen.evaluation.tasks import Item, Task

DATA = Path(os.environ.get("FSMGEN_DATA", ""))
needs_data = pytest.mark.skipif("FSMGEN_DATA" not in os.environ, reason="FSMGEN_DATA does not name the folder of the public data")
SUMS = Task("sums", (Item("a", "1 + 1?", "2"), Item("b", "2 + 2?", "4"), Item("c", "3 + 3?", "6")))
ANSWERS = (Output("The answer is 2.", item="a"), Output("Well: 5.", gold="4.0", index=1), Output("#### 6", question="3 + 3?"))


@needs_data
def test_the_declared_extraction_gives_all_forty_published_accuracies_of_bbh():
    published: dict[tuple[str, str], float] = {}
    with gzip.open(DATA / "bbh_recorded.jsonl.gz", "rt", encoding="utf-8") as file:
        for row in map(json.loads, file):
            published[f"bbh:{row['task']}", row["mode"]] = row["published_accuracy"]
    assert len(published) == 40
    for (name, mode), accuracy in published.items():
        result = replay(load_task(name, data=DATA), read_recorded(name, mode, data=DATA))
        assert 100 * result.accuracy == pytest.approx(accuracy, abs=1e-9), (name, mode)
        assert not result.unanswered
    assert {name for name, _ in published} < set(task_names())


@needs_data
@pytest.mark.parametrize("model", ["6b_finetuning", "6b_verification"])
def test_the_declared_extraction_gives_the_published_accuracies_of_gsm8k(model):
    expected = json.loads((DATA / "gsm8k_recorded_expected.json").read_text())["accuracy"]
    assert set(recorded_names("gsm8k")) == set(expected)
    result = replay(load_task("gsm8k", data=DATA), read_recorded("gsm8k", model, data=DATA))
    assert result.accuracy == pytest.approx(expected[model], abs=5e-7)
    assert (len(result.outputs), result.unanswered) == (1319, ())


def test_outputs_are_found_by_id_by_place_or_by_question():
    result = replay(SUMS, ANSWERS)
    assert [item.id for item in result.items] == ["a", "b", "c"]
    assert [outcome.kind for outcome in result.outcomes] == [Kind.CORRECT, Kind.UNEXTRACTABLE, Kind.CORRECT]
    assert result.rungs == {"strict": 1, "flexible": 2, "lenient": 2}
    assert replay(SUMS, ANSWERS, rung="strict").accuracy == pytest.approx(1 / 3)
    assert replay(SUMS, ANSWERS[:1]).unanswered == ("b", "c")


@pytest.mark.parametrize(
    ("outputs", "reason"),
    [
        ([], "there are none"),
        ([Output("2", item="z")], "no item 'z'"),
        ([Output("2", index=3)], "no item number 3"),
        ([Output("2", index=-1)], "no item number -1"),
        ([Output("2", question="4 + 4?")], "no the question"),
        ([Output("2", item="a"), Output("3", index=0)], "2 outputs answer item a"),
        ([Output("2", item="a"), Output("3", item="b", gold="5")], "output 2"),
        ([Output("I do not know", item="a"), Output("nor do I", item="b")], "flexible extraction of 'The answer is <number>.' reads"),
        ([Output("well, 2 it is", item="a")], "lenient 1"),
    ],
)
def test_outputs_of_other_data_and_deaf_extractors_are_refused(outputs, reason):
    with pytest.raises(InvalidTask) as caught:
        replay(SUMS, outputs)
    assert reason in str(caught.value)


def test_a_study_of_recorded_outputs_is_read_compared_and_rescored_like_any_other(tmp_path):
    cut = [Output("The answer is 2", item="a", truncated=True), Output("#### 4", item="b"), Output("The answer is 7.", item="c")]
    study = study_of(SUMS, {"first": ANSWERS, "second": cut}, model="m", source="here")
    write_study(study, tmp_path / "out")
    again = read_study(tmp_path / "out")
    assert again == study
    assert again.complete
    comparison = compare(again, rung="flexible")
    assert [arm.outcomes for arm in comparison.arms] == [
        {"correct": 2, "unextractable: no marker": 1},
        {"truncated": 1, "correct": 1, "wrong": 1},
    ]
    assert comparison.pairs[0].overall.pairs == 3
    kinds = [outcome.kind for outcome in rescore(again, rung="strict").values()]
    assert kinds.count(Kind.CORRECT) == 1
    other = rescore(again, form=AnswerForm("####", ""), rung="strict")
    assert sum(outcome.kind is Kind.CORRECT for outcome in other.values()) == 2
    with pytest.raises(InvalidTask, match="reads an answer from none of 6"):
        rescore(again, form=AnswerForm("ANSWER", "", "option", ("yes", "no")))
    with pytest.raises(InvalidOption, match="rung"):
        rescore(again, rung="loose")
    with pytest.raises(OutputExists):
        write_study(study, tmp_path / "out")
    assert read_study(tmp_path / "out") == study
    with pytest.raises(InvalidOption, match="arms"):
        study_of(SUMS, {"first": []}, model="m", source="here")


@pytest.fixture(scope="module")
def harness_logs(tmp_path_factory) -> tuple[Path, Path, dict]:
    """Logs that lm-evaluation-harness writes itself, of a model that answers from a list; and its results."""
    lm_eval = pytest.importorskip("lm_eval")
    from lm_eval.api.model import LM
    from lm_eval.loggers import EvaluationTracker

    class Parrot(LM):
        def loglikelihood(self, requests):
            return [(-float(len(request.args[1])) - (request.args[0].count("2") % 2), False) for request in requests]

        def loglikelihood_rolling(self, requests):
            raise NotImplementedError

        def generate_until(self, requests):
            return [f"It is {len(request.args[0]) % 3}. The answer is {2 * (i % 3) + 2}." for i, request in enumerate(requests)]

    folder = tmp_path_factory.mktemp("harness")
    rows = [{"q": item.question, "a": item.gold, "c": ["2", "four", "60"], "i": i} for i, item in enumerate(SUMS.items)]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    data = {"dataset_path": "json", "dataset_kwargs": {"data_files": {"test": str(folder / "rows.jsonl")}}, "test_split": "test"}
    number = [{"function": "regex", "regex_pattern": "answer is ([0-9]+)"}, {"function": "take_first"}]
    words = {**data, "task": "words", "output_type": "generate_until", "doc_to_text": "{{q}}\nA:", "doc_to_target": "{{a}}"}
    words |= {"metric_list": [{"metric": "exact_match"}], "generation_kwargs": {"until": ["\n"]}}
    words["filter_list"] = [{"name": "number", "filter": number}, {"name": "whole", "filter": [{"function": "take_first"}]}]
    letters = {**data, "task": "letters", "output_type": "multiple_choice", "doc_to_text": "{{q}}\nA:", "doc_to_target": "{{i}}"}
    letters |= {"doc_to_choice": "{{c}}", "metric_list": [{"metric": "acc"}, {"metric": "acc_norm"}]}
    results = lm_eval.simple_evaluate(Parrot(), tasks=[words, letters], log_samples=True, bootstrap_iters=0)
    tracker = EvaluationTracker(output_path=str(folder / "out"))
    tracker.general_config_tracker.model_name_sanitized = "parrot"
    tracker.save_results_aggregated(results=results, samples=results["samples"])
    for name, samples in results["samples"].items():
        tracker.save_results_samples(name, samples)
    [first], [second] = ((list((folder / "out").rglob(f"samples_{name}_*.jsonl"))) for name in ("words", "letters"))
    return first, second, results["results"]


def test_a_log_of_generations_is_scored_as_the_harness_scored_it(harness_logs):
    words, _, results = harness_logs
    assert lm_eval_filters(words) == ("number", "whole")
    outputs = read_lm_eval(words)
    result = replay(SUMS, outputs)
    assert result.accuracy == pytest.approx(results["words"]["exact_match,number"])
    assert result.disagreements("exact_match") == []
    assert outputs[0].prompt_text == "1 + 1?\nA:"
    whole = replay(SUMS, read_lm_eval(words, filter="whole"))
    assert whole.accuracy == result.accuracy
    assert len(whole.disagreements("exact_match")) == sum(outcome.kind is Kind.CORRECT for outcome in result.outcomes)
    with pytest.raises(InvalidOption, match="number, whole"):
        read_lm_eval(words, filter="none")
    with pytest.raises(InvalidOption, match="exact_match"):
        result.disagreements("acc")


def test_a_log_of_choices_has_the_likeliest_one_and_all_likelihoods(harness_logs):
    _, letters, results = harness_logs
    outputs = read_lm_eval(letters)
    like = Task("t", (Item("x", "", "2"),), form=AnswerForm("", "", "text"), rung="lenient")
    task = task_of("letters", outputs, like)
    assert [(item.gold, item.choices) for item in task.items] == [(gold, ("2", "four", "60")) for gold in ("2", "four", "60")]
    result = replay(task, identified(outputs))
    assert result.accuracy == pytest.approx(results["letters"]["acc,none"])
    assert result.disagreements("acc") == []
    assert all(len(output.likelihoods) == 3 and max(output.likelihoods) < 0 for output in outputs)
    study = study_of(task, {"choices": identified(outputs)}, model="parrot", source=letters.name)
    assert study.complete
    extra = study.records[0].extra
    assert tuple(extra[f"log p of {name}"] for name in ("2", "four", "60")) == outputs[0].likelihoods
    assert extra["recorded acc"] == outputs[0].scores["acc"]


LINE = {"doc_id": 0, "doc": {}, "target": "2", "arguments": {"gen_args_0": {"arg_0": "p", "arg_1": {}}}, "resps": [["x"]], "filter": "none"}


@pytest.mark.parametrize(
    "change", [{"resps": []}, {"resps": None}, {"arguments": 3}, {"arguments": {}}, {"doc_id": "first"}, {"arguments": {"a": {"b": 1}}}]
)
def test_a_line_that_is_no_sample_is_named(tmp_path, change):
    path = tmp_path / "samples.jsonl"
    path.write_text(json.dumps(LINE) + "\n" + json.dumps(LINE | {"doc_id": 1} | change) + "\n")
    with pytest.raises(BrokenFile, match="line 2 is no sample"):
        read_lm_eval(path)
    path.write_text(json.dumps(LINE) + "\n")
    assert [output.text for output in read_lm_eval(path)] == ["x"]


def sample(identity: object, text: object, **more: object) -> dict:
    output = {"model": "m", "choices": [{"message": {"role": "assistant", "content": text}, "stop_reason": "stop"}], "completion": "shown"}
    said = (("system", "Be short."), ("user", "attachment://abc"), ("assistant", text))
    turns = [{"role": role, "content": content} for role, content in said]
    return {
        "id": identity, "epoch": 1, "input": "attachment://abc", "target": "2", "messages": turns, "output": output,
        "attachments": {"abc": "1 + 1?"}, "scores": {"match": {"value": "C", "answer": "2"}}, **more,
    }  # fmt: skip


PARTS = [{"type": "reasoning", "reasoning": "The answer is 9."}, {"type": "text", "text": "The answer "}, {"type": "text", "text": "is 2."}]
CUT = {"model": "m", "choices": [{"message": {"role": "assistant", "content": "The answer is 2"}, "stop_reason": "max_tokens"}]}
SAMPLES = [
    sample("a", "The answer is 2."),
    sample("a", PARTS, epoch=2),
    sample("a", "", epoch=3, output=CUT, target=["2", "two"], scores={"match": {"value": "I"}}),
    sample("a", "", epoch=4, output={"model": "m", "choices": [], "completion": ""}, error={"message": "died"}),
]
HEADER = {"version": 2, "status": "success", "eval": {"task": "sums", "model": "mock/m"}}


def archived(path: Path, kind: int, pack: Callable[[bytes], bytes] = bytes) -> None:
    with zipfile.ZipFile(path, "w", kind) as archive:
        archive.writestr("header.json", pack(json.dumps(HEADER).encode()))
        for each in SAMPLES:
            archive.writestr(f"samples/{each['id']}_epoch_{each['epoch']}.json", pack(json.dumps(each).encode()))


def zstandard_archived(path: Path) -> None:
    """An archive whose members are packed by Zstandard: stored ones whose headers name that packing."""
    archived(path, zipfile.ZIP_STORED, pytest.importorskip("zstandard").ZstdCompressor().compress)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        starts = [member.header_offset for member in archive.infolist()]
    central = [found.start() for found in re.finditer(b"PK\x01\x02", bytes(data))]
    for place in (*(start + 8 for start in starts), *(start + 10 for start in central)):
        data[place] = 93
    path.write_bytes(data)


@pytest.mark.parametrize("kind", ["json", "deflated", "zstandard"])
def test_a_log_of_inspect_gives_its_samples_in_each_format(tmp_path, kind):
    path = tmp_path / ("log.json" if kind == "json" else "log.eval")
    if kind == "json":
        path.write_text(json.dumps({**HEADER, "samples": SAMPLES}))
    elif kind == "deflated":
        archived(path, zipfile.ZIP_DEFLATED)
    else:
        zstandard_archived(path)
    outputs = read_inspect(path)
    assert [(output.text, output.epoch, output.truncated, output.gold) for output in outputs] == [
        ("The answer is 2.", 0, False, "2"),
        ("The answer is 2.", 1, False, "2"),
        ("The answer is 2", 2, True, "2"),
    ]
    assert {(output.question, output.prompt_text) for output in outputs} == {("1 + 1?", "Be short.\n\n1 + 1?")}
    assert inspect_facts(path) == {"task": "sums", "model": "mock/m"}
    result = replay(SUMS, outputs)
    assert result.kinds == {"correct": 2, "truncated": 1}
    assert result.disagreements("match") == []
    assert [trial.seed for trial in (record.trial for record in study_of(SUMS, {"x": outputs}, model="m", source="s").records)] == [0, 1, 2]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("log.json", b"{}"),
        ("log.json", b"[1"),
        ("log.json", json.dumps({**HEADER, "samples": [{"id": 1}, 3]}).encode()),
        ("log.json", json.dumps({**HEADER, "samples": [sample(1, 3, target=[])]}).encode()),
        ("log.eval", b"PK\x03\x04 no"),
    ],
)
def test_what_is_no_log_of_inspect_is_refused(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(BrokenFile, match="no log of inspect_ai"):
        read_inspect(tmp_path / name)


def test_a_recording_is_declared_in_the_file_of_the_task(tmp_path):
    text = (
        '[dataset]\nrows = [{ q = "1 + 1?", a = "2" }]\n[item]\nquestion = "{{ q }}"\ngold = "{{ a }}"\n'
        '[recorded.mine]\nrows = [{ said = "The answer is 2.", n = 0 }]\ntext = "{{ said }}"\nindex = "{{ n }}"\n'
    )
    path = tmp_path / "t.toml"
    path.write_text(text)
    assert recorded_names(path) == ("mine",)
    assert replay(load_task(path), read_recorded(path, "mine")).accuracy == 1
    with pytest.raises(InvalidTask, match="did you mean 'mine'"):
        read_recorded(path, "min")
    for old, new, reason in (
        ("{{ said }}", "{{ sayed }}", "did you mean 'said'"),
        ("{{ n }}", "{{ said }}", "invalid literal"),
        ('text = "{{ said }}"', "", "recorded.mine.text"),
        ('index = "{{ n }}"', "", "item, index and question"),
        ("index =", "indx =", "item, index and question"),
    ):
        path.write_text(text.replace(old, new))
        with pytest.raises(FsmgenError) as caught:
            read_recorded(path, "mine")
        assert reason in str(caught.value)
