"""What code of rules says, laid out by plain recursion: the slow twin of `fsmgen.grammar.lowering`."""

from __future__ import annotations

from collections.abc import Callable

from fsmgen.grammar import lowering as op


class LayOutTwin:
    """The states and moves of as many rules as the code has."""

    def __init__(self, code: list[int], rules: int) -> None:
        self.code, self.states = code, 1
        self.edges, self.empties, self.calls, self.chains, self.starts = [], [], [], [], []
        at = 0
        for _ in range(rules):
            a, b = self._new(2)
            self.starts.append(a)
            at = self.part(at, a, b)
        assert at == len(code)

    def _new(self, count: int = 1) -> list[int]:
        self.states += count
        return list(range(self.states - count, self.states))

    def part(self, at: int, a: int, b: int) -> int:
        """Lay out the part at a place of the code; where the next part is."""
        kinds: dict[int, Callable[[int, int, int], int]] = {
            op.WORD: self._word, op.TREE: self._tree, op.ONE: self._one, op.SERIES: self._series, op.LOOP: self._loop,
            op.PLUS: self._plus, op.COUNT: self._count, op.TABLE: self._table, op.ESCAPED: self._escaped, op.LAYERED: self._layered,
        }  # fmt: skip
        kind, first, second = self.code[at], *self.code[at + 1 : at + 3], *(0, 0)[: max(0, at + 3 - len(self.code))]
        if kind in kinds:
            return kinds[kind](at + 1, a, b)
        if kind == op.EMPTY:
            self.empties.append((a, b))
            return at + 1
        moves = self.edges if kind == op.EDGE else self.calls
        moves.append((a, first, second, b) if kind == op.EDGE else (a, first, b, second))
        return at + 3

    def _path(self, word: list[int], a: int, b: int, known: dict[tuple[int, ...], int]) -> None:
        for i, byte in enumerate(word):
            prefix = tuple(word[: i + 1])
            if i + 1 == len(word):
                self.edges.append((a, byte, byte, b))
            elif prefix not in known:
                known[prefix] = self._new()[0]
                self.edges.append((a, byte, byte, known[prefix]))
            a = known.get(prefix, b)

    def _word(self, at: int, a: int, b: int) -> int:
        end = at + 1 + self.code[at]
        self._path(self.code[at + 1 : end], a, b, {})
        return end

    def _tree(self, at: int, a: int, b: int) -> int:
        known: dict[tuple[int, ...], int] = {}
        end = at + 1
        for _ in range(self.code[at]):
            begin, end = end + 1, end + 1 + self.code[end]
            self._path(self.code[begin:end], a, b, known)
        return end

    def _one(self, at: int, a: int, b: int) -> int:
        end = at + 1
        for _ in range(self.code[at]):
            end = self.part(end, a, b)
        return end

    def _series(self, at: int, a: int, b: int) -> int:
        end = at + 1
        for i in range(self.code[at]):
            target = b if i + 1 == self.code[at] else self._new()[0]
            end = self.part(end, a, target)
            a = target
        return end

    def _loop(self, at: int, a: int, b: int) -> int:
        (again,) = self._new()
        self.empties += [(again, a), (a, b)]
        return self.part(at, a, again)

    def _plus(self, at: int, a: int, b: int) -> int:
        knot, again = self._new(2)
        self.empties += [(a, knot), (again, knot), (again, b)]
        return self.part(at, knot, again)

    def _count(self, at: int, a: int, b: int) -> int:
        low, high = self.code[at : at + 2]
        first, stride, end = self.states, 0, at
        for done in range(high):
            if done >= low:
                self.empties.append((a, b))
            target = b if done + 1 == high else self._new()[0]
            end = self.part(at + 2, a, target)
            stride, a = stride if done else self.states - first, target
        if high > op.MANY:
            loops = (self._knot(at + 2, None), self._knot(at + 2, b)) if high > 12 else (0, 0)
            self.chains.append((first, stride, high - 1, low, high, *loops))
        return end

    def _knot(self, at: int, leave: int | None) -> int:
        (knot,) = self._new()
        if leave is not None:
            self.empties.append((knot, leave))
        self.part(at, knot, knot)
        return knot

    def _table(self, at: int, a: int, b: int) -> int:
        states, inner, edges, parts = self.code[at : at + 4]
        numbers = [a, b, *self._new(states - 2 + inner)]
        end = at + 4
        for _ in range(edges):
            source, low, high, target = self.code[end : end + 4]
            self.edges.append((numbers[source], low, high, numbers[target]))
            end += 4
        for _ in range(parts):
            source, target = self.code[end : end + 2]
            end = self.part(end + 2, numbers[source], numbers[target])
        return end

    def _escaped(self, at: int, a: int, b: int) -> int:
        mark, states, rows, parts = self.code[at : at + 4]
        numbers, behind, end = [a, b, *self._new(states - 2)], dict[int, int](), at + 4
        for _ in range(rows):
            source, low, high, rule, target = self.code[end : end + 5]
            self.edges += [(numbers[source], low, high, numbers[target])] if low <= high else []
            if rule >= 0 and source not in behind:
                behind[source] = self._new()[0]
                self.edges.append((numbers[source], mark, mark, behind[source]))
            self.calls += [(behind[source], rule, numbers[target], 0)] if rule >= 0 else []
            end += 5
        for _ in range(parts):
            source, target = self.code[end : end + 2]
            end = self.part(end + 2, numbers[source], numbers[target])
        return end

    def _layered(self, at: int, a: int, b: int) -> int:
        size, low, high, finals, rows = self.code[at : at + 5]
        bounds = [self.code[at + 5 + 2 * i : at + 7 + 2 * i] for i in range(size)]
        begin = at + 5 + 2 * size
        layers, end = [self._new(size) for _ in range(high + 1)], begin + finals + 5 * rows
        self.empties.append((a, layers[0][0]))
        for i, layer in enumerate(layers):
            self.empties += [(layer[f], b) for f in self.code[begin : begin + finals] if i >= low and i >= bounds[f][0]]
            for j in range(begin + finals, end, 5):
                source, first, last, rule, target = self.code[j : j + 5]
                if bounds[source][0] <= i < high - bounds[target][1]:
                    onward = layers[i + 1][target]
                    self.edges += [(layer[source], first, last, onward)] if first <= last else []
                    self.calls += [(layer[source], rule, onward, 0)] if rule >= 0 else []
        return end
