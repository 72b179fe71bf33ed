"""What lookbehinds, boundaries and anchors at the beginning of terminals see: the text before, as far as it makes a difference to any.

lark matches a terminal at its place in the whole text, so `/\\bif/` asks for the character before it, whichever terminal that belongs to. A
*past* is a small integer for all texts that no terminal tells apart when it stands right after them: for each, how far every lookbehind has
come. Past 0 is the beginning of the text.
"""

from __future__ import annotations

from collections.abc import Iterable

from fsmgen.automata import Expression
from fsmgen.automata.expression import Atomic, Characters, Choice, Lazy, Look, Repeat, Sequence, Words, choice
from fsmgen.automata.priority import Before
from fsmgen.errors import LimitReached
from fsmgen.frontends.lark.letters import Letters

PAST_LIMIT = 200
"""Pasts of a grammar."""


class Past:
    """The automaton over letters of what stands before.

    Attributes:
        matters: whether some terminal looks back.
        examples: by past, a text with it.
        rows: by past and letter, the past after it.
    """

    def __init__(self, patterns: Iterable[Expression], letters: Letters) -> None:
        self.examples = [""]
        self.rows: list[list[int]] = []
        looking = [pattern for pattern in patterns if looks_back(pattern) > 0]
        self.matters = bool(looking)
        before = Before(choice(looking))
        numbers = {before.after(""): 0}
        for example in self.examples:  # grows while it runs
            row = []
            for letter in letters.examples if looking else "":
                seen = before.after(example + letter)
                if seen not in numbers:
                    numbers[seen] = len(self.examples)
                    self.examples.append(example + letter)
                row.append(numbers[seen])
            self.rows.append(row)
            if len(self.examples) > PAST_LIMIT:
                raise LimitReached("what terminals know of the text before them", limit=PAST_LIMIT, reached=len(self.examples))


def looks_back(part: Expression, before: int = 0) -> int:
    """How many characters before its beginning a pattern may look at, if at least so many of its own stand before the part."""
    match part:
        case Sequence(parts):
            most = 0
            for inner in parts:
                most = max(most, looks_back(inner, before))
                before += shortest(inner)
            return most
        case Choice(parts):
            return max((looks_back(inner, before) for inner in parts), default=0)
        case Repeat(inner) | Lazy(inner) | Atomic(inner):
            return looks_back(inner, before)
        case Look(inner, behind, _):
            begin = before - shortest(inner) if behind else before
            return max(-begin, looks_back(inner, begin))
    return 0


def shortest(part: Expression) -> int:
    """Characters of the shortest text that a pattern reads."""
    match part:
        case Words(words):
            return min(len(word.decode()) for word in words)
        case Characters():
            return 1
        case Sequence(parts):
            return sum(map(shortest, parts))
        case Choice(parts):
            return min(map(shortest, parts), default=0)
        case Repeat(inner, low, _) | Lazy(inner, low, _):
            return low * shortest(inner)
        case Atomic(inner):
            return shortest(inner)
    return 0
