"""What a free text says before it announces its answer."""

from __future__ import annotations

from fsmgen.evaluation.extraction.ladder import MARKER, AnswerForm


def reasoning(text: str, form: AnswerForm) -> str:
    """The text up to its first announcement of an answer, in the declared form or by a known marker: all of it if there is none.

    >>> [reasoning(text, AnswerForm()) for text in ("Add 3 to 4. The answer is 7.", "Add: 7\\n#### 7", "So 7")]
    ['Add 3 to 4.', 'Add: 7', 'So 7']
    """
    before = form.before.strip()
    places = [text.find(before)] if before else []
    found = MARKER.search(text)
    places += [found.start()] if found else []
    return text[: min((place for place in places if place >= 0), default=len(text))].rstrip()
