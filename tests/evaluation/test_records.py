"""Records survive a kill at any byte, and damage is named by its line."""

from __future__ import annotations

import json
import random
import re
from contextlib import nullcontext

import pytest

from fsmgen.errors import BrokenRecord, OutputExists, RecordsError
from fsmgen.evaluation.records import MANIFEST, RECORDS, Record, RepairWarning, read_records, read_study
from fsmgen.evaluation.running import run
from tests.evaluation.conftest import fake_generate, make_experiment


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A finished study."""
    path = tmp_path_factory.mktemp("studies") / "whole"
    run(make_experiment(), path, generate=fake_generate)
    return path


@pytest.fixture
def copy(folder, tmp_path):
    """A copy of the finished study that a test may damage."""
    for name in (MANIFEST, RECORDS):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    return tmp_path


def test_a_record_reads_back_as_it_was_written(folder):
    for record in read_records(folder / RECORDS):
        assert Record.from_line(record.line()) == record
        assert record.line().count("\n") == 1


def test_a_run_that_was_killed_at_any_byte_goes_on_to_the_same_file(folder, tmp_path):
    whole, draw = (folder / RECORDS).read_bytes(), random.Random(1)
    cuts = [0, 1, whole.index(b"\n"), whole.index(b"\n") + 1, len(whole) - 1, len(whole), *(draw.randrange(len(whole)) for _ in range(14))]
    for number, cut in enumerate(cuts):
        path = tmp_path / str(number)
        path.mkdir()
        (path / MANIFEST).write_bytes((folder / MANIFEST).read_bytes())
        (path / RECORDS).write_bytes(whole[:cut])
        assert len(read_study(path).records) == whole[:cut].count(b"\n")
        half = whole[:cut].rpartition(b"\n")[2]
        with pytest.warns(RepairWarning, match=f"its {len(half)} bytes are removed") if half else nullcontext():
            run(make_experiment(), path, generate=fake_generate)
        assert (path / RECORDS).read_bytes() == whole, cut


def test_a_run_that_was_killed_between_folder_and_manifest_starts_over(folder, tmp_path):
    (tmp_path / (MANIFEST + "x7f3")).write_bytes(b'{"id": ')
    run(make_experiment(), tmp_path, generate=fake_generate)
    assert (tmp_path / RECORDS).read_bytes() == (folder / RECORDS).read_bytes()


def damaged(line: str, how: str) -> str:
    """A line of the file with one thing wrong."""
    content = json.loads(line)
    match how:
        case "cut":
            return line[:100]
        case "schema":
            content["schema"] = 3
        case "unknown":
            content["score"] = 1
        case "missing":
            del content["text"]
        case "type":
            content["ids"] = ["a"]
        case "number":
            return line.replace('"prompt_tokens":', '"prompt_tokens":NaN,"x":', 1)
        case "key":
            content["trial"]["seed"] = 8
        case "study":
            content["study"] = "another"
        case "list":
            return "[]"
        case "empty":
            return ""
        case "twice":
            return line.replace("{", '{"text":"another",', 1)
    return json.dumps(content)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("cut", "char 100"),
        ("schema", "schema 3 is not 2"),
        ("unknown", "'score' is unknown"),
        ("missing", "'text' is missing"),
        ("type", "'ids' is"),
        ("number", "NaN is no number"),
        ("key", "is not that of the trial"),
        ("study", "it belongs to study another"),
        ("list", "this is a list"),
        ("empty", "Expecting value"),
        ("twice", "it has the key 'text' twice"),
    ],
)
def test_a_damaged_line_is_named_with_its_number_and_nothing_is_overwritten(copy, how, reason):
    lines = (copy / RECORDS).read_text().split("\n")
    lines[3] = damaged(lines[3], how)
    (copy / RECORDS).write_text("\n".join(lines))
    before = (copy / RECORDS).read_bytes()
    with pytest.raises(BrokenRecord, match=reason) as caught:
        run(make_experiment(), copy, generate=fake_generate)
    assert (caught.value.path, caught.value.line) == (copy / RECORDS, 4)
    assert (copy / RECORDS).read_bytes() == before


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("order", True, "'order' is True, not of type <class 'int'>"),
        ("gold", None, "'gold' is None, not of type <class 'str'>"),
        ("budget_step", "3", "'budget_step' is '3', not of type <class 'int'>"),
        ("ids", 3, "'ids' is 3, not of type tuple[int, ...]"),
        ("logprobs", [-1, "x"], "'logprobs' is 'x', not of type <class 'float'>"),
        ("language_mass", [None, "x"], "'language_mass' is 'x', not of type <class 'float'>"),
        ("facts", [], "'facts' is [], not of type collections.abc.Mapping[str, str | None]"),
        ("facts", {"dtype": 1}, "'facts' is 1, not of type <class 'str'>"),
        ("extra", {"draws": [1]}, "'extra' is [1], not of type str | bool | int | float | None"),
        ("trial", "x", "a Trial is an object, and this is a str"),
        ("watched", {"constraint": "x"}, "'complete' is missing"),
        ("scored", [{"text": "x", "scored": " x", "score": 1}], "'greedy' is missing"),
        ("parts", [None], "a Part is an object, and this is a NoneType"),
    ],
)
def test_a_value_that_does_not_fit_is_told_with_its_field_and_type(folder, field, value, message):
    content = json.loads((folder / RECORDS).read_text().splitlines()[0])
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Record.from_line(json.dumps({**content, field: value}))


def test_whole_numbers_and_nothing_are_read_where_they_fit(folder):
    content = json.loads((folder / RECORDS).read_text().splitlines()[0])
    extra = {"a": None, "b": True, "c": 1, "d": 0.5, "e": "x"}
    record = Record.from_line(json.dumps({**content, "logprobs": [-1, -0.5], "language_mass": [None, 1], "extra": extra}))
    assert (record.logprobs, record.language_mass, record.extra) == ((-1, -0.5), (None, 1), extra)


def test_bytes_that_are_no_text_are_a_broken_record(copy):
    (copy / RECORDS).write_bytes(b"\xff\xfe\n")
    with pytest.raises(BrokenRecord, match="line 1"):
        read_study(copy)


def test_a_repeated_trial_is_a_broken_record(copy):
    lines = (copy / RECORDS).read_text().splitlines(keepends=True)
    (copy / RECORDS).write_text("".join([*lines, lines[2]]))
    with pytest.raises(BrokenRecord, match=f"line {len(lines) + 1}: it repeats the trial of line 3"):
        read_study(copy)


def test_a_folder_without_a_manifest_is_no_study(tmp_path):
    with pytest.raises(RecordsError, match=r"no study: it has no study\.json"):
        read_study(tmp_path)


@pytest.mark.parametrize(
    "change", [lambda text: text.replace('"max_tokens": 40', '"max_tokens": 41'), lambda _: "[]", lambda text: text[:-9]]
)
def test_a_manifest_that_was_changed_is_refused(copy, change):
    (copy / MANIFEST).write_text(change((copy / MANIFEST).read_text()))
    with pytest.raises(RecordsError, match="was changed since it was written"):
        read_study(copy)


def test_a_folder_of_another_study_is_not_touched_and_the_difference_is_named(copy):
    before = {path.name: path.read_bytes() for path in copy.iterdir()}
    with pytest.raises(OutputExists, match="another study \\(other max_tokens \\(40 there, 41 here\\)\\)") as caught:
        run(make_experiment(max_tokens=41), copy, generate=fake_generate)
    assert caught.value.path == copy
    assert {path.name: path.read_bytes() for path in copy.iterdir()} == before


def test_a_folder_with_other_things_in_it_is_not_touched(tmp_path):
    (tmp_path / "thesis.tex").write_text("all of it")
    with pytest.raises(OutputExists, match="not empty and holds no study"):
        run(make_experiment(), tmp_path, generate=fake_generate)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_in_the_place_of_the_folder_is_not_touched(tmp_path):
    (tmp_path / "out").write_text("mine")
    with pytest.raises(OutputExists, match="it is no folder"):
        run(make_experiment(), tmp_path / "out", generate=fake_generate)
    assert (tmp_path / "out").read_text() == "mine"
