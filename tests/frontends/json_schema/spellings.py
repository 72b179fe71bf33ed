"""Forms for tests, random words of what they spell, and random spellings of texts by JSON's own rules."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from fsmgen.automata import NOTHING, Expression
from fsmgen.grammar import Grammar

SHORT = {'"': '"', "\\": "\\", "/": "/", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}
FORMS = [("all", False), ("all", True), ("minimal", False), ("minimal", True)]


@dataclass
class Form:
    """Collects rules; one name always comes with one expression."""

    escapes: str = "all"
    ensure_ascii: bool = False
    rules: dict[str, Expression] = field(default_factory=dict)

    def add(self, rules: Mapping[str, Expression]) -> None:
        assert all(self.rules.setdefault(name, expression) == expression for name, expression in rules.items())


class Texts:
    """The automaton of what a set spells in a form."""

    def __init__(self, members, escapes: str = "all", ensure_ascii: bool = False) -> None:
        form = Form(escapes, ensure_ascii)
        self.expression = members.spelled(form)
        self.empty = self.expression == NOTHING
        if not self.empty:
            self.automaton = Grammar({"start": self.expression, **form.rules}).automaton("a set")

    def __contains__(self, text: str) -> bool:
        return not self.empty and self.automaton.accepting(self.automaton.run(self.automaton.start, text.encode()))

    def random_word(self, rng: random.Random, longest: int = 40) -> str:
        """A word, by a walk that turns to the nearest end after some time. It decodes: ill-formed UTF-8 is an error."""
        state, word = self.automaton.start, bytearray()
        while not (self.automaton.accepting(state) and (rng.random() < 0.1 or len(word) > longest)):
            row = self.automaton.row(state).tolist()
            ways = [(byte, row[self.automaton.class_of(byte)]) for byte in range(256)]
            ways = [(byte, target) for byte, target in ways if target]
            if not ways:
                break
            if len(word) > longest:
                nearest = min(self.automaton.distance(target) for _, target in ways)
                ways = [way for way in ways if self.automaton.distance(way[1]) == nearest]
            elif rng.random() < 0.5:  # by class, so that what is rare among bytes comes too
                chosen = rng.choice(sorted({target for _, target in ways}))
                ways = [way for way in ways if way[1] == chosen]
            byte, state = rng.choice(ways)
            word.append(byte)
        assert self.automaton.accepting(state)
        return word.decode()


def spelling(text: str, rng: random.Random, escapes: str = "all", ensure_ascii: bool = False) -> str:
    """The text as it may stand between the quotes of a JSON string, in a form."""
    return "".join(_spelled(character, rng, escapes, ensure_ascii) for character in text)


def _spelled(character: str, rng: random.Random, escapes: str, ensure_ascii: bool) -> str:
    units = [character.encode("utf-16-be")[i : i + 2].hex() for i in range(0, len(character.encode("utf-16-be")), 2)]
    must = character in '"\\' or character < " " or (ensure_ascii and not character.isascii())
    if escapes == "minimal":
        short = character in SHORT and character != "/"
        return character if not must else "\\" + SHORT[character] if short else "".join("\\u" + unit for unit in units)
    ways = ["".join("\\u" + "".join(rng.choice([digit.lower(), digit.upper()]) for digit in unit) for unit in units)]
    ways += [] if must else [character] * 2
    ways += ["\\" + SHORT[character]] if character in SHORT else []
    return rng.choice(ways)
