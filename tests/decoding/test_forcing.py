"""Forced texts read in one pass, watched constraints, and the facts of each step: against the plain loop and by enumeration."""

from __future__ import annotations

import math
import random

import pytest
import torch

from fsmgen.decoding import Coalesced, LanguageModel, Sampling, Watched, generate, load_model
from fsmgen.errors import InvalidOption
from fsmgen.frontends import choice, regex, template

PROMPTS = ["Tom has 3 cups", "naïve", "Lena picked fourteen green pears on Monday. How many cups?"]
FORM = template("{{\"count\": {n}, \"of the fruit\": \"{fruit}\"}}", n=regex("[0-9]{1,3}"), fruit=regex("pears|peaches|apples"))
pytestmark = pytest.mark.filterwarnings("ignore::fsmgen.decoding.FirstStepWarning")


def step_facts(model: LanguageModel, prompt: str, ids: tuple[int, ...]) -> list[torch.Tensor]:
    """log p [V] before each token of an answer, from one row that is read whole."""
    start = model.encode(prompt)
    with torch.inference_mode():
        logits = model.network(torch.tensor([[*start, *ids]])).logits[0].double().log_softmax(-1)
    return [logits[len(start) - 1 + place] for place in range(len(ids))]


@pytest.mark.parametrize("policy", ["longest", "canonical"])
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_coalesced_answer_is_in_the_language_and_its_facts_are_those_of_its_tokens_read_alone(llama, policy, temperature):
    constraint = llama.compile(FORM)
    answers = generate(llama, PROMPTS, Coalesced(FORM, policy), max_tokens=60, sampling=Sampling(temperature=temperature, seed=3))
    for prompt, answer in zip(PROMPTS, answers, strict=True):
        assert set(answer.value) == {"n", "fruit"}
        assert answer.skipped + answer.calls >= len(answer.ids) and answer.skipped > 5
        assert answer.calls < len(answer.ids)
        matcher = constraint.matcher()
        for place, (token, log_p) in enumerate(zip(answer.ids, step_facts(llama, prompt, answer.ids), strict=True)):
            allowed = torch.tensor([other for other in range(llama.vocabulary.size) if matcher.fork().advance(other)])
            assert answer.logprobs[place] == pytest.approx(float(log_p[token]), abs=1e-4)
            assert answer.allowed_mass[place] == pytest.approx(float(log_p[allowed].exp().sum()), rel=1e-3, abs=1e-9)
            assert matcher.advance(token)


def test_a_row_that_coalesces_in_a_batch_equals_the_row_run_alone(llama):
    mixed = [Coalesced(FORM), FORM, Coalesced(choice(["yes", "certainly not"]), "longest")]
    together = generate(llama, PROMPTS, mixed, max_tokens=60)
    for prompt, asked, answer in zip(PROMPTS, mixed, together, strict=True):
        [alone] = generate(llama, [prompt], asked, max_tokens=60)
        assert (answer.ids, answer.calls, answer.skipped) == (alone.ids, alone.calls, alone.skipped)
        assert answer.logprobs == pytest.approx(alone.logprobs, abs=1e-4)


def test_each_policy_gives_its_own_tokens_to_a_text_that_is_forced_whole():
    model = load_model("embedded:stories")
    text = "Tom has 3 cups and gets 4 more."
    found = {}
    for policy in ("longest", "canonical"):
        [answer] = generate(model, ["x"], Coalesced(choice([text]), policy), max_tokens=60)
        assert answer.text == text and answer.stop_reason == "eos"
        found[policy] = answer.ids[: answer.skipped]
        assert model.vocabulary.decode(found[policy]) == text.encode()
        assert answer.calls == 2, "one for the prompt and one for all that is forced after it"
    assert list(found["canonical"]) == model.encode_all([text], special=False)[0]
    rest = text.encode()
    pieces = {model.vocabulary.token_bytes(token) for token in range(model.vocabulary.size)}
    for token in found["longest"]:
        piece = model.vocabulary.token_bytes(token)
        assert not any(rest.startswith(other) and len(other) > len(piece) for other in pieces)
        rest = rest[len(piece) :]


def test_a_forced_text_leaves_room_for_the_end_whatever_the_budget(toy):
    model = toy([b"a", b"b", b"c", b"ab"])
    language = choice(["abc", "abcb"])
    for budget in (3, 4, 5):
        for seed in range(10):
            sampling = Sampling(temperature=1.0, seed=seed)
            [answer] = generate(_with_read(model), ["xy"], Coalesced(language, "longest"), max_tokens=budget, sampling=sampling)
            assert answer.text in ("abc", "abcb") and len(answer.ids) <= budget


