"""Probabilities of texts: one row at a time, brute force over tokenisations, and lm-evaluation-harness."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import torch

from fsmgen.decoding import LanguageModel, choice_likelihoods, load_model, marginal_likelihoods, rolling_likelihoods
from fsmgen.decoding.trees import TokenTree, takes_trees, tree_logits
from fsmgen.errors import InvalidOption, PromptTooLong
from fsmgen.evaluation.tasks import story_task

ARCHITECTURES = ["llama", "gpt2", "mistral", "qwen2", "neox"]
SHARED = "Tom has 3 cups and gets 4 more. How many cups? The answer is 7. "
ITEMS = [
    (SHARED + "Tom has 3 cups", [" and gets 4 more", " and gets 12 apples", " yes"]),
    (SHARED + "naïve café €", [" 12", " 12,345 apples"]),
    (SHARED + "yes no  ", ["maybe"]),
    ("T", ["om", "om has", "", "é"][:2]),
]


def alone(model: LanguageModel, ids: Sequence[int], path: Sequence[int]) -> list[float]:
    """log p of each token of a path after a prompt, in a row of its own."""
    with torch.inference_mode():
        log_p = model.network(torch.tensor([[*ids, *path]])).logits[0].double().log_softmax(-1)
    return [float(log_p[len(ids) - 1 + place, token]) for place, token in enumerate(path)]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_choices_of_a_tree_have_the_probabilities_that_they_have_alone(checkpoint: Callable[[str, int], Path], architecture: str):
    model = load_model(checkpoint(architecture, 0), dtype="float64")
    scored = choice_likelihoods(model, ITEMS)
    for (prompt, choices), row in zip(ITEMS, scored, strict=True):
        ids = model.encode(prompt.rstrip(" "))
        assert [likelihood.text for likelihood in row] == choices
        for likelihood in row:
            assert likelihood.logprobs == pytest.approx(alone(model, ids, likelihood.ids), abs=1e-9)
    assert takes_trees(model.network) == (architecture != "mistral"), "a window of 12 tokens is not what a mask of ours says"


def test_a_window_that_the_probe_does_not_reach_is_kept_too(checkpoint: Callable[[str, int], Path]):
    model = load_model(checkpoint("mistral", 0), dtype="float64")
    model.network.config.sliding_window = 40
    wide = load_model(checkpoint("mistral", 0), dtype="float64")
    for layer in (model.network, wide.network):
        layer.config.sliding_window = 40
    prompt = SHARED * 2
    [[scored]] = choice_likelihoods(wide, [(prompt, [" yes no"])])
    assert scored.logprobs == pytest.approx(alone(model, model.encode(prompt.rstrip(" ")), scored.ids), abs=1e-9)


def test_how_items_are_batched_changes_nothing_but_rounding(llama: LanguageModel):
    items = [(SHARED + f"How many cups? {count}", [" yes", " no", " maybe, the answer is 7."]) for count in range(9)]
    whole = choice_likelihoods(llama, items)
    for batch_tokens in (1, 64, 200):
        apart = choice_likelihoods(llama, items, batch_tokens=batch_tokens)
        for one, other in zip(whole, apart, strict=True):
            assert [likelihood.total for likelihood in one] == pytest.approx([likelihood.total for likelihood in other], abs=1e-4)


def test_greedy_says_whether_the_model_itself_would_have_written_the_text(llama: LanguageModel):
    with torch.inference_mode():
        best = int(llama.network(torch.tensor([llama.encode("Tom")])).logits[0, -1].argmax())
    tree = TokenTree.of(llama.encode("Tom"), [[best]])
    [(_, [logits])] = tree_logits(llama.network, [tree], batch_tokens=100)
    assert int(logits[0].argmax()) == best
    scored = choice_likelihoods(llama, [("Tom has", [" 3 cups", " maybe"])])
    for likelihood in scored[0]:
        with torch.inference_mode():
            ids = [*llama.encode("Tom has"), *likelihood.ids]
            choices = llama.network(torch.tensor([ids])).logits[0].argmax(-1).tolist()
        assert likelihood.greedy == (choices[-len(likelihood.ids) - 1 : -1] == list(likelihood.ids))


def test_apart_a_choice_has_its_own_tokens_and_together_a_token_may_cross_the_border(llama: LanguageModel):
    text = "Lena picked fourteen green pears"
    seen = set()
    for cut in range(1, 20):
        prompt, choice = text[:cut].rstrip(" "), text[len(text[:cut].rstrip(" ")) :]
        [[joint]] = choice_likelihoods(llama, [(prompt, [choice])])
        [[separate]] = choice_likelihoods(llama, [(prompt, [choice])], tokenization="separate")
        whole, own = llama.encode(prompt + choice), llama.encode(prompt)
        assert joint.split == (whole[: len(own)] == own)
        assert list(joint.ids) == whole[len(own) :]
        assert list(separate.ids) == llama.encode_all([choice], special=False)[0]
        assert separate.split
        seen.add(joint.split)
    assert seen == {True, False}
    with pytest.raises(InvalidOption, match="a token of its own"):
        choice_likelihoods(llama, [("Tom ha", ["s"])])


@pytest.mark.parametrize(
    ("items", "options", "error", "said"),
    [
        ([("a", [])], {}, InvalidOption, "one or more texts"),
        ([("a", ["b", ""])], {}, InvalidOption, "one or more texts"),
        ([("a", ["b"])], {"tokenization": "best"}, InvalidOption, "'joint' or 'separate'"),
        ([("yes " * 200, ["b"])], {}, PromptTooLong, "context is 128"),
    ],
)
def test_choices_that_cannot_be_scored_are_refused(llama: LanguageModel, items, options, error, said):
    with pytest.raises(error, match=said):
        choice_likelihoods(llama, items, **options)


def test_a_rolling_likelihood_predicts_every_token_once_whatever_the_windows(checkpoint: Callable[[str, int], Path]):
    model = load_model(checkpoint("llama", 0), dtype="float64")
    short, long = SHARED.strip(), " ".join([SHARED.strip()] * 12)
    first, second = rolling_likelihoods(model, [short, long])
    assert first.total == pytest.approx(sum(alone(model, [0], model.encode(short))))
    ids = model.encode(long)
    assert len(ids) > 2 * 128
    expected = sum(alone(model, [0], ids[:128])) + sum(alone(model, ids[127:128], ids[128:256]))
    expected += sum(alone(model, ids[len(ids) - 129 : 256], ids[256:]))
    assert second.total == pytest.approx(expected)
    assert (first.words, first.bytes, first.tokens) == (len(short.split()), len(short), len(model.encode(short)))
    assert first.bits_per_byte == pytest.approx(math.log2(first.byte_perplexity))
    assert first.word_perplexity == pytest.approx(first.byte_perplexity ** (first.bytes / first.words))
    with pytest.raises(InvalidOption, match="empty"):
        rolling_likelihoods(model, [""])


def tokenisations(model: LanguageModel, data: bytes, *, beyond: bool) -> Iterator[tuple[int, ...]]:
    """Every way to write the bytes as tokens; with `beyond`, the last token may go on after them."""
    if not data:
        yield ()
        return
    for token in range(model.vocabulary.size):
        spelled = model.vocabulary.token_bytes(token)
        if token in model.vocabulary.eos_ids or not spelled:
            continue
        if data.startswith(spelled):
            yield from ((token, *rest) for rest in tokenisations(model, data[len(spelled) :], beyond=beyond))
        elif beyond and spelled.startswith(data):
            yield (token,)


@pytest.mark.parametrize("text", ["cups", " 3", "The", "é", "12"])
@pytest.mark.parametrize("ending", ["eos", "open"])
def test_a_marginal_is_the_sum_over_all_tokenisations(checkpoint: Callable[[str, int], Path], text: str, ending: str):
    model = load_model(checkpoint("llama", 0), dtype="float64")
    ids, ends = model.encode("Tom has"), sorted(model.vocabulary.eos_ids)
    expected = []
    for path in tokenisations(model, text.encode(), beyond=ending == "open"):
        with torch.inference_mode():
            log_p = model.network(torch.tensor([[*ids, *path]])).logits[0].double().log_softmax(-1)
        total = sum(float(log_p[len(ids) - 1 + place, token]) for place, token in enumerate(path))
        expected.append(math.exp(total) * (float(log_p[-1, ends].exp().sum()) if ending == "eos" else 1.0))
    [found] = marginal_likelihoods(model, "Tom has", [text], ending=ending)
    assert len(expected) > 1 or text == "é"
    assert (found.exact, found.complete) == (True, len(expected))
    assert found.low == found.high == pytest.approx(math.log(sum(expected)), abs=1e-9)


def test_a_marginal_that_was_not_searched_to_its_end_is_an_interval_around_the_sum(llama: LanguageModel):
    text = " cups and gets 4"
    [exact] = marginal_likelihoods(llama, "Tom has 3", ["cups"], ending="open", limit=10_000)
    assert exact.exact
    widths = []
    for limit in (1, 8, 64):
        [found] = marginal_likelihoods(llama, "Tom has 3", [text], ending="open", limit=limit)
        assert not found.exact
        assert found.low <= found.high <= 0
        widths.append(math.exp(found.high) - math.exp(found.low))
    assert widths == sorted(widths, reverse=True)
    [near] = marginal_likelihoods(llama, "Tom has 3", [text], ending="open", tolerance=0.5)
    assert math.exp(near.high) - math.exp(near.low) <= 0.5


def test_the_marginals_of_all_that_may_come_next_are_one(llama: LanguageModel):
    starts = {llama.vocabulary.token_bytes(token)[:1] for token in range(llama.vocabulary.size)} - {b""}
    letters = [byte.decode() for byte in starts if byte < b"\x80"]
    mass = sum(math.exp(found.low) for found in marginal_likelihoods(llama, "Tom", letters, ending="open"))
    [nothing] = marginal_likelihoods(llama, "Tom", [""], ending="eos")
    assert mass + math.exp(nothing.low) <= 1 + 1e-6


@pytest.fixture(scope="module")
def harness():
    """lm-evaluation-harness with the embedded model."""
    huggingface = importlib.import_module("lm_eval.models.huggingface")
    model = load_model("embedded:stories")
    return model, huggingface.HFLM(pretrained=model.network, tokenizer=model.tokenizer, batch_size=16, device="cpu")


def requests(kind: str, arguments: Sequence[tuple[str, ...]]) -> list[object]:
    instance = importlib.import_module("lm_eval.api.instance").Instance
    return [instance(request_type=kind, doc={}, arguments=pair, idx=index) for index, pair in enumerate(arguments)]


@pytest.mark.filterwarnings("ignore")
def test_log_likelihoods_are_those_of_lm_evaluation_harness(harness):
    model, theirs = harness
    items = [(item.question, [f" {item.gold}", " The answer is 7.", " Take 4", "no"]) for item in story_task("dev", 25).items]
    items += [(prompt + "  ", choices) for prompt, choices in items[:5]]
    pairs = [(prompt, choice) for prompt, choices in items for choice in choices]
    expected = theirs.loglikelihood(requests("loglikelihood", pairs), disable_tqdm=True)
    found = [likelihood for row in choice_likelihoods(model, items) for likelihood in row]
    assert [likelihood.total for likelihood in found] == pytest.approx([total for total, _ in expected], abs=1e-4)
    assert [likelihood.greedy for likelihood in found] == [greedy for _, greedy in expected]


@pytest.mark.filterwarnings("ignore")
def test_rolling_log_likelihoods_are_those_of_lm_evaluation_harness(harness):
    model, theirs = harness
    texts = [" ".join(item.question for item in story_task("dev", count).items) for count in (1, 3, 40)]
    expected = theirs.loglikelihood_rolling(requests("loglikelihood_rolling", [(text,) for text in texts]), disable_tqdm=True)
    assert [found.total for found in rolling_likelihoods(model, texts)] == pytest.approx(list(expected), abs=1e-3)
