"""`fsmgen audit`: what a constraint and a validator disagree on is counted, shown, and an exit code."""

from __future__ import annotations

import json
import sys

import pytest

EVEN = f"{sys.executable} -c 'import sys; text = sys.stdin.read(); sys.exit(int(text) % 2)'"


def lines(out):
    """The lines of a table, without its columns."""
    return [" ".join(line.split()) for line in out.splitlines()]


def test_words_that_the_validator_refuses_are_counted_and_shown(fsmgen):
    code, out, _ = fsmgen("audit", "--regex", "[0-9]", "--words", 12, "--validator", EVEN)
    assert code == 1 and {"random words 12", "'3': exit status 1"} <= set(lines(out)) and "allowed and not valid" in out
    code, out, _ = fsmgen("audit", "--regex", "[02468]", "--words", 6, "--validator", EVEN)
    assert code == 0 and "allowed and not valid" not in out


def test_texts_that_the_constraint_leaves_out_are_counted_and_shown(fsmgen, tmp_path):
    (tmp_path / "texts.txt").write_text("2\n3\n10\n\n8\n")
    code, out, _ = fsmgen("audit", "--regex", "[0-9]", "--words", 0, "--validator", EVEN, "--instances", tmp_path / "texts.txt")
    found = lines(out)
    assert code == 1
    assert {"texts given 4", "valid and allowed 2", "allowed and not valid 1", "valid and not allowed 1"} <= set(found)
    assert any("'10': leaves the language after '1'" in line for line in found)
    (tmp_path / "texts.jsonl").write_text('"2"\n"9\\n"\n')
    code, out, _ = fsmgen("audit", "--regex", "[0-9]", "--words", 0, "--validator", EVEN, "--instances", tmp_path / "texts.jsonl")
    assert code == 0 and "neither valid nor allowed" in out


def test_a_leading_space_is_no_part_of_the_text_that_is_decided(fsmgen):
    code, _, _ = fsmgen("audit", "--regex", "[02468]", "--leading-space", "required", "--words", 5, "--validator", EVEN)
    assert code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "fault"),
    [
        (["--regex", "a"], 2, "give --validator COMMAND"),
        (["--validator", "true"], 2, "give --regex"),
        (["--regex", "a", "--validator", "no-such-command-at-all"], 2, "cannot be run: No such file"),
        (["--regex", "a", "--validator", "'open"], 2, "No closing quotation"),
        (["--regex", "a", "--validator", " "], 2, "it must be a command"),
        (["--regex", "a", "--validator", "sleep 20", "--timeout", "0.2"], 1, "takes more than 0.2 s for 'a'"),
        (["--regex", "a", "--validator", "true", "--instances", "no.txt"], 1, "No such file"),
    ],
)
def test_what_is_wrong_is_said(fsmgen, arguments, code, fault):
    ended, _, err = fsmgen("audit", *arguments)
    assert ended == code and fault in err


def test_the_validator_is_run_without_a_shell(fsmgen, tmp_path):
    target = tmp_path / "made"
    fsmgen("audit", "--regex", "a", "--words", 1, "--validator", f"true; touch {target}")
    assert not target.exists()
    fsmgen("audit", "--regex", "a", "--words", 1, "--validator", f"sh -c 'touch {target}'")
    assert target.exists()


PERSON = {
    "type": "object", "required": ["name"], "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 1}, "age": {"type": "integer", "minimum": 0}, "born": {"type": "string", "format": "date"},
    },
}  # fmt: skip


@pytest.fixture
def person(tmp_path):
    path = tmp_path / "person.schema.json"
    path.write_text(json.dumps(PERSON))
    return path


@pytest.mark.parametrize("options", [[], ["--order", "free"], ["--whitespace", "indent=2", "--ascii"], ["--whitespace", "flexible"]])
def test_a_schema_is_audited_by_jsonschema(fsmgen, person, tmp_path, options):
    instances = ['{"name": "Ann"}', '{"age":4.0,"name":"A\\u00e9"}', '{"name": ""}', '{"name": "Ann", "born": "2023-02-29"}']
    (tmp_path / "people.jsonl").write_text("\n".join(instances))
    code, out, _ = fsmgen("audit", "--schema", person, "--words", 60, "--instances", tmp_path / "people.jsonl", *options)
    found = set(lines(out))
    assert code == 0 and {"random words 60", "neither valid nor allowed 2"} <= found and not any("and not" in line for line in found)
    alike = max(int(line.rsplit(" ", 1)[1]) for line in found if line.startswith("valid and allowed "))
    assert alike + sum(int(line.rsplit(" ", 1)[1]) for line in found if line.startswith("not decided ")) == 60 and alike > 40
    in_order = "--order" not in options
    assert ("valid, in another order 1" in found) == in_order
    assert ("valid and allowed 1" in found) == in_order and ("valid and allowed 2" in found) != in_order


def test_formats_are_no_difference_where_they_are_annotations(fsmgen, person, tmp_path):
    (tmp_path / "people.jsonl").write_text('{"name": "Ann", "born": "2023-02-29"}')
    asked = ["audit", "--schema", person, "--words", 0, "--instances", tmp_path / "people.jsonl", "--format", "annotate"]
    code, out, _ = fsmgen(*asked)
    assert code == 0 and "valid and allowed 1" in lines(out)


def test_what_a_lenient_constraint_leaves_out_is_found(fsmgen, tmp_path):
    path = tmp_path / "unique.json"
    path.write_text('{"type": "array", "items": {"type": "string", "pattern": "^[ab]*$"}, "minItems": 3, "uniqueItems": true}')
    code, _, err = fsmgen("audit", "--schema", path)
    assert code == 2 and "schema at #" in err and "uniqueItems" in err
    code, out, _ = fsmgen("audit", "--schema", path, "--lenient", "--words", 200, "--escapes", "minimal")
    assert code == 1 and "allowed and not valid" in out and "uniqueItems" in out


def test_a_schema_may_be_audited_by_a_command(fsmgen, person):
    code, out, _ = fsmgen("audit", "--schema", person, "--words", 5, "--validator", "false")
    assert code == 1 and "allowed and not valid 5" in lines(out)


def test_documents_are_passed_by_uri(fsmgen, tmp_path):
    (tmp_path / "schema.json").write_text('{"$ref": "http://x.test/a#/$defs/n"}')
    (tmp_path / "a.json").write_text('{"$defs": {"n": {"type": "integer", "minimum": 0, "maximum": 9}}}')
    asked = ["audit", "--schema", tmp_path / "schema.json", "--words", 20]
    code, out, _ = fsmgen(*asked, "--resource", f"http://x.test/a={tmp_path / 'a.json'}")
    assert code == 0 and "valid and allowed 20" in lines(out)
    code, _, err = fsmgen(*asked)
    assert code == 2 and "never fetched" in err


def test_without_jsonschema_the_package_is_named(fsmgen, person, monkeypatch):
    monkeypatch.setitem(sys.modules, "fsmgen.cli.referee", None)
    code, _, err = fsmgen("audit", "--schema", person)
    assert code == 1 and "needs the package jsonschema" in err
