"""The arithmetic of one step, against transformers' own filters, numpy, and the definition of a distribution function."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers.generation import MinPLogitsWarper, RepetitionPenaltyLogitsProcessor, TopKLogitsWarper, TopPLogitsWarper

from fsmgen.decoding.distribution import Penalties, filtered, log_probabilities, pick, restrict, unpack
from fsmgen.decoding.sampling import Sampling
from fsmgen.errors import InvalidOption

TABLES = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed).normal(0, 2, (3, 12)))


def nonempty(seed: int) -> torch.Tensor:
    """A random table of allowed tokens, at least one in each row."""
    table = np.random.default_rng(seed).random((3, 12)) < 0.4
    table[np.arange(3), np.random.default_rng(seed + 1).integers(0, 12, 3)] = True
    return torch.tensor(table)


@pytest.mark.parametrize("size", [1, 31, 32, 33, 64, 1000])
def test_bit_t_mod_32_of_word_t_div_32_is_token_t(size: int) -> None:
    table = np.random.default_rng(size).random((2, size)) < 0.5
    words = np.zeros((2, -(-size // 32)), np.uint32)
    for row, token in zip(*table.nonzero(), strict=True):
        words[row, token // 32] |= np.uint32(1 << token % 32)
    assert np.array_equal(unpack(torch.from_numpy(words.view(np.uint8)), size).numpy(), table)


@given(table=TABLES, seed=st.integers(0, 1000), temperature=st.sampled_from([0.0, 0.3, 1.0, 2.0]))
def test_q_is_p_on_the_allowed_tokens_divided_by_their_mass(table: np.ndarray, seed: int, temperature: float) -> None:
    allowed = nonempty(seed)
    log_p = log_probabilities(torch.tensor(table), temperature)
    log_q = restrict(log_p, allowed)
    weights = np.exp(table / (temperature or 1))
    p = weights / weights.sum(-1, keepdims=True)
    mass = (p * allowed.numpy()).sum(-1)
    assert np.allclose(log_p.exp().numpy(), p, rtol=0, atol=1e-12)
    assert np.allclose((log_p - log_q).exp().numpy()[allowed], np.broadcast_to(mass[:, None], (3, 12))[allowed], rtol=1e-12)
    assert np.allclose(log_q.exp().numpy(), p * allowed.numpy() / mass[:, None], rtol=0, atol=1e-12)


@settings(max_examples=60)
@given(table=TABLES, top_k=st.integers(0, 14), top_p=st.floats(0.05, 1), min_p=st.floats(0, 1))
def test_filters_keep_what_transformers_keeps(table: np.ndarray, top_k: int, top_p: float, min_p: float) -> None:
    scores = torch.tensor(table)
    expected = scores
    if top_k > 0:
        expected = TopKLogitsWarper(top_k)(None, expected)
    if top_p < 1:
        expected = TopPLogitsWarper(top_p)(None, expected)
    if min_p > 0:
        expected = MinPLogitsWarper(min_p)(None, expected)
    kept = filtered(log_probabilities(scores, 1.0), Sampling(temperature=1, top_k=top_k, top_p=top_p, min_p=min_p))
    assert torch.allclose(kept.softmax(-1), expected.softmax(-1), rtol=0, atol=1e-12)


def test_equal_probabilities_are_taken_from_the_lowest_id() -> None:
    even = log_probabilities(torch.zeros(1, 8, dtype=torch.float64), 1.0)
    assert pick(even, Sampling(), None).tolist() == [0]
    assert filtered(even, Sampling(temperature=1, top_p=0.5)).isfinite().nonzero()[:, 1].tolist() == [0, 1, 2, 3]
    assert filtered(even, Sampling(temperature=1, top_k=3)).isfinite().all()


@settings(max_examples=40)
@given(table=TABLES, seed=st.integers(0, 1000))
def test_as_the_uniform_number_sweeps_each_token_gets_exactly_its_interval(table: np.ndarray, seed: int) -> None:
    log_q = restrict(log_probabilities(torch.tensor(table[:1]), 1.0), nonempty(seed)[:1])
    q = log_q.exp().numpy()[0]
    ends = np.cumsum(q)
    for token in q.nonzero()[0]:
        inside = np.array([ends[token] - q[token] + 1e-9 * q[token], ends[token] - 1e-9 * q[token]])
        uniforms = torch.tensor(np.clip(inside, 0, 1 - 2**-53))
        assert pick(log_q.expand(2, -1), Sampling(temperature=1), uniforms).tolist() == [token, token]


@given(seed=st.integers(0, 1000), uniform=st.sampled_from([0.0, 2.0**-60, 0.5, 1 - 2.0**-53]))
def test_a_token_of_probability_zero_is_never_chosen(seed: int, uniform: float) -> None:
    allowed = nonempty(seed)
    log_q = restrict(log_probabilities(torch.tensor(np.random.default_rng(seed).normal(0, 300, (3, 12))), 1.0), allowed)
    chosen = pick(log_q, Sampling(temperature=1), torch.full((3,), uniform, dtype=torch.float64))
    assert allowed[torch.arange(3), chosen].all()


@given(table=TABLES, penalty=st.floats(0.5, 2))
def test_the_repetition_penalty_is_that_of_transformers(table: np.ndarray, penalty: float) -> None:
    logits = torch.tensor(table, dtype=torch.float32)
    prompts = [[1, 2, 2], [0, 5, 7], [11, 11, 3]]
    penalties = Penalties(Sampling(repetition_penalty=penalty), prompts, logits)
    expected = RepetitionPenaltyLogitsProcessor(penalty)(torch.tensor(prompts), logits)
    assert torch.equal(penalties.apply(logits), expected)


def test_presence_and_frequency_penalties_count_the_answer_and_not_the_prompt() -> None:
    logits = torch.zeros(2, 4, dtype=torch.float64)
    penalties = Penalties(Sampling(presence_penalty=0.5, frequency_penalty=0.25), [[0, 0], [1]], logits)
    for tokens in ([2, 3], [2, 1]):
        penalties.add(torch.tensor(tokens))
    penalties.keep([1, 0])
    assert penalties.apply(logits).tolist() == [[0, -0.75, 0, -0.75], [0, 0, -1.0, 0]]
    penalties.keep([1])
    assert penalties.apply(logits[:1]).tolist() == [[0, 0, -1.0, 0]]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("temperature", -1),
        ("temperature", 1e-9),
        ("temperature", float("nan")),
        ("top_k", -1),
        ("top_p", 0),
        ("top_p", 1.5),
        ("min_p", -0.1),
        ("repetition_penalty", 0),
        ("presence_penalty", float("inf")),
        ("frequency_penalty", float("nan")),
        ("seed", -1),
        ("seed", (3, -1)),
    ],
)
def test_a_setting_without_a_meaning_is_refused_by_name(option: str, value: Any) -> None:
    with pytest.raises(InvalidOption, match=option):
        Sampling(**{option: value})


def test_row_seeds_differ_and_a_tuple_is_taken_as_it_is() -> None:
    assert len(set(Sampling(seed=1).row_seeds(50)) | set(Sampling(seed=2).row_seeds(50))) == 100
    assert Sampling(seed=1).row_seeds(3) == Sampling(seed=1).row_seeds(50)[:3]
    assert Sampling(seed=(5, 6)).row_seeds(2) == (5, 6)
    with pytest.raises(InvalidOption, match="seed"):
        Sampling(seed=(5, 6)).row_seeds(3)
