"""Rules that are made when they are needed: where the states that a text may reach are many more than those that one text does.

    >>> from fsmgen.automata import Call, Expression, choice, sequence, text
    >>> class Countdown:
    ...     def least(self, name: str) -> int:
    ...         return 1
    ...     def rule(self, name: str) -> Expression:
    ...         return choice([text("."), sequence([text(name), *([Call(chr(ord(name) - 1))] if name > "a" else [])])])
    >>> sorted(expanded({"start": Call("c")}, Countdown(), 10))
    ['a', 'b', 'c', 'start']

Laws: a deferred rule has a word, none of its words is empty, and none begins with a call that leads back to the rule (no left recursion).
A rule is asked for at most once by each automaton. When not to use it: what needs the whole network (files, products, distances in
tokens) makes all of them, and says so where they are too many.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from fsmgen.automata.expression import Call, Expression, Symbol, names
from fsmgen.errors import InputError, LimitReached

EXPANDED_LIMIT = 100_000
"""Rules that are made at once where all are needed."""


class DeferredRules(Protocol):
    """Makes rules by name. A call of a name that is no ordinary rule of the grammar is a call of one of these."""

    def least(self, name: str) -> int:
        """Fewest labels of the rule's words, at least 1; where that is not known, no fewer than that.

        Raises:
            KeyError: there is no such rule.
        """

    def rule(self, name: str) -> Expression:
        """The rule, which may call ordinary rules and deferred ones, and reads bytes: no symbols.

        Raises:
            KeyError: there is no such rule.
        """


@dataclass(frozen=True, slots=True)
class Renamed:
    """Deferred rules of several grammars, each with its prefix before its names.

    Attributes:
        parts: by prefix.
        prefixed: gives an expression with a prefix before the names that it calls.
    """

    parts: Mapping[str, DeferredRules]
    prefixed: Callable[[Expression, str], Expression]

    def least(self, name: str) -> int:
        prefix, rest = _split(name)
        return self.parts[prefix].least(rest)

    def rule(self, name: str) -> Expression:
        prefix, rest = _split(name)
        return self.prefixed(self.parts[prefix].rule(rest), prefix)


def _split(name: str) -> tuple[str, str]:
    prefix, dot, rest = name.partition(".")
    return prefix + dot, rest


def expanded(rules: Mapping[str, Expression], deferred: DeferredRules, limit: int) -> dict[str, Expression]:
    """The rules, and all deferred ones that they lead to.

    Raises:
        InputError: a rule that does not exist is called.
        LimitReached: more than `limit` deferred ones.
    """
    result = dict(rules)
    waiting = list(dict.fromkeys(name for rule in rules.values() for name in names(rule, Call) if name not in rules))
    while waiting:
        name = waiting.pop()
        if name in result:
            continue
        reached = len(result) - len(rules) + 1
        if reached > limit:
            raise LimitReached("the deferred rules of a grammar, all of which are needed at once,", limit=limit, reached=reached)
        result[name] = made(deferred, name, rules)
        waiting += (called for called in names(result[name], Call) if called not in result)
    return result


def least(deferred: DeferredRules, name: str, known: Iterable[str]) -> int:
    """Fewest labels of the deferred rule of that name.

    Raises:
        InputError: there is no such rule, or none of so few labels can be.
    """
    try:
        result = deferred.least(name)
    except KeyError:
        raise _missing(name, known) from None
    if result < 1:
        raise InputError(f"the deferred rule {name!r} says that its shortest word has {result} labels; no word of it may be empty")
    return result


def _missing(name: str, known: Iterable[str]) -> InputError:
    return InputError(f"rule {name!r} is called and does not exist; the rules are {', '.join(known)}, and deferred ones")


def made(deferred: DeferredRules, name: str, known: Iterable[str]) -> Expression:
    """The deferred rule of that name.

    Raises:
        InputError: there is no such rule, or it reads symbols.
    """
    try:
        rule = deferred.rule(name)
    except KeyError:
        raise _missing(name, known) from None
    if symbols := names(rule, Symbol):
        raise InputError(f"the deferred rule {name!r} reads the symbol {symbols[0]!r}; only ordinary rules may read symbols")
    return rule
