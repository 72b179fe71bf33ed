"""What is left of a pattern, and in which ways it can begin: derivatives of expressions with assertions and with an order of preference.

A *cell* is a list of frames to be matched one after the other, interned, so that equal rests are equal integers; cell 0 is the end.
`ways(cell, behind)` lists how a cell can go on, one `Way` for each set of first characters and for the end (Antimirov 1996, partial
derivatives). A way may be open only under *claims* about the text ahead: claim 2c + 1 says that cell c matches some beginning of it,
claim 2c that it matches none.

- A lookahead is a claim. A lookbehind is answered by `behind`: the cells that its part has reached here, having begun at any place
  before. It may depend on claims in turn.
- An atomic group takes the first of its ways that leads to its end. So a way past a choice carries the claim that every better
  alternative fails, each cut off at the end of the group. That is all there is to atomic groups, lazy and possessive repeats.
- An optional iteration that reads nothing ends its repeat, as in Python's `re`; so does any, if each is atomic, for the next ones would
  do the same. Elsewhere a mandatory one makes the others optional, since it may be repeated here. Such a repeat is marked by a FRESH frame
  until a character is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from fsmgen.automata.cells import BEHIND, CHARACTER, CHOICE, CLOSE, END, FRESH, LOOP, WORD, Cell, Cells
from fsmgen.automata.expression import Atomic, Expression, Lazy, Look, Repeat
from fsmgen.errors import InputError

Claims: TypeAlias = frozenset[int]
Behind: TypeAlias = tuple[tuple[int, frozenset[int]], ...]
"""Cells that lookbehinds have reached, by number of the lookbehind; none where it is left out."""

NO_CLAIMS: Claims = frozenset()
FINISH = -1


class Way(NamedTuple):
    """One way to go on: under the claims, by a character of the mask, to the cell; or with mask 0 and cell FINISH to the end."""

    claims: Claims
    mask: int
    cell: int


class Ways:
    """All ways of a cell at a place.

    Attributes:
        ways: none does what another one does under fewer claims.
        open: whether some way depends on claims.
        finishes: whether the end is open without any.
        masks: what is read.
        some: the characters that some way allows next.
        ending: those after which the end is open.
    """

    __slots__ = ("_after", "ending", "finishes", "masks", "open", "some", "ways")

    def __init__(self, ways: Iterable[Way], cells: list[Cell]) -> None:
        self.ways = _minimal(ways)
        self.open = any(way.claims for way in self.ways)
        self.finishes = any(way.cell == FINISH and not way.claims for way in self.ways)
        self.masks = frozenset(way.mask for way in self.ways if way.mask)
        self.some = self.ending = 0
        for way in self.ways:
            self.some |= way.mask if way.mask else -1
            self.ending |= way.mask if not way.claims and cells[way.cell].empty else 0
        self._after: dict[int, tuple[int, ...]] = {}

    def after(self, group: int) -> tuple[int, ...]:
        """The cells after a character of the group, which no mask tells apart."""
        if group not in self._after:
            self._after[group] = tuple(way.cell for way in self.ways if way.mask & group)
        return self._after[group]


def _minimal(ways: Iterable[Way]) -> tuple[Way, ...]:
    by_result: dict[tuple[int, int], list[Way]] = {}
    for way in ways:
        by_result.setdefault((way.mask, way.cell), []).append(way)
    return tuple(way for group in by_result.values() for way in group if not any(other.claims < way.claims for other in group))


class Continuations(Cells):
    """Cells with their ways."""

    def __init__(self, expression: Expression, *, work_limit: int) -> None:
        super().__init__(expression, work_limit=work_limit)
        self._ways: dict[tuple[int, Behind], Ways] = {}
        self._failures: dict[int, Claims] = {}

    def ways(self, number: int, behind: Behind) -> Ways:
        """How the cell can go on at a place where the lookbehinds have reached `behind`."""
        if behind:
            asked = self.cells[number].behinds
            behind = tuple(item for item in behind if item[0] in asked)
        found = self._ways.get((number, behind))
        if found is None:
            found = self._ways[number, behind] = Ways(self._find_ways(number, behind), self.cells)
        return found

    def _find_ways(self, number: int, behind: Behind) -> Iterable[Way]:
        found: dict[Way, None] = {}
        stack = [(NO_CLAIMS, number)]
        seen = set(stack)
        while stack:
            claims, at = stack.pop()
            cell = self.cells[at]
            if cell.kind == CHARACTER:
                found[Way(claims, cell.mask, self.settle(cell.next))] = None
            elif cell.kind == WORD:
                found[self._read(claims, cell)] = None
            elif cell.kind == END:
                found[Way(claims, 0, FINISH)] = None
            else:
                steps = [self._joined(claims, more, target) for more, target in self._moves(cell, behind)]
                fresh = [step for step in steps if step is not None and step not in seen]
                seen.update(fresh)
                stack += reversed(fresh)
        self.spend(len(seen))
        return found

    def _joined(self, claims: Claims, more: Claims, target: int) -> tuple[Claims, int] | None:
        """The move with all claims; None if they contradict each other, or deny that the way itself leads to the end of its group."""
        both = assumed(claims, more) if more else claims
        cut = self.cells[target].cut
        return None if both is None or (both and cut >= 0 and self.failing(cut) <= both) else (both, target)

    def failing(self, number: int) -> Claims:
        """The claims that a cell matches nothing, taken apart as far as no claims or lookbehinds come in."""
        if number not in self._failures:
            found, stack, seen = set(), [number], {number}
            while stack:
                at = stack.pop()
                cell = self.cells[at]
                if cell.kind == FRESH or (cell.kind in (CHOICE, LOOP) and cell.cut < 0):
                    fresh = [target for _, target in self._moves(cell, ()) if target not in seen]
                    seen.update(fresh)
                    stack += fresh
                else:
                    found.add(2 * at)
            self.spend(len(seen))
            self._failures[number] = frozenset(found)
        return self._failures[number]

    def _read(self, claims: Claims, cell: Cell) -> Way:
        masks = self.masks_of(cell.node)
        last = cell.low + 1 == len(masks)
        target = self.settle(cell.next if last else self.intern(WORD, cell.node, cell.next, cell.low + 1))
        return Way(claims, masks[cell.low], target)

    def _moves(self, cell: Cell, behind: Behind) -> list[tuple[Claims, int]]:
        """Where a frame leads without reading, in order of preference, and under which claims."""
        if cell.kind == LOOP:
            return self._preferred(self._iterations(cell))
        if cell.kind == CHOICE:
            return self._preferred([self.cell(part, cell.next) for part in self.parts(cell.node)])
        if cell.kind == FRESH:
            loop = self.cells[cell.next]
            return [(NO_CLAIMS, self.intern(LOOP, loop.node, loop.next, 0, loop.high) if cell.low else loop.next)]
        if cell.kind == CLOSE:
            return [(NO_CLAIMS, cell.next)]
        match cell.node:
            case Atomic(part):
                return [(NO_CLAIMS, self.cell(part, self.intern(CLOSE, None, cell.next)))]
            case Look(part, True, positive):
                held = self._held(self.behind_number(part), behind)
                return [(claims, cell.next) for claims in (held if positive else _refuted(held))]
            case Look(part, False, positive):
                return [(frozenset([2 * self.cell(part, END) + positive]), cell.next)]
        raise InputError(f"{cell.node!r} stands where an assertion looks, and its characters are not known there")

    def _iterations(self, cell: Cell) -> list[int]:
        """The cells of one more iteration of a LOOP and of leaving it, the preferred one first."""
        assert isinstance(cell.node, Repeat | Lazy)
        part, after = cell.node.part, self.loop_after(cell)
        if after != cell.next and self.facts(part).skippable and (cell.low == 0 or cell.cut < 0 or isinstance(part, Atomic)):
            after = self.intern(FRESH, None, after, 0 if isinstance(part, Atomic) else cell.low)
        once = self.cell(part, after)
        if cell.low:
            return [once]
        return [cell.next, once] if isinstance(cell.node, Lazy) else [once, cell.next]

    def _preferred(self, targets: list[int]) -> list[tuple[Claims, int]]:
        """The targets, each within an atomic group under the claim that those before it fail."""
        if len(targets) == 1 or self.cells[targets[0]].cut < 0:
            return [(NO_CLAIMS, target) for target in targets]
        moves, failing = [], NO_CLAIMS
        for target in targets:
            moves.append((failing, target))
            failing |= self.failing(self.cells[target].cut)
            if 2 * END in failing:
                break
        return moves

    def passed(self, number: int, behind: Behind) -> int | None:
        """The cell after a first frame that asks for nothing but what is known here; None if it surely fails; else the cell itself."""
        cell = self.cells[number]
        if cell.kind == CLOSE:
            return cell.next
        if cell.kind == BEHIND:
            moves = self._moves(cell, behind)
            if not moves or (NO_CLAIMS, cell.next) in moves:
                return cell.next if moves else None
        return number

    def _held(self, number: int, behind: Behind) -> list[Claims]:
        """Under which claims the lookbehind holds here: any one of these sets."""
        reached = next((cells for other, cells in behind if other == number), frozenset())
        threads = [self.begins[number], *sorted(reached)]
        return [way.claims for thread in threads for way in self.ways(thread, behind).ways if way.cell == FINISH]


def assumed(claims: Claims, more: Iterable[int]) -> Claims | None:
    """The claims and more of them; None if two contradict each other."""
    both = claims.union(more)
    return None if any(claim ^ 1 in both for claim in more) else both


def _refuted(cases: list[Claims]) -> list[Claims]:
    """Under which claims none of the cases holds: any one of these sets."""
    result = [NO_CLAIMS]
    for case in cases:
        longer = {both: None for claims in result for claim in case if (both := assumed(claims, [claim ^ 1])) is not None}
        result = [claims for claims in longer if not any(other < claims for other in longer)]
    return result
