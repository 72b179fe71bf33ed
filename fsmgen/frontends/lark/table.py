"""lark's LALR parser as rules: each rule once for every parser state in which it begins, as far as that makes a difference.

Two things depend on the parser state. The contextual lexer tries only what the state accepts, and the state is known where a terminal is
shifted. And where lark resolves a conflict, some reductions are not made before some terminals: then the rule ends with a mark that
these must not come next. States that make no difference are merged by refining a partition (Hopcroft's problem, Moore's way).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_

from lark.common import ParserConf
from lark.grammar import Rule
from lark.parsers.lalr_analysis import LALR_Analyzer

from fsmgen.frontends.lark.analysis import Alternatives
from fsmgen.frontends.lark.itemsets import item_sets

State = int
Grown = tuple[State, str]
"""A rule that begins in a parser state."""


@dataclass(frozen=True, slots=True)
class ParseTable:
    """lark's parse table.

    Attributes:
        start: the state before the text.
        accepts: by state, the terminals that it has an action for.
        goes: by state and symbol, the state after it.
        refused: by state and rule, the terminals before which the rule is not reduced there, although it could be.
        rules: by name.
    """

    start: State
    accepts: tuple[frozenset[str], ...]
    goes: Mapping[tuple[State, str], State]
    refused: Mapping[tuple[State, Rule], frozenset[str]]
    rules: Mapping[str, tuple[Rule, ...]]


def parse_table(rules: list[Rule], start: str) -> ParseTable:
    """The table that lark makes.

    Raises:
        GrammarError: lark's, over two rules that could be reduced at the same place.
    """
    numbered = [(str(rule.origin.name), tuple(str(symbol.name) for symbol in rule.expansion)) for rule in rules]
    found = item_sets(numbered, start)
    names = {bit: name for name, bit in found.bits.items()}
    goes: dict[tuple[State, str], State] = {}
    refused: dict[tuple[State, Rule], frozenset[str]] = {}
    accepts: list[frozenset[str]] = []
    for i, targets in enumerate(found.goes):
        goes |= {(i, symbol): target for symbol, target in targets.items()}
        shifts = sum(found.bits[symbol] for symbol in targets if symbol in found.bits)
        ahead = {rules[number]: mask for number, mask in found.ahead[i].items()}
        accepts.append(frozenset(_names(names, reduce(or_, ahead.values(), shifts))))
        for rule, terminals in _refused(ahead, shifts).items():
            if terminals is None:
                LALR_Analyzer(ParserConf(rules, {}, [start])).compute_lalr()  # says what is wrong
            refused[i, rule] = frozenset(_names(names, terminals or 0))
    by_name: dict[str, list[Rule]] = {}
    for rule in rules:
        by_name.setdefault(str(rule.origin.name), []).append(rule)
    return ParseTable(0, tuple(accepts), goes, refused, {name: tuple(found) for name, found in by_name.items()})


def _names(names: Mapping[int, str], mask: int) -> list[str]:
    return [name for bit, name in names.items() if bit & mask]


def _refused(ahead: Mapping[Rule, int], shifts: int) -> dict[Rule, int | None]:
    """Terminals before which reductions lose: against a shift, or a rule of higher priority; None where two rules have the same."""
    losing: dict[Rule, int | None] = {}
    for rule, mask in ahead.items():
        lost = mask & shifts
        for other, theirs in ahead.items():
            both = mask & theirs
            if other is not rule and both:
                own, their = rule.options.priority or 0, other.options.priority or 0
                if own == their:
                    return {rule: None}
                lost |= both if own < their else 0
        if lost:
            losing[rule] = lost
    return losing


@dataclass(slots=True)
class Annotated:
    """Rules in which every terminal knows the lexers that come after it.

    Attributes:
        rules: by name, alternatives over rules, terminals and marks.
        start: the rule to start from.
        shifts: by symbol, its terminal, and the group of the parser state after it.
        marks: by mark, the terminals that must not come next.
    """

    rules: dict[str, Alternatives] = field(default_factory=dict)
    start: str = ""
    shifts: dict[str, tuple[str, int]] = field(default_factory=dict)
    marks: dict[str, frozenset[str]] = field(default_factory=dict)


def annotated(table: ParseTable, start: str, group_of: tuple[int, ...]) -> Annotated:
    """The rules for groups of parser states that the lexer does not tell apart, which are given by state."""
    if not table.refused and not any(group_of):
        return _plain(table, start)
    blocks = _blocks(table, start, group_of)
    made = Annotated(start=_name(start, blocks[table.start, start]))
    for (state, name), block in blocks.items():
        if _name(name, block) not in made.rules:
            found = [_alternative(table, made, blocks, group_of, (state, rule)) for rule in table.rules[name]]
            made.rules[_name(name, block)] = tuple(dict.fromkeys(found))
    return made


def _plain(table: ParseTable, start: str) -> Annotated:
    """The rules as they are, where no parser state makes a difference."""
    rules = {name: tuple(tuple(str(symbol.name) for symbol in rule.expansion) for rule in found) for name, found in table.rules.items()}
    symbols = {name: None for found in rules.values() for parts in found for name in parts if name not in rules}
    return Annotated(rules, start, {name: (name, 0) for name in symbols})


def _name(rule: str, block: int) -> str:
    return f"{rule}@{block}" if block else rule


def _alternative(
    table: ParseTable, made: Annotated, blocks: Mapping[Grown, int], group_of: tuple[int, ...], at: tuple[State, Rule]
) -> tuple[str, ...]:
    state, rule = at
    parts = []
    for name in (str(symbol.name) for symbol in rule.expansion):
        target = table.goes[state, name]
        if name in table.rules:
            parts.append(_name(name, blocks[state, name]))
        else:
            parts.append(f"{name}@{group_of[target]}" if group_of[target] else name)
            made.shifts[parts[-1]] = name, group_of[target]
        state = target
    refused = table.refused.get((state, rule))
    if refused:
        mark = "!" + ",".join(sorted(refused))
        made.marks[mark] = refused
        parts.append(mark)
    return tuple(parts)


def _blocks(table: ParseTable, start: str, group_of: tuple[int, ...]) -> dict[Grown, int]:
    """A number for each rule in each state, equal where they derive the same; from 0 on for each rule."""
    block = _reached(table, start)
    shapes = {pair: [_shape(table, group_of, pair[0], rule) for rule in table.rules[pair[1]]] for pair in block}
    count = 0
    while True:
        seen: dict[object, int] = {}
        finer = {}
        for pair, shape in shapes.items():
            known = tuple(tuple(block[part] if isinstance(part, tuple) else part for part in parts) for parts in shape)
            finer[pair] = seen.setdefault((pair[1], known), len(seen))
        if len(seen) == count:
            return _from_zero(finer)
        count, block = len(seen), finer


def _from_zero(block: Mapping[Grown, int]) -> dict[Grown, int]:
    used: dict[str, dict[int, int]] = {}
    found = {}
    for pair, number in block.items():
        own = used.setdefault(pair[1], {})
        found[pair] = own.setdefault(number, len(own))
    return found


def _reached(table: ParseTable, start: str) -> dict[Grown, int]:
    found = {(table.start, start): 0}
    for state, name in (order := list(found)):  # grows while it runs
        for rule in table.rules[name]:
            at = state
            for symbol in rule.expansion:
                pair = at, str(symbol.name)
                if not symbol.is_term and pair not in found:
                    found[pair] = 0
                    order.append(pair)
                at = table.goes[pair]
    return found


def _shape(table: ParseTable, group_of: tuple[int, ...], state: State, rule: Rule) -> tuple[object, ...]:
    """A rule's symbols with what is known of them: the group after a terminal, the state before a rule; and what is refused at its end."""
    shape: list[object] = []
    for symbol in rule.expansion:
        pair = state, str(symbol.name)
        state = table.goes[pair]
        shape.append(f"{group_of[state]}" if symbol.is_term else pair)
    return (*shape, ",".join(sorted(table.refused.get((state, rule), ()))))
