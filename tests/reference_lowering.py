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
            op.QUOTED: self._quoted, op.UNLISTED: self._unlisted,
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
        bounds = [self.code[at + 5 + 4 * i : at + 9 + 4 * i] for i in range(size)]
        begin = at + 5 + 4 * size
        known, end = {(None, i): self._new()[0] for i in range(size) if bounds[i][1] >= 0}, begin + finals + 5 * rows

        def place(layer: int, state: int) -> int | None:
            nearest, longest = bounds[state][:2]
            if layer + nearest > high:
                return None
            fits = longest >= 0 and layer + longest <= high and layer + nearest >= low
            key = (None if fits else layer, state)
            if key not in known:
                known[key] = self._new()[0]
            return known[key]

        first = place(0, 0)
        self.empties += [] if first is None else [(a, first)]
        for layer in [*range(high + 1), None]:
            for j in range(begin + finals, end, 5):
                source, low_byte, high_byte, rule, target = self.code[j : j + 5]
                onward = None if (layer, source) not in known else known[None, target] if layer is None else place(layer + 1, target)
                if onward is not None:
                    self.edges += [(known[layer, source], low_byte, high_byte, onward)] if low_byte <= high_byte else []
                    self.calls += [(known[layer, source], rule, onward, 0)] if rule >= 0 else []
            for final in self.code[begin : begin + finals]:
                if (layer, final) in known and (layer is None or layer >= low):
                    self.empties.append((known[layer, final], b))
        last = min([high, *(high - max(fewest, most) for fewest, most, _, _ in bounds if fewest <= high)])
        layers = [{state: q for (at, state), q in known.items() if at == layer} for layer in range(high + 2)]
        self._alike_layers(layers, bounds, (low, last))
        return end

    def _alike_layers(self, layers: list[dict[int, int]], bounds: list[list[int]], within: tuple[int, int]) -> None:
        """Layers that are like the next one are a chain. A state of another layer that the next one has too is a chain of one copy, and in
        the first layer of the chain each state is for which another one stands."""
        alike, last = [], within[1]
        for layer in range(*within):
            here, there = layers[layer : layer + 2]
            if here and {state: q + len(here) for state, q in here.items()} == there:
                for state, (_, _, stand, steps) in enumerate(bounds):
                    if not alike and stand != state and {stand, state} <= here.keys():
                        row = (here[state], 1, 1, 0, min(steps + 2, last - layer), here[stand], here[stand])
                        self.chains.append(row)
                alike.append(min(here.values()))
            elif layer < 512:
                both = sorted(here.keys() & there.keys())
                self.chains += [(here[state], 1, 1, 0, last - layer - 1, there[state], there[state]) for state in both]
        copies = len(alike) + 1
        if alike and copies > op.MANY:
            self.chains.append((alike[0], len(layers[last]), copies, 0, copies, 0, 0))

    def _signs(self, at: int) -> tuple[int, int, dict[int, int], int]:
        """Quote, mark, the rules of letters, and where the words begin."""
        quote, mark, _, letters = self.code[at : at + 4]
        end = at + 6 + 2 * letters
        return quote, mark, {self.code[i]: self.code[i + 1] for i in range(at + 6, end, 2)}, end

    def _letter(self, node: tuple[int, bytes], letter: int, nodes: dict, signs: tuple[int, int, dict[int, int]]) -> tuple[int, bytes]:
        """The node after a letter, made with the ways to it if it is not there.

        A node is known by a source and a text, what is behind a mark there by both and a 0.
        """
        quote, mark, rules = signs
        after = (node[0], node[1] + bytes([letter]))
        if after not in nodes:
            nodes[after] = self._new()[0]
            if letter >= 0x20 and letter not in (quote, mark):
                self.edges.append((nodes[node], letter, letter, nodes[after]))
            if (*node, 0) not in nodes:
                nodes[*node, 0] = self._new()[0]
                self.edges.append((nodes[node], mark, mark, nodes[*node, 0]))
            self.calls.append((nodes[*node, 0], rules[letter], nodes[after], 0))
        return after

    def _quoted(self, at: int, a: int, b: int) -> int:
        quote, mark, rules, end = self._signs(at)
        numbers, nodes = [a, b, *self._new(self.code[at + 2] - 2)], {}
        for _ in range(self.code[at + 4]):
            source, target, length = self.code[end : end + 3]
            node = (source, b"")
            if node not in nodes:
                nodes[node] = self._new()[0]
                self.edges.append((numbers[source], quote, quote, nodes[node]))
            for letter in self.code[end + 3 : end + 3 + length]:
                node = self._letter(node, letter, nodes, (quote, mark, rules))
            self.edges.append((nodes[node], quote, quote, numbers[target]))
            end += 3 + length
        return self._edges_of(self.code[at + 5], end, numbers)

    def _edges_of(self, count: int, end: int, numbers: list[int]) -> int:
        for _ in range(count):
            source, target = self.code[end : end + 2]
            end = self.part(end + 2, numbers[source], numbers[target])
        return end

    def _unlisted(self, at: int, a: int, b: int) -> int:
        quote, mark, rules, end = self._signs(at)
        numbers, nodes, listed = [a, b, *self._new(self.code[at + 2] - 2)], {(0, b""): self._new()[0]}, set()
        self.edges.append((a, quote, quote, nodes[0, b""]))
        for _ in range(self.code[at + 4]):
            listed.add(bytes(self.code[end + 1 : end + 1 + self.code[end]]))
            end += 1 + self.code[end]
        self._leave((0, b""), listed, nodes, (quote, mark, rules), numbers)
        return self._edges_of(self.code[at + 5], end, numbers)

    def _leave(self, node: tuple, listed: set[bytes], nodes: dict, signs: tuple, numbers: list[int]) -> None:
        """The tree of the words from a node on, and what leaves it."""
        onward = sorted({word[len(node[1])] for word in listed if word.startswith(node[1]) and len(word) > len(node[1])})
        for letter in onward:
            self._leave(self._letter(node, letter, nodes, signs), listed, nodes, signs, numbers)
        if (*node, 0) not in nodes:
            nodes[*node, 0] = self._new()[0]
            self.edges.append((nodes[node], signs[1], signs[1], nodes[*node, 0]))
        behind, free = nodes[*node, 0], numbers[2]
        plain = [i for i in range(0x20, 0x80) if i not in (*onward, *signs[:2])]
        self.edges += [(nodes[node], low, high, free) for low, high in runs(plain)]
        short = zip(b'"\\/bfnrt', b'"\\/\b\f\n\r\t', strict=True)
        self.edges += [(behind, name, name, free) for name, letter in short if letter not in onward]
        if tuple(onward) not in nodes:
            nodes[tuple(onward)] = self._digits(set(onward), free)
        self.edges.append((behind, ord("u"), ord("u"), nodes[tuple(onward)]))
        self.empties.append((nodes[node], numbers[3]))
        self.edges += [] if node[1] in listed else [(nodes[node], signs[0], signs[0], numbers[1])]

    def _digits(self, taken: set[int], free: int) -> int:
        """A state that reads 00 and two more hexadecimal digits of a letter that is not taken."""
        first, second, third = self._new(3)
        self.edges += [(first, 48, 48, second), (second, 48, 48, third)]
        rows = {}
        for high in range(8):
            rows.setdefault(tuple(i for i in range(16) if 16 * high + i not in taken), []).append(high)
        for row, highs in rows.items():
            if row:
                (state,) = self._new()
                self.edges += [(third, 48 + high, 48 + high, state) for high in highs]
                for digits in ([i for i in row if i < 10], [i for i in row if i > 9]):
                    for low, high in runs(digits):
                        offsets = (48,) if low < 10 else (87, 55)
                        self.edges += [(state, low + offset, high + offset, free) for offset in offsets]
        return first


def runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Sorted numbers as intervals."""
    begins = [i for i in numbers if i - 1 not in numbers]
    return [(i, next(j for j in range(i, 200) if j + 1 not in numbers)) for i in begins]
