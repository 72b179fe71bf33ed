"""Floor 2: languages given by rules that call each other.

A `Grammar` is a set of named rules, each an expression that may contain `Call`s and `Symbol`s; `Grammar.automaton()` gives its
`States`, which a constraint walks. `Language` is what a front end returns: a grammar with the text it came from and the way to read an
answer as a value.
"""

from fsmgen.grammar.deferred import DeferredRules
from fsmgen.grammar.grammar import Grammar
from fsmgen.grammar.language import LEADING_SPACE, Language, LeadingSpace, Opening
from fsmgen.grammar.report import ReportEntry
from fsmgen.grammar.states import States

__all__ = ["LEADING_SPACE", "DeferredRules", "Grammar", "Language", "LeadingSpace", "Opening", "ReportEntry", "States"]
