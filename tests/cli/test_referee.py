"""jsonschema as a referee: numbers are exact, patterns are ECMA's."""

import re

import pytest

from fsmgen.cli.referee import Referee, Undecided, python_pattern, read_strictly, repeated_names


@pytest.mark.parametrize(
    ("pattern", "taken", "refused"),
    [
        (r"^\d$", ["5"], ["5\n", "٣"]), (r"^\D$", ["٣", "a"], ["5"]), (r"^[\d\-x]+$", ["5-x"], ["٣"]),
        (r"^[^\W_]$", ["a", "Z", "5"], ["_", "é", "-"]),
        (r"^.$", ["a", "\x85"], ["\n", "\r", "\u2028"]), (r"^\s$", ["\ufeff", " "], ["\x1c", "a"]),
        (r"^[\s\S]$", ["a", "\n", "🙂"], ["", "aa"]),
        (r"^\u00e9\x41\cJ\/$", ["éA\n/"], ["éA/"]), (r"^\ud83d\ude42$", ["🙂"], ["a"]), (r"^\u{1f642}$", ["🙂"], ["u"]),
        (r"^[^]$", ["a", "\n"], [""]),
        (r"a\b", ["a", "aé", "a b"], ["ab"]), (r"a\B", ["ab"], ["a", "aé"]), (r"^(?<year>\d)\1$", ["11"], ["12"]),
        (r"^[a-]$", ["a", "-"], ["b"]),
        (r"^[\w-.]$", ["a", "-", "."], [","]), (r"^[\b]$", ["\b"], ["b"]), (r"^(a|b$)", ["ax", "b"], ["bx"]), ("^[]$", [], ["", "a"]),
    ],
)  # fmt: skip
def test_patterns_mean_what_they_mean_in_ecma(pattern, taken, refused):
    written = re.compile(python_pattern(pattern))
    assert all(written.search(text) for text in taken)
    assert not any(written.search(text) for text in refused)


@pytest.mark.parametrize("pattern", [r"\p{L}", "(", r"(?<a>x)\k<a>", "[a", "\\"])
def test_patterns_beyond_re_are_undecided(pattern):
    with pytest.raises(Undecided):
        python_pattern(pattern)


def test_numbers_are_exact():
    assert Referee({"multipleOf": 0.1}).complaint("0.3") is None
    assert Referee({"multipleOf": 0.01}).complaint("1e300") is None
    assert Referee({"maximum": 9007199254740993}).complaint("9007199254740993.5") is not None
    nested = Referee({"items": {"$schema": "http://json-schema.org/draft-04/schema#", "type": "integer"}})
    assert nested.complaint("[9.5E2, 3.0]") is None and nested.complaint("[9.5]") is not None
    assert Referee({"type": "integer"}).complaint("1.0e2") is None
    assert Referee({"type": "integer"}).complaint("true") is not None
    assert Referee({"const": 1}).complaint("1.0") is None


def test_patterns_are_rewritten_where_they_are_patterns_only():
    schema = {
        "properties": {"pattern": {"pattern": "^a$"}},
        "patternProperties": {"^b$": False},
        "additionalProperties": {"enum": [{"pattern": "$"}]},
    }
    referee = Referee(schema)
    assert referee.complaint('{"pattern": "a", "b\\n": {"pattern": "$"}}') is None
    assert referee.complaint('{"pattern": "a\\n"}') is not None
    assert referee.complaint('{"b": 1}') is not None


def test_a_schema_is_read_by_its_draft():
    assert (
        Referee({"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1, "exclusiveMinimum": True}).complaint("1") is not None
    )
    assert Referee({"items": [{"type": "string"}]}).complaint("[1]") is not None
    assert Referee({"prefixItems": [{"type": "string"}]}).complaint("[1]") is not None


def test_texts_that_are_no_json_are_refused():
    for text in ("NaN", "[1,]", '"\\ud800"', '"\t"'):
        with pytest.raises(ValueError):
            read_strictly(text)
    assert Referee({}).complaint("[1,]").startswith("no JSON")


def test_references_that_lead_elsewhere_are_undecided():
    with pytest.raises(Undecided):
        Referee({"$ref": "https://example.org/nothing"}).complaint("1")


def test_names_that_are_repeated_are_told():
    assert repeated_names('{"a": 1, "b": {"\\u0061": 1, "a": 2}, "c": [{"a": 1}]}') == {"a"}
