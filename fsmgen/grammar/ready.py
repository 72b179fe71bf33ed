"""A network ready for stepping, and what it says as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fsmgen.grammar.measuring import Parts, longest
from fsmgen.grammar.network import Network
from fsmgen.grammar.normal_form import normal_form
from fsmgen.grammar.packing import OPTION_ALL, OPTION_NORMAL, OPTION_OPEN, owners, pack, two_copies
from fsmgen.grammar.tables import Packed

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Ready:
    """A network in normal form: no rule derives the empty word or begins with itself, and nothing leads nowhere.

    Attributes:
        packed: its table.
        parts: the same before it was packed; rules have other numbers there.
        numbers: int32[R], the number of each rule in the table.
        labels: uint8[L], 1 for the labels that some word may use.
        states: how many states are in use, that of ROOT among them.
        nullable: bool[R], whether a rule derived the empty word, which calls of it stand for besides, by the numbers of `parts`.
        owner: int32[Q], the rule of each state, with the numbers of `parts`; None if they lie one after the other.
    """

    packed: Packed
    parts: Parts
    numbers: Ints
    labels: NDArray[np.uint8]
    states: int
    nullable: NDArray[Any]
    owner: Ints | None = None

    @property
    def empty(self) -> bool:
        """Whether the empty word is in the language although rule 0 does not derive it."""
        return bool(self.nullable[0])

    def longest_way(self) -> int:
        """An upper bound of the distance of every item; NEVER with recursion."""
        net = self.packed.net
        owner = owners(self.parts, len(net.kind)) if self.owner is None else self.owner
        return longest(net, np.where(owner < 0, -1, self.numbers[owner]).astype(np.int32))


def ready(network: Network) -> Ready:
    """The network in normal form.

    Left recursion is rare, and array operations remove it; all other steps are those of kernels, a few nanoseconds for each move.
    """
    labels = 256 + len(network.symbols)
    nullable: NDArray[Any]
    parts, states, nullable = two_copies(network.parts, network.states)
    options = OPTION_ALL | OPTION_OPEN if network.open else 0
    table, layout, numbers, used = pack(parts, states, labels, options)
    if len(table):
        return Ready(Packed(table, layout), parts, numbers, used, states, nullable)
    normal, nullable = normal_form(network)
    table, layout, numbers, used = pack(normal.parts, normal.states, labels, OPTION_NORMAL | options)
    return Ready(Packed(table, layout), normal.parts, numbers, used, normal.states, nullable, normal.owner)
