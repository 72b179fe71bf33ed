"""Sets of numbers: the algebra against membership one by one, and the law of spelling."""

from __future__ import annotations

import json
import random
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsmgen.automata import NOTHING
from fsmgen.errors import InputError, LimitReached
from fsmgen.frontends.json_schema.numbers import NumberSet
from tests.frontends.json_schema.spellings import Texts

STEPS = [Decimal(step) for step in ("1", "2", "3", "5", "12", "0.5", "0.01", "2.5", "0.75", "1.0", "40", "1e1", "1E-3")]
NUMBERS = sorted(
    {Decimal(n) / 4 for n in range(-60, 61)}
    | {Decimal(n) / 1000 for n in (-1, 1, 5, 10, 15, 125, 333, 2500, 12001, 99999)}
    | {Decimal(text) for text in ("1e2", "-1e2", "120", "1e-7", "-3e-7", "123456.789", "1e20", "-1.5e20", "3e25", "12e15", "99", "101")}
)
BOUNDS = [Decimal(text) for text in ("-12", "-2.5", "-1", "-0.01", "0", "0.001", "0.75", "1", "3", "9.99", "10", "100", "1e3", "1e-7")]


@st.composite
def sets(draw, depth: int = 3):
    """A set with its definition: (set, predicate over fractions)."""
    kind = draw(st.sampled_from(["range", "multiple", "values", "integers", *(["meet", "join", "not"] * 2 if depth else [])]))
    if kind == "range":
        low, high = draw(st.none() | st.sampled_from(BOUNDS)), draw(st.none() | st.sampled_from(BOUNDS))
        low_open, high_open = draw(st.booleans()), draw(st.booleans())

        def inside(number: Fraction) -> bool:
            above = low is None or number > low or (number == low and not low_open)
            return above and (high is None or number < high or (number == high and not high_open))

        return NumberSet.of_range(low, high, low_open=low_open, high_open=high_open), inside
    if kind == "multiple":
        step = draw(st.sampled_from(STEPS))
        return NumberSet.of_multiple(step), lambda number: (number / Fraction(step)).denominator == 1
    if kind == "values":
        values = draw(st.lists(st.sampled_from(NUMBERS), max_size=4))
        return NumberSet.of_values(values), [Fraction(value) for value in values].__contains__
    if kind == "integers":
        return NumberSet.INTEGERS, lambda number: number.denominator == 1
    one, first = draw(sets(depth - 1))
    if kind == "not":
        return one.complement(), lambda number: not first(number)
    other, second = draw(sets(depth - 1))
    if kind == "meet":
        return one.meet(other), lambda number: first(number) and second(number)
    return one.join(other), lambda number: first(number) or second(number)


@given(sets())
@settings(max_examples=300)
def test_a_set_has_what_its_definition_says(case):
    members, holds = case
    found = [number for number in NUMBERS if holds(Fraction(number))]
    assert [number for number in NUMBERS if members.contains(number)] == found
    assert not (found and members.is_empty()) and not (len(found) < len(NUMBERS) and members.is_any())
    assert members.complement().is_any() == members.is_empty()
    assert members.meet(members.complement()).is_empty() and members.join(members.complement()).is_any()


@given(sets())
@settings(max_examples=200)
def test_finite_sets_are_listed(case):
    members, holds = case
    values = members.values(50)
    if values is None:
        assert not members.is_empty()
    else:
        assert list(values) == sorted(set(values)) and len(values) <= 50
        assert all(holds(Fraction(value)) for value in values)
        assert all(number in values for number in NUMBERS if holds(Fraction(number)))


def spellings(number: Decimal) -> list[str]:
    """Ways to write a number that every set with it has."""
    plain = f"{number:f}"
    dotted = plain if "." in plain else plain + ".0"
    minus = "" if plain.startswith("-") else "-"
    zero = [minus + plain, minus + dotted + "00"] if number == 0 else []
    return [plain if "." not in plain or plain.rstrip("0")[-1] != "." else plain.rstrip("0")[:-1], dotted, dotted + "0", *zero]


@given(sets(), st.integers(0, 2**32))
@settings(max_examples=200)
def test_spellings_are_members_and_members_have_spellings(case, seed):
    members, holds = case
    texts, rng = Texts(members), random.Random(seed)
    assert texts.empty == members.is_empty() == (texts.expression == NOTHING)
    for number in NUMBERS:
        for text in spellings(number):
            assert (text in texts) == holds(Fraction(number)), text
    for _ in range(0 if texts.empty else 15):
        word = texts.random_word(rng, longest=20)
        json.loads(word)
        if len(word.lower().partition("e")[2]) < 5:  # as a fraction, 1e99999 takes its time
            assert holds(Fraction(Decimal(word))), word


