"""The item sets of lark's LALR parser and what may come after a reduction (DeRemer and Pennello 1982).

lark's own construction takes objects and sets where this takes integers: an item is a number, its rule's first item plus how far it has
come, and a set of terminals is a bit mask. Besides what the method says, lark lets a rule that is being read already stand for one that
begins where a rule of the same name may; so does this, since lark's conflicts come out of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Numbered = tuple[str, tuple[str, ...]]
"""A rule: its name and its symbols."""
END_OF_TEXT = "$END"
_ROOT = "$root"
Place = tuple[int, str]
"""A state, and a rule that may begin there."""


@dataclass(frozen=True, slots=True)
class ItemSets:
    """The states of a parser; 0 is the start.

    Attributes:
        goes: by state, the state after each symbol.
        ahead: by state, by number of a rule that may end there, the terminals that may come then, as a mask.
        bits: by terminal, its mask.
    """

    goes: tuple[Mapping[str, int], ...]
    ahead: tuple[Mapping[int, int], ...]
    bits: Mapping[str, int]


class _Items:
    """The items of rules.

    Attributes:
        after: by item, the symbol that it is before; empty at the end of the rule.
        rule: by item, the number of the rule.
        silent: by item, whether all that is left of the rule may be empty.
        first: by rule's number, its first item.
        of: by name, the numbers of its rules.
    """

    def __init__(self, rules: Sequence[Numbered]) -> None:
        self.rules = rules
        self.of: dict[str, list[int]] = {}
        for number, (name, _) in enumerate(rules):
            self.of.setdefault(name, []).append(number)
        self.empty = _empty(rules)
        self.after: list[str] = []
        self.rule: list[int] = []
        self.silent: list[bool] = []
        self.first: list[int] = []
        for number, (_, parts) in enumerate(rules):
            self.first.append(len(self.after))
            self.after += [*parts, ""]
            self.rule += [number] * (len(parts) + 1)
            rest = [True]
            for part in reversed(parts):
                rest.append(rest[-1] and part in self.empty)
            self.silent += reversed(rest)
        self._begun: dict[str, tuple[int, ...]] = {}
        self._moves: dict[frozenset[str], dict[str, tuple[int, ...]]] = {}

    def begun(self, name: str) -> tuple[int, ...]:
        """The first items of a rule and of all that it can begin with."""
        if name not in self._begun:
            seen = {name: None}
            for each in (order := [name]):  # grows while it runs
                for number in self.of[each]:
                    symbol = self.after[self.first[number]]
                    if symbol in self.of and symbol not in seen:
                        seen[symbol] = None
                        order.append(symbol)
            self._begun[name] = tuple(self.first[number] for each in order for number in self.of[each])
        return self._begun[name]

    def moves(self, names: frozenset[str]) -> Mapping[str, tuple[int, ...]]:
        """By symbol, the items after it of all that begins where these rules do."""
        if names not in self._moves:
            found: dict[str, dict[int, None]] = {}
            for name in sorted(names):
                for item in self.begun(name):
                    if self.after[item]:
                        found.setdefault(self.after[item], {})[item + 1] = None
            self._moves[names] = {symbol: tuple(items) for symbol, items in found.items()}
        return self._moves[names]


def _empty(rules: Sequence[Numbered]) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    while True:
        more = frozenset(name for name, parts in rules if all(part in found for part in parts))
        if more == found:
            return found
        found = more


def item_sets(rules: Sequence[Numbered], start: str) -> ItemSets:
    """The states of the parser of these rules."""
    items = _Items([*rules, (_ROOT, (start,))])
    kernels, goes = _states(items)
    bits = {END_OF_TEXT: 1}
    for symbol in items.after:
        if symbol and symbol not in items.of:
            bits.setdefault(symbol, 1 << len(bits))
    follow, back = _follow(items, kernels, goes, bits)
    ahead: list[dict[int, int]] = [{} for _ in goes]
    for place, ends in back.items():
        for state, number in ends:
            ahead[state][number] = ahead[state].get(number, 0) | follow[place]
    return ItemSets(tuple(goes), tuple(ahead), bits)


def _states(items: _Items) -> tuple[list[tuple[int, ...]], list[dict[str, int]]]:
    """The kernel of each state, and the state after each symbol."""
    begin: tuple[int, ...] = (items.first[-1],)
    numbers = {begin: 0}
    goes: list[dict[str, int]] = []
    for kernel in (order := [begin]):  # grows while it runs
        called = frozenset(items.after[item] for item in kernel if items.after[item] in items.of)
        found: dict[str, set[int]] = {symbol: set(after) for symbol, after in items.moves(called).items()}
        for item in kernel:
            if items.after[item]:
                found.setdefault(items.after[item], set()).add(item + 1)
        targets = {}
        for symbol, after in found.items():
            key = tuple(sorted(after))
            if key not in numbers:
                numbers[key] = len(order)
                order.append(key)
            targets[symbol] = numbers[key]
        goes.append(targets)
    return order, goes


def _follow(
    items: _Items, kernels: list[tuple[int, ...]], goes: list[dict[str, int]], bits: Mapping[str, int]
) -> tuple[dict[Place, int], dict[Place, list[tuple[int, int]]]]:
    """By place of a rule, the terminals that may follow it there, and the states in which its alternatives end, with their numbers."""
    follow: dict[Place, int] = {}
    reads: dict[Place, list[Place]] = {}
    for state, targets in enumerate(goes):
        for name, target in targets.items():
            if name in items.of:
                follow[state, name] = 0
                for symbol in goes[target]:
                    if symbol in items.empty:
                        reads.setdefault((target, symbol), []).append((state, name))
                    follow[state, name] |= bits.get(symbol, 0)
    follow[0, items.rules[-1][1][0]] |= bits[END_OF_TEXT]
    _spread(follow, reads)
    includes: dict[Place, list[Place]] = {}
    back: dict[Place, list[tuple[int, int]]] = {}
    for place in follow:
        back[place] = _ends(items, goes, kernels[place[0]], place, includes)
    _spread(follow, includes)
    return follow, back


def _ends(
    items: _Items, goes: list[dict[str, int]], kernel: tuple[int, ...], place: Place, includes: dict[Place, list[Place]]
) -> list[tuple[int, int]]:
    """The states in which the alternatives of a rule at a place end; and noted, after which rules inside it the same may follow."""
    state, name = place
    ends = []
    begun = [item for item in kernel if items.rules[items.rule[item]][0] == name and item != items.first[items.rule[item]]]
    for item in [*begun, *(items.first[number] for number in items.of[name])]:
        at, here = state, item
        while symbol := items.after[here]:
            if symbol in items.of and items.silent[here + 1]:
                includes.setdefault(place, []).append((at, symbol))
            at, here = goes[at][symbol], here + 1
        if item == items.first[items.rule[item]]:
            ends.append((at, items.rule[item]))
    return ends


def _spread(masks: dict[Place, int], relation: Mapping[Place, list[Place]]) -> None:
    """Let every place have the terminals of those that it is related to."""
    stack = [place for place in masks if place in relation]
    while stack:
        place = stack.pop()
        mask = masks[place]
        for other in relation[place]:
            if mask & ~masks[other]:
                masks[other] |= mask
                if other in relation:
                    stack.append(other)
