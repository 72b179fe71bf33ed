"""What the outcomes of MaskBench come to: who is right, how long it takes, and what differs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.figures import quantiles, short, table
from bench.maskbench_data import SchemaFile
from bench.maskbench_worker import OWN, Outcome

Files = Mapping[str, SchemaFile]
Outcomes = Mapping[str, Outcome]
Found = Mapping[str, Outcomes]
MILLISECOND = 1_000_000
_VERDICTS = ("passing", "passing but for order", "wrong accept", "wrong rejection", "order", "disagreement", "error")
_SHOWN = ("wrong accept", "wrong rejection", "disagreement", "error")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one instance: one of the verdicts, and the step at which the engine stopped, if it did."""

    verdict: str
    instance: int
    stopped: int | None = None
    error: str | None = None


def faults(file: SchemaFile, outcome: Outcome) -> list[Fault]:
    """All faults of a file that was compiled; a rejection for the order of properties is one."""
    found = []
    for i, (instance, walk) in enumerate(zip(file.instances, outcome.walks, strict=True)):
        if walk.error is not None:
            found.append(Fault("error", i, error=walk.error))
        elif walk.disagreement:
            found.append(Fault("disagreement", i, walk.stopped))
        elif walk.accepted and not instance.valid:
            found.append(Fault("wrong accept", i))
        elif instance.valid and not walk.accepted:
            found.append(Fault("order" if walk.order else "wrong rejection", i, walk.stopped))
    return found


def verdicts(file: SchemaFile, outcome: Outcome) -> Counter[str]:
    """How many faults of each kind a file has; or that it is passing, or would be but for the order."""
    if outcome.error is not None:
        return Counter()
    found = Counter(fault.verdict for fault in faults(file, outcome))
    if not found:
        found["passing"] = 1
    if not set(found) - {"order", "passing"}:
        found["passing but for order"] = 1
    return found


def correctness(files: Files, found: Found) -> str:
    """A table: files, and in brackets instances."""
    rows = []
    for engine, outcomes in found.items():
        by_file = [verdicts(files[name], outcome) for name, outcome in outcomes.items()]
        compile_errors = [each for each in outcomes.values() if each.phase == "compile"]
        row = [engine, str(len(by_file)), f"{len(compile_errors)} ({sum(each.limit for each in compile_errors)})"]
        row.append(str(sum(each.phase == "walk" for each in outcomes.values())))
        for verdict in _VERDICTS:
            count, instances = sum(verdict in each for each in by_file), sum(each[verdict] for each in by_file)
            row.append(str(count) if verdict.startswith("passing") else f"{count} ({instances})")
        rows.append(row)
    return table(("files (instances)", "all", "not compiled (limit)", "walk limit", *_VERDICTS), rows)


def _compiled(outcomes: Outcomes) -> list[Outcome]:
    return [each for each in outcomes.values() if each.error is None]


def _times(outcomes: Iterable[Outcome], part: Callable[[Outcome], Iterable[int]]) -> NDArray[np.float64]:
    return np.fromiter((time for outcome in outcomes for time in part(outcome)), float) / 1000


PARTS: dict[str, Callable[[Outcome], Iterable[int]]] = {
    "compile": lambda outcome: (outcome.compile,),
    "to 1st mask": lambda outcome: (outcome.first,),
    "mask": lambda outcome: (time for walk in outcome.walks for time in walk.masks),
    "advance": lambda outcome: (time for walk in outcome.walks for time in walk.advances),
}


def times(found: Found) -> str:
    """A table of microseconds: mean and percentiles of each part."""
    rows = []
    for engine, outcomes in found.items():
        for part, of in PARTS.items():
            all_times = _times(_compiled(outcomes), of)
            known = quantiles(all_times)
            figures = [short(known.get(name)) for name in ("mean", "p50", "p90", "p99", "max")]
            rows.append([f"{engine} {part}", str(len(all_times)), *figures, str(int((all_times > 1000).sum())), short(all_times.sum())])
    return table(("microseconds", "count", "mean", "p50", "p90", "p99", "max", "over 1 ms", "sum"), rows)


def memory(found: Found) -> str:
    """Each engine's memory: loaded, and the most that it came to."""
    rows = []
    for engine, outcomes in found.items():
        loaded, most = (max((getattr(each, part) for each in outcomes.values()), default=0) for part in ("loaded", "memory"))
        rows.append([engine, f"{loaded / 1e6:.0f}", f"{most / 1e6:.0f}"])
    return table(("memory, MB", "loaded", "peak"), rows)


