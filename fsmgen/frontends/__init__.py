r"""Floor 3a: what users write, as languages. Nothing here knows what a token is.

    >>> from fsmgen.frontends import boxed, choice, integer, regex
    >>> regex(r"[1-9]\d{0,2}").source
    "regex '[1-9]\\\\d{0,2}'"
    >>> choice(["yes", "no"], leading_space="optional").leading_space
    'optional'
    >>> boxed(integer(0, 999)).read(r"\boxed{42}")
    42
"""

from fsmgen.frontends._splitting import AmbiguousAnswerWarning
from fsmgen.frontends.answers import after_marks, answer_is, boxed
from fsmgen.frontends.choices import choice
from fsmgen.frontends.combining import any_of, wrapped
from fsmgen.frontends.composing import optional, repeat, sequence
from fsmgen.frontends.dates import iso_date, iso_datetime, iso_time
from fsmgen.frontends.formats import currency, fraction, percent, with_unit
from fsmgen.frontends.gbnf import gbnf
from fsmgen.frontends.json_schema import Indent, json_schema
from fsmgen.frontends.lark import lark, lark_file
from fsmgen.frontends.named import grammar_named, grammar_names
from fsmgen.frontends.numbers import decimal, integer, number, scientific
from fsmgen.frontends.products import complement, difference, intersection
from fsmgen.frontends.regex import regex
from fsmgen.frontends.regions import Region, free_text, free_until, region, special_token
from fsmgen.frontends.templates import template
from fsmgen.frontends.types import of_type

__all__ = [
    "AmbiguousAnswerWarning",
    "Indent",
    "Region",
    "after_marks",
    "answer_is",
    "any_of",
    "boxed",
    "choice",
    "complement",
    "currency",
    "decimal",
    "difference",
    "fraction",
    "free_text",
    "free_until",
    "gbnf",
    "grammar_named",
    "grammar_names",
    "integer",
    "intersection",
    "iso_date",
    "iso_datetime",
    "iso_time",
    "json_schema",
    "lark",
    "lark_file",
    "number",
    "of_type",
    "optional",
    "percent",
    "regex",
    "region",
    "repeat",
    "scientific",
    "sequence",
    "special_token",
    "template",
    "with_unit",
    "wrapped",
]
