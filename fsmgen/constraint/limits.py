"""How much a constraint may take; every limit that is reached is reported."""

from __future__ import annotations

from dataclasses import dataclass

from fsmgen.grammar.states import TABLE_BYTES


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one constraint.

    Attributes:
        row_bytes: memory of the mask rows that are kept; beyond it rows are built again.
        table_bytes: memory of the automaton's states; beyond it matchers go on with new tables, which are built again.
        steps: (state, token) pairs whose next state is remembered (about 100 bytes each); beyond it they are walked again.
        graph_nodes: trie nodes that an exploration of the token graph may visit (about 2 ns each); beyond it distances are upper
            bounds, or an error where only exact ones are true.
    """

    row_bytes: int = 512 << 20
    table_bytes: int = TABLE_BYTES
    steps: int = 1 << 20
    graph_nodes: int = 200_000_000


DEFAULT_LIMITS = Limits()
