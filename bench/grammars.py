"""Times of JSON, arithmetic and SQL, side by side with other engines, along real texts and random walks.

    python -m bench.grammars --vocabulary tekken --repeat 5

fsmgen reads the grammar that ships with it, from its text, as part of compilation; a large one has its network beside it in the package,
and with `--own` the same text is read as a user's own grammar, which has none. The peers read the forms in bench/peers, written for
them: llguidance's by its conventions of lexing, xgrammar's own grammar for JSON too; an engine's figure is that of its best form. Where a
form's language differs, it says so here: xgrammar's SQL has no reserved words, and one form of it wants spaces around keywords. A random
walk is a word that the grammar itself draws at random, each class of bytes as probable as any other; `--documents` of `--data` are JSON
texts as people write them, valid instances of MaskBench's schemas, evenly spread over its file. All figures are microseconds on one pinned
core; every measurement is a fresh process in which nothing was compiled before but two trivial grammars, with no network of a grammar on
disk, unless `--warm-cache` is given. A child of a fork copies each page of memory to which it first writes, which takes some microseconds;
with `--settled` it has read the two trivial grammars before, as each child has one pattern. `--together` is what an evaluation does: many
texts with one compiled grammar. outlines-core takes no grammars.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench import caches, engines, machine
from bench.figures import Figures, as_json, figures, quantiles, short, table
from bench.maskbench_data import read, sampled, written
from bench.worker import Host, Job
from fsmgen.automata.words import random_word
from fsmgen.frontends import grammar_named
from fsmgen.frontends.named import named_grammars

PEERS = Path(__file__).parent / "peers"
GRAMMARS = ("json", "arithmetic", "sql_select")
_WALK = 400
_HEADER = (
    "engine, text", "tokens", "compile", "again", "to 1st mask", "cold mean", "p50", "p99", "max", "warm p50", "max", "adv p50", "warm adv",
    "total",
)  # fmt: skip

_JSON = json.dumps(
    {
        "model": "small", "created": 1718000000, "temperature": 0.7,
        "messages": [
            {"role": "user", "content": "Which of these are prime: 51, 53, 57?\nGive reasons."},
            {"role": "assistant", "content": "51 = 3 * 17 and 57 = 3 * 19, so only \"53\" is prime."},
        ],
        "scores": [0.25, -1.5e-3, 12, None, True, False], "meta": {"tags": ["arithmetic", "primes"], "nested": {"a": {"b": {"c": []}}}},
    },
    indent=2,
)  # fmt: skip
_ARITHMETIC = "(48 / 2 + 24) * 0.75 - 3 * 2.5 * 4.20 - (4 * 2.25 + (17 - (5 ** 2 // 3)) % 7) * -(1 + 2) / 1.5e3 + 1350 - ((((12))))"
_SQL = """\
WITH recent AS (
    SELECT customer_id, SUM(amount) AS total FROM orders WHERE placed >= '2024-01-01' GROUP BY customer_id HAVING SUM(amount) > 100
)
SELECT c.name, r.total, RANK() OVER (PARTITION BY c.country ORDER BY r.total DESC) AS place,
       CASE WHEN r.total > 1000 THEN 'gold' WHEN r.total > 500 THEN 'silver' ELSE 'none' END AS class
FROM customers AS c LEFT JOIN recent AS r ON r.customer_id = c.id AND c.active = TRUE
WHERE c.id IN (SELECT customer_id FROM recent) AND c.country BETWEEN 'DE' AND 'FR'
ORDER BY place DESC, c.name LIMIT 20 OFFSET 40;"""
_REAL = {"json": _JSON, "arithmetic": _ARITHMETIC, "sql_select": _SQL}


@dataclass(frozen=True, slots=True)
class Case:
    """A text of a grammar, or several that are read with one compiled grammar."""

    grammar: str
    name: str
    text: str
    more: tuple[str, ...] = ()


def cases(walks: int, seed: int, names: list[str]) -> Iterator[Case]:
    """The real text of each grammar, and random walks of it."""
    for grammar in names:
        yield Case(grammar, "real", _REAL[grammar])
        states = grammar_named(grammar).grammar.automaton(grammar)
        for i in range(walks):
            generator = random.Random(f"{grammar} {seed} {i}")
            word = bytes(random_word(states, generator, typical=_WALK, ending=0.0, by_class=True))
            yield Case(grammar, f"walk {i + 1}", word.decode().strip())  # not every form has white space around the whole


def together(grammar: str, data: Path | None, count: int, seed: int) -> Iterator[Case]:
    """So many texts for one compiled grammar: documents of JSON, and random walks of others."""
    found = list(documents(data, count)) if grammar == "json" else list(cases(count, seed + 1, [grammar]))[1:]
    if count and found:
        yield Case(grammar, f"{len(found)} together", found[0].text, tuple(case.text for case in found[1:]))


def documents(data: Path | None, count: int) -> Iterator[Case]:
    """A valid instance each of some schemas, as JSON."""
    for file in sampled(read(data), count) if data is not None else ():
        found = [each.value for each in file.instances if each.valid]
        if found:
            yield Case("json", file.name.removesuffix(".json")[-40:], written(found[0]))


def forms(engine: str, grammar: str, *, own: bool) -> list[engines.Source]:
    """The grammar in the forms that are written for an engine; for fsmgen as one that ships with it, or as a user's `own`."""
    if engine == "fsmgen":
        made = next(each for each in named_grammars() if each.name == grammar)
        notation = made.path.suffix.removeprefix(".")
        return [engines.Source(**{notation: made.text}) if own else engines.Source(named=grammar)]
    kind = "lark" if engine == "llguidance" else "gbnf"
    found = [path.read_text(encoding="utf-8") for path in sorted(PEERS.glob(f"{grammar}.*{kind}"))]
    if engine == "llguidance":
        return [engines.Source(lark=text) for text in found]
    return [engines.Source(gbnf=text) for text in (found if grammar != "json" else [engines.BUILTIN_JSON, *found])]


