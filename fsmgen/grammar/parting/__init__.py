"""States in parts: the items of large automata without calls, such as one for names that are no keywords, and all others."""

from fsmgen.grammar.parting._kernels import parted, plain_sizes

__all__ = ["parted", "plain_sizes"]
