"""Lists of frames to be matched one after the other, interned, so that equal rests of a pattern are equal integers."""

from __future__ import annotations

from typing import NamedTuple

from fsmgen.automata.alphabet import Alphabet
from fsmgen.automata.expression import Atomic, Characters, Choice, Expression, Lazy, Look, Repeat, Sequence, Words, repeat, text
from fsmgen.errors import LimitReached

END = 0
CHARACTER, WORD, CHOICE, LOOP, FRESH, ATOMIC, CLOSE, AHEAD, BEHIND, OPAQUE = range(1, 11)
"""Kinds of frames, besides END. Plain integers, since they are part of every key."""
_CELL_LIMIT = 1_000_000


class Cell(NamedTuple):
    """A frame and what follows.

    Attributes:
        kind: what the frame does.
        node: the expression that it matches or iterates.
        mask: the classes of a CHARACTER.
        low, high: iterations left of a LOOP; `low` is also the place in a WORD, and 0 in a FRESH that ends its repeat.
        next: the cell after the frame; of FRESH, the LOOP that it stands for.
        cut: this cell up to the end of the innermost atomic group, -1 outside of any.
        behinds: the lookbehinds that it may ask.
        plain: whether the frame asks for nothing around it.
        empty: whether the cell matches the empty word, whatever stands around it.
        fresh: whether a FRESH frame is in it.
    """

    kind: int
    node: Expression | None
    mask: int
    low: int
    high: int | None
    next: int
    cut: int
    behinds: frozenset[int]
    plain: bool
    empty: bool
    fresh: bool


class _Facts(NamedTuple):
    """Of an expression: `plain`, no assertion in it; `skippable`, may read nothing; `empty`, surely may; the lookbehinds in it."""

    plain: bool
    skippable: bool
    empty: bool
    behinds: frozenset[int]


_NO_NODE = _Facts(False, True, False, frozenset())


