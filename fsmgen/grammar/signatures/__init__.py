"""Signatures: what a state allows whatever its contexts are."""

from fsmgen.grammar.signatures._kernels import find_returns, signature

__all__ = ["find_returns", "signature"]
