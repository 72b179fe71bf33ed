"""The options that name a constraint."""

from __future__ import annotations

import json

import pytest

PROMPT = "Question: One box holds 9 pillows. How many pillows do 7 boxes hold?\nAnswer:"
LIST = 'root ::= ("- " item)+\nitem ::= [a-c]{1,2} "\\n"'


def test_a_gbnf_grammar_from_a_file(fsmgen, tmp_path):
    path = tmp_path / "list.gbnf"
    path.write_text(LIST)
    code, out, _ = fsmgen("inspect", "--gbnf", path, "--text", "- ab\n", "--text", "- abc\n", "--examples", 0)
    assert code == 0 and "GBNF grammar of 2 rules" in out
    assert "accepted; may go on with:" in out and "in root '- '" in " ".join(out.split()) and "leaves the language after '- ab'" in out
    path.write_text('root ::= "a" itm\nitem ::= "b"')
    code, _, err = fsmgen("inspect", "--gbnf", path)
    assert code == 2 and "did you mean 'item'?" in err and err.rstrip().endswith("^")
    path.write_bytes(b"root ::= \xff")
    code, _, err = fsmgen("inspect", "--gbnf", path)
    assert code == 2 and "no UTF-8 text" in err


SUM = 'start: NUMBER ("+" NUMBER)* _END\nNUMBER: /[0-9]+/\n%declare _END\n%ignore " "\n'


def test_a_lark_grammar_from_a_file(fsmgen, tmp_path):
    path = tmp_path / "sum.lark"
    path.write_text(SUM)
    asked = ["inspect", "--lark", path, "--declare", "_END=;", "--text", "1 + 2;", "--text", "1 2;", "--examples", 0]
    for lexer in ("dynamic", "contextual", "basic", "scannerless"):
        code, out, _ = fsmgen(*asked, "--lexer", lexer)
        assert code == 0 and f"sum.lark ({lexer})" in out
        assert out.count("accepted") == 1 and "leaves the language after '1 '" in out
    code, _, err = fsmgen(*asked, "--start", "strat")
    assert code == 2 and "did you mean start?" in err
    code, _, err = fsmgen(*asked, "--lexer", "standard")
    assert code == 2 and "one of dynamic, contextual, basic, scannerless" in err


def test_an_answer_in_a_lark_grammar(fsmgen, tmp_path):
    (tmp_path / "work.lark").write_text('start: " Take " WORK\nWORK: /[0-9a-z *=:]{1,30};/\n')
    code, out, _ = fsmgen("generate", "--lark", tmp_path / "work.lark", "--max-tokens", 40, PROMPT)
    assert code == 0 and out.startswith(" Take ") and out.endswith(";\n")


