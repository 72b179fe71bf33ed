"""Which rules and expressions derive the empty word."""

from __future__ import annotations

from collections.abc import Container, Mapping

from fsmgen.automata.expression import Call, Choice, Expression, Repeat, Sequence, Table, Words


def nullable_rules(rules: Mapping[str, Expression]) -> frozenset[str]:
    """Names of the rules that derive the empty word."""
    found: frozenset[str] = frozenset()
    while True:
        more = frozenset(name for name, part in rules.items() if nullable(part, found))
        if more == found:
            return found
        found = more


def nullable(expression: Expression, empty_rules: Container[str]) -> bool:
    """Whether the empty word is in the language, if these rules derive it."""
    match expression:
        case Words(words):
            return b"" in words
        case Call(rule):
            return rule in empty_rules
        case Sequence(parts):
            return all(nullable(part, empty_rules) for part in parts)
        case Choice(parts):
            return any(nullable(part, empty_rules) for part in parts)
        case Repeat(part, low, _):
            return low == 0 or nullable(part, empty_rules)
        case Table(states, edges):
            return _nullable_table(states, edges, empty_rules)
    return False


def _nullable_table(states: int, edges: tuple[tuple[int, Expression, int], ...], empty_rules: Container[str]) -> bool:
    """Whether empty edges alone lead from the start of a table to its end."""
    silent: list[list[int]] = [[] for _ in range(states)]
    for source, part, target in edges:
        if nullable(part, empty_rules):
            silent[source].append(target)
    seen, stack = {0}, [0]
    while stack:
        fresh = set(silent[stack.pop()]) - seen
        seen |= fresh
        stack += fresh
    return 1 in seen
