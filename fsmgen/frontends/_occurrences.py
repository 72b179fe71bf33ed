"""Text up to the first occurrence of a trigger, as an explicit automaton over characters.

A state is how many characters of the trigger the text ends with (Knuth, Morris and Pratt 1977), and, where lengths are bounded, how many
characters were read. So there are as many states as the trigger has characters, times the bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from fsmgen.automata import EMPTY, NOTHING, Expression, Symbol
from fsmgen.automata.expression import Ranges, Table, characters, complement, union
from fsmgen.errors import LimitReached

STATE_LIMIT = 200_000
"""States that the automaton of one region may have."""
_State: TypeAlias = tuple[int, int]
"""Characters read, as far as they are counted, and characters of the trigger."""
_Edge: TypeAlias = tuple[_State, Expression, _State]
_END: _State = (-1, -1)


def until_text(trigger: str, low: int, high: int | None) -> Expression:
    """`low` to `high` characters and then the trigger, which occurs nowhere before its end."""
    size = len(trigger)
    last = characters([(ord(trigger[-1]), ord(trigger[-1]))])

    def ending(state: _State) -> Expression:
        read, matched = state
        return last if matched == size - 1 and (not low or read + 1 >= low + size) else NOTHING

    return _table(trigger, low and low + size, None if high is None else high + size - 1, ending)


def until_symbol(name: str, low: int, high: int | None) -> Expression:
    """`low` to `high` characters and then the named symbol; the text with the name in its place has the name nowhere before its end."""
    clean = [_first_end(name, matched) == len(name) for matched in range(len(name))]

    def ending(state: _State) -> Expression:
        return Symbol(name) if state[0] >= low and clean[state[1]] else NOTHING

    return _table(name, low, high, ending)


def without(text: str, low: int, high: int | None) -> Expression:
    """`low` to `high` characters in which the text does not occur; if it is empty, any characters."""
    return _table(text, low, high, lambda state: EMPTY if state[0] >= low else NOTHING)


def _first_end(text: str, matched: int) -> int:
    """After how many characters of the text it is complete for the first time, if `matched` characters of it came before."""
    steps = _steps(text)
    for count, character in enumerate(text, 1):
        if matched == len(text) - 1 and character == text[-1]:
            return count
        matched = steps[matched].get(character, 0)
    raise AssertionError("a text ends with itself")


def _steps(text: str) -> list[dict[str, int]]:
    """For each number of matched characters, the number after a character, where it is not 0; what completes the text is left out."""
    steps: list[dict[str, int]] = [{}] if not text else [{text[0]: 1}] if len(text) > 1 else [{}]
    border = 0
    for matched in range(1, len(text)):
        character, inherited = text[matched], steps[border]
        border = inherited.get(character, 0)
        own = {known: target for known, target in inherited.items() if known != character}
        steps.append(own | ({character: matched + 1} if matched + 1 < len(text) else {}))
    return steps


def _table(text: str, low: int, high: int | None, ending: Callable[[_State], Expression]) -> Expression:
    """The automaton that reads characters without completing the text, until it ends as `ending` says.

    Characters are counted up to `high`, and without it up to `low`.
    """
    moves = [list(_moves(text, matched, steps)) for matched, steps in enumerate(_steps(text))]
    edges: list[_Edge] = []
    seen: set[_State] = {(0, 0)}
    stack = [(0, 0)]
    while stack:
        state = stack.pop()
        edges.append((state, ending(state), _END))
        if high is None or state[0] < high:
            read = state[0] + 1 if high is not None else min(state[0] + 1, low)
            edges += [(state, part, (read, matched)) for part, matched in moves[state[1]]]
            fresh = {(read, matched) for _, matched in moves[state[1]]} - seen
            stack += fresh
            seen |= fresh
        if len(seen) > STATE_LIMIT:
            raise LimitReached("the states of a region (characters times characters of the trigger)", limit=STATE_LIMIT, reached=len(seen))
    return _numbered([edge for edge in edges if edge[1] != NOTHING])


def _moves(text: str, matched: int, steps: dict[str, int]) -> Iterator[tuple[Expression, int]]:
    """The characters that do not complete the text, by the number of characters of it that are matched then."""
    by_target: dict[int, list[tuple[int, int]]] = {}
    for character, target in steps.items():
        by_target.setdefault(target, []).append((ord(character), ord(character)))
    known = [code for codes in by_target.values() for code in codes]
    if text and matched == len(text) - 1:
        known.append((ord(text[-1]), ord(text[-1])))
    for target, codes in by_target.items():
        yield characters(codes), target
    yield characters(_others(known)), 0


def _others(codes: Iterable[tuple[int, int]]) -> Ranges:
    return complement(union(codes), top=0x10FFFF)


def _numbered(edges: list[_Edge]) -> Expression:
    """The table of the edges that lead from (0, 0) to the end."""
    before: dict[_State, list[_State]] = {}
    for source, _, target in edges:
        before.setdefault(target, []).append(source)
    alive, stack = {_END}, [_END]
    while stack:
        fresh = set(before.get(stack.pop(), ())) - alive
        alive |= fresh
        stack += fresh
    if (0, 0) not in alive:
        return NOTHING
    number = {_END: 1} | {state: i for i, state in enumerate(sorted(alive - {_END}), 2)}
    kept = tuple((number[source], part, number[target]) for source, part, target in edges if source in alive and target in alive)
    return Table(len(number) + 1, ((0, EMPTY, number[0, 0]), *kept))
