"""A text that several languages have written one after the other, cut where each of them ends.

The grammar of such a text has a mark after each part, which is a symbol and never in the text. Its automaton reads the text with marks
put in at all places where one can stand; walking back from the end leaves the marks with which the text is a word. That holds for
languages of any kind, context-free ones too.

Of several ways to cut a text the rule takes the one with the longest first part, and among those the one with the longest second part, and
so on, as greedy groups of a regular expression are matched. No part is empty if it need not be.

Cost: one step for each byte and each state that a mark more or less can lead to: linear in the text, unless a part keeps count of what
stands before it.
"""

from __future__ import annotations

import reprlib
import warnings
from functools import cached_property

from fsmgen.automata import DEAD, Symbol
from fsmgen.errors import InputError, LimitReached, TableFull
from fsmgen.grammar import Grammar, States

END = Symbol("end of a part")
_MARK = 256
_STEP_LIMIT = 4_000_000
_SHOWN = reprlib.Repr()
_SHOWN.maxlist, _SHOWN.maxstring = 20, 100
_Layer = dict[int, tuple[int, int]]
"""For each state at a place of the text: the states after a mark, and after the next byte."""


class AmbiguousAnswerWarning(UserWarning):
    """An answer can be read in several ways, and the rule that earlier parts are as long as possible chose one."""


class Splitter:
    """Cuts texts of one grammar with marks.

    Attributes:
        grammar: whose words are the texts with `END` after each part; it has no other symbols.
        source: names it in messages.
        alike: whether the parts are repeats of one language, so that an empty one that need not be there is not another way.
    """

    def __init__(self, grammar: Grammar, source: str, *, alike: bool = False, step_limit: int = _STEP_LIMIT) -> None:
        self.grammar, self.source, self.alike, self._step_limit = grammar, source, alike, step_limit

    @cached_property
    def _automaton(self) -> States:
        return self.grammar.automaton(self.source)

    def cut(self, text: str, *, warn: bool = True) -> list[str]:
        """The parts of the text. Warns with `AmbiguousAnswerWarning` if there are other ways, unless these do not matter.

        Raises:
            InputError: the text is none of the language.
            LimitReached: too many ways must be kept in mind.
        """
        data = text.encode()
        try:
            ends, ambiguous = self._ends(data)
        except TableFull:
            self._automaton = self._automaton.fresh()
            ends, ambiguous = self._ends(data)
        parts = [data[begin:end].decode() for begin, end in zip([0, *ends], ends, strict=False)]
        if ambiguous and warn:
            shown, chosen = _SHOWN.repr(text), _SHOWN.repr(parts)
            message = f"{shown} can be read as {self.source} in several ways; earlier parts are as long as possible: {chosen}"
            warnings.warn(message, AmbiguousAnswerWarning, stacklevel=2)
        return parts

    def _ends(self, data: bytes) -> tuple[list[int], bool]:
        """Where each part ends, and whether a byte that was read could also have been left to later parts."""
        layers = self._layers(data)
        alive = self._alive(layers)
        state, at, ambiguous, ends = self._automaton.start, 0, False, list[int]()
        if state not in alive[0]:
            raise InputError(f"{data.decode()!r} is no answer of {self.source}")
        while not (at == len(data) and self._automaton.accepting(state)):
            marked, after = layers[at][state]
            if at < len(data) and after in alive[at + 1]:
                ambiguous = ambiguous or (marked in alive[at] and not (self.alike and at == (ends[-1] if ends else 0)))
                state, at = after, at + 1
            else:
                state = marked
                ends.append(at)
        return ends, ambiguous

    def _layers(self, data: bytes) -> list[_Layer]:
        """The states that marks can lead to at each place of the text."""
        automaton, layers, steps = self._automaton, list[_Layer](), 0
        fresh = {automaton.start}
        for label in (*data, None):
            layer: _Layer = {}
            stack = list(fresh)
            while stack:
                state = stack.pop()
                if state not in layer:
                    marked = automaton.step(state, _MARK)
                    layer[state] = marked, DEAD if label is None else automaton.step(state, label)
                    stack += [marked] if marked != DEAD else []
            fresh = {after for _, after in layer.values() if after != DEAD}
            steps += len(layer)
            if steps > self._step_limit:
                raise LimitReached("the steps in which a text is cut into parts", limit=self._step_limit, reached=steps)
            layers.append(layer)
        return layers

    def _alive(self, layers: list[_Layer]) -> list[set[int]]:
        """The states at each place from which marks and the rest of the text lead to acceptance."""
        after = {state for state in layers[-1] if self._automaton.accepting(state)}
        result = []
        for place, layer in zip(range(len(layers) - 1, -1, -1), reversed(layers), strict=True):
            alive = set(after) if place == len(layers) - 1 else {state for state, ways in layer.items() if ways[1] in after}
            before: dict[int, list[int]] = {}
            for state, (marked, _) in layer.items():
                before.setdefault(marked, []).append(state)
            stack = list(alive)
            while stack:
                fresh = [state for state in before.get(stack.pop(), ()) if state not in alive]
                alive.update(fresh)
                stack += fresh
            result.append(alive)
            after = alive
        result.reverse()
        return result
