"""References lead where the specification says: the official suite through an obvious validator, and cases of our own."""

import gzip
import json
import os
from pathlib import Path

import pytest

from fsmgen.errors import InvalidSchema, UnresolvedReference, UnsupportedKeyword
from fsmgen.frontends.json_schema.documents import Documents
from fsmgen.frontends.json_schema.references import resolved
from tests.frontends.json_schema.twin import accepts, value

DATA = Path(os.environ.get("FSMGEN_DATA", ""))
SUITE, REMOTES = DATA / "json_schema_test_suite_2020_12.jsonl.gz", DATA / "json_schema_test_suite_remotes.json.gz"
OTHERS = {"optional/bignum.json", "optional/ecmascript-regex.json", "optional/non-bmp-regex.json", "optional/format-assertion.json"}
"""Files about numbers, patterns and formats, which are not read here."""


def groups(wanted):
    with gzip.open(SUITE, "rt", encoding="utf-8") as lines:
        return [group for group in map(value, lines) if wanted(group["file"])]


def disagreements(group, remotes):
    documents = Documents(json.dumps(group["schema"], default=float), remotes)
    documents.check()
    return [
        f"{group['file']}: {group['description']}: {test['description']}"
        for test in group["tests"]
        if accepts(json.dumps(group["schema"], default=float), test["data"], remotes) != test["valid"]
    ]


@pytest.mark.skipif("FSMGEN_DATA" not in os.environ, reason="FSMGEN_DATA does not name the folder of the official suite")
def test_the_official_suite_agrees():
    remotes = json.loads(gzip.decompress(REMOTES.read_bytes()))
    found = groups(lambda file: "format/" not in file and file not in OTHERS)
    assert len(found) > 300
    assert [name for group in found for name in disagreements(group, remotes)] == []


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("g:h", "g:h"), ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"), ("/g", "http://a/g"),
        ("//g", "http://g"), ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"), ("#s", "http://a/b/c/d;p?q#s"),
        ("g#s", "http://a/b/c/g#s"), (";x", "http://a/b/c/;x"), ("", "http://a/b/c/d;p?q"), (".", "http://a/b/c/"), ("./", "http://a/b/c/"),
        ("..", "http://a/b/"), ("../g", "http://a/b/g"), ("../..", "http://a/"), ("../../g", "http://a/g"), ("../../../g", "http://a/g"),
        ("/./g", "http://a/g"), ("/../g", "http://a/g"), ("g.", "http://a/b/c/g."), (".g", "http://a/b/c/.g"), ("..g", "http://a/b/c/..g"),
        ("./../g", "http://a/b/g"), ("./g/.", "http://a/b/c/g/"), ("g/./h", "http://a/b/c/g/h"), ("g/../h", "http://a/b/c/h"),
        ("g;x=1/../y", "http://a/b/c/y"), ("g?y/../x", "http://a/b/c/g?y/../x"), ("g#s/../x", "http://a/b/c/g#s/../x"),
    ],
)  # fmt: skip
def test_references_resolve_as_rfc_3986_section_5_4_lists(reference, expected):
    assert resolved("http://a/b/c/d;p?q", reference) == expected


