"""Standard fragments: kinds of text that constraints often allow freely, with the tokens that are such text computed beforehand.

Where a state goes on with any text of a fragment, its mask is the fragment's row, and only the other tokens need a walk: inside a JSON
string that is one token in twenty. Whether a state does is asked of its automaton; see `fsmgen.constraint.walker`.

    >>> from fsmgen.tokens import Vocabulary
    >>> vocabulary = Vocabulary.from_tokens([None, b"a", b"a cat", b"7", b"\\n", "é".encode()[:1]], eos_ids=[0])
    >>> for fragment in vocabulary.fragments:
    ...     print(fragment.name, [token for token in range(6) if int(fragment.rows[0][0]) >> token & 1])
    text [1, 2, 3, 4, 5]
    line [1, 2, 3, 5]
    inside of a JSON string [1, 2, 3, 5]
    words and numbers [1, 2, 3]
    words [1, 2]
    lower-case words [1, 2]
    letters and digits [1, 3]
    lower-case letters [1]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata.expression import Ranges
from fsmgen.automata.utf8 import Node, utf8_automaton
from fsmgen.tokens._kernels import inside
from fsmgen.tokens.bitmask import Row, row_of
from fsmgen.tokens.trie import Trie, cached_trie, concatenated

_ASCII_WORDS = ((0x20, 0x20), (0x41, 0x5A), (0x61, 0x7A))
_STANDARD: tuple[tuple[str, Ranges], ...] = (
    ("text", ((0, 0xD7FF), (0xE000, 0x10FFFF))),
    ("line", ((0, 9), (11, 0xD7FF), (0xE000, 0x10FFFF))),
    ("inside of a JSON string", ((0x20, 0x21), (0x23, 0x5B), (0x5D, 0xD7FF), (0xE000, 0x10FFFF))),
    ("words and numbers", ((0x20, 0x20), (0x2C, 0x2E), (0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A))),
    ("words", _ASCII_WORDS),
    ("lower-case words", ((0x20, 0x20), (0x61, 0x7A))),
    ("letters and digits", ((0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A))),
    ("lower-case letters", ((0x61, 0x7A),)),
)
"""Two chains, in each of which the next one is part of the one before it."""
SPACED = 6
"""How many are in the first chain, whose texts have spaces."""


@dataclass(frozen=True, slots=True, eq=False)
class Fragment:
    """Any text of some characters, and the tokens that it may begin with, in the parts in which a vocabulary has them.

    Attributes:
        name: what to call it.
        targets: int32[F, 256], its automaton over bytes; state 0 is between two characters, -1 leads out of it.
        spans: int32[G, 4], the same as rows (state, lowest byte, highest byte, target).
        rows: for each part uint32[W], the tokens inside of it, those that end within a character too.
        rests: for each part all other tokens.
    """

    name: str
    targets: NDArray[np.int32]
    spans: NDArray[np.int32]
    rows: tuple[Row, ...]
    rests: tuple[Trie, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Some of a vocabulary's tokens.

    Attributes:
        tokens: gives them by id, the others empty.
        trie: theirs.
        key: a hash of them, for what is kept of them.
    """

    tokens: Callable[[], Sequence[bytes]]
    trie: Trie
    key: str

    def inside(self, name: str, targets: NDArray[np.int32], size: int) -> tuple[Row, Trie]:
        """The row of the tokens that an automaton reads, over `size` ids, and all others."""
        rest = cached_trie(lambda: _outside(self.tokens(), targets), key=f"{self.key}-{name.replace(' ', '-')}")
        row = row_of(_ids(self.trie), size) & ~row_of(_ids(rest), size)
        row.setflags(write=False)
        return row, rest


def fragments(parts: Sequence[Part], size: int) -> tuple[Fragment, ...]:
    """The standard fragments for the parts of a vocabulary of `size` ids."""

    def fragment(name: str, ranges: Ranges) -> Fragment:
        targets = _automaton(ranges)
        rows, rests = zip(*(part.inside(name, targets, size) for part in parts), strict=True)
        return Fragment(name, targets, spans_of(targets), rows, rests)

    return tuple(fragment(name, ranges) for name, ranges in _STANDARD)


def _ids(trie: Trie) -> NDArray[np.int64]:
    """The tokens in the nodes of a trie, and those with the same bytes."""
    found = (trie.nodes >> np.uint64(16)).astype(np.int64) & 0xFFFFFF
    return np.concatenate([found[found > 0] - 1, trie.duplicates[:, 1]])


def _outside(tokens: Sequence[bytes], targets: NDArray[np.int32]) -> list[bytes]:
    """The tokens by id, those empty that the automaton reads."""
    data, offsets = concatenated(tokens)
    found = np.empty(len(tokens), np.uint8)
    inside(targets, data, offsets, found)
    return [b"" if known else token for token, known in zip(tokens, found.tolist(), strict=True)]


def _automaton(ranges: Ranges) -> NDArray[np.int32]:
    """int32[F, 256]: the automaton of any number of characters."""
    start = utf8_automaton(ranges)
    numbers: dict[Node, int] = {start: 0}
    queue, rows = [start], []
    for node in queue:  # grows while it runs
        row = np.full(256, -1, np.int32)
        for low, high, target in node:
            if target is not None and target not in numbers:
                numbers[target] = len(numbers)
                queue.append(target)
            row[low : high + 1] = 0 if target is None else numbers[target]
        rows.append(row)
    return np.stack(rows)


def spans_of(targets: NDArray[np.int32]) -> NDArray[np.int32]:
    """int32[G, 4]: what leads from each state to a state, in ranges of bytes."""
    rows: list[tuple[int, int, int, int]] = []
    for state, row in enumerate(targets.tolist()):
        ends = [byte for byte in range(256) if byte == 255 or row[byte] != row[byte + 1]]
        rows += [(state, low + 1, high, row[high]) for low, high in zip([-1, *ends], ends, strict=False) if row[high] >= 0]
    return np.array(rows, np.int32)
