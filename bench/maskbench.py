"""MaskBench: JSON schemas with instances, side by side with other engines.

    python -m bench.maskbench --data FILE_OR_FOLDER --engines fsmgen,fsmgen-free,llguidance,xgrammar --vocabulary tekken --json out.json

For each schema: compilation and the first mask, then for each instance every mask and every advance along its tokens. A valid instance
must be accepted to its end, and the end allowed there; an invalid one must be refused at some token or at the end. White space is any
for all engines, except for `xgrammar-defaults`. An engine that hangs or dies on a file is a result of that file.

All times are microseconds on one pinned core, the overhead of the Python call included; engines take turns file by file. The engine's
process lives on from file to file unless `--no-sharing` is given. The data are `.jsonl`, `.jsonl.gz`, or a folder of one `.json` a schema,
with the keys `schema` and `tests` (`valid`, `data`).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench import caches, engines, machine, maskbench_report, vocabularies
from bench.maskbench_data import SchemaFile, read, sampled, with_tokens
from bench.maskbench_worker import OWN, Outcome, Task, serve
from bench.worker import Host

Found = dict[str, dict[str, Outcome]]
"""Outcomes by engine and file."""


def measured(hosts: dict[str, Host], tasks: Iterable[Task], options: argparse.Namespace, cache: Path) -> Found:
    """Run all files with all engines, the engines taking turns."""
    found: Found = {name: {} for name in hosts}
    begin, tasks = time.perf_counter(), list(tasks)
    for i, task in enumerate(tasks):
        for name, host in hosts.items():
            if options.no_sharing and not options.warm_cache and name in OWN:
                caches.empty(cache)
            found[name][task.file.name] = host.ask(task, task.compile_limit + task.walk_limit + 300)
        if i % 100 == 99 or i + 1 == len(tasks):
            print(f"{i + 1} of {len(tasks)} files, {time.perf_counter() - begin:.0f} s", file=sys.stderr, flush=True)
    return found


def _tasks(options: argparse.Namespace, loaded: vocabularies.Loaded) -> list[Task]:
    files = [with_tokens(file, loaded.encode) for file in sampled(read(options.data), options.sample)]
    limits = {"compile_limit": options.limit, "walk_limit": options.walk_limit, "nice": options.nice}
    return [Task(file, **limits, sharing=not options.no_sharing) for file in _distinct(files)]


def _distinct(files: list[SchemaFile]) -> list[SchemaFile]:
    """The files with names of their own."""
    seen: dict[str, int] = {}
    result = []
    for file in files:
        count = seen[file.name] = seen.get(file.name, 0) + 1
        result.append(replace(file, name=f"{file.name} ({count})") if count > 1 else file)
    return result


def _engines(options: argparse.Namespace) -> list[str]:
    names = ["fsmgen-free" if name == "fsmgen" and options.order == "free" else name for name in options.engines.split(",")]
    for name in names:
        if name not in engines.SCHEMA_ENGINES:
            raise ValueError(f"no engine is named {name!r}; there are: " + ", ".join(engines.SCHEMA_ENGINES))
    return list(dict.fromkeys(names))


def _arguments() -> argparse.Namespace:
    parser = machine.parser_of("maskbench", __doc__)
    parser.add_argument("--data", type=Path, required=True, help="a file or folder of schemas with instances")
    parser.add_argument("--engines", default="fsmgen,fsmgen-free,llguidance", help="of " + ", ".join(engines.SCHEMA_ENGINES))
    parser.add_argument("--order", choices=("schema", "free"), default="schema", help="order of properties that `fsmgen` stands for")
    parser.add_argument("--sample", type=int, help="so many files, evenly spread")
    parser.add_argument("--no-sharing", action="store_true", help="a fresh process for each schema, and no rows on disk from those before")
    parser.add_argument("--warm-cache", action="store_true", help="rows on disk, from a round that is not counted")
    parser.add_argument("--worst", type=int, default=5, help="how many of the first engine's slowest files and failures to show")
    machine.add_limits(parser)
    return parser.parse_args()


def run(options: argparse.Namespace) -> tuple[list[Task], Found, dict[str, str]]:
    """All outcomes, and each engine's version."""
    names, loaded = _engines(options), vocabularies.load(options.vocabulary)
    tasks = _tasks(options, loaded)
    plain = vocabularies.portable(loaded.vocabulary)
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        caches.prepare(cache)
        hosts: dict[str, Host] = {}
        try:
            for name in names:
                hosts[name] = Host(name, plain if name in OWN else options.vocabulary, options.core, cache, serve=serve)
            caches.empty(cache)
            if options.warm_cache:
                measured({name: host for name, host in hosts.items() if name in OWN}, tasks, options, cache)
            found = measured(hosts, tasks, options, cache)
            return tasks, found, {name: host.version for name, host in hosts.items()}
        finally:
            for host in hosts.values():
                host.close()


def main() -> int:
    """The command."""
    options = _arguments()
    before = machine.facts()
    try:
        tasks, found, versions = run(options)
    except (OSError, ValueError) as error:
        print(f"maskbench: {error}", file=sys.stderr)
        return 2
    files = {task.file.name: task.file for task in tasks}
    maskbench_report.show(files, found, versions, worst=options.worst)
    print(f"\n{before['processor']}, core {options.core}, load {before['load'][0]:.1f}, fsmgen sources {before['fsmgen']['sources']}")
    if options.json:
        settings = {
            name: str(getattr(options, name)) for name in ("data", "vocabulary", "no_sharing", "warm_cache", "core", "limit", "sample")
        }
        document: dict[str, Any] = {"machine": before, "settings": settings, "unit": "us"}
        document["engines"] = maskbench_report.plain(files, found, versions)
        options.json.write_text(json.dumps(document))
    return 0


if __name__ == "__main__":
    sys.exit(main())
