"""Lists of words: array operations give the tree that the loop gives."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from fsmgen.automata.expression import words
from fsmgen.grammar import coding
from fsmgen.grammar.network import Network, lower

lists = st.sampled_from(["a", "ab", "abcdefgh"]).flatmap(lambda letters: st.lists(st.text(letters, max_size=7), min_size=1, max_size=50))


def tree(options: list[str]) -> Network:
    return lower({"start": words(option.encode() for option in options)}, "start")


@settings(max_examples=200)
@given(options=lists)
def test_short_and_long_lists_are_lowered_alike(options):
    limit = coding._MANY
    try:
        coding._MANY = 0
        by_arrays = tree(options)
        coding._MANY = len(options)
        by_loop = tree(options)
    finally:
        coding._MANY = limit
    assert sorted(by_arrays.edges.tolist()) == sorted(by_loop.edges.tolist())
    assert by_arrays.empties.tolist() == by_loop.empties.tolist() and by_arrays.states == by_loop.states
