"""Numbers: the language is the set of spellings that are declared, each of a value in the range, for every range."""

from __future__ import annotations

import itertools
import math
import random
import re
import sys
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsmgen.errors import EmptyLanguage, InvalidOption, LimitReached
from fsmgen.frontends import decimal, integer, number, scientific
from tests.frontends.enumeration import membership, table, words

STRINGS = ["".join(letters) for length in range(6) for letters in itertools.product("0123456789-+.,", repeat=length)]
PLAIN = [s for s in STRINGS if re.fullmatch(r"0(\.\d+)?|-?[1-9]\d*(\.\d+)?|-0\.0*[1-9]\d*", s)]
GROUPED = [s for s in STRINGS if re.fullmatch(r"-?[1-9]\d{0,2}(,\d{3})*(\.\d+)?|0(\.\d+)?|-0\.0*[1-9]\d*", s)]
INCLUSIVE = ["both", "minimum", "maximum", "neither"]


def inside(value, low, high, inclusive) -> bool:
    above = low is None or value > low or (value == low and inclusive in ("both", "minimum"))
    below = high is None or value < high or (value == high and inclusive in ("both", "maximum"))
    return above and below


def language_or_none(make, *args, **options):
    try:
        return make(*args, **options)
    except EmptyLanguage:
        return None


def spelled(make, low, high, longest=5, **options) -> set[str]:
    language = language_or_none(make, low, high, **options)
    return set() if language is None else words(language, longest)


def test_every_small_range_of_integers_is_exact():
    for low, high in itertools.product(range(-12, 13), repeat=2):
        assert spelled(integer, low, high) == {str(n) for n in range(low, high + 1)}, (low, high)


def test_sampled_ranges_of_integers_are_exact_with_and_without_commas():
    generator = random.Random(3)
    pairs = [sorted((generator.randint(-120, 120), generator.randint(-120, 120))) for _ in range(80)]
    pairs += [sorted((generator.randint(-3000, 3000), generator.randint(-3000, 3000))) for _ in range(12)]
    for low, high in pairs:
        inclusive = generator.choice(INCLUSIVE)
        numbers = [n for n in range(low, high + 1) if inside(n, low, high, inclusive)]
        plain, grouped = {str(n) for n in numbers}, {f"{n:,}" for n in numbers}
        assert spelled(integer, low, high, 6, inclusive=inclusive) == plain, (low, high)
        assert spelled(integer, low, high, 6, inclusive=inclusive, thousands="required") == grouped
        assert spelled(integer, low, high, 6, inclusive=inclusive, thousands="optional") == plain | grouped


@pytest.mark.parametrize("low", [None, -1000, -57, -1, 0, 1, 9, 10, 99, 101, 999, 4321])
def test_integers_without_an_upper_bound_are_exact(low):
    assert spelled(integer, low, None) == {s for s in PLAIN if "." not in s and inside(int(s), low, None, "both")}
    grouped = {s for s in GROUPED if "." not in s and inside(int(s.replace(",", "")), low, None, "both")}
    assert spelled(integer, low, None, thousands="required") == grouped


def test_commas_stand_between_all_thousands_or_none():
    has = membership(integer(thousands="optional"))
    assert all(map(has, ["1,234,567", "1234567", "12,345", "-999", "123,456,789,012"]))
    assert not any(map(has, ["1,234567", "1234,567", "12,34", ",123", "1,,234", "0,123", "1,234,", "0012"]))
    assert not membership(integer(thousands="required"))("1234")


