"""Random patterns with every construct against `re.fullmatch`: disagreements, and refusals by name.

    python -m bench.regex_campaign --patterns 20000 --seed 1
    python -m bench.regex_campaign --exhaustive 2

Or all patterns of up to so many operators. For each pattern: all texts of at most three characters over a small alphabet, random longer
ones, and random words of our own automaton, whole and with one change. Prints what was refused and how often, and every pattern of which
the two make different languages; the exit status is 1 if there was one.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import random
import re
import signal
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator

from fsmgen.automata.words import random_word
from fsmgen.errors import LimitReached
from fsmgen.frontends.regex import parse
from fsmgen.grammar import States
from fsmgen.grammar.network import lower

_SECONDS = 10
LETTERS = "ab\n é"
SHORT = ["".join(letters) for length in range(4) for letters in itertools.product(LETTERS, repeat=length)]
FLAGS = [0, 0, 0, re.MULTILINE, re.DOTALL, re.IGNORECASE, re.ASCII, re.MULTILINE | re.DOTALL, re.ASCII | re.MULTILINE]
ATOMS = ["a", "b", "ab", "ba", "A", "é", "\\n", " ", ".", r"\w", r"\W", r"\s", r"\d", "[ab]", "[^a]", "[^\\W\\d]", "aa", ""]
PLACES = ["^", "$", r"\A", r"\Z", r"\b", r"\B"]
COUNTS = ["*", "+", "?", "{2}", "{0,2}", "{1,3}", "{2,}", "{3}"]
GROUPS = ["(?:{})", "({})", "(?>{})", "(?={})", "(?!{})", "(?i:{})", "(?m:{})", "(?s:{})", "(?a:{})", "(?-m:{})"]


def small_patterns(size: int) -> list[str]:
    """All patterns with `size` operators over a, b, the dot and the places."""
    if size == 0:
        return ["a", "b", ".", "^", "$", r"\b", r"\B", r"\Z"]
    smaller = [small_patterns(i) for i in range(size)]
    single = [f"(?:{inner}){op}" for inner in smaller[size - 1] for op in ("*", "+?", "?", "{2}", "*+", "?+", "{1,2}+")]
    single += [f"(?{op}{inner})" for inner in smaller[size - 1] for op in ("=", "!", ">", "<=", "<!")]
    pairs = [(left, right) for i in range(size) for left in smaller[i] for right in smaller[size - 1 - i]]
    found = single + [f"(?:{left}{right})" for left, right in pairs] + [f"(?:{left}|{right})" for left, right in pairs]
    return [pattern for pattern in found if _readable(pattern)]


def _readable(pattern: str) -> bool:
    """Whether `re` reads it: the part of a lookbehind has one length."""
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


class Patterns:
    """Random patterns; `fixed` ones have one length, as lookbehind asks."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def pattern(self, size: int) -> str:
        if size <= 1:
            return self.random.choice(PLACES if self.random.random() < 0.25 else ATOMS)
        shape = self.random.random()
        if shape < 0.34:
            return "".join(self._parts(size))
        if shape < 0.5:
            return f"(?:{'|'.join(self._parts(size))})"
        if shape < 0.72:
            return f"(?:{self.pattern(size - 1)}){self.random.choice(COUNTS)}{self.random.choice(['', '', '?', '+'])}"
        if shape < 0.86:
            return self.random.choice(GROUPS).format(self.pattern(size - 1))
        return f"(?<{self.random.choice('=!')}{self.fixed(size - 1)})"

    def fixed(self, size: int) -> str:
        """A pattern of one length."""
        if size <= 1:
            return self.random.choice(["a", "b", "ab", ".", r"\w", "[^a]", "\\n", "é", *PLACES])
        shape = self.random.random()
        if shape < 0.35:
            return "".join(self.fixed(part) for part in self._sizes(size))
        if shape < 0.5:
            return self.random.choice([r"(?:a|b)", "(?:ab|ba|..)", "(?>ab|a.)", "(?:a{2}|[^b]b)", "(?>a|b)", r"(?:\n|.)"])
        if shape < 0.65:
            return f"(?:{self.fixed(size - 1)}){self.random.choice(['{2}', '{1}', '{2}+', '{3}?'])}"
        if shape < 0.85:
            return f"(?{self.random.choice('=!')}{self.pattern(size - 1)})"
        return f"(?<{self.random.choice('=!')}{self.fixed(size - 1)})"

    def _parts(self, size: int) -> list[str]:
        return [self.pattern(part) for part in self._sizes(size)]

    def _sizes(self, size: int) -> Iterator[int]:
        left = size
        while left > 0:
            part = self.random.randint(1, max(1, min(left, size - 1)))
            yield part
            left -= part


