"""Bounds in tokens on the beginning of an answer: free text up to its trigger, of at most so many tokens.

The beginning has an automaton of its own, which is walked beside the constraint's until the beginning is complete. Its states are few, so
the graph of its tokens is written out when the constraint is compiled, and every distance in it is exact: how many tokens lead from a state
to the end of the beginning, if at least m of them must stay inside. A token is left out if the end would be out of reach after it, so the
row is never empty: from a state that is d tokens away some token leads to one that is d - 1 away.

What a budget leaves for the rest is counted from the end of the beginning, where the constraint is in one and the same state, whatever was
written before.

The alternative, a constraint whose states count tokens, would have as many states as the bound has tokens, and no row in common.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from fsmgen.automata import DEAD, NEVER
from fsmgen.automata.words import shortest_word
from fsmgen.constraint.distances import TokenBound
from fsmgen.constraint.matcher import Matcher
from fsmgen.constraint.walker import Distances, Walker
from fsmgen.errors import BudgetTooSmall, EmptyLanguage, LimitReached, Unspellable, UnsupportedFeature
from fsmgen.grammar import Opening
from fsmgen.tokens.bitmask import Row

if TYPE_CHECKING:
    from fsmgen.constraint.constraint import Constraint

GRAPH_LIMIT = 20_000
"""States of a beginning that tokens may reach; each costs one walk of the vocabulary."""
LAYER_LIMIT = 1_000_000
"""Entries of the tables of distances, states times fewest tokens."""
OUTSIDE = -1
"""Stands for a state after the end of the beginning."""


class OpeningTokens:
    """The beginnings of a constraint's answers over its vocabulary.

    Attributes:
        start: the automaton's start state.
        low, high: how many tokens the end may take, the last one included; None for no bound.
        farthest: the greatest distance to the end, where no more tokens must stay inside.
    """

    def __init__(self, opening: Opening, constraint: Constraint, walker: Walker) -> None:
        self._walker, self._source = walker, constraint.language.source
        self.start = walker.automaton.start
        self._targets = self._explored()
        self._accepting = np.array([walker.automaton.accepting(state) for state in range(max(self._targets) + 1)])
        table = self._to_the_end()
        least = int(table[self.start])
        if least == NEVER:
            missing = {label for label in walker.automaton.labels if label < 256} - constraint.vocabulary.single_bytes
            raise Unspellable(self._source, missing=missing)
        self.farthest = int(table[table != NEVER].max())
        self.low, self.high = opening.low + least, None if opening.high is None else opening.high + least
        self._layers = self._all_layers(table)
        if self.distance(self.start, self.low - 1) > (NEVER - 1 if self.high is None else self.high):
            raise EmptyLanguage(self._source, reason=f"no beginning takes {self.low} to {self.high} tokens of this vocabulary")
        self._bound_of_rest = constraint.distance(self._after_shortest(constraint))
        if self._bound_of_rest == NEVER:
            raise Unspellable(self._source, missing=())
        self._rest: int | None = None
        self._rows: dict[tuple[int, int, int], Row] = {}

    def distance(self, state: int, inside: int) -> int:
        """Fewest tokens from a state to the end, if before the last one at least so many must stay inside."""
        layer = min(inside, len(self._layers) - 1)
        known = int(self._layers[layer][state])
        return known if known == NEVER else known + inside - layer

    def rest(self, constraint: Constraint, within: int = 0) -> int:
        """Fewest tokens from the end of the beginning to acceptance, or an upper bound that is within a limit."""
        if self._rest is None and self._bound_of_rest > within:
            self._rest = constraint.bound(self._after_shortest(constraint)).count
        return self._bound_of_rest if self._rest is None else self._rest

    def fits(self, max_tokens: int) -> bool:
        """Whether an answer and its end token are sure to fit; otherwise only the distances of the constraint tell."""
        return self.distance(self.start, self.low - 1) + self._bound_of_rest + 1 <= max_tokens

    def after(self, state: int, step: int | bytes) -> int:
        """The state after a token or a text that the constraint allows; OUTSIDE if the beginning is complete then."""
        target = self._walker.automaton.run(state, step) if isinstance(step, bytes) else self._walker.after(state, step)
        return OUTSIDE if target == DEAD or self._walker.automaton.accepting(target) else target

    def staying(self, state: int, inside: int, limit: int) -> Row:
        """The tokens that stay inside, at most `limit` from the end, before which so many must stay inside."""
        layer = min(inside, len(self._layers) - 1)
        limit = max(-1, min(limit - inside, self.farthest) + layer)
        if (state, layer, limit) not in self._rows:
            row = np.zeros(-(-self._walker.vocabulary.size // 32), np.uint32)
            table = np.where(self._accepting, np.int32(NEVER), self._layers[layer])
            if limit >= 0:
                self._walker.allow(state, table, limit, row)
            self._rows[state, layer, limit] = row
        return self._rows[state, layer, limit]

    def _explored(self) -> dict[int, list[int]]:
        """By state, the states that tokens lead to."""
        automaton, found = self._walker.automaton, dict[int, list[int]]()
        queue = deque([self.start])
        while queue:
            state = queue.popleft()
            if state in found:
                continue
            if len(found) >= GRAPH_LIMIT:
                raise LimitReached("the states of a beginning that is bounded in tokens", limit=GRAPH_LIMIT, reached=GRAPH_LIMIT + 1)
            if automaton.accepting(state) and (automaton.row(state) != DEAD).any():
                feature, instead = "a bound in tokens on a beginning that another one goes on with", "leave out leading_space"
                raise UnsupportedFeature(feature, source=self._source, position=0, instead=instead)
            found[state] = self._walker.targets(state)
            queue += found[state]
        return found

    def _to_the_end(self) -> Distances:
        """Fewest tokens to the end, by state."""
        sources: dict[int, list[int]] = {}
        for source, targets in self._targets.items():
            for target in targets:
                sources.setdefault(target, []).append(source)
        table = np.full(len(self._accepting), NEVER, np.int32)
        queue = deque(state for state in self._targets if self._accepting[state])
        table[list(queue)] = 0
        while queue:
            target = queue.popleft()
            for source in sources.get(target, ()):
                if table[source] == NEVER:
                    table[source] = table[target] + 1
                    queue.append(source)
        return table

    def _all_layers(self, table: Distances) -> list[Distances]:
        """The distances for 0, 1, 2, ... tokens that must stay inside, as far as they are asked for, or until each is one more."""
        layers = [table]
        while len(layers) < self.low and not (len(layers) > 1 and self._is_settled(*layers[-2:])):
            layers.append(self._farther(layers[-1]))
            if len(layers) * len(table) > LAYER_LIMIT:
                raise LimitReached("the fewest tokens of a beginning", limit=LAYER_LIMIT // len(table), reached=self.low)
        return layers

    def _farther(self, table: Distances) -> Distances:
        """The distances if one more token must stay inside."""
        inside = np.where(self._accepting, NEVER, table)
        farther = np.full(len(table), NEVER, np.int32)
        for source, targets in self._targets.items():
            nearest = inside[targets].min(initial=NEVER)
            farther[source] = nearest if nearest == NEVER else nearest + 1
        return farther

    def _is_settled(self, before: Distances, last: Distances) -> bool:
        """Whether one more token inside is one more token from everywhere."""
        alive = ~self._accepting & (before != NEVER)
        return bool((last[alive] == before[alive] + 1).all())

    def _after_shortest(self, constraint: Constraint) -> int:
        """The constraint's state after a shortest beginning."""
        own, automaton = self._walker.automaton, constraint.walker.automaton
        state = automaton.start
        for label in shortest_word(own):
            state = automaton.step(state, label if label < 256 else 256 + automaton.symbols.index(own.symbols[label - 256]))
        return state


