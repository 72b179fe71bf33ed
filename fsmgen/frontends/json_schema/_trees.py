"""Minimal automata of word lists (Daciuk, Mihov, Watson and Watson 2000: incremental construction from sorted words).

    >>> tree(["tap", "top"]).states, len(tree(["tap", "top"]).edges)
    (4, 3)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypeAlias

from fsmgen.automata import EMPTY, Expression
from fsmgen.automata.expression import Table, characters, complement, union
from fsmgen.frontends.json_schema._escapes import NOT_ASCII

Edge: TypeAlias = tuple[int, Expression, int]
Node: TypeAlias = tuple[bool, tuple[tuple[str, int], ...]]
"""Whether a word may end here, and where each character leads."""

_TOP = 0x10FFFF


def tree(words: Sequence[str]) -> Table:
    """The words, sorted and without repeats, as a table over characters."""
    nodes, root = minimal_nodes(words)
    ending = next((number for number, node in enumerate(nodes) if node == (True, ())), -1)
    numbers = _numbered(len(nodes), root, {ending: 1} if ending != root else {})
    edges: list[Edge] = []
    for number, (final, children) in enumerate(nodes):
        if number == ending != root:
            continue
        edges += ((numbers[number], one_of(letters), numbers[child]) for letters, child in _by_child(children))
        if final:
            edges.append((numbers[number], EMPTY, 1))
    return Table(1 + max(1, *numbers), tuple(edges))


def all_but(words: Sequence[str]) -> Table:
    """All texts but the words, which are sorted and without repeats, as a table over characters.

    The characters that are not ASCII leave the words from one state for all nodes that go on with none of them.
    """
    nodes, root = minimal_nodes(words)
    numbers = _numbered(len(nodes), root, {})
    free, foreign = 1 + max(numbers), 2 + max(numbers)
    edges: list[Edge] = [(free, _but(""), free), (free, EMPTY, 1), (foreign, characters(NOT_ASCII), free)]
    for number, (final, children) in enumerate(nodes):
        edges += ((numbers[number], one_of(letters), numbers[child]) for letters, child in _by_child(children))
        letters = "".join(character for character, _ in children)
        edges.append((numbers[number], _but(letters, within=0x7F if letters.isascii() else _TOP), free))
        if letters.isascii():
            edges.append((numbers[number], EMPTY, foreign))
        if not final:
            edges.append((numbers[number], EMPTY, 1))
    return Table(foreign + 1, tuple(edges))


@lru_cache(maxsize=4096)
def one_of(letters: str) -> Expression:
    """One of some characters."""
    return characters((ord(letter), ord(letter)) for letter in letters)


@lru_cache(maxsize=4096)
def _but(letters: str, *, within: int = _TOP) -> Expression:
    """One character that is none of these, and no later one than `within`."""
    return characters(complement(union((ord(letter), ord(letter)) for letter in letters), top=within))


def _numbered(count: int, root: int, known: dict[int, int]) -> list[int]:
    """Numbers of the nodes as states: the root's is 0, others come after 1."""
    numbers, free = [], 2
    for node in range(count):
        if node in known or node == root:
            numbers.append(known.get(node, 0))
        else:
            numbers.append(free)
            free += 1
    return numbers


def _by_child(children: tuple[tuple[str, int], ...]) -> Iterable[tuple[str, int]]:
    """(characters, where they lead)."""
    if len(children) < 2:
        return children
    found: dict[int, str] = {}
    for character, child in children:
        found[child] = found.get(child, "") + character
    return ((letters, child) for child, letters in found.items())


def minimal_nodes(words: Sequence[str]) -> tuple[list[Node], int]:
    """The nodes of the minimal automaton, and the first one."""
    nodes: list[Node] = []
    known: dict[Node, int] = {}
    path: list[tuple[bool, list[tuple[str, int]]]] = [(False, [])]
    before = ""

    def close(depth: int) -> int:
        """Make the last node of the path, which is complete, and hang it on the one before."""
        final, children = path.pop()
        node = (final, tuple(children))
        number = known.get(node)
        if number is None:
            number = known[node] = len(nodes)
            nodes.append(node)
        if path:
            path[-1][1].append((before[depth - 1], number))
        return number

    for word in words:
        shared = _shared(before, word)
        while len(path) > shared + 1:
            close(len(path) - 1)
        path += ((False, []) for _ in word[shared:])
        path[-1] = True, path[-1][1]
        before = word
    while len(path) > 1:
        close(len(path) - 1)
    return nodes, close(0)


def _shared(one: str, other: str) -> int:
    """Length of the common beginning."""
    top = min(len(one), len(other))
    return next((i for i in range(top) if one[i] != other[i]), top)
