"""The report names every keyword of every schema that was read, and what became of it."""

import gzip
import json
import os
from pathlib import Path

import pytest

import fsmgen
from fsmgen.errors import UnsupportedKeyword
from fsmgen.frontends.json_schema.documents import Documents
from fsmgen.grammar import ReportEntry

DATA = Path(os.environ.get("FSMGEN_DATA", ""))


def statuses(schema):
    documents = Documents(schema)
    documents.check()
    return {entry.place: entry.status for entry in documents.report.entries()}


def test_keywords_are_exact_annotations_or_ignored():
    schema = {"title": "t", "type": "object", "properties": {"a/b": {"minLength": 1, "default": "", "nullable": True}}, "$defs": {"x": {}}}
    assert statuses(schema) == {
        "/title": "annotation", "/type": "exact", "/properties": "exact", "/$defs": "exact",
        "/properties/a~1b/minLength": "exact", "/properties/a~1b/default": "annotation", "/properties/a~1b/nullable": "ignored",
    }  # fmt: skip


def test_what_stands_beside_a_reference_is_ignored_in_old_drafts_only():
    schema = {"$ref": "#/definitions/a", "minLength": 1, "definitions": {"a": {}}}
    assert statuses({**schema, "$schema": "http://json-schema.org/draft-07/schema#"})["/minLength"] == "ignored"
    assert statuses(schema)["/minLength"] == "exact"


@pytest.mark.parametrize(("draft", "status"), [("4", "ignored"), ("6", "exact")])
def test_keywords_that_a_draft_does_not_have_are_ignored(draft, status):
    documents = Documents({"$schema": f"http://json-schema.org/draft-0{draft}/schema#", "const": 1})
    documents.check()
    entry = documents.report.entries()[1]
    assert (entry.place, entry.status) == ("/const", status) and ("draft 4" in entry.reason) == (status == "ignored")


def test_a_draft_that_is_unknown_is_said():
    documents = Documents({"$schema": "http://x.test/mine"})
    documents.check()
    reason = "unknown; read as draft 2020-12 with older keywords"
    assert documents.report.entries() == (ReportEntry("/$schema", "$schema", "ignored", reason),)


def test_notes_count_and_old_names_have_those_of_new_ones():
    documents = Documents({"items": [{}], "additionalItems": {"uniqueItems": True}, "format": "color"})
    documents.check()
    documents.report.note(documents.root, "format", "annotation", "not a known format")
    documents.report.note(documents.child(documents.root, "items"), "uniqueItems", "relaxed", "why")
    found = {entry.place: (entry.status, entry.reason) for entry in documents.report.entries()}
    assert found["/format"] == ("annotation", "not a known format") and found["/additionalItems/uniqueItems"] == ("relaxed", "why")


HOST, REPEATED = {"format": "hostname"}, {"pattern": r"(.)\1"}


@pytest.mark.parametrize(
    ("schema", "status"),
    [
        (HOST, "narrowed"),
        ({"not": {"not": HOST}}, "narrowed"),
        ({"oneOf": [{**HOST, "type": "string"}, {"type": "null"}]}, "narrowed"),
        (REPEATED, "relaxed"),
        ({"anyOf": [REPEATED, {"type": "null"}], "not": {"const": 1}}, "relaxed"),
    ],
)
def test_what_is_not_exact_is_said(schema, status):
    entries = fsmgen.json_schema(schema, lenient=True).report()
    assert [entry.status for entry in entries if entry.construct in ("format", "pattern")] == [status]


@pytest.mark.parametrize("inexact", [HOST, REPEATED])
@pytest.mark.parametrize(
    "schema",
    [
        lambda inexact: {"not": inexact},
        lambda inexact: {"not": {"allOf": [inexact, {"minLength": 3}]}},
        lambda inexact: {"if": inexact, "else": {"type": "string"}},
        lambda inexact: {"not": {"allOf": [{"$ref": "#/$defs/it"}, {"type": "string"}]}, "$defs": {"it": inexact}},
        lambda inexact: {"not": {"properties": {"a": inexact}, "unevaluatedProperties": False}},
        lambda inexact: {"oneOf": [inexact, {"const": "xn--a"}]},
    ],
)
def test_what_is_not_exact_cannot_be_negated(schema, inexact):
    with pytest.raises(UnsupportedKeyword) as caught:
        fsmgen.json_schema(schema(inexact), lenient=True)
    assert caught.value.pointer.rpartition("/")[2] == caught.value.keyword in ("format", "pattern", "unevaluatedProperties")


@pytest.mark.skipif("FSMGEN_DATA" not in os.environ, reason="FSMGEN_DATA does not name the folder of the schemas")
def test_every_keyword_of_published_schemas_is_listed_once():
    with gzip.open(DATA / "maskbench_dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        schemas = [json.loads(line)["schema"] for line, _ in zip(lines, range(300), strict=False)]
    for schema in schemas:
        documents = Documents(schema)
        documents.check()
        places = [entry.place for entry in documents.report.entries()]
        assert len(places) == len(set(places)) and set(places) >= {f"/{keyword}" for keyword in schema}
