"""Objects of random schemas whose patterns are negated or combined, in every order of their properties; jsonschema is the referee.

Of two properties of one name the last counts, as `json` reads them: such texts must not be taken for what the first one was.
"""

import itertools
import json
import random

import pytest

import fsmgen
from fsmgen.cli.referee import Referee
from fsmgen.errors import EmptyLanguage, UnsupportedKeyword

NAMES, VALUES = ["a", "b", "b2", "xc"], [0, "a"]
LEAVES = [{"type": "string"}, {"type": "integer"}, {"const": 0}, False, {"enum": [0, "a", None]}]
PATTERNS = ["^b", "^(?!a)", "^[ab]$", "c$", "2"]


def texts(size):
    """All objects of so many properties, in every order, with names that may repeat."""
    entries = [f"{json.dumps(name)}: {json.dumps(value)}" for name in NAMES for value in VALUES]
    return ["{" + ", ".join(chosen) + "}" for chosen in itertools.product(entries, repeat=size)]


TEXTS = [text for size in range(4) for text in texts(size)]
READ = [json.dumps(json.loads(text), sort_keys=True) for text in TEXTS]
REPEATED = [read.count(":") < text.count(":") for text, read in zip(TEXTS, READ, strict=True)]


def simple(choose):
    """A schema that says something of names and their values."""
    made = [
        {"patternProperties": {pattern: choose.choice(LEAVES) for pattern in choose.sample(PATTERNS, choose.randint(1, 2))}},
        {"additionalProperties": choose.choice(LEAVES)},
        {"propertyNames": {"pattern": choose.choice(PATTERNS)}},
        {"properties": {choose.choice(NAMES): choose.choice(LEAVES)}},
        {"required": [choose.choice(NAMES)]},
        {"maxProperties": choose.randint(1, 2)},
    ]
    return {name: part for each in choose.sample(made, choose.choice([1, 1, 2])) for name, part in each.items()}


def combined(choose):
    """A schema that asks for a property that is not as others may be."""
    one, other = simple(choose), simple(choose)
    return choose.choice([{"not": one}, {"oneOf": [one, other]}, {"oneOf": [one, {}]}, {**other, "not": one}, {"if": one, "else": other}])


def decided(schema, order):
    """Which of the texts are taken; None if the schema is refused."""
    try:
        language = fsmgen.json_schema(schema, order=order)
    except UnsupportedKeyword:
        return None
    except EmptyLanguage:
        return [False] * len(TEXTS)
    states = language.grammar.automaton(language.source)
    return [states.accepting(states.run(states.start, text.encode())) for text in TEXTS]


def instances(schema):
    """The values of the texts that satisfy a schema."""
    referee = Referee(schema)
    return {value for value in set(READ) if referee.complaint(value) is None}


@pytest.fixture(scope="module")
def schemas():
    choose = random.Random(5)
    return [{**combined(choose), "type": "object"} for _ in range(120)]


def test_free_order_takes_exactly_the_instances_in_every_order(schemas):
    kept = 0
    for schema in schemas:
        taken, valid = decided(schema, "free"), instances(schema)
        kept += taken is not None
        for text, value, repeated, ours in zip(TEXTS, READ, REPEATED, taken or (), strict=False):
            assert ours == (value in valid) or (repeated and not ours), (schema, text)
    assert kept > 50


def test_schema_order_takes_instances_only_and_each_in_some_order(schemas):
    kept = 0
    for schema in schemas:
        taken, valid = decided(schema, "schema"), instances(schema)
        if taken is not None:
            kept += 1
            assert {value for value, ours in zip(READ, taken, strict=True) if ours} == valid, schema
    assert kept > 90


def test_what_may_be_undone_is_refused_by_name_or_reported():
    schema = {"not": {"patternProperties": {"^b": {"type": "string"}}}}
    with pytest.raises(UnsupportedKeyword) as caught:
        fsmgen.json_schema(schema, order="free")
    assert (caught.value.pointer, caught.value.keyword) == ("/not", "not")
    [entry] = [entry for entry in fsmgen.json_schema(schema).report() if entry.place == "/not"]
    assert entry.status == "exact" and "behind all others" in entry.reason
    [entry] = [entry for entry in fsmgen.json_schema(schema, order="free", lenient=True).report() if entry.place == "/not"]
    assert entry.status == "relaxed"


def test_what_cannot_be_undone_may_stand_anywhere():
    for schema in ({"not": {"patternProperties": {"^b": False}}}, {"not": {"patternProperties": {"^(bc|bd)$": {"type": "string"}}}}):
        states = fsmgen.json_schema(schema, order="free").grammar.automaton("")
        assert all(states.accepting(states.run(states.start, text)) for text in (b'{"bc": 0, "bd": 1}', b'{"x": "a", "bd": 0, "y": "a"}'))
    assert states.accepting(states.run(states.start, b'{"bc": 0, "bd": "a"}'))
