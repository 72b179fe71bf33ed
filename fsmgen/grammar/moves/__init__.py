"""Where the kernels that lay out code put moves, and what they know of where they are."""

from fsmgen.grammar.moves._kernels import MANY, Sink

__all__ = ["MANY", "Sink"]
