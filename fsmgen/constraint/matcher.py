"""A matcher follows one sequence of tokens through a constraint."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata import DEAD, UNBUILT
from fsmgen.constraint.distances import TokenBound
from fsmgen.errors import InvalidOption, TableFull
from fsmgen.tokens.bitmask import Row

if TYPE_CHECKING:
    from fsmgen.constraint.constraint import Constraint

_FINISHED = -2


class Matcher:
    """One sequence's place in a constraint: a list of states, so `rollback` and `fork` are free.

    Laws: `write_mask` allows a token exactly when `advance` takes it; the end-of-sequence bit is set exactly when the text is a word; no
    reachable row is empty; how a text is cut into tokens does not matter.

    Where the constraint's tables are full, the matcher takes its steps once more over new ones, and goes on.

    A token that the row at hand allows is taken at once; the state that it leads to, if it is a new one, is built when it is asked for, as
    a rule by the next `write_mask`, while the model runs.
    """

    __slots__ = ("_history", "_states", "constraint")

    def __init__(self, constraint: Constraint) -> None:
        self.constraint = constraint
        self._states = [constraint.start]
        self._history: list[int | bytes] = []

    @property
    def state(self) -> int:
        """The automaton's state; the last one before the end token if the sequence is finished."""
        return self._states[-2] if self.finished else self._last()

    @property
    def finished(self) -> bool:
        """Whether an end-of-sequence token was taken."""
        return self._last() == _FINISHED

    @property
    def accepting(self) -> bool:
        """Whether the text so far is a word of the language."""
        return self.constraint.accepting(self.state)

    @property
    def steps(self) -> int:
        """How many advances `rollback` can undo."""
        return len(self._history)

    def _last(self) -> int:
        """The state after all steps, _FINISHED after an end token; built here if it was put off."""
        if len(self._states) == len(self._history):
            step = self._history[-1]
            assert isinstance(step, int)
            try:
                after = self.constraint.after(self._states[-1], step)
                assert after != DEAD, "the row allowed a token that leads nowhere"
                self._states.append(after)
            except TableFull:
                self._renew()
        return self._states[-1]

    def write_mask(self, row: Row, *, budget: int | None = None) -> bool:
        """Write the tokens that may come next into `row`, uint32[ceil(V / 32)].

        Args:
            budget: how many tokens are left, the end-of-sequence token included; then only tokens are allowed after which an answer can
                still be finished.

        Returns:
            Whether the budget left a token out.

        Raises:
            BudgetTooSmall: no answer fits the budget.
        """
        if budget is None and len(self._states) > len(self._history):
            known = self.constraint.known_row(self._states[-1])  # what follows finds it too, and takes longer to
            if known is not None:
                row[:] = known
                return False
        try:
            row[:], removed = self._row(budget)
        except TableFull:
            self._renew()
            row[:], removed = self._row(budget)
        return removed

    def _row(self, budget: int | None) -> tuple[Row, bool]:
        state = self._last()
        if state == _FINISHED:
            return self.constraint.eos_row, False
        return (self.constraint.row(state), False) if budget is None else self.constraint.row_within(state, budget)

    def has_row(self, budget: int | None = None) -> bool:
        """Whether the row that `write_mask` would write is at hand."""
        return self.finished or self.constraint.has_row(self._last(), budget)

    def advance(self, token: int) -> bool:
        """Take one token. False, and nothing changed, if it is not allowed; a finished sequence takes end tokens only, without effect."""
        if token in self.constraint.vocabulary.eos_ids:
            return self._finish(token)
        states, history = self._states, self._history
        if len(states) == len(history) or states[-1] == _FINISHED:
            return self._take(token)
        try:  # what follows is `_take` where nothing is put off, with three calls less
            after = self.constraint.toward(states[-1], token)
        except TableFull:
            return self._take(token)
        if after == DEAD:
            return False
        if after != UNBUILT:
            states.append(after)
        history.append(token)
        return True

    def advance_bytes(self, data: bytes) -> bool:
        """Take text in one step. False, and nothing changed, if no answer goes on like this."""
        return self._take(data)

    def _finish(self, token: int) -> bool:
        if not self.accepting:
            return False
        if not self.finished:
            self._states.append(_FINISHED)
            self._history.append(token)
        return True

    def _take(self, step: int | bytes) -> bool:
        try:
            after = self._after(step)
        except TableFull:
            self._renew()
            after = self._after(step)
        if after == DEAD:
            return False
        if after != UNBUILT:
            self._states.append(after)
        self._history.append(step)
        return True

    def _after(self, step: int | bytes) -> int:
        """The state after a token or a text; DEAD if no answer goes on like this, UNBUILT if one does and the state is built later."""
        state = self._last()
        if state == _FINISHED:
            return DEAD
        return self.constraint.after_bytes(state, step) if isinstance(step, bytes) else self.constraint.toward(state, step)

    def _renew(self) -> None:
        """Take all steps once more over tables that have room.

        Raises:
            TableFull: this sequence alone fills them.
        """
        constraint = self.constraint.renewed()
        states = [constraint.start]
        for step in self._history:
            if isinstance(step, bytes):
                states.append(constraint.after_bytes(states[-1], step))
            else:
                ends = step in constraint.vocabulary.eos_ids
                states.append(_FINISHED if ends else constraint.after(states[-1], step))
        self.constraint, self._states = constraint, states

    def rollback(self, steps: int = 1) -> None:
        """Undo the last advances; end tokens of a finished sequence count once.

        Raises:
            InvalidOption: there were not as many.
        """
        if not 0 <= steps <= self.steps:
            raise InvalidOption("steps", steps, allowed=f"from 0 to {self.steps}, the advances so far")
        del self._history[len(self._history) - steps :]
        del self._states[len(self._history) + 1 :]

    def fork(self) -> Matcher:
        """An independent matcher at the same place."""
        other = Matcher(self.constraint)
        other._states, other._history = self._states.copy(), self._history.copy()
        return other

    def forced(self) -> bytes:
        """The bytes with which every continuation begins; empty where there is a choice, or where the text may end."""
        if self.finished:
            return b""
        try:
            return self.constraint.forced(self.state)
        except TableFull:
            self._renew()
            return self.constraint.forced(self.state)

    def min_tokens_to_accept(self) -> TokenBound:
        """Fewest tokens after which the text may end, the end-of-sequence token not counted."""
        return self.constraint.bound(self.state)


