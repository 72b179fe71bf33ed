"""`generate`: prompts in, answers out; and `Generation`, the facts of one answer."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeAlias

from fsmgen.constraint import Constraint
from fsmgen.decoding.loop import Row, Session, Settings, decode
from fsmgen.decoding.sampling import GREEDY, Sampling
from fsmgen.decoding.stops import TextStream
from fsmgen.errors import InvalidOption, PromptTooLong
from fsmgen.grammar import Language
from fsmgen.tokens import Vocabulary

Asked: TypeAlias = Constraint | Language | None
_ROWS_AT_ONCE = 64


class Model(Protocol):
    """What `generate` needs of a model."""

    @property
    def vocabulary(self) -> Vocabulary:
        """Bytes by id, at the width of the logits."""
        ...

    @property
    def context_length(self) -> int | None:
        """Most tokens of prompt and answer together; None: no limit."""
        ...

    def encode(self, text: str) -> list[int]:
        """Ids of a prompt, at least one."""
        ...

    def session(self) -> Session:
        """A new batch."""
        ...

    def compile(self, language: Language) -> Constraint:
        """The language over the vocabulary."""
        ...


class FirstStepWarning(UserWarning):
    """The constraint leaves the model less than half of the probability of its first token."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One answer.

    p is the model's distribution after penalties (if any are set) and temperature, from the logits before the mask, in float64; at
    temperature 0 it is p at temperature 1. A_t are the tokens allowed at step t, Z_t = p(A_t), and q is p restricted to A_t and
    renormalised. top-k, top-p and min-p act on q and are not in it.

    Attributes:
        prompt: as it was given.
        text: the answer without its stop string; bytes that are no UTF-8 (a character cut off by `max_tokens`) are U+FFFD.
        value: the text read by the constraint's language, with the names of special tokens in their places; or the text.
        ids: the tokens, with the EOS token or the token that completed a stop string.
        logprobs: log p of each of them.
        masked_logprobs: log q of each of them; log Z_t is the difference, even where Z_t itself is too small for a float.
        allowed_mass: Z_t at each of them; 1.0 without a constraint.
        stop_reason: "eos", "stop" or "length"; always "eos" with a constraint.
        budget_step: the first step at which only tokens that can still finish inside `max_tokens` were left, and some were not.
        prompt_tokens: how many tokens the prompt has.
        constraint: what the constraint was written as.
        leading_space: "no", "optional" or "required": whether the constrained answer begins with a space.
        warnings: what a reader of the answer should know.
        seed: of this row; `Sampling(seed=(seed,))` and the prompt alone give the same answer.
    """

    prompt: str
    text: str
    value: object
    ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    masked_logprobs: tuple[float, ...]
    allowed_mass: tuple[float, ...]
    stop_reason: str
    budget_step: int | None
    prompt_tokens: int
    constraint: str | None
    leading_space: str | None
    warnings: tuple[str, ...]
    seed: int


def generate(
    model: Model,
    prompts: Sequence[str],
    constraint: Asked | Sequence[Asked] = None,
    *,
    max_tokens: int = 128,
    sampling: Sampling = GREEDY,
    stop: Sequence[str] = (),
    on_text: Callable[[int, str], None] | None = None,
) -> list[Generation]:
    """One answer to each prompt, in order.

    A constrained answer is always complete: near the end of `max_tokens`, only tokens that can still finish are allowed. An answer
    depends on its own prompt, constraint and seed, not on the other rows. Rows run in batches of up to 64.

    Args:
        constraint: for all prompts, or a list with one, or None, for each. A Language is compiled for the model's vocabulary.
        max_tokens: most tokens of an answer, the EOS token included.
        stop: texts before which an answer ends; not together with a constraint, since they could leave it incomplete. One that is the
            text of a special token ends the answer at that token too.
        on_text: called with the row and its new text, never with half a character or with what may become a stop string.

    Raises:
        InvalidOption: an argument that cannot be.
        PromptTooLong: prompt and `max_tokens` exceed the context.
        BudgetTooSmall: `max_tokens` is below the shortest answer that the constraint allows.
    """
    _check(prompts, max_tokens, stop)
    constraints = _constraints(model, constraint, len(prompts))
    _check_constraints(model.vocabulary, constraints, max_tokens, stop)
    seeds = sampling.row_seeds(len(prompts))
    encoded = [_encode(model, prompt, max_tokens) for prompt in prompts]
    rows = [
        Row(encoded[i], seeds[i], TextStream(stop, on_text and partial(on_text, i)), None if bound is None else bound.matcher())
        for i, bound in enumerate(constraints)
    ]
    special = model.vocabulary.special_ids
    settings = Settings(model.vocabulary, max_tokens, sampling, frozenset(special[text] for text in stop if text in special))
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        decode(model.session(), rows[first : first + _ROWS_AT_ONCE], settings)
    answers = [_generation(prompts[i], row, constraints[i], model.vocabulary) for i, row in enumerate(rows)]
    _warn(answers)
    return answers


def _check(prompts: Sequence[str], max_tokens: int, stop: Sequence[str]) -> None:
    if isinstance(prompts, str) or not all(isinstance(prompt, str) for prompt in prompts):
        raise InvalidOption("prompts", prompts, allowed="a list of texts")
    if max_tokens < 1:
        raise InvalidOption("max_tokens", max_tokens, allowed="at least 1")
    if isinstance(stop, str) or "" in stop:
        raise InvalidOption("stop", stop, allowed="a list of texts that are not empty")


def _constraints(model: Model, asked: Asked | Sequence[Asked], rows: int) -> list[Constraint | None]:
    """One compiled constraint, or None, per row."""
    each = asked if isinstance(asked, Sequence) else [asked] * rows
    if len(each) != rows or not all(one is None or isinstance(one, (Constraint, Language)) for one in each):
        raise InvalidOption("constraint", asked, allowed=f"a Language, a Constraint or None, or a list of {rows}, one for each prompt")
    return [model.compile(one) if isinstance(one, Language) else one for one in each]


def _check_constraints(vocabulary: Vocabulary, constraints: Sequence[Constraint | None], max_tokens: int, stop: Sequence[str]) -> None:
    for constraint in {id(one): one for one in constraints if one is not None}.values():
        if stop:
            raise InvalidOption("stop", stop, allowed="empty where there is a constraint: a stop string could leave the answer incomplete")
        if constraint.vocabulary.content_hash != vocabulary.content_hash:
            raise InvalidOption("constraint", constraint.language.source, allowed="compiled for the vocabulary of this model")
        constraint.require_budget(max_tokens)


def _encode(model: Model, prompt: str, max_tokens: int) -> list[int]:
    ids = model.encode(prompt)
    if model.context_length is not None and len(ids) + max_tokens > model.context_length:
        raise PromptTooLong(prompt_tokens=len(ids), max_tokens=max_tokens, context=model.context_length)
    return ids


def _generation(prompt: str, row: Row, constraint: Constraint | None, vocabulary: Vocabulary) -> Generation:
    language = None if constraint is None else constraint.language
    return Generation(
        prompt=prompt,
        text=row.stream.text,
        value=row.stream.text if language is None else language.read(_spelled(row, vocabulary)),
        ids=tuple(row.ids),
        logprobs=tuple(row.logprobs),
        masked_logprobs=tuple(row.masked_logprobs),
        allowed_mass=tuple(row.allowed_mass),
        stop_reason=row.stop_reason,
        budget_step=row.budget_step,
        prompt_tokens=len(row.prompt),
        constraint=None if language is None else language.source,
        leading_space=None if language is None else language.leading_space,
        warnings=() if row.wanted is None or language is None else (_first_step(row.wanted, row.allowed_mass[0], language, vocabulary),),
        seed=row.seed,
    )


def _spelled(row: Row, vocabulary: Vocabulary) -> str:
    """A constrained answer with the names of its special tokens, its end left out."""
    return vocabulary.spell(token for token in row.ids if token not in vocabulary.eos_ids).decode(errors="replace")


def _first_step(wanted: tuple[int, float], mass: float, language: Language, vocabulary: Vocabulary) -> str:
    """What the model would have written first, and how much of its probability the constraint left."""
    token, probability = wanted
    space = vocabulary.token_bytes(token).startswith(b" ") and language.leading_space == "no"
    hint = "; leading_space='optional' lets the answer begin with a space" if space else ""
    return (
        f"{language.source} leaves {mass:.2g} of the probability of the first token; "
        f"the model wanted {_shown(token, vocabulary)} (probability {probability:.2g}){hint}"
    )


def _shown(token: int, vocabulary: Vocabulary) -> str:
    """A token as a person would name it."""
    spelled = vocabulary.token_bytes(token)
    if not spelled:
        return next((name for name, known in vocabulary.special_ids.items() if known == token), f"token {token}")
    text = spelled.decode(errors="replace")
    return repr(text if text.encode() == spelled else spelled)


def _warn(answers: Sequence[Generation]) -> None:
    """One warning for a run, about its first such row."""
    affected = [answer for answer in answers if answer.warnings]
    if affected:
        others = f" (and {len(affected) - 1} more rows of {len(answers)})" if len(affected) > 1 else ""
        warnings.warn(affected[0].warnings[0] + others, FirstStepWarning, stacklevel=3)
