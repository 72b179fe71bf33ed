"""Slow, obvious twins of `fsmgen.tokens`, the oracles of its tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Node = tuple[int, int, int | None, int]
"""(byte, depth, token or None, index after the subtree)."""


def trie_nodes(tokens: Sequence[bytes]) -> list[Node]:
    """The nodes of the trie of all non-empty tokens, depth first, siblings by byte; of equal tokens the lowest id."""
    nodes: list[Node] = []

    def visit(prefix: bytes) -> None:
        index = len(nodes)
        nodes.append((0, 0, None, 0))
        for byte in sorted({token[len(prefix)] for token in tokens if token.startswith(prefix) and len(token) > len(prefix)}):
            visit(prefix + bytes([byte]))
        token = tokens.index(prefix) if prefix in tokens else None
        nodes[index] = (prefix[-1], len(prefix) - 1, token, len(nodes))

    for byte in sorted({token[0] for token in tokens if token}):
        visit(bytes([byte]))
    return nodes


def walk_blocks(blocks: Sequence[int], leaves_out: Callable[[Node], bool]) -> list[Node]:
    """The nodes of `Trie.blocks` that a walk visits which does not go below those that it leaves out; the field after the token is 0."""
    visited: list[Node] = []

    def walk(header: int) -> None:
        at, last = header + 1, blocks[header] >> 40
        while at < last:
            *fields, after = unpack(blocks[at])
            visited.append((*fields, 0))
            if leaves_out(visited[-1]):
                at = max(at + 1, after)
            else:
                if after <= at:
                    walk(after)
                at += 1

    walk(blocks[0] >> 40)
    return visited


def duplicates(tokens: Sequence[bytes]) -> list[list[int]]:
    """[id in the trie, other id with the same bytes] for all text tokens."""
    return sorted([tokens.index(token), i] for i, token in enumerate(tokens) if token and tokens.index(token) < i)


def shared_prefixes(strings: Sequence[bytes]) -> list[int]:
    """Length of the longest common prefix of each string with the one before it."""
    pairs = zip([b"", *strings], strings, strict=False)
    return [max(n for n in range(len(here) + 1) if before[:n] == here[:n] and n <= len(before)) for before, here in pairs]


def unpack(node: int) -> Node:
    """The fields of a packed node."""
    token = (node >> 16) & (2**24 - 1)
    return node & 255, (node >> 8) & 255, token - 1 if token else None, node >> 40


def allowed(row: Sequence[int]) -> list[int]:
    """The ids whose bits are set in a mask row."""
    return [32 * w + b for w, word in enumerate(row) for b in range(32) if word >> b & 1]
