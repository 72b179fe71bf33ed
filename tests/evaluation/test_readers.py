"""Every reader gives the same rows, and says where a file is wrong."""

from __future__ import annotations

import csv
import gzip
import importlib
import io
import json
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsmgen.errors import BrokenFile, InvalidOption, LimitReached
from fsmgen.evaluation import readers
from fsmgen.evaluation.readers import read_hub, read_rows

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
ROWS = st.lists(st.fixed_dictionaries({"question": TEXTS, "gold": TEXTS.map(lambda text: f"g{text}")}), min_size=1, max_size=5)


def write(folder, rows, ending):
    path = folder / f"rows.{ending}"
    kind = ending.removesuffix(".gz")
    if kind == "jsonl":
        data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    elif kind == "json":
        data = json.dumps(rows).encode()
    elif kind in ("csv", "tsv"):
        file = io.StringIO(newline="")
        writer = csv.DictWriter(file, list(rows[0]), delimiter="\t" if kind == "tsv" else ",")
        writer.writeheader()
        writer.writerows(rows)
        data = file.getvalue().encode()
    else:
        pyarrow = pytest.importorskip("pyarrow")
        pytest.importorskip("pyarrow.parquet").write_table(pyarrow.Table.from_pylist(rows), path)
        return path
    path.write_bytes(gzip.compress(data) if ending.endswith(".gz") else data)
    return path


@pytest.mark.parametrize("ending", ["jsonl", "jsonl.gz", "json", "csv", "csv.gz", "tsv", "parquet"])
@given(rows=ROWS)
def test_all_formats_give_the_rows_that_were_written(tmp_path_factory, ending, rows):
    assert list(read_rows(write(tmp_path_factory.mktemp("rows"), rows, ending))) == rows


@pytest.mark.parametrize("ending", ["jsonl", "json", "csv", "tsv"])
@given(rows=ROWS)
def test_a_mark_of_the_byte_order_and_line_breaks_of_windows_change_nothing(tmp_path_factory, ending, rows):
    path = write(tmp_path_factory.mktemp("rows"), rows, ending)
    data = path.read_bytes()
    path.write_bytes(b"\xef\xbb\xbf" + (data.replace(b"\n", b"\r\n") if ending.startswith("json") else data))
    assert list(read_rows(path)) == rows


