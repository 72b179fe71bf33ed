"""The grammars that ship with the package: their cases, their words before Python's own readers, and how they are loaded."""

from __future__ import annotations

import gzip
import json
import os
import random
import tomllib
from pathlib import Path

import pytest

import fsmgen
from bench.named_campaign import accepts, disagreements, real_texts
from bench.referees import EXACT, REFEREES, takes
from fsmgen.errors import InvalidOption
from fsmgen.frontends.lark import LEXERS
from fsmgen.frontends.named import named_grammars

GRAMMARS = {grammar.name: grammar for grammar in named_grammars()}
WANTED = {
    "arithmetic", "c_subset", "chain_of_thought", "chess", "csv", "dates_units", "gsm8k", "json", "json_lines", "lua", "markdown_table",
    "python_subset", "sql_select", "toml", "xml", "yaml_subset",
}  # fmt: skip


@pytest.fixture(scope="module")
def states():
    """The automaton of each grammar, built once."""
    built = {}

    def of(name):
        if name not in built:
            built[name] = fsmgen.grammar_named(name).grammar.automaton(name)
        return built[name]

    return of


def cases(name):
    return tomllib.loads(GRAMMARS[name].path.with_name(f"{name}.cases.toml").read_text(encoding="utf-8"))


def rejected(name):
    found = cases(name)
    return [*found["reject"], *(text for near in found["near"] for text in near["reject"])]


def test_every_grammar_says_what_it_covers_and_what_it_does_not_say():
    assert GRAMMARS.keys() == WANTED and fsmgen.grammar_names() == tuple(sorted(WANTED))
    for grammar in GRAMMARS.values():
        comment = grammar.text.split("\n\n", 1)[0]
        assert "Covers: " in comment and "Does not say: " in comment, grammar.name
        assert grammar.meaning in ("GBNF", *LEXERS) and grammar.title.count(": ") == 1, grammar.name
    strays = {path.name for path in next(iter(GRAMMARS.values())).path.parent.iterdir()}
    assert strays == {name for each in GRAMMARS.values() for name in (each.path.name, f"{each.name}.cases.toml", f"{each.name}.network")}


@pytest.mark.parametrize("name", sorted(GRAMMARS))
def test_the_cases_are_decided_as_they_say(states, name):
    assert [text for text in real_texts(GRAMMARS[name]) if not accepts(states(name), text)] == []
    assert [text for text in rejected(name) if accepts(states(name), text)] == []


@pytest.mark.parametrize("name", sorted(GRAMMARS))
def test_the_cases_have_near_misses_of_a_few_letters(name):
    nears = cases(name)["near"]
    assert nears and all(len(near["reject"]) >= 3 for near in nears)
    assert all(abs(len(text) - len(near["accept"])) < 30 for near in nears for text in near["reject"])


@pytest.mark.parametrize("name", sorted(REFEREES))
def test_what_is_accepted_is_accepted_by_python_too(name):
    assert [text for text in real_texts(GRAMMARS[name]) if not takes(name, text)] == []
    if name in EXACT:
        assert [text for text in rejected(name) if takes(name, text)] == []


@pytest.mark.parametrize("name", sorted(REFEREES))
def test_random_words_and_mutations_are_accepted_by_python_too(name):
    assert list(disagreements(GRAMMARS[name], 40, random.Random(7))) == []


@pytest.mark.skipif("FSMGEN_DATA" not in os.environ, reason="FSMGEN_DATA does not name the folder of the data sets")
def test_every_solution_of_gsm8k_is_a_text_of_its_grammar(states):
    for name in ("gsm8k_train_500", "gsm8k_test"):
        with gzip.open(Path(os.environ["FSMGEN_DATA"]) / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
            answers = [json.loads(line)["answer"] for line in lines]
        assert len(answers) >= 500 and [text for text in answers if not accepts(states("gsm8k"), text)] == []


def test_documents_that_json_writes_are_texts_of_json(states):
    whole = {name: [line.split() for line in grammar.text.splitlines()] for name, grammar in GRAMMARS.items()}
    for options in ({"indent": 2}, {"separators": (",", ":")}, {"ensure_ascii": False, "indent": "\t"}):
        text = json.dumps(whole, **options)
        assert accepts(states("json"), text) and not accepts(states("json"), text[:-1])


def test_a_grammar_that_does_not_exist_is_told_with_those_that_do():
    with pytest.raises(InvalidOption, match=r"sql_select.*did you mean 'json'"):
        fsmgen.grammar_named("jsn")
    assert fsmgen.grammar_named("csv", leading_space="required").leading_space == "required"
