"""All answers of a constraint, against brute force over token strings and against sums over tokenisations; ends and forced steps."""

from __future__ import annotations

import math
from itertools import product

import pytest

from fsmgen.decoding import Sampling, enumerate_answers, generate, load_model, marginal_likelihoods
from fsmgen.errors import BudgetTooSmall, InvalidOption, PromptTooLong
from fsmgen.frontends import choice, regex

TOKENS = [b"a", b"b", b"ab", b"ba", b"aa"]
WORDS = ["a", "ab", "abab", "baa", "bb"]
pytestmark = pytest.mark.filterwarnings("ignore::fsmgen.decoding.FirstStepWarning")


def log_p(model, prompt: str, ids: tuple[int, ...], temperature: float) -> float:
    total = 0.0
    for step, token in enumerate(ids):
        logits = [value / temperature for value in model.logits((*model.encode(prompt), *ids[:step]))]
        total += logits[token] - math.log(math.fsum(map(math.exp, logits)))
    return total


@pytest.mark.parametrize("budget", [2, 3, 5])
@pytest.mark.parametrize("temperature", [0.7, 1.0])
def test_every_token_string_of_the_language_is_found_with_its_probability(toy, budget, temperature):
    model = toy(TOKENS)
    found = enumerate_answers(model, "x", choice(WORDS), max_tokens=budget, temperature=temperature)
    spelled = {0: ""} | {i: token.decode() for i, token in enumerate(TOKENS, 1)}
    strings = [ids for length in range(budget) for ids in product(range(1, 6), repeat=length)]
    expected = {(*ids, 0): log_p(model, "x", (*ids, 0), temperature) for ids in strings if "".join(map(spelled.get, ids)) in WORDS}
    assert found.exact and found.high == found.low
    assert {path.ids: path.logprob for path in found.paths} == pytest.approx(expected, abs=1e-9)
    assert found.low == pytest.approx(math.fsum(map(math.exp, expected.values())), abs=1e-12)
    assert math.fsum(math.exp(path.masked_logprob) for path in found.paths) == pytest.approx(1, abs=1e-12)


def test_a_limit_leaves_an_interval_that_closes_as_it_grows(toy):
    model, truth = toy(TOKENS), None
    truth = enumerate_answers(model, "x", regex("[ab]{1,4}"), max_tokens=6)
    assert truth.exact
    wide = 1.0
    for limit in (1, 8, 40, 100):
        found = enumerate_answers(model, "x", regex("[ab]{1,4}"), max_tokens=6, limit=limit)
        assert found.low - 1e-12 <= truth.low <= found.high + 1e-12
        assert found.high - found.low <= wide + 1e-12
        wide = found.high - found.low
    assert wide == 0.0


def test_what_masked_sampling_draws_has_the_enumerated_probabilities(toy):
    model = toy(TOKENS)
    exact = {path.ids: path for path in enumerate_answers(model, "x", choice(WORDS), max_tokens=4).paths}
    for answer in generate(model, ["x"] * 60, choice(WORDS), max_tokens=4, sampling=Sampling(temperature=1.0, seed=3)):
        assert math.fsum(answer.logprobs) == pytest.approx(exact[answer.ids].logprob, abs=1e-9)
        assert math.fsum(answer.masked_logprobs) == pytest.approx(exact[answer.ids].masked_logprob, abs=1e-9)


def test_over_few_texts_it_is_the_sum_over_their_tokenisations_on_a_network_in_float64(checkpoint):
    model, texts = load_model(checkpoint("llama", 0), dtype="float64"), ["yes", "no", "maybe"]
    found = enumerate_answers(model, "Tom has 3 cups", choice(texts), max_tokens=8)
    marginals = marginal_likelihoods(model, "Tom has 3 cups", texts, limit=100_000)
    assert found.exact and all(each.exact for each in marginals)
    assert found.low == pytest.approx(math.fsum(math.exp(each.low) for each in marginals), rel=1e-9)


def test_what_cannot_be_enumerated_is_refused(toy, llama):
    with pytest.raises(InvalidOption, match="temperature"):
        enumerate_answers(toy(TOKENS), "x", choice(WORDS), max_tokens=4, temperature=0)
    with pytest.raises(BudgetTooSmall):
        enumerate_answers(toy(TOKENS), "x", choice(["bbbb"]), max_tokens=4)
    with pytest.raises(PromptTooLong):
        enumerate_answers(llama, "x", choice(["yes"]), max_tokens=1000)


def test_forced_steps_ends_and_the_mass_of_an_end_are_what_the_matcher_and_the_model_say(toy):
    model, language, kinds = toy(TOKENS), regex("(ab|ba)*bb?"), set()
    constraint = model.compile(language)
    for seed in range(30):
        [answer] = generate(model, ["q"], language, max_tokens=4, sampling=Sampling(temperature=1.0, seed=seed))
        matcher = constraint.matcher()
        assert len(answer.end_mass) == len(answer.ids)
        for step, token in enumerate(answer.ids):
            budget = 4 - step
            allowed = [other for other in range(6) if follows(matcher, other, budget)]
            assert (step in answer.forced) == (len(allowed) == 1)
            assert (step in answer.may_end) == (0 in allowed)
            assert math.log(answer.end_mass[step]) == pytest.approx(
                log_p(model, "q", (*answer.ids[:step], 0), 1.0) - log_p(model, "q", answer.ids[:step], 1.0), abs=1e-9
            )
            kinds.add((len(allowed) == 1, 0 in allowed))
            matcher.advance(token)
        assert answer.token_lengths == tuple(len(model.vocabulary.token_bytes(token)) for token in answer.ids)
    assert kinds == set(product([False, True], repeat=2))
    [free] = generate(model, ["q"], None, max_tokens=4)
    assert (free.forced, free.may_end, free.end_mass) == ((), (), ())


def follows(matcher, token: int, budget: int) -> bool:
    """Whether the token may come and some answer can still be finished, by trying."""
    after = matcher.fork()
    if not after.advance(token):
        return False
    return after.finished or (budget > 1 and any(follows(after, other, budget - 1) for other in range(6)))
