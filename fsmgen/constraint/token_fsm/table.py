"""`TokenFsm`, the explicit automaton over tokens: arrays, what they count, and how they are shown."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsmgen.automata import DEAD
from fsmgen.automata.paths import Paths
from fsmgen.constraint.token_fsm.drawing import DRAWN_ARROWS, drawn
from fsmgen.errors import LimitReached, MissingPackage
from fsmgen.tokens import Vocabulary


@dataclass(frozen=True, eq=False)
class TokenFsm:
    """A deterministic automaton over token ids in CSR form. All arrays are read-only.

    State 0 is DEAD: nothing leads to it or from it. From every other state tokens lead to acceptance. End-of-sequence tokens are no
    edges: they are allowed exactly in accepting states, and end the sequence there.

    Attributes:
        offsets: int64[S + 1]; the edges of state s are those from `offsets[s]` to `offsets[s + 1]`.
        tokens: int32[E], ascending within a state.
        targets: int32[E].
        accepting: bool[S].
        start: the start state.
        vocabulary: the tokens, and the ids that end a sequence.
    """

    offsets: NDArray[np.int64]
    tokens: NDArray[np.int32]
    targets: NDArray[np.int32]
    accepting: NDArray[np.bool_]
    start: int
    vocabulary: Vocabulary

    @property
    def state_count(self) -> int:
        """S, the number of states, DEAD included."""
        return len(self.accepting)

    @property
    def edge_count(self) -> int:
        """E, the number of edges."""
        return len(self.tokens)

    def edges(self, state: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The tokens that lead on from a state, ascending, and where each leads."""
        part = slice(self.offsets[state], self.offsets[state + 1])
        return self.tokens[part], self.targets[part]

    def step(self, state: int, token: int) -> int:
        """The state after one more token; DEAD if it is not allowed. An end-of-sequence token is no step."""
        tokens, targets = self.edges(state)
        place = int(np.searchsorted(tokens, token))
        return int(targets[place]) if place < len(tokens) and tokens[place] == token else DEAD

    def run(self, tokens: Iterable[int]) -> int:
        """The state after these tokens from the start."""
        state = self.start
        for token in tokens:
            state = self.step(state, token)
        return state

    def accepts(self, tokens: Iterable[int]) -> bool:
        """Whether these tokens, the end token left out, are a whole answer."""
        return bool(self.accepting[self.run(tokens)])

    def allowed(self, state: int) -> NDArray[np.int64]:
        """The ids that may come next, ascending, with the end-of-sequence ids where the text may end."""
        ending = self.vocabulary.eos_ids if self.accepting[state] else ()
        return np.union1d(self.edges(state)[0].astype(np.int64), np.array(ending, np.int64))

    @cached_property
    def paths(self) -> Paths:
        """The states and how many tokens lead from one to the other."""
        weights = np.ones(self.edge_count, np.int64)
        return Paths(self.start, self.accepting, _sources(self), self.targets, weights)

    def count_sequences(self, *, max_tokens: int | None = None) -> int | None:
        """How many token sequences spell an answer, the end token not counted; None if there are infinitely many."""
        return self.paths.count(max_length=max_tokens)

    def count_spellings(self, text: bytes) -> int:
        """How many token sequences spell this text, if it is an answer; 0 if it is none."""
        ways, states = [1] + [0] * len(text), [self.start] + [DEAD] * len(text)
        for place in range(len(text)):
            for token, target in zip(*self.edges(states[place]), strict=True):
                spelled = self.vocabulary.token_bytes(token)
                if spelled and text.startswith(spelled, place):
                    ways[place + len(spelled)] += ways[place]
                    states[place + len(spelled)] = int(target)
        return ways[-1] if self.accepting[states[-1]] else 0

    def draw(self, generator: random.Random, *, max_tokens: int | None = None) -> tuple[int, ...]:
        """A token sequence, each equally probable; `max_tokens` is needed where there are infinitely many. Errors as `Paths.draw`."""
        states = self.paths.draw(generator, max_length=max_tokens)
        return tuple(generator.choice(self.between(a, b)) for a, b in pairwise(states))

    def between(self, source: int, target: int) -> list[int]:
        """The tokens that lead from one state to the other."""
        tokens, targets = self.edges(source)
        between: list[int] = tokens[targets == target].tolist()
        return between

    def arrows(self) -> list[tuple[int, int]]:
        """The pairs of states between which a token leads, ascending."""
        pairs = np.unique(_sources(self) * self.state_count + self.targets)
        return [divmod(pair, self.state_count) for pair in pairs.tolist()]

    def spelling(self, token: int) -> bytes | str:
        """A text token's bytes, or a special token's name."""
        names = (name for name, known in self.vocabulary.special_ids.items() if known == token)
        return self.vocabulary.token_bytes(token) or next(names)

    def to_networkx(self) -> Any:
        """A `networkx.MultiDiGraph`: states as nodes (`accepting`, `start`), edges with the token as key and its `spelling`.

        Raises:
            MissingPackage: networkx is not installed.
        """
        try:
            import networkx
        except ImportError:
            raise MissingPackage("networkx", purpose="a graph of a token machine") from None
        graph = networkx.MultiDiGraph(start=self.start, eos_ids=self.vocabulary.eos_ids)
        for state in range(1, self.state_count):
            graph.add_node(state, accepting=bool(self.accepting[state]), start=state == self.start)
        graph.add_edges_from(self._networkx_edges())
        return graph

    def _networkx_edges(self) -> Iterator[tuple[int, int, int, dict[str, bytes | str]]]:
        for source, target, token in zip(_sources(self).tolist(), self.targets.tolist(), self.tokens.tolist(), strict=True):
            yield source, target, token, {"spelling": self.spelling(token)}

    def to_svg(self, *, limit: int = DRAWN_ARROWS) -> str:
        """A picture of a small machine: states in layers from left to right, one arrow for all tokens between two states.

        Args:
            limit: most arrows that are drawn.

        Raises:
            LimitReached: there are more.
        """
        arrows = self.arrows()
        if len(arrows) > limit:
            raise LimitReached("the arrows of a drawing", limit=limit, reached=len(arrows))
        spellings = {(a, b): [self.spelling(token) for token in self.between(a, b)] for a, b in arrows}
        return drawn(spellings, np.flatnonzero(self.accepting).tolist(), self.start)


def _sources(fsm: TokenFsm) -> NDArray[np.int64]:
    """int64[E], the state that each edge leaves."""
    return np.repeat(np.arange(fsm.state_count), np.diff(fsm.offsets))
