"""`Judged`: another arm whose answer a model compares with the right one; its verdict is constrained and has a probability.

>>> from fsmgen.evaluation.arms.generating import FreeText
>>> Judged(FreeText()).name
'free text, judged'
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from typing import Any

from fsmgen.decoding import Generation
from fsmgen.errors import InvalidOption
from fsmgen.evaluation.arms.arm import Answer, Arm, Engine, Question, Request, part
from fsmgen.evaluation.arms.generating import FreeText
from fsmgen.evaluation.records import Record, Scalar
from fsmgen.frontends import choice
from fsmgen.grammar import Language

_PLACE = re.compile(r"\{(?:question|first|second)\}")
WORDING = "Question: {question}\nFirst answer: {first}\nSecond answer: {second}\nDo both answers say the same, yes or no?\nAnswer:"


@dataclass(frozen=True, slots=True)
class Judged:
    """Another arm, and whether a judge finds its answer the same as the right one.

    The judge is asked twice, with the two answers in either order, and can say nothing but the two verdicts. `extra` has the verdict of
    each order, the probability of `yes` among the two verdicts, and whether the orders agree; the verdict that counts is that of the mean.

    Attributes:
        wording: with the places {question}, {first} and {second}.
        yes, no: the two verdicts.
    """

    arm: Arm = field(default_factory=FreeText)
    wording: str = WORDING
    yes: str = "yes"
    no: str = "no"

    def __post_init__(self) -> None:
        missing = [place for place in ("{question}", "{first}", "{second}") if place not in self.wording]
        if missing:
            raise InvalidOption("wording", self.wording, allowed=f"a text with the place {missing[0]}")
        if self.yes == self.no or not (self.yes and self.no):
            raise InvalidOption("yes and no", (self.yes, self.no), allowed="two different words")

    @property
    def name(self) -> str:
        return f"{self.arm.name}, judged"

    def facts(self) -> dict[str, Any]:
        own = {name: value for name, value in asdict(self).items() if name != "arm"}
        return {"kind": type(self).__name__, "arm": self.arm.facts(), **own}

    def obtain(self, engine: Engine, questions: Sequence[Question]) -> Sequence[Answer]:
        answers = self.arm.obtain(engine, questions)
        orders = [self._verdicts(engine.judge, questions, answers, swapped=swapped) for swapped in (False, True)]
        return [self._with(answer, verdicts) for answer, verdicts in zip(answers, zip(*orders, strict=True), strict=True)]

    def _verdicts(
        self, judge: Engine, questions: Sequence[Question], answers: Sequence[Answer], *, swapped: bool
    ) -> list[tuple[Generation, float]]:
        """Each verdict with the probability of `yes` among the two."""
        pairs = [(answer.generation.text.strip(), question.gold) for answer, question in zip(answers, questions, strict=True)]
        prompts = [
            self._prompt(question, *(pair[::-1] if swapped else pair)) for question, pair in zip(questions, pairs, strict=True)
        ]
        words = [f" {self.yes}", f" {self.no}"]
        request = Request(stage=f"verdict {'swapped' if swapped else 'direct'}", max_tokens=_longest(words), temperature=0.0)
        generated = judge.generate(prompts, _verdict(self.yes, self.no), request)
        scored = judge.likelihoods([(prompt, words) for prompt in prompts], "joint")
        return [(answer, _share(row[0].total, row[1].total)) for answer, row in zip(generated, scored, strict=True)]

    def _prompt(self, question: Question, first: str, second: str) -> str:
        values = {"{question}": question.question, "{first}": first, "{second}": second}
        return _PLACE.sub(lambda place: values[place[0]], self.wording)

    def _with(self, answer: Answer, verdicts: Sequence[tuple[Generation, float]]) -> Answer:
        (direct, first), (swapped, second) = verdicts
        said = [verdict.text.strip() == self.yes for verdict in (direct, swapped)]
        extra: dict[str, Scalar] = {
            "verdict": (first + second) / 2 >= 0.5,
            "verdict_probability": (first + second) / 2,
            "verdict_direct": said[0],
            "verdict_swapped": said[1],
            "verdicts_agree": said[0] == said[1],
        }
        parts = (*answer.parts, part("verdict direct", direct), part("verdict swapped", swapped))
        return replace(answer, parts=parts, extra={**answer.extra, **extra})


@lru_cache(maxsize=64)
def _verdict(yes: str, no: str) -> Language:
    return choice([yes, no], leading_space="required")


def _longest(words: Sequence[str]) -> int:
    """Tokens that surely suffice: one a byte, and the end."""
    return max(len(word.encode()) for word in words) + 1


def _share(yes: float, no: float) -> float:
    """The first of two log probabilities as a share of both."""
    return 1 / (1 + math.exp(min(700.0, no - yes)))


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far the two orders of a judge agree.

    Attributes:
        share: of answers with the same verdict in both orders.
        kappa: Cohen's, over what chance gives; None where one order has one verdict only and chance explains all.
        first_bias: the share of `yes` in the direct order minus that in the swapped one.
    """

    answers: int
    share: float
    kappa: float | None
    first_bias: float


def agreement(records: Iterable[Record]) -> Agreement:
    """The agreement of the two orders over the records of judged arms.

    Raises:
        InvalidOption: no record has a verdict.
    """
    judged = [each.extra for each in records if "verdict_direct" in each.extra]
    pairs = [(bool(extra["verdict_direct"]), bool(extra["verdict_swapped"])) for extra in judged]
    if not pairs:
        raise InvalidOption("records", "none with a verdict", allowed="some of an arm that is judged")
    count = len(pairs)
    direct, swapped = (sum(pair[place] for pair in pairs) / count for place in (0, 1))
    same = sum(first == second for first, second in pairs) / count
    chance = direct * swapped + (1 - direct) * (1 - swapped)
    return Agreement(count, same, None if chance == 1 else (same - chance) / (1 - chance), direct - swapped)
