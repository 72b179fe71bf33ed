"""Dates and times: exactly the texts of Python's values, in exactly the ranges that are asked for."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsmgen.errors import EmptyLanguage, InvalidOption
from fsmgen.frontends import iso_date, iso_datetime, iso_time
from tests.frontends.enumeration import membership
from tests.frontends.test_numbers import INCLUSIVE, inside, language_or_none

LAST = date.max.toordinal()


def real(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def test_every_date_of_the_calendar_is_taken():
    has, read = membership(iso_date()), iso_date().read
    days = {
        1,
        LAST,
        *range(1, LAST, 97),
        *(date(year, month, 1).toordinal() + d for year in range(1, 10_000, 7) for month in (1, 3) for d in (0, 1)),
    }
    for day in map(date.fromordinal, days):
        assert has(day.isoformat()) and read(day.isoformat()) == day


def test_the_end_of_february_is_right_in_every_year():
    has = membership(iso_date())
    for year in range(10_000):
        for day in (28, 29, 30):
            assert has(text := f"{year:04}-02-{day}") == real(text)


@pytest.mark.parametrize("year", ["0000", "0001", "0004", "0100", "1900", "2000", "2023", "2024", "9999"])
def test_all_days_and_months_of_a_year_are_decided(year):
    has = membership(iso_date())
    for month, day in itertools.product(range(20), range(40)):
        assert has(text := f"{year}-{month:02}-{day:02}") == real(text)


def test_no_other_form_of_a_date_is_taken():
    has = membership(iso_date())
    assert not any(map(has, ["20240229", "2024-2-29", "2024-W09-4", "2024-060", "24-02-29", "2024/02/29", "2024-02-29 ", "٢٠٢٤-02-29", ""]))


close = st.integers(-400, 400)


@settings(max_examples=60)
@given(low=st.dates(), width=st.one_of(st.integers(-2, 800), st.integers(0, 10**6)), offsets=st.lists(close, min_size=8, max_size=8),
       inclusive=st.sampled_from(INCLUSIVE), sides=st.sampled_from(["both", "low", "high"]))  # fmt: skip
def test_dates_are_bounded_exactly(low, width, offsets, inclusive, sides):
    high = date.fromordinal(max(1, min(low.toordinal() + width, LAST)))
    low, high = low if sides != "high" else None, high if sides != "low" else None
    language = language_or_none(iso_date, low, high, inclusive=inclusive)
    has = membership(language) if language else lambda text: False
    ordinals = {end.toordinal() + offset for end in (low, high) if end for offset in (*offsets, -1, 0, 1)}
    for day in (date.fromordinal(ordinal) for ordinal in ordinals if 1 <= ordinal <= LAST):
        assert has(day.isoformat()) == inside(day, low, high, inclusive), day


def texts_of(moment: datetime | time) -> list[str]:
    return [moment.isoformat(timespec=spec) for spec in ("minutes", "seconds", "milliseconds", "microseconds", "auto")]


def test_every_second_of_a_day_is_taken_and_nothing_beyond():
    has, read = membership(iso_time()), iso_time().read
    for h, m, s in itertools.product((0, 5, 9, 10, 19, 20, 23, 24, 29, 30, 99), (0, 9, 30, 59, 60, 99), (0, 7, 59, 60, 61)):
        text = f"{h:02}:{m:02}:{s:02}"
        assert has(text) == (h < 24 and m < 60 and s < 60)
        if has(text):
            assert read(text) == time(h, m, s)
    assert all(map(has, ["12:30:45.1", "12:30:45.123456", "00:00:00.000000"]))
    assert not any(map(has, ["12:30", "12:30:45.", "12:30:45.1234567", "12:30:45Z", "1:30:45", "12:30:45,5", "T12:30:45"]))
    assert read("12:30:45.5") == time(12, 30, 45, 500_000)


@pytest.mark.parametrize("spec", ["minutes", "seconds", "milliseconds", "microseconds"])
@settings(max_examples=30)
@given(moment=st.times())
def test_a_time_has_the_form_that_isoformat_gives_it(spec, moment):
    has = membership(iso_time(timespec=spec))
    for text in texts_of(moment):
        assert has(text) == (text == moment.isoformat(timespec=spec))


@pytest.mark.parametrize("spec", ["auto", "minutes", "seconds", "milliseconds", "microseconds"])
@settings(max_examples=30)
@given(
    ends=st.tuples(st.times(), st.times()), other=st.times(), inclusive=st.sampled_from(INCLUSIVE), coarse=st.sampled_from([1, 1000, 10**6])
)
def test_times_are_bounded_exactly(spec, ends, other, inclusive, coarse):
    low, high = (end.replace(microsecond=end.microsecond // coarse * coarse % 10**6) for end in sorted(ends))
    language = language_or_none(iso_time, low, high, inclusive=inclusive, timespec=spec)
    has = membership(language) if language else lambda text: False
    moments = [
        (datetime.combine(date(2000, 1, 2), m) + timedelta(microseconds=d)).time() for m in (low, high, other) for d in (-1, 0, 1, 999)
    ]
    for moment in moments:
        text = moment.isoformat(timespec=spec)
        assert has(text) == inside(time.fromisoformat(text), low, high, inclusive), text


@pytest.mark.parametrize("spec", ["auto", "minutes", "milliseconds"])
@settings(max_examples=25)
@given(
    low=st.datetimes(),
    width=st.sampled_from([timedelta(0), timedelta(seconds=7), timedelta(hours=5), timedelta(days=3), timedelta(days=9999)]),
    offset=st.integers(-200_000, 200_000),
    inclusive=st.sampled_from(INCLUSIVE),
    sides=st.sampled_from(["both", "low", "high"]),
)
def test_datetimes_are_bounded_exactly(spec, low, width, offset, inclusive, sides):
    high = min(low, datetime.max - width) + width
    ends = low if sides != "high" else None, high if sides != "low" else None
    language = language_or_none(iso_datetime, *ends, inclusive=inclusive, timespec=spec)
    has = membership(language) if language else lambda text: False
    for end, step in itertools.product((low, high), (timedelta(microseconds=1), timedelta(minutes=1), timedelta(seconds=offset))):
        for moment in (end, min(end, datetime.max - abs(step)) + abs(step), max(end, datetime.min + abs(step)) - abs(step)):
            for separator in "T ":
                text = moment.isoformat(separator, timespec=spec)
                assert has(text) == inside(datetime.fromisoformat(text), *ends, inclusive), text


def test_a_datetime_is_read_from_either_separator():
    for text in ("2024-02-29T23:59:59.25", "2024-02-29 23:59:59.25"):
        assert membership(iso_datetime())(text)
        assert iso_datetime().read(text) == datetime(2024, 2, 29, 23, 59, 59, 250_000)
    assert not membership(iso_datetime())("2023-02-29T00:00:00") and not membership(iso_datetime())("2024-02-29t00:00:00")


ZONES = ["", "Z", "+00:00", "-00:00", "+05:30", "-23:59", "+24:00", "+05:60", "+0530", "+05", "z", " Z"]


@pytest.mark.parametrize(
    ("zone", "taken"),
    [("no", {""}), ("utc", {"Z"}), ("required", set(ZONES[1:6])), ("optional", set(ZONES[:6]))],
)
def test_zones_are_those_that_are_declared(zone, taken):
    clock, moment = membership(iso_time(zone=zone)), membership(iso_datetime(zone=zone))
    assert {suffix for suffix in ZONES if clock("12:30:45" + suffix)} == taken
    assert {suffix for suffix in ZONES if moment("2024-02-29T12:30:45.5" + suffix)} == taken
    for suffix in taken:
        assert iso_time(zone=zone).read("12:30:45" + suffix).replace(tzinfo=None) == time(12, 30, 45)
        assert (iso_datetime(zone=zone).read("2024-02-29T12:30:45" + suffix).tzinfo is None) == (suffix == "")


def test_bounds_in_utc_bound_texts_in_utc():
    east = timezone(timedelta(hours=2))
    has = membership(iso_datetime(datetime(2024, 3, 1, 1, 0, tzinfo=east), zone="utc"))
    assert has("2024-02-29T23:00:00Z") and not has("2024-02-29T22:59:59.999999Z")
    assert membership(iso_time(time(12, tzinfo=UTC), zone="utc"))("12:00:00Z")


def test_wrong_bounds_and_options_are_refused_by_name():
    for make, wrong in [
        (iso_date, datetime(2024, 1, 1)),
        (iso_date, "2024-01-01"),
        (iso_time, datetime(2024, 1, 1)),
        (iso_datetime, date(2024, 1, 1)),
    ]:
        with pytest.raises(InvalidOption, match="minimum"):
            make(wrong)
    for zone, bound in [
        ("no", time(1, tzinfo=UTC)),
        ("utc", time(1)),
        ("utc", time(1, tzinfo=timezone(timedelta(hours=1)))),
        ("required", time(1)),
    ]:
        with pytest.raises(InvalidOption, match="maximum"):
            iso_time(maximum=bound, zone=zone)
    with pytest.raises(InvalidOption, match="zone"):
        iso_time(zone="CET")
    with pytest.raises(InvalidOption, match="timespec"):
        iso_datetime(timespec="hours")
    with pytest.raises(EmptyLanguage):
        iso_date(date.max, inclusive="maximum")
    with pytest.raises(EmptyLanguage):
        iso_datetime(datetime(2024, 1, 2), datetime(2024, 1, 1, 23))
    with pytest.raises(EmptyLanguage):
        iso_time(time(1, 0, 1), time(1, 0, 59), timespec="minutes")
    assert iso_date(date(2024, 1, 1)).source == "date at least 2024-01-01"
