"""Expressions become networks: written as code, a list of ints, by Python, and laid out as states and moves by a kernel."""

from fsmgen.grammar.lowering._kernels import (
    CALL,
    COUNT,
    EDGE,
    EMPTY,
    ESCAPED,
    LAYERED,
    LOOP,
    ONE,
    PLUS,
    QUOTED,
    SERIES,
    TABLE,
    TREE,
    UNLISTED,
    WORD,
    lay_out,
)
from fsmgen.grammar.moves import MANY, Sink

__all__ = [
    "CALL",
    "COUNT",
    "EDGE",
    "EMPTY",
    "ESCAPED",
    "LAYERED",
    "LOOP",
    "MANY",
    "ONE",
    "PLUS",
    "QUOTED",
    "SERIES",
    "TABLE",
    "TREE",
    "UNLISTED",
    "WORD",
    "Sink",
    "lay_out",
]
