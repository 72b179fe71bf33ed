"""Products of languages under conditions: the kernel, its function, and the walk that writes nothing out beforehand."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsmgen.errors import LimitReached
from fsmgen.frontends.json_schema import exploring, machines
from fsmgen.frontends.json_schema.atoms import Lengths, Listed, Pattern
from fsmgen.frontends.json_schema.conditions import decided, every, fails, holds, some
from fsmgen.frontends.json_schema.exploring import _kernels
from fsmgen.frontends.json_schema.machines import explored, has_text
from fsmgen.frontends.json_schema.patterns import pattern_expression

PATTERNS = ["^a", "b$", "[a-c]+x?", "^(ab|ba)*$", "^[^a]{2,4}$", "x|yz", r"^\d+(\.\d+)?$", "é", "^.{3}$", "^$"]
LISTS = [("a", "ab", "abc"), ("", "x"), ("é", "12", "ba"), ()]
LENGTHS = [((1, 3),), ((0, 1), (3, None)), ((2, 2),)]
TEXTS = ["", "a", "b", "ab", "ba", "abc", "abab", "12", "1.5", "x", "yz", "é", "aé", "bcx", "zzzz", "ccccc"]
ATOMS = [
    *((Pattern(pattern_expression(pattern)), re.compile(pattern, re.ASCII).search) for pattern in PATTERNS),
    *((Listed(frozenset(words)), lambda text, words=words: text in words) for words in LISTS),
    *((Lengths(spans), lambda text, spans=spans: Lengths(spans).has(len(text))) for spans in LENGTHS),
]


@st.composite
def questions(draw):
    """(atoms and what they mean, a condition)"""
    chosen = draw(st.lists(st.sampled_from(ATOMS), min_size=1, max_size=4))
    leaf = st.builds(lambda ask, i: ask(i), st.sampled_from([holds, fails]), st.integers(0, len(chosen) - 1))
    join = st.sampled_from([every, some])
    condition = st.recursive(leaf, lambda inner: st.builds(lambda f, parts: f(parts), join, st.lists(inner, max_size=3)), max_leaves=6)
    return chosen, draw(condition)


@given(question=questions())
def test_the_kernel_finds_what_the_walk_finds_and_texts_are_in_it_as_the_condition_says(question):
    chosen, condition = question
    atoms = [atom for atom, _ in chosen]
    machine, walked = explored(atoms, condition), machines._walked(atoms, condition, 20_000)
    assert machine.dfa.transitions.tolist() == walked.dfa.transitions.tolist()
    assert machine.dfa.accepting.tolist() == walked.dfa.accepting.tolist()
    assert has_text(atoms, condition) == (not machine.is_empty)
    for text in TEXTS:
        assert machine.accepts(text) == decided(condition, [bool(means(text)) for _, means in chosen])


def test_kernels_do_what_their_functions_do(monkeypatch: pytest.MonkeyPatch):
    atoms = [atom for atom, _ in ATOMS[:4]]
    condition = every([holds(0), some([fails(1), holds(2)]), fails(3)])
    compiled, expression = explored(atoms, condition), explored(atoms, condition).expression()
    for name in ("_decide", "_found"):
        monkeypatch.setattr(_kernels, name, getattr(_kernels, name).py_func)
    for name in ("explore", "group_moves"):
        monkeypatch.setattr(exploring, name, getattr(_kernels, name).py_func)
    plain = explored(atoms, condition)
    assert plain.dfa.transitions.tolist() == compiled.dfa.transitions.tolist() and plain.expression() == expression
    assert has_text(atoms, condition) and not has_text(atoms, every([condition, fails(0)]))


def test_what_is_larger_than_a_limit_is_refused_and_what_has_too_many_moves_is_walked(monkeypatch: pytest.MonkeyPatch):
    late = Pattern(pattern_expression("a.{9}$"))
    with pytest.raises(LimitReached, match="automaton of texts"):
        explored([late], holds(0), limit=100)
    with pytest.raises(LimitReached, match="automaton of texts"):
        has_text([late, Lengths(((0, 5),))], every([holds(0), holds(1)]), limit=3)
    whole = explored([late], holds(0))
    monkeypatch.setattr(exploring, "TABLE_LIMIT", 50)
    exploring.tabled.cache_clear()
    exploring.product.cache_clear()
    try:
        assert exploring.tabled(late) is None
        assert explored([late], holds(0)).dfa.transitions.tolist() == whole.dfa.transitions.tolist()
    finally:
        exploring.tabled.cache_clear()
        exploring.product.cache_clear()
