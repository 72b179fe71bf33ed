"""The regex front end means what `re.fullmatch` means."""

from __future__ import annotations

import itertools
import re

import interegular
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsmgen.automata.expression import characters
from fsmgen.errors import EmptyLanguage, InputError, InvalidPattern, LimitReached, UnsupportedFeature
from fsmgen.frontends import regex
from fsmgen.frontends._characters import case_variants, category, ignoring_case
from fsmgen.frontends.regex import parse
from fsmgen.grammar import States
from fsmgen.grammar.network import lower
from tests.reference import accepts


def matcher(pattern: str, flags: int = 0):
    automaton = States(lower({"start": parse(pattern, flags)}, "start"))
    return lambda text: automaton.accepting(automaton.run(automaton.start, text.encode()))


def small_patterns(size: int) -> list[str]:
    """All patterns with `size` operators over a, b and the dot."""
    if size == 0:
        return ["a", "b", ".", ""]
    smaller = [small_patterns(i) for i in range(size)]
    repeats = [f"(?:{inner}){op}" for inner in smaller[size - 1] for op in ("*", "+?", "?", "{2}", "{1,2}")]
    pairs = [(left, right) for i in range(size) for left in smaller[i] for right in smaller[size - 1 - i]]
    return repeats + [f"(?:{left}{right})" for left, right in pairs] + [f"(?:{left}|{right})" for left, right in pairs]


STRINGS = ["".join(letters) for length in range(5) for letters in itertools.product("ab\n", repeat=length)]


def test_all_small_patterns_accept_the_strings_that_fullmatch_accepts():
    patterns = [pattern for size in range(3) for pattern in small_patterns(size)]
    assert len(patterns) > 1000
    for pattern in patterns:
        accepted = matcher(pattern)
        wanted = re.compile(pattern)
        assert [s for s in STRINGS if accepted(s)] == [s for s in STRINGS if wanted.fullmatch(s)], pattern


atoms = st.sampled_from(
    ["a", "b", "é", "日", ".", r"\d", r"\w", r"\s", r"\W", "[a-c]", "[^a]", r"[\d.]", r"[^\W\d]", "ß", "k", r"\.", "😀"]
)
patterns = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["*", "+", "?", "*?", "+?", "{0,2}", "{2,}", "{3}"])).map(lambda p: f"(?:{p[0]}){p[1]}"),
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda p: f"(?:{'|'.join(p)})"),
    ),
    max_leaves=6,
)
texts = st.text(st.sampled_from("abcdkKſsé日😀ßẞ1٣_. \n\u2003\u212a"), max_size=6)


@settings(max_examples=300)
@given(
    pattern=patterns,
    flags=st.sampled_from([0, re.ASCII, re.IGNORECASE, re.DOTALL, re.IGNORECASE | re.ASCII]),
    some=st.lists(texts, max_size=8),
)
def test_random_patterns_agree_with_fullmatch(pattern, flags, some):
    accepted, wanted = matcher(pattern, flags), re.compile(pattern, flags)
    for text in some:
        assert accepted(text) == bool(wanted.fullmatch(text)), text


@settings(max_examples=100)
@given(pattern=patterns, text=texts)
def test_the_automaton_and_the_derivatives_agree_on_any_bytes(pattern, text):
    expression = parse(pattern)
    automaton = States(lower({"start": expression}, "start"))
    data = text.encode()[: len(text) + 1]  # may end inside a character
    assert automaton.accepting(automaton.run(automaton.start, data)) == accepts(expression, data)


@settings(max_examples=60)
@given(pattern=st.from_regex(r"([ab](\*|\+|\?|\{1,2\})?|\([ab]\|[ab]{1,2}\)){1,4}", fullmatch=True))
def test_interegular_is_of_the_same_opinion(pattern):
    accepted, theirs = matcher(pattern), interegular.parse_pattern(pattern).to_fsm()
    for text in STRINGS:
        if "\n" not in text:
            assert accepted(text) == theirs.accepts(text)


@pytest.mark.parametrize("flags", [0, re.ASCII])
@pytest.mark.parametrize("name", [r"\d", r"\s", r"\w"])
def test_categories_are_those_of_re_on_every_code_point(name, flags):
    members = {c for low, high in category(name, flags) for c in range(low, high + 1)}
    assert members == {c for c in range(0x110000) if re.match(name, chr(c), flags)}


