"""Answers that are any text, and answers that are one of some options.

>>> extract_text("They met in Rome. So the answer is the old city.", "flexible", AnswerForm(kind="text")).value
'the old city'
>>> extract_option("I would say (B), so (B) it is.", "lenient", AnswerForm(kind="option", options=("(A)", "(B)"))).value
'(B)'
"""

from __future__ import annotations

import json
import re
from functools import cache

from fsmgen.evaluation.extraction.ladder import MARKER, AnswerForm, Cause, Extraction, Rung, bare_option, nothing

_JSON = json.JSONDecoder()


def normalise_text(text: str) -> str | None:
    """A text without white space around it, full stops at its end, and with single spaces; None if nothing is left."""
    return " ".join(text.strip().rstrip(". \t\r\n").split()) or None


def normalise_option(text: str, form: AnswerForm) -> str | None:
    """The option that a text is, as it was declared; None if it is none."""
    return next((option for option in form.options if bare_option(option) == bare_option(text)), None)


def extract_text(text: str, rung: Rung, form: AnswerForm, *, truncated: bool = False) -> Extraction:
    """The text of an answer on a rung.

    Strict: what follows the last `before`, if `after` ends it. Flexible: else what follows the last known marker, the value alone where the
    marker is a key of JSON or an opening tag. Lenient: else the whole text. A text that was cut off has no value, unless `after` ends it.
    """
    rest = _after_declared(text, form)
    if rest is not None and rest.endswith(form.after) and (form.after or not truncated):
        value = normalise_text(rest.removesuffix(form.after) if form.after else rest)
        return Extraction(value) if value is not None else nothing(Cause.MALFORMED, truncated)
    if rung == "strict" or truncated:
        return nothing(Cause.NO_MARKER if rest is None else Cause.MALFORMED, truncated)
    marks = list(MARKER.finditer(text))
    if rest is None and not marks and rung == "flexible":
        return Extraction(cause=Cause.NO_MARKER)
    value = normalise_text(rest if rest is not None else _after_marker(text, marks[-1]) if marks else text)
    return Extraction(value) if value is not None else Extraction(cause=Cause.MALFORMED)


def extract_option(text: str, rung: Rung, form: AnswerForm, *, truncated: bool = False) -> Extraction:
    """The option of an answer on a rung.

    Strict: what follows the last `before` is an option, but for case, parentheses and a full stop. Flexible: else the one option that is
    named after the last marker, or the whole text if it is one. Lenient: else the last option that is named in the text.
    """
    rest = _after_declared(text, form)
    if rest is not None and (value := normalise_option(rest.removesuffix(form.after), form)) is not None:
        return Extraction(value) if not truncated or rest.endswith(form.after or "\0") else Extraction(cause=Cause.TRUNCATED)
    if rung == "strict":
        return nothing(Cause.NO_MARKER if rest is None else Cause.MALFORMED, truncated)
    marks = list(MARKER.finditer(text))
    named = _named(_after_marker(text, marks[-1]) if marks else "" if rest is None else rest, form)
    if len(set(named)) == 1:
        return Extraction(named[0])
    whole = normalise_option(text, form)
    if whole is not None and not truncated:
        return Extraction(whole)
    if rung == "lenient" and (everywhere := _named(text, form)):
        return Extraction(everywhere[-1])
    return nothing(Cause.AMBIGUOUS if named else Cause.MALFORMED if marks else Cause.NO_MARKER, truncated)


def _after_marker(text: str, mark: re.Match[str]) -> str:
    """What follows a marker; a JSON value without what follows it, a text before its closing tag."""
    rest = text[mark.end() :].strip()
    if mark[0].startswith('"'):
        try:
            value, end = _JSON.raw_decode(rest)
        except (ValueError, RecursionError):
            return rest
        return value if isinstance(value, str) else rest[:end]
    return rest.partition(mark[0].replace("<", "</"))[0] if mark[0].startswith("<") else rest


def _after_declared(text: str, form: AnswerForm) -> str | None:
    """What follows the last `before`, without white space around it; None if there is none."""
    before = form.before.strip()
    place = text.rfind(before)
    return None if place < 0 else text[place + len(before) :].strip() if before else text.strip()


def _named(text: str, form: AnswerForm) -> list[str]:
    """The options that are named in a text, in order; single letters as capitals or in parentheses only."""
    return [option for found in _options_pattern(form.options).finditer(text) if (option := normalise_option(found[0], form)) is not None]


@cache
def _options_pattern(options: tuple[str, ...]) -> re.Pattern[str]:
    parts = []
    for option in sorted(map(bare_option, options), key=len, reverse=True):
        word = rf"(?<!\w){re.escape(option)}(?!\w)"
        letter = len(option) == 1 and option.isalpha()
        parts.append(rf"(?<!\w)(?:(?-i:{option.upper()})|\({option}\))(?!\w)" if letter else word)
    return re.compile("|".join(parts), re.IGNORECASE)
