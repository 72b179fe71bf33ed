"""Python files with their indentation as marks in the text, the form in which `declare` makes python.lark context-free.

lark's own PythonIndenter decides where blocks begin and end, and which newlines stand within brackets and do not count.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from lark import Lark
from lark.indenter import PythonIndenter

INDENT, DEDENT = "\ue000", "\ue001"
MARKS = {"_INDENT": INDENT, "_DEDENT": DEDENT}


def python_grammar() -> str:
    """The text of lark's python.lark."""
    return (resources.files("lark") / "grammars" / "python.lark").read_text(encoding="utf-8")


@cache
def _parser() -> Lark:
    return Lark(python_grammar(), parser="lalr", start="file_input", postlex=PythonIndenter())


def with_marks(text: str) -> str:
    """The file's lexemes with marks for its blocks; white space that holds a newline and is no end of a line is one space.

    Raises:
        UnexpectedInput: lark's, where it does not parse the file.
    """
    text = text if text.endswith("\n") else text + "\n"
    _parser().parse(text)
    written, at = [], 0
    for token in _parser().parse_interactive(text).exhaust_lexer():
        if token.type in MARKS:
            written.append(MARKS[token.type])
            continue
        between = text[at : token.start_pos]
        written += [" " if "\n" in between else between, text[token.start_pos : token.end_pos]]
        at = token.end_pos
    return "".join(written)
