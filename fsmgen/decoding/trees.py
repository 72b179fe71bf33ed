"""Prompts with a tree of tokens after each, read in one forward pass: a token sees its prompt and its ancestors, nothing else.

The rows of a batch look like this, behind a beginning that all prompts share and that is read once:

    [ padding ][ rest of the prompt ... ][ inner nodes of the tree ]
               positions 0, 1, ...        position = prompt + depth

Leaves are predicted and not read. A network that cannot take such a mask (it is asked once, on a tiny tree) reads each path as a row of its
own instead; the results are the same, the time is not.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from numpy.typing import NDArray

_WORTH_A_PREFIX = 16
"""Beginnings that all prompts share are read once if they are at least this long."""
_AGREEMENT = 1e-3


@dataclass(frozen=True, slots=True)
class TokenTree:
    """A prompt and the paths after it.

    Attributes:
        prompt: its tokens, at least one.
        tokens: of the nodes; inner nodes first, each after its parent.
        parents: for each node 0 for the prompt's end, or 1 + the number of its parent, which is an inner node.
        paths: nodes of each path.
        inner: how many nodes have children.
        depths: tokens between the prompt's end and the node.
    """

    prompt: tuple[int, ...]
    tokens: tuple[int, ...]
    parents: tuple[int, ...]
    paths: tuple[tuple[int, ...], ...]
    inner: int
    depths: tuple[int, ...]

    @classmethod
    def of(cls, prompt: Sequence[int], paths: Sequence[Sequence[int]]) -> TokenTree:
        """The tree of token sequences, each at least one token long."""
        prefixes = {tuple(path[:end]) for path in paths for end in range(1, len(path))}
        ends = {tuple(path) for path in paths} - prefixes
        order = [*sorted(prefixes, key=lambda prefix: (len(prefix), prefix)), *sorted(ends)]
        number = {prefix: node for node, prefix in enumerate(order)}
        return cls(
            tuple(prompt),
            tuple(prefix[-1] for prefix in order),
            tuple(0 if len(prefix) == 1 else 1 + number[prefix[:-1]] for prefix in order),
            tuple(tuple(number[tuple(path[:end])] for end in range(1, len(path) + 1)) for path in paths),
            len(prefixes),
            tuple(len(prefix) - 1 for prefix in order),
        )

    @property
    def width(self) -> int:
        """Tokens that are read."""
        return len(self.prompt) + self.inner


def tree_logits(network: Any, trees: Sequence[TokenTree], *, batch_tokens: int) -> Iterator[tuple[list[int], list[torch.Tensor]]]:
    """For each batch the numbers of its trees, and for each of them the logits [1 + inner, V] after the prompt and each inner node."""
    whole, span = takes_trees(network), attention_span(network)
    for batch in _batches(trees, batch_tokens):
        chosen = [trees[index] for index in batch]
        together = whole and (span is None or max(tree.width for tree in chosen) <= span)
        with torch.inference_mode():
            yield batch, _read(network, chosen) if together else [_read_apart(network, tree) for tree in chosen]


def _batches(trees: Sequence[TokenTree], batch_tokens: int) -> Iterator[list[int]]:
    """Trees of like lengths together."""
    order = sorted(range(len(trees)), key=lambda index: (trees[index].width, index))
    batch: list[int] = []
    for index in order:
        if batch and (len(batch) + 1) * trees[index].width > batch_tokens:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def _read(network: Any, trees: Sequence[TokenTree]) -> list[torch.Tensor]:
    shared = shared_beginning([tree.prompt for tree in trees])
    prefix = trees[0].prompt[:shared]
    cache = None
    if prefix:
        first = network(input_ids=_tensor(network, [prefix]), use_cache=True, **_last(network, 1))
        cache = first.past_key_values
        cache.batch_repeat_interleave(len(trees))
    width, most = max(tree.width for tree in trees) - shared, max(tree.inner for tree in trees)
    rows = [_Row(tree, shared, width) for tree in trees]
    options: dict[str, Any] = {"attention_mask": _masks(network, rows), **_last(network, most + 1)}
    if "position_ids" in inspect.signature(network.forward).parameters:
        options["position_ids"] = _tensor(network, [row.positions for row in rows])
    output = network(input_ids=_tensor(network, [row.ids for row in rows]), past_key_values=cache, use_cache=cache is not None, **options)
    return [output.logits[i, -(1 + tree.inner) :] for i, tree in enumerate(trees)]


class _Row:
    """One row of a batch, after the shared beginning: as many tokens as the widest one has."""

    def __init__(self, tree: TokenTree, shared: int, width: int) -> None:
        self.tree, self.shared, self.padding = tree, shared, width - tree.width + shared
        inner = range(tree.inner)
        self.ids = [0] * self.padding + [*tree.prompt[shared:]] + [tree.tokens[node] for node in inner]
        depths = [len(tree.prompt) + tree.depths[node] for node in inner]
        self.positions = [0] * self.padding + [*range(shared, len(tree.prompt))] + depths

    def mask(self, mask: NDArray[np.bool_]) -> None:
        """Fill bool[tokens, seen], all False: what each token of the row sees."""
        tree, shared, padding = self.tree, self.shared, self.padding
        first = len(self.ids) - tree.inner
        mask[:, :shared] = True
        mask[padding:first, shared + padding : shared + first] = np.tri(first - padding, dtype=np.bool_)
        mask[first:, shared + padding : shared + first] = True
        for node, parent in enumerate(tree.parents[: tree.inner], first):
            if parent:
                mask[node, shared + first :] = mask[first + parent - 1, shared + first :]
            mask[node, shared + node] = True
        np.fill_diagonal(mask[:, shared:], True)  # padding sees itself: a row of nothing would be no number


def _masks(network: Any, rows: Sequence[_Row]) -> torch.Tensor:
    """[B, 1, tokens, seen] to be added to the scores: 0 or the lowest number."""
    size = len(rows[0].ids)
    masks = np.zeros((len(rows), 1, size, rows[0].shared + size), np.bool_)
    for index, row in enumerate(rows):
        row.mask(masks[index, 0])
    seen = torch.from_numpy(masks).to(network.device)
    return torch.zeros(seen.shape, dtype=network.dtype, device=network.device).masked_fill_(~seen, torch.finfo(network.dtype).min)


def _read_apart(network: Any, tree: TokenTree) -> torch.Tensor:
    """The same logits from one row for each path, padded on the right."""
    inner = [path[:-1] for path in tree.paths]
    longest = max(map(len, inner))
    rows = [[*tree.prompt, *(tree.tokens[node] for node in path), *([0] * (longest - len(path)))] for path in inner]
    output = network(input_ids=_tensor(network, rows), **_last(network, longest + 1))
    logits = output.logits[:, -(longest + 1) :]
    found = {0: logits[0, 0]}
    for row, path in enumerate(inner):
        found |= {1 + node: logits[row, 1 + place] for place, node in enumerate(path)}
    return torch.stack([found[node] for node in range(1 + tree.inner)])


_TAKES_TREES: WeakKeyDictionary[Any, bool] = WeakKeyDictionary()


def takes_trees(network: Any) -> bool:
    """Whether the network reads a tree as it reads the paths one by one; asked of it once."""
    if network not in _TAKES_TREES:
        _TAKES_TREES[network] = _agrees(network)
    return _TAKES_TREES[network]


def attention_span(network: Any) -> int | None:
    """How far back a token of some layer sees at most: a mask of ours would undo that limit. None: as far as there is text."""
    config = network.config.get_text_config()
    limits = (getattr(config, name, None) for name in ("sliding_window", "attention_chunk_size"))
    return min((limit for limit in limits if isinstance(limit, int)), default=None)


def _agrees(network: Any) -> bool:
    """Two trees of different sizes, once whole and once apart."""
    shared = [1 + i % 7 for i in range(_WORTH_A_PREFIX)]
    trees = [TokenTree.of([*shared, 1, 2, 3], [[4, 5, 6], [4, 7], [8, 5, 9]]), TokenTree.of([*shared, 3], [[5, 1], [6]])]
    with torch.inference_mode():
        apart = [_read_apart(network, tree) for tree in trees]
        try:
            whole = _read(network, trees)
        except (AttributeError, RuntimeError, TypeError, ValueError):  # the ways in which a network refuses such a mask or such a cache
            return False
    return all(torch.allclose(one, other, atol=_AGREEMENT * float(other.abs().max())) for one, other in zip(whole, apart, strict=True))


def shared_beginning(prompts: Sequence[tuple[int, ...]]) -> int:
    """Tokens with which all prompts begin, at least one left to each; 0 if they are too few to be worth it."""
    if len(prompts) < 2:
        return 0
    shortest, first, last = min(map(len, prompts)) - 1, min(prompts), max(prompts)
    common = next((i for i in range(shortest) if first[i] != last[i]), shortest)
    return common if common >= _WORTH_A_PREFIX else 0


def _last(network: Any, count: int) -> dict[str, int]:
    return {"logits_to_keep": count} if "logits_to_keep" in inspect.signature(network.forward).parameters else {}


def _tensor(network: Any, values: Sequence[Sequence[int]]) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.long, device=network.device)
