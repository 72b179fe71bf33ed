"""Dates and times in ISO 8601's extended format, each read as Python's value; every date is a real one.

    >>> from datetime import date
    >>> from fsmgen.frontends.dates import iso_date, iso_datetime, iso_time
    >>> iso_date(date(2024, 1, 1), date(2024, 12, 31)).read("2024-02-29")
    datetime.date(2024, 2, 29)
    >>> iso_time(timespec="minutes").read("23:59")
    datetime.time(23, 59)
    >>> iso_datetime(zone="utc").read("2024-02-29T12:00:00Z")
    datetime.datetime(2024, 2, 29, 12, 0, tzinfo=datetime.timezone.utc)

Exact over values: with the default options every value in the range that has no zone has a spelling, and every text is such a value. Years
are 0001 to 9999, hours 00 to 23, seconds 00 to 59 (no leap second, and no 24:00), as in Python's `datetime`.
"""

from __future__ import annotations

from calendar import isleap, monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from fsmgen.automata import EMPTY, Expression, choice, sequence, text
from fsmgen.automata.expression import words
from fsmgen.errors import InvalidOption
from fsmgen.frontends._numerals import Bound, Counts, digit_strings, tail
from fsmgen.frontends._ranges import Inclusive, Range, check_option, made
from fsmgen.grammar import Language, LeadingSpace

TimeSpec: TypeAlias = Literal["auto", "minutes", "seconds", "milliseconds", "microseconds"]
"""How far a time goes, in the words of `datetime.isoformat`; `auto` is seconds, then a fraction of one to six digits or none."""
Zone: TypeAlias = Literal["no", "utc", "optional", "required"]
"""Whether a time has a zone: `utc` is a `Z`; `optional` and `required` are about a `Z` or an offset such as `+02:00`."""


def iso_date(
    minimum: date | None = None, maximum: date | None = None, *, inclusive: Inclusive = "both", leading_space: LeadingSpace = "no"
) -> Language:
    """Dates `YYYY-MM-DD`, read as `datetime.date`.

    Raises:
        EmptyLanguage: there is none in the range.
        InvalidOption: a bound is no date, or another option is unknown.
    """
    asked = Range.of(minimum, maximum, inclusive, _date_bound)
    return made(_dates(asked), f"date{asked.described}", leading_space, date.fromisoformat)


def iso_time(
    minimum: time | None = None,
    maximum: time | None = None,
    *,
    inclusive: Inclusive = "both",
    timespec: TimeSpec = "auto",
    zone: Zone = "no",
    leading_space: LeadingSpace = "no",
) -> Language:
    """Times such as `23:59:59`, with a fraction or without seconds as `timespec` says, read as `datetime.time`.

    Raises:
        EmptyLanguage: there is none in the range.
        InvalidOption: a bound is no time, or has a zone where the texts have none or the reverse; there is a bound although the texts may
            have any zone; or another option is unknown.
    """
    _check_options(timespec, zone)
    asked = Range.of(minimum, maximum, inclusive, _clock_bound(time, zone))
    expression = sequence([_times(asked.mapped(_clock), timespec), _ZONES[zone]])
    return made(expression, f"time{asked.described}", leading_space, time.fromisoformat)


def iso_datetime(
    minimum: datetime | None = None,
    maximum: datetime | None = None,
    *,
    inclusive: Inclusive = "both",
    timespec: TimeSpec = "auto",
    zone: Zone = "no",
    leading_space: LeadingSpace = "no",
) -> Language:
    """A date, `T` or a space, and a time as in `iso_time`, such as `2024-02-29T23:59:59`; read as `datetime.datetime`.

    Raises: as `iso_time`.
    """
    _check_options(timespec, zone)
    asked = Range.of(minimum, maximum, inclusive, _clock_bound(datetime, zone))
    expression = sequence([_datetimes(asked, timespec), _ZONES[zone]])
    return made(expression, f"datetime{asked.described}", leading_space, datetime.fromisoformat)


@dataclass(frozen=True, slots=True)
class _Field:
    """A number of fixed width in a text.

    Attributes:
        before: the text before it.
        values: the values that it can have, by what the fields before it say.
        says: what it and the fields before it say to those after it.
    """

    before: str
    width: int
    values: Callable[[Any], range]
    says: Callable[[Any, int], Any] = lambda context, value: None


_DATE = (
    _Field("", 4, lambda _: range(1, 10_000), lambda _, year: isleap(year)),
    _Field("-", 2, lambda leap: range(1, 13), lambda leap, month: monthrange(2000 if leap else 2001, month)[1]),
    _Field("-", 2, lambda days: range(1, days + 1)),
)
_CLOCK = (_Field("", 2, lambda _: range(24)), _Field(":", 2, lambda _: range(60)), _Field(":", 2, lambda _: range(60)))
_DECIMALS: dict[TimeSpec, Counts] = {"auto": tuple(range(7)), "minutes": (0,), "seconds": (0,), "milliseconds": (3,), "microseconds": (6,)}


