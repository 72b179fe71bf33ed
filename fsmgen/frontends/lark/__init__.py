r"""Grammars in lark's notation, in four meanings.

    >>> from fsmgen.frontends.lark import lark
    >>> language = lark('start: WORD ("," WORD)*\nWORD: /[a-z]+/\n%ignore " "', lexer="scannerless")
    >>> language.source
    'lark grammar (scannerless)'

- `dynamic`, lark's default (its Earley parser): a terminal ends where `re.match` ends it, whatever the rules would like.
- `basic` and `contextual` (its LALR parser): so does the ordered alternation of all terminals, or of those that the parser accepts.
- `scannerless`: the mathematical meaning, in which a terminal may be any of the texts that its pattern matches.
"""

from fsmgen.frontends.lark.language import LEXERS, lark, lark_file

__all__ = ["LEXERS", "lark", "lark_file"]
