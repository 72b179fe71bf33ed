"""Dates and times of RFC 3339, with real days and leap seconds, as expressions over characters.

A second 60 is the last one of a day in UTC, so what may follow `hh:mm:60` is one offset of each sign: 1,440 pairs of a minute and an
offset, which no automaton can tell apart with fewer states. They are rules of their own, spelled without escapes. With a date, the day
is the last one of a month in UTC (RFC 3339, section 5.7): where the local time is ahead of UTC, the date is the first day of the next.
"""

from __future__ import annotations

from functools import cache

from fsmgen.automata import Call, Characters, Expression, repeat, sequence, text
from fsmgen.automata.expression import Table, words

_MINUTES = "leap second after minute "
_DAY = 24 * 60
_LAST = _DAY - 1
_DIGIT = Characters(((0x30, 0x39),))
_SIGNS = {sign: text(sign) for sign in "0123456789:"}
_FRACTION = repeat(sequence([text("."), repeat(_DIGIT, 1)]), 0, 1)

YEAR = r"(?:[1-9]\d{3}|0[1-9]\d\d|00[1-9]\d|000[1-9])"
_OTHER_FOURTH = r"(?:0[48]|[2468][048]|[13579][26])"
LEAP_YEAR = rf"(?:\d\d{_OTHER_FOURTH}|{_OTHER_FOURTH}00)"
DATE = (
    rf"(?:{YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|02-(?:0[1-9]|1\d|2[0-8]))"
    rf"|{LEAP_YEAR}-02-29)"
)
"""A day of the Gregorian calendar in the years 0001 to 9999: Python's, and most others', begins there."""
LAST_DAY = (
    rf"(?:{YEAR}-(?:(?:0[13578]|1[02])-31|(?:0[469]|11)-30)|{LEAP_YEAR}-02-29"
    rf"|(?:\d\d(?:\d[13579]|[13579][048]|[02468][26])|(?:[02468][1235679]|[13579][01345789])00)-02-28)"
)
"""The last day of a month, in the same years."""
FIRST_DAY = rf"{YEAR}-(?:0[1-9]|1[0-2])-01"
HOUR_AND_MINUTE = r"(?:[01]\d|2[0-3]):[0-5]\d"
LEAP_MINUTES = (*(f"{_MINUTES}{minutes}{sign}" for minutes in range(10) for sign in "+-"), f"{_MINUTES}9Zz")
"""The rules that `leap_seconds` calls; `leap_minute` has their texts."""
TIME = rf"{HOUR_AND_MINUTE}:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-]{HOUR_AND_MINUTE})"
"""A time of the day without leap seconds."""


@cache
def leap_seconds(*, ahead: bool | None = None) -> Expression:
    """`hh:mm:60`, perhaps a fraction, and an offset by which it is 23:59:60 in UTC; only those `ahead` of UTC, or only the others."""
    table, after = _Table(), {name: Call(name) for name in LEAP_MINUTES}
    for tens in range(3):
        table.edge("start", str(tens), f"hour {tens}")
    for hour in range(24):
        table.edge(f"hour {hour // 10}", str(hour % 10), f"after {hour}")
        table.edge(f"after {hour}", ":", f"minutes of {hour}")
        for tens in range(6):
            table.edge(f"minutes of {hour}", str(tens), f"{hour}:{tens}")
    for local in range(_DAY):
        hour, minute = divmod(local, 60)
        for sign, offset in (("+", (local - _LAST) % _DAY), ("-", _LAST - local)):
            if ahead in (None, sign == "+" and offset > 0):
                table.edge(f"{hour}:{minute // 10}", after[f"{_MINUTES}{minute % 10}{sign}"], f"offset {offset}")
    if not ahead:
        table.edge("23:5", after[f"{_MINUTES}9Zz"], "end")
    _add_offsets(table)
    return Table(len(table.numbers), tuple(table.edges))


def _add_offsets(table: _Table) -> None:
    """From each offset the way that spells it."""
    for offset in range(_DAY):
        hour, minute = divmod(offset, 60)
        table.edge(f"offset {offset}", str(hour // 10), f"hour digit {hour % 10}, minute {minute}")
    for minute in range(60):
        for digit in range(10):
            table.edge(f"hour digit {digit}, minute {minute}", str(digit), f"before minute {minute}")
        table.edge(f"before minute {minute}", ":", f"minute {minute}")
        table.edge(f"minute {minute}", str(minute // 10), f"digit {minute % 10}")
    for digit in range(10):
        table.edge(f"digit {digit}", str(digit), "end")


@cache
def leap_minute(name: str) -> Expression:
    """The last digit of the minutes, `:60`, a fraction and one of some characters, as the name of the rule says."""
    minutes, *after = list(name.removeprefix(_MINUTES))
    return sequence([text(f"{minutes}:60"), _FRACTION, words(character.encode() for character in after)])


class _Table:
    """Edges between states with names; 'start' and 'end' are the first and the last one."""

    def __init__(self) -> None:
        self.numbers = {"start": 0, "end": 1}
        self.edges: list[tuple[int, Expression, int]] = []

    def edge(self, source: str, read: str | Expression, target: str) -> None:
        numbers = self.numbers
        first = numbers.setdefault(source, len(numbers))
        last = numbers.setdefault(target, len(numbers))
        self.edges.append((first, _SIGNS[read] if isinstance(read, str) else read, last))
