"""Anchors, boundaries, lookaround, atomic groups and possessive repeats mean what they mean in `re.fullmatch`."""

from __future__ import annotations

import contextlib
import itertools
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.regex_campaign import SHORT, Patterns, accepts, disagreement, small_patterns
from fsmgen.errors import EmptyLanguage, LimitReached
from fsmgen.frontends import regex
from fsmgen.frontends.regex import parse
from fsmgen.grammar import States
from fsmgen.grammar.network import lower
from tests import reference


def automaton(pattern: str, flags: int = 0) -> States:
    return States(lower({"start": parse(pattern, flags)}, "start"))


def assert_same_language(pattern: str, flags: int, texts: list[str]) -> None:
    states, wanted = automaton(pattern, flags), re.compile(pattern, flags)
    assert [t for t in texts if accepts(states, t)] == [t for t in texts if wanted.fullmatch(t)], (pattern, flags)


def test_small_patterns_with_every_construct_accept_the_strings_that_fullmatch_accepts():
    patterns = [*small_patterns(0), *small_patterns(1), *small_patterns(2)[::17]]
    assert len(patterns) > 800
    for i, pattern in enumerate(patterns):
        assert_same_language(pattern, re.MULTILINE * (i % 2), SHORT)


FOUND = [
    (r"(?: (?=\B)\n)?+", 0), (r"(?<!(?!(?!\n$)))[^a]", re.MULTILINE), (r"(?<!(?!$))\W", 0), (r"(?=\b)[^a]", re.ASCII),
    (r"(?:(?:.)*+ |.)++", 0), (r"(?!.*+ ). ", 0), (r"(?>.*+ |a) ", 0), (r"(?:(?:\w|\B){2}){3}", 0), (r"(?:(?:\w|\b)){2}\w ", re.DOTALL),
    (r"(?:(?:(?<=(?>a|b))|(?:(?:\w|\B)){2})){3}?", 0), (r"(?s:(?:(?:(?:(?>(?:a|(?<!^)){2})|\s){3}){2,}?){2}é+)", re.MULTILINE),
    (r"(?:(?:(?:(?: )++|.){2,}+|\Z|$|$| )?+){2}+", 0),
]  # fmt: skip
"""Patterns on which an earlier version was wrong, or did not come to an end."""

MEANINGS = [
    (r"a{2}+a|a?+a", 0), (r"(?:a|ab){2}+", 0), (r"(?>a|ab)c", 0), (r"(?>ab|a)b", 0), (r"(?>a*?)a", 0), (r"(?>(?:|a)+)a", 0),
    (r"(?:|a)*+a", 0),
    (r"(?:a?b?){2}+a", 0), (r"(?>(?:a|b|ab){1,2})b", 0), (r"(?>a+?b?)b", 0), (r"(?=(?>a|ab)b)..", 0),
    (r"(?!(?>a|ab)b)..", 0),
    (r"(?<=(?>ab|a.))b|..b", 0), (r"\Ba\B|.\B.", 0), (r"\B", 0), (r"\b", 0), (r"a$\n^b", re.MULTILINE), (r"a$\n", 0), (r"a\Z\n", 0),
    (r"(?:^.$\n?)+", re.MULTILINE), (r"\n^", re.MULTILINE), (r"\n?$", 0), (r"(?m:^)a|b(?-m:^)a", re.MULTILINE), (r"(?a:\b)é|é\b", 0),
    (r".(?<!a)(?<=\w)", re.ASCII), (r"(?<=a{2})b|a*b", 0), (r"(?<=)a(?<!)", 0), (r"a(?!)|b", 0), (r"(?=a)(?!b)(?<!a).*(?<=b)", 0),
    (r"(?:(?!ab).)*", 0), (r"(?:(?=.b)a|b)+", 0), (r"(?:(?=(?!a).)\w| )*", 0), (r"(?=[ab]*$)\w*", 0), (r"(?i:(?<=A)b|a)*", 0),
    (r"(?u:\w)(?a:\W)", re.ASCII), (r"(?=a|)b|(?!|a)a", 0), (r"\b\b\w+\b\b", 0), (r"(\b\w+\b ?)+(?<!b )$", 0), (r"(?<!\n)\n*(?!\n)", 0),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "flags"), FOUND + MEANINGS)
def test_a_pattern_is_the_language_of_fullmatch(pattern, flags):
    assert_same_language(pattern, flags, SHORT + ["".join(letters) for letters in itertools.product("ab ", repeat=5)])


