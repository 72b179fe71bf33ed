"""Random words of JSON schemas against `jsonschema`: whatever our masks and automata allow must be an instance.

    python -m bench.schema_campaign --data FILE_OR_FOLDER --words 10000 --schemas 500 --seed 1

Half of the words follow the automaton byte by byte, half follow the mask rows of a vocabulary token by token, in both
orders of properties and all forms of white space. Every word is validated, formats checked, and must be JSON in which no declared name
occurs twice. Then the schemas' own instances with a random change each are decided by both; formats apart, of which `jsonschema` asks less.
Last, random small schemas with all keywords decide some hundred small values. Prints what was refused and how often, and for a
disagreement a schema that is as small as could be found; the exit status is 1 if there was one.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import fsmgen
from bench import vocabularies
from bench.maskbench_data import SchemaFile, read, sampled, written
from bench.official_suite import judged
from bench.random_schemas import VALUES, RandomSchemas
from fsmgen.automata.words import random_word, shortest_word
from fsmgen.cli.referee import Referee, Undecided, repeated_names
from fsmgen.errors import EmptyLanguage, FsmgenError
from fsmgen.grammar import Language, States
from fsmgen.tokens.bitmask import new_rows

SECONDS = 20
"""After which a schema is given up, and printed."""
FORMS: tuple[dict[str, Any], ...] = (
    {"order": "schema", "whitespace": "compact"},
    {"order": "schema", "whitespace": "spaced"},
    {"order": "free", "whitespace": "spaced"},
    {"order": "schema", "whitespace": "flexible"},
    {"order": "schema", "whitespace": "compact", "ensure_ascii": True},
)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A text that we take and that is no instance, and why; or one that is an instance and that we do not take."""

    schema: Any
    form: dict[str, Any]
    word: str
    complaint: str
    taken: bool = True


def byte_word(language: Language, choose: random.Random) -> str:
    """A word that follows the automaton."""
    states = language.grammar.automaton(language.source)
    return bytes(random_word(states, choose, typical=choose.choice([20, 60, 200]))).decode()


def token_word(constraint: fsmgen.Constraint, choose: random.Random, *, budget: int) -> str:
    """A word that follows the mask rows, any allowed token, until it ends or has `budget` tokens and goes a shortest way to its end."""
    vocabulary, matcher = constraint.vocabulary, constraint.matcher()
    row, tokens = new_rows(1, vocabulary.size)[0], []
    while not matcher.finished and len(tokens) < budget:
        matcher.write_mask(row)
        allowed = np.flatnonzero(np.unpackbits(row.view(np.uint8), bitorder="little"))
        ends = [token for token in vocabulary.eos_ids if row[token >> 5] >> np.uint32(token & 31) & 1]
        token = ends[0] if ends and (choose.random() < 0.25 or len(allowed) == len(ends)) else int(allowed[choose.randrange(len(allowed))])
        assert matcher.advance(token), f"token {token} is allowed but not taken after {vocabulary.decode(tokens)!r}"
        tokens.append(token)
    rest = () if matcher.finished else shortest_word(constraint.walker.automaton, matcher.state)
    return (vocabulary.decode(tokens) + bytes(rest)).decode()


def declared(schema: Any) -> set[str]:
    """All names that the schema declares anywhere."""
    if isinstance(schema, list):
        return set().union(*map(declared, schema))
    if not isinstance(schema, dict):
        return set()
    properties = schema.get("properties")
    return (set(properties) if isinstance(properties, dict) else set()).union(*map(declared, schema.values()))


def complaint(referee: Referee, schema: Any, word: str) -> str | None:
    """Why the word should not be ours, or None."""
    found = referee.complaint(word)
    if found is None and (twice := repeated_names(word) & declared(schema)):
        return f"declared names occur twice: {sorted(twice)}"
    return found


