"""Schemas on which engines come to their limits: long strings, thousands of choices, hundreds of optional properties.

    python -m bench.hard_schemas --engines fsmgen,fsmgen-free,llguidance --cases optional,enum

For each case and engine: microseconds to the first mask, of masks and of advances along texts of it, each case in a fresh process.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from bench import caches, engines, machine, vocabularies
from bench.figures import quantiles, short, table
from bench.maskbench_data import Instance, SchemaFile, with_tokens, written
from bench.maskbench_report import PARTS
from bench.maskbench_worker import OWN, Outcome, Task, serve
from bench.worker import Host

_WORDS = "the river carries fine sand from the upper valley to the delta where it settles in slow water and builds new land "
_HEADER = ("microseconds", "tokens", "to 1st mask", "mask mean", "p50", "p90", "p99", "max", "advance mean", "max", "note")


def _object(properties: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False, **more}


def _optional(count: int) -> tuple[Any, list[Any]]:
    names = [f"setting_{i}_{'abcdefg'[i % 7]}" for i in range(count)]
    kinds = [{"type": "integer"}, {"type": "string"}, {"type": "boolean"}]
    values: list[Any] = [7, "some text", True]
    whole = {name: values[i % 3] for i, name in enumerate(names)}
    some = {name: whole[name] for name in names[3 :: max(1, count // 40)]}
    return _object({name: kinds[i % 3] for i, name in enumerate(names)}), [some, dict(list(whole.items())[:500])]


def _choices(count: int) -> tuple[Any, list[Any]]:
    choices = [f"{['red', 'green', 'blue', 'grey'][i % 4]}-{i * 7919 % 1_000_003}-{'xyz'[i % 3]}" for i in range(count)]
    return {"enum": choices}, [choices[i * count // 20] for i in range(20)]


def _strings(length: int) -> tuple[Any, list[Any]]:
    text = (_WORDS * (length // len(_WORDS) + 1))[:length]
    return _object({"text": {"type": "string", "maxLength": length}}, required=["text"]), [{"text": text}, {"text": "é\n" * (length // 2)}]


def _pattern(pattern: str, text: str) -> tuple[Any, list[Any]]:
    return {"type": "string", "pattern": pattern}, [text]


def _nested(depth: int) -> tuple[Any, list[Any]]:
    schema = {
        "$ref": "#/$defs/t",
        "$defs": {"t": _object({"name": {"type": "string"}, "parts": {"type": "array", "items": {"$ref": "#/$defs/t"}}})},
    }
    value: Any = {"name": "leaf"}
    for i in range(depth):
        value = {"name": f"node {i}", "parts": [{"name": "side"}, value]}
    return schema, [value]


CASES: dict[str, Callable[[], tuple[Any, list[Any]]]] = {
    "500 optional properties": lambda: _optional(500),
    "50,000 properties": lambda: _optional(50_000),
    "2,001 enum strings": lambda: _choices(2001),
    "100,000 enum strings": lambda: _choices(100_000),
    "maxLength 40": lambda: _strings(40),
    "maxLength 5,000": lambda: _strings(5000),
    "pattern {1,5000}": lambda: _pattern("^[a-z ]{1,5000}$", (_WORDS * 50)[:4000]),
    "pattern {0,2000} of words": lambda: _pattern("^([a-z]+ ){0,2000}$", _WORDS * 20),
    "200 items of objects": lambda: (
        {"type": "array", "maxItems": 200, "items": _object({"id": {"type": "integer"}, "tag": {"enum": ["a", "b"]}}, required=["id"])},
        [[{"id": i, "tag": "a"} for i in range(200)]],
    ),
    "recursion": lambda: _nested(60),
}


def _task(name: str, loaded: vocabularies.Loaded, options: argparse.Namespace) -> Task:
    schema, values = CASES[name]()
    file = SchemaFile(name, schema, tuple(Instance(True, value, written(value)) for value in values))
    return Task(with_tokens(file, loaded.encode), options.limit, options.walk_limit, options.nice, sharing=False)


def _line(name: str, engine: str, outcome: Outcome) -> list[str]:
    if outcome.error is not None:
        return [f"{name}: {engine}", *["-"] * (len(_HEADER) - 2), outcome.error[:60].replace("\n", " ")]
    masks, advances = (np.fromiter(PARTS[part](outcome), float) / 1000 for part in ("mask", "advance"))
    known = quantiles(masks)
    refused = sum(not walk.accepted for walk in outcome.walks)
    figures = [outcome.first / 1000, *(known[key] for key in ("mean", "p50", "p90", "p99", "max")), advances.mean(), advances.max()]
    return [f"{name}: {engine}", str(len(advances)), *map(short, figures), f"{refused} of {len(outcome.walks)} refused" if refused else ""]


def main() -> int:
    """The command."""
    parser = machine.parser_of("hard_schemas", __doc__)
    parser.add_argument("--engines", default="fsmgen,llguidance", help="of " + ", ".join(engines.SCHEMA_ENGINES))
    parser.add_argument("--cases", default="", help="comma-separated parts of names; all by default")
    machine.add_limits(parser)
    options = parser.parse_args()
    chosen = [name for name in CASES if any(word in name for word in options.cases.split(","))]
    loaded = vocabularies.load(options.vocabulary)
    plain, rows = vocabularies.portable(loaded.vocabulary), []
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        caches.prepare(cache)
        for engine in options.engines.split(","):
            host = Host(engine, plain if engine in OWN else options.vocabulary, options.core, cache, serve=serve)
            for name in chosen:
                caches.empty(cache)
                task = _task(name, loaded, options)
                rows.append((name, _line(name, engine, host.ask(task, task.compile_limit + task.walk_limit + 300))))
            host.close()
    print(table(_HEADER, [line for name in chosen for known, line in rows if known == name]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
