"""Rows of states from those of their items."""

from fsmgen.constraint.joining._kernels import FULL, NO_ROOM, READY, WANTED, join, walk_item

__all__ = ["FULL", "NO_ROOM", "READY", "WANTED", "join", "walk_item"]