class OpeningMatcher(Matcher):
    """A matcher whose answer begins with what is bounded in tokens.

    A text that is taken in one step counts as one token. `forced` is what the language forces, whatever the bound leaves.
    """

    __slots__ = ("_inside", "_opening")

    def __init__(self, constraint: Constraint, opening: OpeningTokens) -> None:
        super().__init__(constraint)
        self._opening = opening
        self._inside = [opening.start]

    def write_mask(self, row: Row, *, budget: int | None = None) -> bool:
        if self._inside[-1] == OUTSIDE:
            return super().write_mask(row, budget=budget)
        if self._is_free(budget):
            try:
                if not super().write_mask(row, budget=budget):
                    return False
            except BudgetTooSmall:
                pass  # only by an upper bound of the distances
        return self._write_near(row, budget)

    def _is_free(self, budget: int | None) -> bool:
        """Whether after any next token there is time to end the beginning, and then the rest."""
        taken, opening = self.steps + 1, self._opening
        if taken < opening.low or (opening.high is not None and opening.high - taken < opening.farthest):
            return False
        room = NEVER if budget is None else budget - 2 - opening.farthest
        return opening.rest(self.constraint, room) <= room

    def _write_near(self, row: Row, budget: int | None) -> bool:
        """Write the mask where the bound may leave tokens out. See `write_mask`."""
        super().write_mask(row)
        allowed = row.copy()
        self._restrict(row, allowed, allowed, NEVER - 1)
        if budget is None:
            return False
        unbounded, leaving = row.copy(), np.zeros_like(row)
        with suppress(BudgetTooSmall):
            super().write_mask(leaving, budget=budget)
        rest = self._opening.rest(self.constraint, budget - 2 - self._opening.farthest)
        self._restrict(row, allowed, leaving, budget - 2 - rest)
        row |= self._sooner(leaving, budget - 2)
        if not row.any():
            shortest = self.min_tokens_to_accept().count + 1
            raise BudgetTooSmall(self.constraint.language.source, shortest=shortest, budget=budget)
        return bool((unbounded & ~row).any())

    def _restrict(self, row: Row, allowed: Row, leaving: Row, limit: int) -> None:
        """Write the tokens that stay inside near enough to the end, of those that are allowed, and those that leave in time."""
        state, taken = self._inside[-1], self.steps + 1
        within = limit if self._opening.high is None else min(limit, self._opening.high - taken)
        row[:] = allowed & self._opening.staying(state, max(0, self._opening.low - 1 - taken), within)
        if taken >= self._opening.low:
            row |= leaving & ~self._opening.staying(state, 0, NEVER - 1)

    def _sooner(self, within: Row, limit: int) -> Row:
        """The tokens after which the answer can end within the limit, where that is before the bound matters."""
        taken, opening = self.steps + 1, self._opening
        if taken < opening.low - 1 or (opening.high is not None and opening.high - taken < limit):
            return np.zeros_like(within)
        return within if taken >= opening.low else within & opening.staying(self._inside[-1], 0, NEVER - 1)

    def has_row(self, budget: int | None = None) -> bool:
        return self._inside[-1] == OUTSIDE and super().has_row(budget)

    def advance(self, token: int) -> bool:
        return self._finish(token) if token in self.constraint.vocabulary.eos_ids else self._take(token)

    def _take(self, step: int | bytes) -> bool:
        after = state = self._inside[-1]
        if state != OUTSIDE:
            if not isinstance(step, bytes) and not 0 <= step < self.constraint.vocabulary.size:
                return False
            after = self._opening.after(state, step)
        if (state != OUTSIDE and not self._in_time(after)) or not super()._take(step):
            return False
        self._inside.append(after)
        return True

    def _in_time(self, after: int) -> bool:
        """Whether the end is neither too early nor out of reach after one more token."""
        taken, opening = self.steps + 1, self._opening
        if after == OUTSIDE:
            return taken >= opening.low
        return opening.high is None or opening.distance(after, max(0, opening.low - 1 - taken)) <= opening.high - taken

    def rollback(self, steps: int = 1) -> None:
        super().rollback(steps)
        del self._inside[self.steps + 1 :]

    def fork(self) -> OpeningMatcher:
        other = OpeningMatcher(self.constraint, self._opening)
        other._states, other._history, other._inside = self._states.copy(), self._history.copy(), self._inside.copy()
        return other

    def min_tokens_to_accept(self) -> TokenBound:
        state = self._inside[-1]
        if state == OUTSIDE:
            return super().min_tokens_to_accept()
        inside, bound = max(0, self._opening.low - 1 - self.steps), super().min_tokens_to_accept()
        if inside == 0 and (self._opening.high is None or self.steps + bound.count <= self._opening.high):
            return bound
        return TokenBound(self._opening.distance(state, inside) + self._opening.rest(self.constraint), exact=False)
