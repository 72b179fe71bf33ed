"""What lark reads, from which files; and what is wrong with a grammar, at which place."""

from __future__ import annotations

import time

import pytest

from fsmgen.errors import BrokenFile, EmptyLanguage, InputError, InvalidGrammar, InvalidOption, LimitReached, UnsupportedFeature
from fsmgen.frontends.combining import membership
from fsmgen.frontends.lark import lark, lark_file


def accepts(language, *texts):
    has = membership(language)
    return [has(text) for text in texts]


def test_imports_from_lark_itself_from_other_files_and_under_other_names(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "pairs.lark").write_text('pair: KEY "=" value\nvalue: KEY\nKEY: /[a-z]+/\n')
    (tmp_path / "main.lark").write_text(
        'start: both ("," both)* | NUM\n%import .deep.pairs.pair -> both\n%import common.INT -> NUM\n%import common (WS)\n%ignore WS\n'
    )
    assert accepts(lark_file(tmp_path / "main.lark"), "a = b", " 12 ", "a=b, c=d", "a=1") == [True, True, True, False]


def test_import_paths_are_searched_and_extended_and_overridden(tmp_path):
    (tmp_path / "base.lark").write_text('start: word+\nword: "a" | "b"\nother: "x"\n')
    text = '%import base (start, word)\n%override word: "c"\n%extend word: "d"\n'
    assert accepts(lark(text, import_paths=[tmp_path]), "cd", "a", "dc") == [True, False, True]


def test_declared_terminals_have_the_texts_that_the_caller_gives():
    text = 'start: _IN "a" _OUT\n%declare _IN _OUT'
    assert accepts(lark(text, declare={"_IN": "<", "_OUT": ">"}), "<a>", "a") == [True, False]
    with pytest.raises(InvalidGrammar, match="_OUT is declared and has no text"):
        lark(text, declare={"_IN": "<"})
    with pytest.raises(InputError, match="_X"):
        lark(text, declare={"_X": "<"})


def test_a_leading_space_and_another_start():
    language = lark('start: "a"\nother: "b"', start="other", leading_space="optional")
    assert accepts(language, "b", " b", "a") == [True, True, False]


