"""How the files of MaskBench are read, instances reordered, engines that fail recorded, and outcomes counted."""

import gzip
import json
import os
import time

import pytest

from bench.maskbench_data import Instance, SchemaFile, read, sampled
from bench.maskbench_report import correctness, faults, totals, verdicts
from bench.maskbench_worker import Child, Outcome, Task, Walked
from bench.ordering import reordered

DOCUMENT = {"name": "one", "schema": {"type": "integer"}, "tests": [{"valid": True, "data": 1}, {"valid": False, "data": "ä"}]}
FILE = SchemaFile("one", {"type": "integer"}, (Instance(True, 1, "1"), Instance(False, "ä", '"ä"')))
YES, NO = Walked([2000, 1000], [500], accepted=True), Walked([1000], [], stopped=0)


def test_lines_single_files_and_folders_are_read_alike(tmp_path):
    line = json.dumps(DOCUMENT)
    (tmp_path / "one.json").write_text(line)
    (tmp_path / "lines.jsonl").write_text(line + "\n\n")
    with gzip.open(tmp_path / "lines.jsonl.gz", "wt") as packed:
        packed.write(line)
    for name in ("one.json", "lines.jsonl", "lines.jsonl.gz", "."):
        assert read(tmp_path / name) == [FILE]


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": {}}', '{"schema": {}, "tests": [{"data": 1}]}'])
def test_a_file_of_another_kind_is_named(tmp_path, text):
    (tmp_path / "other.json").write_text(text)
    with pytest.raises(ValueError, match=r"other\.json is no file of MaskBench"):
        read(tmp_path / "other.json")


def test_a_sample_is_spread_evenly():
    assert [file.name for file in sampled([SchemaFile(str(i), {}, ()) for i in range(10)], 4)] == ["0", "2", "5", "7"]
    assert sampled([FILE], 4) == [FILE]


def ordered(*names: str):
    """The prefixes of objects in objects whose properties, all of them optional, come in this order."""

    def begins(text: str) -> bool:
        last: list[int] = []
        for piece in text.replace("{", "{ ").replace("}", " }").replace(":", "").replace(",", "").replace("]", " ").split():
            if piece == "{":
                last.append(-1)
            elif piece == "}":
                last.pop()
            elif piece.startswith('"'):
                place = names.index(json.loads(piece))
                if place <= last[-1]:
                    return False
                last[-1] = place
        return True

    return begins


def test_properties_are_put_into_the_order_that_is_accepted():
    value = {"c": 1, "a": {"b": {}, "a": [2, {"c": 3, "b": 4}]}, "b": 5}
    wanted = '{"a": {"a": [2, {"b": 4, "c": 3}], "b": {}}, "b": 5, "c": 1}'
    assert reordered(value, ordered("a", "b", "c")) == wanted
    assert reordered(value, lambda text: '"b"' not in text) is None
    either = [ordered("a", "b", "c"), ordered("c", "b", "a")]
    assert reordered({"b": 1, "c": 2, "a": 3}, lambda text: any(begins(text) for begins in either)) in (
        '{"c": 2, "b": 1, "a": 3}', '{"a": 3, "b": 1, "c": 2}',
    )  # fmt: skip
    assert reordered(value, ordered("a", "b", "c"), checks=5) is None


def test_each_kind_of_fault_is_told_from_the_others():
    def kinds(first: Walked, second: Walked) -> list[str]:
        return [fault.verdict for fault in faults(FILE, Outcome(walks=(first, second)))]

    assert kinds(YES, NO) == []
    assert kinds(NO, YES) == ["wrong rejection", "wrong accept"]
    assert kinds(Walked([], [], stopped=0, order=True), NO) == ["order"]
    assert kinds(Walked([], [], stopped=0, disagreement=True), Walked([], [], error="boom")) == ["disagreement", "error"]


def test_a_file_passes_without_faults_and_but_for_the_order_with_those_alone():
    assert verdicts(FILE, Outcome(walks=(YES, NO))) == {"passing": 1, "passing but for order": 1}
    assert verdicts(FILE, Outcome(walks=(Walked([], [], order=True), NO))) == {"order": 1, "passing but for order": 1}
    assert verdicts(FILE, Outcome(walks=(YES, YES))) == {"wrong accept": 1}
    assert verdicts(FILE, Outcome("refused", "compile")) == {}


def test_totals_are_over_the_files_that_both_compile():
    files = {"one": FILE, "two": FILE}
    done, refused = Outcome(compile=4000, first=6000, walks=(YES, NO)), Outcome("no", "compile")
    found = {"fsmgen": {"one": done, "two": done}, "peer": {"one": Outcome(compile=9000, first=9000, walks=(YES, NO)), "two": refused}}
    [_, compiled, passed] = totals(files, found).splitlines()
    assert "fsmgen / peer, both compile" in compiled and compiled.endswith("1  4.00 / 9.00  4.00 / 4.00  0.50 / 0.50  8.50 / 13.5 = 0.63")
    assert "both pass" in passed
    assert "0 (0)" in correctness(files, found)


def _life(task, say):
    """What a child does with files of these names."""
    if task.file.name == "dies":
        os._exit(1)
    if task.file.name == "hangs":
        time.sleep(90)
    say("compiled")
    if task.file.name == "hangs later":
        time.sleep(90)
    return Outcome(compile=os.getpid(), memory=10)


def test_a_child_that_hangs_or_dies_is_recorded_and_replaced():
    child = Child(_life)
    try:
        limits = {"dies": (60, 60), "hangs": (0.5, 60), "hangs later": (60, 0.5), "a": (60, 60), "b": (60, 60)}
        outcomes = {name: child.outcome(Task(SchemaFile(name, {}, ()), *both)) for name, both in limits.items()}
        assert {name: (each.phase, each.limit) for name, each in outcomes.items()} == {
            "dies": ("compile", True), "hangs": ("compile", True), "hangs later": ("walk", True), "a": ("", False), "b": ("", False),
        }  # fmt: skip
        assert outcomes["a"].compile == outcomes["b"].compile, "one child serves one file after the other"
        alone = [child.outcome(Task(SchemaFile(name, {}, ()), sharing=False)).compile for name in ("a", "b")]
        assert len({*alone, outcomes["b"].compile}) == 2
    finally:
        child.end()