@pytest.mark.parametrize("text", ["0", "-0", "0.0", "-0.0", "0e5", "0E-5", "-0e+0", "0.00e1", "1e2", "1.0", "10E-1", "1.5e-3", "12.50E+02"])
def test_any_number_has_every_spelling_of_json(text):
    assert text in Texts(NumberSet.ANY)
    assert (text in Texts(NumberSet.of_range(0))) == (Decimal(text) >= 0)
    assert (text in Texts(NumberSet.of_range(0, low_open=True))) == (Decimal(text) > 0)


@pytest.mark.parametrize("text", ["", "+1", "01", "1.", ".5", "-", "1e", "1e+", "0x1", "NaN", "Infinity", "1_0", " 1", "1 ", "--1", "00"])
def test_no_other_text_is_a_number(text):
    for members in (NumberSet.ANY, NumberSet.INTEGERS, NumberSet.of_range(-5, 120), NumberSet.of_multiple(Decimal("0.01"))):
        assert text not in Texts(members)


@pytest.mark.parametrize("text", ["1", "-1", "1.0", "1e2", "1E+02", "10.00e1", "-0", "0e-7", "1e22", "1.5e+300", "1.79769e308", "1.5e1"])
def test_integers_are_whole_numbers_however_they_are_spelled(text):
    assert text in Texts(NumberSet.INTEGERS)


@pytest.mark.parametrize("text", ["0.5", "1e-2", "1.5e0", "15e-1", "1.05e1", "-0.001e2"])
def test_no_other_number_is_an_integer(text):
    assert text not in Texts(NumberSet.INTEGERS)


@pytest.mark.parametrize("text", ["6.5e1", "1.25E+03", "65e0", "9e2", "1.0e2", "65.0", "6.50e1"])
def test_whole_numbers_of_a_range_may_be_scientific(text):
    texts, number = Texts(NumberSet.of_range(0, 1000).meet(NumberSet.INTEGERS)), Decimal(text)
    normal = text[1] in ".e" and len(text.partition("e")[0]) - 2 <= int(text.lower().partition("e")[2] or 0)
    assert (text in texts) == (number <= 1000 and (normal or "e" not in text.lower()))


def test_one_number_of_a_list_has_plain_and_scientific_spellings():
    texts = Texts(NumberSet.of_values([1, Decimal("-0.25"), Decimal("1.5e30")]))
    for text in ["1", "1.0", "1.00", "1e0", "1E+00", "1.0e-0", "-0.25", "-0.250", "-2.5e-1", "-2.50E-01", "1.5E+30", "15" + "0" * 29]:
        assert text in texts
    for text in ("-1", "0.25", "1.5", "1e1", "10e-2", "1.5e31", "-0"):
        assert text not in texts


@pytest.mark.parametrize("bound", ["9.727837981879871e+26", "18446744073709551615", "1.7976931348623157e308", "1e-320", "0.1", "65535"])
def test_bounds_are_exact_next_to_them(bound):
    value = Decimal(bound)
    unit = Decimal((0, (1,), min(int(value.as_tuple().exponent), 0)))
    texts, open_ended = Texts(NumberSet.of_range(None, value)), Texts(NumberSet.of_range(None, value, high_open=True))
    with localcontext(prec=700):
        near = [(value - unit, True, True), (value, True, False), (value + unit, False, False)]
    for number, inside, below in near:
        for text in (f"{number:f}", f"{number:e}", f"-{number:f}"):
            expected = (inside, below) if not text.startswith("-") else (True, True)
            assert (text in texts, text in open_ended) == expected, text


def test_lists_of_many_numbers():
    values = [Decimal(n) / 8 for n in range(-3000, 3000, 3)]
    texts, others = Texts(NumberSet.of_values(values)), Texts(NumberSet.of_values(values[:40]).complement())
    for value in values[:40]:
        assert f"{value:f}" in texts and f"{value + 1:f}" not in texts
        assert f"{value:f}" not in others and f"{value + Decimal('0.001'):f}" in others


@pytest.mark.parametrize("step", [0, -1, Decimal("-0.5")])
def test_multiples_of_what_is_not_above_zero_are_an_error(step):
    with pytest.raises(InputError):
        NumberSet.of_multiple(step)


def test_limits_are_reported():
    with pytest.raises(LimitReached) as caught:
        NumberSet.INTEGERS.meet(NumberSet.of_multiple(Decimal("0.123456789"))).spelled(None)
    assert caught.value.reached > caught.value.limit
    for number in (Decimal("1e100000"), Decimal("1e-100000"), 10**10_000):
        with pytest.raises(LimitReached):
            NumberSet.of_range(None, number)


def test_large_steps_are_listed_where_a_range_has_few_of_them():
    members = NumberSet.of_multiple(Decimal("1234567.5")).meet(NumberSet.of_range(0, 5_000_000))
    assert members.values(9) == (0, Decimal("1234567.5"), 2469135, Decimal("3703702.5"), 4938270)
    assert "3703702.50" in Texts(members) and "1234567" not in Texts(members)
