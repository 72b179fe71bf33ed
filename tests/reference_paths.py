"""A slow, obvious twin for grammars over vocabularies: how few tokens complete a text to a word, by a fixpoint over ways.

The text, followed by any tokens, is a small automaton over labels (bytes, and symbols by their names). An expression leads from one of its
states to others: those at the end of a way that spells a word of the expression. That is a fixpoint straight from the meaning of each
expression; it shares no algorithm with the code under test.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache

from fsmgen.automata import Call, Characters, Choice, Expression, Repeat, Sequence, Symbol, Words
from fsmgen.automata.expression import Table

Text = tuple[int | str, ...]
"""Labels: a byte as its number, a symbol by its name."""


def bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


@cache
def spellings(part: Expression) -> tuple[Text, ...]:
    """The words of an expression that calls nothing and has no parts."""
    match part:
        case Words(words):
            return tuple(map(tuple, words))
        case Characters(ranges):
            return tuple(tuple(chr(code).encode()) for low, high in ranges for code in range(low, high + 1))
        case Symbol(name):
            return ((name,),)
    raise TypeError(part)


class TokenTwin:
    """What can be said of texts, for a grammar and a list of tokens.

    `fewest` tells numbers of tokens apart up to `most`: that number stands for itself and for more.
    """

    def __init__(self, rules: dict[str, Expression], start: str, tokens: Iterable[Text], *, most: int = 3) -> None:
        self.rules, self.start, self.most = rules, start, most
        # By state, the mask of targets of each label. In state k, for k up to `most`, k tokens were read.
        self._edges: list[dict[int | str, int]] = [{} for _ in range(most + 1)]
        for count in range(most + 1):
            inside: dict[Text, int] = {(): count}
            for token in dict.fromkeys(tokens):
                self._add_token(token, inside, min(count + 1, most))
        self._base = len(self._edges)
        self._known: list[dict[str, int]] = [dict.fromkeys(rules, 0) for _ in self._edges]  # where a rule leads, by the place it begins at
        self._memo: list[dict[int, int]] = [{} for _ in self._edges]
        self._settle_tokens()
        self._answers: dict[Text, int | None] = {}

    def _add_token(self, token: Text, inside: dict[Text, int], target: int) -> None:
        for i, label in enumerate(token):
            source = self._edges[inside[token[:i]]]
            if i == len(token) - 1:
                source[label] = source.get(label, 0) | 1 << target
            elif token[: i + 1] not in inside:
                inside[token[: i + 1]] = len(self._edges)
                source[label] = source.get(label, 0) | 1 << len(self._edges)
                self._edges.append({})

    def fewest(self, text: Text) -> int | None:
        """Tokens after the text to the end of a word, at most `most`; 0 if the text is a word; None if no tokens complete it."""
        if text not in self._answers:
            self._answers[text] = self._asked(text)
        return self._answers[text]

    def _asked(self, text: Text) -> int | None:
        """The text as a chain of places before state 0; a way from a place leads to later ones, so they are settled last to first."""
        begin, last = (self._base if text else 0), self._base + len(text) - 1
        self._edges += [{label: 1 << (place + 1 if place < last else 0)} for place, label in enumerate(text, self._base)]
        self._known += [dict.fromkeys(self.rules, 0) for _ in text]
        self._memo += [{} for _ in text]
        for place in range(last, begin - 1, -1):
            while self._improved(place):
                self._memo[place].clear()
        reached = self._known[begin][self.start]
        for table in (self._edges, self._known, self._memo):
            del table[self._base :]
        return min((count for count in range(self.most + 1) if reached >> count & 1), default=None)

    def _settle_tokens(self) -> None:
        """The least solution for ways that begin in the automaton of tokens; it does not depend on a text."""
        while sum(self._improved(place) for place in range(self._base)):
            for memo in self._memo:
                memo.clear()

    def _improved(self, place: int) -> bool:
        """Ask every rule once more where it leads from the place; whether one leads farther than was known."""
        more = {rule: self._ends(part, place) for rule, part in self.rules.items()}
        changed = more != self._known[place]
        self._known[place] = more
        return changed

    def _ends(self, part: Expression, place: int) -> int:
        """Where the ways end that begin at the place and spell a word of the part."""
        known = self._memo[place].get(id(part))
        if known is None:
            known = self._memo[place][id(part)] = self._found_ends(part, place)
        return known

    def _found_ends(self, part: Expression, place: int) -> int:
        match part:
            case Call(rule):
                return self._known[place][rule]
            case Choice(parts):
                return self._union(self._ends(inner, place) for inner in parts)
            case Sequence(parts):
                reached = 1 << place
                for inner in parts:
                    reached = self._after(inner, reached)
                return reached
            case Repeat(inner, low, high):
                return self._repeated(inner, low, high, 1 << place)
            case Table():
                return self._through(part, place)
        return self._union(self._spelled(word, 1 << place) for word in spellings(part))

    def _union(self, masks: Iterable[int]) -> int:
        result = 0
        for mask in masks:
            result |= mask
        return result

    def _after(self, part: Expression, reached: int) -> int:
        return self._union(self._ends(part, place) for place in bits(reached))

    def _spelled(self, word: Text, reached: int) -> int:
        for label in word:
            if not reached:
                break
            reached = self._union(self._edges[place].get(label, 0) for place in bits(reached))
        return reached

    def _repeated(self, inner: Expression, low: int, high: int | None, reached: int) -> int:
        for _ in range(low):
            reached = self._after(inner, reached)
        left = -1 if high is None else high - low
        while left and (more := reached | self._after(inner, reached)) != reached:
            reached, left = more, left - 1
        return reached

    def _through(self, table: Table, place: int) -> int:
        """Ends of the ways through a table, by the state of the table."""
        reached = dict.fromkeys(range(table.states), 0) | {0: 1 << place}
        changed = True
        while changed:
            changed = False
            for source, part, target in table.edges:
                more = reached[target] | self._after(part, reached[source])
                if more != reached[target]:
                    reached[target], changed = more, True
        return reached[1]


class ShortWords:
    """All words of a grammar of at most so many labels, all of them given letters, as sets of texts: a second twin, for membership."""

    def __init__(self, rules: dict[str, Expression], start: str, *, length: int, letters: Iterable[int | str]) -> None:
        self._length, self._letters = length, frozenset(letters)
        self._known: dict[str, frozenset[Text]] = dict.fromkeys(rules, frozenset())
        while (more := {rule: self._words(part) for rule, part in rules.items()}) != self._known:
            self._known = more
        self.words = self._known[start]

    def _words(self, part: Expression) -> frozenset[Text]:
        match part:
            case Call(rule):
                return self._known[rule]
            case Choice(parts):
                return frozenset().union(*map(self._words, parts))
            case Sequence(parts):
                found = frozenset({()})
                for inner in parts:
                    found = self._joined(found, self._words(inner))
                return found
            case Repeat(inner, low, high):
                return self._repeated(self._words(inner), low, high)
            case Table():
                return self._through(part)
        return frozenset(word for word in spellings(part) if len(word) <= self._length and self._letters.issuperset(word))

    def _joined(self, left: frozenset[Text], right: frozenset[Text]) -> frozenset[Text]:
        by_length = [[word for word in right if len(word) <= room] for room in range(self._length + 1)]
        return frozenset(one + other for one in left for other in by_length[self._length - len(one)])

    def _repeated(self, once: frozenset[Text], low: int, high: int | None) -> frozenset[Text]:
        found = frozenset({()})
        for _ in range(low):
            found = self._joined(found, once)
        left = -1 if high is None else high - low
        while left and (more := found | self._joined(found, once)) != found:
            found, left = more, left - 1
        return found

    def _through(self, table: Table) -> frozenset[Text]:
        found: dict[int, frozenset[Text]] = dict.fromkeys(range(table.states), frozenset()) | {0: frozenset({()})}
        while True:
            more = dict(found)
            for source, part, target in table.edges:
                more[target] |= self._joined(more[source], self._words(part))
            if more == found:
                return found[1]
            found = more


def spelled_labels(rules: dict[str, Expression]) -> set[int | str]:
    """The labels that stand somewhere in the rules."""
    found: set[int | str] = set()
    stack = list(rules.values())
    while stack:
        match stack.pop():
            case Sequence(parts) | Choice(parts):
                stack += parts
            case Repeat(inner):
                stack.append(inner)
            case Table(_, edges):
                stack += [part for _, part, _ in edges]
            case Call():
                pass
            case part:
                found |= {label for word in spellings(part) for label in word}
    return found
