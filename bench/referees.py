"""Whether Python itself takes a text for what a grammar that ships with fsmgen calls it: `json`, `csv`, `ast`, `sqlite3`, `tomllib`, ...

A referee raises what its library raises where the text is none. What the grammar says that it does not say is left out here as well.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import sqlite3
import tomllib
import warnings
import xml.etree.ElementTree as ET
from collections.abc import Callable
from datetime import date, datetime, time

import yaml


def _constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _json(text: str) -> None:
    json.loads(text, parse_constant=_constant, parse_int=float)


def _json_lines(text: str) -> None:
    lines = text.split("\n")
    for line in lines[:-1] if len(lines) > 1 and not lines[-1] else lines:
        _json(line)


def _csv(text: str) -> None:
    """Read, written and read again it is the same."""
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    written = io.StringIO(newline="")
    csv.writer(written).writerows(rows)
    assert list(csv.reader(io.StringIO(written.getvalue(), newline=""), strict=True)) == rows


def _python(mode: str) -> Callable[[str], object]:
    def referee(text: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text, mode=mode)

    return referee


def _sql(text: str) -> None:
    """sqlite has no tables here; what it says of names and numbers of columns is no matter of syntax."""
    try:
        sqlite3.connect(":memory:").execute(f"EXPLAIN {text}")
    except sqlite3.OperationalError as error:
        if re.search("syntax|token|incomplete", str(error)):
            raise


def _toml(text: str) -> None:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        if not re.search("Cannot (overwrite|declare|redefine|mutate)", str(error)):
            raise


def _date(text: str) -> None:
    if re.match(r"\d{4}-\d\d-\d\d$", text):
        date.fromisoformat(text)
    elif re.match(r"\d{4}-\d\d-\d\d", text):
        datetime.fromisoformat(text)
    elif re.match(r"\d\d:\d\d", text) and "m" not in text.lower():
        time.fromisoformat(text)


REFEREES: dict[str, Callable[[str], object]] = {
    "arithmetic": _python("eval"),
    "csv": _csv,
    "dates_units": _date,
    "json": _json,
    "json_lines": _json_lines,
    "python_subset": _python("exec"),
    "sql_select": _sql,
    "toml": _toml,
    "xml": lambda text: ET.fromstring(text.encode()),
    "yaml_subset": lambda text: yaml.load(text, yaml.BaseLoader),
}
"""By the name of the grammar. Every text of the grammar is one of the referee."""
EXACT = {"json"}
"""Where the two take the same texts."""


def takes(name: str, text: str) -> bool:
    """Whether the referee of a grammar takes the text."""
    try:
        REFEREES[name](text)
    except (ValueError, SyntaxError, csv.Error, sqlite3.Error, yaml.YAMLError, AssertionError):
        return False
    return True
