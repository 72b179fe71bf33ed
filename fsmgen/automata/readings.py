"""What one more character does to a pattern under claims: the steps of the automaton that `assertions` explores.

A state is what is left of the pattern, the claims made about the text to come, and what the lookbehinds have reached. By a character the
pattern and every positive claim choose a way, and every negative claim takes all of its ways (the automaton of an alternating automaton,
Chandra, Kozen and Stockmeyer 1981); the lookbehinds step beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import NamedTuple, TypeAlias

from fsmgen.automata.cells import END
from fsmgen.automata.continuations import FINISH, NO_CLAIMS, Behind, Claims, Continuations, Way, Ways, assumed

Reach: TypeAlias = tuple[int, int, int]
"""A lookbehind, and by which classes it reaches which cell."""


class State(NamedTuple):
    """What is left to match, claims about the text from here on, and what the lookbehinds have reached."""

    cell: int
    claims: Claims
    behind: Behind


class Reading(NamedTuple):
    """A way of the pattern by the next character, under conditions; FINISH as cell for the end of the text.

    Attributes:
        mask, cell: what is read, and what is left then.
        claims: all claims made at this place.
        steps: those of them whose ways depend on no others; positive ones choose one way, negative ones take all.
        todo: conditions that are not yet worked in: other claims, ways to be ruled out, and what lookbehinds reach only under claims.
        need: (mask, cell), the ways that other positive claims chose: the character is of every mask.
        forbid: (mask, cell), ways of other negative claims: where the character is of the mask, the cell must not match.
        reach: what those lookbehinds reach that depend on claims.
    """

    mask: int
    cell: int
    claims: Claims
    steps: frozenset[tuple[int, Ways]]
    todo: tuple[int | Way | tuple[int, Way], ...]
    need: frozenset[tuple[int, int]] = frozenset()
    forbid: frozenset[tuple[int, int]] = frozenset()
    reach: frozenset[Reach] = frozenset()


_COPIED_AT_ONCE = 256
"""Claims that are copied in the time of a step."""
_SET = 64
"""A set of claims takes the time of so many, besides."""
_MANY = 1024
"""Sets of claims that are usual; more multiply."""


class Readings:
    """States and their successors."""

    def __init__(self, continuations: Continuations) -> None:
        self._rests, self._cells = continuations, continuations.cells

    def state(self, cell: int, claims: Claims, behind: Behind) -> State | None:
        """The state in its simplest form; None if it is certain that nothing matches."""
        kept: set[int] = set()
        for claim in claims:
            if not claim & 1:
                kept |= self._rests.failing(claim >> 1)
            elif claim >> 1 != cell and not self._cells[claim >> 1].empty:
                kept.add(claim)
        if 2 * END in kept or any(claim ^ 1 in kept for claim in kept) or self._denied(cell, kept):
            return None
        asked = self._cells[cell].behinds.union(*(self._cells[claim >> 1].behinds for claim in kept))
        known = tuple(item for item in behind if item[0] in asked)
        passed = self._rests.passed(cell, known)
        if passed is None or passed != cell:
            return None if passed is None else self.state(passed, frozenset(kept), known)
        return State(cell, frozenset(kept), known)

    def _denied(self, cell: int, claims: set[int]) -> bool:
        """Whether the claims say that the pattern, or the atomic group that it is in, does not match."""
        if not claims:
            return False
        cut = self._cells[cell].cut
        return self._rests.failing(cell if cut < 0 else cut) <= claims

    def after(self, state: State) -> tuple[list[tuple[int, State]], bool]:
        """(mask, state), what each class of characters leads to; and whether the text may end here."""
        asked = self._cells[state.cell].behinds.union(*(self._cells[claim >> 1].behinds for claim in state.claims))
        sure, open_ = self._looking_back(state.behind, asked) if asked else ([], [])
        found = self._readings(state, open_)
        readings = [reading for reading in found if reading.cell != FINISH]
        steps = [(group, target) for group in _groups(readings, sure) for target in self._targets(readings, sure, group)]
        return steps, len(readings) < len(found)

    def behind_after(self, text: str, asked: frozenset[int]) -> Behind:
        """What lookbehinds that claim nothing about the text ahead have reached after all of a text."""
        behind: Behind = ()
        for character in text:
            sure, open_ = self._looking_back(behind, asked)
            assert not open_
            behind = _reached(sure, (), self._rests.alphabet.mask_of(character))
        return behind

    def _looking_back(self, behind: Behind, asked: frozenset[int]) -> tuple[list[Reach], list[tuple[int, Way]]]:
        """What the lookbehinds reach by a character: surely, and only under claims."""
        reached = dict(behind)
        sure: list[Reach] = []
        open_: list[tuple[int, Way]] = []
        for number in sorted(asked):
            for thread in (self._rests.begins[number], *sorted(reached.get(number, ()))):
                for way in self._rests.ways(thread, behind).ways:
                    if way.mask and way.claims:
                        open_.append((number, way))
                    elif way.mask:
                        sure.append((number, way.mask, way.cell))
        return sure, open_

    def _readings(self, state: State, open_: list[tuple[int, Way]]) -> list[Reading]:
        """The ways of the pattern, each under everything that it and the claims so far ask for."""
        everything = Reading(self._rests.alphabet.everything, FINISH, NO_CLAIMS, frozenset(), tuple(open_))
        base = self._under(everything, state.claims, state.behind)
        if base is None:
            return []
        found: dict[Reading, None] = {}
        for way in self._rests.ways(state.cell, state.behind).ways:
            first = Reading(base.mask & way.mask, way.cell, *base[2:])
            pending = [self._under(first, way.claims, state.behind)] if first.mask or first.cell == FINISH else []
            while pending:
                reading = pending.pop()
                if reading is not None and not reading.todo:
                    found[reading] = None
                elif reading is not None:
                    pending += self._worked_in(reading, state.behind)
                self._rests.spend(1)
        return [reading for reading in found if reading.cell != FINISH or not any(claim & 1 for claim, _ in reading.steps)]

    def _under(self, reading: Reading, claims: Iterable[int], behind: Behind) -> Reading | None:
        """The reading under these claims too; None if that is impossible."""
        if not claims:
            return reading
        both = assumed(reading.claims, claims)
        if both is None:
            return None
        mask, steps, todo = reading.mask, set(reading.steps), list(reading.todo)
        for claim in both - reading.claims:
            ways = self._rests.ways(claim >> 1, behind)
            if ways.finishes and not claim & 1:
                return None
            if not ways.finishes:
                mask &= ways.some if claim & 1 else ~ways.ending
                if ways.open:
                    todo.append(claim)
                else:
                    steps.add((claim, ways))
        self._rests.spend(len(both) - len(reading.claims))
        if not mask and reading.cell != FINISH:
            return None
        return Reading(mask, reading.cell, both, frozenset(steps), tuple(todo), reading.need, reading.forbid, reading.reach)

    def _worked_in(self, reading: Reading, behind: Behind) -> Iterator[Reading | None]:
        """The reading with one of its conditions worked in, once for each way to meet it."""
        item, reading = reading.todo[-1], reading._replace(todo=reading.todo[:-1])
        if isinstance(item, int):
            ways = self._rests.ways(item >> 1, behind).ways
            if item & 1:
                yield from self._chosen(reading, ways, behind)
            else:
                yield reading._replace(todo=reading.todo + ways)
        elif isinstance(item, Way):
            if item.cell != FINISH:
                yield reading._replace(forbid=reading.forbid | {(item.mask, item.cell)})
            yield from (self._under(reading, [claim ^ 1], behind) for claim in item.claims)
        else:
            number, way = item
            included = self._under(reading, way.claims, behind)
            yield included and included._replace(reach=reading.reach | {(number, way.mask, way.cell)})
            yield from (self._under(reading, [claim ^ 1], behind) for claim in way.claims)

    def _chosen(self, reading: Reading, ways: Iterable[Way], behind: Behind) -> Iterator[Reading | None]:
        """The reading with a positive claim met in any one of these ways."""
        for way in ways:
            chosen = self._under(reading, way.claims, behind)
            if way.cell == FINISH:
                yield chosen
            elif chosen and way.mask & reading.mask:
                yield chosen._replace(need=reading.need | {(way.mask, way.cell)})

    def _targets(self, readings: list[Reading], sure: list[Reach], group: int) -> list[State]:
        """The states after a character of the group, without those that another one covers."""
        found: dict[tuple[int, Behind], dict[State, None]] = {}
        for reading in readings:
            if reading.mask & group:
                behind = _reached(sure, reading.reach, group) if sure or reading.reach else ()
                for claims in self._claims_after(reading, group):
                    state = self.state(reading.cell, claims, behind)
                    if state is not None:
                        found.setdefault((state.cell, state.behind), {})[state] = None
        return [state for group_ in found.values() for state in group_ if not any(other.claims < state.claims for other in group_)]

    def _claims_after(self, reading: Reading, group: int) -> list[Claims]:
        """The claims to be made after a character of the group: any one of these sets."""
        if not reading.steps and not reading.need and not reading.forbid:
            return [NO_CLAIMS]
        if any(not mask & group for mask, _ in reading.need):
            return []
        cases = [{2 * cell + 1 for _, cell in reading.need} | {2 * cell for mask, cell in reading.forbid if mask & group}]
        copied = 0
        for claim, ways in sorted(reading.steps, key=itemgetter(0)):
            after = ways.after(group)
            copied += (_SET * len(cases) + sum(map(len, cases))) * (len(after) if claim & 1 else 1) * (1 + len(cases) // _MANY)
            if copied > _COPIED_AT_ONCE:
                self._rests.spend(copied // _COPIED_AT_ONCE)
                copied = 0
            if not claim & 1:
                cases = [case.union(2 * cell for cell in after) for case in cases]
            elif not any(self._cells[cell].empty for cell in after):
                cases = [case | {2 * cell + 1} for case in cases for cell in after]
        self._rests.spend(len(cases))
        return [frozenset(case) for case in cases]


def _reached(sure: Iterable[Reach], reach: Iterable[Reach], group: int) -> Behind:
    """What the lookbehinds have reached after a character of the group."""
    reached: dict[int, set[int]] = {}
    for number, mask, cell in (*sure, *reach):
        if mask & group:
            reached.setdefault(number, set()).add(cell)
    return tuple((number, frozenset(cells)) for number, cells in sorted(reached.items()))


def _groups(readings: list[Reading], sure: list[Reach]) -> list[int]:
    """The characters that are read, in classes that no mask of all these tells apart."""
    masks = {mask for _, mask, _ in sure}
    total = 0
    for reading in readings:
        total |= reading.mask
        masks.add(reading.mask)
        masks.update(*(ways.masks for _, ways in reading.steps))
        masks.update(mask for mask, _ in (*reading.need, *reading.forbid))
        masks.update(mask for _, mask, _ in reading.reach)
    groups = [total] if total else []
    for mask in sorted(masks):
        groups = [part for group in groups for part in (group & mask, group & ~mask) if part]
    return groups
