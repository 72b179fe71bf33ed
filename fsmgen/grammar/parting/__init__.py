"""The items of a state one by one, of automata without calls and of others."""

from fsmgen.grammar.parting._kernels import find_automata, find_follows, opaque_state

__all__ = ["find_automata", "find_follows", "opaque_state"]
