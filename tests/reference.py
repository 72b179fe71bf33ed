"""Slow, obvious twins, written from the definitions and sharing no algorithm with the code under test.

Languages by derivatives (Brzozowski 1964): the derivative of a language by a label is what may follow that label. Matchers by asking,
for each token, whether the derivative by its bytes is empty.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from fsmgen.automata import EMPTY, NOTHING, Call, Characters, Choice, Expression, Repeat, Sequence, Symbol, Words, choice, repeat, sequence
from fsmgen.automata.expression import Table
from fsmgen.tokens import Vocabulary


@dataclass(frozen=True)
class Rest:
    """The bytes of a character of the set that follow the bytes `begun`."""

    ranges: tuple[tuple[int, int], ...]
    begun: bytes


@dataclass(frozen=True)
class Onward:
    """The words along the ways of a table from one of its states to its end."""

    table: Table
    state: int


def _length(first: int) -> int:
    """Bytes of the UTF-8 sequence that begins with this byte; 0 if none does."""
    return 1 if first < 0x80 else 2 if 0xC2 <= first <= 0xDF else 3 if 0xE0 <= first <= 0xEF else 4 if 0xF0 <= first <= 0xF4 else 0


_SMALLEST = {1: 0, 2: 0x80, 3: 0x800, 4: 0x10000}


def _code_point(data: bytes) -> int:
    """The number that the payload bits spell, well formed or not."""
    if len(data) == 1:
        return data[0]
    number = data[0] & (0x7F >> len(data))
    for byte in data[1:]:
        number = number << 6 | byte & 0x3F
    return number


def _can_be_character(ranges: tuple[tuple[int, int], ...], begun: bytes) -> bool:
    """Whether some code point of the set has an encoding that begins so."""
    total = _length(begun[0])
    if not 0 < len(begun) <= max(total, 0) or any(not 0x80 <= byte <= 0xBF for byte in begun[1:]):
        return False
    low = max(_code_point(begun + b"\x80" * (total - len(begun))), _SMALLEST[total])
    high = min(_code_point(begun + b"\xbf" * (total - len(begun))), 0x10FFFF)
    parts = [(low, min(high, 0xD7FF)), (max(low, 0xE000), high)]
    return any(max(a, low) <= min(b, high) for low, high in parts for a, b in ranges)


def nullable(expression) -> bool:
    """Whether the empty word is in the language."""
    match expression:
        case Words(words):
            return b"" in words
        case Sequence(parts):
            return all(map(nullable, parts))
        case Choice(parts):
            return any(map(nullable, parts))
        case Repeat(part, low, _):
            return low == 0 or nullable(part)
        case Table():
            return nullable(Onward(expression, 0))
        case Onward(table, state):
            return 1 in _silently_reached(table, state)
    return False


@cache
def derivative(expression, label: int | str) -> Expression:
    """What may follow the label, a byte or a symbol's name; NOTHING if the label cannot come."""
    match expression:
        case Words(words):
            rest = tuple(word[1:] for word in words if word and word[0] == label)
            return Words(rest) if rest else NOTHING
        case Characters(ranges):
            return _derived_character(ranges, b"", label)
        case Rest(ranges, begun):
            return _derived_character(ranges, begun, label)
        case Symbol(name):
            return EMPTY if name == label else NOTHING
        case Choice(parts):
            return choice(derivative(part, label) for part in parts)
        case Repeat(part, low, high):
            if high is not None and high <= 0:
                return NOTHING
            rest = repeat(part, max(low - 1, 0), None if high is None else high - 1)
            return sequence([derivative(part, label), rest])
        case Sequence((first, *others)):
            rest = sequence(others)
            after_first = sequence([derivative(first, label), rest])
            return choice([after_first, derivative(rest, label)]) if nullable(first) else after_first
        case Table():
            return derivative(Onward(expression, 0), label)
        case Onward(table, state):
            here = _silently_reached(table, state)
            return choice(sequence([derivative(part, label), Onward(table, to)]) for at, part, to in table.edges if at in here)
    raise TypeError(expression)


