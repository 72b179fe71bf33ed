"""Grammars decide every short text as lark does with the same lexer, and without a lexer as the definition does."""

from __future__ import annotations

import re

import pytest

from fsmgen.automata import Call, choice, repeat, sequence
from fsmgen.automata.expression import words
from fsmgen.errors import InvalidGrammar
from fsmgen.frontends.lark.reading import read
from tests.frontends.lark.oracle import LOOKING_BACK, PATTERNS, decides_of_ours, disagreements, loads, random_grammar, texts
from tests.reference import SpanTwin

NAMED = {
    "the first alternative ends a terminal": ('start: A "b"? A*\nA: /a|ab/', "ab"),
    "lazy": ("start: A+\nA: /a+?/", "ab"),
    "greedy takes what the rule needs": ('start: A "a" | "b"\nA: /a+/', "ab"),
    "lookahead into the next terminal": ('start: A "a" "b"\nA: /a+(?=b)|b/', "ab"),
    "lookahead to the end of the text": ("start: A A\nA: /a+$|b/", "ab"),
    "ignored between and around": ('start: (A|B)+\nA: /a+/\nB: /b|ba/\n%ignore " "', "ab "),
    "keywords and names": ('start: NAME ("if" NAME)*\nNAME: /[a-z]+/\n%ignore / +/', "if "),
    "ignored what rules read too": ('start: A B\nA: /ab|a/\nB: /b?c|ba/\n%ignore "b"', "abc"),
    "a guard that a later terminal undoes": ("start: x*\nx: A | B | C\nA: /a(b(?=b))?/\nB: /b+/\nC: /a??b/", "ab"),
    "hidden left recursion": ('start: x start "b" | "a"\nx: "b"?', "ab"),
    "indirect left recursion": ('start: x "a" | "b"\nx: y "b" | start\ny: start', "ab"),
    "unit cycle": ('start: x | "ab"\nx: y | B\ny: start | "a"\nB: /b+/', "ab"),
    "nullable everywhere": ('start: x y x\nx: A?\ny: x x | B\nA: /ab?/\nB: /b/\n%ignore "b"', "ab"),
    "ambiguous operators": ('start: start "b" start | A\nA: /a+/', "ab"),
    "priorities": ("start: (A | B)+\nA.2: /ab?/\nB: /a|bb/", "ab"),
    "a keyword in another case": ('start: ("if"i | NAME)+\nNAME: /[a-z]+/i\n%ignore " "', "iF "),
    "a rule that ends where the parser rather shifts": ('start: x "a"? "b"\nx: "a"+', "ab"),
    "modifiers": ('!start: x "a" -> y | [x]\n?x: "b"~1..2', "ab"),
    "templates": ('start: list{A, "b"}\nlist{item, mark}: item (mark item)*\nA: /a+/', "ab"),
    "boundaries within": ('start: (A|" ")*\nA: /a\\b|b/', "ab "),
    "a keyword between boundaries": ('start: (IF | NAME | ".")+\nIF.2: /\\bif\\b/\nNAME: /[fi]+/', "if."),
    "the beginning of the text": ("start: (A | B)+\nA: /^a/\nB: /b|(?!^)a/", "ab"),
    "the beginning of a line": ('start: (A | NL)+\nA: /(?m:^)a+b?/\nNL: /b?\\n/', "ab\n"),
    "ignored before what looks back": ('start: (A | B)+\nA: /(?<= )a/\nB: "b"\n%ignore " "', "ab "),
    "two characters back, over terminals": ("start: (A | B)+\nA: /(?<!ab)a/\nB: /b/", "ab"),
    "two bytes for a character": ('start: A "ä"\nA: /[äö]+?|a/', "aäö"),
    "flags": ("start: A B?\nA: /a.b/s\nB: /A  b/ix", "ab\nA"),
}
LEXERS = ["dynamic", "contextual", "basic"]


@pytest.mark.parametrize("lexer", LEXERS)
@pytest.mark.parametrize("name", NAMED)
def test_named_grammars_decide_short_texts_as_lark_does(name, lexer):
    grammar, alphabet = NAMED[name]
    if not loads(grammar, lexer):
        with pytest.raises(InvalidGrammar):
            decides_of_ours(grammar, lexer)
        return
    assert disagreements(grammar, lexer, texts(alphabet, 7 if len(alphabet) == 2 else 5)) == []


@pytest.mark.parametrize("lexer", LEXERS)
@pytest.mark.parametrize("block", range(3))
def test_terminals_that_look_back_decide_short_texts_as_lark_does(block, lexer):
    for seed in range(20 * block, 20 * block + 20):
        grammar = random_grammar(seed, [*LOOKING_BACK, *LOOKING_BACK, *PATTERNS])
        if loads(grammar, lexer):
            alphabet = "ab " if '%ignore " "' in grammar or "%ignore / " in grammar else "ab"
            assert disagreements(grammar, lexer, texts(alphabet, 6 if len(alphabet) == 2 else 5)) == [], grammar


@pytest.mark.parametrize("lexer", LEXERS)
@pytest.mark.parametrize("block", range(4))
def test_random_grammars_decide_short_texts_as_lark_does(block, lexer):
    for seed in range(25 * block, 25 * block + 25):
        grammar = random_grammar(seed)
        if loads(grammar, lexer):
            alphabet = "ab " if '%ignore " "' in grammar or "%ignore / " in grammar else "ab"
            assert disagreements(grammar, lexer, texts(alphabet, 6 if len(alphabet) == 2 else 5)) == [], grammar


@pytest.mark.parametrize("block", range(3))
def test_without_a_lexer_random_grammars_decide_as_the_definition_does(block):
    for seed in range(15 * block, 15 * block + 15):
        grammar = random_grammar(seed)
        try:
            source = read(grammar, start="start", folder=None, import_paths=(), declare={})
        except InvalidGrammar:
            assert not loads(grammar, "dynamic")
            continue
        if not loads(grammar, "dynamic"):
            continue
        terminals = {name: _short_lexemes(terminal.pattern) for name, terminal in source.terminals.items()}
        ignored = repeat(choice([terminals[name] for name in source.ignored]), 0)
        rules = {name: choice([sequence(map(Call, parts)) for parts in body]) for name, body in source.rules.items()}
        rules |= {name: sequence([part, ignored]) for name, part in terminals.items()} | {"%": sequence([ignored, Call("start")])}
        decides = decides_of_ours(grammar, "scannerless")
        for text in texts("ab", 4):
            assert decides(text) == SpanTwin(rules, "%", text.encode()).accepts, (grammar, text)


def _short_lexemes(pattern):
    return words(text.encode() for text in texts("ab", 4) if re.fullmatch(pattern, text))


def test_lexers_differ_where_they_should():
    grammar = 'start: "if" NAME | NAME\nNAME: /[a-z]+/'
    decided = {lexer: decides_of_ours(grammar, lexer) for lexer in [*LEXERS, "scannerless"]}
    accepted = {lexer: [text for text in ["if", "ifx", "if x"] if decides(text)] for lexer, decides in decided.items()}
    assert accepted == {"dynamic": ["if", "ifx"], "contextual": ["ifx"], "basic": ["ifx"], "scannerless": ["if", "ifx"]}
