"""Rules whose network is known already, and networks as bytes, for files.

    >>> from fsmgen.automata import text
    >>> from fsmgen.grammar.network import lower
    >>> network = lower({"start": text("ab")}, "start")
    >>> unpacked_network(packed_network(network)).edges.tolist() == network.edges.tolist()
    True
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from functools import cached_property
from typing import Any

import numpy as np

from fsmgen.automata.expression import Expression
from fsmgen.grammar.network import Network

_ARRAYS = tuple(field.name for field in fields(Network) if field.name not in ("states", "symbols", "open"))


class Lowered(Mapping[str, Expression]):
    """Rules that are made only where somebody asks for them; an automaton takes their network as it is.

    Attributes:
        network: of the rules and their start.
    """

    def __init__(self, network: Network, make: Callable[[], Mapping[str, Expression]]) -> None:
        self.network, self._make = network, make

    @cached_property
    def _rules(self) -> Mapping[str, Expression]:
        return self._make()

    def __getitem__(self, name: str) -> Expression:
        return self._rules[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)


def packed_network(network: Network) -> bytes:
    """A network without deferred rules as a line of JSON and the numbers of its arrays, four bytes each, the lowest first."""
    arrays = [getattr(network, name) for name in _ARRAYS]
    facts = {"states": network.states, "symbols": network.symbols, "shapes": [array.shape for array in arrays]}
    return json.dumps(facts).encode() + b"\n" + b"".join(array.astype("<i4").tobytes() for array in arrays)


def unpacked_network(data: bytes) -> Network:
    """The network that was packed.

    Raises:
        KeyError, TypeError, ValueError: it is no such data.
    """
    line, _, rest = data.partition(b"\n")
    facts = json.loads(line)
    numbers, at, arrays = np.frombuffer(rest, "<i4").astype(np.int32), 0, dict[str, Any]()
    for name, shape in zip(_ARRAYS, facts["shapes"], strict=True):
        size = math.prod(shape)
        arrays[name] = numbers[at : at + size].reshape(shape)
        at += size
    if at != len(numbers):
        raise ValueError(f"{len(numbers)} numbers, and the arrays hold {at}")
    return Network(states=int(facts["states"]), symbols=tuple(map(str, facts["symbols"])), **arrays)
