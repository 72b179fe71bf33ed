"""A beginning that all prompts of a batch share is read once, and the answers are those of each prompt alone."""

from __future__ import annotations

import inspect

import pytest

from fsmgen.decoding import LanguageModel, Sampling, generate, load_model
from fsmgen.frontends import regex

EXAMPLES = "Tom has 3 cups and gets 4 more. How many cups? The answer is 7. " * 2
PROMPTS = [EXAMPLES + end for end in ("Tom has 3 cups", "naïve", "How many green pears on Monday?", "y")]
pytestmark = pytest.mark.filterwarnings("ignore::fsmgen.decoding.FirstStepWarning")


def tokens_read(model: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by the tokens of each forward pass, padding included."""
    seen, real = [], model.network.forward

    def forward(*args, **options):
        seen.append(options["input_ids"].numel())
        return real(*args, **options)

    forward.__signature__ = inspect.signature(real)
    monkeypatch.setattr(model.network, "forward", forward)
    return seen


@pytest.mark.parametrize("sampling", [Sampling(), Sampling(temperature=1.0, seed=3)])
@pytest.mark.parametrize("architecture", ["llama", "gpt2", "qwen2", "neox", "mistral"])
def test_answers_are_those_of_each_prompt_alone(checkpoint, architecture, sampling):
    model = load_model(checkpoint(architecture, 0))
    constraint = regex("[a-z ]{5,30}")
    seeds = sampling.row_seeds(len(PROMPTS))
    together = generate(model, PROMPTS, [constraint, None, constraint, None], max_tokens=12, sampling=sampling)
    for place, (prompt, answer) in enumerate(zip(PROMPTS, together, strict=True)):
        own = Sampling(temperature=sampling.temperature, seed=(seeds[place],))
        [alone] = generate(model, [prompt], constraint if place % 2 == 0 else None, max_tokens=12, sampling=own)
        assert answer.ids == alone.ids
        assert answer.logprobs == pytest.approx(alone.logprobs, abs=1e-4)


def test_the_shared_beginning_is_read_once(checkpoint, monkeypatch):
    model = load_model(checkpoint("llama", 1))
    encoded = [model.encode(prompt) for prompt in PROMPTS]
    shared = next(place for place, tokens in enumerate(zip(*encoded, strict=False)) if len(set(tokens)) > 1)
    assert shared > 16
    seen = tokens_read(model, monkeypatch)
    generate(model, PROMPTS, max_tokens=1)
    assert seen == [shared, len(PROMPTS) * (max(map(len, encoded)) - shared)]
    seen.clear()
    generate(model, ["Tom has 3 cups", "naïve café"], max_tokens=1)
    assert len(seen) == 1, "prompts that share little are read whole"
