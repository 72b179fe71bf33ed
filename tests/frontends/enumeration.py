"""All short words of a language, by walking its explicit automaton; and membership."""

from __future__ import annotations

from collections.abc import Callable

from fsmgen.automata import Dfa
from fsmgen.grammar import Language


def table(language: Language) -> Dfa:
    """The explicit automaton."""
    return Dfa.of(language.grammar.automaton(language.source), limit=100_000)


def membership(language: Language) -> Callable[[str], bool]:
    """Whether a text is in the language."""
    automaton = table(language)
    rows, classes, accepting = automaton.transitions.tolist(), automaton.classes.tolist(), automaton.accepting.tolist()

    def has(text: str) -> bool:
        state = automaton.start
        for byte in text.encode():
            state = rows[state][classes[byte]]
        return accepting[state]

    return has


def words(language: Language, longest: int) -> set[str]:
    """The words of at most `longest` bytes, all of them ASCII."""
    automaton = table(language)
    rows, accepting = automaton.transitions.tolist(), automaton.accepting.tolist()
    ways = [[(chr(byte), row[automaton.classes[byte]]) for byte in range(128) if row[automaton.classes[byte]]] for row in rows]
    assert all(row[c] == 0 for row in rows for c in set(automaton.classes[128:256].tolist()) - set(automaton.classes[:128].tolist()))
    found, layer = set(), [("", automaton.start)]
    for _ in range(longest + 1):
        found.update(word for word, state in layer if accepting[state])
        layer = [(word + byte, target) for word, state in layer for byte, target in ways[state]]
    return found
