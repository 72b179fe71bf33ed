"""Sets of code points as minimal deterministic automata over UTF-8 bytes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TypeAlias

from fsmgen.automata.expression import Ranges

Node: TypeAlias = tuple[tuple[int, int, "Node | None"], ...]
"""Edges (low byte, high byte, next node); None is the end of the character. Equal nodes are one object."""

_ASCII = 0x7F
_LENGTHS = ((0, _ASCII), (0x80, 0x7FF), (0x800, 0xFFFF), (0x10000, 0x10FFFF))


def byte_sequences(low: int, high: int) -> Iterator[tuple[tuple[int, int], ...]]:
    """The UTF-8 encodings of the code points `low` to `high` (no surrogates among them) as sequences of byte ranges, in order.

    >>> list(byte_sequences(0x7E, 0x81))
    [((126, 127),), ((194, 194), (128, 129))]
    """
    for bottom, top in _LENGTHS:
        if low <= top and high >= bottom:
            yield from _split(_encode(max(low, bottom)), _encode(min(high, top)))


def _encode(code_point: int) -> bytes:
    return chr(code_point).encode("utf-8", "surrogatepass")


def _split(low: bytes, high: bytes) -> Iterator[tuple[tuple[int, int], ...]]:
    """Byte ranges between two encodings of one length; every later byte runs over 0x80 to 0xBF."""
    if len(low) == 1:
        yield ((low[0], high[0]),)
        return
    least, most = b"\x80" * (len(low) - 1), b"\xbf" * (len(low) - 1)
    first, last = low[0], high[0]
    if first == last:
        yield from (((first, first), *rest) for rest in _split(low[1:], high[1:]))
        return
    if low[1:] != least:
        yield from (((first, first), *rest) for rest in _split(low[1:], most))
        first += 1
    tail = high[1:] != most
    if first <= last - tail:
        yield ((first, last - tail), *[(0x80, 0xBF)] * len(least))
    if tail:
        yield from (((last, last), *rest) for rest in _split(least, high[1:]))


@lru_cache(maxsize=1024)
def utf8_automaton(ranges: Ranges) -> Node:
    """Start node of the minimal deterministic automaton of the UTF-8 encodings of a set of code points.

    Sets that differ only in ASCII share all other nodes.
    """
    ascii_edges = tuple((low, min(high, _ASCII), None) for low, high in ranges if low <= _ASCII)
    return ascii_edges + _beyond_ascii(tuple((max(low, _ASCII + 1), high) for low, high in ranges if high > _ASCII))


@lru_cache(maxsize=1024)
def _beyond_ascii(ranges: Ranges) -> Node:
    return _node([row for low, high in ranges for row in byte_sequences(low, high)], 0, {})


def _node(sequences: list[tuple[tuple[int, int], ...]], depth: int, known: dict[Node, Node]) -> Node:
    """The node for sequences that agree before `depth`; their ranges there are equal or disjoint, and in order."""
    edges: list[tuple[int, int, Node | None]] = []
    at = 0
    while at < len(sequences):
        low, high = sequences[at][depth]
        end = at
        while end < len(sequences) and sequences[end][depth] == (low, high):
            end += 1
        target = None if len(sequences[at]) == depth + 1 else _node(sequences[at:end], depth + 1, known)
        if edges and edges[-1][2] is target and edges[-1][1] + 1 == low:
            edges[-1] = (edges[-1][0], high, target)
        else:
            edges.append((low, high, target))
        at = end
    node = tuple(edges)
    return known.setdefault(node, node)