def _silently_reached(table: Table, state: int) -> set[int]:
    """The states of a table that edges which may be empty lead to."""
    reached = {state}
    while more := {target for source, part, target in table.edges if source in reached and nullable(part)} - reached:
        reached |= more
    return reached


def _derived_character(ranges, begun: bytes, label: int | str):
    if isinstance(label, str) or not _can_be_character(ranges, begun + bytes([label])):
        return NOTHING
    longer = begun + bytes([label])
    missing = _length(longer[0]) - len(longer)
    if not missing:
        return EMPTY
    low, high = _code_point(longer + b"\x80" * missing), _code_point(longer + b"\xbf" * missing)
    if low >= _SMALLEST[_length(longer[0])] and any(a <= low and high <= b for a, b in ranges):  # any rest will do: one spelling for all
        return Rest(((0, 0xD7FF), (0xE000, 0x10FFFF)), {1: b"\xc2", 2: b"\xe1", 3: b"\xf1"}[missing])
    return Rest(ranges, longer)


def derive(expression: Expression, labels: Iterable[int | str]) -> Expression:
    """What may follow these labels."""
    for label in labels:
        expression = derivative(expression, label)
    return expression


def accepts(expression: Expression, word: Iterable[int | str]) -> bool:
    """Whether the word is in the language."""
    return nullable(derive(expression, word))


def shortest_length(expression) -> int:
    """Labels of a shortest word of a non-empty language without calls."""
    match expression:
        case Words(words):
            return min(map(len, words))
        case Characters(ranges):
            return len(chr(ranges[0][0]).encode())
        case Rest(_, begun):
            return _length(begun[0]) - len(begun)
        case Symbol(_):
            return 1
        case Sequence(parts):
            return sum(map(shortest_length, parts))
        case Choice(parts):
            return min(map(shortest_length, parts))
        case Repeat(part, low, _):
            return low * shortest_length(part)
    raise TypeError(expression)


class ReferenceMatcher:
    """The Matcher contract by brute force, for small vocabularies."""

    def __init__(self, expression: Expression, vocabulary: Vocabulary) -> None:
        self.language, self.vocabulary = expression, vocabulary
        names = {token: name for name, token in vocabulary.special_ids.items()}
        self.labels = {
            token: tuple(vocabulary.token_bytes(token)) if vocabulary.is_text(token) else (names[token],)
            for token in range(vocabulary.size)
            if token not in vocabulary.eos_ids and ((vocabulary.is_text(token) and vocabulary.token_bytes(token)) or token in names)
        }

    def after(self, token: int) -> ReferenceMatcher:
        """The matcher after the token, allowed or not."""
        other = ReferenceMatcher.__new__(ReferenceMatcher)
        other.language, other.vocabulary, other.labels = derive(self.language, self.labels[token]), self.vocabulary, self.labels
        return other

    def allowed(self, budget: int | None = None) -> set[int]:
        """Ids that may come next; with a budget, those after which a word and its end token still fit."""
        most = 10_000 if budget is None else budget - 2
        reached = {t: after for t in self.labels if (after := self.after(t)).language != NOTHING}
        sure = budget is None and len(self.vocabulary.single_bytes) == 256  # what goes on in bytes goes on in tokens
        text = set(reached) if sure else {t for t, after in reached.items() if after.fewest_tokens(most) is not None}
        ending = nullable(self.language) and (budget is None or budget >= 1)
        return text | (set(self.vocabulary.eos_ids) if ending else set())

    def fewest_tokens(self, most: int = 10_000) -> int | None:
        """Tokens of a shortest way to acceptance, breadth first; None if there is none of at most `most` tokens."""
        frontier, seen = {self.language}, {self.language}
        for count in range(most + 1):
            if any(map(nullable, frontier)):
                return count
            frontier = {derive(e, labels) for e in frontier for labels in self.labels.values()} - seen - {NOTHING}
            if not frontier:
                return None
            seen |= frontier
        return None

    def forced(self) -> bytes:
        """The bytes that every continuation begins with."""
        language, result = self.language, bytearray()
        while not nullable(language):
            names = self.vocabulary.special_ids
            ways = [label for label in (*range(256), *names) if derivative(language, label) != NOTHING]
            if len(ways) != 1 or isinstance(ways[0], str):
                break
            result.append(ways[0])
            language = derivative(language, ways[0])
        return bytes(result)


