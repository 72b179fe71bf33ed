"""Texts of a bounded number of steps, as states and moves."""

from fsmgen.grammar.layering._kernels import layers

__all__ = ["layers"]
