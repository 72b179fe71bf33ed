"""`fsmgen audit`: random words of a constraint, and texts of one's own, decided by a validator too; every difference is counted."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from fsmgen.automata.words import longest_prefix, random_word, spelled
from fsmgen.cli.analysis import Row, outcome
from fsmgen.cli.constraints import Asked, with_constraint
from fsmgen.cli.respelling import Spelling, respelled
from fsmgen.cli.tables import print_rows
from fsmgen.cli.verdicts import ByCommand, BySchema, Judge
from fsmgen.errors import BrokenFile, InputError
from fsmgen.grammar import Language, States

EXAMPLES = """Examples:

  fsmgen audit --schema person.schema.json --words 2000

  fsmgen audit --schema person.schema.json --instances people.jsonl --order free

  fsmgen audit --regex '[0-9]{1,3}(,[0-9]{3})*' --validator 'python check_number.py'

A validator is a command that reads one text on its standard input and exits with 0 if it is valid. A shell is used only if you name one:
--validator "sh -c 'jq -e .answer'".
"""

ALIKE, UNDER, OVER = "valid and allowed", "allowed and not valid", "valid and not allowed"
ORDER, REFUSED, UNDECIDED = "valid, in another order", "neither valid nor allowed", "not decided by the validator"
KINDS = (ALIKE, ORDER, REFUSED, UNDER, OVER, UNDECIDED)
_TYPICAL = (10, 40, 160)
"""After how many bytes a random word goes the shortest way to its end."""


class Offer:
    """Offers texts to a constraint, JSON in the constraint's form too."""

    def __init__(self, asked: Asked, language: Language) -> None:
        self._language, self._automaton = language, language.grammar.automaton(language.source)
        self._spelling = _spelling(asked) if asked.schema is not None else None
        free = replace(asked, order="free").language() if asked.schema is not None and asked.order != "free" else None
        self._free = free.grammar.automaton(free.source) if free is not None else None

    def kind(self, text: str) -> str:
        """ALIKE, ORDER or OVER, for a text that is valid."""
        forms = [text, *(respelled(text, self._spelling) if self._spelling else ())]
        if any(self._accepts(self._automaton, form) for form in forms):
            return ALIKE
        return ORDER if self._free is not None and any(self._accepts(self._free, form) for form in forms) else OVER

    def where(self, text: str) -> str:
        """Where a text leaves the constraint, in the form that goes farthest."""
        forms = [text, *(respelled(text, self._spelling) if self._spelling else ())]
        farthest = max(forms, key=lambda form: longest_prefix(self._automaton, self._whole(form).encode())[0])
        return outcome(self._whole(farthest), self._automaton)

    def random_words(self, number: int, seed: int) -> Iterator[str]:
        """Words of the constraint, as answers."""
        generator = random.Random(seed)
        for _ in range(number):
            word = random_word(self._automaton, generator, typical=generator.choice(_TYPICAL))
            text = spelled(word, self._automaton.symbols)
            yield text.removeprefix(" ") if self._language.leading_space != "no" else text

    def _whole(self, text: str) -> str:
        return f" {text}" if self._language.leading_space == "required" else text

    def _accepts(self, automaton: States, text: str) -> bool:
        return automaton.accepting(automaton.run(automaton.start, self._whole(text).encode("utf-8", "surrogateescape")))


@dataclass(slots=True)
class Findings:
    """What was counted, and of the texts that differ the first ones, with what is said of them."""

    title: str
    counts: Counter[str] = field(default_factory=Counter)
    texts: dict[str, dict[str, None]] = field(default_factory=dict)

    def add(self, kind: str, text: str, reason: str) -> None:
        """Count a text of a kind."""
        self.counts[kind] += 1
        if kind in (UNDER, OVER, UNDECIDED):
            self.texts.setdefault(kind, {})[f"{text!r}: {reason}"] = None

    def rows(self, shown: int) -> Iterator[Row]:
        """The counts, and some texts of each kind."""
        yield self.title, f"{self.counts.total()}"
        for kind in KINDS:
            if self.counts[kind]:
                yield f"  {kind}", f"{self.counts[kind]}"
                yield from (("", text) for text in islice(self.texts.get(kind, ()), shown))


