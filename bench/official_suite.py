"""The official JSON Schema test suite against our automata: each test is passed, refused, narrowed or wrong.

    python -m bench.official_suite
    python -m bench.official_suite --write

Properties come in any order; formats are annotations in the required files and asserted in the optional ones for formats. A test is passed
if the automaton takes some spelling of a valid value's numbers, with and without escapes for what is not ASCII, and no spelling of an
invalid one's. It is refused if the schema is, by an error that names the keyword, and narrowed if a valid value is not taken and the
report of the schema says that some are left out. Prints a table by file. `--write` puts what is not passed
into the expectations of the tests, and the table into JSON_SCHEMA.md, unless a test came out worse than it was expected. The exit
status is 1 if one did or if one is wrong. The folder of the data is named by the environment variable FSMGEN_DATA.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import jsonschema_specifications

import fsmgen
from fsmgen.errors import EmptyLanguage, FsmgenError, LimitReached, UnresolvedReference, UnsupportedKeyword
from fsmgen.grammar import States

EXPECTED = Path(__file__).parents[1] / "tests" / "frontends" / "json_schema" / "official_suite.json"
DOCUMENT = Path(__file__).with_name("JSON_SCHEMA.md")
MARK = "<!-- official suite -->\n"
_RANKS = {"wrong": 0, "narrowed": 1, "refused": 2, "pass": 3}


@dataclass(frozen=True, slots=True)
class Result:
    """One test: `verdict` is pass, refused, narrowed or wrong, and `detail` by what keyword or in which way."""

    file: str
    group: str
    test: str
    verdict: str
    detail: str = ""


def groups(folder: Path) -> Iterator[dict[str, Any]]:
    """The suite's groups: a schema and tests each."""
    with gzip.open(folder / "json_schema_test_suite_2020_12.jsonl.gz", "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def documents(folder: Path) -> dict[str, Any]:
    """What references may lead to, by URI: the suite's remote documents and the drafts' metaschemas."""
    with gzip.open(folder / "json_schema_test_suite_remotes.json.gz", "rt", encoding="utf-8") as file:
        remotes: dict[str, Any] = json.load(file)
    registry = jsonschema_specifications.REGISTRY
    return {uri: registry.contents(uri) for uri in registry} | remotes


def spelled(value: Any, *, plain: bool, ascii_only: bool) -> str:
    """The value's text with one space after commas and colons; numbers as Python writes them, or without exponents."""

    def inner(value: Any) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{inner(name)}: {inner(member)}" for name, member in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(inner, value)) + "]"
        if isinstance(value, float) and plain:
            return format(Decimal(repr(value)), "f")
        return json.dumps(value, ensure_ascii=ascii_only)

    return inner(value)


def judged(states: States, value: Any, valid: bool) -> str:
    """What is wrong with the automaton's decision on a value; empty if nothing is."""
    taken = [
        [
            states.accepting(states.run(states.start, spelled(value, plain=plain, ascii_only=ascii_only).encode()))
            for ascii_only in (False, True)
        ]
        for plain in (False, True)
    ]
    if valid:
        return "" if any(map(all, taken)) else "rejected" if not any(map(any, taken)) else "rejected in one spelling"
    return "accepted" if any(map(any, taken)) else ""


def results(folder: Path) -> list[Result]:
    """All tests of the suite."""
    resources = documents(folder)
    return [result for group in groups(folder) for result in _group_results(group, resources)]


def _group_results(group: dict[str, Any], resources: Mapping[str, Any]) -> Iterator[Result]:
    form = "assert" if group["file"].startswith("optional/format") else "annotate"
    states, verdict, detail = _states(group["schema"], form, resources)
    for test in group["tests"]:
        found = (verdict if verdict != "narrowed" else "pass", detail)
        if states is not None and (wrong := judged(states, test["data"], test["valid"])):
            found = ("narrowed" if verdict == "narrowed" and wrong == "rejected" else "wrong", wrong)
        elif verdict == "empty":
            found = ("wrong", "rejected") if test["valid"] else ("pass", "")
        yield Result(group["file"], group["description"], test["description"], *found)


