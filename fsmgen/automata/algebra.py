"""Comparing two languages: inclusion, equivalence and what they share, each with a shortest word as witness.

The automata are walked side by side and built as the walk needs them, so a witness is found even where the automata are too large to
write down. For the set of all words that only one of them has, see `Dfa.difference`.

    >>> from fsmgen.frontends import regex
    >>> comparison = compare(*(regex(pattern).grammar.automaton(pattern) for pattern in [r"[0-9]{1,3}", r"[1-9][0-9]*"]))
    >>> comparison.relation, comparison.only_first, comparison.only_second
    (<Relation.OVERLAPPING: 'overlapping'>, (48,), (49, 48, 48, 48))
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from fsmgen.automata.automaton import DEAD, Automaton
from fsmgen.automata.words import Labels
from fsmgen.errors import LimitReached

PAIR_LIMIT = 1_000_000
"""Pairs of states that a comparison visits by default; each takes a few microseconds for each class of labels."""

Question: TypeAlias = Callable[[bool, bool], bool]
"""Asked of a word: whether the first language has it, whether the second has it."""


class Relation(enum.Enum):
    """How two languages lie to each other; the value reads between their names."""

    EQUAL = "equal"
    SUBSET = "included in"
    SUPERSET = "includes"
    DISJOINT = "disjoint"
    OVERLAPPING = "overlapping"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two languages side by side. Each word is the first in length-lexicographic order; None if there is no such word.

    Attributes:
        only_first: a word of the first that the second has not.
        only_second: a word of the second that the first has not.
        common: a word of both.
        symbols: names of the labels 256, 257, ... in these words: those of the first, then those that only the second has.
    """

    only_first: Labels | None
    only_second: Labels | None
    common: Labels | None
    symbols: tuple[str, ...]

    @property
    def relation(self) -> Relation:
        """The relation that the witnesses prove."""
        if self.only_first is None:
            return Relation.EQUAL if self.only_second is None else Relation.SUBSET
        if self.only_second is None:
            return Relation.SUPERSET
        return Relation.DISJOINT if self.common is None else Relation.OVERLAPPING


def compare(one: Automaton, other: Automaton, *, limit: int = PAIR_LIMIT) -> Comparison:
    """The relation of two languages, with witnesses. Symbols are the same if their names are.

    Raises:
        LimitReached: more than `limit` pairs of states, and something is still unknown.
    """
    only_first, only_second, common = _first_words(one, other, [_only_first, _only_second, _common], limit)
    return Comparison(only_first, only_second, common, _symbols(one, other))


def difference_word(one: Automaton, other: Automaton, *, limit: int = PAIR_LIMIT) -> Labels | None:
    """The first word, in length-lexicographic order, of `one` that is not of `other`; None if `one` is included in `other`.

    Its labels are numbered as in `Comparison`. Errors as `compare`.
    """
    return _first_words(one, other, [_only_first], limit)[0]


def is_included(one: Automaton, other: Automaton, *, limit: int = PAIR_LIMIT) -> bool:
    """Whether `other` has every word of `one`. Errors as `compare`."""
    return difference_word(one, other, limit=limit) is None


def is_equivalent(one: Automaton, other: Automaton, *, limit: int = PAIR_LIMIT) -> bool:
    """Whether both have the same words. Errors as `compare`."""
    return _first_words(one, other, [lambda a, b: a != b], limit) == [None]


def _only_first(first: bool, second: bool) -> bool:
    return first and not second


def _only_second(first: bool, second: bool) -> bool:
    return second and not first


def _common(first: bool, second: bool) -> bool:
    return first and second


def _symbols(one: Automaton, other: Automaton) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one.symbols, *other.symbols)))


def _first_words(one: Automaton, other: Automaton, questions: Sequence[Question], limit: int) -> list[Labels | None]:
    """For each question the first word for which it holds, by breadth-first search over pairs of states."""
    found: list[Labels | None] = [None] * len(questions)
    steps = _steps(one, other)
    back: dict[tuple[int, int], tuple[tuple[int, int], int]] = {(one.start, other.start): ((DEAD, DEAD), -1)}
    order = list(back)
    for pair in order:  # grows while it runs
        answers = one.accepting(pair[0]), other.accepting(pair[1])
        for i, question in enumerate(questions):
            if found[i] is None and question(*answers):
                found[i] = _word(pair, back)
        if None not in found:
            break
        for target, label in _ways(one, other, pair, steps):
            if target not in back:
                if len(order) >= limit:
                    raise LimitReached("the pairs of states of a comparison", limit=limit, reached=limit + 1)
                back[target] = pair, label
                order.append(target)
    return found


def _steps(one: Automaton, other: Automaton) -> list[tuple[int, int | None, int | None]]:
    """(label, its class in each automaton), one label for all that neither tells apart, in label order; None: it has no such symbol."""
    steps: dict[tuple[int | None, int | None], int] = {}
    for label, name in enumerate([*[None] * 256, *_symbols(one, other)]):
        steps.setdefault((_class(one, label, name), _class(other, label, name)), label)
    return [(label, *classes) for classes, label in steps.items()]


def _class(automaton: Automaton, label: int, name: str | None) -> int | None:
    if name is None:
        return automaton.class_of(label)
    return automaton.class_of(256 + automaton.symbols.index(name)) if name in automaton.symbols else None


def _ways(
    one: Automaton, other: Automaton, pair: tuple[int, int], steps: list[tuple[int, int | None, int | None]]
) -> Iterator[tuple[tuple[int, int], int]]:
    """(next pair, label), without the pair from which neither can go on."""
    ours, theirs = ([] if state == DEAD else automaton.row(state).tolist() for automaton, state in zip((one, other), pair, strict=True))
    for label, first, second in steps:
        a = ours[first] if ours and first is not None else DEAD
        b = theirs[second] if theirs and second is not None else DEAD
        if (a, b) != (DEAD, DEAD):
            yield (a, b), label


def _word(pair: tuple[int, int], back: dict[tuple[int, int], tuple[tuple[int, int], int]]) -> Labels:
    labels: list[int] = []
    while (step := back[pair])[1] >= 0:
        pair = step[0]
        labels.append(step[1])
    return tuple(reversed(labels))