WRONG = {
    "an undefined symbol": ('start: "a"\n  | summe\nsum: "b"\n', ["line 2", "rule summe is used and not defined; did you mean sum?", "^"]),
    "a rule that derives nothing": ('start: start "a"\n', ["line 1", "rule start derives no text", "^"]),
    "a file that imports itself": ('%import .wrong.A\nstart: A\nA: "a"\n', ["line 1", "imports itself"]),
    "a path outside of the folder": ("%import .outside.A\nstart: A\n", ["line 1", "lies outside the folders of the grammar"]),
    "an unsupported directive": ('start: "a"\n%include x\n', ["line 2", "Unexpected input", "^"]),
    "a text that is not declared": ("start: A\n%declare A\n", ["line 1", "terminal A is declared and has no text"]),
    "a large grammar": ('start: "a"\n' + "// much\n" * 1_300_000, ["the characters of a grammar", "the limit is 300000"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_with_a_lark_grammar_is_said(fsmgen, tmp_path, name):
    text, messages = WRONG[name]
    (tmp_path / "elsewhere.lark").write_text('A: "a"\n')
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "outside.lark").symlink_to(tmp_path / "elsewhere.lark")
    (tmp_path / "folder" / "wrong.lark").write_text(text)
    code, out, err = fsmgen("inspect", "--lark", tmp_path / "folder" / "wrong.lark")
    assert code == (1 if "limit" in err else 2) and out == "" and all(message in err for message in messages)


def test_a_lark_grammar_that_is_no_file_or_no_text_is_said(fsmgen, tmp_path):
    (tmp_path / "bytes.lark").write_bytes(b"start: \xff")
    for name, message in [("none.lark", "none.lark"), ("bytes.lark", "bytes.lark"), (".", "")]:
        code, _, err = fsmgen("inspect", "--lark", tmp_path / name)
        assert code == 2 and message in err


def test_a_template_and_its_holes(fsmgen):
    asked = ["--template", " Take {work}. Sum: {sum}", "--hole", "work=[0-9a-z *=:]{1,30}", "--hole", "sum=[1-9][0-9]{0,2}"]
    code, out, _ = fsmgen("generate", *asked, "--json-lines", "--max-tokens", 60, PROMPT)
    answer = json.loads(out)
    assert code == 0 and answer["text"] == " Take {work}. Sum: {sum}".format(**answer["value"])


def test_wrong_options_are_said(fsmgen):
    for options, message in [
        (["--hole", "a=b"], "together with --template"),
        (["--template", "{a}", "--hole", "a"], "NAME=PATTERN"),
        (["--template", "{a}", "--hole", "a=x", "--hole", "a=y"], "once for each name"),
        (["--template", "{a}"], "the hole 'a' has no constraint"),
        (["--template", "a", "--regex", "b"], "left out beside --regex"),
        (["--lexer", "basic"], "together with --lark"),
        (["--start", "x", "--regex", "a"], "together with --lark"),
        (["--lark", "a.lark", "--declare", "a"], "NAME=TEXT"),
        ([], "give --regex, --choice"),
    ]:
        code, _, err = fsmgen("inspect", *options)
        assert code == 2 and message in err


def test_a_schema_is_inspected_with_its_report(fsmgen, tmp_path):
    path = tmp_path / "schema.json"
    schema = {"title": "t", "properties": {"a": {"type": "integer", "nullable": True}}, "required": ["a"], "additionalProperties": False}
    path.write_text(json.dumps({"type": "object", **schema}))
    code, out, _ = fsmgen("inspect", "--schema", path, "--whitespace", "compact", "--text", '{"a":1}', "--text", '{"a": 1}')
    assert code == 0 and out.count("accepted") == 1 and "leaves the language after '{\"a\":'" in out
    found = [" ".join(line.split()) for line in out.splitlines()]
    assert "keywords 5 exact, 1 annotation, 1 ignored" in found
    assert "ignored /properties/a/nullable: unknown to every draft" in found
    code, out, _ = fsmgen("inspect", "--schema", "-", "--text", "7", given='{"const": 7}')
    assert code == 0 and "accepted" in out


@pytest.mark.filterwarnings("ignore::fsmgen.decoding.generation.FirstStepWarning")
def test_an_answer_by_a_schema_has_its_value(fsmgen, tmp_path):
    path = tmp_path / "schema.json"
    path.write_text('{"type": "object", "properties": {"sum": {"type": "integer", "maximum": 99, "minimum": 0}}, "required": ["sum"],'
                    '"additionalProperties": false}')  # fmt: skip
    code, out, _ = fsmgen("generate", "--schema", path, "--escapes", "minimal", "--json-lines", PROMPT)
    answer = json.loads(out)
    assert code == 0 and answer["value"] == json.loads(answer["text"]) and set(answer["value"]) == {"sum"}
    code, _, err = fsmgen("generate", "--schema", "-", "--prompts", "-", given="{}")
    assert code == 2 and "--schema is read from standard input" in err


@pytest.mark.parametrize(
    ("schema", "options", "fault"),
    [
        ('{"type": ', [], "schema at #: not JSON"),
        ('{"items": {"minLength": -1}}', [], "schema at #/items/minLength"),
        ('{"$ref": "#/nowhere"}', [], "does not resolve"),
        ("[" * 10_000, [], "nested 10000 deep"),
        ('{"allOf": [{"type": "string"}, {"type": "null"}]}', [], "no text satisfies"),
        ("{}", ["--whitespace", "tabs"], "compact, spaced, flexible"),
        ("{}", ["--whitespace", "indent=x"], "compact, spaced, flexible or indent=N"),
        ("{}", ["--order", "any"], "order is 'any'"),
        ("{}", ["--resource", "x"], "URI=FILE"),
        ("{}", ["--regex", "a"], "left out beside --regex"),
    ],
)
def test_a_schema_that_cannot_be_used_is_an_error_with_its_place(fsmgen, tmp_path, schema, options, fault):
    path = tmp_path / "schema.json"
    path.write_text(schema)
    code, _, err = fsmgen("inspect", "--schema", path, *options)
    assert code == 2 and fault in err


def test_options_of_a_schema_need_one(fsmgen):
    code, _, err = fsmgen("inspect", "--regex", "a", "--lenient")
    assert code == 2 and "given together with --schema" in err
