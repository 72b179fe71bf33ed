"""Sets of strings: the algebra against membership one by one, and the law of spelling."""

from __future__ import annotations

import itertools
import json
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsmgen.automata import NOTHING
from fsmgen.errors import LimitReached
from fsmgen.frontends.json_schema.strings import StringSet
from tests.frontends.json_schema.spellings import FORMS, Form, Texts, spelling

LETTERS = 'ab1-"\\é\n😀'
PATTERNS = ["a", "^a*$", "^1a*b$", "^[ab]{2,5}-$", "^[^a]+$", "b|^1", "(?=a).b", "^(?!a)", r"\d-\d", "^.{2,3}$", "é$", r"(?<=a)b"]
PATTERNS += ["^$", "[]", "(a|b)*1", r"\bb"]
TEXTS = ["".join(letters) for length in range(3) for letters in itertools.product(LETTERS, repeat=length)]
TEXTS += ["".join(random.Random(seed).choices(LETTERS, k=3 + seed % 5)) for seed in range(200)]


def has(pattern: str, text: str) -> bool:
    """By `re`; what ECMA-262 understands otherwise is rewritten, and none of the texts tells the rest apart."""
    python = re.sub(r"\$", r"\\Z", pattern.replace("[]", "(?!)"))
    return re.search(python, text, re.ASCII) is not None


@st.composite
def sets(draw, depth: int = 3):
    """A set with its definition: (set, predicate)."""
    kind = draw(st.sampled_from(["words", "pattern", "length", "any", *(["meet", "join", "not", "bounded"] * 2 if depth else [])]))
    if kind == "words":
        words = draw(st.lists(st.text(LETTERS, max_size=3), max_size=4))
        return StringSet.of_words(words), words.__contains__
    if kind == "pattern":
        pattern = draw(st.sampled_from(PATTERNS))
        return StringSet.of_pattern(pattern), lambda text: has(pattern, text)
    if kind == "length":
        low, high = draw(st.integers(0, 4)), draw(st.none() | st.integers(0, 5))
        return StringSet.of_length(low, high), lambda text: low <= len(text) and (high is None or len(text) <= high)
    if kind == "any":
        return (StringSet.ANY, lambda text: True) if draw(st.booleans()) else (StringSet.NONE, lambda text: False)
    one, first = draw(sets(depth - 1))
    if kind == "not":
        return one.complement(), lambda text: not first(text)
    if kind == "bounded":
        low, high = draw(st.integers(0, 3)), draw(st.none() | st.integers(2, 6))
        sized = one.meet(StringSet.of_length(low, high))
        return sized, lambda text: first(text) and low <= len(text) and (high is None or len(text) <= high)
    other, second = draw(sets(depth - 1))
    if kind == "meet":
        return one.meet(other), lambda text: first(text) and second(text)
    return one.join(other), lambda text: first(text) or second(text)


@given(sets())
@settings(max_examples=300)
def test_a_set_has_what_its_definition_says(case):
    members, holds = case
    found = [text for text in TEXTS if holds(text)]
    assert [text for text in TEXTS if members.contains(text)] == found
    assert not (found and members.is_empty())
    assert not (len(found) < len(TEXTS) and members.is_any())
    assert members.complement().is_any() == members.is_empty()
    assert members.meet(members.complement()).is_empty()
    assert members.join(members.complement()).is_any()


@given(sets())
@settings(max_examples=150)
def test_finite_sets_are_listed(case):
    members, holds = case
    words = members.words(60)
    if words is None:
        assert not members.is_empty()
    else:
        assert len(set(words)) == len(words) <= 60 and list(words) == sorted(words)
        assert [text for text in TEXTS if holds(text)] == [text for text in TEXTS if text in words]
        assert all(map(holds, words))


@given(sets(), st.sampled_from(FORMS), st.integers(0, 2**32))
@settings(max_examples=200)
def test_spellings_are_members_and_members_have_spellings(case, form, seed):
    members, holds = case
    texts, rng = Texts(members, *form), random.Random(seed)
    assert texts.empty == members.is_empty() == (texts.expression == NOTHING)
    for text in rng.sample(TEXTS, 60):
        assert (spelling(text, rng, *form) in texts) == holds(text)
    for _ in range(0 if texts.empty else 10):
        word = texts.random_word(rng)
        assert members.contains(json.loads(f'"{word}"')) and (word.isascii() or not form[1])


