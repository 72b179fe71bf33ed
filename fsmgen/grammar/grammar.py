"""Rules that call each other, and the automaton they stand for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping
from dataclasses import dataclass, field

from fsmgen.automata import DEAD, NOTHING, Call, Choice, Expression, Repeat, Sequence, Symbol, choice, repeat, sequence, text
from fsmgen.automata.expression import Compact, Edge, Table, names
from fsmgen.automata.quoted import Quoted
from fsmgen.errors import EmptyLanguage, LimitReached
from fsmgen.grammar.deferred import EXPANDED_LIMIT, DeferredRules, Renamed, expanded
from fsmgen.grammar.growth import MoreRules
from fsmgen.grammar.lowered import Lowered
from fsmgen.grammar.network import lower
from fsmgen.grammar.states import TABLE_BYTES, States


@dataclass(frozen=True, slots=True)
class Grammar:
    """Named rules and the one to start from. A rule may call any rule, itself too; a call stands for the called rule's words.

    Attributes:
        rules: those that are there from the beginning.
        start: one of them.
        deferred: makes the rules of all other names, when a text or a mask first reaches a call of them.
        outline: makes the same grammar of the rules that its user wrote, where those here were made of them to be fast.
        place: says for messages where in its source a rule comes from.
    """

    rules: Mapping[str, Expression]
    start: str = "start"
    deferred: DeferredRules | None = None
    outline: Callable[[], Grammar] | None = field(default=None, compare=False)
    place: Callable[[str], str] | None = field(default=None, compare=False)

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
        deferred: dict[str, DeferredRules] = {}
        grammars = tuple(grammars)
        outline = None
        if any(grammar.outline for grammar in grammars):
            outline = lambda: cls.combined([grammar.outlined() for grammar in grammars], join)  # noqa: E731
        for i, grammar in enumerate(grammars):
            part = grammar.rules[grammar.start]
            if names(part, Call):
                part = Call(f"{i}.{grammar.start}")
                rules |= {f"{i}.{name}": _prefixed(rule, f"{i}.") for name, rule in grammar.rules.items()}
                deferred |= {f"{i}.": grammar.deferred} if grammar.deferred else {}
            parts.append(part)
        return cls({"start": join(parts), **rules}, deferred=Renamed(deferred, _prefixed) if deferred else None, outline=outline)

    def outlined(self) -> Grammar:
        """The same grammar of the rules that its user wrote."""
        return self.outline() if self.outline else self

    def spelled(self, symbols: Container[str] | None = None) -> Grammar:
        """The grammar with named symbols as the texts that their names are; all symbols, if they are not given."""

        def text_of(leaf: Expression) -> Expression:
            return text(leaf.name) if isinstance(leaf, Symbol) and (symbols is None or leaf.name in symbols) else leaf

        if not any(names(rule, Symbol) for rule in self.rules.values()):
            return self
        outline = (lambda: self.outlined().spelled(symbols)) if self.outline else None
        return Grammar({name: replaced(rule, text_of) for name, rule in self.rules.items()}, self.start, self.deferred, outline)

    def expanded(self, *, limit: int = EXPANDED_LIMIT) -> Grammar:
        """The same grammar without deferred rules: those that the start may need are made now.

        Raises:
            InputError: a rule that does not exist is called.
            LimitReached: there are more than `limit` of them.
        """
        return Grammar(expanded(self.rules, self.deferred, limit), self.start) if self.deferred else self

    def unproductive(self) -> tuple[str, ...]:
        """Names of the rules that derive no word, in order; a rule that does not exist derives none, and a deferred one does."""
        calls = {name: names(rule, Call) for name, rule in self.rules.items()}
        callers: dict[str, list[str]] = {}
        for name, called in calls.items():
            for each in called:
                callers.setdefault(each, []).append(name)
        found: set[str] = {name for name in callers if self.deferred and name not in self.rules}
        order = _callees_first(calls)
        for name in order:  # nothing but a whole rule is NOTHING, so words of all that is called make a word
            if found.issuperset(calls[name]) and self.rules[name] != NOTHING:
                found.add(name)
        stack = [name for name in order if name not in found][::-1]
        while stack:
            name = stack.pop()
            if name not in found and productive(self.rules[name], found):
                found.add(name)
                stack += callers.get(name, ())
        return tuple(name for name in self.rules if name not in found)

    def automaton(self, source: str, *, table_bytes: int = TABLE_BYTES) -> States:
        """The lazily built automaton of the language; `source` names it in errors.

        Raises:
            EmptyLanguage: the rules derive no word.
            InputError: a rule that does not exist is called.
            LimitReached: the network would be too large.

        Where a grammar has deferred rules, the automaton may raise InputError when it comes to one that is not as it should be.
        """
        try:
            states = self._states(table_bytes)
        except LimitReached as error:
            where = self._placed(error.where)
            raise LimitReached(error.what, limit=error.limit, reached=error.reached, where=where) from None
        if states.start == DEAD:
            raise EmptyLanguage(source, where=self._placed(self._dead_end()) if self.place else "")
        return states

    def _states(self, table_bytes: int) -> States:
        if self.deferred is None:
            network = self.rules.network if isinstance(self.rules, Lowered) else lower(self.rules, self.start)
            return States(network, table_bytes=table_bytes)
        more = MoreRules(self.rules, self.start, self.deferred)
        return States(more.network, table_bytes=table_bytes, more=more)

    def _placed(self, rule: str) -> str:
        """Where a rule comes from, or else its name."""
        return self.place(rule) if self.place and rule else rule and f"rule {rule!r}"

    def _dead_end(self) -> str:
        """Of a grammar without words, a rule that has none for the calls that lead back to it, or for none at all."""
        dead, seen, name = set(self.unproductive()), set[str](), self.start
        while name not in seen:
            seen.add(name)
            name = next((called for called in names(self.rules[name], Call) if called in dead), name)
        return name


def _prefixed(expression: Expression, prefix: str) -> Expression:
    """The expression with the prefix before the names of the rules that it calls."""
    return replaced(expression, lambda leaf: Call(prefix + leaf.rule) if isinstance(leaf, Call) else leaf)


def replaced(expression: Expression, change: Callable[[Expression], Expression]) -> Expression:
    """The expression with other calls, symbols, words and characters in the places of its own."""
    match expression:
        case Sequence(parts):
            return sequence(replaced(part, change) for part in parts)
        case Choice(parts):
            return choice(replaced(part, change) for part in parts)
        case Repeat(part, low, high):
            return repeat(replaced(part, change), low, high)
        case Compact():
            return _replaced_compact(expression, change)
        case Table(states, edges):
            return Table(states, tuple((source, replaced(part, change), target) for source, part, target in edges))
    return change(expression)


def _replaced_compact(table: Compact, change: Callable[[Expression], Expression]) -> Expression:
    """The same for a table that is not written out, which stays one where all that changes are the names of rules."""
    calls = {rule: change(Call(rule)) for rule in table.called}
    rules = {rule: call.rule for rule, call in calls.items() if isinstance(call, Call)}
    if len(rules) < len(calls) or any(change(letter) != letter for letter in table.letters):
        return replaced(Table(table.states, table.edges), change)
    return table.renamed(rules, tuple((source, replaced(part, change), target) for source, part, target in table.others))


def _callees_first(calls: Mapping[str, Collection[str]]) -> list[str]:
    """The rules in an order in which a rule comes after those that it calls, but for circles: so most are looked at once."""
    order: list[str] = []
    seen: set[str] = set()
    stack = [(name, False) for name in calls][::-1]
    while stack:
        name, left = stack.pop()
        if left:
            order.append(name)
        elif name not in seen:
            seen.add(name)
            stack.append((name, True))
            stack += ((called, False) for called in calls[name] if called in calls and called not in seen)
    return order


def productive(expression: Expression, rules: Container[str]) -> bool:
    """Whether the expression has a word, if the rules have one each and others none."""
    match expression:
        case Call(rule):
            return rule in rules
        case Sequence(parts):
            return all(productive(part, rules) for part in parts)
        case Choice(parts):
            return any(productive(part, rules) for part in parts)
        case Repeat(part, low, _):
            return low == 0 or productive(part, rules)
        case Quoted(ways=ways, others=others) if all(name in rules for name in expression.called):
            return _passable([(source, target) for source, _, target in ways] + _productive_edges(others, rules))
        case Compact() if all(name in rules for name in names(expression, Call)):
            return True
        case Table(_, edges):
            return _passable(_productive_edges(edges, rules))
    return True


def _productive_edges(edges: Iterable[Edge], rules: Container[str]) -> list[tuple[int, int]]:
    return [(source, target) for source, part, target in edges if productive(part, rules)]


def _passable(edges: list[tuple[int, int]]) -> bool:
    """Whether edges lead from 0 to 1."""
    targets: dict[int, list[int]] = {}
    for source, target in edges:
        targets.setdefault(source, []).append(target)
    seen, stack = {0}, [0]
    while stack:
        fresh = set(targets.get(stack.pop(), ())) - seen
        seen |= fresh
        stack += fresh
    return 1 in seen
