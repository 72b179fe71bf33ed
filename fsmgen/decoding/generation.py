"""`generate`: prompts in, answers out; and `Generation`, the facts of one answer."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from fsmgen.constraint import Constraint
from fsmgen.decoding.asking import Asked, Bound, Coalesced, Watched
from fsmgen.decoding.loop import Session, decode
from fsmgen.decoding.rows import Row, Settings, Watcher
from fsmgen.decoding.sampling import GREEDY, Sampling
from fsmgen.decoding.stops import TextStream
from fsmgen.errors import InvalidOption, PromptTooLong
from fsmgen.grammar import Language
from fsmgen.tokens import Vocabulary

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

    def encode_all(self, texts: Sequence[str], *, special: bool = True) -> list[list[int]]:
        """Ids of many texts; asked only for the canonical tokens of a forced text, without special ones."""
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
class Observation:
    """What a matcher saw that watched a free answer.

    Attributes:
        constraint: what it was written as.
        leading_space: of the constraint.
        mass: p of the tokens that the constraint allows, at each step up to the one at which the answer left the language.
        departed: that step; None where the answer never left.
        complete: whether the answer ended, and is in the language as a whole, its stop string left out.
    """

    constraint: str
    leading_space: str
    mass: tuple[float, ...]
    departed: int | None
    complete: bool


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
        wanted: the model's first choice at each step where the constraint forbade it, else None.
        wanted_logprobs: log p of those.
        wanted_texts: those as a person would name them.
        token_lengths: bytes of each token's text; 0 for special tokens.
        forced: steps at which the constraint allowed one token alone.
        may_end: steps at which it allowed an end token.
        end_mass: p of the end tokens at each step; empty without a constraint, as the two above.
        language_mass: at each step where the budget removed a token, the mass of all tokens that the constraint allows; else None.
        skipped: tokens of forced texts that were appended without asking the model.
        calls: forward passes, that of the prompt included.
        observation: of a constraint that was `Watched`.
        mask_seconds: this answer's share of the time in which masks were built; a measurement, so equal answers may differ in it.
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
    wanted: tuple[int | None, ...] = ()
    wanted_logprobs: tuple[float | None, ...] = ()
    wanted_texts: tuple[str | None, ...] = ()
    token_lengths: tuple[int, ...] = ()
    forced: tuple[int, ...] = ()
    may_end: tuple[int, ...] = ()
    end_mass: tuple[float, ...] = ()
    language_mass: tuple[float | None, ...] = ()
    skipped: int = 0
    calls: int = 0
    observation: Observation | None = None
    mask_seconds: float = field(default=0.0, compare=False)


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
        constraint: for all prompts, or a list with one, or None, for each. A Language is compiled for the model's vocabulary. `Watched`
            forbids nothing and says where the answer would have left; `Coalesced` reads forced texts in one pass.
        max_tokens: most tokens of an answer, the EOS token included.
        stop: texts before which an answer ends; not together with a constraint, since they could leave it incomplete. One that is the
            text of a special token ends the answer at that token too.
        on_text: called with the row and its new text, never with half a character or with what may become a stop string.

    Raises:
        InvalidOption: an argument that cannot be.
        PromptTooLong: prompt and `max_tokens` exceed the context.
        BudgetTooSmall: `max_tokens` is below the shortest answer that the constraint allows.
    """
    asked = check_asked(model, prompts, constraint, max_tokens=max_tokens, stop=stop)
    if sampling.penalises and any(one.policy for one in asked):
        raise InvalidOption("sampling", sampling, allowed="without penalties where forced texts are coalesced")
    seeds = sampling.row_seeds(len(prompts))
    encoded = [_encode(model, prompt, max_tokens) for prompt in prompts]
    rows = [_row(encoded[i], seeds[i], TextStream(stop, on_text and partial(on_text, i)), one) for i, one in enumerate(asked)]
    special = model.vocabulary.special_ids
    stop_ids = frozenset(special[text] for text in stop if text in special)
    settings = Settings(model.vocabulary, max_tokens, sampling, stop_ids, lambda text: model.encode_all([text], special=False)[0])
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        decode(model.session(), rows[first : first + _ROWS_AT_ONCE], settings)
    answers = [_generation(prompts[i], row, asked[i], model.vocabulary) for i, row in enumerate(rows)]
    _warn(answers)
    return answers


def check_asked(
    model: Model, prompts: Sequence[str], constraint: Asked | Sequence[Asked] = None, *, max_tokens: int, stop: Sequence[str] = ()
) -> list[Bound]:
    """What is asked of each row, compiled; refuses what `generate` refuses, but for prompts that are too long."""
    _check(prompts, max_tokens, stop)
    asked = _bound(model, constraint, len(prompts))
    _check_constraints(model.vocabulary, asked, max_tokens, stop)
    return asked