WRONG = {
    "undefined rule": ('start: "a"\n  | summe\nsum: "b"\n', 2, "rule summe is used and not defined; did you mean sum?"),
    "undefined terminal": ('start: NUMBR\nNUMBER: /1/\n', 1, "did you mean NUMBER?"),
    "undefined terminal in a terminal": ('start: A\nA: "a" DIGTS\nDIGITS: /1/\n', 2, "DIGTS is used and not defined; did you mean DIGITS?"),
    "undefined start": ('strat: "a"\n', 1, "rule start is used and not defined; did you mean strat?"),
    "unknown directive": ('start: "a"\n%include x\n', 2, "Unexpected input"),
    "unclosed": ('start: ("a"\n', 1, "Unexpected token"),
    "unclosed string": ('start: "a\n', 1, "Unexpected input"),
    "twice": ('start: "a"\nstart: "b"\n', 2, "defined more than once"),
    "a terminal twice": ('start: A\nA: "a"\nB: A\nA: "b"\n', 4, "defined more than once"),
    "counts the wrong way": ('start: B\nB: "b"\nx: "a"~3..1\n', 3, "Bad Range"),
    "a range of strings": ('start: "a"\n  | "ab".."c"\n', 2, "single characters"),
    "a range the wrong way": ('start: A\nA: "x"\n  | "b".."a"\n', 1, "bad character range"),
    "a template without arguments": ('start: "a"\n  | t\nt{x}: x\n', 2, "template t is used without its arguments"),
    "a template with too many": ('start: "a"\n  | t{"a", "b"}\nt{x}: x\n', 2, "Wrong number of template arguments"),
    "an alias of an inlined rule": ('start: _a\n_a: "b" -> x\n', 1, "isn't allowed to have aliases"),
    "a rule within a terminal": ('start: A\nA: b\nb: "x"\n', 2, "Rules aren't allowed inside terminals"),
    "ignored nothing": ('start: "a"\n%ignore\n', 2, "cannot be empty"),
    "an override of nothing": ('start: "a"\n%override other: "b"\n', 2, "nonexisting rule other"),
    "an extension of nothing": ('start: "a"\n%extend other: "b"\n', 2, "wasn't defined before"),
    "an empty string": ('start: "a" ""\n', 1, "Empty terminals are not allowed"),
    "an import of everything": ('start: "a"\n%import common\n', 2, "nothing is imported"),
    "an import that is not there": ('start: NOPE\n%import common.NOPE\n', 1, "terminal NOPE is used and not defined"),
    "a deep nest": ("start: " + "(" * 4000 + '"a"' + ")" * 4000 + "\n", 1, "nested too deeply"),
    "recursive terminal": ('start: A\nA: "a" A\n', 1, "Recursion in terminal 'A'"),
    "no such template": ('start: pair{"a"}\n', 1, "pair"),
    "bad pattern": ("start: A\nA: /(/\n", 1, ""),
    "bad pattern within a rule": ('start: "a"\n  | /[/\n', 2, "unterminated character set"),
    "no file": ('start: A\n%import nowhere.A\n', 2, "no file nowhere.lark"),
    "relative to nothing": ('start: A\n%import .near.A\n', 2, "pass import_paths"),
    "ignored and undefined": ('start: "a"\n%ignore WS\n', 2, "WS"),
    "empty width": ("start: A\nA: /a*/\n", 1, "can match the empty text"),
    "nothing at all": ("", 1, "start is used and not defined"),
    "a start that derives nothing": ('start: "a" start\n', 1, "rule start derives no text"),
    "a rule that derives nothing": ('start: "a"\n  | x\nx: y "b"\ny: x+\n', 3, "rule x derives no text"),
    "declared rule": ("start: x\n%declare x\n", 1, "only terminals"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_with_its_line(name):
    text, line, words = WRONG[name]
    with pytest.raises(InvalidGrammar) as caught:
        lark(text)
    assert (caught.value.line, caught.value.source) == (line, text)
    assert words in str(caught.value)


def test_conflicts_of_the_parse_table_are_errors_where_it_is_used():
    text = 'start: x | y\nx: "a"\ny: "a"\n'
    assert accepts(lark(text), "a") == [True]
    for lexer in ("basic", "contextual"):
        with pytest.raises(InvalidGrammar, match="Reduce/Reduce"):
            lark(text, lexer=lexer)


def test_flags_in_front_of_a_pattern_are_errors_where_lark_joins_patterns():
    text = 'start: "b"\n  | /(?i)a/\n'
    assert accepts(lark(text), "A", "b") == [True, True]
    for lexer in ("basic", "contextual"):
        with pytest.raises(InvalidGrammar, match="flags after the pattern") as caught:
            lark(text, lexer=lexer)
        assert caught.value.line == 2


def test_a_file_that_imports_itself_is_refused(tmp_path):
    (tmp_path / "one.lark").write_text("start: A\n%import .two.A\n")
    (tmp_path / "two.lark").write_text('A: "a"\n%import .one.start\n')
    (tmp_path / "self.lark").write_text('%import .self.B\nstart: "a"\nB: "b"\n')
    for name in ("one", "self"):
        with pytest.raises(InvalidGrammar, match="imports itself"):
            lark_file(tmp_path / f"{name}.lark")


def test_a_path_outside_of_the_folders_is_refused(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "inside").mkdir()
    (tmp_path / "outside" / "secret.lark").write_text('A: "a"\n')
    (tmp_path / "inside" / "link.lark").symlink_to(tmp_path / "outside" / "secret.lark")
    (tmp_path / "inside" / "main.lark").write_text("start: A\n%import .link.A\n")
    with pytest.raises(InvalidGrammar, match="outside the folders"):
        lark_file(tmp_path / "inside" / "main.lark")
    with pytest.raises(InvalidGrammar):
        lark("start: A\n%import ..outside.A\n", import_paths=[tmp_path])


def test_grammars_that_derive_nothing_are_empty():
    language = lark("start: A B\nA: /a+/\nB: /a/")
    with pytest.raises(EmptyLanguage):
        language.grammar.automaton(language.source)


def test_limits_are_told_at_once(tmp_path):
    (tmp_path / "large.lark").write_text('start: "a"\n' * 1_000_000)
    begun = time.monotonic()
    for make in (
        lambda: lark('start: "a"\n' * 1_000_000),
        lambda: lark_file(tmp_path / "large.lark"),
        lambda: lark("start: A\n%import large.A", import_paths=[tmp_path]),
        lambda: lark("start: " + '["a"] ' * 40),
        lambda: lark('start: ("a"|"b")~1..40'),
    ):
        with pytest.raises(LimitReached):
            make()
    assert time.monotonic() - begun < 20


@pytest.mark.parametrize("pattern", [r"(?<=\b)a", r"(?<=b(?=a))a", r"(?<!(?>ab|bc))a"])
@pytest.mark.parametrize("lexer", ["dynamic", "contextual", "basic"])
def test_a_lookbehind_over_the_text_before_that_asks_ahead_is_refused_by_name(pattern, lexer):
    with pytest.raises(UnsupportedFeature, match="inside of a lookbehind in terminal A") as caught:
        lark(f"start: A+\nA: /{pattern}/", lexer=lexer)
    assert caught.value.position == 7


def test_lookbehinds_that_remember_too_much_are_a_limit():
    with pytest.raises(LimitReached, match="what terminals know of the text before"):
        lark("start: A+\nA: /(?<=a[ab]{12})b|[ab]/")


def test_back_references_are_refused_by_name():
    with pytest.raises(UnsupportedFeature, match="back-reference in terminal A"):
        lark(r"start: A" + "\n" + r"A: /(a|b)\1/")


def test_unknown_lexers_missing_files_and_other_types_are_errors(tmp_path):
    with pytest.raises(InvalidOption):
        lark('start: "a"', lexer="dynamic_complete")
    with pytest.raises(BrokenFile):
        lark_file(tmp_path / "none.lark")
    with pytest.raises(InputError):
        lark(b"start: A")