def _total(outcomes: Outcomes, names: Iterable[str]) -> dict[str, float]:
    chosen = [outcomes[name] for name in names]
    return {part: float(_times(chosen, PARTS[part]).sum()) for part in ("compile", "mask", "advance")}


def totals(files: Files, found: Found) -> str:
    """A table: each of ours beside each peer, over the files that both compile and over those that both pass."""
    rows = []
    for ours in (name for name in found if name in OWN):
        for peer in (name for name in found if name not in OWN):
            both = [name for name, each in found[ours].items() if each.error is None and found[peer][name].error is None]
            passed = [name for name in both if not any(faults(files[name], found[engine][name]) for engine in (ours, peer))]
            for what, names in (("compile", both), ("pass", passed)):
                mine, theirs = _total(found[ours], names), _total(found[peer], names)
                if names:
                    parts = [f"{short(mine[part])} / {short(theirs[part])}" for part in mine]
                    whole = _ratio(sum(mine.values()), sum(theirs.values()))
                    rows.append([f"{ours} / {peer}, both {what}", str(len(names)), *parts, whole])
    return table(("totals, microseconds", "files", "compile", "masks", "advances", "total"), rows) if rows else ""


def _ratio(mine: float, theirs: float) -> str:
    return f"{short(mine)} / {short(theirs)} = {mine / theirs:.2f}"


def slowest_and_wrong(files: Files, outcomes: Outcomes, count: int) -> list[str]:
    """Lines: slowest compilations and masks, faults, and errors by how often they occur."""
    lines = [f"  {short(each.first / 1000)} to the first mask: {name}" for name, each in _slowest(outcomes, lambda each: each.first, count)]
    for name, each in _slowest(outcomes, lambda each: max(PARTS["mask"](each), default=0), count):
        time, i, step = max((time, i, step) for i, walk in enumerate(each.walks) for step, time in enumerate(walk.masks))
        lines.append(f"  {short(time / 1000)} mask {step} of instance {i}: {name}")
    for verdict in _SHOWN:
        found = [(name, fault) for name, each in outcomes.items() if each.error is None for fault in faults(files[name], each)]
        chosen = [(name, fault) for name, fault in found if fault.verdict == verdict]
        for name, fault in chosen[:count]:
            text = files[name].instances[fault.instance].text
            lines.append(f"  {verdict}: {name} instance {fault.instance} step {fault.stopped} {fault.error or text[:100]}")
        if len(chosen) > count:
            lines.append(f"  {verdict}: {len(chosen) - count} more")
    errors = Counter((each.phase, each.error[:100].replace("\n", " ")) for each in outcomes.values() if each.error is not None)
    return lines + [f"  {count} x {phase}: {error}" for (phase, error), count in errors.most_common(2 * count)]


def _slowest(outcomes: Outcomes, of: Callable[[Outcome], int], count: int) -> list[tuple[str, Outcome]]:
    chosen = [(name, each) for name, each in outcomes.items() if each.error is None and of(each)]
    return sorted(chosen, key=lambda item: -of(item[1]))[:count]


def show(files: Files, found: Found, versions: Mapping[str, str], *, worst: int) -> None:
    """Print all of it."""
    print(", ".join(f"{engine} {version}" for engine, version in versions.items()))
    for text in (correctness(files, found), times(found), totals(files, found), memory(found)):
        if text:
            print(f"\n{text}")
    for engine in [name for name in found if name in OWN] if worst else []:
        print(f"\n{engine}")
        print("\n".join(slowest_and_wrong(files, found[engine], worst)))


def plain(files: Files, found: Found, versions: Mapping[str, str]) -> dict[str, Any]:
    """Plain values: each file's times in microseconds and its faults."""
    return {engine: {"version": versions[engine], "files": _plain_files(files, outcomes)} for engine, outcomes in found.items()}


def _plain_files(files: Files, outcomes: Outcomes) -> dict[str, Any]:
    return {name: _plain_file(files[name], outcome) for name, outcome in outcomes.items()}


def _plain_file(file: SchemaFile, outcome: Outcome) -> dict[str, Any]:
    if outcome.error is not None:
        return {"error": outcome.error, "phase": outcome.phase, "limit": outcome.limit, "memory": outcome.memory}
    parts = {part: [round(time / 1000, 2) for time in of(outcome)] for part, of in PARTS.items()}
    found = [{name: getattr(fault, name) for name in ("verdict", "instance", "stopped", "error")} for fault in faults(file, outcome)]
    return {**parts, "faults": found, "memory": outcome.memory}