def changed(word: str, choose: random.Random) -> str:
    """The word with one character left out, put in, or replaced."""
    at = choose.randint(0, len(word))
    return word[:at] + choose.choice(["", *LETTERS]) + word[at + choose.randint(0, 1) :]


def texts(states: States, choose: random.Random) -> list[str]:
    """Texts to try: all short ones, random ones, and words of the automaton."""
    found = SHORT + ["".join(choose.choices(LETTERS, k=choose.randint(4, 7))) for _ in range(30)]
    if states.start:
        words = [bytes(random_word(states, choose, typical=8)).decode() for _ in range(10)]
        words = [word for word in words if len(word) < 20]
        found += words + [changed(word, choose) for word in words]
    return found


def disagreement(pattern: str, flags: int, choose: random.Random) -> str | None:
    """A text on which the automaton and `re` are not of one opinion."""
    wanted = re.compile(pattern, flags)
    states = States(lower({"start": parse(pattern, flags)}, "start"))
    for text in texts(states, choose):
        if accepts(states, text) != bool(wanted.fullmatch(text)):
            return text
    return None


def accepts(states: States, text: str) -> bool:
    """Whether the text is a word."""
    state = states.start
    for byte in text.encode():
        state = states.step(state, byte)
    return states.accepting(state)


@contextlib.contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    """TimeoutError after so long; on some patterns `re` does not come to an end."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


class Tally:
    """What came of the patterns so far."""

    def __init__(self, seed: int) -> None:
        self.choose = random.Random(seed)
        self.refusals: Counter[str] = Counter()
        self.wrong = self.count = 0
        self.slowest = (0.0, "")
        self.begin = time.perf_counter()

    def check(self, pattern: str, flags: int) -> None:
        """Compare one pattern, and print it if there is a disagreement."""
        begin, self.count, text = time.perf_counter(), self.count + 1, None
        try:
            with _time_limit(_SECONDS):
                text = disagreement(pattern, flags, self.choose)
        except TimeoutError:
            self.refusals[f"not decided in {_SECONDS} seconds, as a rule by re"] += 1
        except LimitReached as error:
            self.refusals[error.what.split(" (")[0]] += 1
        except SystemError as error:  # raised by some versions of re: "the span of capturing group is wrong"
            self.refusals[f"re: {error}"] += 1
        self.slowest = max(self.slowest, (time.perf_counter() - begin, pattern))
        if text is not None:
            self.wrong += 1
            print(f"DISAGREE {pattern!r} flags={flags} on {text!r}", flush=True)

    def report(self) -> None:
        """Print the totals."""
        refused, seconds = sum(self.refusals.values()), time.perf_counter() - self.begin
        print(f"{self.count} patterns, {self.wrong} disagreements, {refused} refused, {seconds:.0f} s")
        print(f"slowest: {self.slowest[0]:.2f} s, {self.slowest[1]!r}")
        for name, count in self.refusals.most_common():
            print(f"  refused {count:>6}  {name}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--patterns", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--size", type=int, default=12, help="operators in the largest random patterns")
    parser.add_argument("--exhaustive", type=int, metavar="SIZE", help="instead: all patterns of up to SIZE operators")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    tally = Tally(options.seed)
    if options.exhaustive is not None:
        for size in range(options.exhaustive + 1):
            for pattern in small_patterns(size):
                tally.check(pattern, tally.choose.choice(FLAGS))
    else:
        patterns = Patterns(options.seed)
        for _ in range(options.patterns):
            tally.check(patterns.pattern(tally.choose.randint(2, options.size)), tally.choose.choice(FLAGS))
    tally.report()
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
