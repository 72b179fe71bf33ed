"""`fsmgen grammars` and `--grammar`."""

from __future__ import annotations

from fsmgen.frontends.named import named_grammars


def test_grammars_are_listed_and_one_is_printed_whole(fsmgen):
    grammars = {grammar.name: grammar for grammar in named_grammars()}
    code, out, _ = fsmgen("grammars")
    assert code == 0 and all(name in out for name in grammars)
    assert fsmgen("grammars", "xml")[1] == grammars["xml"].text
    code, out, err = fsmgen("grammars", "xlm")
    assert (code, out) == (2, "") and "one of arithmetic" in err


def test_a_grammar_is_named_on_the_command_line(fsmgen):
    code, out, err = fsmgen("inspect", "--grammar", "csv", "--text", 'a,"b', "--examples", 1)
    assert code == 0 and "grammar csv" in out and "a beginning" in out, err
    code, _, err = fsmgen("inspect", "--grammar", "csv", "--regex", "a")
    assert code == 2 and "--grammar" in err
    code, _, err = fsmgen("inspect", "--grammar", "cvs")
    assert code == 2 and "did you mean 'csv'" in err
