"""Grammar files as they come: lark's own, and Python's standard library read by lark's python.lark."""

from __future__ import annotations

import os
import random
import sysconfig
from importlib import resources
from pathlib import Path

import pytest

from bench.indentation import MARKS, with_marks
from bench.lark_campaign import LEXERS, Case, Referee, grammars, mutated
from fsmgen.automata.words import random_word
from fsmgen.frontends.combining import membership
from fsmgen.frontends.lark import lark_file

GRAMMARS = Path(str(resources.files("lark") / "grammars"))
DATA = Path(os.environ.get("FSMGEN_DATA", "")) / "lark_grammars"


def states_of(path, start, lexer, declare=None):
    language = lark_file(path, start=start, lexer=lexer, declare=declare)
    return language.grammar.automaton(language.source)


@pytest.fixture(scope="module", params=["dynamic", "contextual"])
def python(request):
    return states_of(GRAMMARS / "python.lark", "file_input", request.param, MARKS)


@pytest.mark.parametrize("name", ["bisect", "keyword", "colorsys", "contextlib"])
def test_files_of_the_standard_library_are_words_of_python_lark(python, name):
    text = with_marks((Path(sysconfig.get_paths()["stdlib"]) / f"{name}.py").read_text(encoding="utf-8"))
    assert python.accepting(python.run(python.start, text.encode()))
    broken = text.replace("def ", "dff (", 1)
    assert broken == text or not python.accepting(python.run(python.start, broken.encode()))


@pytest.mark.skipif("FSMGEN_DATA" not in os.environ, reason="FSMGEN_DATA does not name the folder of the grammars")
@pytest.mark.parametrize("lexer", LEXERS)
@pytest.mark.parametrize(
    ("name", "start"),
    [("examples/standalone/json.lark", "start"), ("examples/composition/storage.lark", "start"),
     ("examples/grammars/verilog.lark", "start"), ("tests/test_templates_import.lark", "start"),
     ("examples/relative-imports/multiples.lark", "start")],
)  # fmt: skip
def test_words_of_stock_grammars_and_mutations_of_them_are_decided_as_lark_does(name, start, lexer):
    states, referee, choose = states_of(DATA / name, start, lexer), Referee(Case.of(DATA / name), lexer), random.Random(5)
    assert Case.of(DATA / name).start == start
    for _ in range(25):
        word = bytes(random_word(states, choose, typical=12)).decode()
        assert referee.accepts(word), word
        other = mutated(word, choose)
        assert states.accepting(states.run(states.start, other.encode())) == referee.accepts(other), other


LARGE = ["python.lark", "python2.lark", "lark.lark", "template_lark.lark"]


@pytest.mark.parametrize("path", [path for path in grammars() if path.name not in LARGE], ids=lambda path: path.name)
def test_words_that_a_lexer_finds_are_words_of_the_mathematical_language(path):
    case, choose = Case.of(path), random.Random(3)
    mathematical = membership(case.ours("scannerless"))
    for lexer in LEXERS:
        states = case.ours(lexer).grammar.automaton(path.name)
        for word in (bytes(random_word(states, choose, typical=10)).decode() for _ in range(8)):
            assert mathematical(word), word


@pytest.mark.parametrize("path", list(grammars()), ids=lambda path: path.name)
def test_every_stock_grammar_loads_in_every_mode_in_which_lark_loads_it(path):
    case = Case.of(path)
    for lexer in ["dynamic"] if path.name in LARGE else [*LEXERS, "scannerless"]:
        language = case.ours(lexer)
        assert language.grammar.automaton(language.source).start
        assert lexer == "scannerless" or Referee(case, lexer)
