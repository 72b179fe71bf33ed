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

from fsmgen.automata.assertions import START, STATE_LIMIT, WORK_LIMIT, Explored, Steps
from fsmgen.automata.cells import END
from fsmgen.automata.continuations import FINISH, Behind, Continuations, assumed
from fsmgen.automata.expression import EMPTY, NOTHING, Atomic, Characters, Expression, repeat, sequence
from fsmgen.automata.graph import expression_between
from fsmgen.automata.readings import Readings, State

_ANYTHING = repeat(Characters(((0, 0xD7FF), (0xE000, 0x10FFFF))), 0)


class Ending(NamedTuple):
    """The pattern matches each of the lexemes where, and only where, the rest of the text is one of the followers."""

    lexemes: Expression
    followers: Expression


def leftmost_first(
    pattern: Expression, before: str = "", *, state_limit: int = STATE_LIMIT, work_limit: int = WORK_LIMIT
) -> tuple[Ending, ...]:
    """All ways to end of a pattern that begins right after a text; no lexeme and rest are in two of them with different lexemes.

    The lookbehinds that see what stands `before` must have no lookahead or atomic group inside.

    Raises:
        LimitReached: it needs too many states, or too much work.
    """
    rests = Continuations(sequence([Atomic(pattern), _ANYTHING]), work_limit=work_limit)
    ends = _Ends(rests, state_limit)
    begin = rests.cell(Atomic(pattern), END)
    ends.explore(begin, behind=_behind(rests, begin, before))
    by_followers: dict[Expression, list[int]] = {}
    for state, end in ends.found.items():
        followers = Explored(rests, state_limit)
        followers.explore(*state)
        by_followers.setdefault(followers.expression(), []).append(end)
    found = [Ending(ends.leading_to(numbers), followers) for followers, numbers in by_followers.items()]
    return tuple(ending for ending in found if NOTHING not in ending)


class Before:
    """Tells texts apart by what the lookbehinds of a pattern have reached after them."""

    def __init__(self, pattern: Expression, *, work_limit: int = WORK_LIMIT) -> None:
        self._rests = Continuations(pattern, work_limit=work_limit)

    def after(self, text: str) -> Behind:
        """Equal for texts that the pattern does not tell apart where it begins right after them."""
        return _behind(self._rests, self._rests.start, text)


def _behind(rests: Continuations, begin: int, text: str) -> Behind:
    return Readings(rests).behind_after(text, rests.cells[begin].behinds)


class _Ends(Explored):
    """An exploration that notes, where the pattern ends, what its claims leave for the text that follows.

    Attributes:
        found: by what follows, the number of the end.
    """

    def __init__(self, rests: Continuations, limit: int) -> None:
        super().__init__(rests, limit)
        self._anything = rests.cell(_ANYTHING, END)
        self.found: dict[State, int] = {}

    def leading_to(self, ends: list[int]) -> Expression:
        """What leads to any of the ends: for `[a-z]{1,99}` one count of each length, and not as many separate texts."""
        joined = -1 - len(self.found)
        return expression_between(START, joined, [*self._edges, *((end, EMPTY, joined) for end in ends)])

    def _read(self, number: int, state: State) -> Steps:
        for way in self.rests.ways(state.cell, state.behind).ways:
            claims = assumed(state.claims, way.claims)
            if way.cell == FINISH and claims is not None:
                follower = self._readings.state(self._anything, claims, state.behind)
                if follower is not None:
                    self._edges.append((number, EMPTY, self.found.setdefault(follower, -1 - len(self.found))))
        return super()._read(number, state)
