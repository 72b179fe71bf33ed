"""Grammars that are hard for engines, along texts of growing length: does the time of a token grow with what came before it?

    python -m bench.hard_grammars --vocabulary tekken --lengths 25,50,100,200

For each grammar, length and engine: mean time of a mask and of an advance over the last quarter of the text, and the slowest mask, in
microseconds on one pinned core, everything compiled anew in a fresh process. outlines-core takes no grammars.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench import caches, engines, machine
from bench.figures import Figures, as_json, figures, short, table
from bench.worker import Host, Job
from fsmgen.automata import Call, Expression, choice, repeat, sequence, text
from fsmgen.automata.expression import characters
from fsmgen.grammar import Grammar

_PARTS = [f"p{i}=1;" for i in range(500)]
_NAMES = ("alpha", "b", "gamma", "delta", "eps", "x", "total", "count")


@dataclass(frozen=True, slots=True)
class Case:
    """A grammar in three notations, and a word of it for each length."""

    name: str
    rules: dict[str, Expression]
    lark: str
    gbnf: str
    word: Callable[[int], str]

    @property
    def source(self) -> engines.Source:
        """The grammar for all engines."""
        return engines.Source(grammar=Grammar(self.rules), lark=self.lark, gbnf=self.gbnf)


def _letters(*, low: int = 1) -> Expression:
    return repeat(characters([(ord("a"), ord("z"))]), low)


def _one_of(letters: str) -> Expression:
    return characters((ord(letter), ord(letter)) for letter in letters)


def _all(*parts: Expression | str) -> Expression:
    return sequence(text(part) if isinstance(part, str) else part for part in parts)


def _any(*parts: Expression | str) -> Expression:
    return choice(text(part) if isinstance(part, str) else part for part in parts)


def _names(count: int, between: str) -> str:
    return "".join(_NAMES[i % len(_NAMES)] + between[i % len(between)] for i in range(count)) + "end"


_HEADER = (
    "engine, length", "tokens", "to 1st mask", "cold, last quarter", "cold max", "worst at",
    "warm, last quarter", "warm max", "adv, last quarter", "adv max",
)  # fmt: skip
Found = dict[str, dict[int, Figures]]
"""Figures by engine and length."""

E = Call("start")
NAME = _letters()
OPERATOR = _one_of("+-*/")
_STRING = _all('"', repeat(characters([(32, 33), (35, 91), (93, 126)]), 0), '"')
_DIGITS = repeat(characters([(48, 57)]), 1)
_VALUE = _any(
    _STRING, _DIGITS, "true", "null",
    _all("[", "]"), _all("[", E, repeat(_all(",", E), 0), "]"),
    _all("{", "}"), _all("{", Call("pair"), repeat(_all(",", Call("pair")), 0), "}"),
)  # fmt: skip


def _document(count: int) -> str:
    entries = [{"id": i, "name": _NAMES[i % 8], "tags": ["red", [i, None], {"ok": True}]} for i in range(-(-count // 4))]
    return json.dumps(entries, separators=(",", ":"))


def _sums(count: int) -> str:
    """Sums and products with parentheses, a third of them nested."""
    opened = "".join((f"({name}+" if i % 3 == 0 else f"{name}*") for i in range(count) for name in [_NAMES[i % 8]])
    return opened + "end" + ")" * len(range(0, count, 3))


CASES = (
    Case(
        "ambiguous operators",
        {"start": _any(_all(E, OPERATOR, E), NAME)},
        "start: e\ne: e OP e | NAME\nOP: /[-+*\\/]/\nNAME: /[a-z]+/\n",
        'root ::= e\ne ::= e [-+*/] e | [a-z]+\n',
        lambda n: _names(n, "+*-/"),
    ),
    Case(
        "ambiguous operators and parentheses",
        {"start": _any(_all(E, OPERATOR, E), _all("(", E, ")"), NAME)},
        'start: e\ne: e OP e | "(" e ")" | NAME\nOP: /[-+*\\/]/\nNAME: /[a-z]+/\n',
        'root ::= e\ne ::= e [-+*/] e | "(" e ")" | [a-z]+\n',
        _sums,
    ),
    Case(
        "doubling",
        {"start": _any(_all(E, E), "a")},
        'start: s\ns: s s | "a"\n',
        'root ::= s\ns ::= s s | "a"\n',
        lambda n: "a" * n,
    ),
    Case(
        "left recursion",
        {"start": _any(_all(E, ",", NAME), NAME)},
        'start: s\ns: s "," NAME | NAME\nNAME: /[a-z]+/\n',
        'root ::= s\ns ::= s "," [a-z]+ | [a-z]+\n',
        lambda n: _names(n, ","),
    ),
    Case(
        "right recursion",
        {"start": _any(_all(NAME, ",", E), NAME)},
        'start: s\ns: NAME "," s | NAME\nNAME: /[a-z]+/\n',
        'root ::= s\ns ::= [a-z]+ "," s | [a-z]+\n',
        lambda n: _names(n, ","),
    ),
    Case(
        "nesting",
        {"start": _any(_all("[", E, "]"), _all("<", E, ">"), NAME)},
        'start: s\ns: "[" s "]" | "<" s ">" | NAME\nNAME: /[a-z]+/\n',
        'root ::= s\ns ::= "[" s "]" | "<" s ">" | [a-z]+\n',
        lambda n: "[<" * (n // 2) + "x" + ">]" * (n // 2),
    ),
    Case(
        "dangling else",
        {"start": _any(_all("if c then ", E), _all("if c then ", E, " else ", E), NAME)},
        'start: s\ns: "if c then " s | "if c then " s " else " s | NAME\nNAME: /[a-z]+/\n',
        'root ::= s\ns ::= "if c then " s | "if c then " s " else " s | [a-z]+\n',
        lambda n: "if c then " * n + "x" + " else y" * n,
    ),
    Case(
        "palindromes",
        {"start": _any(_all("a", E, "a"), _all("b", E, "b"), "")},
        'start: s\ns: "a" s "a" | "b" s "b" | ""\n',
        'root ::= s\ns ::= "a" s "a" | "b" s "b" | ""\n',
        lambda n: (half := "abbab" * (n // 10)) + half[::-1],
    ),
    Case(
        "JSON document",
        {"start": _VALUE, "pair": _all(_STRING, ":", E)},
        'start: v\nv: STRING | NUMBER | "true" | "null" | "[" "]" | "[" v ("," v)* "]" | "{" "}" | "{" p ("," p)* "}"\n'
        'p: STRING ":" v\nSTRING: /"[ !#-\\[\\]-~]*"/\nNUMBER: /[0-9]+/\n',
        'root ::= v\nv ::= s | [0-9]+ | "true" | "null" | "[" "]" | "[" v ("," v)* "]" | "{" "}" | "{" p ("," p)* "}"\n'
        'p ::= s ":" v\ns ::= "\\"" [ !#-\\[\\]-~]* "\\""\n',
        _document,
    ),
    Case(
        "JSON nested objects",
        {"start": _VALUE, "pair": _all(_STRING, ":", E)},
        "", "",
        lambda n: '{"a":[' * (n // 2) + "1" + "]}" * (n // 2),
    ),
    Case(
        "500 optional parts",
        {"start": sequence([repeat(text(part), 0, 1) for part in _PARTS])},
        "start: " + " ".join(f'"{part}"?' for part in _PARTS) + "\n",
        "root ::= " + " ".join(f'"{part}"?' for part in _PARTS) + "\n",
        lambda n: "".join(_PARTS[:: max(1, 500 // max(1, n // 4))]),
    ),
)  # fmt: skip
_FORMS = {case.name: case for case in CASES}


def _source(case: Case) -> engines.Source:
    """The case's grammar; the nested documents are the JSON grammar's."""
    return case.source if case.lark else _FORMS["JSON document"].source


def selected(names: str) -> list[Case]:
    """The cases whose names contain one of the comma-separated words; all for the empty text."""
    words = names.split(",")
    return [case for case in CASES if any(word in case.name for word in words)]


def measured(hosts: dict[str, Host], case: Case, options: argparse.Namespace, cache: Path) -> Found:
    """Figures by engine and length; an engine that fails at one length is not asked for longer ones."""
    found: Found = {name: {} for name in hosts}
    for length in options.lengths:
        for name, host in hosts.items():
            if any(known.error for known in found[name].values()):
                continue
            job = Job(_source(case), case.word(length), options.limit, options.walk_limit, options.nice)
            runs = []
            for _ in range(options.repeat):
                caches.empty(cache)
                runs.append(host.measure(job))
                if runs[-1].error:
                    break
            found[name][length] = figures(runs)
    return found


def _tail(times: NDArray[np.float64]) -> float:
    return float(times[-max(1, len(times) // 4) :].mean())


def report(case: Case, found: Found) -> None:
    """Print one line for each engine and length."""
    rows = []
    for name, by_length in found.items():
        for length, known in by_length.items():
            if known.error:
                rows.append([f"{name} {length}", *["-"] * (len(_HEADER) - 1)])
                continue
            cold, warm, advance = ([short(_tail(times)), short(times.max())] for times in (known.cold, known.warm, known.advance))
            worst = str(int(known.cold.argmax()))
            rows.append([f"{name} {length}", str(len(known.advance)), short(known.first), *cold, worst, *warm, *advance])
    print(f"\n{case.name}")
    print(table(_HEADER, rows))
    for name, by_length in found.items():
        for length, known in by_length.items():
            if known.note:
                print(f"  {name} {length}: {known.note}")


def _lengths(given: str) -> list[int]:
    return [int(length) for length in given.split(",")]


def _arguments() -> argparse.Namespace:
    parser = machine.parser_of("hard_grammars", __doc__)
    parser.add_argument("--engines", default="fsmgen,llguidance,xgrammar")
    parser.add_argument("--grammars", default="", help="comma-separated parts of names; all by default")
    parser.add_argument("--lengths", type=_lengths, default="25,50,100,200", help="how many parts the text has, or how deep it is nested")
    parser.add_argument("--repeat", type=int, default=3)
    machine.add_limits(parser)
    return parser.parse_args()


def main() -> None:
    """The command."""
    options = _arguments()
    before, everything = machine.facts(), {}
    with tempfile.TemporaryDirectory() as folder:
        caches.prepare(Path(folder))
        hosts = {name: Host(name, options.vocabulary, options.core, Path(folder)) for name in options.engines.split(",")}
        try:
            for case in selected(options.grammars):
                found = measured(hosts, case, options, Path(folder))
                report(case, found)
                everything[case.name] = {name: {n: as_json(each, steps=True) for n, each in by.items()} for name, by in found.items()}
        finally:
            for host in hosts.values():
                host.close()
    if options.json:
        settings = {"vocabulary": options.vocabulary, "repeat": options.repeat, "lengths": options.lengths, "core": options.core}
        options.json.write_text(json.dumps({"machine": before, "settings": settings, "unit": "us", "figures": everything}, indent=1))


if __name__ == "__main__":
    main()
