"""Lark grammars against lark: words that we generate, mutations of them, and the files of Python's standard library.

    python -m bench.lark_campaign --words 10000 --seed 1
    python -m bench.lark_campaign --python 100 --lexer contextual

The grammars are those that come with lark, and those below the folder that FSMGEN_DATA names. Every word is decided by lark in the same
mode, and so is a mutation of it. Prints what each grammar and mode cost, what was refused and why, and every text that is decided
otherwise; the exit status is 1 if there was one.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sys
import sysconfig
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import lark.lexer as lark_lexer
from lark import Lark
from lark.exceptions import LarkError, UnexpectedInput

from bench.indentation import MARKS, with_marks
from fsmgen.automata.words import random_word
from fsmgen.errors import FsmgenError
from fsmgen.frontends import lark, lark_file
from fsmgen.grammar import Language, States

STATES = 5_000
"""States after which the files of the standard library go on with empty tables."""
TABLE_BYTES = 2 << 30
"""Memory for the tables of one such file."""
LEXERS = ["dynamic", "contextual", "basic"]


@dataclass(frozen=True, slots=True)
class Case:
    """A grammar file and the rule to start from.

    Attributes:
        added: text after the file's own: a start rule, where it has none.
    """

    path: Path
    start: str
    added: str = ""

    @classmethod
    def of(cls, path: Path) -> Case:
        """`start` or the first rule; in a file without rules any terminal without underscore, or any template with strings."""
        text = path.read_text(encoding="utf-8")
        rules = re.findall(r"^[?!]*(_?[a-z]\w*)\s*(?:\.-?\d+)?\s*:", text, re.MULTILINE)
        start = next((name for name in ("start", "file_input", *rules) if name in rules), None)
        if start is not None:
            return cls(path, start)
        terminals = re.findall(r"^([A-Z]\w*)\s*(?:\.-?\d+)?\s*:", text, re.MULTILINE)
        templates = re.findall(r"^[?!]*(_?[a-z]\w*)\{([^}]*)\}", text, re.MULTILINE)
        return cls(path, "start", f"\nstart: {' | '.join([*terminals, *(_used(name, parts) for name, parts in templates)])}\n")

    @property
    def text(self) -> str:
        """The whole grammar."""
        return self.path.read_text(encoding="utf-8") + self.added

    def ours(self, lexer: str) -> Language:
        """Our reading."""
        marks = {name: text for name, text in MARKS.items() if f" {name}" in "".join(re.findall("%declare(.*)", self.text))}
        if self.added:
            return lark(self.text, start=self.start, lexer=lexer, declare=marks)
        return lark_file(self.path, start=self.start, lexer=lexer, declare=marks)


def _used(template: str, parameters: str) -> str:
    """A template with strings for its parameters."""
    strings = ", ".join(f'"{i}"' for i, _ in enumerate(parameters.split(",")))
    return f"{template}{{{strings}}}"


def grammars() -> Iterator[Path]:
    """The files that are tried."""
    yield from sorted(Path(str(resources.files("lark") / "grammars")).glob("*.lark"))
    if "FSMGEN_DATA" in os.environ:
        yield from sorted((Path(os.environ["FSMGEN_DATA"]) / "lark_grammars").rglob("*.lark"))


class Referee:
    """lark in one mode."""

    def __init__(self, case: Case, lexer: str) -> None:
        text = case.text
        for names in re.findall(r"^%declare (.*)$", text, re.MULTILINE):
            text = text.replace(f"%declare {names}", "\n".join(f'{name}: "{MARKS[name]}"' for name in names.split()))
        parser = "earley" if lexer == "dynamic" else "lalr"
        options = {"ambiguity": "forest"} if lexer == "dynamic" else {}
        self._lark = Lark(text, parser=parser, lexer=lexer, start=case.start, source_path=str(case.path), **options)

    def accepts(self, text: str) -> bool:
        try:
            self._lark.parse(text)
        except UnexpectedInput:
            return False
        except RuntimeError as error:  # lark found two ways to end
            return "multiple start symbol items" in str(error)
        return True


def mutated(word: str, choose: random.Random) -> str:
    """The word with a character left out, put in, replaced or repeated."""
    at = choose.randrange(len(word) + 1)
    new = choose.choice(["", word[at - 1 : at], choose.choice(word or "a"), choose.choice(" \n\"'()[]{}=+-.,:;#/azAZ09_")])
    return word[:at] + new + word[at + choose.randint(0, 1) :]


class Run:
    """A grammar in one mode: what it generates, and lark."""

    def __init__(self, case: Case, lexer: str) -> None:
        self.name = f"{case.path.name:<40} {lexer:<10}"
        self.referee = Referee(case, lexer)
        begin = time.perf_counter()
        language = case.ours(lexer)
        self.states = language.grammar.automaton(language.source)
        took = time.perf_counter() - begin
        print(f"{self.name} {took:8.2f} s  {len(language.grammar.rules):>6} rules  {self.states.network.states:>8} states", flush=True)


def runs(paths: list[Path], modes: list[str]) -> tuple[list[Run], int]:
    """All that lark takes, and how many of those we refuse."""
    found: list[Run] = []
    refused = 0
    for case in map(Case.of, paths):
        for lexer in modes:
            try:
                found.append(Run(case, lexer))
            except (LarkError, OSError) as error:
                print(f"{case.path.name:<40} {lexer:<10} lark itself: {str(error).splitlines()[0][:80]}")
            except FsmgenError as error:
                refused += 1
                print(f"{case.path.name:<40} {lexer:<10} REFUSED: {str(error).splitlines()[0][:100]}")
    return found, refused


class Tally:
    """Counts over all grammars."""

    def __init__(self, seed: int) -> None:
        self.choose = random.Random(seed)
        self.words = self.mutations = self.wrong = 0

    def compare(self, run: Run) -> None:
        """Try a word and a mutation of it."""
        word = bytes(random_word(run.states, self.choose, typical=self.choose.choice([5, 15, 40]))).decode()
        self.words += 1
        if not run.referee.accepts(word):
            self._tell("lark rejects", run.name, word)
        other = mutated(word, self.choose)
        self.mutations += 1
        if run.states.accepting(run.states.run(run.states.start, other.encode())) != run.referee.accepts(other):
            self._tell("decided otherwise", run.name, other)

    def _tell(self, what: str, name: str, text: str) -> None:
        self.wrong += 1
        print(f"DISAGREE {what} {name}: {text!r}", flush=True)


def python_files(count: int, lexer: str) -> int:
    """How many of so many files of the standard library python.lark does not accept; of those that lark parses."""
    folder = Path(sysconfig.get_paths()["stdlib"])
    language = lark_file(Path(str(resources.files("lark") / "grammars" / "python.lark")), start="file_input", lexer=lexer, declare=MARKS)
    states = language.grammar.automaton(language.source, table_bytes=TABLE_BYTES)
    tried = rejected = size = 0
    begin = time.perf_counter()
    for path in sorted(folder.glob("*.py")):
        try:
            text = with_marks(path.read_text(encoding="utf-8")).encode()
        except (LarkError, UnicodeDecodeError) as error:
            print(f"{path.name}: lark: {str(error).splitlines()[0]}")
            continue
        tried, size = tried + 1, size + len(text)
        states = states.fresh() if states.state_count > STATES else states
        if not states.accepting(states.run(states.start, text)):
            rejected += 1
            print(f"DISAGREE {path.name} is rejected at byte {rejected_at(states, text)}")
        if tried == count:
            break
    print(f"{tried} files, {size} bytes, {rejected} rejected, {time.perf_counter() - begin:.0f} s with lark's own")
    return rejected


def rejected_at(states: States, text: bytes) -> int:
    """How many bytes can be read."""
    state = states.start
    for i, byte in enumerate(text):
        state = states.step(state, byte)
        if not state:
            return i
    return len(text)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--lexer", choices=LEXERS, help="only this one")
    parser.add_argument("--only", help="only grammars with this in their name")
    parser.add_argument("--skip", help="no grammars with this in their name")
    parser.add_argument("--python", type=int, metavar="FILES", help="instead: so many files of the standard library")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    lark_lexer.has_interegular = False  # it would look for collisions to log them, for seconds
    if options.python:
        return int(python_files(options.python, options.lexer or "dynamic") > 0)
    tally = Tally(options.seed)
    tried = [path for path in grammars() if (options.only or "") in path.name and not (options.skip and options.skip in path.name)]
    modes = [options.lexer] if options.lexer else LEXERS
    found, refused = runs(tried, modes)
    for i in range(options.words):
        tally.compare(found[i % len(found)])
    print(f"{len(found)} grammars and modes, {refused} refused")
    print(f"{tally.words} words, {tally.mutations} mutations, {tally.wrong} disagreements")
    return 1 if tally.wrong or refused else 0


if __name__ == "__main__":
    sys.exit(main())