def measured(host: Host, case: Case, options: argparse.Namespace, cache: Path) -> Figures:
    """The figures of an engine's best form; the first error if it has none that takes the whole text."""
    found = []
    for source in forms(host.engine, case.grammar, own=options.own):
        runs = []
        settled = host.engine if options.settled else ""
        job = Job(source, case.text, options.limit, options.walk_limit, options.nice, more=case.more, settled=settled)
        if options.warm_cache:
            host.measure(job)
        for _ in range(options.repeat):
            if not options.warm_cache:
                caches.empty(cache)
            runs.append(host.measure(job))
            if runs[-1].error:
                break
        found.append(figures(runs))
    complete = [each for each in found if each.complete]
    return min(complete, key=lambda each: each.total) if complete else found[0]


def _line(name: str, found: Figures) -> list[str]:
    if found.error is not None:
        return [name, *["-"] * (len(_HEADER) - 1)]
    cold, warm = quantiles(found.cold), quantiles(found.warm)
    values = [found.compile, found.again, found.first, *(cold[key] for key in ("mean", "p50", "p99", "max")), warm["p50"], warm["max"]]
    values += [quantiles(found.advance).get("p50"), quantiles(found.warm_advance).get("p50"), found.total]
    return [name, str(len(found.advance)), *map(short, values)]


def report(grammar: str, found: dict[str, dict[str, Figures]]) -> None:
    """Print a line for each text and engine, and our total over that of the best peer that takes the same texts."""
    rows = [_line(f"{engine}, {text}", each) for text, by_engine in found.items() for engine, each in by_engine.items()]
    print(f"\n{grammar}")
    print(table(_HEADER, rows))
    for text, by_engine in found.items():
        for engine, each in by_engine.items():
            if each.note:
                print(f"  {engine}, {text}: {each.note}")
    single = {text: by_engine for text, by_engine in found.items() if not text.endswith(" together")}
    _compare("total over the {} texts that {} takes", list(single.values()))
    for text, by_engine in found.items():
        if text not in single:
            _compare(text + ", which {1} takes", [by_engine])


def _compare(what: str, rows: list[dict[str, Figures]]) -> None:
    """Print our total over that of each peer, over the rows that it takes."""
    ours, *peers = rows[0]
    for peer in peers:
        both = [by_engine for by_engine in rows if by_engine[ours].complete and by_engine[peer].complete]
        mine, theirs = (sum(by_engine[name].total for by_engine in both) for name in (ours, peer))
        if both:
            print(f"{what.format(len(both), peer)}: {short(mine)} / {short(theirs)} = {mine / theirs:.2f}")


def _arguments() -> argparse.Namespace:
    parser = machine.parser_of("grammars", __doc__)
    parser.add_argument("--engines", default="fsmgen,llguidance,xgrammar")
    parser.add_argument("--grammars", default=",".join(GRAMMARS), help=f"comma-separated, of {', '.join(GRAMMARS)}")
    parser.add_argument("--walks", type=int, default=3, help="random walks of each grammar")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--repeat", type=int, default=3, help="fresh compilations of each form for each text")
    parser.add_argument("--data", type=Path, help="MaskBench's schemas with instances, for --documents")
    parser.add_argument("--documents", type=int, default=8, help="JSON documents of --data")
    parser.add_argument("--warm-cache", action="store_true", help="networks on disk, from a round that is not counted")
    parser.add_argument("--together", type=int, default=0, help="so many texts more, read with one compiled grammar, as one row")
    parser.add_argument("--settled", action="store_true", help="children too have read the trivial grammars, so that more pages are theirs")
    parser.add_argument("--own", action="store_true", help="fsmgen reads each grammar as a user's own, not as one that ships with it")
    machine.add_limits(parser)
    return parser.parse_args()


def main() -> None:
    """The command."""
    options = _arguments()
    before, everything = machine.facts(), {}
    with tempfile.TemporaryDirectory() as folder:
        caches.prepare(Path(folder))
        hosts = [Host(name, options.vocabulary, options.core, Path(folder)) for name in options.engines.split(",")]
        try:
            for grammar in options.grammars.split(","):
                tried = list(cases(options.walks, options.seed, [grammar]))
                tried += documents(options.data, options.documents) if grammar == "json" else ()
                tried += together(grammar, options.data, options.together, options.seed)
                found = {case.name: {host.engine: measured(host, case, options, Path(folder)) for host in hosts} for case in tried}
                report(grammar, found)
                everything[grammar] = {text: {name: as_json(each, steps=True) for name, each in by.items()} for text, by in found.items()}
        finally:
            for host in hosts:
                host.close()
    print(f"\n{before['processor']}, core {options.core}, load {before['load'][0]:.1f}, fsmgen sources {before['fsmgen']['sources']}")
    if options.json:
        settings = {name: getattr(options, name) for name in ("vocabulary", "repeat", "walks", "seed", "core")}
        options.json.write_text(json.dumps({"machine": before, "settings": settings, "unit": "us", "figures": everything}, indent=1))


if __name__ == "__main__":
    main()
