"""Words of a language: a shortest one, random ones, and what a text leads to. Only states on the way are built."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from fsmgen.automata.automaton import DEAD, Automaton

Labels: TypeAlias = tuple[int, ...]


def ways_on(automaton: Automaton, state: int) -> Iterator[tuple[int, int]]:
    """(label, next state) of every label that can follow, in label order. Cost: one step a label."""
    for label in sorted(automaton.labels):
        target = automaton.step(state, label)
        if target != DEAD:
            yield label, target


def shortest_word(automaton: Automaton, state: int | None = None) -> Labels:
    """A shortest word, or a shortest way from `state` to acceptance; always the lowest label first.

    Where the automaton's distances are upper bounds, as those of deferred rules may be, it is a way that is no longer than they say.
    """
    at = automaton.start if state is None else state
    word: list[int] = []
    while not automaton.accepting(at):
        nearer = automaton.distance(at) - 1
        label, at = next((label, target) for label, target in ways_on(automaton, at) if automaton.distance(target) <= nearer)
        word.append(label)
    return tuple(word)


def random_word(
    automaton: Automaton, generator: random.Random, *, typical: int = 40, ending: float = 0.25, by_class: bool = False
) -> Labels:  # fmt: skip
    """A word that looks like others of its language: uniform over the labels at each step, printable ASCII preferred.

    With `by_class` each class of labels that the language tells apart is as probable as any other, so that what is written with one label,
    such as a bracket, comes as often as what is written with many. It ends with probability `ending` where it may, and goes the shortest
    way to the end after `typical` labels, so it ends in languages with recursion too. It is not uniform over the words.
    """
    state = automaton.start
    word: list[int] = []
    while True:
        ways = list(ways_on(automaton, state))
        if automaton.accepting(state) and (not ways or len(word) >= typical or generator.random() < ending):
            return tuple(word)
        usual = _preferred(ways) if len(word) < typical else _nearest(automaton, ways)
        label, state = generator.choice(_of_a_class(automaton, usual, generator) if by_class else usual)
        word.append(label)


def _of_a_class(automaton: Automaton, ways: Sequence[tuple[int, int]], generator: random.Random) -> Sequence[tuple[int, int]]:
    """The ways by labels of one class, any of those that there are."""
    chosen = generator.choice(sorted({automaton.class_of(label) for label, _ in ways}))
    return [way for way in ways if automaton.class_of(way[0]) == chosen]


def _preferred(ways: Sequence[tuple[int, int]]) -> Sequence[tuple[int, int]]:
    return [way for way in ways if 0x20 <= way[0] < 0x7F or way[0] > 255] or ways


def _nearest(automaton: Automaton, ways: Sequence[tuple[int, int]]) -> Sequence[tuple[int, int]]:
    best = min(automaton.distance(target) for _, target in ways)
    return [way for way in ways if automaton.distance(way[1]) == best]


def longest_prefix(automaton: Automaton, data: bytes) -> tuple[int, int]:
    """How many of the bytes can begin a word, and the state after them."""
    state = automaton.start
    for i, byte in enumerate(data):
        target = automaton.step(state, byte)
        if target == DEAD:
            return i, state
        state = target
    return len(data), state


def spelled(labels: Sequence[int], symbols: tuple[str, ...]) -> str:
    """Labels as text, with symbols by their names and bytes that are no character as escapes."""
    pieces: list[bytes] = [bytes([label]) if label < 256 else symbols[label - 256].encode() for label in labels]
    return b"".join(pieces).decode(errors="backslashreplace")
