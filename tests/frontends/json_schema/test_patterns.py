"""ECMA-262 patterns: the official suite's, `re` where it means the same, and what is refused."""

from __future__ import annotations

import random
import re

import pytest

from fsmgen.automata import NOTHING
from fsmgen.errors import InvalidPattern, LimitReached, UnsupportedFeature
from fsmgen.frontends.json_schema.strings import StringSet
from tests.frontends.json_schema.spellings import Form

CASES = [
    # pattern, texts with a match, texts without
    (r"^\cC$", ["\x03"], ["\\cC", "C"]),
    (r"^\cj$", ["\n"], ["j"]),
    (r"^abc$", ["abc"], ["abc\n", "\nabc"]),
    (r"^.$", ["a", "\x85", "😀"], ["\n", "\r", "\u2028", "\u2029", "", "ab"]),
    (r"^\s$", [" ", "\t", "\v", "\f", "\xa0", "\ufeff", "\u2003", "\u3000"], ["\x1c", "\x85", "\u180e", "\u200b"]),
    (r"^\d\D$", ["0٣"], ["٣0", "00"]),
    (r"^\w\W$", ["_é"], ["é_", "aa"]),
    (r"^[]$|^[^]$", ["\n", "a", "😀"], ["", "ab"]),
    (r"^[^]{2}$", ["a\n", "😀é"], ["a"]),
    (r"^\u{1F600}\uD83D\uDE00$", ["😀😀"], ["😀"]),
    (r"^[\uD83D\uDE00-\u{1F64F}]+$", ["😀🙏"], ["a", "🚀"]),
    ("^🐲*$", ["", "🐲", "🐲🐲"], ["🐉", "D"]),
    (r"\uD83D", [], ["😀", "a"]),
    (r"^[\b]\x41\0\/\-\.$", ["\x08A\x00/-."], ["bA0/-."]),
    (r"^\t\n\v\f\r$", ["\t\n\v\f\r"], ["tnvfr"]),
    (r"^[\w-.]+$", ["a-.b"], ["a,b", "/"]),
    (r"^[a-c\d-]+$", ["a1-"], ["e", "."]),
    (r"^[^\d\s]+$", ["é-a"], ["a1", " "]),
    (r"^{a}$", ["{a}"], ["a"]),
    (r"^a{,2}$", ["a{,2}"], ["a", "aa"]),
    (r"^a{2}b{1,}c{0,1}$", ["aab", "aabbbc"], ["ab", "aabcc"]),
    (r"^a*?b+?c??$", ["b", "aabbc"], ["", "ac"]),
    (r"a|^b|c$", ["xax", "bx", "xc"], ["xb", "cx", ""]),
    (r"(^a)(b$)|(?:^c|d)e", ["ab", "ce", "xdex"], ["abx", "xce"]),
    (r"^(?<year>\d{4})-(?:x)$", ["2024-x"], ["2024"]),
    (r"(?<=\$)\d+(?!\d|\.)", ["$12", "x$1 "], ["12", "$1.5", "$"]),
    (r"(?<!a)b", ["b", "cb"], ["ab", "a"]),
    (r"^(?=.*\d)(?=.*[a-z]).{2,4}$", ["a1", "1abc"], ["aa", "11", "a1bcd"]),
    (r"\bfoo\b", ["foo", "a foo.", "éfoo"], ["foot", "_foo"]),
    (r"^\B$|a\Bb", ["", "ab"], ["a", "a b"]),
    (r"^(\/?((\.{2})|([a-z0-9\-]*))($|\/))*$", ["", "../a-b/", "/x"], ["../.", "A"]),
    (r"^$|(^(?:\S+\s+){0,3}\S+$)", ["", "a", "a b  c d"], ["a b c d e", " "]),
    (r"^\p{Letter}\p{Lu}\P{L}\p{Nd}$", ["éÀ-৪"], ["éà-1", "1A-1"]),
    (r"^\p{gc=Decimal_Number}[\p{digit}\P{Any}]$", ["1৪"], ["a1"]),
    (r"^[\p{Uppercase}\p{White_Space}]+\p{Lowercase}$", ["Ⓐ a", "ªBª"[1:]], ["aa"]),
    ("", ["", "a"], []),
]


