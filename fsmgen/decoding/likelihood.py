"""The probability that a model gives to texts after a prompt: the choices of an item in one pass, as a tree of tokens.

>>> import fsmgen
>>> model = fsmgen.load_model("embedded:stories")
>>> [scored] = choice_likelihoods(model, [("Question: How many is 2 and 3?\\nAnswer:", [" Add", " Multiply"])])
>>> scored[0].total > scored[1].total
True

Choices share the prompt, and those that begin alike share their beginning; a token's ancestors in the tree are all that it sees. Items of
one call share the longest beginning of their prompts, solved examples as a rule, which is read once. Which items are given together
changes results by rounding only (about 1e-6 in float32); an experiment fixes it.

Source of the two ways to cut a text into tokens: lm-evaluation-harness 0.4, whose log-likelihoods these are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import Literal, TypeAlias, get_args

import torch

from fsmgen.decoding.models import LanguageModel
from fsmgen.decoding.trees import TokenTree, tree_logits
from fsmgen.errors import InvalidOption, PromptTooLong

Tokenization: TypeAlias = Literal["joint", "separate"]
"""How prompt and choice become tokens: `joint` as one text, cut after as many tokens as the prompt alone has, with the prompt's trailing
spaces moved into the choice; `separate` each for itself."""


@dataclass(frozen=True, slots=True)
class Likelihood:
    """A text after a prompt.

    Attributes:
        text: as it was given.
        ids: its tokens, with any trailing spaces of the prompt.
        logprobs: float64 log p of each of them given what is before it.
        greedy: whether each of them is the most probable one at its place.
        split: whether the prompt's own tokens are a prefix of the tokens of the whole; where they are not, a token crosses the border, and
            what is scored is what the harness scores, which is not quite the text.
    """

    text: str
    ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    greedy: bool
    split: bool

    @property
    def total(self) -> float:
        """log p of the text, the sum over its tokens."""
        return sum(self.logprobs)


def choice_likelihoods(
    model: LanguageModel,
    items: Sequence[tuple[str, Sequence[str]]],
    *,
    tokenization: Tokenization = "joint",
    batch_tokens: int | None = None,
) -> list[list[Likelihood]]:
    """Score the choices of each (prompt, choices), in order.

    Args:
        batch_tokens: most tokens of one forward pass, padding included; an item that alone has more runs alone. None is 4,096 on a
            processor, whose caches larger batches leave (measured: a third slower at 16,384), and 65,536 elsewhere.

    Raises:
        InvalidOption: an unknown tokenization, an item without choices, or an empty choice.
        PromptTooLong: prompt and choice exceed the context; nothing is cut off.
    """
    trees = check_choices(model, items, tokenization)
    found: list[list[Likelihood]] = [[] for _ in items]
    for batch, logits in tree_logits(model.network, [tree for tree, _ in trees], batch_tokens=batch_tokens or batch_size(model)):
        for index, nodes in zip(batch, _nodes([trees[index][0] for index in batch], logits), strict=True):
            tree, split = trees[index]
            found[index] = [_path(tree, *facts, nodes) for facts in zip(items[index][1], tree.paths, split, strict=True)]
    return found


def check_choices(
    model: LanguageModel, items: Sequence[tuple[str, Sequence[str]]], tokenization: Tokenization = "joint"
) -> list[tuple[TokenTree, list[bool]]]:
    """The tokens of every item, and for each choice whether prompt and choice have their tokens apart.

    Raises as `choice_likelihoods`.
    """
    if tokenization not in get_args(Tokenization):
        raise InvalidOption("tokenization", tokenization, allowed=" or ".join(map(repr, get_args(Tokenization))))
    for prompt, choices in items:
        if not choices or "" in choices:
            raise InvalidOption(f"choices after {prompt[-40:]!r}", list(choices), allowed="one or more texts that are not empty")
    return _trees(model, items, tokenization)


def batch_size(model: LanguageModel) -> int:
    """Tokens of a forward pass that suit the model's device."""
    return 4096 if model.device.type == "cpu" else 65_536