@settings(max_examples=250, deadline=None, derandomize=True)  # re itself does not come to an end on some patterns
@given(seed=st.integers(0, 2**32), size=st.integers(2, 9), flags=st.sampled_from([0, re.M, re.S, re.I, re.A, re.A | re.M]))
def test_random_patterns_with_every_construct_agree_with_fullmatch(seed, size, flags):
    pattern = Patterns(seed).pattern(size)
    with contextlib.suppress(LimitReached, SystemError):  # the latter is raised by some versions of re
        assert disagreement(pattern, flags, random.Random(seed)) is None, pattern


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32), size=st.integers(2, 7), text=st.text(st.sampled_from("ab\n é"), max_size=4), cut=st.integers(0, 8))
def test_the_automaton_and_the_derivatives_agree_on_any_bytes(seed, size, text, cut):
    expression, data = parse(Patterns(seed).pattern(size)), text.encode()[:cut]
    states = States(lower({"start": expression}, "start"))
    assert states.accepting(states.run(states.start, data)) == reference.accepts(expression, data)


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        (r"^(?=.*\d)(?=.*[a-z])(?=.*[A-Z]).{8,64}$", ["Passw0rds", "aB3" * 21], ["passw0rd", "Short1A", "aB3" * 22]),
        (r"^(?!000|666)\d{3}-(?!00)\d{2}-(?!0000)\d{4}$", ["123-45-6789", "001-01-0001"], ["000-12-3456", "666-12-3456", "123-00-1234"]),
        (r'"(?>[^"\\]|\\.)*+"', ['""', r'"a\"b"', '"é"'], ['"', r'"a\"', '"a"b"']),
        (r"(?!.*\.\.)[\w.]{1,64}@(?!-)[\w-]{1,63}(?<!-)\.com", ["a.b@c-d.com"], ["a..b@c.com", "a@-c.com", "a@c-.com"]),
        (r"(?:(?!</s>).)*", ["", "a</s", "a<//s>"], ["</s>", "a</s>b"]),
        (r"(?:\b\w{1,20}\b[ ,.]?){1,200}", ["one, two".replace(",", ""), "a" * 20], ["", "a" * 41, ",", "a  b"]),
        (r"(?<![\w.])-?\d++(?:\.\d++)?(?![\w.])", ["12", "-3.25"], ["1.", ".5", "1e5"]),
    ],
)
def test_patterns_that_people_write(pattern, yes, no):
    states = automaton(pattern)
    assert [accepts(states, text) for text in [*yes, *no]] == [True] * len(yes) + [False] * len(no)
    assert [bool(re.fullmatch(pattern, text)) for text in [*yes, *no]] == [True] * len(yes) + [False] * len(no)


def test_parts_that_no_assertion_sees_are_left_whole():
    assert parse(r"^\d{3}$") == parse(r"\d{3}")
    assert str(parse(r"(?:^|x)a{5,9}$")).count("Repeat(part=Words(words=(b'a',)), low=5, high=9)") == 2
    assert parse(r"a{1000}(?!x)") == parse(r"a{1000}")
    for pattern in (r"^(?!foo).{1,100000}$", r"\b[a-z]{1,100000}\b", r"(a{1000}){1000}(?!x)", r"(?<!x)(?:ab|c){2,90000}\b|-"):
        states = regex(pattern).grammar.automaton(pattern)
        assert states.network.states < 400_000
        assert states.start


def test_what_can_match_nothing_is_an_empty_language():
    for pattern in ("a(?=b)", r"a\bb", "a^b", r"a\Zb", "(?>a*)a", "a++a", "(?=a)b", "(?<=a)b", r"\b", "(?!)"):
        with pytest.raises(EmptyLanguage):
            regex(pattern)


@pytest.mark.parametrize(
    ("pattern", "place"),
    [(r"x(?!.*a.{20}b).*", "a lookahead at position 1"), (r"(?>(a?){50}a{50})", "an atomic group at position 0"),
     (r"\b(?:a|aa){1,99}+b.*(?<=a.{30})c", "a lookbehind at position 20"), (r"(?=.*x)[a-z]{1,100000}", "a lookahead at position 0")],
)  # fmt: skip
def test_what_would_be_too_large_ends_in_an_error_that_names_the_construct_and_its_place(pattern, place):
    with pytest.raises(LimitReached, match=place) as error:
        regex(pattern)
    assert error.value.reached > error.value.limit


def test_a_pattern_on_which_re_does_not_come_to_an_end_is_an_automaton():
    states = automaton(r"(?:(?:(?i:(?:[^\W\d][ab]|(?:(?:\b)+?){3}?))){3})+")
    assert accepts(states, "Ba") and accepts(states, "aaab") and not accepts(states, "b ")


def test_deep_and_heavy_patterns_work_or_end_in_an_error():
    for pattern in ("(?:(?=" * 300 + "a" + "))" * 300, "(?>" * 200 + "a*" + ")*" * 200):
        with pytest.raises(LimitReached, match="nesting"):
            regex(pattern)
    for pattern in (r"(?=(.*a){50}.{30}).*", "(?:(?=a)){100000}a", "(?:a?){500}+b", r"(?>(?:a?|b?){12})c"):
        assert automaton(pattern).start
