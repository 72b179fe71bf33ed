"""Formats: the official suite, other implementations, and calendars by enumeration."""

from __future__ import annotations

import calendar
import datetime
import gzip
import ipaddress
import json
import os
import random
import uuid
from pathlib import Path

import pytest

from fsmgen.frontends.json_schema.formats import format_expression, reason, restriction
from fsmgen.frontends.json_schema.strings import StringSet
from tests.frontends.json_schema.spellings import FORMS, Texts, spelling

SUITE = Path(os.environ.get("FSMGEN_DATA", "/nowhere")) / "json_schema_test_suite_2020_12.jsonl.gz"
NAMES = [
    "date", "time", "date-time", "duration", "email", "idn-email", "hostname", "ipv4", "ipv6", "uri", "uri-reference", "iri",
    "iri-reference", "uri-template", "uuid", "json-pointer", "relative-json-pointer",
]  # fmt: skip
EXAMPLES = {
    "date": "2024-02-29", "time": "23:59:60Z", "date-time": "1998-12-31T15:59:60.123-08:00", "duration": "P1Y2M3DT4H", "email": '"a b"@b.c',
    "idn-email": "é@ü.com", "hostname": "a-b.example", "ipv4": "127.0.0.1", "ipv6": "::ffff:1.2.3.4", "uri": "http://[::1]:80/a?b#c",
    "uri-reference": "../a%20b", "iri": "http://é/😀", "iri-reference": "#é", "uri-template": "/{a,b*}{?c:3}",
    "uuid": "00000000-0000-0000-0000-00000000000A", "json-pointer": "/a~1\"\\\n", "relative-json-pointer": "1/a",
}  # fmt: skip


def members(name: str) -> StringSet:
    found = StringSet.of_format(name)
    assert found is not None
    return found


@pytest.mark.skipif(not SUITE.exists(), reason="FSMGEN_DATA does not name the folder of the suite")
@pytest.mark.parametrize("name", NAMES)
def test_the_official_suite_agrees(name):
    with gzip.open(SUITE, "rt", encoding="utf-8") as lines:
        groups = [group for group in map(json.loads, lines) if group["file"].startswith("optional/format/")]
    tests = [test for group in groups if group["schema"].get("format") == name for test in group["tests"] if isinstance(test["data"], str)]
    assert tests
    wrong = [test["data"] for test in tests if members(name).contains(test["data"]) != test["valid"]]
    if restriction(name):
        assert all(test["data"].startswith("xn--") and test["valid"] for test in tests if test["data"] in wrong)
    else:
        assert wrong == []


@pytest.mark.parametrize("name", NAMES)
def test_members_have_spellings_and_spellings_are_members(name):
    rng = random.Random(name)
    for form in FORMS if name != "hostname" else FORMS[:1]:
        texts = Texts(members(name), *form)
        assert members(name).contains(EXAMPLES[name])
        raw = spelling(EXAMPLES[name], rng, "minimal", form[1])
        assert raw in texts
        for _ in range(8):
            assert members(name).contains(json.loads(f'"{texts.random_word(rng, 25)}"'))
        for other in NAMES:
            assert (spelling(EXAMPLES[other], rng, "minimal", form[1]) in texts) == members(name).contains(EXAMPLES[other])


@pytest.mark.parametrize("name", ["date", "ipv6", "uri", "email", "uuid"])
def test_formats_are_spelled_with_escapes(name):
    texts = Texts(members(name))
    for seed in range(20):
        assert spelling(EXAMPLES[name], random.Random(seed)) in texts


def test_dates_are_days_of_the_calendar():
    days = members("date")
    for year in [1, 4, 99, 100, 400, 1582, 1900, 1999, 2000, 2023, 2024, 2100, 9996, 9999]:
        for month in range(14):
            for day in range(33):
                real = 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]
                assert days.contains(f"{year:04}-{month:02}-{day:02}") == real
    leap = {year for year in range(1, 10_000) if days.contains(f"{year:04}-02-29")}
    assert leap == set(filter(calendar.isleap, range(1, 10_000)))
    assert not days.contains("0000-01-01")


