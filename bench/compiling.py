"""From rules to the first mask: grammars as JSON schemas make them, in several sizes, and short patterns.

    python -m bench.compiling --repeat 20

Each compilation gets new expressions, except for the few that every schema shares (numbers, strings, any value). Microseconds, the median
and the least of the repetitions; the expressions themselves are not counted.
"""

from __future__ import annotations

import gc
import random
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from functools import cache

import fsmgen
from bench import machine, vocabularies
from bench.figures import short, table
from fsmgen.automata import Call, Characters, Expression, choice, repeat, sequence, text
from fsmgen.automata.expression import Table, characters
from fsmgen.grammar import Grammar, Language
from fsmgen.grammar.network import lower
from fsmgen.tokens import Vocabulary

_HEX = characters([(0x30, 0x39), (0x41, 0x46), (0x61, 0x66)])
_RAW = characters([(0x20, 0x21), (0x23, 0x5B), (0x5D, 0x10FFFF)])
_DIGIT, _POSITIVE = Characters(((0x30, 0x39),)), Characters(((0x31, 0x39),))
_ESCAPE = sequence([text("\\"), choice([characters((ord(c), ord(c)) for c in '"\\/bfnrt'), sequence([text("u"), repeat(_HEX, 4, 4)])])])
_STRING = sequence([text('"'), repeat(choice([_RAW, _ESCAPE]), 0), text('"')])
_INTEGER = sequence([repeat(text("-"), 0, 1), choice([text("0"), sequence([_POSITIVE, repeat(_DIGIT, 0)])])])
_NUMBER = sequence([_INTEGER, repeat(sequence([text("."), repeat(_DIGIT, 1)]), 0, 1)])
_BOOLEAN = choice([text("true"), text("false")])
_MEMBER = sequence([Call("string"), text(": "), Call("any")])
_ANY = {
    "string": _STRING,
    "integer": _INTEGER,
    "number": _NUMBER,
    "boolean": _BOOLEAN,
    "any": choice([*map(Call, ("string", "number", "boolean", "object", "array")), text("null")]),
    "object": sequence([text("{"), repeat(sequence([_MEMBER, repeat(sequence([text(", "), _MEMBER]), 0)]), 0, 1), text("}")]),
    "array": sequence([text("["), repeat(sequence([Call("any"), repeat(sequence([text(", "), Call("any")]), 0)]), 0, 1), text("]")]),
}
_SYLLABLES = ("na", "me", "id", "ty", "pe", "val", "ue", "con", "fig", "ser", "ver", "tag", "key", "path")


def schema_rules(seed: int, objects: int, properties: int, *, escapes: bool) -> Mapping[str, Expression]:
    """Objects of optional and required properties that call each other, arrays of them, enumerations, and the standard values."""
    generator = random.Random(seed)
    rules: dict[str, Expression] = {"start": Call("o0"), **_ANY}
    for number in range(objects):
        names = sorted({"".join(generator.choices(_SYLLABLES, k=3)) for _ in range(properties)})
        rules[f"e{number}"] = choice(text(f'"{generator.choice(_SYLLABLES)}{i}"') for i in range(5))
        values = ["string", "string", "integer", "number", "boolean", "any", f"e{number}", f"o{generator.randrange(objects)}"]
        called = [*generator.choices(values, k=len(names) - 1), f"o{number + 1}" if number + 1 < objects else "string"]
        entries = [sequence([_key(name, rules, escapes=escapes), text(": "), Call(v)]) for name, v in zip(names, called, strict=True)]
        rules[f"o{number}"] = _object(entries, [generator.random() < 0.4 for _ in names])
    return rules


def _key(name: str, rules: dict[str, Expression], *, escapes: bool) -> Expression:
    if not escapes:
        return text(f'"{name}"')
    edges: list[tuple[int, Expression, int]] = []
    places = [0, *range(2, len(name) + 3), 1]
    states = len(name) + 3
    edges.append((0, text('"'), 2))
    for i, letter in enumerate(name, 1):
        rules.setdefault(f"hex {letter}", text(f"u{ord(letter):04x}"))
        edges += [(places[i], text(letter), places[i + 1]), (places[i], text("\\"), states), (states, Call(f"hex {letter}"), places[i + 1])]
        states += 1
    edges.append((places[len(name) + 1], text('"'), 1))
    return Table(states, tuple(edges))


def _object(entries: list[Expression], required: list[bool]) -> Expression:
    """Two lanes of states: an entry must follow (at first, and after each comma), and an entry was the last thing."""
    count = len(entries)
    before, after = [2 + 2 * i for i in range(count)], [1 + 2 * i for i in range(count + 1)]
    edges = [(0, text("{}"), 1)] if not any(required) else []
    edges.append((0, text("{"), before[0]))
    for i, entry in enumerate(entries):
        edges.append((before[i], entry, after[i + 1]))
        edges += [(after[i], text(", "), before[i])] if i else []
        edges += [(before[i], text(""), before[i + 1])] if not required[i] and i + 1 < count else []
        edges += [(after[i], text(""), after[i + 1])] if not required[i] and i else []
    last = 2 + 2 * count
    edges.append((after[count], text("}"), 1))
    return Table(last, tuple((source, part, target) for source, part, target in edges))


