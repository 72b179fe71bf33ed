"""Words of the grammars that ship with fsmgen, and mutations of words and of real texts, before Python's own readers of the same formats.

    python -m bench.named_campaign --words 2000 --seed 1

A word of a grammar must be one for the referee; so must a mutation that the grammar takes, and where both say the same language, what the
referee takes must be a word. Prints a line for each grammar; the exit status is 1 at a disagreement.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import tomllib
from collections.abc import Iterator

from bench.lark_campaign import mutated
from bench.referees import EXACT, REFEREES, takes
from fsmgen.automata.words import random_word
from fsmgen.frontends.named import NamedGrammar, named_grammars
from fsmgen.grammar import States

STATES = 100_000
"""States after which a grammar goes on with empty tables."""


def accepts(states: States, text: str) -> bool:
    """Whether the grammar takes the text."""
    return states.accepting(states.run(states.start, text.encode()))


def some_word(states: States, choose: random.Random) -> str:
    """A word, short or long, of few kinds of characters or of all."""
    typical, ending = choose.choice([5, 15, 40, 120, 400]), choose.choice([0.25, 0.02])
    return bytes(random_word(states, choose, typical=typical, ending=ending, by_class=choose.random() < 0.7)).decode()


def real_texts(grammar: NamedGrammar) -> list[str]:
    """The texts of its cases."""
    cases = tomllib.loads(grammar.path.with_name(f"{grammar.name}.cases.toml").read_text(encoding="utf-8"))
    return [*cases["accept"], *(near["accept"] for near in cases["near"])]


def disagreements(grammar: NamedGrammar, count: int, choose: random.Random) -> Iterator[tuple[str, str]]:
    """(what, text) of every disagreement over `count` words and as many mutations."""
    states = grammar.language().grammar.automaton(grammar.name)
    texts = real_texts(grammar)
    for _ in range(count):
        states = states.fresh() if states.state_count > STATES else states
        word = some_word(states, choose)
        if not takes(grammar.name, word):
            yield "a word that the referee rejects", word
        other = mutated(choose.choice([word, choose.choice(texts)]), choose)
        if accepts(states, other) and not takes(grammar.name, other):
            yield "a mutation that only the grammar takes", other
        if grammar.name in EXACT and takes(grammar.name, other) and not accepts(states, other):
            yield "a mutation that only the referee takes", other


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=1000, help="for each grammar")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="only grammars with this in their name")
    options = parser.parse_args()
    wrong = 0
    for grammar in named_grammars():
        if grammar.name not in REFEREES or (options.only or "") not in grammar.name:
            continue
        begin = time.perf_counter()
        found = list(disagreements(grammar, options.words, random.Random(options.seed)))
        for what, text in found[:10]:
            print(f"DISAGREE {grammar.name}: {what}: {text!r}")
        wrong += len(found)
        took = time.perf_counter() - begin
        print(f"{grammar.name:<16} {options.words} words and mutations, {len(found)} disagreements, {took:.0f} s", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
