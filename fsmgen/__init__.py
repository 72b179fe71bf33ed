"""fsmgen: exact structured generation on finite state machines, and an evaluation layer that says what a constraint does.

    >>> import fsmgen
    >>> [option] = [fsmgen.choice(["yes", "no"], leading_space="optional")]
    >>> option.source
    "choice ['yes', 'no']"

The names below are imported when they are first used, so `import fsmgen` stays quick and needs no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fsmgen.constraint import Constraint, Limits, Matcher, TokenFsm, compile, fill_masks, load_constraint
    from fsmgen.decoding import Generation, LanguageModel, Sampling, generate, load_model
    from fsmgen.errors import FsmgenError
    from fsmgen.frontends import (
        AmbiguousAnswerWarning,
        Indent,
        Region,
        after_marks,
        answer_is,
        any_of,
        boxed,
        choice,
        complement,
        currency,
        decimal,
        difference,
        fraction,
        free_text,
        free_until,
        gbnf,
        grammar_named,
        grammar_names,
        integer,
        intersection,
        iso_date,
        iso_datetime,
        iso_time,
        json_schema,
        lark,
        lark_file,
        number,
        of_type,
        optional,
        percent,
        regex,
        region,
        repeat,
        scientific,
        sequence,
        special_token,
        template,
        with_unit,
        wrapped,
    )
    from fsmgen.grammar import Language
    from fsmgen.tokens import Vocabulary

__version__ = "0.1.0"
__all__ = [
    "AmbiguousAnswerWarning",
    "Constraint",
    "FsmgenError",
    "Generation",
    "Indent",
    "Language",
    "LanguageModel",
    "Limits",
    "Matcher",
    "Region",
    "Sampling",
    "TokenFsm",
    "Vocabulary",
    "after_marks",
    "answer_is",
    "any_of",
    "boxed",
    "choice",
    "compile",
    "complement",
    "currency",
    "decimal",
    "difference",
    "fill_masks",
    "fraction",
    "free_text",
    "free_until",
    "gbnf",
    "generate",
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
    "load_constraint",
    "load_model",
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

_HOMES = {
    "fsmgen.constraint": ("Constraint", "Limits", "Matcher", "TokenFsm", "compile", "fill_masks", "load_constraint"),
    "fsmgen.decoding": ("Generation", "LanguageModel", "Sampling", "generate", "load_model"),
    "fsmgen.errors": ("FsmgenError",),
    "fsmgen.frontends": (
        "AmbiguousAnswerWarning", "Indent", "Region", "after_marks", "answer_is", "any_of", "boxed", "choice", "complement", "currency",
        "decimal", "difference", "fraction", "free_text", "free_until", "gbnf", "grammar_named", "grammar_names", "integer", "intersection",
        "iso_date", "iso_datetime", "iso_time", "json_schema", "lark", "lark_file", "number", "of_type", "optional", "percent", "regex",
        "region", "repeat", "scientific", "sequence", "special_token", "template", "with_unit", "wrapped",
    ),
    "fsmgen.grammar": ("Language",),
    "fsmgen.tokens": ("Vocabulary",),
}  # fmt: skip
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'fsmgen' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
