"""Making a `TokenFsm`: breadth first from the start, one state at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fsmgen.constraint.token_fsm._kernels import write_targets
from fsmgen.constraint.token_fsm.table import TokenFsm
from fsmgen.errors import LimitReached
from fsmgen.tokens import Trie

if TYPE_CHECKING:
    from fsmgen.constraint.constraint import Constraint

EDGE_LIMIT = 10_000_000
"""Edges, and states, that a machine may have by default; an edge takes 8 bytes."""


def token_fsm(constraint: Constraint, *, limit: int = EDGE_LIMIT) -> TokenFsm:
    """The whole machine of a constraint. Cost: two walks of the vocabulary for each state.

    Raises:
        LimitReached: more than `limit` states or edges.
    """
    builder = _Builder(constraint)
    for state in builder.states:  # grows while it runs
        builder.visit(state)
        for what, reached in (("states", len(builder.states)), ("edges", builder.edge_count)):
            if reached > limit:
                raise LimitReached(f"the token machine of {constraint.language.source}: its {what}", limit=limit, reached=reached)
    return builder.fsm()


class _Builder:
    """The machine so far. `states`: the automaton's states in the order of their numbers, from 1 on."""

    def __init__(self, constraint: Constraint) -> None:
        self._constraint = constraint
        self._automaton, self._tries = constraint.walker.automaton, constraint.vocabulary.tries
        self._others = [token for trie in self._tries for token in trie.long_tokens.tolist()]
        self._others += [token for token, _ in constraint.walker.symbol_tokens]
        self.states: list[int] = []
        self._numbers = np.zeros(0, np.int32)
        self._after = np.zeros(constraint.vocabulary.size, np.int32)
        self._tokens: list[NDArray[np.int32]] = []
        self._targets: list[NDArray[np.int32]] = []
        self.edge_count = 0
        self._number(np.array([constraint.start], np.int32))

    def visit(self, state: int) -> None:
        """Add the edges of a state."""
        self._write_targets(state)
        tokens = np.flatnonzero(self._after != 0).astype(np.int32)  # a tenth of the time that it takes for the numbers themselves
        targets = self._number(self._after[tokens])
        alive = targets > 0
        self._tokens.append(tokens[alive])
        self._targets.append(targets[alive])
        self.edge_count += int(alive.sum())

    def fsm(self) -> TokenFsm:
        """The machine, when all states are visited."""
        none = np.zeros(0, np.int32)
        lengths = [0, *map(len, self._tokens)]
        accepting = [False, *map(self._constraint.accepting, self.states)]
        return TokenFsm(
            offsets=_frozen(np.cumsum([0, *lengths], dtype=np.int64)),
            tokens=_frozen(np.concatenate([none, *self._tokens])),
            targets=_frozen(np.concatenate([none, *self._targets])),
            accepting=_frozen(np.array(accepting)),
            start=1,
            vocabulary=self._constraint.vocabulary,
        )

    def _number(self, reached: NDArray[np.int32]) -> NDArray[np.int32]:
        """The machine's numbers of states of the automaton; below 0 where no tokens lead from there to acceptance."""
        missing = self._automaton.state_count - len(self._numbers)
        self._numbers = np.concatenate([self._numbers, np.zeros(missing, np.int32)])
        for state in np.unique(reached[self._numbers[reached] == 0]).tolist():
            if self._constraint.alive(state):
                self.states.append(state)
                self._numbers[state] = len(self.states)
            else:
                self._numbers[state] = -1
        numbers: NDArray[np.int32] = self._numbers[reached]
        return numbers

    def _write_targets(self, state: int) -> None:
        """The automaton's state after each token, or 0, into `_after`."""
        walker, after = self._constraint.walker, self._after
        after[:] = 0
        walker.targets(state)  # builds in one go what the walks below read
        for trie in self._tries:
            self._walk(trie, state)
            after[trie.duplicates[:, 1]] = after[trie.duplicates[:, 0]]
        for token in self._others:
            after[token] = walker.after(state, token)

    def _walk(self, trie: Trie, state: int) -> None:
        automaton, nodes = self._automaton, trie.nodes
        stack = np.zeros(trie.max_depth + 1, np.int32)
        stack[0], at = state, 0
        while (at := write_targets(nodes, (automaton.classes, automaton.pools.transitions), at, stack, self._after)) < len(nodes):
            node = int(nodes[at])
            automaton.step(int(stack[node >> 8 & 255]), node & 255)


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array