class Cells:
    """The cells of one expression, made as they are reached. Cell 0 is the end.

    Attributes:
        alphabet: the character classes of the expression.
        cells: all cells so far.
        start: the cell of the whole expression.
        begins: for each lookbehind, the cell of its part.
    """

    def __init__(self, expression: Expression, *, work_limit: int) -> None:
        self.alphabet = Alphabet.of(expression)
        self.cells = [Cell(END, None, 0, 0, 0, END, -1, frozenset(), False, True, False)]
        self.begins: list[int] = []
        self._numbers: dict[tuple[int, int, int, int | None, int], int] = {}
        self._facts: dict[int, _Facts] = {}
        self._behind_numbers: dict[int, int] = {}
        self._words: dict[int, tuple[int, ...]] = {}
        self._split_words: dict[int, tuple[Expression, ...]] = {}
        self._settled: dict[int, int] = {}
        self._limit, self._work = work_limit, 0
        self.start = self.cell(expression, END)

    def spend(self, work: int) -> None:
        """Count steps of work.

        Raises:
            LimitReached: there were too many in all.
        """
        self._work += work
        if self._work > self._limit:
            raise LimitReached("the steps of resolving assertions", limit=self._limit, reached=self._work)

    def cell(self, node: Expression, after: int) -> int:
        """The node, and then the cell `after`."""
        match node:
            case Characters(ranges):
                return self.intern(CHARACTER, node, after, mask=self.alphabet.mask(ranges))
            case Words((word,)):
                return self.intern(WORD, node, after) if word else after
            case Sequence(parts):
                for part in reversed(parts):
                    after = self.cell(part, after)
                return after
            case Repeat(part, low, high) | Lazy(part, low, high):
                many = self.facts(part).empty and self.cells[after].cut < 0
                return self.intern(LOOP, node, after, 0 if many else low, high)
            case Look(_, behind, _):
                return self.intern(BEHIND if behind else AHEAD, node, after)
        kinds: dict[type, int] = {Words: CHOICE, Choice: CHOICE, Atomic: ATOMIC}
        return self.intern(kinds.get(type(node), OPAQUE), node, after)

    def intern(self, kind: int, node: Expression | None, after: int, low: int = 0, high: int | None = 0, *, mask: int = 0) -> int:
        """The cell of a frame and what follows."""
        key = (kind, mask or id(node), low, high, after)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = self._new(kind, node, mask, low, high, after)
        return number

    def _new(self, kind: int, node: Expression | None, mask: int, low: int, high: int | None, after: int) -> int:
        following = self.cells[after]
        facts = _NO_NODE if node is None else self.facts(node)
        cut = following.cut
        if kind == CLOSE:
            cut = END
        elif cut >= 0:
            cut = self.intern(kind, node, cut, low, high, mask=mask)
        empty = following.empty and (facts.empty or kind == FRESH or (kind == LOOP and low == 0))
        behinds = following.behinds | facts.behinds if facts.behinds else following.behinds
        fresh = following.fresh or kind == FRESH
        if len(self.cells) >= _CELL_LIMIT:
            raise LimitReached("the steps of resolving assertions", limit=_CELL_LIMIT, reached=_CELL_LIMIT + 1)
        self.cells.append(Cell(kind, node, mask, low, high, after, cut, behinds, facts.plain, empty, fresh))
        return len(self.cells) - 1

    def facts(self, node: Expression) -> _Facts:
        """What there is to know of an expression of the pattern."""
        found = self._facts.get(id(node))
        if found is None:
            found = self._facts[id(node)] = self._find_facts(node)
        return found

    def _find_facts(self, node: Expression) -> _Facts:
        match node:
            case Words(words):
                return _Facts(True, b"" in words, b"" in words, frozenset())
            case Sequence(parts) | Choice(parts):
                inner = [self.facts(part) for part in parts]
                combine = all if isinstance(node, Sequence) else any
                skippable, empty = combine(part.skippable for part in inner), combine(part.empty for part in inner)
                return _Facts(all(part.plain for part in inner), skippable, empty, frozenset().union(*(part.behinds for part in inner)))
            case Repeat(part, low) | Lazy(part, low):
                once = self.facts(part)
                return _Facts(once.plain and isinstance(node, Repeat), low == 0 or once.skippable, low == 0 or once.empty, once.behinds)
            case Atomic(part):
                return _Facts(False, self.facts(part).skippable, False, self.facts(part).behinds)
            case Look(part, behind):
                inside = self.facts(part).behinds
                return _Facts(False, True, False, inside | {self.behind_number(part)} if behind else inside)
        return _Facts(True, not isinstance(node, Characters), False, frozenset())

    def behind_number(self, part: Expression) -> int:
        """The number of the lookbehind for this part."""
        if id(part) not in self._behind_numbers:
            begin = self.cell(part, END)
            self._behind_numbers[id(part)] = len(self.begins)
            self.begins.append(begin)
        return self._behind_numbers[id(part)]

    def frame(self, number: int) -> tuple[Expression, bool]:
        """The first frame as an expression, and whether that may be empty."""
        cell = self.cells[number]
        assert cell.node is not None
        if isinstance(cell.node, Repeat):
            return repeat(cell.node.part, cell.low, cell.high), cell.low == 0 or self.facts(cell.node.part).empty
        if cell.kind == WORD:
            assert isinstance(cell.node, Words)
            return text(cell.node.words[0].decode()[cell.low :]), False
        return cell.node, self.facts(cell.node).skippable

    def settle(self, number: int) -> int:
        """The cell after a character was read: no iteration is empty so far."""
        if not self.cells[number].fresh:
            return number
        if number not in self._settled:
            path, at = [], number
            while self.cells[at].fresh:
                path.append(at)
                at = self.cells[at].next
            for old in reversed(path):
                cell = self.cells[old]
                at = at if cell.kind == FRESH else self.intern(cell.kind, cell.node, at, cell.low, cell.high, mask=cell.mask)
            self._settled[number] = at
        return self._settled[number]

    def parts(self, node: Expression | None) -> tuple[Expression, ...]:
        """The alternatives of a CHOICE."""
        if isinstance(node, Choice):
            return node.parts
        assert isinstance(node, Words)
        if id(node) not in self._split_words:
            self._split_words[id(node)] = tuple(Words((word,)) for word in node.words)
        return self._split_words[id(node)]

    def masks_of(self, node: Expression | None) -> tuple[int, ...]:
        """The classes of the characters of a WORD."""
        assert isinstance(node, Words)
        if id(node) not in self._words:
            self._words[id(node)] = tuple(self.alphabet.mask(((ord(c), ord(c)),)) for c in node.words[0].decode())
        return self._words[id(node)]

    def loop_after(self, cell: Cell) -> int:
        """What is left of a LOOP after one more iteration."""
        high = None if cell.high is None else cell.high - 1
        return cell.next if high == 0 else self.intern(LOOP, cell.node, cell.next, cell.low - 1 if cell.low else 0, high)
