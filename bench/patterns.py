"""Times of twelve patterns that evaluations use, side by side with other engines.

    python -m bench.patterns --engines fsmgen,llguidance,xgrammar,outlines-core --vocabulary tekken --repeat 5 --json out.json

All figures are microseconds on one pinned core, the overhead of the Python call included; the median of the runs for each step, then
mean, percentiles and maximum over the steps. Every run is a fresh process in which nothing was compiled before.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from bench import caches, engines, machine, samples, vocabularies
from bench.figures import Figures, as_json, figures, quantiles, short, table
from bench.worker import Host, Job, Measured

_HEADER = (
    "engine", "compile", "again", "to 1st mask", "cold mean", "p50", "p90", "p99", "max",
    "warm p50", "p99", "max", "adv p50", "max", "warm adv", "total",
)  # fmt: skip
_RATIOS = {
    "to 1st mask": lambda found: found.first,
    "again": lambda found: found.first_again,
    "cold mean": lambda found: found.cold.mean(),
    "cold max": lambda found: found.cold.max(),
    "warm p50": lambda found: quantiles(found.warm)["p50"],
    "warm max": lambda found: found.warm.max(),
    "adv p50": lambda found: quantiles(found.advance)["p50"],
    "total": lambda found: found.total,
}
_EXTREMES = {
    "to 1st mask": lambda found: found.first,
    "cold max": lambda found: found.cold.max(),
    "warm p50": lambda found: quantiles(found.warm)["p50"],
    "warm max": lambda found: found.warm.max(),
    "adv p50": lambda found: quantiles(found.advance).get("p50"),
    "adv max": lambda found: quantiles(found.advance).get("max"),
    "warm adv p50": lambda found: quantiles(found.warm_advance).get("p50"),
}
Found = dict[str, dict[str, Figures]]
"""Figures by sample and engine."""


def measured(hosts: dict[str, Host], chosen: Iterable[samples.Sample], options: argparse.Namespace, cache: Path) -> Found:
    """Measure all samples with all engines, the engines taking turns; one that failed on a sample is not asked again."""
    runs: dict[tuple[str, str], list[Measured]] = {}
    chosen = list(chosen)
    for i in range(-options.warm_cache, options.repeat):
        for sample in chosen:
            for name, host in hosts.items():
                known = runs.setdefault((sample.name, name), [])
                if any(run.error for run in known):
                    continue
                if not options.warm_cache:
                    caches.empty(cache)
                found = host.measure(Job(engines.Source(sample.pattern), sample.text, options.limit, options.walk_limit, options.nice))
                if i >= 0 or found.error:
                    known.append(found)
        print(f"round {i + 1} of {options.repeat}" if i >= 0 else "rows written to the disk cache", flush=True)
    return {sample.name: {name: figures(runs[sample.name, name]) for name in hosts} for sample in chosen}


def _line(name: str, found: Figures) -> list[str]:
    if found.error is not None:
        return [name, *["-"] * (len(_HEADER) - 1)]
    cold, warm, advance = quantiles(found.cold), quantiles(found.warm), quantiles(found.advance)
    values = [found.compile, found.again, found.first, *(cold[key] for key in ("mean", "p50", "p90", "p99", "max"))]
    values += [warm[key] for key in ("p50", "p99", "max")] + [advance.get("p50"), advance.get("max")]
    values += [quantiles(found.warm_advance).get("p50"), found.total]
    return [name, *map(short, values)]


def report(found: Found, chosen: Iterable[samples.Sample]) -> None:
    """Print a table for each pattern."""
    for sample in chosen:
        by_engine = found[sample.name]
        steps = max((len(each.advance) for each in by_engine.values()), default=0)
        print(f"\n{sample.name}: {sample.pattern if len(sample.pattern) < 110 else sample.pattern[:107] + '...'}   ({steps} tokens)")
        print(table(_HEADER, [_line(name, each) for name, each in by_engine.items()]))
        for name, each in by_engine.items():
            if each.note:
                print(f"  {name}: {each.note}")


def report_ratios(found: Found, ours: str) -> None:
    """Print, for each pattern and figure, ours over the best of those peers that took the whole text."""
    rows = []
    for name, by_engine in found.items():
        peers = [each for engine, each in by_engine.items() if engine != ours and each.complete]
        rows.append([name, *(_ratio(value, by_engine[ours], peers) for value in _RATIOS.values())])
    print(f"\n{ours} / best peer (below 1: {ours} leads)")
    print(table(("pattern", *_RATIOS), rows))
    for engine in next(iter(found.values())):
        both = [by for by in found.values() if by[engine].complete and by[ours].complete]
        if engine != ours and both:
            mine, theirs = (sum(by[name].total for by in both) for name in (ours, engine))
            print(f"total over the {len(both)} patterns that {engine} completes: {short(mine)} / {short(theirs)} = {mine / theirs:.2f}")


def report_extremes(found: Found) -> None:
    """Print each engine's worst figure over all patterns, with the pattern."""
    rows = []
    for engine in next(iter(found.values())):
        done = {name: by[engine] for name, by in found.items() if by[engine].error is None}
        if done:
            completes = str(sum(each.complete for each in done.values()))
            rows.append([engine, completes, *(_extreme(value, done) for value in _EXTREMES.values())])
    print("\nworst over the patterns")
    print(table(("engine", "completes", *_EXTREMES), rows))


