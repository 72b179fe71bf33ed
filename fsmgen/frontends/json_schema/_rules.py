"""Rules that expressions over characters may call: parts of formats whose texts are spelled as they are, without escapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from fsmgen.automata import Call, Expression
from fsmgen.automata.expression import names
from fsmgen.frontends.json_schema._calendars import LEAP_MINUTES, leap_minute, leap_seconds
from fsmgen.frontends.json_schema._hosts import host_names

LEAP_SECOND, HOST_NAME = "leap second", "host name"

_RULES: Mapping[str, Callable[[], Expression]] = {
    LEAP_SECOND: leap_seconds,
    HOST_NAME: host_names,
    **{name: partial(leap_minute, name) for name in LEAP_MINUTES},
}


def named_rule(name: str) -> Expression:
    """The texts of a rule."""
    return _RULES[name]()


def rules_from(name: str) -> dict[str, Expression]:
    """A rule and all that it calls."""
    rule = named_rule(name)
    return {name: rule, **{called: named_rule(called) for called in names(rule, Call)}}