@pytest.mark.parametrize("text", ["\ud800", "a\udfff", "\udc00\ud800"])
def test_lone_surrogates_are_in_no_set(text):
    assert not StringSet.ANY.contains(text) and not StringSet.of_words([text]).contains(text)
    assert StringSet.of_words([text]).is_empty()
    units = "".join(f"\\u{ord(c):04x}" if 0xD800 <= ord(c) < 0xE000 else c for c in text)
    assert units not in Texts(StringSet.ANY)


def test_control_characters_are_never_raw():
    texts = Texts(StringSet.ANY)
    for code in range(0x80):
        assert (chr(code) in texts) == (code >= 0x20 and chr(code) not in '"\\')


def test_every_character_has_its_escapes():
    texts = Texts(StringSet.ANY)
    for code in [*range(0x20), 0x22, 0x2F, 0x5C, 0x7F, 0x80, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF]:
        for seed in range(6):
            text = spelling(chr(code), random.Random(seed))
            assert json.loads(f'"{text}"') == chr(code) and text in texts


def test_lengths_count_characters_however_they_are_spelled():
    texts = Texts(StringSet.of_length(2, 2))
    for word in ("ab", "é😀", r"\u0041\uD83D\ude00", r"\n\"", r"\\u"):
        assert word in texts
    for word in ("a", "abc", r"\u0041", r"\ud83d\ude00"):
        assert word not in texts


@pytest.mark.parametrize("count", [300, 5000])
def test_names_outside_a_long_list(count):
    names = [f"property {i * 7919 % 100_003}" for i in range(count)]
    others = StringSet.of_words(names).complement()
    texts, rng = Texts(others), random.Random(count)
    for name in rng.sample(names, 50):
        assert spelling(name, rng) not in texts
        assert spelling(name + "0", rng) in texts or name + "0" in names
        assert spelling(name[:-1], rng) in texts or name[:-1] in names
    for _ in range(20):
        assert json.loads(f'"{texts.random_word(rng)}"') not in names


@pytest.mark.parametrize("pattern", [r"^(.*a){50}.{30}$", r"^(.*a.{25})+$", "(.*a){30}.{40}b"])
def test_a_pattern_that_explodes_is_an_error_with_its_limit(pattern):
    members = StringSet.of_pattern(pattern)
    assert not members.is_empty() and not members.contains("b")
    with pytest.raises(LimitReached) as caught:
        members.complement().meet(StringSet.of_length(0, 2000)).spelled(Form())
    assert caught.value.reached > caught.value.limit



@pytest.mark.parametrize(
    ("pattern", "low", "high"),
    [("^[a-z][a-z0-9-]*$", 0, 63), ("^[a-z]+[0-9]$", 3, None), ("^a{2,5}b$", 4, 5), ("^ab?$", 2, 2), ("^(a|bb)*$", 3, 40), ("a.*b", 0, 9)],
)
def test_patterns_with_bounds_of_length(pattern, low, high):
    members = StringSet.of_pattern(pattern).meet(StringSet.of_length(low, high))
    texts = Texts(members)
    for length in range(70):
        for text in ("a" * length, "a" * (length - 1) + "b", "a" * (length - 1) + "0", "b" * length, ("bb" * 35 + "a")[-length:]):
            fits = low <= len(text) and (high is None or len(text) <= high) and has(pattern, text)
            assert (text in texts) == members.contains(text) == fits


def test_a_long_bound_of_a_format_is_exact():
    members = StringSet.of_format("email").meet(StringSet.of_length(0, 1024))
    texts = Texts(members)
    for length, inside in ((1024, True), (1025, False)):
        for text in ("a" * (length - 4) + "@b.c", "a@" + "b" * (length - 2), "a" * (length - 12) + "@[127.0.0.1]"):
            assert (text in texts) == members.contains(text) == inside


def test_bounds_that_no_text_meets_leave_nothing():
    for pattern, low, high in (("^(aa)*$", 3, 3), ("^a{5}$", 6, None), ("^(ab|cd)+$", 0, 1), ("^a+b$", 0, 1)):
        assert StringSet.of_pattern(pattern).meet(StringSet.of_length(low, high)).is_empty()
