"""Constructs of lark's notation one by one, against lark; those that need files are written here, the others are in features.toml."""

from __future__ import annotations

import tomllib
import warnings
from pathlib import Path

import pytest
from lark import Lark

from fsmgen.errors import InvalidGrammar
from fsmgen.frontends.combining import membership
from fsmgen.frontends.lark import lark_file
from tests.frontends.lark.oracle import decides_of_lark, decides_of_ours, decides_with, disagreements, loads, options_of, texts

FEATURES = tomllib.loads(Path(__file__).with_name("features.toml").read_text(encoding="utf-8"))
LEXERS = ["dynamic", "contextual", "basic"]


@pytest.mark.parametrize("lexer", LEXERS)
@pytest.mark.parametrize("name", FEATURES)
def test_each_construct_decides_short_texts_as_lark_does(name, lexer):
    grammar, alphabet, length = (FEATURES[name][key] for key in ("grammar", "alphabet", "length"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lark's, about a terminal that it compiles twice
        if not loads(grammar, lexer):
            assert lexer != "dynamic"
            with pytest.raises(InvalidGrammar):
                decides_of_ours(grammar, lexer)
            return
        assert disagreements(grammar, lexer, texts(alphabet, length)) == []


@pytest.mark.parametrize("placeholders", [True, False])
@pytest.mark.parametrize("lexer", LEXERS)
def test_placeholders_do_not_change_what_is_accepted(lexer, placeholders):
    grammar = FEATURES["optional in brackets"]["grammar"]
    theirs, own = decides_of_lark(grammar, lexer, maybe_placeholders=placeholders), decides_of_ours(grammar, lexer)
    assert [text for text in texts("abc", 5) if theirs(text) != own(text)] == []


IMPORTED = {
    "pairs.lark": 'pair: KEY "=" value\nvalue: KEY | "(" pair ")"\nKEY: LETTER+\nLETTER: "a" | "b"\n%ignore " "\n',
    "lists.lark": 'list{item}: item ("," item)*\n_inner: list{"a"}\nboth: _inner "b"?\n',
    "deep/one.lark": "%import .two (x, Y)\n%import common.DIGIT -> K\nboth: x Y K?\n",
    "deep/two.lark": 'x: "a" x | "a"\nY: "b"\n',
    "lib/shared.lark": '%import .more.WORD\nsaid: WORD WORD?\n',
    "lib/more.lark": "WORD: /a+b/\n",
}
IMPORTS = {
    "a rule with what it needs": ('start: pair\n%import .pairs.pair\n', "ab=("),
    "a rule under another name": ('start: "(" p\nvalue: "a"\n%import .pairs.pair -> p\n', "ab=("),
    "several names": ('start: KEY "(" value\n%import .pairs (KEY, value)\n', "ab=("),
    "a terminal under another name, with its own beside it": ('start: K KEY\nKEY: "="\n%import .pairs.KEY -> K\n', "ab="),
    "a template": ('start: list{KEY}\n%import .lists.list\n%import .pairs.KEY\n', "ab,"),
    "a rule that uses a template": ("start: both\n%import .lists.both\n", "ab,"),
    "from a folder, which imports from its own and from lark": ("start: both\n%import .deep.one.both\n", "ab1"),
    "what is ignored there is not ignored here": ("start: pair\n%import .pairs.pair\n", "ab= "),
    "extended and overridden where it is imported": (
        'start: value\n%import .pairs (value, LETTER)\n%extend LETTER: "="\n%override value: LETTER LETTER\n', "ab=",
    ),
    "from a folder that the caller names": ("start: said\n%import shared.said\n", "ab"),
    "from lark itself, beside others": ("start: INT KEY\n%import common.INT\n%import .pairs.KEY\n", "ab12"),
}  # fmt: skip


@pytest.mark.parametrize("lexer", LEXERS)
@pytest.mark.parametrize("name", IMPORTS)
def test_imports_decide_short_texts_as_lark_does(name, lexer, tmp_path):
    grammar, alphabet = IMPORTS[name]
    for path, text in {**IMPORTED, "main.lark": grammar}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    theirs = decides_with(Lark.open(str(tmp_path / "main.lark"), import_paths=[str(tmp_path / "lib")], **options_of(lexer)))
    own = membership(lark_file(tmp_path / "main.lark", lexer=lexer, import_paths=[tmp_path / "lib"]))
    decided = {text: theirs(text) for text in texts(alphabet, 5)}
    assert [text for text, accepted in decided.items() if accepted != own(text)] == []
    assert any(decided.values())
