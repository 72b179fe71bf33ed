"""Which part of an answer each token belongs to, and where in a constraint a text stands."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate

from fsmgen.evaluation.effects.answers import Answer
from fsmgen.evaluation.extraction import AnswerForm
from fsmgen.grammar import Language
from fsmgen.grammar.expectations import expectations

REASONING, ANNOUNCEMENT, VALUE, END = "reasoning", "announcement", "answer", "end"
_SHOWN = 4


def starts(answer: Answer) -> list[int]:
    """Where each token begins in the bytes of the answer; a text that its tokens do not spell whole is one that they go on with."""
    given = max(0, len(answer.text.encode()) - sum(answer.token_lengths))
    return [given, *(given + end for end in accumulate(answer.token_lengths))][: len(answer.token_lengths)]


def text_before(answer: Answer, step: int) -> str:
    """The answer's text up to a token."""
    return answer.text.encode()[: starts(answer)[step]].decode(errors="replace")


def token_text(answer: Answer, step: int) -> str:
    """A token as a literal; an end or another special token by that name."""
    begin, length = starts(answer)[step], answer.token_lengths[step]
    if not length:
        return "the end" if step == len(answer.ids) - 1 and answer.stop_reason == "eos" else "a special token"
    return repr(answer.text.encode()[begin : begin + length].decode(errors="replace"))


def regions_of_form(form: AnswerForm) -> Callable[[Answer], list[str]]:
    """The parts that the declared form gives to every answer: what is before its last announcement, that, what follows, and the end.

    A token counts to the part in which its last byte is. Without an announcement all is reasoning.
    """
    before = form.before.strip().encode()

    def regions(answer: Answer) -> list[str]:
        data = answer.text.encode()
        found = data.rfind(before) if before else -1
        first = len(data) if found < 0 else found
        last = len(data) if found < 0 else found + len(before)
        return [
            END if not length else REASONING if begin + length <= first else ANNOUNCEMENT if begin + length <= last else VALUE
            for begin, length in zip(starts(answer), answer.token_lengths, strict=True)
        ]

    return regions


def place(language: Language, text: str) -> str:
    """What may follow a text, in terms of the constraint: rules with the terminals or texts that may stand there.

    Raises:
        EmptyLanguage, LimitReached: as `grammar.expectations`.
    """
    prospect = expectations(language.grammar, text.encode())
    named = [f"{'/'.join(each.within)}: {each.what}" if any(each.within) else each.what for each in prospect.expected]
    named = list(dict.fromkeys(named)) + (["the end"] if prospect.accepted else [])
    return ", ".join(named[:_SHOWN]) + (f", {len(named) - _SHOWN} more" if len(named) > _SHOWN else "")
