"""JSON texts and objects are read exactly or refused with their place."""

import json
from decimal import Decimal

import pytest

from fsmgen.errors import InvalidSchema
from fsmgen.frontends.json_schema import reading
from fsmgen.frontends.json_schema.reading import DEPTH_LIMIT, copied, parsed


@pytest.mark.parametrize(
    ("text", "pointer", "fault"),
    [
        ('{"a": 1,}', "", "line 1, column 9"),
        ("", "", "not JSON"),
        ('{"a": [1, {"b/c": 1, "b/c": 2}]}', "/a/1", "the name 'b/c' occurs twice"),
        ('{"maximum": NaN}', "", "NaN"),
        ("[-Infinity]", "", "Infinity"),
        ("[1e99999999999999999999]", "", "exponent"),
        (f"[{'1' * 5000}]", "", "4300 digits"),
        ('{"enum": ["\\ud800"]}', "/enum/0", "surrogate"),
        ('{"enum": ["\\uD83D\\uDE00", "\\uDE00"]}', "/enum/1", "surrogate"),
        ('{"\\udc00": 1}', "", "surrogate"),
        ("[" * 10_000, "", "nested 10000 deep; the limit is"),
        ('{"a":' * 10_000 + "1" + "}" * 10_000, "", "nested 10000 deep; the limit is"),
        ("[" * (DEPTH_LIMIT + 1) + "]" * (DEPTH_LIMIT + 1), "", f"nested {DEPTH_LIMIT + 1} deep"),
        (b'{"a": "\xff"}', "", "byte 7"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(text, pointer, fault):
    with pytest.raises(InvalidSchema) as refused:
        parsed(text)
    assert refused.value.pointer == pointer and fault in refused.value.fault


def test_brackets_in_strings_are_not_nesting():
    text = json.dumps({"pattern": '[{"' * 1000, "enum": ["[" * 1000] * 300})
    assert parsed(text)["enum"][0] == "[" * 1000


def test_numbers_keep_every_digit():
    value = parsed("[1.10, 12345678901234567890, 1e400, 0.1]")
    assert value == [Decimal("1.10"), 12345678901234567890, Decimal("1e400"), Decimal("0.1")]
    assert copied([0.1, 1.5e300], set()) == [Decimal("0.1"), Decimal("1.5e300")]


def test_a_byte_order_mark_before_bytes_is_skipped():
    assert parsed(b'\xef\xbb\xbf{"a": "\xc3\xa9"}') == {"a": "é"}


def _knot():
    knot = {}
    knot["properties"] = {"again": knot}
    return knot


@pytest.mark.parametrize(
    ("schema", "pointer", "fault"),
    [
        ({"a": [{1: 2}]}, "/a/0/1", "the name 1 is no text"),
        ({"a": float("nan")}, "/a", "no number of JSON"),
        ({"a": [1, (2,)]}, "/a/1", "tuple is no type of JSON"),
        ({"a": b""}, "/a", "bytes is no type of JSON"),
        ({"a~/": object()}, "/a~0~1", "object is no type of JSON"),
        ({"enum": ["\ud800"]}, "/enum/0", "surrogate"),
        (_knot(), "/properties/again" * (DEPTH_LIMIT // 2), "contains itself"),
    ],
)
def test_what_json_does_not_have_is_refused_with_its_place(schema, pointer, fault):
    with pytest.raises(InvalidSchema) as refused:
        copied(schema, set())
    assert refused.value.pointer == pointer and fault in refused.value.fault


def test_a_copy_is_equal_and_shares_nothing():
    given = {"properties": {"a": {"enum": [1, "x", None, True, []]}}, "required": ["a"]}
    copy = copied(given, set())
    assert copy == given
    given["required"].append("b")
    given["properties"]["a"]["enum"][4].append(1)
    assert copy == {"properties": {"a": {"enum": [1, "x", None, True, []]}}, "required": ["a"]}


def test_parts_that_are_shared_count_wherever_they_occur(monkeypatch):
    monkeypatch.setattr(reading, "SIZE_LIMIT", 10_000)
    part = {}
    for _ in range(60):
        part = {"anyOf": [part, part]}
    with pytest.raises(InvalidSchema, match="has more than 10,000 values"):
        copied(part, set())
