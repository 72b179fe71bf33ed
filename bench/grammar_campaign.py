"""Random grammars over random vocabularies against two twins: words, distances, masks, budgets, rollback, fresh and renewed tables.

    python -m bench.grammar_campaign --grammars 3000 --seed 1

For each grammar: every text of up to `--length` letters of its alphabet (word, dead, distance to the end), and masks along random walks
over a vocabulary of 20 to 60 tokens, some with bytes that no token spells alone. Prints the grammar of every disagreement; the exit
status is 1 if there was one. A single seed is run again with `--grammars 1 --seed SEED`.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
import traceback
from collections import Counter

from tests.grammar_laws import Rules, Walks, automaton_laws
from tests.random_grammars import Grammars, random_tokens

VOCABULARIES = 40
"""For each alphabet; each leaves two small files in the cache folder."""


class Tally:
    """What came of the grammars so far."""

    def __init__(self, length: int) -> None:
        self.length, self.wrong, self.rows, self.renewals, self.grammars = length, 0, 0, 0, 0
        self.kinds: Counter[str] = Counter()
        self.slowest = (0.0, -1)
        self.begin = time.perf_counter()

    def check(self, seed: int) -> None:
        """All laws of the grammar of one seed; every failure is printed."""
        begin, made = time.perf_counter(), Grammars(seed)
        rules = made.rules()
        walks = Walks(rules, random_tokens(made.alphabet, seed % VOCABULARIES), random.Random(seed))
        try:
            messages = list(automaton_laws(rules, made.alphabet, length=self.length)) + list(walks.laws())
        except Exception:  # a crash is a finding too, and the campaign goes on
            messages = [traceback.format_exc()]
        self.grammars, self.rows, self.renewals = self.grammars + 1, self.rows + walks.rows, self.renewals + walks.renewals
        self.kinds[walks.refused or "walked"] += 1
        self.slowest = max(self.slowest, (time.perf_counter() - begin, seed))
        if messages:
            self._report(seed, rules, messages)

    def _report(self, seed: int, rules: Rules, messages: list[str]) -> None:
        self.wrong += 1
        print(f"DISAGREE seed {seed}: {len(messages)} times, first {messages[0]}\n  {rules}", flush=True)

    def report(self) -> None:
        """Print the totals."""
        seconds = time.perf_counter() - self.begin
        print(f"{self.grammars} grammars, {self.wrong} with disagreements, {self.rows} rows, {self.renewals} renewed tables")
        print(f"{seconds:.0f} s, slowest {self.slowest[0]:.1f} s, seed {self.slowest[1]}")
        print(", ".join(f"{n} {kind}" for kind, n in self.kinds.items()), flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--grammars", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--length", type=int, default=5, help="letters of the longest texts")
    options = parser.parse_args()
    tally = Tally(options.length)
    for seed in range(options.seed, options.seed + options.grammars):
        tally.check(seed)
        if tally.grammars % 500 == 0:
            tally.report()
    tally.report()
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
