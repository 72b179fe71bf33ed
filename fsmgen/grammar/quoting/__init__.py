"""Words in quotes, in all spellings of JSON, and all texts but some words, as states and moves."""

from fsmgen.grammar.quoting._kernels import Scratch, unlisted, words

__all__ = ["Scratch", "unlisted", "words"]