def test_a_second_sixty_is_the_last_of_a_day_in_utc():
    times = members("time")
    rng = random.Random(5)
    for _ in range(3000):
        hour, minute, sign = rng.randrange(24), rng.randrange(60), rng.choice([1, -1])
        fitting = sign * (60 * hour + minute - 1439)
        offset = rng.choice([rng.randrange(1440), fitting % 1440, (fitting + 1) % 1440])
        text = f"{hour:02}:{minute:02}:60{rng.choice(['', '.5'])}{'+' if sign > 0 else '-'}{offset // 60:02}:{offset % 60:02}"
        utc = datetime.datetime(2000, 1, 2, hour, minute) - sign * datetime.timedelta(minutes=offset)
        assert times.contains(text) == ((utc.hour, utc.minute) == (23, 59)), text


def test_a_second_sixty_with_a_date_ends_a_month_in_utc():
    moments, texts, rng = members("date-time"), Texts(members("date-time")), random.Random(6)
    for _ in range(1500):
        year, month = rng.choice([1900, 1999, 2000, 2023, 2024, 2100, 9998]), rng.randint(1, 12)
        utc = datetime.datetime(year, month, rng.choice([1, 27, 28] if month == 2 else [1, 29, 30]), 23, rng.choice([59, 59, 59, 58]))
        offset = datetime.timedelta(minutes=rng.choice([0, 0, 1, -1, rng.randint(-1439, 1439)]))
        zone = ("-" if offset < datetime.timedelta(0) else "+") + str(datetime.datetime(1, 1, 1) + abs(offset))[11:16]
        text = f"{(utc + offset).isoformat()[:17]}60{zone if offset else rng.choice(['Z', zone, '-00:00'])}"
        ends_month = utc.minute == 59 and (utc + datetime.timedelta(days=1)).day == 1
        assert moments.contains(text) == ends_month and (text in texts) == ends_month, text


def is_ipv6(text: str) -> bool:
    try:
        return "%" not in text and ipaddress.IPv6Address(text) is not None
    except ValueError:
        return False


def test_addresses_are_those_of_ipaddress():
    rng, sixes = random.Random(6), members("ipv6")
    pieces = ["0", "1", "ff", "a1B2", "12345", "", "", "::", "1.2.3.4", "255.0.01.1", "g"]
    for _ in range(4000):
        text = ":".join(rng.choices(pieces, [9, 9, 9, 9, 1, 1, 1, 1, 1, 1, 1], k=rng.randrange(1, 10)))
        if rng.random() < 0.5 and ":" in text:
            at = rng.choice([i for i, letter in enumerate(text) if letter == ":"])
            text = text[:at] + ":" + text[at:]
        assert sixes.contains(text) == is_ipv6(text), text
    for number in [*range(300), 1000]:
        assert members("ipv4").contains(f"1.{number}.0.9") == (number < 256)


def test_uuids_are_those_of_uuid():
    for seed in range(20):
        assert members("uuid").contains(str(uuid.UUID(int=random.Random(seed).getrandbits(128))))


def test_host_names_have_two_lengths():
    hosts, texts = members("hostname"), Texts(members("hostname"))
    long = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])
    for text in (long, "a" * 63, "1.2-3", "ab-c-d"):
        assert hosts.contains(text) and text in texts
    for text in (long + "d", "a" * 64, "a-.b", "xn--a", "a.XN--b", "xN--", "a.xn---b"):
        assert not hosts.contains(text) and text not in texts
    for text in ("a--b.c---d", "xn-a", "axn--b", "xm--b", "x.n--b", "xnn--b"):
        assert hosts.contains(text) and text in texts
    assert "xn--" in (restriction("hostname") or "")


def test_host_names_take_bounds_of_length():
    hosts = members("hostname").meet(StringSet.of_length(1, 20))
    texts = Texts(hosts)
    for text in ("a" * 20, "a.b.c-d.example.orgs"):
        assert text in texts and hosts.contains(text) and text + "x" not in texts and not hosts.contains(text + "x")
    assert members("hostname").meet(StringSet.of_length(0, 0)).is_empty()


def test_formats_that_no_automaton_decides_say_why():
    assert StringSet.of_format("regex") is None and "nest" in reason("regex")
    assert StringSet.of_format("idn-hostname") is None and "Punycode" in reason("idn-hostname")
    assert format_expression("color") is None and reason("color") == "the format 'color' is not known"


def test_formats_meet_lengths_and_patterns():
    days = members("date").meet(StringSet.of_pattern("^2024-02")).meet(StringSet.of_pattern("[0-9]$"))
    assert days.words(100) == tuple(f"2024-02-{day:02}" for day in range(1, 30))
    assert members("uuid").meet(StringSet.of_length(0, 35)).is_empty()
    assert members("date-time").meet(StringSet.of_pattern(":60")).contains("1998-12-31T23:59:60Z")