def changed(value: Any, choose: random.Random) -> Any:
    """The value with one member left out, put in, or replaced."""
    other = choose.choice([None, True, 0, -1, 1.5, 10**9, "", "a", "2024-01-01", [], [1], {}, {"a": 1}])
    if isinstance(value, dict) and value and choose.random() < 0.9:
        name = choose.choice(list(value))
        kind = choose.randrange(4)
        if kind == 0:
            return {each: member for each, member in value.items() if each != name}
        if kind == 1:
            return {**value, choose.choice(["a", "extra", name + "x", name.upper()]): other}
        return {**value, name: changed(value[name], choose)}
    if isinstance(value, list) and value and choose.random() < 0.9:
        at = choose.randrange(len(value))
        inner = [[], [value[at]] * 2, [changed(value[at], choose)], [changed(value[at], choose)]][choose.randrange(4)]
        return [*value[:at], *inner, *value[at + 1 :]]
    if isinstance(value, str) and value and choose.random() < 0.5:
        at = choose.randrange(len(value))
        return value[:at] + choose.choice(["", value[at] * 2, "é", "\n", "-"]) + value[at + 1 :]
    if isinstance(value, int | float) and not isinstance(value, bool) and choose.random() < 0.5:
        return choose.choice([value + 1, -value, value * 1000, value + 0.5])
    return other


def smaller(value: Any) -> Iterator[Any]:
    """The value with one member less, or with a smaller member, largest cuts first."""
    if isinstance(value, dict):
        for name in value:
            yield {other: member for other, member in value.items() if other != name}
        for name, member in value.items():
            yield from ({**value, name: each} for each in smaller(member))
    elif isinstance(value, list):
        for i, member in enumerate(value):
            yield value[:i] + value[i + 1 :]
            yield from ([*value[:i], each, *value[i + 1 :]] for each in smaller(member))


def minimised(value: Any, wrong: Callable[[Any], bool], *, seconds: float = 20) -> Any:
    """A smaller value that is still wrong, as far as the time allows."""
    deadline, found = time.monotonic() + seconds, True
    while found and time.monotonic() < deadline:
        found = False
        for each in smaller(value):
            if time.monotonic() > deadline:
                break
            if wrong(each):
                value, found = each, True
                break
    return value


def reproduction(case: Disagreement) -> Disagreement:
    """The same fault in a smaller schema."""

    def wrong(schema: Any) -> bool:
        try:
            states = automaton(schema, case.form)
            taken = states is not None and states.accepting(states.run(states.start, case.word.encode()))
            return taken == case.taken and taken == (complaint(Referee(schema), schema, case.word) is not None)
        except Exception:  # a smaller schema may be none
            return False

    schema = minimised(case.schema, wrong)
    return replace(case, schema=schema, complaint=complaint(Referee(schema), schema, case.word) or case.complaint)


def automaton(schema: Any, form: dict[str, Any]) -> States | None:
    """The states of a schema in one form; None if it has no instance."""
    try:
        language = fsmgen.json_schema(schema, **form)
        return language.grammar.automaton(language.source)
    except EmptyLanguage:
        return None


def _stop(*_: object) -> None:
    raise TimeoutError


