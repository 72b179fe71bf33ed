"""Floor 4: where a language and a vocabulary meet.

`compile` joins them into a `Constraint`, immutable and shared by any number of threads; `Constraint.matcher()` follows one sequence: it
says which tokens may come next, and takes the one that came.

    >>> from fsmgen.constraint import compile
    >>> from fsmgen.frontends import regex
    >>> from fsmgen.tokens import Vocabulary
    >>> from fsmgen.tokens.bitmask import allowed_ids, new_rows
    >>> vocabulary = Vocabulary.from_tokens([b"1", b"23", b"a", b"4", None], eos_ids=(4,))
    >>> matcher = compile(regex(r"\\d{2,3}"), vocabulary).matcher()
    >>> [row] = new_rows(1, vocabulary.size)
    >>> matcher.advance(0), matcher.write_mask(row), allowed_ids(row).tolist()
    (True, False, [0, 1, 3])
    >>> matcher.advance(1), matcher.write_mask(row), allowed_ids(row).tolist()
    (True, False, [4])

When not to use it: for whole texts ask the language's automaton; a mask costs up to one walk of the vocabulary.
"""

from fsmgen.constraint.constraint import Constraint, compile, load_constraint
from fsmgen.constraint.distances import TokenBound
from fsmgen.constraint.limits import Limits
from fsmgen.constraint.matcher import Matcher, fill_masks
from fsmgen.constraint.token_fsm import TokenFsm

__all__ = ["Constraint", "Limits", "Matcher", "TokenBound", "TokenFsm", "compile", "fill_masks", "load_constraint"]
