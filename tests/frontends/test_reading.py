"""Whatever a language generates is read, as a value of its kind."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from typing import Literal
from uuid import UUID

import pytest

from fsmgen.automata.words import random_word
from fsmgen.frontends import (
    after_marks,
    answer_is,
    any_of,
    boxed,
    choice,
    currency,
    decimal,
    fraction,
    integer,
    iso_date,
    iso_datetime,
    iso_time,
    number,
    of_type,
    percent,
    regex,
    scientific,
    with_unit,
)

Letter = Enum("Letter", {"A": "a", "B": "b"})
NOON, LEAP = time(12), date(2024, 2, 29)

CASES = [
    (integer(), lambda v: type(v) is int),
    (integer(-12345, 678901, thousands="optional"), lambda v: -12345 <= v <= 678901),
    (decimal(), lambda v: type(v) is Decimal),
    (decimal(Decimal("-0.125"), 1000, inclusive="maximum", decimals=3), lambda v: Decimal("-0.125") < v <= 1000),
    (decimal(1, thousands="required"), lambda v: v >= 1),
    (number(), lambda v: type(v) is float and abs(v) < 1e309),
    (number(-1e-5, 0.3, inclusive="neither"), lambda v: -1e-5 < v < 0.3),
    (number(5e-324, 1e-320), lambda v: 5e-324 <= v <= 1e-320),
    (scientific(), lambda v: type(v) is Decimal),
    (scientific(Decimal("1.5e-7"), Decimal("2.5e7")), lambda v: Decimal("1.5e-7") <= v <= Decimal("2.5e7")),
    (fraction(), lambda v: type(v) is Fraction),
    (fraction(20, mixed=True, latex=True), lambda v: v.denominator <= 20),
    (percent(decimal(0, 100), value="ratio"), lambda v: 0 <= v <= 1),
    (currency(negative=True), lambda v: v == v.quantize(Decimal("0.01"))),
    (with_unit(["kg", "g"]), lambda v: type(v[0]) is Decimal and v[1] in ("kg", "g")),
    (iso_date(), lambda v: type(v) is date),
    (iso_date(LEAP, date(2031, 7, 9), inclusive="maximum"), lambda v: LEAP < v <= date(2031, 7, 9)),
    (iso_time(NOON, inclusive="neither"), lambda v: v > NOON),
    (iso_time(zone="required"), lambda v: v.tzinfo is not None),
    (iso_datetime(maximum=datetime(1999, 12, 31, 23, 59)), lambda v: v <= datetime(1999, 12, 31, 23, 59)),
    (iso_datetime(datetime(2024, 2, 28, 23, tzinfo=UTC), zone="utc"), lambda v: v >= datetime(2024, 2, 28, 23, tzinfo=UTC)),
    (of_type(bool | None), lambda v: v in (True, False, None)),
    (of_type(str, leading_space="optional"), lambda v: type(v) is str),
    (of_type(UUID), lambda v: type(v) is UUID),
    (of_type(Letter | Literal[1, "x"]), lambda v: v in (*Letter, 1, "x")),
    (of_type(int | float | date | None, leading_space="required"), lambda v: v is None or type(v) in (int, float, date)),
    (any_of(boxed(integer(0, 9)), after_marks(choice(Letter))), lambda v: v in (*range(10), *Letter)),
    (answer_is(boxed(any_of(percent(), regex("[a-z ]+")), leading_space="optional")), lambda v: type(v) in (Decimal, str)),
]


@pytest.mark.parametrize(("language", "good"), CASES, ids=lambda case: getattr(case, "source", ""))
def test_random_words_are_read_as_values_in_the_range(language, good):
    automaton, generator = language.grammar.automaton(language.source), random.Random(5)
    for _ in range(60):
        answer = bytes(random_word(automaton, generator)).decode()
        assert good(language.read(answer)), answer
