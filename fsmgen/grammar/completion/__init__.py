"""All transitions of a state at once, for the explicit automata of small languages."""

from fsmgen.grammar.completion._kernels import complete

__all__ = ["complete"]
