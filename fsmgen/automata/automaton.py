"""What an automaton over labels offers to whoever walks it. The implementation is `fsmgen.grammar.States`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

DEAD = 0
"""The state from which no word can be completed."""
UNBUILT = -1
"""What a transition table holds where a target is not known yet."""
NEVER = 2**31 - 1
"""The distance of a state that cannot reach acceptance."""


class Automaton(Protocol):
    """A deterministic automaton over labels, built as it is walked. Labels 0 to 255 are bytes, 256 + i is the i-th named symbol.

    States are small integers; every state but DEAD can still reach acceptance.
    """

    symbols: tuple[str, ...]
    """Names of the labels 256, 257, ..."""

    @property
    def labels(self) -> frozenset[int]:
        """The labels that some word may use."""
        ...

    @property
    def start(self) -> int:
        """The state before any label; DEAD if the language is empty."""
        ...

    def class_of(self, label: int) -> int:
        """The class of a label: labels of one class are never told apart."""
        ...

    @property
    def class_count(self) -> int:
        """How many classes there are."""
        ...

    def build(self, state: int, label_class: int) -> int:
        """The state after one more label of the class."""
        ...

    def row(self, state: int) -> NDArray[np.int32]:
        """int32[C], the state after one more label of each class."""
        ...

    def step(self, state: int, label: int) -> int:
        """The state after one more label."""
        ...

    def run(self, state: int, data: Iterable[int]) -> int:
        """The state after these labels."""
        ...

    def distance(self, state: int) -> int:
        """Fewest labels that lead to acceptance; NEVER for DEAD."""
        ...

    def accepting(self, state: int) -> bool:
        """Whether the labels read so far are a word."""
        ...