def _check(prompts: Sequence[str], max_tokens: int, stop: Sequence[str]) -> None:
    if isinstance(prompts, str) or not all(isinstance(prompt, str) for prompt in prompts):
        raise InvalidOption("prompts", prompts, allowed="a list of texts")
    if max_tokens < 1:
        raise InvalidOption("max_tokens", max_tokens, allowed="at least 1")
    if isinstance(stop, str) or "" in stop:
        raise InvalidOption("stop", stop, allowed="a list of texts that are not empty")


def _bound(model: Model, asked: Asked | Sequence[Asked], rows: int) -> list[Bound]:
    """What is asked of each row, compiled."""
    each = asked if isinstance(asked, Sequence) else [asked] * rows
    kinds = (Constraint, Language, Watched, Coalesced)
    if len(each) != rows or not all(one is None or isinstance(one, kinds) for one in each):
        raise InvalidOption("constraint", asked, allowed=f"a Language, a Constraint or None, or a list of {rows}, one for each prompt")
    return [_compiled(model, one) for one in each]


def _compiled(model: Model, one: Asked) -> Bound:
    given = one.constraint if isinstance(one, (Watched, Coalesced)) else one
    constraint = model.compile(given) if isinstance(given, Language) else given
    if isinstance(one, Watched):
        return Bound(watched=constraint)
    return Bound(constraint, policy=one.policy if isinstance(one, Coalesced) else None)


def _check_constraints(vocabulary: Vocabulary, asked: Sequence[Bound], max_tokens: int, stop: Sequence[str]) -> None:
    for constraint in {id(one.any): one.any for one in asked if one.any is not None}.values():
        if constraint.vocabulary.content_hash != vocabulary.content_hash:
            raise InvalidOption("constraint", constraint.language.source, allowed="compiled for the vocabulary of this model")
    for constraint in {id(one.constraint): one.constraint for one in asked if one.constraint is not None}.values():
        if stop:
            raise InvalidOption("stop", stop, allowed="empty where there is a constraint: a stop string could leave the answer incomplete")
        constraint.require_budget(max_tokens)


def _row(prompt: Sequence[int], seed: int, stream: TextStream, asked: Bound) -> Row:
    matcher = None if asked.constraint is None else asked.constraint.matcher()
    watcher = None if asked.watched is None else Watcher(asked.watched.matcher())
    return Row(prompt, seed, stream, matcher, watcher, asked.policy)


def _encode(model: Model, prompt: str, max_tokens: int) -> list[int]:
    ids = model.encode(prompt)
    if model.context_length is not None and len(ids) + max_tokens > model.context_length:
        raise PromptTooLong(prompt_tokens=len(ids), max_tokens=max_tokens, context=model.context_length)
    return ids


def _generation(prompt: str, row: Row, asked: Bound, vocabulary: Vocabulary) -> Generation:
    language = None if asked.constraint is None else asked.constraint.language
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
        warnings=() if language is None else _warnings(row, language, vocabulary),
        seed=row.seed,
        wanted=tuple(None if wanted is None else wanted[0] for wanted in row.wanted),
        wanted_logprobs=tuple(None if wanted is None else wanted[1] for wanted in row.wanted),
        wanted_texts=tuple(None if wanted is None else _shown(wanted[0], vocabulary) for wanted in row.wanted),
        token_lengths=tuple(len(vocabulary.token_bytes(token)) for token in row.ids),
        forced=tuple(row.forced),
        may_end=tuple(row.may_end),
        end_mass=tuple(row.end_mass),
        language_mass=tuple(row.language_mass),
        skipped=row.skipped,
        calls=row.calls,
        observation=None if row.watcher is None or asked.watched is None else _observed(row, row.watcher, asked.watched),
        mask_seconds=row.mask_seconds,
    )


def _observed(row: Row, watcher: Watcher, constraint: Constraint) -> Observation:
    complete = row.stop_reason == "eos" and watcher.departed is None
    if row.stop_reason == "stop":  # its last token may hold more than the answer
        whole = constraint.matcher()
        complete = whole.advance_bytes(row.stream.text.encode()) and whole.accepting
    language = constraint.language
    return Observation(language.source, language.leading_space, tuple(watcher.mass), watcher.departed, complete)


def _spelled(row: Row, vocabulary: Vocabulary) -> str:
    """A constrained answer with the names of its special tokens, its end left out."""
    return vocabulary.spell(token for token in row.ids if token not in vocabulary.eos_ids).decode(errors="replace")


def _warnings(row: Row, language: Language, vocabulary: Vocabulary) -> tuple[str, ...]:
    return () if row.favourite is None else (_first_step(row.favourite, row.allowed_mass[0], language, vocabulary),)


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
