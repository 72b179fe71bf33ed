r"""Formats of strings (JSON Schema 2020-12, validation, section 7.3) as expressions over characters.

| format | what it allows |
|---|---|
| date, time, date-time | RFC 3339: real days of the years 0001 to 9999; second 60 where it ends a day in UTC, with a date one of a month |
| duration | RFC 3339, appendix A |
| email, idn-email | RFC 5321 (`Mailbox`) and RFC 6531: their grammar, without limits of length; literals are IPv4 and IPv6 |
| hostname | RFC 1123: labels of up to 63 characters, 253 in all, without `xn--` (see `restriction`) |
| ipv4, ipv6 | RFC 2673 (decimal, no idle zeros), RFC 4291 |
| uri, uri-reference, iri, iri-reference | RFC 3986, RFC 3987 |
| uri-template | RFC 6570 |
| uuid | RFC 4122, any version |
| json-pointer, relative-json-pointer | RFC 6901 |

`regex` and `idn-hostname` are known, but no automaton decides them: `reason` says why.

    >>> format_expression("uuid").parts[:2]
    (Repeat(part=Characters(ranges=((48, 57), (65, 70), (97, 102))), low=8, high=8), Words(words=(b'-',)))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from fsmgen.automata import Call, Expression, choice, sequence
from fsmgen.frontends.json_schema._addresses import HEX, ipv4, ipv6, mailbox, template, uri
from fsmgen.frontends.json_schema._calendars import DATE, FIRST_DAY, LAST_DAY, TIME
from fsmgen.frontends.json_schema._rules import LEAP_SECOND, LEAP_SECOND_AHEAD, LEAP_SECOND_BEHIND, host_name
from fsmgen.frontends.json_schema.atoms import Pattern
from fsmgen.frontends.json_schema.conditions import holds
from fsmgen.frontends.json_schema.machines import explored
from fsmgen.frontends.json_schema.patterns import whole_expression

_REASONS = {
    "regex": "parentheses nest, so no automaton decides whether a text is a pattern",
    "idn-hostname": "whether a label is valid depends on its normal form, its direction and the length of its Punycode form",
}
_RESTRICTIONS = {
    "hostname": "labels that begin with xn-- are left out: no automaton decides whether their Punycode is that of a valid label",
}


def reason(name: str) -> str:
    """Why there is no set for a format."""
    return _REASONS.get(name, f"the format {name!r} is not known")


def restriction(name: str) -> str | None:
    """What the set of a format lacks; None if it is exact."""
    return _RESTRICTIONS.get(name)


@cache
def format_expression(name: str) -> Expression | None:
    """The texts of a format; None if it is not known or cannot be decided by an automaton."""
    make = _FORMATS.get(name)
    return None if make is None else make()


def _duration() -> str:
    seconds, days = r"\d+S", r"\d+D"
    time = rf"T(?:\d+H(?:\d+M(?:{seconds})?)?|\d+M(?:{seconds})?|{seconds})"
    date = rf"(?:{days}|\d+M(?:{days})?|\d+Y(?:\d+M(?:{days})?)?)"
    return rf"P(?:{date}(?:{time})?|{time}|\d+W)"


_POINTER = r"(?:/(?:[^/~]|~[01])*)*"


def _small(pattern: str) -> Expression:
    """The pattern as a minimal automaton."""
    return explored([Pattern(whole_expression(pattern))], holds(0)).expression()


def _date_time() -> Expression:
    days = {TIME: DATE, LEAP_SECOND_BEHIND: LAST_DAY, LEAP_SECOND_AHEAD: FIRST_DAY}
    return choice(
        [sequence([_small(f"{day}[Tt]"), _small(time) if time == TIME else Call(time)]) for time, day in days.items()]
    )


_FORMATS: Mapping[str, Callable[[], Expression]] = {
    "date": lambda: _small(DATE),
    "time": lambda: choice([_small(TIME), Call(LEAP_SECOND)]),
    "date-time": _date_time,
    "duration": lambda: whole_expression(_duration()),
    "email": lambda: mailbox(international=False),
    "idn-email": lambda: mailbox(international=True),
    "hostname": host_name,
    "ipv4": ipv4,
    "ipv6": ipv6,
    "uri": lambda: uri(international=False, reference=False),
    "uri-reference": lambda: uri(international=False, reference=True),
    "iri": lambda: uri(international=True, reference=False),
    "iri-reference": lambda: uri(international=True, reference=True),
    "uri-template": template,
    "uuid": lambda: whole_expression(f"{HEX}{{8}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{12}}"),
    "json-pointer": lambda: whole_expression(_POINTER),
    "relative-json-pointer": lambda: whole_expression(rf"(?:0|[1-9]\d*)(?:#|{_POINTER})"),
}
