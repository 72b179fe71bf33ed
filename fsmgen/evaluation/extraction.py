r"""From a text to the number that it gives as its answer: a ladder of three rungs, the same for every arm and for both sides.

- *strict*: the text ends with the declared form of a final answer, such as `The answer is 12.`
- *flexible*: strict, else what follows any of the known markers (`The answer is`, `Answer:`, `A:`, `####`, `"answer":`,
  `\boxed{`), else the whole text if it is a number, else `= 12` at the end.
- *lenient*: flexible, else the last number of the text.

A value found on one rung is the value on every later one. There is a value or a cause, never neither.

>>> extract("3 + 4 = 7. The answer is $1,007.00.", "strict")
Extraction(value='1007', cause=None)
>>> extract("The answer is 3 or 4.", "flexible").cause
<Cause.AMBIGUOUS: 'ambiguous'>
>>> extract("The answer is 3 or 4.", "lenient").value
'4'

Not for answers that are no numbers, nor for fractions (`1/5` is ambiguous) or words (`twelve`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import Literal, TypeAlias, get_args

Rung: TypeAlias = Literal["strict", "flexible", "lenient"]
RUNGS: tuple[Rung, ...] = get_args(Rung)


class Cause(StrEnum):
    """Why a text has no value."""

    NO_MARKER = "no marker"
    MALFORMED = "malformed"
    AMBIGUOUS = "ambiguous"
    TRUNCATED = "truncated"


@dataclass(frozen=True, slots=True)
class Extraction:
    """Exactly one of a value, as `normalise` writes it, and a cause."""

    value: str | None = None
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class AnswerForm:
    """The declared form of a final answer: a number between two literal texts, at the end."""

    before: str = "The answer is"
    after: str = "."

    @property
    def name(self) -> str:
        """For instance `The answer is <number>.`"""
        return f"{self.before} <number>{self.after}"


THE_ANSWER_IS = AnswerForm()

_NUMBER = r"(?:(?<![\w)])[-+]\$?|\$[-+]?)?(?:\d{1,3}(?:,\d{3})+(?!\d|,\d)|\d+)(?:\.\d+)?"
_WHOLE_NUMBER = re.compile(_NUMBER, re.ASCII)
_NUMBER_IN_TEXT = re.compile(rf"(?<![\w.]){_NUMBER}(?!\w|[.,]\d)", re.ASCII)
_MARKER = re.compile(r'the answer is|\banswer:|^a:|####|"answer":|\\boxed\{', re.ASCII | re.IGNORECASE | re.MULTILINE)
_SENTENCE_END = re.compile(r'\n|\.(?=\s|$)|\}|,\s*"')
_EQUATION_AT_END = re.compile(rf"=\s*({_NUMBER})\s*\.?\s*$", re.ASCII)


def normalise(text: str) -> str | None:
    """A number without `$`, thousands separators, a final full stop or idle zeros; None if the text is no number.

    >>> [normalise(text) for text in ("12", "12.0", "+$1,200.50.", "-0", "1,2", "twelve")]
    ['12', '12', '1200.5', '0', None, None]
    """
    digits = text.strip().removesuffix(".")
    if not _WHOLE_NUMBER.fullmatch(digits):
        return None
    plain = format(Decimal(digits.replace("$", "").replace(",", "")), "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain == "-0" else plain


def extract(text: str, rung: Rung, *, form: AnswerForm = THE_ANSWER_IS, truncated: bool = False) -> Extraction:
    """The value of a text on a rung; `truncated`: it was cut off, so a number at its very end may be unfinished."""
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
        return _nothing(Cause.MALFORMED if form.before in text else Cause.NO_MARKER, truncated)
    if truncated and found.end("number") == len(text):
        return Extraction(cause=Cause.TRUNCATED)
    return Extraction(normalise(found["number"]))


@cache
def _form_pattern(form: AnswerForm) -> re.Pattern[str]:
    """The form at the end of a text; white space inside it is free, and its last literal may be missing."""
    before, after = re.escape(form.before.strip()), re.escape(form.after.strip())
    return re.compile(rf"{before}\s*(?P<number>{_NUMBER})\s*(?:{after})?$", re.ASCII)


def _flexible(text: str, truncated: bool) -> Extraction:
    starts = [found.end() for found in _MARKER.finditer(text)]
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
    value = normalise(equation[1] if equation else text)
    return _nothing(Cause.NO_MARKER, truncated) if truncated or value is None else Extraction(value)


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
        return _nothing(Cause.NO_MARKER, truncated)
    if truncated and numbers[-1].end() == len(text):
        return Extraction(cause=Cause.TRUNCATED)
    return Extraction(normalise(numbers[-1][0]))


def _values(text: str) -> set[str]:
    """The different numbers of a text."""
    return {value for value in map(normalise, _NUMBER_IN_TEXT.findall(text)) if value is not None}


def _nothing(cause: Cause, truncated: bool) -> Extraction:
    return Extraction(cause=Cause.TRUNCATED if truncated else cause)