LEADS = [
    ("step with ~ and /", {"$ref": "#/$defs/a~1b~0c", "$defs": {"a/b~c": {"type": "null"}}}, "/$defs/a~1b~0c"),
    ("percent-encoded step", {"$ref": "#/$defs/a%20%25%C3%A9", "$defs": {"a %é": {}}}, "/$defs/a %é"),
    ("position in an array", {"$ref": "#/allOf/1/not", "allOf": [{}, {"not": {"minLength": 1}}]}, "/allOf/1/not"),
    ("anchor", {"$ref": "#here", "$defs": {"x": {"$anchor": "here"}}}, "/$defs/x"),
    ("own URI", {"$id": "http://x.test/s", "$ref": "http://x.test/s#/$defs/a", "$defs": {"a": {}}}, "/$defs/a"),
    ("relative $id", {"$id": "http://x.test/s", "$ref": "t", "$defs": {"a": {"$id": "t"}}}, "/$defs/a"),
    ("pointer below an inner $id", {"$ref": "http://x.test/t#/$defs/b", "$defs": {"a": {"$id": "http://x.test/t", "$defs": {"b": {}}}}},
     "/$defs/a/$defs/b"),
    ("URN", {"$ref": "urn:uuid:1#/$defs/b", "$defs": {"a": {"$id": "urn:uuid:1", "$defs": {"b": {}}}}}, "/$defs/a/$defs/b"),
    ("inside an unknown keyword", {"$ref": "#/unknown/0", "unknown": [{"type": "null"}]}, "/unknown/0"),
    ("draft 4 id", {"$schema": "http://json-schema.org/draft-04/schema#", "id": "http://x.test/s", "$ref": "t#/definitions/c",
                    "definitions": {"a": {"id": "t", "definitions": {"c": {}}}}}, "/definitions/a/definitions/c"),
    ("draft 4 anchor", {"$schema": "http://json-schema.org/draft-04/schema#", "$ref": "#it", "definitions": {"a": {"id": "#it"}}},
     "/definitions/a"),
    ("stray id is found", {"$ref": "t.json", "definitions": {"a": {"id": "t.json"}}}, "/definitions/a"),
    ("stray id changes no base", {"definitions": {"a": {"id": "t.json", "$ref": "#/definitions/b"}, "b": {}}, "$ref": "#/definitions/a"},
     "/definitions/a"),
    ("document of the caller", {"$ref": "http://other.test/a.json#/$defs/x"}, "http://other.test/a.json#/$defs/x"),
    ("document by its own $id", {"$ref": "http://own.test/b#/$defs/x"}, "http://other.test/a.json#/$defs/x"),
    ("text of the caller", {"$ref": "http://text.test/"}, "http://text.test/#"),
]  # fmt: skip
RESOURCES = {
    "http://other.test/a.json": {"$id": "http://own.test/b", "$defs": {"x": {"type": "null"}}},
    "http://text.test/": '{"type": "null"}',
}


@pytest.mark.parametrize(("schema", "pointer"), [case[1:] for case in LEADS], ids=[case[0] for case in LEADS])
def test_a_reference_leads_to(schema, pointer):
    documents = Documents(schema, RESOURCES)
    documents.check()
    target, _ = documents.target(documents.root, "$ref", documents.start)
    assert documents.pointer(target) == pointer


WRONG = [
    ("no such definition", {"items": {"$ref": "#/$defs/b"}, "$defs": {"a": {}}}, UnresolvedReference, "/items", "which has 'a'"),
    ("not a schema", {"not": {"$ref": "#/required"}, "required": ["a"]}, UnresolvedReference, "/not", "is an array, and no schema"),
    ("no such anchor", {"$ref": "#x", "$defs": {"a": {"$anchor": "y"}}}, UnresolvedReference, "", "no anchor 'x' (it has: 'y')"),
    ("not given", {"$ref": "http://x.test/y"}, UnresolvedReference, "", "never fetched"),
    ("two anchors", {"$ref": "#x", "$defs": {"a": {"$anchor": "x"}, "b": {"$anchor": "x"}}}, UnresolvedReference, "", "more than one"),
    ("two of one $id", {"$ref": "x:y", "$defs": {"a": {"$id": "x:y"}, "b": {"$id": "x:y"}}}, UnresolvedReference, "", "more than one"),
    ("position beyond the end", {"$ref": "#/allOf/1", "allOf": [{}]}, UnresolvedReference, "", "no '1' in #/allOf"),
    ("position with a zero", {"$ref": "#/allOf/00", "allOf": [{}]}, UnresolvedReference, "", "no '00' in #/allOf"),
    ("$id in const is no name", {"$ref": "x:y", "const": {"$id": "x:y"}}, UnresolvedReference, "", "no document 'x:y'"),
    ("$ref is no text", {"items": {"$ref": 5}}, InvalidSchema, "/items/$ref", "must be a string"),
    ("draft 3", {"$schema": "http://json-schema.org/draft-03/schema#"}, UnsupportedKeyword, "/$schema", "older than draft 4"),
    ("schema is a number", 5, InvalidSchema, "", "this is the number 5"),
    ("schema is a text", '"x"', InvalidSchema, "", "this is the string 'x'"),
    ("subschema is null", {"properties": {"a": None}}, InvalidSchema, "/properties/a", "this is null"),
    ("array of items in 2020-12", {"$schema": "https://json-schema.org/draft/2020-12/schema", "items": [{}]}, InvalidSchema, "/items",
     "prefixItems"),
    ("exclusiveMinimum without minimum", {"not": {"exclusiveMinimum": True}}, InvalidSchema, "/not", "there is no minimum"),
    ("broken document", {"$ref": "http://broken.test/"}, InvalidSchema, "http://broken.test/#", "not JSON"),
    ("wrong keyword in a document", {"$ref": "http://wrong.test/"}, InvalidSchema, "http://wrong.test/#/items/minLength", "non-negative"),
]  # fmt: skip
BAD_RESOURCES = {"http://broken.test/": "{", "http://wrong.test/": {"items": {"minLength": -1}}}


