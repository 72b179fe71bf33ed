"""Words in quotes, where each letter may be written in several ways: tables that are laid out by a kernel, and small to hold.

The letters are ASCII. Each is read as it is, unless it is below 0x20, the quote or the mark; or as the mark and what the rule of the
letter derives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from fsmgen.automata.expression import EMPTY, Call, Characters, Compact, Edge, Expression, Words, characters, complement, union, words

Way: TypeAlias = tuple[int, bytes, int]
"""(source, word, target)"""

_SHORT = {0x22: b'"', 0x5C: b"\\", 0x2F: b"/", 8: b"b", 12: b"f", 10: b"n", 13: b"r", 9: b"t"}


@dataclass(frozen=True, slots=True)
class Signs:
    """How letters are written.

    Attributes:
        quote, mark: bytes.
        rules: of the 128 letters, the names.
    """

    quote: int
    mark: int
    rules: tuple[str, ...]

    def plain(self, letter: int) -> bool:
        """Whether a letter may be as it is."""
        return letter >= 0x20 and letter not in (self.quote, self.mark)


class Quoted(Compact):
    """A table some of whose edges read a word in quotes.

    Attributes:
        inner: how many states there are without those inside words.
        ways: those edges; of one source together, and sorted.
        others: other edges.
    """

    __slots__ = ("inner", "others", "signs", "ways")
    inner: int
    ways: tuple[Way, ...]
    others: tuple[Edge, ...]
    signs: Signs

    def __init__(self, inner: int, ways: tuple[Way, ...], signs: Signs, others: tuple[Edge, ...] = ()) -> None:
        super().__init__(inner=inner, ways=ways, signs=signs, others=others)

    @property
    def called(self) -> Iterable[str]:
        """The rules of its letters."""
        return [self.signs.rules[letter] for letter in set(b"".join([way[1] for way in self.ways]))]

    @property
    def letters(self) -> Iterable[Expression]:
        """Those of the words."""
        return [Characters(((letter, letter),)) for letter in sorted({self.signs.quote, *b"".join([way[1] for way in self.ways])})]

    @property
    def states(self) -> int:
        """How many states there are."""
        return self.inner + sum(2 * len(word) + 1 for _, word, _ in self.ways)

    @property
    def edges(self) -> tuple[Edge, ...]:
        """(source, what is read, target)."""
        result, free = [*self.others], self.inner
        for source, word, target in self.ways:
            result.append((source, words((bytes((self.signs.quote,)),)), free))
            for letter in word:
                result += _letter(letter, (free, free + 1, free + 2), self.signs)
                free += 2
            result.append((free, words((bytes((self.signs.quote,)),)), target))
            free += 1
        return tuple(result)

    def renamed(self, rules: Mapping[str, str], others: tuple[Edge, ...]) -> Quoted:
        """As `Compact` says."""
        return Quoted(self.inner, self.ways, _renamed(self.signs, rules), others)


class Unlisted(Compact):
    """All texts in quotes but some words, as a table. What leaves the words leads to state 2; to that end state 3 reads other letters.

    The mark stands before short names of letters and the numbers of all, four hexadecimal digits behind a `u`, as in JSON.

    Attributes:
        words: sorted.
        others: the edges of the states 2 and 3; one from 2 reads the last quote.
    """

    __slots__ = ("others", "signs", "words")
    words: tuple[bytes, ...]
    others: tuple[Edge, ...]
    signs: Signs

    def __init__(self, words: tuple[bytes, ...], signs: Signs, others: tuple[Edge, ...]) -> None:
        super().__init__(words=words, signs=signs, others=others)

    @property
    def called(self) -> Iterable[str]:
        """The rules of its letters."""
        return [self.signs.rules[letter] for letter in set(b"".join(self.words))]

    @property
    def letters(self) -> Iterable[Expression]:
        """Nearly all."""
        return [Characters(((0x20, 0x7F),)), *(Characters(((letter, letter),)) for letter in range(0x20, 0x80))]

    @property
    def states(self) -> int:
        """How many states there are."""
        return 1 + max(max(source, target) for source, _, target in self.edges)

    @property
    def edges(self) -> tuple[Edge, ...]:
        """(source, what is read, target)."""
        return (*self.others, *_tree_of_others(self.words, self.signs))

    def renamed(self, rules: Mapping[str, str], others: tuple[Edge, ...]) -> Unlisted:
        """As `Compact` says."""
        return Unlisted(self.words, _renamed(self.signs, rules), others)


def _renamed(signs: Signs, rules: Mapping[str, str]) -> Signs:
    return Signs(signs.quote, signs.mark, tuple(rules.get(rule, rule) for rule in signs.rules))


def _letter(letter: int, states: tuple[int, int, int], signs: Signs) -> Iterator[Edge]:
    """The ways of a letter from the first of the states to the last; the other one is behind the mark."""
    here, behind, target = states
    if signs.plain(letter):
        yield here, Words((bytes((letter,)),)), target
    yield here, Words((bytes((signs.mark,)),)), behind
    yield behind, Call(signs.rules[letter]), target


def _tree_of_others(listed: tuple[bytes, ...], signs: Signs) -> Iterator[Edge]:
    """The edges of the tree of the words, and of what leaves it."""
    onward: dict[bytes, set[int]] = {b"": set()}
    for word in listed:
        for i, letter in enumerate(word):
            onward.setdefault(word[:i], set()).add(letter)
            onward.setdefault(word[: i + 1], set())
    numbers = {text: 4 + 6 * i for i, text in enumerate(onward)}
    quote, mark, ends = Words((bytes((signs.quote,)),)), Words((bytes((signs.mark,)),)), set(listed)
    yield 0, quote, numbers[b""]
    for text, letters in onward.items():
        here = numbers[text]
        apart = union([*((letter, letter) for letter in letters), (0, 0x1F), (signs.quote, signs.quote), (signs.mark, signs.mark)])
        yield here, EMPTY, 3
        yield here, mark, here + 1
        yield here, characters(complement(apart, top=0x7F)), 2
        if text not in ends:
            yield here, quote, 1
        for letter in letters:
            yield from _letter(letter, (here, here + 1, numbers[text + bytes((letter,))]), signs)
        yield here + 1, words(short for letter, short in _SHORT.items() if letter not in letters), 2
        yield here + 1, words(_numbers(set(range(0x80)) - letters)), 2


def _numbers(letters: set[int]) -> Iterator[bytes]:
    for letter in letters:
        for high, low in {(digits[0], digits[1]) for digits in (f"{letter:02x}", f"{letter:02X}")}:
            yield f"u00{high}{low}".encode()
