"""The classes of characters that an expression never tells apart, and sets of classes as the bits of an integer.

    >>> alphabet = Alphabet([((97, 122),), ((120, 125),)])
    >>> [bin(alphabet.mask(ranges)) for ranges in (((97, 122),), ((120, 125),))]
    ['0b110', '0b1100']
    >>> alphabet.characters(0b100)
    Characters(ranges=((120, 122),))
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from fsmgen.automata.expression import Atomic, Characters, Choice, Expression, Lazy, Look, Ranges, Repeat, Sequence, Words, characters

_SURROGATES = (0xD800, 0xE000)
_END = 0x110000


class Alphabet:
    """Classes of all characters. Bit i of a mask is class i.

    Attributes:
        everything: the mask of all characters.
    """

    def __init__(self, sets: Iterable[Ranges]) -> None:
        unique = dict.fromkeys(sets)
        edges = sorted({0, *_SURROGATES, _END}.union(edge for ranges in unique for low, high in ranges for edge in (low, high + 1)))
        signature = [0] * (len(edges) - 1)
        for number, ranges in enumerate(unique):
            for low, high in ranges:
                for i in range(bisect_left(edges, low), bisect_left(edges, high + 1)):
                    signature[i] |= 1 << number
        self._intervals: list[list[tuple[int, int]]] = []
        self._edges, self._signature = edges, signature
        class_of: dict[int, int] = {}
        self._masks = dict.fromkeys(unique, 0)
        for i, sets_here in enumerate(signature):
            if edges[i] != _SURROGATES[0]:
                number = class_of.setdefault(sets_here, len(class_of))
                if number == len(self._intervals):
                    self._intervals.append([])
                self._intervals[number].append((edges[i], edges[i + 1] - 1))
        members = list(unique)
        for sets_here, number in class_of.items():
            for bit in bits(sets_here):
                self._masks[members[bit]] |= 1 << number
        self._class_of = class_of
        self._characters: dict[int, Expression] = {}
        self.everything = (1 << len(class_of)) - 1

    @classmethod
    def of(cls, expression: Expression) -> Alphabet:
        """The classes of all characters that stand somewhere in the expression."""
        return cls(_sets(expression))

    def mask(self, ranges: Ranges) -> int:
        """The classes of one of the sets that the alphabet was made of."""
        return self._masks[ranges]

    def mask_of(self, character: str) -> int:
        """The class of a character, as a mask."""
        return 1 << self.number(ord(character))

    def number(self, code: int) -> int:
        """The class of a code point, as a number."""
        return self._class_of[self._signature[bisect_right(self._edges, code) - 1]]

    def examples(self) -> list[int]:
        """A code point of each class."""
        return [intervals[0][0] for intervals in self._intervals]

    def members(self, mask: int) -> Iterator[str]:
        """The characters of these classes."""
        for number in bits(mask):
            for low, high in self._intervals[number]:
                yield from map(chr, range(low, high + 1))

    def characters(self, mask: int) -> Expression:
        """One character out of these classes."""
        if mask not in self._characters:
            self._characters[mask] = characters(interval for number in bits(mask) for interval in self._intervals[number])
        return self._characters[mask]


def bits(mask: int) -> Iterator[int]:
    """The numbers of the bits of a mask, ascending."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _sets(expression: Expression) -> Iterator[Ranges]:
    stack = [expression]
    while stack:
        match stack.pop():
            case Characters(ranges):
                yield ranges
            case Words(words):
                yield from (((code, code),) for code in {ord(character) for word in words for character in word.decode()})
            case Sequence(parts) | Choice(parts):
                stack.extend(parts)
            case Repeat(part) | Lazy(part) | Atomic(part) | Look(part):
                stack.append(part)
