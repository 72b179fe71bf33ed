"""On a toy model whose logits are a table, what is recorded and drawn is exactly what the definitions say, to 1e-9."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from fsmgen import choice, compile, regex
from fsmgen.decoding import Generation, Sampling, generate

pytestmark = pytest.mark.filterwarnings("ignore::fsmgen.decoding.FirstStepWarning")

TOKENS = [b"a", b"b", b"ab", b"ba", b"aa"]
WORDS = ["a", "ab", "abab", "baa", "bb"]
MAX_TOKENS = 4


def softmax(logits: Sequence[float], temperature: float) -> np.ndarray:
    weights = np.exp(np.array(logits) / temperature - max(logits) / temperature)
    p: np.ndarray = weights / weights.sum()
    return p


def paths(model: Any, prompt: str, temperature: float, budget: int) -> dict[tuple[int, ...], tuple[float, list[float]]]:
    """Every answer by brute force: its probability under masked sampling, and Z at each step.

    A token is allowed if some string of tokens within the budget, the end token last, spells a word and goes through it.
    """
    found: dict[tuple[int, ...], tuple[float, list[float]]] = {}

    def completes(ids: tuple[int, ...]) -> bool:
        text = model.vocabulary.decode(ids).decode()
        if ids[-1:] == (0,):
            return text in WORDS
        ends = text in WORDS and len(ids) < budget
        return ends or (len(ids) < budget and any(completes((*ids, token)) for token in range(1, 6) if starts(ids, token)))

    def starts(ids: tuple[int, ...], token: int) -> bool:
        return any(word.startswith(model.vocabulary.decode((*ids, token)).decode()) for word in WORDS)

    def walk(ids: tuple[int, ...], q: float, masses: list[float]) -> None:
        if ids[-1:] == (0,):
            found[ids] = q, masses
            return
        p = softmax(model.logits((*model.encode(prompt), *ids)), temperature)
        allowed = [token for token in range(6) if completes((*ids, token))]
        mass = float(sum(p[token] for token in allowed))
        for token in allowed:
            walk((*ids, token), q * p[token] / mass, [*masses, mass])

    walk((), 1.0, [])
    return found


def sampled(model: Any, *, count: int, temperature: float, max_tokens: int) -> list[Generation]:
    return generate(model, ["x"] * count, choice(WORDS), max_tokens=max_tokens, sampling=Sampling(temperature=temperature, seed=11))


@pytest.mark.parametrize("max_tokens", [3, MAX_TOKENS, 8])
@pytest.mark.parametrize("temperature", [0.6, 1.0, 1.7])
def test_masked_sampling_is_exactly_the_renormalised_distribution(toy: Callable[..., Any], temperature: float, max_tokens: int) -> None:
    model = toy(TOKENS)
    exact = paths(model, "x", temperature, max_tokens)
    assert math.isclose(sum(q for q, _ in exact.values()), 1, rel_tol=1e-12)
    answers = sampled(model, count=150, temperature=temperature, max_tokens=max_tokens)
    assert {ids for ids, (q, _) in exact.items() if q > 0.06} <= {answer.ids for answer in answers}
    for answer in answers:
        q, masses = exact[answer.ids]
        assert math.exp(sum(answer.masked_logprobs)) == pytest.approx(q, rel=1e-9)
        assert answer.allowed_mass == pytest.approx(masses, rel=1e-9)
        assert math.exp(sum(answer.logprobs)) == pytest.approx(q * math.prod(masses), rel=1e-9)
        assert answer.text in WORDS
        assert answer.stop_reason == "eos"


def test_masks_take_time_that_is_no_part_of_what_answers_are(toy: Callable[..., Any]) -> None:
    first, again = (sampled(toy(TOKENS), count=5, temperature=1, max_tokens=6) for _ in range(2))
    assert all(answer.mask_seconds > 0 for answer in first) and first == again
    assert [answer.mask_seconds for answer in generate(toy(TOKENS), ["x"], None, max_tokens=3)] == [0.0]


def test_log_z_is_log_p_minus_log_q(toy: Callable[..., Any]) -> None:
    for answer in sampled(toy(TOKENS), count=50, temperature=1, max_tokens=6):
        for before, after, mass in zip(answer.logprobs, answer.masked_logprobs, answer.allowed_mass, strict=True):
            assert before - after == pytest.approx(math.log(mass), abs=1e-12)


def test_the_validity_mass_is_the_expectation_of_the_product_of_masses(toy: Callable[..., Any]) -> None:
    model = toy(TOKENS)
    exact = paths(model, "x", 1.0, 8)
    obeyed = 0.0
    for ids in exact:
        p = [softmax(model.logits((*model.encode("x"), *ids[:step])), 1.0)[token] for step, token in enumerate(ids)]
        obeyed += math.prod(p)
    assert sum(q * math.prod(masses) for q, masses in exact.values()) == pytest.approx(obeyed, rel=1e-12)


@pytest.mark.parametrize(("max_tokens", "closed"), [(3, True), (8, False)])
def test_the_first_step_at_which_the_budget_removed_a_token_is_recorded(toy: Callable[..., Any], max_tokens: int, closed: bool) -> None:
    model = toy([b"a", b"b"])
    [answer] = generate(model, ["x"], regex("a{1,6}b"), max_tokens=max_tokens)
    [wide] = generate(model, ["x"], regex("a{1,6}b"), max_tokens=30)
    assert wide.budget_step is None
    assert (answer.budget_step is not None) == closed
    assert len(answer.ids) <= max_tokens


def test_a_model_that_never_wants_to_end_still_completes_inside_every_budget(toy: Callable[..., Any]) -> None:
    model = toy([b"a", b"b"], logits=lambda history: [-50.0, 50.0, -50.0])
    for budget in range(3, 12):
        [answer] = generate(model, ["x"], regex("a+b"), max_tokens=budget)
        assert answer.text == "a" * (budget - 2) + "b"
        assert answer.budget_step == budget - 2
        assert answer.stop_reason == "eos"
        assert len(answer.ids) == budget


def test_the_value_is_read_by_the_language_and_without_one_is_the_text(toy: Callable[..., Any]) -> None:
    model = toy([b" ", b"a", b"b"], logits=lambda history: [0.0, 3.0, 2.0, 1.0])
    constrained, free = generate(model, ["x", "x"], [choice(["a", "b"], leading_space="required"), None], max_tokens=3)
    assert (constrained.text, constrained.value, constrained.leading_space) == (" a", "a", "required")
    assert (free.text, free.value, free.leading_space, free.constraint) == ("   ", "   ", None, None)
    assert free.allowed_mass == (1.0, 1.0, 1.0)
    assert free.masked_logprobs == free.logprobs


@pytest.mark.parametrize("penalty", [{"repetition_penalty": 100}, {"presence_penalty": 100}, {"frequency_penalty": -100}])
@pytest.mark.parametrize("temperature", [0, 0.001, 1])
def test_penalties_never_forbid_a_forced_token(toy: Callable[..., Any], penalty: dict[str, Any], temperature: float) -> None:
    model = toy([b"a", b"b"])
    [answer] = generate(model, ["x"], choice(["aaaaaaaa"]), max_tokens=9, sampling=Sampling(temperature=temperature, **penalty))
    assert answer.text == "aaaaaaaa"
    assert answer.masked_logprobs == pytest.approx([0.0] * 9, abs=1e-12)
    assert all(math.isfinite(value) for value in answer.logprobs)


def test_penalties_are_part_of_p_and_come_before_the_temperature(toy: Callable[..., Any]) -> None:
    model = toy([b"a", b"b"], logits=lambda history: [1.0, 2.0, 0.5])
    [answer] = generate(model, ["x"], choice(["ab", "aab"]), max_tokens=6, sampling=Sampling(temperature=2, frequency_penalty=0.5, seed=1))
    counts = [0, 0, 0]
    for token, logprob in zip(answer.ids, answer.logprobs, strict=True):
        logits = [value - 0.5 * count for value, count in zip([1.0, 2.0, 0.5], counts, strict=True)]
        assert logprob == pytest.approx(math.log(softmax(logits, 2.0)[token]), abs=1e-12)
        counts[token] += 1


def test_top_k_acts_after_the_mask(toy: Callable[..., Any]) -> None:
    model = toy([b"a", b"b", b"c"], logits=lambda history: [0.0, 9.0, 8.0, 7.0])
    for seed in range(20):
        [answer] = generate(model, ["x"], choice(["b", "c"]), max_tokens=2, sampling=Sampling(temperature=1, top_k=1, seed=seed))
        assert answer.text == "b"


def test_greedy_takes_the_lowest_of_equal_ids_and_records_temperature_one(toy: Callable[..., Any]) -> None:
    model = toy([b"a", b"b", b"c"], logits=lambda history: [0.0, 1.0, 2.0, 2.0])
    [answer] = generate(model, ["x"], max_tokens=1)
    assert answer.ids == (2,)
    assert answer.logprobs[0] == pytest.approx(math.log(softmax([0.0, 1.0, 2.0, 2.0], 1.0)[2]), abs=1e-12)


def test_a_constraint_compiled_before_is_shared(toy: Callable[..., Any]) -> None:
    model = toy(TOKENS)
    constraint = compile(choice(WORDS), model.vocabulary)
    answers = generate(model, ["x", "y", "x"], constraint, max_tokens=6)
    assert {answer.constraint for answer in answers} == {constraint.language.source}
    assert answers[0].ids == answers[2].ids
