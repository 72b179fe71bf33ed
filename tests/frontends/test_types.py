"""Python's types: every value has a text, and every text reads as a value of the type."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from fractions import Fraction
from typing import Literal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsmgen.errors import EmptyLanguage, InputError, InvalidOption
from fsmgen.frontends import choice, of_type
from tests.frontends.enumeration import membership, words


class Color(Enum):
    RED = "red"
    GREEN = "green"
    ROUGE = RED


class Size(IntEnum):
    SMALL = 1
    LARGE = 10


class Unit(StrEnum):
    METRE = "m"


class Odd(Enum):
    NOTHING = None
    TRUE = True
    HALF = 0.5
    TEXT = "x"


class Clash(Enum):
    ONE = 1
    TEXT = "1"


LANGUAGES = {
    kind: (of_type(kind), membership(of_type(kind))) for kind in (int, float, Decimal, Fraction, bool, str, date, time, datetime, UUID)
}


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (int, st.integers()),
        (float, st.floats(allow_nan=False, allow_infinity=False).map(lambda x: x + 0.0)),
        (Fraction, st.fractions()),
        (bool, st.booleans()),
        (str, st.text(st.characters(codec="utf-8"))),
        (date, st.dates()),
        (time, st.times()),
        (datetime, st.datetimes()),
        (UUID, st.uuids()),
    ],
)
@settings(max_examples=40)
@given(data=st.data())
def test_the_text_that_python_gives_a_value_reads_as_that_value(kind, values, data):
    language, has = LANGUAGES[kind]
    value = data.draw(values)
    assert has(str(value))
    assert language.read(str(value)) == value and type(language.read(str(value))) is kind


@settings(max_examples=40)
@given(value=st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_reads_from_its_plain_text(value):
    language, has = LANGUAGES[Decimal]
    text = f"{value:f}" if value else f"{value.copy_abs():f}"
    assert has(text) and language.read(text) == value


def test_texts_of_truth_and_nothing_are_these():
    assert words(of_type(bool), 6) == {"True", "true", "False", "false"}
    assert words(of_type(None), 6) == {"None", "null"}
    assert of_type(bool).read("false") is False and of_type(None).read("null") is None


def test_a_uuid_has_its_dashes_in_their_places():
    has = LANGUAGES[UUID][1]
    assert has("123e4567-E89B-12d3-a456-426614174000")
    assert not any(
        map(has, ["123e4567e89b12d3a456426614174000", "{123e4567-e89b-12d3-a456-426614174000}", "123e4567-e89b-12d3-a456-42661417400g"])
    )


def test_a_literal_reads_as_its_value():
    language = of_type(Literal["A", 2, True, None, Color.GREEN, b"x"[:0].decode()])
    assert words(language, 9) == {"A", "2", "True", "true", "None", "null", "green", ""}
    assert [language.read(text) for text in ("A", "2", "true", "null", "green", "")] == ["A", 2, True, None, Color.GREEN, ""]


def test_an_enum_reads_as_its_member():
    assert words(of_type(Color), 9) == {"red", "green"}
    assert of_type(Color).read("red") is Color.RED
    assert of_type(Size).read("10") is Size.LARGE
    assert of_type(Unit).read("m") is Unit.METRE
    assert {text: of_type(Odd).read(text) for text in words(of_type(Odd), 9)} == {
        "None": Odd.NOTHING, "null": Odd.NOTHING, "True": Odd.TRUE, "true": Odd.TRUE, "0.5": Odd.HALF, "x": Odd.TEXT,
    }  # fmt: skip
    assert choice({member.name: member for member in Size}).read("SMALL") is Size.SMALL


def test_a_union_reads_as_the_first_member_that_has_the_text():
    language = of_type(int | float | None)
    assert [language.read(text) for text in ("3", "3.0", "None")] == [3, 3.0, None]
    assert [type(language.read(text)) for text in ("3", "3.0", "3e0")] == [int, float, float]
    assert of_type(date | Literal["never"] | None).read("never") == "never"
    assert of_type(str | int).read("12") == "12"
    assert words(of_type(Literal["a", "b"] | Color | bool), 5) == {"a", "b", "red", "green", "True", "true", "False", "false"}
    with pytest.raises(InputError, match="'yes' is no answer of"):
        of_type(int | None).read("yes")


def test_bounds_go_to_the_members_that_have_an_order():
    assert words(of_type(int, 1, 3), 5) == {"1", "2", "3"}
    assert words(of_type(int | None, 1, 3, inclusive="neither"), 5) == {"2", "None", "null"}
    assert words(of_type(Decimal, 0, 1, inclusive="minimum", decimals=1), 5) == {"0", *(f"0.{i}" for i in range(10))}
    assert membership(of_type(date, date(2024, 2, 29)))("2024-02-29")
    assert not membership(of_type(datetime | None, maximum=datetime(2024, 1, 1)))("2024-01-01T00:00:00.1")
    assert words(of_type(int | Decimal, Decimal("0.2"), Decimal("0.4"), decimals=1), 4) == {"0.2", "0.3", "0.4"}
    for kind in (int, int | Decimal):
        with pytest.raises(EmptyLanguage):
            of_type(kind, 2, 1)


def test_a_leading_space_is_no_part_of_any_value():
    for kind, text, value in [(int, " 5", 5), (int | None, " null", None), (Literal["a"], " a", "a"), (str, "  x", " x")]:
        language = of_type(kind, leading_space="required")
        assert membership(language)(text) and not membership(language)(text.strip())
        assert language.read(text) == value


class Pair:
    pass


@pytest.mark.parametrize("kind", [complex, bytes, Pair, "int", 3, [1], Literal[b"x"], int | bytes])
def test_what_has_no_language_is_refused(kind):
    with pytest.raises(InputError, match=r"there is no (language|text) for"):
        of_type(kind)


def test_options_that_no_member_takes_are_refused():
    for kind, options in [
        (bool, {"minimum": 0}),
        (str | None, {"maximum": 5}),
        (int, {"decimals": 2}),
        (UUID, {"inclusive": "neither"}),
        (Fraction, {"maximum": 1}),
    ]:
        with pytest.raises(InvalidOption, match=f"{next(iter(options))} is"):
            of_type(kind, **options)
    with pytest.raises(InputError, match="'1' stands for both"):
        of_type(Clash)
    with pytest.raises(InputError, match="'1' stands for both"):
        of_type(Literal[1, "1"])
    with pytest.raises(EmptyLanguage):
        of_type(Enum("Empty", []))