@cache
def _patterns() -> dict[str, Callable[[], Language]]:
    return {
        "yes|no": lambda: fsmgen.regex("yes|no"),
        "[1-9][0-9]{0,3}": lambda: fsmgen.regex("[1-9][0-9]{0,3}"),
        r"-?\d{1,12}": lambda: fsmgen.regex(r"-?\d{1,12}"),
        "integer()": lambda: fsmgen.integer(),
    }


def schemas(*, large: bool) -> dict[str, Callable[[], Language]]:
    """Languages of several sizes by name."""
    sizes = {"2 objects": (2, 3, False), "25 objects": (25, 2, False), "25, escapes": (25, 2, True), "300 objects": (300, 3, False)}
    sizes |= {"300, escapes": (150, 4, True)}
    sizes |= {"15,000 objects": (15_000, 3, False)} if large else {}
    return {name: lambda size=size: _schema(*size) for name, size in sizes.items()}  # type: ignore[misc]


def _schema(objects: int, properties: int, escapes: bool) -> Language:
    return Language(Grammar(schema_rules(0, objects, properties, escapes=escapes)), "a schema")


def measured(make: Callable[[], Language], vocabulary: Vocabulary, repeat: int) -> tuple[list[list[float]], int, int]:
    """Microseconds of lowering, of the whole compilation and of the first mask, by repetition; rules, and states of the network."""
    times: list[list[float]] = []
    row = fsmgen.compile(make(), vocabulary).eos_row.copy()
    for _ in range(repeat):
        language = make()
        gc.collect()
        gc.disable()
        begin = time.perf_counter()
        constraint = fsmgen.compile(language, vocabulary)
        compiled = time.perf_counter()
        constraint.matcher().write_mask(row)
        done = time.perf_counter()
        again = make().grammar
        start = time.perf_counter()
        network = lower(again.rules, again.start)
        lowered = time.perf_counter()
        gc.enable()
        times.append([1e6 * part for part in (lowered - start, compiled - begin, done - compiled, done - begin)])
    return times, len(language.grammar.rules), network.states


class AnyOrder:
    """Deferred rules: each of some names at most once, in any order; a rule is named by the set of names that are gone, as bits."""

    def __init__(self, count: int) -> None:
        self.names = [f'"property{i}": ' for i in range(count)]
        self._keys = [text(name) for name in self.names]

    def least(self, name: str) -> int:  # noqa: ARG002
        return 1

    def rule(self, name: str) -> Expression:
        used = int(name, 16)
        left = [i for i in range(len(self._keys)) if not used >> i & 1]
        entries = [sequence([self._keys[i], Call("integer"), Call(f"{used | 1 << i:x}")]) for i in left]
        return choice([text("}"), *([sequence([text(", " if used else ""), choice(entries)])] if entries else [])])


def measured_order(count: int, vocabulary: Vocabulary) -> list[float]:
    """Microseconds of each property of a document of all properties in a random order, whose sets of names are all new."""
    orders, order = AnyOrder(count), random.Random(count).sample(range(count), count)
    rules = {"start": sequence([text("{"), Call("0")]), "integer": _INTEGER}
    matcher = fsmgen.compile(Language(Grammar(rules, deferred=orders), "any order"), vocabulary).matcher()
    data, times = [f"{', ' if k else ''}{orders.names[i]}12".encode() for k, i in enumerate(order)], []
    for part in [b"{", *data, b"}"]:
        begin = time.perf_counter()
        assert matcher.advance_bytes(part)
        times.append(1e6 * (time.perf_counter() - begin))
    assert matcher.accepting
    return times[1:-1]


def main() -> int:
    parser = machine.parser_of("compiling", __doc__)
    parser.add_argument("--repeat", type=int, default=20)
    parser.add_argument("--large", action="store_true", help="also a grammar of a million states")
    options = parser.parse_args()
    vocabulary = vocabularies.load(options.vocabulary).vocabulary
    rows = []
    for name, make in (_patterns() | schemas(large=options.large)).items():
        times, rules, states = measured(make, vocabulary, options.repeat if "000" not in name else 1)
        columns = list(zip(*times, strict=True))
        rows.append([name, str(rules), str(states), *(f"{short(statistics.median(c))} ({short(min(c))})" for c in columns)])
    for count in (8, 20, 60):
        runs = [measured_order(count, vocabulary) for _ in range(max(2, options.repeat // 5))]
        best = [min(times) for times in zip(*runs, strict=True)]
        figures = f"{short(statistics.median(best))} a property, at most {short(max(best))}"
        print(f"{count} properties in any order, each set of names new: {figures}")
    print(table(("language", "rules", "states", "lowered", "compiled", "first mask", "to first mask"), rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