def test_what_is_missing_in_a_table_is_none(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table({"a": [1.5, float("nan"), None], "b": ["x", None, "y"]})
    pytest.importorskip("pyarrow.parquet").write_table(table, tmp_path / "x.parquet")
    assert list(read_rows(tmp_path / "x.parquet")) == [{"a": 1.5, "b": "x"}, {"a": None, "b": None}, {"a": None, "b": "y"}]


def test_a_folder_that_datasets_saved_gives_its_rows(tmp_path):
    datasets = pytest.importorskip("datasets")
    rows = [{"question": "a", "choices": ["x", "y"], "answer": 1}, {"question": "b", "choices": ["z"], "answer": 0}]
    datasets.Dataset.from_list(rows).save_to_disk(tmp_path / "saved")
    assert list(read_rows(tmp_path / "saved")) == rows
    datasets.DatasetDict(test=datasets.Dataset.from_list(rows)).save_to_disk(tmp_path / "splits")
    with pytest.raises(BrokenFile, match=r"several splits.*test"):
        list(read_rows(tmp_path / "splits"))
    assert list(read_rows(tmp_path / "splits" / "test")) == rows


def test_nothing_is_fetched_unless_it_is_allowed(monkeypatch):
    datasets = pytest.importorskip("datasets")
    constants = importlib.import_module("huggingface_hub.constants")
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    seen = []

    def load(name, config, *, split):
        seen.append((name, config, split, datasets.config.HF_HUB_OFFLINE and constants.HF_HUB_OFFLINE))
        if seen[-1][-1]:
            raise FileNotFoundError("not here")
        return [{"question": "a"}]

    monkeypatch.setattr(datasets, "load_dataset", load)
    with pytest.raises(BrokenFile, match="nothing was fetched"):
        list(read_hub("some/name", split="test"))
    assert list(read_hub("some/name", split="test", fetch=True)) == [{"question": "a"}]
    assert not datasets.config.HF_HUB_OFFLINE
    assert not constants.HF_HUB_OFFLINE
    assert seen == [("some/name", None, "test", True), ("some/name", None, "test", False)]


def test_without_leave_no_connection_is_tried(monkeypatch):
    """A dataset that is not on this machine is refused without opening a socket."""
    pytest.importorskip("datasets")
    tried = []

    def refuse(*address: object, **_: object) -> None:
        tried.append(address)
        raise OSError("no network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    with pytest.raises(BrokenFile, match="nothing was fetched"):
        list(read_hub("nobody/has-this-dataset", split="test"))
    assert tried == []


def test_columns_name_those_of_a_file_without_a_header(tmp_path):
    (tmp_path / "x.csv").write_text('"What, now?",yes\nb,no\n')
    assert list(read_rows(tmp_path / "x.csv", columns=["q", "a"])) == [{"q": "What, now?", "a": "yes"}, {"q": "b", "a": "no"}]
    with pytest.raises(InvalidOption, match="columns"):
        read_rows(tmp_path / "x.jsonl", columns=["q"])


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("x.jsonl", b'{"a": 1}\n{"a": \n', "line 2 is no JSON"),
        ("x.jsonl", b'{"a": 1}\n{"b": 1, "a": 2, "b": 1}\n', "line 2 has the key 'b' twice"),
        ("x.jsonl", b'{"a": [{"deep": 1, "deep": 2}]}\n', "line 1 has the key 'deep' twice"),
        ("x.jsonl", b'{"a": 1}\n\n[1]\n', "line 3 is no object but list"),
        ("x.jsonl", b'{"a": NaN}\n', "NaN is no number"),
        ("x.jsonl", b"{}\n\xff\n", "line 2 is not UTF-8, at its byte 1: ff"),
        ("x.jsonl", '{"a": 1}'.encode("utf-16"), "it is UTF-16; save it as UTF-8"),
        ("x.jsonl", b'{"a": "\\ud800"}\n', "surrogates not allowed"),
        ("x.jsonl", b'{"a": 1e999}\n', "1e999 is no number"),
        ("x.csv", "q,a\nwié,2\n".encode("latin-1"), "line 2 is not UTF-8, at its byte 3: e9"),
        ("x.csv", "q,a\nw,2\n".encode("utf-16"), "it is UTF-16"),
        ("x.csv", b"q;a\n1;2\n", "separated by ';', and those of this format by ','"),
        ("x.tsv", b"q,a\n1,2\n", "separated by ','"),
        ("x.csv", b"\n\nq,a\n1\n", "line 4 has 1 fields"),
        ("x.jsonl", b"[" * 100_000 + b"\n", "line 1 is no JSON"),
        ("x.jsonl.gz", gzip.compress(b'{"a": 1}\n' * 1000, mtime=0)[:-20], "end-of-stream"),
        ("x.json", b'{"a": [], "b": []}', "just one"),
        ("x.json", b"[1]", "element 1 is no object"),
        ("x.csv", b"a,b\n1,2\n1,2,3\n", "line 3 has 3 fields"),
        ("x.csv", b"a,a\n1,2\n", "two columns have one name"),
        ("x.csv", b'a,b\n"1,2\n', "line 2"),
        ("x.csv", b"a,b\n\xff,2\n", "line 2 is not UTF-8"),
        ("x.parquet", b"PAR1 no", ""),
    ],
)
def test_a_broken_file_says_where(tmp_path, name, data, reason):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(BrokenFile) as caught:
        list(read_rows(tmp_path / name))
    assert reason in str(caught.value)
    assert caught.value.path == tmp_path / name


def test_missing_files_unknown_formats_and_limits_are_named(tmp_path, monkeypatch):
    (tmp_path / "test.jsonl").write_text("{}\n{}\n{}\n")
    with pytest.raises(BrokenFile, match=r"did you mean 'test.jsonl'"):
        read_rows(tmp_path / "tets.jsonl")
    with pytest.raises(InvalidOption, match="did you mean 'parquet'"):
        read_rows(tmp_path / "x.parquett")
    monkeypatch.setattr(readers, "ROW_LIMIT", 2)
    with pytest.raises(LimitReached, match="rows"):
        list(read_rows(tmp_path / "test.jsonl"))
