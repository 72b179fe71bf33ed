"""Floor 1: regular languages over bytes and named symbols.

A front end says what it means with an *expression* (`Words`, `Characters`, `Sequence`, `Choice`, `Repeat`, `Symbol`, `Call`).
`Automaton` is what a language offers to whoever walks it, over *labels*: 0 to 255 are bytes, 256 and up are the grammar's named
symbols. `Dfa` is the explicit table of a small language, with the set algebra; `Lexicon` counts, lists and draws its words;
`compare` says how two languages lie to each other.

    >>> from fsmgen.automata import Characters, repeat, sequence, text
    >>> sequence([text("#"), repeat(Characters(((0x30, 0x39),)), 2, 3)])
    Sequence(parts=(Words(words=(b'#',)), Repeat(part=Characters(ranges=((48, 57),)), low=2, high=3)))

When not to use it: the automaton of an expression, or of rules with recursion, is built by `fsmgen.grammar`.
"""

from fsmgen.automata.algebra import Comparison, Relation, compare, difference_word, is_equivalent, is_included
from fsmgen.automata.automaton import DEAD, NEVER, UNBUILT, Automaton
from fsmgen.automata.dfa import Dfa
from fsmgen.automata.expression import (
    EMPTY,
    NOTHING,
    Call,
    Characters,
    Choice,
    Expression,
    Repeat,
    Sequence,
    Symbol,
    Words,
    choice,
    repeat,
    sequence,
    text,
)
from fsmgen.automata.lexicon import Lexicon

__all__ = [
    "DEAD",
    "EMPTY",
    "NEVER",
    "NOTHING",
    "UNBUILT",
    "Automaton",
    "Call",
    "Characters",
    "Choice",
    "Comparison",
    "Dfa",
    "Expression",
    "Lexicon",
    "Relation",
    "Repeat",
    "Sequence",
    "Symbol",
    "Words",
    "choice",
    "compare",
    "difference_word",
    "is_equivalent",
    "is_included",
    "repeat",
    "sequence",
    "text",
]
