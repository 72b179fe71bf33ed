"""Which rules and expressions derive the empty word."""

from __future__ import annotations

from collections.abc import Container, Mapping

from fsmgen.automata.expression import Call, Choice, Escaped, Expression, Layered, Repeat, Sequence, Table, Words
from fsmgen.automata.quoted import Quoted, Unlisted


class EmptyRules:
    """Names of the rules that derive the empty word; only what is asked for is found out."""

    def __init__(self, rules: Mapping[str, Expression]) -> None:
        self._rules = rules
        self._known: dict[str, bool] = {}

    def __contains__(self, name: object) -> bool:
        if name not in self._known:
            self._find_out(str(name))
        return self._known[str(name)]

    def _find_out(self, name: str) -> None:
        """The least fixpoint over the rules that matter: those of which the answer for others is asked."""
        guesses = _Guesses(self._known, {name: False})
        while True:
            before = dict(guesses.made)
            for asked in before:
                guesses.made[asked] = asked in self._rules and nullable(self._rules[asked], guesses)
            if guesses.made == before:
                break
        self._known |= guesses.made


class _Guesses:
    """What is known, and for other rules what was found so far: at first that they derive no empty word."""

    def __init__(self, known: Mapping[str, bool], made: dict[str, bool]) -> None:
        self._known, self.made = known, made

    def __contains__(self, name: object) -> bool:
        known = self._known.get(str(name))
        return self.made.setdefault(str(name), False) if known is None else known


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
        case Layered(finals=finals, low=low):
            return low == 0 and 0 in finals
        case Unlisted():
            return False
        case Escaped(inner=inner, others=others) | Quoted(inner=inner, others=others):
            return _nullable_table(inner, others, empty_rules)
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
