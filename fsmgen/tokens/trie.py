"""The packed trie: every text token of a vocabulary in one array of nodes, depth first, siblings in byte order.

A walk reads the array from left to right: go on to the next index to descend, jump to a node's end to leave its subtree out.

    >>> trie = build_trie([b"b", b"a", b"ab", b"a"])
    >>> for node in trie.nodes.tolist():
    ...     print(chr(node & 255), node >> 8 & 255, (node >> 16 & 0xFFFFFF) - 1, node >> 40)
    a 0 1 2
    b 1 2 2
    b 0 0 3
    >>> trie.duplicates.tolist()
    [[1, 3]]

Building takes one sort and two passes over the bytes. `cached_trie` keeps the arrays in the user's cache folder.
"""

from __future__ import annotations

import hashlib
import io
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsmgen.caching import atomic_write, cache_folder
from fsmgen.errors import LimitReached
from fsmgen.tokens._kernels import MAX_BYTES, count_apart, lay_blocks, pack_nodes, shared_prefixes

FIELD_LIMIT = 2**24 - 1
"""Most nodes, and most token ids, that 24 bits of a node can name (0 means "no token")."""

_MAGIC = b"fsmgen trie 1\n"
_log = logging.getLogger("fsmgen")


@dataclass(frozen=True, slots=True, eq=False)
class Trie:
    """The tokens of a vocabulary by their bytes. All arrays are read-only.

    Attributes:
        nodes: uint64[N], packed: byte (bits 0-7), depth (8-15; 0 for the root's children), token + 1 or 0 for none (16-39),
            index after the last node of the subtree (40-63). The root has no node.
        max_depth: bytes of the longest token in `nodes`.
        long_tokens: int32[L], ids of the tokens longer than 255 bytes, which are not in `nodes`.
        long_offsets: int64[L + 1], long token i is `long_bytes[long_offsets[i] : long_offsets[i + 1]]`.
        long_bytes: uint8[].
        duplicates: int32[D, 2], (id in `nodes`, other id with the same bytes); the id in `nodes` is the lowest.
        blocks: uint64[], the same nodes with siblings near each other, for walks that leave most subtrees out: to jump from one sibling
            to the next one far away takes as long as to visit twenty nodes in their order. A node with many below it and siblings after it
            has them in a block of their own, and instead of its end the block's place, which is before the node. A block is a header
            (how many nodes are below: bits 16-39, its end: 40-63) and the nodes. The last block is that of the root's children, whose
            place is in `blocks[0]`.
    """

    nodes: NDArray[np.uint64]
    max_depth: int
    long_tokens: NDArray[np.int32]
    long_offsets: NDArray[np.int64]
    long_bytes: NDArray[np.uint8]
    duplicates: NDArray[np.int32]
    blocks: NDArray[np.uint64]


def build_trie(tokens: Sequence[bytes]) -> Trie:
    """The trie of bytes by id; empty ones are no text and left out.

    Raises:
        LimitReached: more ids or nodes than a node's fields can name.
    """
    if len(tokens) > FIELD_LIMIT:
        raise LimitReached("the number of token ids in a trie", limit=FIELD_LIMIT, reached=len(tokens))
    short = sorted((t for t, spelled in enumerate(tokens) if 0 < len(spelled) <= MAX_BYTES), key=tokens.__getitem__)
    long = [t for t, spelled in enumerate(tokens) if len(spelled) > MAX_BYTES]
    ids, (data, offsets) = np.array(short, np.int32), concatenated([tokens[t] for t in short])
    shared = np.empty(len(ids), np.int64)
    shared_prefixes(data, offsets, shared)
    lengths = np.diff(offsets)
    nodes = _room(int((lengths - shared).sum()))
    pack_nodes(data, offsets, ids, shared, nodes)
    long_bytes, long_offsets = concatenated([tokens[t] for t in long])
    return Trie(
        nodes=_frozen(nodes),
        max_depth=int(lengths.max(initial=0)),
        long_tokens=_frozen(np.array(long, np.int32)),
        long_offsets=_frozen(long_offsets),
        long_bytes=long_bytes,
        duplicates=_frozen(_duplicates(ids, shared == lengths)),
        blocks=_blocks(nodes),
    )


def cached_trie(tokens: Callable[[], Sequence[bytes]], *, key: str) -> Trie:
    """The trie of what `tokens` gives, from the cache folder if it is there; `key` is a hash of the tokens.

    A file that is damaged or of another layout is built anew and replaced.
    """
    path = cache_folder("tries") / f"{key}.trie"
    trie = _load(path, key)
    if trie is None:
        trie = build_trie(tokens())
        try:
            atomic_write(path, _packed(trie, key))
        except OSError as error:
            _log.warning("the trie of a vocabulary cannot be kept in %s: %s", path, error)
    return trie


def concatenated(strings: Sequence[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """All bytes, and the offsets of the strings in them."""
    offsets = np.zeros(len(strings) + 1, np.int64)
    np.cumsum([len(string) for string in strings], out=offsets[1:])
    return np.frombuffer(b"".join(strings), np.uint8), offsets


def _room(nodes: int) -> NDArray[np.uint64]:
    if nodes > FIELD_LIMIT:
        raise LimitReached("the number of nodes of a trie", limit=FIELD_LIMIT, reached=nodes)
    return np.empty(nodes, np.uint64)


def _blocks(nodes: NDArray[np.uint64]) -> NDArray[np.uint64]:
    blocks = _room(len(nodes) + count_apart(nodes) + 2)
    lay_blocks(nodes, blocks)
    return _frozen(blocks)


def _duplicates(ids: NDArray[np.int32], repeats: NDArray[np.bool_]) -> NDArray[np.int32]:
    """int32[D, 2] from the sorted ids and whether each has the bytes of the one before it."""
    firsts = ids[~repeats][np.cumsum(~repeats) - 1]
    others = ids[repeats]
    order = np.lexsort((others, firsts[repeats]))
    return np.stack([firsts[repeats][order], others[order]], axis=1)


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array


def _packed(trie: Trie, key: str) -> bytes:
    """The bytes of a cache file: magic, SHA-256 over key and payload, payload (the arrays as npy)."""
    payload = io.BytesIO()
    for array in (trie.nodes, np.int64(trie.max_depth), trie.long_tokens, trie.long_offsets, trie.long_bytes, trie.duplicates):
        np.save(payload, array, allow_pickle=False)
    return _MAGIC + _digest(key, payload.getvalue()) + payload.getvalue()


def _load(path: Path, key: str) -> Trie | None:
    """The trie in a cache file; None if there is none or its bytes are not what was written."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return None
    start = len(_MAGIC) + hashlib.sha256().digest_size
    if raw[:start] != _MAGIC + _digest(key, raw[start:]):
        return None
    payload = io.BytesIO(raw[start:])
    nodes, max_depth, tokens, offsets, spelled, duplicates = (_frozen(np.load(payload, allow_pickle=False)) for _ in range(6))
    return Trie(nodes, int(max_depth), tokens, offsets, spelled, duplicates, _blocks(nodes))


def _digest(key: str, payload: bytes) -> bytes:
    return hashlib.sha256(key.encode() + payload).digest()
