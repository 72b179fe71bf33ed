"""The texts of an automaton but for some words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fsmgen.automata import DEAD, EMPTY, Characters, Expression
from fsmgen.automata.alphabet import Alphabet
from fsmgen.automata.expression import characters, complement, union
from fsmgen.frontends.json_schema._escapes import common
from fsmgen.frontends.json_schema._trees import Edge, minimal_nodes, one_of
from fsmgen.frontends.json_schema.machines import Machine
from fsmgen.frontends.json_schema.tables import trimmed


def without(machine: Machine, words: Sequence[str]) -> Expression:
    """The texts of a machine but for the words, which are sorted and without repeats, as a table over characters.

    A state is one of the machine's, or one of it and a node of the words: those that go on as a word does.
    """
    nodes, root = minimal_nodes([word for word in words if machine.accepts(word)])
    rows, accepting, alphabet = machine.dfa.transitions.tolist(), machine.dfa.accepting.tolist(), machine.alphabet
    numbers: dict[tuple[int, int], int] = {(machine.dfa.start, root): 0}
    edges: list[Edge] = []
    for state, node in (waiting := list(numbers)):  # grows while it runs
        final, children = nodes[node] if node >= 0 else (False, ())
        source = numbers[state, node]
        targets = [(1 << c, target, -1) for c, target in enumerate(rows[state]) if target != DEAD]
        ways = [(letter, rows[state][alphabet.mask_of(letter).bit_length() - 1], child) for letter, child in children]
        for key in dict.fromkeys([(target, child) for _, target, child in [*targets, *ways]]):
            if key not in numbers:
                numbers[key] = len(numbers) + 1
                waiting.append(key)
        edges += ((source, one_of(letter), numbers[target, child]) for letter, target, child in ways)
        letters = "".join(letter for letter, _ in children)
        edges += ((source, part, numbers[target, -1]) for target, part in _others(alphabet, targets, letters))
        if accepting[state] and not final:
            edges.append((source, EMPTY, 1))
    return trimmed(max(2, len(numbers) + 1), edges)


def _others(alphabet: Alphabet, targets: list[tuple[int, int, int]], letters: str) -> Iterator[tuple[int, Expression]]:
    """(target, the characters that lead there), but for some letters."""
    masks: dict[int, int] = {}
    for mask, target, _ in targets:
        masks[target] = masks.get(target, 0) | mask
    for target, mask in masks.items():
        part = alphabet.characters(mask)
        if letters and isinstance(part, Characters):
            part = characters(common(part.ranges, complement(union((ord(letter), ord(letter)) for letter in letters), top=0x10FFFF)))
        yield target, part