def _with_read(model):
    """The toy, its session reading blocks one token at a time."""

    class Blocks(type(model.session())):
        def read(self, blocks, keep):
            rows = [self._rows[row] for row in keep]
            width, out = max(map(len, blocks)), []
            for row, block in zip(rows, blocks, strict=True):
                steps = [self._model.logits((*row, *block[: end + 1])) for end in range(len(block))]
                out.append([[0.0] * self._model.vocabulary.size] * (width - len(block)) + [list(step) for step in steps])
            self._rows = [(*row, *block) for row, block in zip(rows, blocks, strict=True)]
            return torch.tensor(out, dtype=torch.float64)

    model.session = lambda: Blocks(model)
    return model


def test_penalties_are_refused_beside_coalescing(llama):
    with pytest.raises(InvalidOption, match="without penalties"):
        generate(llama, ["x"], Coalesced(FORM), sampling=Sampling(repetition_penalty=1.2))
    with pytest.raises(InvalidOption, match="policy"):
        Coalesced(FORM, "shortest")


def test_a_watched_answer_is_the_free_one_and_says_where_it_left(llama):
    free = generate(llama, PROMPTS, None, max_tokens=20, sampling=Sampling(temperature=1.0, seed=1))
    watched = generate(llama, PROMPTS, Watched(regex(".{0,200}")), max_tokens=20, sampling=Sampling(temperature=1.0, seed=1))
    for one, other in zip(free, watched, strict=True):
        assert (one.ids, one.logprobs, one.allowed_mass) == (other.ids, other.logprobs, other.allowed_mass)
        assert (other.constraint, one.observation) == (None, None)
        assert other.observation.constraint == "regex '.{0,200}'"


def test_the_observed_mass_is_that_of_the_tokens_that_the_constraint_would_have_allowed(toy):
    model, draw = toy([b"a", b"b", b"ab"]), random.Random(5)
    language = regex("(ab)*a?")
    constraint, kinds = model.compile(language), set()
    for seed in range(80):
        prompt = "".join(draw.choice("xyz") for _ in range(3))
        [answer] = generate(model, [prompt], Watched(language), max_tokens=3, sampling=Sampling(temperature=1.0, seed=seed))
        history, matcher, seen = tuple(model.encode(prompt)), constraint.matcher(), answer.observation
        for step, mass in enumerate(seen.mass):
            logits = model.logits(history)
            p = [math.exp(value) / math.fsum(map(math.exp, logits)) for value in logits]
            assert mass == pytest.approx(math.fsum(p[token] for token in range(len(p)) if matcher.fork().advance(token)), abs=1e-12)
            stays = matcher.advance(answer.ids[step])
            assert stays == (seen.departed != step)
            history = (*history, answer.ids[step])
        assert len(seen.mass) == (len(answer.ids) if seen.departed is None else seen.departed + 1)
        assert seen.complete == (answer.stop_reason == "eos" and seen.departed is None)
        kinds.add((seen.complete, seen.departed is None))
    assert kinds == {(True, True), (False, False), (False, True)}


def test_a_stop_string_ends_a_watched_answer_inside_the_language(toy):
    model = toy([b"a", b"b"], logits=lambda history: [-50.0, -50.0, 0.0] if len(history) >= 3 else [-50.0, 0.0, -50.0])
    [answer] = generate(model, ["x"], Watched(choice(["aa"])), max_tokens=9, stop=["b"])
    assert (answer.text, answer.stop_reason, answer.observation.complete) == ("aa", "stop", True)
    [answer] = generate(model, ["x"], Watched(choice(["aab"])), max_tokens=9, stop=["b"])
    assert (answer.observation.complete, answer.observation.departed) == (False, None)


def test_what_the_model_wanted_and_the_mass_of_the_language_near_the_budget_are_noted(toy):
    model, language = toy([b"a", b"b"]), regex("(ab|ba|aa)*")
    constraint, closed, forbidden = model.compile(language), 0, 0
    for seed in range(30):
        [answer] = generate(model, ["q"], language, max_tokens=5, sampling=Sampling(temperature=1.0, seed=seed))
        history, matcher = tuple(model.encode("q")), constraint.matcher()
        for step, token in enumerate(answer.ids):
            logits = model.logits(history)
            p = [math.exp(value) / math.fsum(map(math.exp, logits)) for value in logits]
            whole = math.fsum(p[other] for other in range(len(p)) if matcher.fork().advance(other))
            best = p.index(max(p))
            if answer.wanted[step] is None:
                assert matcher.fork().advance(best)
            else:
                assert answer.wanted[step] == best and answer.wanted_logprobs[step] == pytest.approx(math.log(p[best]))
                forbidden += 1
            assert answer.language_mass[step] is None or answer.budget_step <= step
            assert whole == pytest.approx(answer.allowed_mass[step] if answer.language_mass[step] is None else answer.language_mass[step])
            closed += answer.language_mass[step] is not None
            assert matcher.advance(token)
            history = (*history, token)
    assert closed and forbidden