def test_ignoring_case_is_that_of_re_on_every_code_point():
    everything = "".join(map(chr, range(0x110000)))
    for character in "aAkKsſµßẞéÉıİΣςǅ1日\u0345":
        wanted = {ord(m[0]) for m in re.finditer(re.escape(character), everything, re.IGNORECASE)}
        assert {c for low, high in case_variants(ord(character), 0) for c in range(low, high + 1)} == wanted
    wanted = {ord(m[0]) for m in re.finditer("[a-zμ]", everything, re.IGNORECASE)}
    assert {c for low, high in ignoring_case([(97, 122), (0x3BC, 0x3BC)], 0) for c in range(low, high + 1)} == wanted


@pytest.mark.parametrize(
    ("pattern", "flags", "text"),
    [("^a$", 0, "a"), (r"\Aa|b\Z", 0, "b"), ("(^a|^b)$", 0, "b"), ("(?:^a)?", 0, ""), ("^$", 0, ""), ("(?x) a b # c", 0, "ab"),
     ("(?i:A)b", 0, "ab"), ("(?s:.)", 0, "\n"), ("^a$", re.MULTILINE, "a"), (r"(?a:\d)", 0, "5"), ("(?P<n>a)", 0, "a"),
     ("a(?#x)b", 0, "ab")],
)  # fmt: skip
def test_anchors_at_the_ends_flags_and_groups_mean_what_they_mean(pattern, flags, text):
    assert matcher(pattern, flags)(text)
    assert not matcher(pattern, flags)(text + "\n")


@pytest.mark.parametrize(
    ("pattern", "feature", "position"),
    [(r"(a)\1", "a back-reference", 3), (r"(?P<x>a)(?P=x)", "a back-reference", 8), (r"(a)?(?(1)b|c)", "a conditional", 4)],
)  # fmt: skip
def test_what_is_not_taken_is_refused_by_name_and_place(pattern, feature, position):
    with pytest.raises(UnsupportedFeature) as error:
        regex(pattern)
    assert (error.value.feature, error.value.position, error.value.source) == (feature, position, pattern)


@pytest.mark.parametrize(
    ("pattern", "position"), [("a(b", 1), ("a)", 1), ("[z-a]", 1), ("a{2,1}", 2), ("*a", 0), (r"\q", 0), ("(?P<1>a)", 4)]
)
def test_an_invalid_pattern_is_reported_where_re_sees_it(pattern, position):
    with pytest.raises(InvalidPattern) as error:
        regex(pattern)
    assert error.value.position == position
    assert str(error.value).endswith("^")


def test_an_empty_language_deep_nesting_large_repeats_and_other_types_are_refused():
    with pytest.raises(EmptyLanguage):
        regex(r"[^\s\S]a")
    with pytest.raises(LimitReached, match="nesting"):
        regex("(" * 10_000 + "a" + ")" * 10_000)
    with pytest.raises(LimitReached, match="repeat"):
        regex("a{100001}")
    with pytest.raises(LimitReached, match="states"):
        lower({"start": parse("(a{1000}){1000}")}, "start", limit=1500)
    with pytest.raises(InputError, match="bytes"):
        regex(b"a")


def test_large_repeats_are_counted_and_not_copied():
    states = regex("(a{1000}){1000}").grammar.automaton("")
    assert states.distance(states.start) == 1_000_000
    assert states.network.states < 10_000
    far = regex("(((a{1000}){1000}){1000}){1000}").grammar.automaton("")
    assert far.distance(far.start) == 2**30, "beyond this distances are not counted"
    counted = matcher(r"(\w{2}){2,5000}")
    assert [counted("é" * length) for length in (2, 3, 4, 9_998, 9_999, 10_000, 10_002)] == [False, False, True, True, False, True, False]


def test_a_lone_surrogate_is_no_character():
    assert characters([(0xD7FF, 0xE000)]).ranges == ((0xD7FF, 0xD7FF), (0xE000, 0xE000))
    with pytest.raises(EmptyLanguage):
        regex("\ud800")
