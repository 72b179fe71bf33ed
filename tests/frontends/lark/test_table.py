"""The parse table before lark's own construction, on lark's grammars, those that ship, and random ones."""

from __future__ import annotations

import random
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest
from lark.common import ParserConf
from lark.exceptions import GrammarError
from lark.grammar import NonTerminal, Rule, Symbol, Terminal
from lark.parsers.lalr_analysis import LALR_Analyzer, LR0ItemSet

from fsmgen.frontends.lark.reading import read
from fsmgen.frontends.lark.table import ParseTable, parse_table

SHIPPED = Path(__file__).parents[3] / "grammars"
FILES = {
    "lark": (Path(str(resources.files("lark") / "grammars" / "lark.lark")), "start"),
    "sql_select": (SHIPPED / "sql_select.lark", "start"),
    "lua": (SHIPPED / "lua.lark", "start"),
}

Walked = list[tuple[frozenset[str], dict[str, frozenset[str]], list[str]]]
"""Of states in the order of a walk by names: what they accept, what they refuse, and the symbols that lead on."""


def walked(table: ParseTable) -> Walked:
    by_state: dict[int, dict[str, int]] = {}
    for (state, symbol), target in table.goes.items():
        by_state.setdefault(state, {})[symbol] = target
    refused: dict[int, dict[str, frozenset[str]]] = {}
    for (state, rule), names in table.refused.items():
        refused.setdefault(state, {})[str(rule)] = names
    order = [table.start]
    for state in order:  # grows while it runs
        order += [target for _, target in sorted(by_state.get(state, {}).items()) if target not in order]
    return [(table.accepts[state], refused.get(state, {}), sorted(by_state.get(state, {}))) for state in order]


def oracle(rules: list[Rule], start: str) -> Walked:
    """The same out of lark's own item sets."""
    analyzer = LALR_Analyzer(ParserConf(rules, {}, [start]))
    analyzer.compute_lalr()
    order = [analyzer.lr0_start_states[start]]
    for state in order:  # grows while it runs
        targets = sorted(state.transitions.items(), key=lambda item: item[0].name)
        order += [target for target in dict.fromkeys(target for _, target in targets) if all(target is not known for known in order)]
    return [(_accepted(state), _lost(state), sorted(symbol.name for symbol in state.transitions)) for state in order]


def _accepted(state: LR0ItemSet) -> frozenset[str]:
    return frozenset([*(symbol.name for symbol in state.transitions if symbol.is_term), *(symbol.name for symbol in state.lookaheads)])


def _lost(state: LR0ItemSet) -> dict[str, frozenset[str]]:
    losing: dict[str, set[str]] = {}
    for symbol, rules in state.lookaheads.items():
        best = max(rule.options.priority or 0 for rule in rules)
        for rule in rules:
            if symbol in state.transitions or (rule.options.priority or 0) < best:
                losing.setdefault(str(rule), set()).add(symbol.name)
    return {rule: frozenset(names) for rule, names in losing.items()}


def random_rules(generator: random.Random) -> list[Rule]:
    names = ["start", "a", "b", "c"][: generator.randint(1, 4)]
    symbols: list[Symbol] = [*map(NonTerminal, names), *map(Terminal, "XYZ")]
    found = [(name, tuple(generator.choice(symbols) for _ in range(generator.randint(0, 3)))) for name in names for _ in range(2)]
    return [Rule(NonTerminal(name), list(parts), order=i) for i, (name, parts) in enumerate(dict.fromkeys(found))]


def tables() -> Iterator[tuple[list[Rule], Walked]]:
    for seed in range(400):
        rules = random_rules(random.Random(seed))
        try:
            yield rules, oracle(rules, "start")
        except GrammarError:
            with pytest.raises(GrammarError):
                parse_table(rules, "start")


@pytest.mark.parametrize("name", FILES)
def test_the_table_of_a_file_is_that_of_lark(name: str) -> None:
    path, start = FILES[name]
    source = read(path.read_text(encoding="utf-8"), start=start, folder=path.parent, import_paths=[], declare={})
    assert walked(parse_table(source.parsed[1], start)) == oracle(source.parsed[1], start)


def test_tables_of_random_rules_are_those_of_lark() -> None:
    found = list(tables())
    assert len(found) > 50
    for rules, expected in found:
        assert walked(parse_table(rules, "start")) == expected, rules
