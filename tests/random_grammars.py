"""Random grammars with everything that the engine handles, and random vocabularies that make them awkward."""

from __future__ import annotations

import random
from collections.abc import Sequence as Several
from dataclasses import dataclass
from itertools import pairwise

from fsmgen.automata import Call, Expression, Symbol, Words, choice, repeat, sequence
from fsmgen.automata.expression import Table, characters
from fsmgen.tokens import Vocabulary
from tests.reference_paths import Text

COUNTS = [(0, None), (1, None), (0, 1), (2, 3), (2, None), (0, 5), (3, 5), (4, 4), (1, 6), (5, 12), (0, 11), (11, None)]
SYMBOLS = ["<|x|>", "<|y|>"]
NAMES = ["start", "x", "y", "z", "w"]


@dataclass(frozen=True, slots=True)
class Alphabet:
    """What the words of a grammar are made of."""

    pieces: tuple[bytes, ...]
    classes: tuple[tuple[tuple[int, int], ...], ...]
    symbols: tuple[str, ...] = ()

    @property
    def letters(self) -> tuple[int | str, ...]:
        """Labels to build strings from."""
        return (*sorted({byte for piece in self.pieces for byte in piece}), *self.symbols)


_LATIN = (((0x61, 0x62),), ((0x62, 0x62),))
_ACCENTS = (((0xE9, 0xEA),), ((0x61, 0x61), (0xE9, 0xE9)), ((0xA9, 0xE9),), ((0x61, 0xFF),))
ALPHABETS = [
    Alphabet((b"", b"a", b"b", b"ab", b"ba", b"aa"), _LATIN),
    Alphabet((b"", b"a", b"b", b"c", b"ab", b"bca", b"cc"), (((0x61, 0x63),), ((0x61, 0x61), (0x63, 0x63)))),
    Alphabet((b"", b"a", "é".encode(), "aé".encode(), b"aa"), _ACCENTS),
    Alphabet((b"", b"a", b"ab", b"b"), _LATIN, ("<|x|>",)),
    Alphabet((b"", b"a", b"a", "é".encode()), _ACCENTS, ("<|x|>", "<|y|>")),
]


class Grammars:
    """Random rules: left recursion of all kinds, empty rules, unit cycles, ambiguity, counts, lists of words, tables and symbols."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.alphabet = self._random.choice(ALPHABETS)
        self._names = NAMES[: self._random.choice([1, 2, 3, 4, 5])]
        self._calls, self._rare = self._random.choice([0.15, 0.35, 0.5]), self._random.random() * 0.4

    def rules(self) -> dict[str, Expression]:
        """The next grammar; its start is `start`."""
        return {name: self._rule(self._random.choice([1, 2, 2, 3]) + (name == "start")) for name in self._names}

    def _rule(self, depth: int) -> Expression:
        """Often with a way out of the recursion, or most grammars would derive nothing."""
        body = self._expression(depth)
        return choice([body, self._leaf()]) if self._random.random() < 0.6 else body

    def _expression(self, depth: int) -> Expression:
        kind = self._random.random()
        if depth == 0 or kind < 0.2:
            return self._leaf()
        if kind < 0.2 + self._calls / 2:
            return Call(self._random.choice(self._names))
        if self._random.random() < self._rare / 3:
            return self._table(depth)
        parts = [self._expression(depth - 1) for _ in range(self._random.choice([2, 2, 3]))]
        if kind < 0.7:
            return sequence(parts)
        return choice(parts) if kind < 0.88 else repeat(parts[0], *self._random.choice(COUNTS))

    def _leaf(self) -> Expression:
        if self._random.random() < self._calls / 2:
            return Call(self._random.choice(self._names))
        if self.alphabet.symbols and self._random.random() < 0.25:
            return Symbol(self._random.choice(self.alphabet.symbols))
        if self._random.random() < self._rare:
            return characters(self._random.choice(self.alphabet.classes))
        if self._random.random() < self._rare / 3:
            return Words(tuple(sorted({self._word(4) for _ in range(40)})))
        return Words(tuple(sorted({self._random.choice(self.alphabet.pieces) for _ in range(self._random.choice([1, 1, 1, 2, 3]))})))

    def _word(self, pieces: int) -> bytes:
        return b"".join(self._random.choices(self.alphabet.pieces, k=self._random.randint(0, pieces)))

    def _table(self, depth: int) -> Expression:
        """A way through all states, and a few edges more that neither enter the first nor leave the last."""
        states = self._random.choice([2, 3, 3, 4])
        way = [0, *range(2, states), 1]
        pairs = list(pairwise(way))
        pairs += [(self._random.choice(way[:-1]), self._random.choice(way[1:])) for _ in range(self._random.randint(0, 3))]
        return Table(states, tuple((source, self._expression(depth - 1), target) for source, target in pairs))


@dataclass(frozen=True, slots=True)
class Tokens:
    """A vocabulary, and what each id spells: None if it is no text and no symbol."""

    vocabulary: Vocabulary
    spelled: tuple[Text | None, ...]

    @property
    def texts(self) -> list[Text]:
        """What the tokens spell."""
        return [text for text in self.spelled if text]


def random_tokens(alphabet: Alphabet, seed: int) -> Tokens:
    """Single bytes, of which some may be missing, longer tokens, duplicates, empty ones, special tokens and two end tokens, mixed."""
    generator = random.Random(f"{alphabet.pieces} {seed}")
    singles = [bytes([letter]) for letter in alphabet.letters if isinstance(letter, int)]
    tokens: list[bytes | None] = [token for token in singles if generator.random() < generator.choice([1, 1, 1, 0.6])]
    tokens += [_random_token(generator, singles, alphabet) for _ in range(generator.randint(10, 40))]
    tokens += [*generator.choices([token for token in tokens if token] or singles, k=3), b"", b"z", b"<|x|>", None, None]
    places = [*tokens, *(("special", name) for name in SYMBOLS), ("eos", "1"), ("eos", "2")]
    generator.shuffle(places)
    special = {place[1]: i for i, place in enumerate(places) if isinstance(place, tuple) and place[0] == "special"}
    eos = [i for i, place in enumerate(places) if isinstance(place, tuple) and place[0] == "eos"]
    vocabulary = Vocabulary.from_tokens(
        [place if isinstance(place, bytes) else None for place in places], eos_ids=eos, special_ids=special, size=len(places) + 3
    )
    spelled = [tuple(place) if isinstance(place, bytes) and place else None for place in places]
    for name, token in special.items():
        spelled[token] = (name,) if name in alphabet.symbols else None
    return Tokens(vocabulary, (*spelled, None, None, None))


def _random_token(generator: random.Random, singles: Several[bytes], alphabet: Alphabet) -> bytes:
    pool = singles if generator.random() < 0.4 else [piece for piece in alphabet.pieces if piece]
    return b"".join(generator.choices(pool, k=generator.randint(1, 4)))
