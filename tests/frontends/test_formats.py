"""Numbers with something around them, each with its value."""

from __future__ import annotations

import itertools
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsmgen.errors import InputError, InvalidOption
from fsmgen.frontends import choice, currency, decimal, fraction, integer, number, percent, with_unit
from tests.frontends.enumeration import membership, words


def test_a_percentage_is_read_as_it_is_declared():
    assert membership(percent())("12.5%") and not membership(percent())("12.5") and not membership(percent())("12.5 %")
    assert percent().read("12.5%") == Decimal("12.5")
    assert percent(value="ratio").read("12.50%").as_tuple() == Decimal("0.1250").as_tuple()
    assert percent(integer(), value="ratio").read("-7%") == Decimal("-0.07")
    assert percent(fraction(), value="ratio").read("1/3%") == Fraction(1, 300)
    assert percent(number(), value="ratio").read("50%") == 0.5
    assert percent(integer(0, 9), sign=r" \%").read(r"5 \%") == 5
    assert words(percent(integer(8, 11)), 4) == {"8%", "9%", "10%", "11%"}


@given(digits=st.integers(10**40, 10**60), places=st.integers(0, 50))
def test_a_ratio_keeps_all_digits(digits, places):
    value = Decimal(f"{digits}e-{places}")
    assert percent(value="ratio").read(f"{value:f}%").as_tuple() == Decimal(f"{digits}e-{places + 2}").as_tuple()
    assert currency(decimal(0), negative=True).read(f"-${value:f}").as_tuple() == Decimal(f"-{digits}e-{places}").as_tuple()


def test_money_has_its_symbol_on_its_side():
    has = membership(currency())
    assert all(map(has, ["$0", "$5", "$0.50", "$1234.50", "$1,234.50", "$1,234,567"]))
    assert not any(map(has, ["5", "$-5", "-$5", "$5.", "$5.5", "$5.505", "$1,23", "$12,34.50", "$01", "€5", "$"]))
    assert currency().read("$1,234.50") == Decimal("1234.50")
    euros = currency(integer(0), symbol=" €", side="after", negative=True)
    assert membership(euros)("-12 €") and not membership(euros)("12€")
    assert euros.read("-12 €") == -12 and euros.read("12 €") == 12
    assert currency(fraction(), negative=True).read("-$1/2") == Fraction(-1, 2)


def test_a_unit_is_read_with_its_amount():
    language = with_unit(["kg", "g", "m2", "2m"])
    has = membership(language)
    assert all(map(has, ["12 kg", "12kg", "-0.5 g", "3 m2", "32m", "3 2m"]))
    assert not any(map(has, ["12", "kg", "12  kg", "12 k", "12 kgg", "12 Kg"]))
    read = {text: language.read(text) for text in ("12 kg", "1.50g", "32m", "3 2m")}
    assert read == {"12 kg": (12, "kg"), "1.50g": (Decimal("1.50"), "g"), "32m": (3, "2m"), "3 2m": (3, "2m")}
    assert membership(with_unit(["m"], integer(1, 9), space="required"))("5 m")
    assert words(with_unit(["m", "km"], integer(1, 2), space="no"), 9) == {"1m", "2m", "1km", "2km"}
    assert with_unit(["m", "2m"], integer(3, 40), space="no").read("32m") == (3, "2m")
    assert with_unit(["m", "2m"], integer(30, 40), space="no").read("32m") == (32, "m")
    with pytest.raises(InputError, match="no answer of integer from 1 to 2 with a unit of m, km"):
        with_unit(["m", "km"], integer(1, 2)).read("3 m")


def value_of(text: str) -> Fraction | None:
    """The value of a fraction as a person would read it; None if it is badly written."""
    sign, body = (-1, text[1:]) if text.startswith("-") else (1, text)
    parts = body.split("/")
    if len(parts) > 2 or not all(part.isdecimal() and str(int(part)) == part for part in parts) or parts[1:] == ["0"]:
        return None
    value = Fraction(int(parts[0]), int((parts[1:] or ["1"])[0]))
    return None if sign < 0 and value == 0 else sign * value


STRINGS = ["".join(letters) for length in range(1, 6) for letters in itertools.product("0123/- ", repeat=length)]


@pytest.mark.parametrize("most", [None, 1, 2, 13])
def test_every_short_string_is_a_fraction_exactly_when_it_is_one(most):
    language = fraction(most)
    has = membership(language)
    for text in STRINGS:
        value = value_of(text)
        good = value is not None and (most is None or "/" not in text or int(text.split("/")[1]) <= most)
        assert has(text) == good, text
        assert not good or language.read(text) == value


@pytest.mark.parametrize("most", [1, 2, 9, 31])
def test_a_mixed_number_has_a_proper_fraction(most):
    language = fraction(most, mixed=True)
    has, plain = membership(language), membership(fraction(most))
    for text in STRINGS:
        whole, _, rest = text.removeprefix("-").partition(" ")
        part = value_of(rest)
        proper = "/" in rest and part is not None and 0 < part < 1 and int(rest.split("/")[1]) <= most
        mixed = proper and "/" not in whole and (value_of(whole) or 0) > 0
        assert has(text) == (mixed or plain(text)), text
        if mixed:
            assert language.read(text) == (int(whole) + part) * (-1 if text.startswith("-") else 1)


def test_fractions_in_latex_are_the_same_ones():
    language = fraction(99, mixed=True, latex=True)
    for latex, value in [(r"\frac{3}{4}", Fraction(3, 4)), (r"-\frac{7}{2}", Fraction(-7, 2)), (r"1\frac{3}{4}", Fraction(7, 4)),
                         (r"-2\frac{1}{3}", Fraction(-7, 3)), ("5", Fraction(5)), (r"\frac{0}{5}", Fraction(0))]:  # fmt: skip
        assert membership(language)(latex) and language.read(latex) == value
    assert not any(map(membership(language), ["3/4", r"\frac{3}{0}", r"1\frac{4}{3}", r"-\frac{0}{3}", r"0\frac{1}{2}", r"\frac34"]))


def test_wrong_options_are_refused_by_name():
    for make in (lambda: fraction(mixed=True), lambda: fraction(0), lambda: fraction(5000, mixed=True)):
        with pytest.raises(InvalidOption, match="max_denominator"):
            make()
    with pytest.raises(InvalidOption, match="value"):
        percent(value="fraction")
    with pytest.raises(InvalidOption, match="side"):
        currency(side="left")
    with pytest.raises(InvalidOption, match="space"):
        with_unit(["m"], space="yes")
    for units in ([], "", [""], ["m", 3]):
        with pytest.raises(InputError, match="units are texts"):
            with_unit(units)
    assert with_unit("m").source == "decimal with a unit of m"
    assert fraction(8, mixed=True).source == "mixed number with denominators to 8"
    assert percent(choice(["1"])).source == "choice ['1'] '%'"
