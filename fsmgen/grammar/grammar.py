"""Rules that call each other, and the automaton they stand for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from fsmgen.automata import DEAD, Call, Choice, Expression, Repeat, Sequence
from fsmgen.automata.expression import Table, names
from fsmgen.errors import EmptyLanguage
from fsmgen.grammar.network import lower
from fsmgen.grammar.states import TABLE_BYTES, States


@dataclass(frozen=True, slots=True)
class Grammar:
    """Named rules and the one to start from. A rule may call any rule, itself too; a call stands for the called rule's words."""

    rules: Mapping[str, Expression]
    start: str = "start"

    @classmethod
    def of(cls, expression: Expression) -> Grammar:
        """The grammar whose only rule is the expression."""
        return cls({"start": expression})

    @classmethod
    def combined(cls, grammars: Iterable[Grammar], join: Callable[[list[Expression]], Expression]) -> Grammar:
        """The grammar of an expression over the words of other grammars; `join` gets one expression for each of them.

        A grammar that calls no rule becomes part of the expression, so what needs no calls stays without them.
        """
        rules: dict[str, Expression] = {}
        parts: list[Expression] = []
        for i, grammar in enumerate(grammars):
            part = grammar.rules[grammar.start]
            if names(part, Call):
                part = Call(f"{i}.{grammar.start}")
                rules |= {f"{i}.{name}": _prefixed(rule, f"{i}.") for name, rule in grammar.rules.items()}
            parts.append(part)
        return cls({"start": join(parts), **rules})

    def automaton(self, source: str, *, table_bytes: int = TABLE_BYTES) -> States:
        """The lazily built automaton of the language; `source` names it in errors.

        Raises:
            EmptyLanguage: the rules derive no word.
            InputError: a rule that does not exist is called.
            LimitReached: the network would be too large.
        """
        states = States(lower(self.rules, self.start), table_bytes=table_bytes)
        if states.start == DEAD:
            raise EmptyLanguage(source)
        return states


def _prefixed(expression: Expression, prefix: str) -> Expression:
    """The expression with the prefix before the names of the rules that it calls."""
    match expression:
        case Call(rule):
            return Call(prefix + rule)
        case Sequence(parts):
            return Sequence(tuple(_prefixed(part, prefix) for part in parts))
        case Choice(parts):
            return Choice(tuple(_prefixed(part, prefix) for part in parts))
        case Repeat(part, low, high):
            return Repeat(_prefixed(part, prefix), low, high)
        case Table(states, edges):
            return Table(states, tuple((source, _prefixed(part, prefix), target) for source, part, target in edges))
    return expression
