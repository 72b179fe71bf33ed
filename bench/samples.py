"""Twelve patterns that evaluations use, each with a text that it matches, in the form in which a model would write it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product


@dataclass(frozen=True, slots=True)
class Sample:
    """A pattern in the syntax that all engines share, and a word of its language."""

    name: str
    pattern: str
    text: str


_THOUGHT = (
    "Natalia sold 48 clips in April and half as many in May. Half of 48 is 48/2 = 24 clips in May. "
    "Altogether she sold 48 + 24 = 72 clips, and each clip brought her $0.75, so she earned 72 * 0.75 = $54.00 from the clips. "
    "Her brother helped her on 3 days for 2.5 hours each, and she paid him $4.20 per hour, which is 3 * 2.5 * 4.20 = $31.50. "
    "She also bought ribbon for $2.25 a roll, and she needed 4 rolls, so the ribbon cost 4 * 2.25 = $9.00. "
    "The costs are 31.50 + 9.00 = $40.50. The profit is therefore 54.00 - 40.50 = $13.50, or 1350 cents. "
)
_REASONING = (
    "The passage says that the experiment was repeated in three laboratories and that only the first one used the older "
    "instrument, so the difference cannot come from the sample itself. Option A confuses cause and effect, option B is not "
    "mentioned at all, and option D contradicts the second paragraph. Between C and E, only C explains why the effect "
    "vanished after the recalibration; the author's phrase \\u201cwithin the error of the method\\u201d points the same way."
)
_FREE = (
    "Die Antwort ist nicht ganz einfach: the café on the corner opened in 1987, closed twice, and re-opened under the name "
    "“Zum Löwen” – which is why the two sources disagree (one says 1987, the other 2003). If you only need the year in which "
    "the present owner took over, it is 2003; for the building itself it's 1912. 东京 has a similar case, by the way. "
    "I'd go with the later date, since the question asks about the *current* business, not about the house 🙂."
)
_WORDS = (
    "the river carries fine sand from the upper valley to the delta where it settles in slow water and builds new land every "
    "spring the farmers watch the level of the flood and mark it on a wooden pole near the old bridge because a high mark means "
    "a good harvest and a low one means that they must borrow grain from their neighbours in the hills who keep more than they "
    "need for such years this custom is older than the written law of the province and nobody remembers who began it but "
    "everybody can name a year in which it saved the town from hunger"
)
_LETTERS = " ".join([_WORDS] * 3)
_ACTIONS = (
    "activate", "cancel", "change", "check", "close", "compare", "delete", "dispute", "explain", "find",
    "freeze", "list", "lost", "open", "order", "reactivate", "refund", "report", "track", "verify",
)  # fmt: skip
_OBJECTS = ("account", "address", "atm_withdrawal", "balance", "card", "card_payment", "card_pin", "exchange_rate", "top_up", "transfer")
_INTENTS = tuple(f"{action}_{thing}" for action, thing in product(_ACTIONS, _OBJECTS))

SAMPLES = (
    Sample("integer", r"-?\d{1,12}", "-48213907"),
    Sample("decimal", r"-?\$?\d{1,3}(,\d{3})*(\.\d{1,4})?%?", "$12,345,678.90"),
    Sample("yes or no", r"(Yes|No|Not enough information)", "Not enough information"),
    Sample(
        "date and time",
        r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})",
        "2024-02-29T13:45:07.125+02:00",
    ),
    Sample("e-mail", r"[a-zA-Z0-9_.+-]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9.-]+", "maria.gonzalez+orders2024@mail.research-lab.example.org"),
    Sample(
        "phone or URL",
        r"(\+\d{1,3}[ -]?)?(\(\d{2,4}\)|\d{2,4})([ -]?\d{2,4}){2,3}|https?://([a-z0-9-]+\.)+[a-z]{2,8}(/[A-Za-z0-9._~%/?#&=+-]*)?",
        "https://docs.example-project.org/en/latest/reference/api.html?version=2.4&lang=en#decode-options",
    ),
    Sample("200 options", "(" + "|".join(_INTENTS) + ")", "report_exchange_rate"),
    Sample("200 words", r"[A-Za-z]+( [A-Za-z]+){0,199}", _WORDS),
    Sample("any text to 500", r".{1,500}", _FREE),
    Sample("letters to 5000", r"[a-z ]{1,5000}", _LETTERS),
    Sample(
        "JSON answer",
        r'\{"reasoning": "([^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4}){0,500}", '
        r'"confidence": (0(\.\d{1,2})?|1(\.0)?), "answer": "[A-E]"\}',
        '{"reasoning": "' + _REASONING + '", "confidence": 0.85, "answer": "C"}',
    ),
    Sample("chain of thought", r"[A-Za-z0-9 ,.+*/=$-]{10,700}The answer is \d{1,10}", _THOUGHT + "The answer is 1350"),
)


def selected(names: str) -> tuple[Sample, ...]:
    """The samples whose names contain one of the comma-separated words; all for the empty text.

    Raises:
        ValueError: a word is in no name.
    """
    words = [word.strip() for word in names.split(",") if word.strip()]
    for word in words:
        if not any(word in sample.name for sample in SAMPLES):
            raise ValueError(f"no sample is named {word!r}; there are: " + ", ".join(sample.name for sample in SAMPLES))
    return tuple(sample for sample in SAMPLES if not words or any(word in sample.name for word in words))
