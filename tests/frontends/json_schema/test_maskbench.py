"""Schemas of MaskBench with their instances, a sample: valid ones are words, invalid ones are not, and what is compiled stays so."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

import pytest

import fsmgen
from bench.maskbench_data import SchemaFile, read, sampled
from bench.official_suite import judged
from bench.ordering import reordered
from fsmgen.automata import DEAD
from fsmgen.errors import FsmgenError
from fsmgen.grammar import States

DATA = os.environ.get("FSMGEN_DATA", "")
EXPECTED = Path(__file__).with_name("maskbench_refused.json")
SAMPLE = 50

pytestmark = pytest.mark.skipif(not DATA, reason="FSMGEN_DATA does not name the folder of the schemas")


@cache
def files() -> list[SchemaFile]:
    return sampled(read(Path(DATA) / "maskbench_dev.jsonl.gz"), SAMPLE)


@cache
def automaton(at: int, order: str, whitespace: str) -> States | FsmgenError:
    try:
        language = fsmgen.json_schema(files()[at].schema, order=order, whitespace=whitespace)
        return language.grammar.automaton(language.source)
    except FsmgenError as error:
        return error


def compiled(order: str, whitespace: str) -> list[tuple[SchemaFile, States]]:
    found = [(files()[at], automaton(at, order, whitespace)) for at in range(SAMPLE)]
    return [(file, states) for file, states in found if isinstance(states, States)]


def test_instances_are_decided_rightly_in_free_order():
    for file, states in compiled("free", "spaced"):
        for instance in file.instances:
            assert judged(states, instance.value, instance.valid) == "", (file.name, instance.text[:200])


def test_instances_are_words_in_some_order_in_the_schemas_order():
    for file, states in compiled("schema", "flexible"):
        for instance in file.instances:
            text = instance.text
            if not accepts(states, text) and instance.valid:
                text = reordered(instance.value, lambda text, states=states: states.run(states.start, text.encode()) != DEAD)
            assert (text is not None and accepts(states, text)) == instance.valid, (file.name, instance.text[:200])


def accepts(states: States, text: str) -> bool:
    return states.accepting(states.run(states.start, text.encode()))


def test_exactly_the_schemas_that_are_known_to_be_beyond_us_are_refused():
    refused = {files()[at].name for at in range(SAMPLE) if not isinstance(automaton(at, "free", "spaced"), States)}
    expected = set(json.loads(EXPECTED.read_text(encoding="utf-8")))
    assert refused - expected == set()
    assert expected - refused == set(), f"write down in {EXPECTED.name} what is compiled now"