class SpanTwin:
    """Membership and prefixes of one word in a grammar, by a fixpoint over spans, straight from the meaning of each expression.

    `spans` are the (begin, end) of the word that an expression derives; `tails` the begins from which the rest of the word is a
    beginning of a word of the expression, or all of it.
    """

    def __init__(self, rules, start: str, word: bytes) -> None:
        self.rules, self.word, self.size = rules, word, len(word)
        self.productive = self._least(dict.fromkeys(rules, False), self._is_productive)
        self.rule_spans = self._least(dict.fromkeys(rules, frozenset()), self._spans)
        self.rule_tails = self._least(dict.fromkeys(rules, frozenset()), self._tails)
        self.accepts = (0, self.size) in self.rule_spans[start]
        self.is_prefix = 0 in self.rule_tails[start]

    def _least(self, value, step):
        while True:
            self.current = value
            more = {name: step(part) for name, part in self.rules.items()}
            if more == value:
                return value
            value = more

    def _is_productive(self, part) -> bool:
        match part:
            case Call(rule):
                return self.current[rule]
            case Sequence(parts):
                return all(map(self._is_productive, parts))
            case Choice(parts):
                return any(map(self._is_productive, parts))
            case Repeat(inner, low, _):
                return low == 0 or self._is_productive(inner)
        return True

    def _spans(self, part) -> frozenset:
        match part:
            case Words(words):
                return frozenset((i, i + len(w)) for w in words for i in range(self.size + 1) if self.word[i : i + len(w)] == w)
            case Call(rule):
                return self.rule_spans[rule] if hasattr(self, "rule_spans") else self.current[rule]
            case Choice(parts):
                return frozenset().union(*map(self._spans, parts))
            case Sequence(parts):
                result = frozenset((i, i) for i in range(self.size + 1))
                for inner in parts:
                    result = self._joined(result, self._spans(inner))
                return result
            case Repeat(inner, low, high):
                return frozenset().union(*self._powers(inner, low, high))
        raise TypeError(part)

    def _joined(self, left: frozenset, right: frozenset) -> frozenset:
        return frozenset((a, d) for a, b in left for c, d in right if b == c)

    def _powers(self, inner, low: int, high: int | None) -> list[frozenset]:
        """Spans of low, low + 1, ... times the part, up to `high` or until nothing new comes."""
        once, power, result = self._spans(inner), frozenset((i, i) for i in range(self.size + 1)), []
        for count in range((low + self.size + 1 if high is None else high) + 1):
            if count >= low:
                result.append(power)
            power = self._joined(power, once)
        return result

    def _tails(self, part) -> frozenset:
        """Begins i such that word[i:] is a prefix of some word of the part."""
        if not self._alive(part):
            return frozenset()
        match part:
            case Words(words):
                return frozenset(i for i in range(self.size + 1) if any(w.startswith(self.word[i:]) for w in words))
            case Call(rule):
                return self.current[rule]
            case Choice(parts):
                return frozenset().union(*map(self._tails, parts))
            case Sequence(parts):
                result, before = frozenset(), frozenset((i, i) for i in range(self.size + 1))
                for inner in parts:
                    result |= {i for i, middle in before if middle in self._tails(inner)}
                    before = self._joined(before, self._spans(inner))
                return result | {i for i, end in before if end == self.size}
            case Repeat(inner, low, high):
                most = low + self.size + 2 if high is None else high
                before = self._powers(inner, 0, most)[: most + 1]
                result = {i for power in before[low:] for i, end in power if end == self.size}
                return frozenset(result | {i for power in before[:-1] for i, middle in power if middle in self._tails(inner)})
        raise TypeError(part)

    def _alive(self, part) -> bool:
        self.current, saved = self.productive, self.current
        try:
            return self._is_productive(part)
        finally:
            self.current = saved