@settings(max_examples=60)
@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 3))
def test_the_automaton_of_a_range_of_one_sign_is_minimal(one, other, shift):
    low, high = sorted((one // 10 ** (2 * shift), other // 10**shift))
    automaton = table(integer(low, high))
    assert automaton.state_count == automaton.minimized().state_count


@pytest.mark.parametrize("reach", [9, 100, 543, 10**6])
def test_the_automaton_of_a_range_around_zero_shares_the_digits_of_both_signs(reach):
    automaton = table(integer(-reach, reach))
    assert automaton.state_count == automaton.minimized().state_count


bounds = st.one_of(
    st.none(), st.integers(-40, 40), st.decimals(-30, 30, places=1), st.decimals(-2, 2, places=2), st.decimals(-1, 1, places=4)
)
counts = st.sampled_from([None, 0, 1, 2, 3, (0, 2), (2,), (1, 3), (0, 1, 3)])


def allowed(text: str, decimals) -> bool:
    digits = len(text.partition(".")[2])
    return decimals is None or (digits <= decimals if isinstance(decimals, int) else digits in decimals)


@settings(max_examples=60)
@given(low=bounds, high=bounds, inclusive=st.sampled_from(INCLUSIVE), decimals=counts)
def test_every_short_string_is_a_decimal_exactly_when_its_value_is_in_the_range(low, high, inclusive, decimals):
    expected = {s for s in PLAIN if len(s) < 5 and allowed(s, decimals) and inside(Decimal(s), low, high, inclusive)}
    assert spelled(decimal, low, high, 4, inclusive=inclusive, decimals=decimals) == expected


@pytest.mark.parametrize(
    ("low", "high", "decimals"),
    [
        (None, None, None),
        (None, None, 2),
        (0, 1, None),
        (Decimal("-0.5"), Decimal("2.25"), 3),
        (Decimal("0.05"), 12, (0, 2)),
        (-7, None, 1),
    ],
)
def test_strings_of_five_characters_are_decided_as_well(low, high, decimals):
    expected = {s for s in PLAIN if allowed(s, decimals) and inside(Decimal(s), low, high, "both")}
    assert spelled(decimal, low, high, decimals=decimals) == expected
    expected = {s for s in GROUPED if allowed(s, decimals) and inside(Decimal(s.replace(",", "")), low, high, "both")}
    assert spelled(decimal, low, high, decimals=decimals, thousands="required") == expected


@settings(max_examples=30)
@given(
    low=st.decimals(-(10**9), 10**9, places=6), width=st.decimals(0, 1000, places=6), offset=st.decimals(-1, 2, places=7),
    inclusive=st.sampled_from(INCLUSIVE),
)  # fmt: skip
def test_long_decimals_near_a_bound_are_decided_by_their_value(low, width, offset, inclusive):
    high = low + width
    language = language_or_none(decimal, low, high, inclusive=inclusive, decimals=8)
    for value in (low, high, low + width * offset, low - Decimal("1e-8"), high + Decimal("1e-8")):
        text = f"{value.quantize(Decimal('1e-8')):f}"
        text = text.removeprefix("-") if not Decimal(text) else text
        assert (language is not None and membership(language)(text)) == inside(Decimal(text), low, high, inclusive)


def test_values_keep_all_their_digits():
    digits = "123456789" * 600
    assert str(integer(thousands="no").read("-" + digits[:4000])) == "-" + digits[:4000]
    assert integer().read(digits) % 10**9 == 123456789
    assert decimal().read(digits + "." + digits) == Decimal(digits + "." + digits)
    assert decimal(thousands="optional").read("-1,234.50") == Decimal("-1234.50")
    assert type(integer().read("5")) is int


floats = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=40)
@given(low=floats, high=floats, other=floats, inclusive=st.sampled_from(INCLUSIVE))
def test_a_float_has_its_repr_in_the_language_exactly_when_it_is_in_the_range(low, high, other, inclusive):
    low, high = sorted((low, high))
    language = language_or_none(number, low, high, inclusive=inclusive)
    has = membership(language) if language else lambda text: False
    near = [math.nextafter(end, way) for end in (low, high) for way in (-math.inf, math.inf)]
    for value in (low, high, other, (low / 2 + high / 2), 0.0, *near):
        if math.isfinite(value):
            value += 0.0
            assert has(repr(value)) == inside(value, low, high, inclusive), repr(value)
            assert not has(f"{value:.16e}") or inside(value, low, high, inclusive)


@pytest.mark.parametrize("bounds", [{"minimum": sys.float_info.max}, {"maximum": -sys.float_info.max}])
def test_beyond_the_largest_float_there_is_none(bounds):
    assert membership(number(**bounds))(repr(*bounds.values()))
    with pytest.raises(EmptyLanguage, match="largest"):
        number(**bounds, inclusive="neither")


@settings(max_examples=30)
@given(low=floats, high=floats, inclusive=st.sampled_from(INCLUSIVE), shift=st.integers(-3, 3), seed=st.integers(0, 9))
def test_a_text_just_beside_a_bound_reads_as_a_float_in_the_range_if_it_is_taken(low, high, inclusive, shift, seed):
    low, high = sorted((low, high))
    language = language_or_none(number, low, high, inclusive=inclusive)
    if language is None:
        return
    has, generator = membership(language), random.Random(seed)
    for end in (low, high):
        beside = Decimal(end) + Decimal(shift) * Decimal(math.ulp(end)) / generator.choice([2, 3, 7, 100])
        for text in (f"{beside:.16e}", f"{beside:.12f}" if abs(beside) < 10**17 else "0", f"{beside:.3e}"):
            if has(text):
                assert inside(language.read(text), low, high, inclusive), text


def test_plain_floats_with_a_number_of_decimals_are_exact():
    assert spelled(number, 0.1, 1.5, decimals=2) == {s for s in PLAIN if allowed(s, 2) and 0.1 <= float(s) <= 1.5}
    language = number(decimals=1)
    assert membership(language)("9999999999999999.5") and not membership(language)("10000000000000000") and not membership(language)("1e5")
    assert language.read("0.1") == 0.1


@pytest.mark.parametrize(
    "text", ["inf", "nan", "1e309", "1.8e308", "-0", "-0.0", "+1", "01", ".5", "5.", "1e", "0x1", "1_000", "١", "", " 1"]
)
def test_what_is_no_declared_spelling_of_a_finite_float_is_refused(text):
    assert not membership(number())(text)


def scientific_strings() -> list[str]:
    mantissas = ["0", "0.0", "1", "1.0", "1.5", "2", "2.49", "2.5", "2.50", "9.99", "9", "10", "0.5", "01"]
    return [f"{sign}{m}{e}{x}" for sign in ("", "-") for m in mantissas for e in "eE" for x in
            ("0", "+0", "-0", "00", "3", "+03", "-3", "-03", "003", "12", "-12", "999", "-999", "1000", "-1000", "")]  # fmt: skip


FORM = re.compile(r"(0(\.0+)?[eE]\+?0{1,2})|-?[1-9](\.\d+)?[eE](\+?(0?\d|[1-9]\d{1,2})|-(0?[1-9]|[1-9]\d{1,2}))")


@settings(max_examples=40)
@given(
    low=st.sampled_from([None, "0", "1e-3", "2.5e-3", "-2.5e12", "-1.5e-12", "1e3", "-2e3", "2.5e999", "1e-2000", "-1e5000"]),
    high=st.sampled_from([None, "0", "1e-3", "2.5e3", "-2.5e-3", "2.49e12", "9.99e12", "1.5e999", "1e-999", "1e2000"]),
    inclusive=st.sampled_from(INCLUSIVE), decimals=st.sampled_from([None, 1, 2, (0,)]),
)  # fmt: skip
def test_scientific_numbers_are_exact(low, high, inclusive, decimals):
    low, high = (None if end is None else Decimal(end) for end in (low, high))
    language = language_or_none(scientific, low, high, inclusive=inclusive, decimals=decimals)
    has = membership(language) if language else lambda text: False
    for text in scientific_strings():
        form = FORM.fullmatch(text) and allowed(re.split("[eE]", text)[0], decimals)
        assert has(text) == bool(form and inside(Decimal(text), low, high, inclusive)), text


def test_scientific_numbers_are_read_exactly():
    assert scientific().read("1.5E-03") == Decimal("0.0015")
    assert scientific().read("-2e999") == Decimal("-2e999")


@pytest.mark.parametrize("make", [integer, decimal, number, scientific])
def test_wrong_options_are_refused_by_name(make):
    with pytest.raises(InvalidOption, match="minimum is True"):
        make(True)
    with pytest.raises(InvalidOption, match="maximum is nan"):
        make(0, math.nan)
    with pytest.raises(InvalidOption, match="minimum is '3'"):
        make("3")
    with pytest.raises(InvalidOption, match="inclusive"):
        make(0, 1, inclusive="left")
    with pytest.raises(InvalidOption, match="leading_space"):
        make(leading_space="yes")
    with pytest.raises(EmptyLanguage):
        make(2, 1)
    if make in (integer, decimal):
        with pytest.raises(InvalidOption, match="thousands"):
            make(thousands="always")
        with pytest.raises(LimitReached, match="digits of a bound"):
            make(10**5000)
        make(-(10**100) + 1, 10**100 - 1).grammar.automaton("")
    if make is not integer:
        for wrong in (-1, 101, (), (1, -1), (1.5,)):
            with pytest.raises(InvalidOption, match="decimals"):
                make(decimals=wrong)
        make(Decimal("-1e-99"), Decimal("0.5"), decimals=100).grammar.automaton("")


def test_a_bound_beyond_the_floats_is_refused():
    with pytest.raises(InvalidOption, match="range of floats"):
        number(10**400)


def test_sources_say_what_was_asked_for():
    assert integer(1, 10).source == "integer from 1 to 10"
    assert integer(0, inclusive="maximum", thousands="optional").source == "integer above 0 with or without commas"
    assert decimal(0, 1, inclusive="minimum", decimals=(0, 2)).source == "decimal at least 0 and below 1 with 0 or 2 decimals"
    assert number(maximum=0.5, decimals=3).source == "number at most 0.5 with at most 3 decimals"
    assert scientific().source == "scientific number"
