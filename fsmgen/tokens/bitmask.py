"""Mask rows: which tokens are allowed, one bit each. The layout is the one that other engines use.

A row is uint32[W], W = ceil(V / 32), at the width V of the model's logits; token t is bit `t % 32` of word `t // 32`. The bits of the last
word beyond V are 0. Byte order is little endian, as on every machine that numba compiles for.

    >>> row = row_of([0, 33], 40)
    >>> [int(word) for word in row], allowed_ids(row).tolist()
    ([1, 2], [0, 33])
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Row = NDArray[np.uint32]
"""uint32[W]."""


def mask_words(size: int) -> int:
    """W, the number of words in a row for `size` tokens."""
    return -(-size // 32)


def new_rows(batch: int, size: int) -> NDArray[np.uint32]:
    """uint32[batch, W] in which nothing is allowed."""
    return np.zeros((batch, mask_words(size)), np.uint32)


def is_allowed(row: Row, token: int) -> bool:
    """Whether the token's bit is set."""
    return bool(int(row[token >> 5]) >> (token & 31) & 1)


def allowed_ids(row: Row) -> NDArray[np.int64]:
    """The ids whose bits are set, ascending."""
    return np.flatnonzero(_bits(row)).astype(np.int64, copy=False)


def row_of(ids: Sequence[int] | NDArray[np.integer], size: int) -> Row:
    """The row that allows exactly `ids`.

    Raises:
        IndexError: an id is not below `size`.
    """
    bits = np.zeros(32 * mask_words(size), np.uint8)
    bits[:size][np.asarray(ids, np.int64)] = 1
    return np.packbits(bits, bitorder="little").view(np.uint32)


def count(row: Row) -> int:
    """How many tokens are allowed."""
    return int(np.count_nonzero(_bits(row)))


def _bits(row: Row) -> NDArray[np.uint8]:
    """uint8[32 * W], 0 or 1 by id."""
    return np.unpackbits(np.ascontiguousarray(row).view(np.uint8), bitorder="little")