def _extreme(value: Any, done: dict[str, Figures]) -> str:
    values = {name: found for name, each in done.items() if (found := value(each)) is not None}
    worst = max(values, key=lambda name: values[name])
    return f"{short(values[worst])} ({worst})"


def _ratio(value: Any, ours: Figures, peers: list[Figures]) -> str:
    if not ours.complete:
        return "-"
    known = [other for peer in peers if (other := value(peer)) is not None]
    mine = value(ours)
    return f"{mine / min(known):.2f}" if known and mine is not None else "-"


def report_worst(found: Found, chosen: Iterable[samples.Sample], loaded: vocabularies.Loaded, *, ours: str, count: int) -> None:
    """Print the steps at which one engine is slowest."""
    steps = []
    for sample in chosen:
        known, tokens = found[sample.name][ours], loaded.encode(sample.text)
        for phase in ("cold", "warm", "advance"):
            times = getattr(known, phase)
            for i in np.argsort(times)[::-1][:count].tolist():
                before = loaded.vocabulary.decode(tokens[:i])[-24:].decode(errors="replace")
                after = loaded.vocabulary.decode(tokens[i : i + 1]).decode(errors="replace") if i < len(tokens) else "<end>"
                steps.append((phase, float(times[i]), sample.name, i, before, after))
    print(f"\nslowest steps of {ours}")
    for phase in ("cold", "warm", "advance"):
        rows = sorted((step for step in steps if step[0] == phase), key=lambda step: -step[1])[:count]
        cells = [[name, short(time), str(i), repr(before), repr(after)] for _, time, name, i, before, after in rows]
        print(table((phase, "us", "step", "text before", "next"), cells))


def _arguments() -> argparse.Namespace:
    parser = machine.parser_of("patterns", __doc__)
    parser.add_argument("--engines", default=",".join(engines.ENGINES))
    parser.add_argument("--patterns", default="", help="comma-separated parts of names; all by default")
    parser.add_argument("--repeat", type=int, default=5, help="fresh compilations of each pattern with each engine")
    cache = parser.add_mutually_exclusive_group()
    cache.add_argument("--cold-cache", dest="warm_cache", action="store_false", help="no rows in the disk cache (default)")
    cache.add_argument("--warm-cache", dest="warm_cache", action="store_true", help="rows on disk, from a round that is not counted")
    parser.add_argument("--worst", type=int, default=5, help="how many of the first engine's slowest steps to show")
    machine.add_limits(parser)
    parser.set_defaults(warm_cache=False)
    return parser.parse_args()


def main() -> None:
    """The command."""
    options = _arguments()
    chosen = samples.selected(options.patterns)
    names = options.engines.split(",")
    before = machine.facts()
    with tempfile.TemporaryDirectory() as folder:
        caches.prepare(Path(folder))
        hosts = {name: Host(name, options.vocabulary, options.core, Path(folder)) for name in names}
        try:
            found = measured(hosts, chosen, options, Path(folder))
        finally:
            for host in hosts.values():
                host.close()
    report(found, chosen)
    report_ratios(found, names[0])
    report_extremes(found)
    if options.worst:
        report_worst(found, chosen, vocabularies.load(options.vocabulary), ours=names[0], count=options.worst)
    print(f"\n{before['processor']}, core {options.core}, load {before['load'][0]:.1f}, fsmgen sources {before['fsmgen']['sources']}")
    if options.json:
        plain = {sample: {name: as_json(each, steps=True) for name, each in by.items()} for sample, by in found.items()}
        settings = {"vocabulary": options.vocabulary, "repeat": options.repeat, "warm_cache": options.warm_cache, "core": options.core}
        options.json.write_text(json.dumps({"machine": before, "settings": settings, "unit": "us", "figures": plain}, indent=1))


if __name__ == "__main__":
    main()
