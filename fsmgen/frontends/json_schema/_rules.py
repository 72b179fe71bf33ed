"""Rules that expressions over characters may call: parts of formats whose texts are spelled as they are, without escapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from fsmgen.automata import Call, Expression
from fsmgen.automata.expression import names
from fsmgen.frontends.json_schema._calendars import LEAP_MINUTES, leap_minute, leap_seconds
from fsmgen.frontends.json_schema._hosts import LONGEST, host_names, host_steps

LEAP_SECOND = "leap second"
LEAP_SECOND_AHEAD, LEAP_SECOND_BEHIND = "leap second ahead of UTC", "leap second not ahead of UTC"
_HOST_NAME = "host name of at most "

_RULES: Mapping[str, Callable[[], Expression]] = {
    LEAP_SECOND: leap_seconds,
    LEAP_SECOND_AHEAD: partial(leap_seconds, ahead=True),
    LEAP_SECOND_BEHIND: partial(leap_seconds, ahead=False),
    **{name: partial(leap_minute, name) for name in LEAP_MINUTES},
}


def named_rule(name: str) -> Expression:
    """The texts of a rule."""
    longest = longest_host_name(name)
    return _RULES[name]() if longest is None else host_names(longest)


def host_name(longest: int = LONGEST) -> Call:
    """A call of the rule for names of hosts of up to so many characters."""
    return Call(f"{_HOST_NAME}{longest}")


def longest_host_name(name: str) -> int | None:
    """How long the names of a rule may be, if it is one for names of hosts."""
    return int(name.removeprefix(_HOST_NAME)) if name.startswith(_HOST_NAME) else None


def rules_from(name: str) -> dict[str, Expression]:
    """A rule and all that it calls."""
    longest = longest_host_name(name)
    rule = named_rule(name) if longest is None else host_steps(longest)
    return {name: rule, **{called: named_rule(called) for called in names(rule, Call)}}
