"""A keyword's value is refused exactly when the metaschema of its draft refuses it, where that is not a matter of style."""

import json

import jsonschema
import pytest

from fsmgen.errors import InvalidSchema
from fsmgen.frontends.json_schema.documents import Documents
from fsmgen.frontends.json_schema.drafts import DRAFTS

VALIDATORS = {
    4: jsonschema.Draft4Validator, 6: jsonschema.Draft6Validator, 7: jsonschema.Draft7Validator,
    2019: jsonschema.Draft201909Validator, 2020: jsonschema.Draft202012Validator,
}  # fmt: skip
VALUES = [
    None, True, False, -1, 0, 1, 1.5, 2.0, -0.5, 1e300, "", "x", "string", "#a", [], ["a"], ["string", "null"], ["a", "a"], [1], [1, 1.0],
    ["any"], [{}], [True], [[]], {}, {"a": []}, {"a": ["b"]}, {"a": ["b", "b"]}, {"a": [1]}, {"a": 1}, {"a": {}}, {"a": True}, {"a": "b"},
]  # fmt: skip
DECLARED = {uri: dialect for uri, dialect in DRAFTS.items() if dialect.year in VALIDATORS}
STYLE = {
    "title", "description", "default", "examples", "$comment", "readOnly", "writeOnly", "deprecated", "contentMediaType",
    "contentEncoding", "contentSchema", "format", "$id", "id", "$ref", "$anchor", "$dynamicRef", "$dynamicAnchor", "$recursiveRef",
    "$recursiveAnchor", "$vocabulary", "$schema",
}  # fmt: skip
"""Annotations may have any value; names and references have syntax of their own, see `test_references`."""


def tolerated(keyword, value, year):
    """Whether the metaschema is stricter than the meaning needs."""
    parts = list(value.values()) if isinstance(value, dict) else [value]
    bounds = ("exclusiveMinimum", "exclusiveMaximum")
    schemas = parts if isinstance(value, dict) else value if isinstance(value, list) else [value]
    twice = value == [1, 1.0] or any(isinstance(part, list) and len(set(map(json.dumps, part))) < len(part) for part in parts)
    return (
        (twice and keyword in ("required", "enum", "type", "dependentRequired", "dependencies"))
        or ([] in parts and keyword in ("required", "enum", "dependencies", "items"))
        or (year == 4 and isinstance(value, float) and value.is_integer())
        or (year == 4 and any(isinstance(part, bool) for part in schemas) and keyword not in ("type", *bounds))
    )


def fault(schema):
    """The pointer at which a schema is refused, or None."""
    try:
        Documents(schema).check()
    except InvalidSchema as error:
        return error.pointer
    return None


@pytest.mark.parametrize("uri", DECLARED)
def test_values_are_refused_where_the_metaschema_refuses_them(uri):
    dialect, wrong, refused = DECLARED[uri], [], 0
    referee = VALIDATORS[dialect.year](VALIDATORS[dialect.year].META_SCHEMA)
    for keyword in sorted(dialect.roles.keys() - STYLE):
        for value in VALUES:
            schema = {"$schema": f"https://{uri}" if dialect.year > 7 else f"http://{uri}#", "minimum": 0, "maximum": 9, keyword: value}
            pointer, valid = fault(schema), referee.is_valid(schema)
            refused += pointer is not None
            placed = pointer is None or pointer.startswith(f"/{keyword}")
            if not placed or ((pointer is None) != valid and not (pointer is None and tolerated(keyword, value, dialect.year))):
                wrong.append((keyword, value, pointer, valid))
    assert not wrong and refused > 300
