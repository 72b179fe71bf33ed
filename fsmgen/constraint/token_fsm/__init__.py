"""The token-level finite-state machine of a constraint, written out: every state, every token, every next state.

`Constraint.token_fsm()` gives a `TokenFsm`: arrays in CSR form, equal to what a matcher walks lazily. It counts token sequences, draws
them uniformly, and is exported to networkx and as a picture.

    >>> from fsmgen.constraint import compile
    >>> from fsmgen.frontends import regex
    >>> from fsmgen.tokens import Vocabulary
    >>> vocabulary = Vocabulary.from_tokens([b"1", b"23", b"a", b"4", None], eos_ids=(4,))
    >>> fsm = compile(regex(r"[0-9]{2,3}"), vocabulary).token_fsm()
    >>> fsm.state_count, fsm.edge_count, fsm.count_sequences()
    (5, 8, 17)
    >>> fsm.allowed(fsm.run([0])).tolist(), fsm.allowed(fsm.run([0, 1])).tolist()
    ([0, 1, 3], [4])

When not to use it: generation needs only the states that a text visits, which a `Matcher` builds on the way. `.{1,500}` over 131,072
tokens has tens of millions of edges.
"""

from fsmgen.constraint.token_fsm.building import EDGE_LIMIT, token_fsm
from fsmgen.constraint.token_fsm.table import TokenFsm

__all__ = ["EDGE_LIMIT", "TokenFsm", "token_fsm"]
