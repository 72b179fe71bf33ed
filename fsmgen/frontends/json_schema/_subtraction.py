"""The texts of an automaton but for some words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from fsmgen.automata import DEAD, EMPTY, Characters, Expression
from fsmgen.automata.alphabet import Alphabet
from fsmgen.automata.expression import Ranges, characters, complement, union
from fsmgen.frontends.json_schema._escapes import NOT_ASCII, common
from fsmgen.frontends.json_schema._trees import Edge, minimal_nodes, one_of
from fsmgen.frontends.json_schema.machines import Machine
from fsmgen.frontends.json_schema.tables import trimmed


def without(machine: Machine, words: Sequence[str]) -> Expression:
    """The texts of a machine but for the words, which are sorted and without repeats, as a table over characters.

    A state is one of the machine's, or one of it and a node of the words: those that go on as a word does. From these the characters that
    are not ASCII lead on by way of one state for all of them, where no word goes on with one.
    """
    nodes, root = minimal_nodes([word for word in words if machine.accepts(word)])
    rows, accepting, alphabet = machine.dfa.transitions.tolist(), machine.dfa.accepting.tolist(), machine.alphabet
    numbers: dict[tuple[int, int], int] = {(machine.dfa.start, root): 0}
    edges: list[Edge] = []
    moves: dict[int, list[tuple[int, Expression]]] = {}
    foreign: dict[tuple[int, Ranges], list[int]] = {}
    for state, node in (waiting := list(numbers)):  # grows while it runs
        if state not in moves:
            moves[state] = list(_moves(alphabet, rows[state]))
        final, children = nodes[node] if node >= 0 else (False, ())
        source = numbers[state, node]
        ways = [(letter, rows[state][alphabet.mask_of(letter).bit_length() - 1], child) for letter, child in children]
        for key in [*((target, -1) for target, _ in moves[state]), *((target, child) for _, target, child in ways)]:
            if key not in numbers:
                numbers[key] = len(numbers) + 1
                waiting.append(key)
        edges += ((source, one_of(letter), numbers[target, child]) for letter, target, child in ways)
        letters = "".join(letter for letter, _ in children)
        apart = bool(letters) and letters.isascii()
        edges += ((source, _all_but(part, letters, apart) if letters else part, numbers[target, -1]) for target, part in moves[state])
        for target, part in moves[state] if apart else ():
            if beyond := _beyond_ascii(part):
                foreign.setdefault((target, beyond), []).append(source)
        if accepting[state] and not final:
            edges.append((source, EMPTY, 1))
    free = max(2, len(numbers) + 1)
    for place, ((target, beyond), sources) in enumerate(foreign.items(), free):
        edges.append((place, Characters(beyond), numbers[target, -1]))
        edges += ((source, EMPTY, place) for source in sources)
    return trimmed(free + len(foreign), edges)


def _moves(alphabet: Alphabet, row: Sequence[int]) -> Iterator[tuple[int, Expression]]:
    """(target, the characters that lead there) of a state."""
    masks: dict[int, int] = {}
    for number, target in enumerate(row):
        if target != DEAD:
            masks[target] = masks.get(target, 0) | 1 << number
    for target, mask in masks.items():
        yield target, alphabet.characters(mask)


@lru_cache(maxsize=65536)
def _all_but(part: Expression, letters: str, within_ascii: bool) -> Expression:
    """The characters but for some letters; only those of ASCII, if that is asked."""
    if not isinstance(part, Characters):
        return part
    kept = complement(union((ord(letter), ord(letter)) for letter in letters), top=0x7F if within_ascii else 0x10FFFF)
    return characters(common(part.ranges, kept))


@lru_cache(maxsize=1024)
def _beyond_ascii(part: Expression) -> Ranges:
    """The characters that are not ASCII."""
    return common(part.ranges, NOT_ASCII) if isinstance(part, Characters) else ()