@pytest.mark.parametrize(("pattern", "matching", "others"), CASES)
def test_a_pattern_is_searched_as_ecma_262_says(pattern, matching, others):
    members = StringSet.of_pattern(pattern)
    assert [text for text in matching + others if members.contains(text)] == matching
    outside = members.complement()
    assert [text for text in matching + others if outside.contains(text)] == others
    assert outside.meet(members).is_empty()


INVALID = [
    ("(", 0), ("a)", 1), ("[a", 0), ("*a", 0), ("a**", 2), ("a++", 2), ("{2}", 0), ("a{3,2}", 1), ("[b-a]", 2), (r"a\Z", 1), (r"\a", 0),
    (r"\c1", 0), (r"\x4", 0), (r"\u12", 0), (r"\u{110000}", 0), (r"\p{L", 0), (r"\pL", 0), ("(?P<n>a)", 0), ("(?i)a", 0), ("(?#c)", 0),
    ("(?<1>a)", 0), ("(?>a)", 0), ("a\\", 1), ("(?=a)*", 0), ("x^*", 1), (r"[\B]", 1), (r"\00", 0),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "position"), INVALID)
def test_what_is_no_pattern_is_an_error_with_its_place(pattern, position):
    with pytest.raises(InvalidPattern) as caught:
        StringSet.of_pattern(pattern)
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("pattern", "position", "feature"),
    [(r"(a)\1", 3, "a back-reference"), (r"(?<n>a)\k<n>", 7, "a back-reference"), (r"a\p{Script=Greek}", 1, "the property 'Script=Greek'"),
     (r"\p{Alphabetic}", 0, "the property 'Alphabetic'"), ("x(?<=a+)b", 1, "a lookbehind of no fixed length")],
)  # fmt: skip
def test_what_cannot_be_kept_exactly_is_refused_by_name(pattern, position, feature):
    with pytest.raises(UnsupportedFeature) as caught:
        StringSet.of_pattern(pattern)
    assert (caught.value.position, caught.value.feature) == (position, feature)


@pytest.mark.parametrize("pattern", ["(" * 5000 + ")" * 5000, "a{200000}", "a{1,99999999999}", "(?:a{1000}){1000}b"])
def test_limits_are_reported(pattern):
    with pytest.raises(LimitReached) as caught:
        StringSet.of_pattern(pattern).complement().is_empty()
    assert caught.value.reached > caught.value.limit


def test_a_pattern_without_a_match_is_the_empty_set():
    for pattern in ("[]", r"a\uD800", "(?!)", "^b(?<=a)", "a^b", "(?=a)b"):
        assert StringSet.of_pattern(pattern).is_empty()
    assert StringSet.of_pattern("[]").spelled(Form()) == NOTHING


def random_pattern(rng: random.Random, depth: int = 3) -> str:
    """Of what `re` and ECMA-262 read alike."""
    kind = rng.randrange(9) if depth else 0
    if kind < 2:
        return rng.choice(["a", "b", "1", r"\d", r"\w", "[ab]", "[^a]", "-", "."])
    inner = [random_pattern(rng, depth - 1) for _ in range(2)]
    if kind < 5:
        return inner[0] + inner[1]
    if kind == 5:
        return f"(?:{inner[0]}|{inner[1]})"
    if kind == 6:
        return f"(?:{inner[0]}){rng.choice(['*', '+', '?', '{2}', '{1,3}', '{0,2}?'])}"
    if kind == 7:
        return rng.choice([f"(?={inner[0]})", f"(?!{inner[0]})", r"\b", r"\B", "^", "(?<=a)", "(?<!b)"]) + inner[1]
    return f"({inner[0]})" + rng.choice(["", "$"])


@pytest.mark.parametrize("seed", range(150))
def test_random_patterns_match_as_re_searches(seed):
    rng = random.Random(seed)
    pattern = random_pattern(rng)
    python = re.compile(pattern.replace("$", r"\Z"), re.ASCII)
    members = StringSet.of_pattern(pattern)
    outside = members.complement()
    for _ in range(60):
        text = "".join(rng.choices("ab1-_", k=rng.randrange(7)))
        if text or r"\B" not in pattern:  # Python before 3.14 finds no \B in the empty text
            assert members.contains(text) == (python.search(text) is not None) != outside.contains(text), (pattern, text)
