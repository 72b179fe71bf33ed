"""Mask rows compared bit by bit with other engines' along random walks; every difference is put to an oracle.

    python -m bench.agreement --vocabulary tekken --patterns integer,JSON --walks 20 --peers llguidance,xgrammar

A walk follows the sample's text for a random number of tokens and then takes random tokens of our own mask. Where rows differ, the
oracle (`bench.oracle`) says for each token whether text and token together begin a text that the pattern matches. A difference is
explained if our bit is the oracle's: then the peer narrows forced text to one token, or allows or forbids what `re` does not. Any other
difference is printed, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from bench import engines, samples, vocabularies
from bench.machine import parser_of
from bench.oracle import Oracle
from fsmgen.tokens.bitmask import allowed_ids

OURS_WRONG = "UNEXPLAINED"
NARROWS = "narrows forced text"
LACKS = "forbids what re allows"
EXCEEDS = "allows what re forbids"
REFUSES = "refuses a token that its mask allowed"
_SELDOM = 5


@dataclass(slots=True)
class Tally:
    """What was seen of one peer on one pattern: rows, rows that differ, differing bits by kind, and an example of each kind."""

    rows: int = 0
    differing: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def add(self, kind: str, example: str) -> None:
        """Count one differing bit."""
        self.kinds[kind] += 1
        self.examples.setdefault(kind, example)


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a walk: the text so far, and what decides about it."""

    prefix: bytes
    oracle: Oracle
    vocabulary: Any

    def legal(self, token: int) -> bool:
        """Whether the token's bit should be set, by the oracle."""
        if token in self.vocabulary.eos_ids:
            return self.oracle.matches(self.prefix)
        return self.vocabulary.is_text(token) and self.oracle.begins(self.prefix + self.vocabulary.token_bytes(token))

    def shown(self, token: int) -> str:
        """The place and a token, for a message."""
        return f"after {self.prefix[-40:]!r}, token {token} {self.vocabulary.token_bytes(token)!r}"


@dataclass(slots=True)
class Peer:
    """Another engine on the same pattern."""

    name: str
    compiled: engines.Compiled
    tally: Tally = field(default_factory=Tally)
    sequence: engines.Sequence | None = None
    seconds: float = math.inf

    def restart(self) -> None:
        """Begin a new walk; a peer whose time is up sits it out."""
        self.sequence = self.compiled.start() if self.seconds > 0 else None

    def compare(self, row: np.ndarray[Any, Any], place: Place) -> None:
        """Write the peer's row and explain every bit in which ours differs."""
        if self.sequence is None:
            return
        theirs = self.sequence.row
        self._timed(self.sequence.fill)
        self.tally.rows += 1
        differing = allowed_ids(row ^ theirs)
        self.tally.differing += len(differing) > 0
        for token in differing.tolist():
            self.tally.add(self._kind(row, token, place), place.shown(token))

    def _kind(self, row: np.ndarray[Any, Any], token: int, place: Place) -> str:
        ours = bool(row[token >> 5] >> np.uint32(token & 31) & 1)
        if ours != place.legal(token):
            return OURS_WRONG
        if not ours:
            return EXCEEDS
        return NARROWS if self.compiled.forced() else LACKS

    def advance(self, token: int, place: Place) -> None:
        """Follow the walk; a peer that refuses the token sits out the rest of it."""
        if self.sequence is None:
            return
        allowed = self.sequence.row[token >> 5] >> np.uint32(token & 31) & 1
        try:
            taken = self._timed(partial(self.sequence.advance, token))
        except ValueError:
            taken = False
        if taken is False:
            self.sequence = None
            if allowed:
                self.tally.add(REFUSES, place.shown(token))

    def _timed(self, call: Callable[[], Any]) -> Any:
        before = time.perf_counter()
        result = call()
        self.seconds -= time.perf_counter() - before
        if self.seconds <= 0:
            self.sequence = None
        return result


@dataclass(frozen=True, slots=True)
class Explorer:
    """Walks of one pattern; the peers' tallies hold what was found."""

    sample: samples.Sample
    loaded: vocabularies.Loaded
    ours: engines.Compiled
    peers: list[Peer]
    oracle: Oracle

    def walk(self, generator: np.random.Generator, steps: int) -> None:
        """Follow the sample's text for a random number of tokens, comparing now and then, and then random tokens, comparing always."""
        tokens, vocabulary = self.loaded.encode(self.sample.text), self.loaded.vocabulary
        sequence, prefix, followed = self.ours.start(), b"", int(generator.integers(len(tokens) + 1))
        for peer in self.peers:
            peer.restart()
        for step in range(followed + steps):
            sequence.fill()
            row, place = sequence.row.copy(), Place(prefix, self.oracle, vocabulary)
            if step >= followed or step % _SELDOM == 0:
                for peer in self.peers:
                    peer.compare(row, place)
            token = tokens[step] if step < followed else int(generator.choice(allowed_ids(row)))
            if token in vocabulary.eos_ids:
                return
            if not sequence.advance(token):
                raise RuntimeError(f"fsmgen refuses a token of its own mask {place.shown(token)}")
            for peer in self.peers:
                peer.advance(token, place)
            prefix += vocabulary.token_bytes(token)


def _arguments() -> argparse.Namespace:
    parser = parser_of("agreement", __doc__)
    parser.add_argument("--peers", default="llguidance,xgrammar")
    parser.add_argument("--patterns", default="", help="comma-separated parts of names; all by default")
    parser.add_argument("--walks", type=int, default=10)
    parser.add_argument("--steps", type=int, default=40, help="random tokens at the end of each walk, at most")
    parser.add_argument("--seconds", type=float, default=60.0, help="time of each peer's own calls on a pattern; then it sits out")
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 30))
    return parser.parse_args()


def main() -> int:
    """The command; 1 if a difference is unexplained."""
    options = _arguments()
    loaded = vocabularies.load(options.vocabulary)
    ours, names = engines.load("fsmgen", loaded), options.peers.split(",")
    others = {name: engines.load(name, loaded) for name in names}
    print(f"seed {options.seed}")
    wrong = 0
    for sample in samples.selected(options.patterns):
        source = engines.Source(sample.pattern)
        peers = [Peer(name, engine.compile(source), seconds=options.seconds) for name, engine in others.items()]
        explorer = Explorer(sample, loaded, ours.compile(source), peers, Oracle(sample.pattern))
        generator = np.random.default_rng([options.seed, *sample.name.encode()])
        for _ in range(options.walks):
            explorer.walk(generator, options.steps)
        for peer in peers:
            tally = peer.tally
            late = ", out of time" if peer.seconds <= 0 else ""
            print(f"{sample.name}: {peer.name}: {tally.rows} rows, {tally.differing} differ{late}", flush=True)
            for kind, count in tally.kinds.items():
                print(f"    {kind}: {count} bits, such as {tally.examples[kind]}")
            wrong += tally.kinds[OURS_WRONG]
    print(f"{wrong} differences unexplained" if wrong else "every difference is explained")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
