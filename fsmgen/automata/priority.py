"""Where a pattern ends that takes its first way to match, as `re.match` does: for lexers, whose terminals are followed by other text.

`/a|ab/` always ends after the `a`, and `/ab|a/` ends after the `a` only where no `b` follows. So a leftmost-first pattern is a list of
pairs: these lexemes, if they are followed by that. When a pattern accepts, the threads that it prefers to the accepting one are carried
along, and if one of them accepts later, this was not the end that `re.match` takes; the followers are exactly the texts in which none does.

    >>> from fsmgen.automata.expression import choice, text
    >>> [ending.lexemes for ending in leftmost_first(choice([text("a"), text("ab")]))]
    [Characters(ranges=((97, 97),))]
    >>> [ending.lexemes for ending in leftmost_first(choice([text("ab"), text("a")]))]
    [Characters(ranges=((97, 97),)), Sequence(parts=(Characters(ranges=((97, 97),)), Characters(ranges=((98, 98),))))]
"""

from __future__ import annotations

from typing import NamedTuple

from fsmgen.automata.assertions import STATE_LIMIT, WORK_LIMIT, Explored, Steps
from fsmgen.automata.cells import END
from fsmgen.automata.continuations import FINISH, Continuations, assumed
from fsmgen.automata.expression import EMPTY, NOTHING, Atomic, Characters, Expression, repeat, sequence
from fsmgen.automata.readings import State

_ANYTHING = repeat(Characters(((0, 0xD7FF), (0xE000, 0x10FFFF))), 0)


class Ending(NamedTuple):
    """The pattern matches each of the lexemes where, and only where, the rest of the text is one of the followers."""

    lexemes: Expression
    followers: Expression


def leftmost_first(pattern: Expression, *, state_limit: int = STATE_LIMIT, work_limit: int = WORK_LIMIT) -> tuple[Ending, ...]:
    """All ways to end of a pattern that begins where the text does; no text and rest are in two of them with different lexemes.

    Raises:
        LimitReached: it needs too many states, or too much work.
    """
    rests = Continuations(sequence([Atomic(pattern), _ANYTHING]), work_limit=work_limit)
    ends = _Ends(rests, state_limit)
    ends.explore(rests.cell(Atomic(pattern), END))
    found = []
    for state, end in ends.found.items():
        followers = Explored(rests, state_limit)
        followers.explore(*state)
        ending = Ending(ends.expression(end), followers.expression())
        if NOTHING not in ending:
            found.append(ending)
    return tuple(found)


class _Ends(Explored):
    """An exploration that notes, where the pattern ends, what its claims leave for the text that follows.

    Attributes:
        found: by what follows, the number of the end.
    """

    def __init__(self, rests: Continuations, limit: int) -> None:
        super().__init__(rests, limit)
        self._anything = rests.cell(_ANYTHING, END)
        self.found: dict[State, int] = {}

    def _read(self, number: int, state: State) -> Steps:
        for way in self.rests.ways(state.cell, state.behind).ways:
            claims = assumed(state.claims, way.claims)
            if way.cell == FINISH and claims is not None:
                follower = self._readings.state(self._anything, claims, state.behind)
                if follower is not None:
                    self._edges.append((number, EMPTY, self.found.setdefault(follower, -1 - len(self.found))))
        return super()._read(number, state)
