"""A network that is kept is the one that would be made, and a file that is damaged or of other sources is made anew."""

from __future__ import annotations

import numpy as np
import pytest

from fsmgen.frontends import grammar_named
from fsmgen.frontends.lark import kept, language, lark
from fsmgen.grammar.lowered import Lowered, packed_network, unpacked_network
from fsmgen.grammar.network import lower

GRAMMAR = "// a comment that makes it long enough\n" * 30 + 'start: "a" start "b" | NAME\nNAME: /[c-z]+/\n%ignore " "\n'


@pytest.fixture
def folder(monkeypatch, tmp_path):
    monkeypatch.setattr(kept, "_WORTH", 0)
    monkeypatch.setattr(kept, "cache_folder", lambda *_: tmp_path)
    return tmp_path


def made(**options):
    grammar = lark(GRAMMAR, **options).grammar
    assert isinstance(grammar.rules, Lowered)
    return grammar


def same(one, other):
    fields = ("edges", "empties", "calls", "bounds", "chains", "least")
    assert all(np.array_equal(getattr(one, name), getattr(other, name)) for name in fields)
    return one.states == other.states and one.symbols == other.symbols


def test_a_kept_network_is_that_of_the_rules(folder, monkeypatch):
    first = made()
    monkeypatch.setattr(language, "lower", None)  # nothing is made again
    again = made()
    assert same(first.rules.network, again.rules.network) and same(lower(again.rules, "%start"), again.rules.network)
    assert again.rules == first.rules and len(list(folder.iterdir())) == 1


def test_other_options_have_other_files(folder):
    made(), made(lexer="basic"), made(lexer="scannerless")
    assert len(list(folder.iterdir())) == 3


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data[:40] + b"x" + data[41:], lambda _: b""])
def test_damaged_files_are_made_anew(folder, damage):
    network = made().rules.network
    (file,) = folder.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    assert same(made().rules.network, network)
    assert kept.kept_network(kept.key_of({"": GRAMMAR}, ("dynamic", "start", {}))) is not None


def test_the_oldest_files_make_room(folder, monkeypatch):
    monkeypatch.setattr(kept, "_MOST", 2)
    for lexer in ("dynamic", "basic", "contextual", "scannerless"):
        made(lexer=lexer)
        assert len(list(folder.iterdir())) <= 2


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(folder, monkeypatch):
    monkeypatch.setattr(kept, "cache_folder", lambda *_: folder / "missing")
    assert made().rules.network.states > 0


def test_networks_survive_the_way_through_bytes():
    grammar = grammar_named("sql_select").grammar
    network = lower(grammar.rules, grammar.start)
    assert same(unpacked_network(packed_network(network)), network)
    with pytest.raises(ValueError, match=r"reshape|numbers"):
        unpacked_network(packed_network(network)[:-4])
