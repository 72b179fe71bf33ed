"""Which part of an answer each token belongs to, and where in a constraint a text stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate

from fsmgen.evaluation.effects.answers import Answer
from fsmgen.evaluation.extraction import AnswerForm
from fsmgen.grammar import Language
from fsmgen.grammar.expectations import Expected, Prospect, expectations

REASONING, ANNOUNCEMENT, VALUE, END = "reasoning", "announcement", "answer", "end"
_SHOWN = 4


def starts(answer: Answer) -> Sequence[int]:
    """Where each token begins in the bytes of the answer; a text that its tokens do not spell whole is one that they go on with."""
    return _starts(answer.text, tuple(answer.token_lengths))


def text_bytes(text: str) -> bytes:
    """UTF-8; half of a surrogate pair, which records of other programs may have, keeps its three bytes."""
    return text.encode("utf-8", "surrogatepass")


@lru_cache(maxsize=16)
def _starts(text: str, lengths: tuple[int, ...]) -> tuple[int, ...]:
    given = max(0, len(text_bytes(text)) - sum(lengths))
    return (given, *(given + end for end in accumulate(lengths)))[: len(lengths)]


def text_in_language(answer: Answer, step: int) -> str:
    """The answer's text up to a token, without a beginning that its tokens only go on with: what the constraint has read."""
    begins = starts(answer)
    return text_bytes(answer.text)[begins[0] : begins[step]].decode(errors="replace")


def token_text(answer: Answer, step: int) -> str:
    """A token as a literal; an end or another special token by that name."""
    begin, length = starts(answer)[step], answer.token_lengths[step]
    if not length:
        return "the end" if step == len(answer.ids) - 1 and answer.stop_reason == "eos" else "a special token"
    return repr(text_bytes(answer.text)[begin : begin + length].decode(errors="replace"))


def regions_of_form(form: AnswerForm) -> Callable[[Answer], list[str]]:
    """The parts that the declared form gives to every answer: what is before its last announcement, that, what follows, and the end.

    A token counts to the part in which its last byte is. Without an announcement all is reasoning.
    """
    before = form.before.strip().encode()

    def regions(answer: Answer) -> list[str]:
        data = text_bytes(answer.text)
        found = data.rfind(before) if before else -1
        first = len(data) if found < 0 else found
        last = len(data) if found < 0 else found + len(before)
        return [
            END if not length else REASONING if begin + length <= first else ANNOUNCEMENT if begin + length <= last else VALUE
            for begin, length in zip(starts(answer), answer.token_lengths, strict=True)
        ]

    return regions


def place(language: Language, text: str) -> str:
    """Where in the constraint a text stops: inside which terminals or holes, or before which of them or texts, and in which rules.

    >>> from fsmgen.frontends import regex, template
    >>> form = template("{thought} So {number}.", thought=regex("[a-z ]{1,40}"), number=regex("[0-9]{1,3}"))
    >>> [place(form, text) for text in ("", "we add", "we add So ", "we add So 7")]
    ['thought', "inside thought, ' So '", 'number', "inside number, '.'"]

    Raises:
        EmptyLanguage, LimitReached: as `grammar.expectations`.
    """
    return place_of(expectations(language.grammar, text.encode()))


def place_of(prospect: Prospect) -> str:
    """The same, of what was read already."""
    named = list(dict.fromkeys(map(_place, prospect.expected))) + (["the end"] if prospect.accepted else [])
    return ", ".join(named[:_SHOWN]) + (f", {len(named) - _SHOWN} more" if len(named) > _SHOWN else "")


def _place(expected: Expected) -> str:
    """Names that say nothing are left out: the rule that everything is in, and numbers, which front ends give."""
    rules = "/".join(rule for rule in expected.within if rule and rule != "start" and not rule.isdecimal())
    what = f"inside {expected.begun}" if expected.begun and not expected.begun.isdecimal() else expected.what
    return f"{rules}: {what}" if rules else what
