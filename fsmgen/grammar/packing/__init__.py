"""A network becomes the table that the kernels step on: trimmed, its rules in calling order, its moves by the states they leave."""

from fsmgen.grammar.packing._kernels import (
    HORIZONS,
    OPTION_ALL,
    OPTION_NORMAL,
    OPTION_OPEN,
    append,
    enlarged,
    owners,
    pack,
    room_layout,
    two_copies,
)

__all__ = [
    "HORIZONS",
    "OPTION_ALL",
    "OPTION_NORMAL",
    "OPTION_OPEN",
    "append",
    "enlarged",
    "owners",
    "pack",
    "room_layout",
    "two_copies",
]
