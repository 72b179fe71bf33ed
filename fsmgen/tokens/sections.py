"""Tries cut into sections: the tokens behind each of the bytes that stand before words, a space first of all, and all others.

What a state allows in a section is what the state behind its byte allows there, which many states share. Most of a section are words: they
are known beforehand, and where a state goes on with any letters only the other tokens are walked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fsmgen.tokens.fragments import Fragment, Part, spans_of

Blocks = NDArray[np.uint64]
Ints = NDArray[np.int32]

_SECTION, _CUT = 100, 50_000
"""Nodes below a byte that are worth a section, and of a trie that is worth cutting."""
_FEW = 4
"""A section is in few words of a row if they are less than one in so many."""
_DIGITS, _LETTERS = frozenset(b"0123456789"), frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_BEFORE_WORDS = frozenset(range(128)) - _DIGITS - _LETTERS - frozenset(b"_")


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """The nodes of a trie by section.

    Attributes:
        blocks: the trie's.
        sections: int32[N, 6], rows (byte, word and bit of the byte's own token in a row with a void word, depth of the nodes, the first of
            their ranges, the one after the last). The last row is that of all other tokens, whose byte is -1.
        ranges: int32[R, 2], (first node, the one after the last).
    """

    blocks: Blocks
    sections: Ints
    ranges: Ints

    @property
    def before(self) -> bytes:
        """The bytes of the sections."""
        return bytes(self.sections[:-1, 0].tolist())


@dataclass(frozen=True, slots=True, eq=False)
class Sections:
    """The sections of some tokens.

    Attributes:
        all: of all of them.
        rests: of those that are no words: letters only, after the section's byte.
        words: uint32[N, W + 1], the rows of the others, each after a void word.
        heads: int32[N + 1], into `places`.
        places: int32[P], in which words of a row the tokens of each section are; nothing for those that are in most.
    """

    all: Cut
    rests: Cut
    words: NDArray[np.uint32]
    heads: Ints
    places: Ints


def cut(blocks: Blocks, before: bytes | None = None) -> Cut:
    """Cut a trie, at the given bytes or at those that are worth it."""
    at = begin = int(blocks[0] >> np.uint64(40)) + 1
    found: dict[int, tuple[int, ...]] = {}
    rest: list[tuple[int, int]] = []
    while at < len(blocks) and (before is not None or len(blocks) >= _CUT):
        node = int(blocks[at])
        first, last, following = _below(blocks, at)
        worth = node & 255 in _BEFORE_WORDS and _count(blocks, at) >= _SECTION if before is None else node & 255 in before
        if worth:
            token = (node >> 16 & 0xFFFFFF) + 31
            found[node & 255] = (token >> 5, token & 31, 1, first, last)
            rest.append((begin, at))
            begin = following
        at = following
    rest = [pair for pair in [*rest, (begin, len(blocks))] if pair[0] < pair[1]]
    names = list(found) if before is None else list(before)
    rows = [(byte, *found.get(byte, (0, 0, 1, 0, 0))) for byte in names]
    sections = [(*row[:4], i, i + 1) for i, row in enumerate(rows)] + [(-1, 0, 0, 0, len(rows), len(rows) + len(rest))]
    return Cut(blocks, np.array(sections, np.int32), np.array([row[4:] for row in rows] + rest, np.int32).reshape(-1, 2))


def sections_of(part: Part, size: int, tokens: tuple[NDArray[np.uint8], NDArray[np.int64]]) -> Sections:
    """The sections of a part of a vocabulary of `size` ids; `tokens` are the bytes of all of them, and where they begin and end."""
    whole = cut(part.trie.blocks)
    words, rests = part.inside(f"words after {whole.before.hex()}", _words_after(whole.before), size)
    inside = np.unpackbits(words.view(np.uint8), bitorder="little") == 1
    rows, places = np.zeros((len(whole.sections), len(words) + 1), np.uint32), []
    for row, members in zip(rows, _members(whole.before, tokens, len(inside)), strict=True):
        row[1:] = np.packbits(members & inside, bitorder="little").view(np.uint32)
        found = np.flatnonzero(members.reshape(-1, 32).any(axis=1)) + 1
        places.append(found.astype(np.int32) if len(found) < len(words) // _FEW else np.zeros(0, np.int32))
    heads = np.cumsum([0, *map(len, places)]).astype(np.int32)
    return Sections(whole, cut(rests.blocks, whole.before), rows, heads, np.concatenate(places))


def _members(before: bytes, tokens: tuple[NDArray[np.uint8], NDArray[np.int64]], width: int) -> Iterator[NDArray[np.bool_]]:
    """Which ids are in each section."""
    data, offsets = tokens
    lengths, firsts = np.zeros(width, np.int64), np.full(width, -1, np.int64)
    lengths[: len(offsets) - 1] = np.diff(offsets)
    firsts[lengths > 0] = data[offsets[:-1][np.diff(offsets) > 0]]
    for byte in before:
        yield (firsts == byte) & (lengths > 1)
    yield ~np.isin(firsts, [-1, *before])


def _words_after(before: bytes) -> NDArray[np.int32]:
    """int32[2, 256], the automaton of letters, after one of these bytes or none."""
    targets = np.full((2, 256), -1, np.int32)
    targets[:, list(_LETTERS)], targets[0, list(before)] = 1, 1
    return targets


def _letters() -> Fragment:
    targets = np.full((1, 256), -1, np.int32)
    targets[0, list(_LETTERS)] = 0
    return Fragment("letters", targets, spans_of(targets), (), ())


LETTERS = _letters()
"""Any number of letters."""


def _below(blocks: Blocks, at: int) -> tuple[int, int, int]:
    """The nodes below one, from and to, and the sibling after it."""
    after = int(blocks[at]) >> 40
    return (at + 1, after, after) if after > at else (after + 1, int(blocks[after]) >> 40, at + 1)


def _count(blocks: Blocks, at: int) -> int:
    """How many nodes are below one."""
    after = int(blocks[at]) >> 40
    return after - at - 1 if after > at else int(blocks[after]) >> 16 & 0xFFFFFF
