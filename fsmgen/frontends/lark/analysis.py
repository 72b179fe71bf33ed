"""Which terminals can come first in a rule, and which after it. Sets of terminals are bit masks; bit 0 is the end of the text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

END = 1
"""The mask of the end of the text."""

Alternatives = tuple[tuple[str, ...], ...]


class Analysis:
    """The sets of a grammar. Marks are symbols that stand for nothing.

    Attributes:
        rules: by name, marks among them.
        marks: the marks.
        empty: the rules that derive the empty text.
        first: by rule, the terminals that can come first in it.
        follow: by rule and by terminal, what can come right after it.
    """

    def __init__(self, rules: Mapping[str, Alternatives], start: str, marks: frozenset[str] = frozenset()) -> None:
        rules = {**rules, **dict.fromkeys(marks, ((),))}
        self.rules, self.marks = rules, marks
        self._terminals = list(dict.fromkeys(name for body in rules.values() for parts in body for name in parts if name not in rules))
        self.bit = {name: 2 << i for i, name in enumerate(self._terminals)}
        self.empty = _empty_rules(rules)
        self.first = dict.fromkeys(rules, 0)
        while self._grow_first():
            pass
        self.follow = dict.fromkeys([*rules, *self._terminals], 0)
        self.follow[start] = END
        while self._grow_follow():
            pass

    def names(self, mask: int) -> Iterator[str]:
        """The terminals of a mask."""
        return (name for name in self._terminals if self.bit[name] & mask)

    def first_of(self, parts: Iterable[str], rest: int) -> int:
        """What can come first in the parts, which are followed by one of `rest`."""
        found = 0
        for name in parts:
            found |= self.bit[name] if name in self.bit else self.first[name]
            if name not in self.empty:
                return found
        return found | rest

    def _grow_first(self) -> bool:
        grown = False
        for rule, body in self.rules.items():
            found = self.first[rule]
            for parts in body:
                found |= self.first_of(parts, 0)
            grown |= found != self.first[rule]
            self.first[rule] = found
        return grown

    def _grow_follow(self) -> bool:
        grown = False
        for rule, body in self.rules.items():
            for parts in body:
                after = self.follow[rule]
                for name in reversed(parts):
                    grown |= after | self.follow[name] != self.follow[name]
                    self.follow[name] |= after
                    after = self.first_of([name], after)
        return grown


def _empty_rules(rules: Mapping[str, Alternatives]) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    while True:
        more = frozenset(rule for rule, body in rules.items() if any(all(name in found for name in parts) for parts in body))
        if more == found:
            return found
        found = more