class Tally:
    """What came of the schemas so far."""

    def __init__(self, seed: int, vocabulary: fsmgen.Vocabulary, budget: int) -> None:
        self.choose = random.Random(seed)
        self.vocabulary, self.budget = vocabulary, budget
        self.refused: Counter[str] = Counter()
        self.wrong: list[Disagreement] = []
        self.words = self.changes = self.undecided = self.empty = 0
        self.slowest = (0.0, "")

    def check(self, name: str, schema: Any, count: int) -> int:
        """Try so many words of a schema; how many were decided."""
        begin, decided = time.perf_counter(), 0
        try:
            signal.alarm(SECONDS)
            referee = Referee(schema)
            form = self.choose.choice(FORMS)
            language = fsmgen.json_schema(schema, **form)
            constraint = fsmgen.compile(language, self.vocabulary)
            for i in range(count):
                word = byte_word(language, self.choose) if i % 2 else token_word(constraint, self.choose, budget=self.budget)
                decided += self._decided(referee, schema, form, word)
        except TimeoutError:
            self._hung(name)
        except EmptyLanguage:
            self.empty += 1
        except FsmgenError as error:
            self.refused[f"{type(error).__name__} {getattr(error, 'keyword', '')}"] += 1
        except Undecided:
            self.undecided += 1
        finally:
            signal.alarm(0)
        self.slowest = max(self.slowest, (time.perf_counter() - begin, name))
        return decided

    def check_changes(self, file: SchemaFile, count: int) -> None:
        """Decide so many changed instances as the referee does."""
        form = FORMS[2]
        try:
            signal.alarm(SECONDS)
            referee, states = Referee(file.schema), automaton(file.schema, form)
        except TimeoutError:
            return self._hung(file.name)
        except (FsmgenError, Undecided):
            return None
        finally:
            signal.alarm(0)
        lenient = '"format"' in json.dumps(file.schema)
        for _ in range(count if file.instances else 0):
            value = changed(self.choose.choice(file.instances).value, self.choose)
            self._compare(referee, states, file.schema, value, lenient=lenient)

    def check_generated(self, schema: Any) -> None:
        """Decide all small values by a generated schema as the referee does."""
        try:
            signal.alarm(SECONDS)
            referee, states = Referee(schema), automaton(schema, FORMS[2])
        except TimeoutError:
            return self._hung(json.dumps(schema))
        except (FsmgenError, Undecided) as error:
            self.refused[f"generated: {type(error).__name__} {getattr(error, 'keyword', '')}"] += 1
            return None
        finally:
            signal.alarm(0)
        for value in VALUES:
            self._compare(referee, states, schema, value, lenient=False)

    def _compare(self, referee: Referee, states: States | None, schema: Any, value: Any, *, lenient: bool) -> None:
        text = written(value)
        try:
            found = referee.complaint(text)
        except Undecided:
            self.undecided += 1
            return
        self.changes += 1
        wrong = ("rejected" if found is None else "") if states is None else judged(states, value, found is None)
        if wrong and not (lenient and found is None):
            self.tell(reproduction(Disagreement(schema, FORMS[2], text, found or wrong, taken=found is not None)))

    def _decided(self, referee: Referee, schema: Any, form: dict[str, Any], word: str) -> int:
        try:
            found = complaint(referee, schema, word)
        except Undecided:
            self.undecided += 1
            return 0
        self.words += 1
        if found is not None:
            self.tell(reproduction(Disagreement(schema, form, word, found)))
        return 1

    def _hung(self, schema: str) -> None:
        """Print a schema that takes too long, and go on."""
        self.refused[f"took over {SECONDS} s"] += 1
        print(f"SLOW {schema[:1500]}", flush=True)

    def tell(self, case: Disagreement) -> None:
        """Print a disagreement."""
        self.wrong.append(case)
        print(f"DISAGREE {'we take it' if case.taken else 'we do not take it'}: {case.complaint}\n  form {case.form}")
        print(f"  schema {json.dumps(case.schema, ensure_ascii=False)[:2000]}\n  word {case.word[:1000]!r}", flush=True)

    def report(self) -> None:
        """Print the totals."""
        print(
            f"{self.words} words, {self.changes} values, {len(self.wrong)} disagreements, {self.undecided} times undecided by the referee"
        )
        print(f"{self.empty} schemas without an instance; slowest: {self.slowest[0]:.1f} s, {self.slowest[1]}")
        for name, count in self.refused.most_common():
            print(f"  refused {count:>5}  {name}")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="a file or folder of schemas, as for bench.maskbench")
    parser.add_argument("--words", type=int, default=10_000)
    parser.add_argument("--changes", type=int, default=10_000, help="changed instances")
    parser.add_argument("--schemas", type=int, default=500)
    parser.add_argument("--generated", type=int, default=500, help="random small schemas by which all small values are decided")
    parser.add_argument("--size", type=int, default=6, help="keywords in the largest of them")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--budget", type=int, default=40, help="tokens of a word, until it goes a shortest way to its end")
    parser.add_argument("--vocabulary", default="tekken", choices=vocabularies.NAMES)
    options = parser.parse_args()
    signal.signal(signal.SIGALRM, _stop)
    files = sampled(read(options.data), options.schemas)
    tally = Tally(options.seed, vocabularies.load(options.vocabulary).vocabulary, options.budget)
    begin = time.perf_counter()
    for i, file in enumerate(files):
        left = options.words - tally.words
        tally.check(file.name, file.schema, -(-left // (len(files) - i)))
        tally.check_changes(file, -(-(options.changes - tally.changes) // (len(files) - i)))
        if i % 100 == 99:
            print(f"{i + 1} schemas, {tally.words} words, {time.perf_counter() - begin:.0f} s", flush=True)
    source = RandomSchemas(options.seed)
    for _ in range(options.generated):
        tally.check_generated(source.document(options.size))
    tally.report()
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