def _trees(
    model: LanguageModel, items: Sequence[tuple[str, Sequence[str]]], tokenization: Tokenization
) -> list[tuple[TokenTree, list[bool]]]:
    prompts, texts = [], []
    for prompt, choices in items:
        kept = prompt.rstrip(" ") if tokenization == "joint" else prompt
        moved = prompt[len(kept) :]
        prompts.append(kept)
        texts += [kept + moved + choice if tokenization == "joint" else choice for choice in choices]
    encoded = model.encode_all(prompts)
    whole = model.encode_all(texts, special=tokenization == "joint")
    trees, at = [], 0
    for (prompt, choices), ids in zip(items, encoded, strict=True):
        own = whole[at : at + len(choices)]
        at += len(choices)
        split = [tokenization == "separate" or tokens[: len(ids)] == ids for tokens in own]
        paths = own if tokenization == "separate" else [tokens[len(ids) :] for tokens in own]
        _check_paths(model, prompt, ids, list(zip(choices, paths, strict=True)))
        trees.append((TokenTree.of(ids, paths), split))
    return trees


def _check_paths(model: LanguageModel, prompt: str, ids: Sequence[int], choices: Sequence[tuple[str, Sequence[int]]]) -> None:
    for choice, path in choices:
        if not path:
            raise InvalidOption(f"choice after {prompt[-40:]!r}", choice, allowed="a text with a token of its own beside the prompt's")
    longest = max(len(path) for _, path in choices)
    if model.context_length is not None and len(ids) + longest > model.context_length:
        raise PromptTooLong(prompt_tokens=len(ids), max_tokens=longest, context=model.context_length)


Node: TypeAlias = tuple[float, bool]
"""log p of a node's token, and whether it is the most probable one there."""


_ROWS_AT_ONCE = 256
"""Rows of logits that are scored together: few enough that what is made of them stays in a processor's caches."""


def _nodes(trees: Sequence[TokenTree], logits: Sequence[torch.Tensor]) -> list[list[Node]]:
    """The nodes of each tree; `logits`: [1 + inner nodes, V] of each, after the prompt and after each inner node."""
    found: list[list[Node]] = []
    first = rows = 0
    for last, tree in enumerate(trees, start=1):
        rows += 1 + tree.inner
        if rows >= _ROWS_AT_ONCE or last == len(trees):
            found += _scored(trees[first:last], torch.cat(list(logits[first:last])))
            first, rows = last, 0
    return found


def _scored(trees: Sequence[TokenTree], scores: torch.Tensor) -> list[list[Node]]:
    firsts = accumulate((1 + tree.inner for tree in trees), initial=0)
    places = [first + parent for first, tree in zip(firsts, trees, strict=False) for parent in tree.parents]
    parents = torch.tensor(places, device=scores.device)
    tokens = torch.tensor([token for tree in trees for token in tree.tokens], device=scores.device)
    scores = scores if scores.dtype == torch.float64 else scores.float()
    top = scores.amax(dim=-1)
    masses = (scores - top[:, None]).exp_().sum(dim=-1, dtype=torch.float64)
    own = scores[parents, tokens]
    logprobs = own.double() - top[parents].double() - masses.log()[parents]
    greedy = own == top[parents]
    greedy[greedy.clone()] = scores[parents[greedy]].argmax(dim=-1) == tokens[greedy]  # of equally probable tokens the first one is chosen
    every = zip(logprobs.tolist(), greedy.tolist(), strict=True)
    return [list(islice(every, len(tree.tokens))) for tree in trees]


def _path(tree: TokenTree, choice: str, path: Sequence[int], split: bool, nodes: Sequence[Node]) -> Likelihood:
    on_path = [nodes[node] for node in path]
    ids = tuple(tree.tokens[node] for node in path)
    return Likelihood(choice, ids, tuple(logprob for logprob, _ in on_path), all(greedy for _, greedy in on_path), split)