@pytest.mark.parametrize(("schema", "error", "pointer", "fault"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_what_is_wrong_is_said_with_its_place(schema, error, pointer, fault):
    resources = {uri: document for uri, document in BAD_RESOURCES.items() if uri in str(schema)}
    with pytest.raises(error) as raised:
        Documents(schema, resources).check()
    assert raised.value.pointer == pointer and fault in raised.value.fault


def test_a_required_vocabulary_that_is_unknown_is_refused():
    metaschema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$vocabulary": {"http://x.test/v": True}}
    with pytest.raises(UnsupportedKeyword, match=r"http://x.test/v"):
        Documents({"$schema": "http://x.test/m"}, {"http://x.test/m": metaschema})


def test_a_published_metaschema_is_found_without_being_given():
    uri = "https://json-schema.org/draft/2020-12/schema"
    assert accepts({"$ref": uri}, {"type": "string"})
    assert not accepts({"$ref": uri}, {"type": "strange"})
    assert not accepts({"$ref": uri}, {"properties": {"a": {"minLength": -1}}})


def test_without_dynamic_anchors_every_scope_is_empty():
    documents = Documents({"$id": "x:y", "$ref": "#/$defs/a", "$defs": {"a": {"$id": "x:z", "items": {"$ref": "x:y"}}}})
    target, scope = documents.target(documents.root, "$ref", documents.start)
    assert (documents.start, scope, documents.target(documents.child(target, "items"), "$ref", scope)) == ((), (), (documents.root, ()))


def test_the_same_subschema_is_one_location_however_it_is_reached():
    documents = Documents({"properties": {"a": {"items": {}}}, "allOf": [{"$ref": "#/properties/a/items"}]})
    reached, _ = documents.target(documents.child(documents.root, "allOf", 0), "$ref", ())
    assert reached == documents.child(documents.child(documents.root, "properties", "a"), "items")


def test_subschemas_that_say_the_same_are_one_location():
    same, other = {"type": "string", "title": "a"}, {"type": ["string"], "description": "b"}
    others = {"c": {"enum": [1]}, "d": {"enum": [True]}, "e": {"$ref": "#"}}
    documents = Documents({"properties": {"a": same, "b": other, **others}, "items": {}})
    a, b, c, d, e = documents.keywords(documents.root)["properties"].values()
    assert a == b and len({a, c, d, e, documents.child(documents.root, "items")}) == 5


def test_a_note_on_one_counts_for_all_that_say_the_same():
    documents = Documents({"properties": {"a": {"format": "colour"}, "b": {"format": "colour", "title": "b"}}})
    documents.report.note(documents.child(documents.root, "properties", "b"), "format", "annotation", "unknown")
    found = {entry.place: entry.status for entry in documents.report.entries()}
    assert found["/properties/a/format"] == found["/properties/b/format"] == "annotation"


def test_subschemas_that_say_the_same_are_one_location_however_much_they_hold():
    pair = {"type": "object", "properties": {"a": {"enum": ["x"]}, "b": {"items": {"$ref": "#/$defs/n"}}}, "title": "told apart by nothing"}
    schema = {
        "$defs": {"n": {"type": "integer"}},
        "properties": {
            "one": pair, "two": {**pair, "title": "but this"},
            "reordered": {**pair, "properties": dict(reversed(pair["properties"].items()))},
            "elsewhere": {**pair, "$id": "other:", "$defs": {"n": {"type": "null"}}}, "numbers": {"enum": [1]}, "truths": {"enum": [True]},
        },
    }  # fmt: skip
    documents = Documents(schema)
    found = documents.keywords(documents.root)["properties"]
    assert found["one"] == found["two"]
    assert len(set(found.values())) == 5
    items = [documents.keywords(documents.keywords(found[name])["properties"]["b"])["items"] for name in ("one", "elsewhere")]
    assert [documents.keywords(documents.target(at, "$ref", documents.start)[0])["type"] for at in items] == [("integer",), ("null",)]
    documents.check()
    places = {entry.place for entry in documents.report.entries()}
    assert {"/properties/one/properties/a/enum", "/properties/two/properties/a/enum"} <= places
