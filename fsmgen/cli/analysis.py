"""The rows of `fsmgen inspect`: what is known of a language, as a label and a text each."""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from fsmgen.automata import Automaton, Dfa, Lexicon, Relation, compare
from fsmgen.automata.expression import union
from fsmgen.automata.words import longest_prefix, random_word, shortest_word, spelled, ways_on
from fsmgen.errors import LimitReached
from fsmgen.grammar import Language, ReportEntry
from fsmgen.grammar.report import STATUSES

if TYPE_CHECKING:
    from fsmgen.constraint import TokenFsm

Row: TypeAlias = tuple[str, str]

_LENGTHS = 8
_DIGITS = 40
_RELATIONS = {
    Relation.EQUAL: "both have the same words",
    Relation.SUBSET: "every word of the first is one of the second, which has more",
    Relation.SUPERSET: "every word of the second is one of the first, which has more",
    Relation.DISJOINT: "they have no word in common",
    Relation.OVERLAPPING: "they share words, and each has others",
}


def basics(automaton: Automaton, state_limit: int) -> Iterator[Row]:
    """What holds of every language: states, classes, a shortest word."""
    try:
        count = Dfa.of(automaton, limit=state_limit).minimized().state_count - 1  # the dead one is not counted
        yield "states", f"{count} (minimal deterministic automaton over bytes)"
    except LimitReached:
        yield "states", f"more than {state_limit} (they are built as a text needs them)"
    yield "byte classes", str(automaton.class_count)
    yield "shortest word", _quoted(shortest_word(automaton), automaton.symbols)


def reported(entries: Sequence[ReportEntry]) -> Iterator[Row]:
    """How many keywords of a schema are kept exactly, and what became of each other one."""
    counts = Counter(entry.status for entry in entries)
    yield "keywords", ", ".join(f"{counts[status]} {status}" for status in STATUSES if counts[status])
    for entry in entries:
        if entry.status != "exact" or entry.reason:
            yield f"  {entry.status}", f"{entry.place}" + (f": {entry.reason}" if entry.reason else "")


def random_words(automaton: Automaton, number: int, seed: int) -> Iterator[Row]:
    """Words that look like others of the language."""
    generator = random.Random(seed)
    for i in range(number):
        yield "" if i else "at random", _quoted(random_word(automaton, generator), automaton.symbols)


def counted(lexicon: Lexicon, max_length: int | None) -> Iterator[Row]:
    """How many words there are, and how many of each length; lengths are in bytes."""
    yield "words", _number(lexicon.count())
    if max_length is not None:
        yield f"words up to {max_length} bytes", _number(lexicon.count(max_length=max_length))
    lengths = ((length, found) for length, found in enumerate(lexicon.counts()) if found)
    shown = list(itertools.islice(lengths, _LENGTHS + 1))
    pieces = [f"{length}: {_number(found)}" for length, found in shown[:_LENGTHS]]
    yield "words by length", ", ".join(pieces + ["..."] * (len(shown) > _LENGTHS))


def listed(lexicon: Lexicon, wanted: int) -> Iterator[Row]:
    """The first words, shorter ones first."""
    for i, word in enumerate(itertools.islice(lexicon.words(), wanted)):
        yield "" if i else "in order", _quoted(word, lexicon.dfa.symbols)


def longest(lexicon: Lexicon) -> Row:
    """The longest word."""
    word = lexicon.longest()
    shown = "none: words have any length" if word is None else f"{_quoted(word, lexicon.dfa.symbols)} ({len(word)} bytes)"
    return "longest word", shown


def drawn(lexicon: Lexicon, wanted: int, max_length: int | None, seed: int) -> Iterator[Row]:
    """Random words, each equally probable."""
    generator = random.Random(seed)
    for i in range(wanted):
        yield "" if i else "uniformly", _quoted(lexicon.draw(generator, max_length=max_length), lexicon.dfa.symbols)


def compared(automaton: Automaton, other: Language) -> Iterator[Row]:
    """How a language lies to another one, with witnesses."""
    comparison = compare(automaton, other.grammar.automaton(other.source))
    yield "compared with", f"{other.source}: {_RELATIONS[comparison.relation]}"
    words = {"only in the first": comparison.only_first, "only in the second": comparison.only_second, "in both": comparison.common}
    for label, word in words.items():
        if word is not None:
            yield f"  {label}", _quoted(word, comparison.symbols)


def machine(fsm: TokenFsm, model: str) -> Row:
    """The size of the machine over tokens."""
    sequences = _number(fsm.count_sequences())
    return "token machine", f"{fsm.state_count - 1} states, {fsm.edge_count} edges, {sequences} token sequences, over the tokens of {model}"


def outcome(text: str, automaton: Automaton) -> str:
    """What a text leads to: accepted, a beginning, or where it leaves the language; and what may follow."""
    data = text.encode("utf-8", "surrogateescape")
    length, state = longest_prefix(automaton, data)
    follows = _expected(automaton, state)
    if length < len(data):
        read = data[:length].decode(errors="backslashreplace")
        return f"leaves the language after {read!r}; expected: {follows}"
    return f"accepted; may go on with: {follows}" if automaton.accepting(state) else f"a beginning; expected: {follows}"


def _quoted(word: Sequence[int], symbols: tuple[str, ...]) -> str:
    """A word as a literal."""
    return repr(spelled(word, symbols))


def _number(count: int | None) -> str:
    """A number with separators; a very large one by its size."""
    if count is None:
        return "infinitely many"
    if count < 10**_DIGITS:
        return f"{count:,}"
    size = math.log10(count)
    return f"about {10 ** (size % 1):.2f}e{int(size)}"


def _expected(automaton: Automaton, state: int) -> str:
    """The labels that may follow, as ranges."""
    labels = [label for label, _ in ways_on(automaton, state)]
    symbols = [automaton.symbols[label - 256] for label in labels if label > 255]
    pieces = [_range(low, high) for low, high in union((label, label) for label in labels if label < 256)] + symbols
    pieces += ["the end"] if automaton.accepting(state) else []
    return ", ".join(pieces) or "nothing"


def _range(low: int, high: int) -> str:
    names = [repr(chr(byte)) if 0x20 <= byte < 0x7F else f"0x{byte:02x}" for byte in (low, high)]
    return names[0] if low == high else f"{names[0]}-{names[1]}"
