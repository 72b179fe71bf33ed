"""The options that name a constraint."""

from __future__ import annotations

import json

PROMPT = "Question: One box holds 9 pillows. How many pillows do 7 boxes hold?\nAnswer:"
LIST = 'root ::= ("- " item)+\nitem ::= [a-c]{1,2} "\\n"'


def test_a_gbnf_grammar_from_a_file(fsmgen, tmp_path):
    path = tmp_path / "list.gbnf"
    path.write_text(LIST)
    code, out, _ = fsmgen("inspect", "--gbnf", path, "--text", "- ab\n", "--text", "- abc\n", "--examples", 0)
    assert code == 0 and "GBNF grammar of 2 rules" in out
    assert "accepted; may go on with: '-'" in out and "leaves the language after '- ab'" in out
    path.write_text('root ::= "a" itm\nitem ::= "b"')
    code, _, err = fsmgen("inspect", "--gbnf", path)
    assert code == 2 and "did you mean 'item'?" in err and err.rstrip().endswith("^")
    path.write_bytes(b"root ::= \xff")
    code, _, err = fsmgen("inspect", "--gbnf", path)
    assert code == 2 and "no UTF-8 text" in err


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
        ([], "give --regex, --choice"),
    ]:
        code, _, err = fsmgen("inspect", *options)
        assert code == 2 and message in err