def _states(schema: Any, form: str, resources: Mapping[str, Any]) -> tuple[States | None, str, str]:
    """The automaton and whether it is narrowed, or none and why: refused, empty, or an error that should not be."""
    try:
        language = fsmgen.json_schema(schema, order="free", whitespace="spaced", format=form, resources=resources)
        narrowed = any(entry.status == "narrowed" for entry in language.report())
        return language.grammar.automaton(language.source), "narrowed" if narrowed else "pass", ""
    except UnsupportedKeyword as error:
        return None, "refused", f"{error.keyword}: {error.reason}"
    except (LimitReached, UnresolvedReference) as error:
        return None, "refused", f"{type(error).__name__}: {error}".splitlines()[0][:120]
    except EmptyLanguage:
        return None, "empty", ""
    except FsmgenError as error:
        return None, "wrong", f"{type(error).__name__}: {error}".splitlines()[0][:120]
    except Exception as error:
        return None, "wrong", f"raised {type(error).__name__}"


def unexpected(found: list[Result]) -> dict[str, dict[str, Any]]:
    """What is not passed, by file and group: the group's one verdict, or those of single tests."""
    tree: dict[str, dict[str, Any]] = {}
    for result in found:
        if result.verdict == "refused":
            tree.setdefault(result.file, {})[result.group] = f"refused: {result.detail}"
        elif result.verdict != "pass":
            tree.setdefault(result.file, {}).setdefault(result.group, {})[result.test] = f"{result.verdict}: {result.detail}"
    return tree


def changes(found: list[Result], expected: Mapping[str, Mapping[str, Any]]) -> tuple[list[Result], list[Result]]:
    """Tests that came out worse than expected, and better."""
    ranked = [(result, _RANKS[result.verdict], _expected_rank(result, expected)) for result in found]
    return [each for each, now, then in ranked if now < then], [each for each, now, then in ranked if now > then]


def _expected_rank(result: Result, expected: Mapping[str, Mapping[str, Any]]) -> int:
    entry = expected.get(result.file, {}).get(result.group, "pass")
    if isinstance(entry, dict):
        entry = entry.get(result.test, "pass")
    return _RANKS[entry.split(":")[0]]


def table(found: list[Result]) -> str:
    """Markdown: tests by file, those required and those optional summed up."""
    lines = ["| file | passed | refused | narrowed | wrong | refused for |", "|---|---|---|---|---|---|"]
    optional = [result for result in found if result.file.startswith("optional/")]
    required = [result for result in found if not result.file.startswith("optional/")]
    for name, part in (("required", required), ("optional", optional)):
        lines.append(_row(f"**{name}, all**", part, reasons=False))
        for file, inner in groupby(sorted(part, key=lambda result: result.file), lambda result: result.file):
            lines += [_row(file.removesuffix(".json"), list(inner), reasons=True)]
    return "\n".join(lines)


def _row(name: str, part: list[Result], *, reasons: bool) -> str:
    counts = Counter(result.verdict for result in part)
    why = sorted({result.detail.split(":")[0] for result in part if result.verdict == "refused"}) if reasons else []
    others = " | ".join(str(counts[verdict]) for verdict in ("refused", "narrowed", "wrong"))
    return f"| {name} | {counts['pass']} of {len(part)} | {others} | {', '.join(why)} |"


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=os.environ.get("FSMGEN_DATA"), help="the folder of the suite; FSMGEN_DATA by default")
    parser.add_argument("--write", action="store_true", help="write the expectations and the document's table")
    options = parser.parse_args()
    if options.data is None:
        parser.error("neither --data nor FSMGEN_DATA names the folder of the suite")
    begin, found = time.perf_counter(), results(options.data)
    expected = json.loads(EXPECTED.read_text()) if EXPECTED.exists() else {}
    worse, better = changes(found, expected) if expected or not options.write else ([], [])
    print(table(found))
    wrong = [result for result in found if result.verdict == "wrong"]
    for name, part in (("wrong", wrong), ("worse than expected", worse), ("better than expected", better)):
        print(f"\n{len(part)} {name}")
        for result in part:
            print(f"  {result.file} / {result.group} / {result.test}: {result.verdict} {result.detail}")
    print(f"\n{time.perf_counter() - begin:.0f} s")
    if options.write and not worse:
        _write(found)
    return 1 if worse or wrong else 0


def _write(found: list[Result]) -> None:
    EXPECTED.write_text(json.dumps(unexpected(found), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(MARK)
    _, _, after = rest.partition(MARK)
    DOCUMENT.write_text(f"{before}{MARK}\n{table(found)}\n\n{MARK}{after}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
