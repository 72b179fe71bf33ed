"""The networks that ship with the package are those that are made of its grammars, and no other ones are taken."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from fsmgen.frontends import shipped
from fsmgen.frontends.lark import lark_file
from fsmgen.frontends.named import named_grammars
from fsmgen.grammar.network import Network

LARGE = [grammar for grammar in named_grammars() if grammar.path.suffix == ".lark"]


def same(one: Network | None, other: Network | None) -> bool:
    """Whether two networks are the same."""
    if one is None or other is None:
        return one is other
    values = [(getattr(one, field.name), getattr(other, field.name)) for field in dataclasses.fields(Network)]
    return all(np.array_equal(a, b) and type(a) is type(b) for a, b in values)


@pytest.mark.parametrize("grammar", named_grammars(), ids=lambda grammar: grammar.name)
def test_what_ships_is_what_is_made(grammar):
    if not shipped.of_these_versions(grammar.network):
        pytest.skip("made with another lark, or other characters")
    network, texts, way = grammar.made_network()
    assert same(shipped.shipped_network(grammar.network, texts, way), network), "run python -m bench.networks"
    language = grammar.language().grammar
    assert same(language.rules.network, network)
    assert language.rules.keys() >= {language.start}


def test_a_network_of_another_text_or_way_or_version_or_a_damaged_one_is_not_taken(tmp_path, monkeypatch):
    grammar = min(LARGE, key=lambda each: len(each.text))
    network, texts, way = grammar.made_network()
    path = tmp_path / "a.network"
    assert shipped.shipped_network(path, texts, way) is None
    data = shipped.written_network(network, texts, way)
    path.write_bytes(data)
    assert same(shipped.shipped_network(path, texts, way), network)
    assert shipped.shipped_network(path, {"a": grammar.text + "\n"}, way) is None
    assert shipped.shipped_network(path, texts, ("basic", *way[1:])) is None
    for damaged in (b"", data[:-1], data[:40], data[:-3] + bytes([data[-3] ^ 1]) + data[-2:]):
        path.write_bytes(damaged)
        assert shipped.shipped_network(path, texts, way) is None
    path.write_bytes(data)
    monkeypatch.setattr(shipped, "_HEAD", shipped._HEAD.replace(b"lark ", b"lark 0."))
    assert shipped.shipped_network(path, texts, way) is None


def test_nothing_beside_a_users_own_grammar_is_taken(tmp_path):
    grammar = min(LARGE, key=lambda each: len(each.text))
    path = tmp_path / grammar.path.name
    path.write_text(grammar.text, encoding="utf-8")
    shipped.shipped_path(path).write_bytes(b"whatever")
    language = lark_file(path, lexer=grammar.meaning)
    assert same(language.grammar.rules.network, grammar.language().grammar.rules.network)