@with_constraint
def audit(
    *,
    asked: Asked,
    words: Annotated[int, typer.Option(min=0, metavar="N", help="How many random words of the constraint to decide.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the random words.")] = 0,
    instances: Annotated[Path | None, typer.Option(metavar="FILE", help="Texts to decide, one a line: JSON with --schema; without, JSON "
                         "strings if the file is *.jsonl.")] = None,
    validator: Annotated[str | None, typer.Option(metavar="COMMAND", help="Decides a text on its standard input by its exit status; "
                         "default for --schema: the package jsonschema.")] = None,
    timeout: Annotated[float, typer.Option(min=0.01, metavar="SECONDS", help="How long --validator may take for one text.")] = 10.0,
    examples: Annotated[int, typer.Option(min=0, help="How many differences of each kind to show.")] = 5,
) -> None:  # fmt: skip
    """Decide random words of a constraint, and texts of your own, by a validator too; exit with 1 if there is any difference."""
    language = asked.required()
    judge, offer = _judge(asked, validator, timeout), Offer(asked, language)
    drawn, given = Findings("random words"), Findings("texts given")
    decide = cache(judge.verdict)  # short words come often, and a command takes milliseconds
    for text in offer.random_words(words, seed):
        verdict = decide(text)
        drawn.add({True: ALIKE, False: UNDER, None: UNDECIDED}[verdict.valid], text, verdict.reason)
    for text in _lines(instances, json_lines=asked.schema is None) if instances is not None else ():
        _decide(judge, offer, given, text)
    print_rows([("constraint", language.source), *drawn.rows(examples), *(given.rows(examples) if instances is not None else ())])
    counts = drawn.counts + given.counts
    if counts[UNDER] or counts[OVER]:
        raise typer.Exit(1)
    if counts and counts[UNDECIDED] == counts.total():
        raise InputError("the validator decided nothing; give another one with --validator")


audit.__doc__ = f"{audit.__doc__}\n\n{escape(EXAMPLES)}"


def _decide(judge: Judge, offer: Offer, found: Findings, text: str) -> None:
    """Compare what a judge and a constraint say of a text."""
    verdict, kind = judge.verdict(text), offer.kind(text)
    if verdict.valid is None:
        found.add(UNDECIDED, text, verdict.reason)
    elif verdict.valid:
        found.add(kind, text, offer.where(text) if kind == OVER else "")
    else:
        found.add(REFUSED if kind == OVER else UNDER, text, verdict.reason)


def _judge(asked: Asked, validator: str | None, timeout: float) -> Judge:
    if validator is not None:
        return ByCommand.of(validator, timeout)
    if asked.schema is None:
        raise InputError("give --validator COMMAND; only --schema has a validator of its own")
    return BySchema.of(asked.schema_text(asked.schema), formats=asked.formats != "annotate", resources=asked.documents())


def _spelling(asked: Asked) -> Spelling:
    name, _, width = (asked.whitespace or "spaced").partition("=")
    marks = {"compact": ("", ",", ":"), "indent": (" " * int(width or 0), ",", ": ")}.get(name, ("", ", ", ": "))
    return Spelling(marks, asked.ensure_ascii)


def _lines(path: Path, *, json_lines: bool) -> Iterator[str]:
    """The texts of a file, one a line; JSON strings are read where a file of texts is named so."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise BrokenFile(path, reason=f"it is no UTF-8 text ({error.reason} at byte {error.start})") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if json_lines and path.suffix != ".jsonl":
            yield line
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            raise InputError(f"{path}, line {number}: not JSON ({error})") from None
        if json_lines and not isinstance(value, str):
            raise InputError(f"{path}, line {number}: a text is wanted, as a JSON string")
        yield value if json_lines else line.strip()
