r"""From a text to the value that it gives as its answer: a ladder of three rungs, the same for every arm and for both sides.

- *strict*: the text ends with the declared form of a final answer, such as `The answer is 12.`
- *flexible*: strict, else what follows any of the known markers (`The answer is`, `Answer:`, `A:`, `####`, `"answer":`,
  `\boxed{`), else the whole text if it is a value, else, for numbers, `= 12` at the end.
- *lenient*: flexible, else the last value that the text names; for answers that are any text, the whole text.

A value found on one rung is the value on every later one. There is a value or a cause, never neither.

>>> extract("3 + 4 = 7. The answer is $1,007.00.", "strict")
Extraction(value='1007', cause=None)
>>> extract("Answer: (b)", "flexible", form=AnswerForm(kind="option", options=("(A)", "(B)"))).value
'(B)'
"""

from __future__ import annotations

from fsmgen.evaluation.extraction.ladder import RUNGS, THE_ANSWER_IS, AnswerForm, Cause, Extraction, Rung
from fsmgen.evaluation.extraction.numbers import extract_number, normalise_number
from fsmgen.evaluation.extraction.reasoning import reasoning
from fsmgen.evaluation.extraction.texts import extract_option, extract_text, normalise_option, normalise_text

__all__ = ["RUNGS", "THE_ANSWER_IS", "AnswerForm", "Cause", "Extraction", "Rung", "extract", "normalise", "reasoning"]

_EXTRACT = {"number": extract_number, "text": extract_text, "option": extract_option}


def extract(text: str, rung: Rung, *, form: AnswerForm = THE_ANSWER_IS, truncated: bool = False) -> Extraction:
    """The value of a text on a rung; `truncated`: it was cut off, so what stands at its very end may be unfinished."""
    return _EXTRACT[form.kind](text, rung, form, truncated=truncated)


def normalise(text: str, *, form: AnswerForm = THE_ANSWER_IS) -> str | None:
    """A gold answer as `extract` writes values; None if it is no value of this form."""
    if form.kind == "option":
        return normalise_option(text, form)
    return normalise_number(text) if form.kind == "number" else normalise_text(text)