@lru_cache(maxsize=256)
def _texts(fields: tuple[_Field, ...], ends: Range, counts: Counts, context: Any = None) -> Expression:
    """The fields one after the other, then a fraction of the last one; in the order of values, which is that of texts, between two ends.

    Args:
        ends: of tuples of values; those for which there is no field are 0 in the texts, but for the fraction.
        counts: how many decimals the fraction may have.
    """
    if not fields:
        return tail(_fraction(ends.low, ends.with_low), _fraction(ends.high, ends.with_high), counts)
    field, rest = fields[0], fields[1:]
    low, high = (None if end is None else end[0] for end in (ends.low, ends.high))
    groups: dict[tuple[Any, bool, bool], list[int]] = {}
    for value in field.values(context):
        if (low is None or value >= low) and (high is None or value <= high):
            groups.setdefault((field.says(context, value), value == low, value == high), []).append(value)
    parts = []
    for (said, at_low, at_high), values in groups.items():
        inner = Range(ends.low[1:] if at_low else None, ends.high[1:] if at_high else None, ends.with_low, ends.with_high)
        strings = digit_strings([f"{value:0{field.width}}" for value in values])
        parts.append(sequence([text(field.before), strings, _texts(rest, inner, counts, said)]))
    return choice(parts)


def _fraction(rest: tuple[int, ...] | None, inclusive: bool) -> Bound | None:
    """Seconds and microseconds that are left over, as a fraction: only their order counts."""
    if rest is None:
        return None
    return Bound(0, "".join(f"{value:06}" for value in rest).rstrip("0"), inclusive)


def _dates(days: Range) -> Expression:
    return _texts(_DATE, days.mapped(lambda day: (day.year, day.month, day.day)), (0,))


def _times(ends: Range, timespec: TimeSpec) -> Expression:
    return _texts(_CLOCK[:2] if timespec == "minutes" else _CLOCK, ends, _DECIMALS[timespec])


def _datetimes(moments: Range, timespec: TimeSpec) -> Expression:
    """Days between those of the bounds with any time, and the days of the bounds with the times from or up to there."""
    days = moments.mapped(datetime.date)
    separator = words([b"T", b" "])
    parts = [sequence([_dates(Range(days.low, days.high, False, False)), separator, _times(Range(None, None), timespec)])]
    for day in dict.fromkeys([days.low, days.high]):
        if day is not None and (days.low is None or days.low <= day) and (days.high is None or day <= days.high):
            low, high = (_clock(bound) if bound is not None and bound.date() == day else None for bound in (moments.low, moments.high))
            times = _times(Range(low, high, moments.with_low, moments.with_high), timespec)
            parts.append(sequence([text(day.isoformat()), separator, times]))
    return choice(parts)


def _clock(moment: time | datetime) -> tuple[int, ...]:
    return moment.hour, moment.minute, moment.second, moment.microsecond


_OFFSET = sequence([words([b"+", b"-"]), _texts(_CLOCK[:2], Range(None, None), (0,))])
_ZONES: dict[Zone, Expression] = {
    "no": EMPTY,
    "utc": text("Z"),
    "required": choice([text("Z"), _OFFSET]),
    "optional": choice([EMPTY, text("Z"), _OFFSET]),
}


def _check_options(timespec: TimeSpec, zone: Zone) -> None:
    check_option("timespec", timespec, TimeSpec)
    check_option("zone", zone, Zone)


def _date_bound(option: str, value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise InvalidOption(option, value, allowed="a datetime.date")


def _clock_bound(kind: type[time] | type[datetime], zone: Zone) -> Callable[[str, object], time | datetime]:
    """Reads bounds of texts with such a zone."""

    def read(option: str, value: object) -> time | datetime:
        if zone in ("optional", "required"):
            raise InvalidOption(option, value, allowed="left out where times may have any zone: zone='no' and zone='utc' have an order")
        if not isinstance(value, kind):
            raise InvalidOption(option, value, allowed=f"a datetime.{kind.__name__}")
        offset = value.utcoffset()
        if (value.tzinfo is None) != (zone == "no") or (zone == "utc" and offset is None):
            raise InvalidOption(option, value, allowed="with a zone exactly where the texts have one")
        if not offset:
            return value
        if isinstance(value, datetime) and 1 < value.year < 9999:  # so that the shift ends in a year that there is
            return value.astimezone(UTC)
        raise InvalidOption(option, value, allowed="in UTC, like the texts")

    return read
