"""Long lists of words as trees of bytes, by array operations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]


def word_edges(words: tuple[bytes, ...], a: int, b: int, first: int) -> tuple[Ints, int]:
    """Edges of the tree of sorted, non-empty words from a to b, and the number of its states, which are numbered from `first` on.

    Cost: O(bytes), and one array operation for each byte of the longest common prefix of two words.
    """
    data = np.frombuffer(b"".join(words), np.uint8)
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    begins = np.cumsum(lengths) - lengths
    shared = _shared_prefixes(data, begins, lengths - 1)
    counts = lengths - shared
    word = np.repeat(np.arange(len(words)), counts)
    depth = np.arange(len(word)) - np.repeat(np.cumsum(counts) - counts - shared, counts)
    inner = depth < lengths[word] - 1
    target = np.where(inner, first + np.cumsum(inner) - 1, b)
    source = np.append(a, target[:-1])
    branch = depth == shared[word]
    created = ((depth + 1) * len(words) + word)[inner]  # by depth, then by word: a branch leaves the last state of its depth before it
    order = np.argsort(created, kind="stable")
    before = np.searchsorted(created[order], (shared * len(words) + np.arange(len(words)))[shared > 0]) - 1
    source[branch] = a
    source[branch & (depth > 0)] = target[inner][order[before]]
    label = data[begins[word] + depth]
    return np.column_stack([source, label, label, target]).astype(np.int32), int(inner.sum())


def _shared_prefixes(data: NDArray[np.uint8], begins: NDArray[np.int64], inner: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many bytes each word shares with the one before it, the last byte of either left out."""
    shared = np.zeros(len(begins), np.int64)
    most = np.minimum(inner, np.append(0, inner[:-1]))
    same, depth = np.flatnonzero(most > 0), 0
    while len(same):
        same = same[data[begins[same] + depth] == data[begins[same - 1] + depth]]
        depth += 1
        shared[same] = depth
        same = same[most[same] > depth]
    return shared
