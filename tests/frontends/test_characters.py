"""Character classes that are kept on disk."""

from __future__ import annotations

import re

import pytest

from fsmgen.frontends import _characters
from fsmgen.frontends._characters import category


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(_characters, "cache_folder", lambda *_: tmp_path)
    category.cache_clear()
    yield tmp_path
    category.cache_clear()


@pytest.mark.parametrize("damage", [b"", b'[[[48, 57]], ""]', b"{}", b"\xff", b"[[[48]], 1]"])
def test_a_damaged_file_is_asked_anew_and_replaced(folder, damage):
    right = category(r"\d", 0)
    [path] = folder.iterdir()
    good = path.read_bytes()
    path.write_bytes(damage)
    category.cache_clear()
    assert category(r"\d", 0) == right
    assert path.read_bytes() == good


def test_what_is_kept_is_what_was_asked(folder):
    first = {(name, flags): category(name, flags) for name in (r"\d", r"\W", r"\s") for flags in (0, re.ASCII)}
    assert len(list(folder.iterdir())) == 6
    category.cache_clear()
    assert {key: category(*key) for key in first} == first


@pytest.mark.usefixtures("folder")
def test_a_folder_that_cannot_be_written_costs_only_time(monkeypatch):
    def full(path, data):
        raise OSError(f"no room for {path}: {len(data)} bytes")

    monkeypatch.setattr(_characters, "atomic_write", full)
    assert category(r"\d", re.ASCII) == ((48, 57),)