def fill_masks(
    matchers: Sequence[Matcher | None],
    rows: NDArray[np.uint32],
    budgets: Sequence[int | None] | None = None,
    *,
    pool: Executor | None = None,
) -> NDArray[np.bool_]:
    """Write one mask row for each matcher; a row of None, for a sequence without a constraint, allows every id.

    Args:
        rows: uint32[B, ceil(V / 32)], written.
        budgets: tokens left for each, as in `Matcher.write_mask`.
        pool: threads that build the rows of several constraints at once; a row that is there already is copied without them.

    Returns:
        bool[B], where the budget left a token out.
    """
    removed, missing = np.zeros(len(matchers), bool), dict[int, list[int]]()

    def fill(places: Iterable[int]) -> None:
        for i in places:
            matcher, budget = matchers[i], None if budgets is None else budgets[i]
            if matcher is None:
                rows[i] = 0xFFFFFFFF
            else:
                removed[i] = matcher.write_mask(rows[i], budget=budget)

    if pool is None:
        fill(range(len(matchers)))
        return removed
    for i, matcher in enumerate(matchers):
        if matcher is None or matcher.has_row(None if budgets is None else budgets[i]):
            fill([i])
        else:
            missing.setdefault(id(matcher.constraint), []).append(i)
    list(pool.map(fill, missing.values()) if len(missing) > 1 else map(fill, missing.values()))
    return removed
