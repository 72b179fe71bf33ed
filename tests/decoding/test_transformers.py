"""The same tokens as transformers' own `generate`, and the same tokens in a batch as alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from fsmgen import choice, regex
from fsmgen.decoding import Generation, LanguageModel, Sampling, generate, load_model

PROMPTS = ["Tom has 3 cups", "naïve café €", "T", "yes no maybe, the answer is 7. How many cups? Tom has 12,345 apples", "é 3"]
ARCHITECTURES = ["llama", "gpt2", "mistral", "qwen2", "neox"]


def theirs(model: LanguageModel, prompt: str, **options: object) -> tuple[int, ...]:
    """What `generate` of transformers writes for one prompt alone, up to its first EOS."""
    ids = torch.tensor([model.encode(prompt)])
    network = model.network
    out = network.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=40, pad_token_id=0, **options)
    return tuple(out[0, ids.shape[1] :].tolist())


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_greedy_equals_transformers_generate_token_for_token(checkpoint: Callable[[str, int], Path], architecture: str, seed: int) -> None:
    model = load_model(checkpoint(architecture, seed))
    answers = generate(model, PROMPTS, max_tokens=40)
    assert [answer.ids for answer in answers] == [theirs(model, prompt) for prompt in PROMPTS]
    assert {answer.stop_reason for answer in answers} <= {"eos", "length"}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_greedy_with_a_repetition_penalty_equals_transformers(checkpoint: Callable[[str, int], Path], architecture: str) -> None:
    model = load_model(checkpoint(architecture, 1))
    answers = generate(model, PROMPTS, max_tokens=40, sampling=Sampling(repetition_penalty=1.3))
    assert [answer.ids for answer in answers] == [theirs(model, prompt, repetition_penalty=1.3) for prompt in PROMPTS]


def test_these_runs_see_rows_that_end_at_different_steps(checkpoint: Callable[[str, int], Path]) -> None:
    answers = [answer for seed in range(3) for answer in generate(load_model(checkpoint("llama", seed)), PROMPTS, max_tokens=40)]
    assert len({len(answer.ids) for answer in answers}) >= 4
    assert {answer.stop_reason for answer in answers} == {"eos", "length"}


def alone(model: LanguageModel, row: int, constraint: Any, sampling: Sampling, seed: int) -> Generation:
    """A row of `PROMPTS` run without the others."""
    return generate(model, [PROMPTS[row]], constraint, max_tokens=24, sampling=replace(sampling, seed=(seed,)))[0]


@pytest.mark.filterwarnings("ignore::fsmgen.decoding.FirstStepWarning")
@pytest.mark.parametrize("architecture", ["llama", "gpt2", "mistral"])
@pytest.mark.parametrize(
    "sampling",
    [
        Sampling(),
        Sampling(temperature=1, seed=5),
        Sampling(temperature=0.7, top_k=20, top_p=0.9, min_p=0.01, repetition_penalty=1.1, frequency_penalty=0.2, seed=9),
    ],
)
def test_a_row_of_a_batch_is_the_row_run_alone(checkpoint: Callable[[str, int], Path], architecture: str, sampling: Sampling) -> None:
    model = load_model(checkpoint(architecture, 2))
    constraints = [None, regex(r"[a-z ]{3,30}\."), choice(["yes", "no"]), None, regex(r"\d{1,4}", leading_space="optional")]
    batch = generate(model, PROMPTS, constraints, max_tokens=24, sampling=sampling)
    single = [alone(model, row, constraints[row], sampling, batch[row].seed) for row in range(len(PROMPTS))]
    assert [answer.ids for answer in batch] == [answer.ids for answer in single]
    for together, apart in zip(batch, single, strict=True):
        assert together.logprobs == pytest.approx(apart.logprobs, abs=1e-4)
        assert together.allowed_mass == pytest.approx(apart.allowed_mass, abs=1e-4)


def test_many_rows_run_in_several_batches_with_the_same_result(llama: LanguageModel) -> None:
    prompts = [f"Tom has {count}" for count in range(70)]
    answers = generate(llama, prompts, max_tokens=3, sampling=Sampling(temperature=1, seed=3))
    last = generate(llama, prompts[-1:], max_tokens=3, sampling=Sampling(temperature=1, seed=(answers[-1].seed,)))
    assert [answer.prompt for answer in answers] == prompts
    assert last[0].ids == answers[-1].ids


def test_the_seed_decides_and_rows_of_one_prompt_differ(llama: LanguageModel) -> None:
    def sampled(seed: int) -> list[tuple[int, ...]]:
        return [answer.ids for answer in generate(llama, ["Tom"] * 8, max_tokens=6, sampling=Sampling(temperature=1, seed=seed))]

    assert sampled(1) == sampled(1)
    assert sampled(1) != sampled(2)
    assert len(set(sampled(1))) == 8
