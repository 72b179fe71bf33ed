r"""Answers that are numbers.

>>> extract_number("3 + 4 = 7. The answer is $1,007.00.", "strict", AnswerForm())
Extraction(value='1007', cause=None)
>>> extract_number("The answer is 3 or 4.", "flexible", AnswerForm()).cause
<Cause.AMBIGUOUS: 'ambiguous'>
>>> extract_number("The answer is 3 or 4.", "lenient", AnswerForm()).value
'4'

Not for fractions (`1/5` is ambiguous) or words (`twelve`).
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from fsmgen.evaluation.extraction.ladder import MARKER, AnswerForm, Cause, Extraction, Rung, nothing

_NUMBER = r"(?:(?<![\w)])[-+]\$?|\$[-+]?)?(?:\d{1,3}(?:,\d{3})+(?!\d|,\d)|\d+)(?:\.\d+)?"
_WHOLE_NUMBER = re.compile(_NUMBER, re.ASCII)
_NUMBER_IN_TEXT = re.compile(rf"(?<![\w.]){_NUMBER}(?!\w|[.,]\d)", re.ASCII)
_SENTENCE_END = re.compile(r'\n|\.(?=\s|$)|\}|,\s*"')
_EQUATION_AT_END = re.compile(rf"=\s*({_NUMBER})\s*\.?\s*$", re.ASCII)


def normalise_number(text: str) -> str | None:
    """A number without `$`, thousands separators, a final full stop or idle zeros; None if the text is no number.

    >>> [normalise_number(text) for text in ("12", "12.0", "+$1,200.50.", "-0", "1,2", "twelve")]
    ['12', '12', '1200.5', '0', None, None]
    """
    digits = text.strip().removesuffix(".")
    if not _WHOLE_NUMBER.fullmatch(digits):
        return None
    plain = format(Decimal(digits.replace("$", "").replace(",", "")), "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain == "-0" else plain


def extract_number(text: str, rung: Rung, form: AnswerForm, *, truncated: bool = False) -> Extraction:
    """The number of a text on a rung."""
    found = _strict(text, form, truncated)
    if rung == "strict" or found.value is not None:
        return found
    found = _flexible(text, truncated)
    if rung == "flexible" or found.value is not None:
        return found
    return _lenient(text, truncated)


def _strict(text: str, form: AnswerForm, truncated: bool) -> Extraction:
    end = text.rstrip()
    found = _form_pattern(form).search(end)
    if found is None:
        return nothing(Cause.MALFORMED if form.before in text else Cause.NO_MARKER, truncated)
    if truncated and found.end("number") == len(text):
        return Extraction(cause=Cause.TRUNCATED)
    return Extraction(normalise_number(found["number"]))


@cache
def _form_pattern(form: AnswerForm) -> re.Pattern[str]:
    """The form at the end of a text; white space inside it is free, and its last literal may be missing."""
    before, after = re.escape(form.before.strip()), re.escape(form.after.strip())
    return re.compile(rf"{before}\s*(?P<number>{_NUMBER})\s*(?:{after})?$", re.ASCII)


def _flexible(text: str, truncated: bool) -> Extraction:
    starts = [found.end() for found in MARKER.finditer(text)]
    if not starts:
        return _without_marker(text, truncated)
    answers = [_after_marker(text, start, truncated) for start in starts]
    values = {answer.value for answer in answers if answer.value is not None}
    if len(values) == 1:
        return Extraction(values.pop())
    return Extraction(cause=Cause.AMBIGUOUS) if values else answers[-1]


def _without_marker(text: str, truncated: bool) -> Extraction:
    """The text that is a number, or the right side of the equation at its end."""
    equation = _EQUATION_AT_END.search(text)
    value = normalise_number(equation[1] if equation else text)
    return nothing(Cause.NO_MARKER, truncated) if truncated or value is None else Extraction(value)


def _after_marker(text: str, start: int, truncated: bool) -> Extraction:
    """The one number in the rest of the sentence."""
    start += len(text[start:]) - len(text[start:].lstrip())
    stop = _SENTENCE_END.search(text, start)
    end = stop.start() if stop else len(text)
    values = _values(text[start:end])
    if truncated and not stop:
        return Extraction(cause=Cause.TRUNCATED)
    if len(values) == 1:
        return Extraction(values.pop())
    return Extraction(cause=Cause.AMBIGUOUS if values else Cause.MALFORMED)


def _lenient(text: str, truncated: bool) -> Extraction:
    numbers = list(_NUMBER_IN_TEXT.finditer(text))
    if not numbers:
        return nothing(Cause.NO_MARKER, truncated)
    if truncated and numbers[-1].end() == len(text):
        return Extraction(cause=Cause.TRUNCATED)
    return Extraction(normalise_number(numbers[-1][0]))


def _values(text: str) -> set[str]:
    """The different numbers of a text."""
    return {value for value in map(normalise_number, _NUMBER_IN_TEXT.findall(text)) if value is not None}
