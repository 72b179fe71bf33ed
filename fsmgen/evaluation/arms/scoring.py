"""Arms that score the choices of an item, and the published ways of MMLU.

The text of such an answer is the chosen answer in the task's declared form, so that the same extraction reads it.

| way | arm |
|---|---|
| letters only | `ChoiceLikelihood(over="letters")` |
| the free greedy token must be the letter | `LetterGenerated()` |
| full text of the options, each normalisation | `ChoiceLikelihood(normalisation="character")` |
| letters, constrained greedy | `LetterConstrained()` |
| cloze | `ChoiceLikelihood()` under a prompt that does not list the options |

>>> ChoiceLikelihood(over="letters", tokenization="separate").name
'likelihood of letters, separate tokens'
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any, Literal, TypeAlias, get_args

from fsmgen.decoding import Generation, Likelihood, Marginal, Tokenization
from fsmgen.errors import InvalidOption
from fsmgen.evaluation.arms.arm import Answer, Engine, Question, Request, part
from fsmgen.evaluation.arms.generating import in_form
from fsmgen.evaluation.metrics import NORMALISATIONS, ChoiceScores, Normalisation, ScoredChoice
from fsmgen.evaluation.metrics.choices import Half
from fsmgen.evaluation.records import Scalar, ScoredText
from fsmgen.frontends import choice
from fsmgen.grammar import Language

Over: TypeAlias = Literal["options", "letters"]
"""What is scored: the texts of the choices, or what they are answered by."""
_SEPARATOR = " "


@dataclass(frozen=True, slots=True)
class ChoiceLikelihood:
    """The choice that the model finds most probable after the prompt, and the probability of the set of choices as a whole.

    `extra` has `coverage`, the probability of all choices together, and `outside`, whether the free greedy answer begins with none of them.

    Attributes:
        over: the texts of the choices, or the letters they are answered by.
        unconditional: the prompt that does not know the question, for `pmi`.
    """

    over: Over = "options"
    normalisation: Normalisation = "raw"
    tokenization: Tokenization = "joint"
    unconditional: str = "Answer:"

    def __post_init__(self) -> None:
        _check_over(self.over)
        if self.normalisation not in NORMALISATIONS:
            raise InvalidOption("normalisation", self.normalisation, allowed=f"one of {', '.join(NORMALISATIONS)}")
        if self.tokenization not in get_args(Tokenization):
            raise InvalidOption("tokenization", self.tokenization, allowed=f"one of {', '.join(get_args(Tokenization))}")

    @property
    def name(self) -> str:
        normalised = "" if self.normalisation == "raw" else f" by {self.normalisation}"
        tokens = "" if self.tokenization == "joint" else f", {self.tokenization} tokens"
        return f"likelihood of {self.over}{normalised}{tokens}"

    def facts(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **asdict(self)}

    def obtain(self, engine: Engine, questions: Sequence[Question]) -> Sequence[Answer]:
        found = score(engine, questions, self)
        return [_chosen(question, scores, self.normalisation) for question, scores in zip(questions, found, strict=True)]


@dataclass(frozen=True, slots=True)
class MarginalLikelihood:
    """The choice that is most probable as a text that then ends, summed over all of its tokenisations.

    `extra` has `separated`: whether the interval of the best choice lies above all others, so that no tokenisation that was left out
    could change the answer.

    Attributes:
        limit: beginnings of tokenisations that are looked at for each choice.
    """

    over: Over = "options"
    limit: int = 512

    def __post_init__(self) -> None:
        _check_over(self.over)
        if self.limit < 1:
            raise InvalidOption("limit", self.limit, allowed="at least 1")

    @property
    def name(self) -> str:
        return f"marginal likelihood of {self.over}" + ("" if self.limit == 512 else f", limit {self.limit}")

    def facts(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **asdict(self)}

    def obtain(self, engine: Engine, questions: Sequence[Question]) -> Sequence[Answer]:
        return [self._scored(engine, question) for question in questions]

    def _scored(self, engine: Engine, question: Question) -> Answer:
        texts = candidates(question, self.over)
        scored = with_marginals(engine, question, [ScoredText(text, _SEPARATOR + text) for text in texts], self.limit)
        lows = [-math.inf if each.marginal_low is None else each.marginal_low for each in scored]
        best = lows.index(max(lows))
        others = [each.marginal_high for place, each in enumerate(scored) if place != best and each.marginal_high is not None]
        extra: dict[str, Scalar] = {
            "chosen": best,
            "separated": all(lows[best] >= high for high in others),
            "coverage": min(1.0, math.fsum(map(math.exp, lows))),
        }
        return Answer(spoken(question, best, scored), scored=tuple(scored), extra=extra)


@dataclass(frozen=True, slots=True)
class OneHalf:
    """The choice whose probability is at least one half; where none is, there is no answer.

    Attributes:
        definition: whose probability: the choice's own (`raw`), its share among the choices (`normalised`), or that of the terminated text
            over all tokenisations (`marginal`).
    """

    definition: Half = "raw"
    over: Over = "options"
    limit: int = 512

    def __post_init__(self) -> None:
        _check_over(self.over)
        if self.definition not in get_args(Half):
            raise InvalidOption("definition", self.definition, allowed=f"one of {', '.join(get_args(Half))}")
        if self.limit < 1:
            raise InvalidOption("limit", self.limit, allowed="at least 1")

    @property
    def name(self) -> str:
        return f"probability of one half, {self.definition}, {self.over}"

    def facts(self) -> dict[str, Any]:
        return {"kind": type(self).__name__, **asdict(self)}

    def obtain(self, engine: Engine, questions: Sequence[Question]) -> Sequence[Answer]:
        found = score(engine, questions, ChoiceLikelihood(self.over))
        return [self._judged(engine, question, scored) for question, scored in zip(questions, found, strict=True)]

    def _judged(self, engine: Engine, question: Question, scored: list[ScoredText]) -> Answer:
        if self.definition == "marginal":
            scored = with_marginals(engine, question, scored, self.limit)
        scores = choice_scores(scored)
        place = next((place for place in range(len(scored)) if scores.at_least_half(place, self.definition)), None)
        return Answer(spoken(question, place, scored), scored=tuple(scored), extra={"chosen": place, **_set_facts(scores)})


@dataclass(frozen=True, slots=True)
class LetterGenerated:
    """The free greedy token after the prompt must be a letter: the answer is whatever was generated."""

    @property
    def name(self) -> str:
        return "letter, free greedy token"

    def facts(self) -> dict[str, Any]:
        return {"kind": type(self).__name__}

    def obtain(self, engine: Engine, questions: Sequence[Question]) -> Sequence[Answer]:
        answers = engine.generate([question.text for question in questions], None, Request(max_tokens=1, temperature=0.0))
        return [self._read(question, answer) for question, answer in zip(questions, answers, strict=True)]

    def _read(self, question: Question, answer: Generation) -> Answer:
        letters = candidates(question, "letters")
        place = letters.index(answer.text.strip()) if answer.text.strip() in letters else None
        extra: dict[str, Scalar] = {"chosen": place, "outside": place is None, "token": answer.text}
        generation = answer if place is None else _respoken(answer, in_form(question.form, letters[place]))
        return Answer(generation, parts=(part("token", answer),), extra=extra)


@dataclass(frozen=True, slots=True)
class LetterConstrained:
    """Greedy decoding, constrained to the letters as single tokens after a space: the argmax of their likelihoods on every item.

    Raises:
        BudgetTooSmall: when it runs, if no letter is a single token.
    """

    @property
    def name(self) -> str:
        return "letter, constrained greedy"

    def facts(self) -> dict[str, Any]:
        return {"kind": type(self).__name__}

    def obtain(self, engine: Engine, questions: Sequence[Question]) -> Sequence[Answer]:
        languages = [_letters(candidates(question, "letters")) for question in questions]
        request = Request(max_tokens=2, temperature=0.0)  # a letter of one token and the end: nothing else fits
        answers = engine.generate([question.text for question in questions], languages, request)
        return [self._read(question, answer) for question, answer in zip(questions, answers, strict=True)]

    def _read(self, question: Question, answer: Generation) -> Answer:
        letters = candidates(question, "letters")
        place = letters.index(answer.text.strip())
        extra: dict[str, Scalar] = {"chosen": place, "probability": math.exp(answer.masked_logprobs[0]), "coverage": answer.allowed_mass[0]}
        said = replace(answer, text=in_form(question.form, letters[place]), budget_step=None)  # the budget is how the arm works
        return Answer(said, parts=(part("letter", answer),), extra=extra)


@lru_cache(maxsize=256)
def _letters(letters: tuple[str, ...]) -> Language:
    return choice(letters, leading_space="required")


def score(engine: Engine, questions: Sequence[Question], way: ChoiceLikelihood) -> list[list[ScoredText]]:
    """The choices of each question with their likelihoods; all of them in one call, which shares what their prompts share."""
    texts = [candidates(question, way.over) for question in questions]
    items = [(question.text, [_SEPARATOR + text for text in each]) for question, each in zip(questions, texts, strict=True)]
    found = engine.likelihoods(items, way.tokenization)
    alone = _unconditional(engine, texts, way)
    return [
        [_scored(text, likelihood, alone.get(text)) for text, likelihood in zip(each, row, strict=True)]
        for each, row in zip(texts, found, strict=True)
    ]


def _unconditional(engine: Engine, texts: Sequence[tuple[str, ...]], way: ChoiceLikelihood) -> dict[str, float]:
    """log p of each different text after the prompt that knows no question; none unless it is asked for."""
    different = sorted({text for each in texts for text in each})
    if way.normalisation != "pmi":
        return {}
    [row] = engine.likelihoods([(way.unconditional, [_SEPARATOR + text for text in different])], way.tokenization)
    return {text: likelihood.total for text, likelihood in zip(different, row, strict=True)}


def _scored(text: str, likelihood: Likelihood, unconditional: float | None) -> ScoredText:
    return ScoredText(text, likelihood.text, likelihood.logprobs, likelihood.greedy, likelihood.split, unconditional)


def with_marginals(engine: Engine, question: Question, scored: Sequence[ScoredText], limit: int) -> list[ScoredText]:
    """The same choices with their marginal likelihoods."""
    found = engine.marginals(question.text, [each.scored for each in scored], limit)
    return [_with_marginal(each, marginal) for each, marginal in zip(scored, found, strict=True)]


def _with_marginal(scored: ScoredText, found: Marginal) -> ScoredText:
    low, high = (bound if math.isfinite(bound) else None for bound in (found.low, found.high))
    return replace(scored, marginal_low=low, marginal_high=high)


def choice_scores(scored: Sequence[ScoredText]) -> ChoiceScores:
    """Scored choices as the metrics take them; a marginal likelihood is its lower bound."""
    return ChoiceScores(
        tuple(
            ScoredChoice(
                each.text,
                sum(each.logprobs or ()) if each.logprobs is not None else -math.inf,
                tokens=len(each.logprobs or ()),
                unconditional=each.unconditional,
                marginal=-math.inf if each.marginal_low is None else each.marginal_low,
                greedy=each.greedy,
            )
            for each in scored
        )
    )


def candidates(question: Question, over: Over) -> tuple[str, ...]:
    """The texts among which an answer is chosen.

    Raises:
        InvalidOption: the item has none.
    """
    texts = question.choices if over == "options" and question.choices else question.answers or question.form.options
    if not texts:
        raise InvalidOption("choices", texts, allowed=f"given: {question.text[-40:]!r} is asked by the likelihood of its choices")
    return tuple(texts)


def spoken(question: Question, place: int | None, scored: Sequence[ScoredText]) -> Generation:
    """A choice as an answer: in the declared form, with the likelihoods of its own tokens; no text where nothing was chosen."""
    answers = question.answers or question.form.options or question.choices
    logprobs = () if place is None else scored[place].logprobs or ()
    return Generation(
        prompt=question.text,
        text="" if place is None else in_form(question.form, answers[place]),
        value=None if place is None else answers[place],
        ids=(),
        logprobs=logprobs,
        masked_logprobs=logprobs,
        allowed_mass=(1.0,) * len(logprobs),
        stop_reason="scored",
        budget_step=None,
        prompt_tokens=0,
        constraint=None,
        leading_space=None,
        warnings=(),
        seed=0,
    )


def _respoken(answer: Generation, text: str) -> Generation:
    return replace(answer, text=text)


def _chosen(question: Question, scored: list[ScoredText], normalisation: Normalisation) -> Answer:
    scores = choice_scores(scored)
    best = scores.best(normalisation)
    return Answer(spoken(question, best, scored), scored=tuple(scored), extra={"chosen": best, **_set_facts(scores)})


def _set_facts(scores: ChoiceScores) -> dict[str, Scalar]:
    return {"coverage": scores.coverage(), "outside": not any(each.greedy for each in scores.choices)}


def _check_over(over: str) -> None:
    if over not in get_args(Over):
        raise InvalidOption("over", over, allowed=" or ".join(map(repr, get_args(Over))))
