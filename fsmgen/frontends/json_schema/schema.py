"""The rules of a schema: one for each node that a value of the schema may lead to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from fsmgen.automata import Call, Expression, Sequence, choice, sequence
from fsmgen.automata.expression import NOTHING as NO_TEXT
from fsmgen.automata.expression import Words, names
from fsmgen.errors import LimitReached, UnsupportedKeyword
from fsmgen.frontends.json_schema.arrays import array_body
from fsmgen.frontends.json_schema.emptiness import Places
from fsmgen.frontends.json_schema.expansion import Expansion, Kind
from fsmgen.frontends.json_schema.layout import LINE, LINE_LENGTH, MEASURED, SPACE, Indent, Layout, flexible_space
from fsmgen.frontends.json_schema.lengths import shortest
from fsmgen.frontends.json_schema.nodes import Node
from fsmgen.frontends.json_schema.numbers import NumberSet
from fsmgen.frontends.json_schema.objects import LAST, Plan, Unkept, entries_of, in_order, plans_of
from fsmgen.frontends.json_schema.spelling import Escapes, Style, letter_rules, quoted
from fsmgen.frontends.json_schema.strings import StringSet
from fsmgen.frontends.json_schema.unordered import EAGER, NAMES_LIMIT, Entries, Unordered, in_any_order
from fsmgen.frontends.json_schema.values import ArraySpec, ObjectSpec, Values
from fsmgen.grammar import Grammar
from fsmgen.grammar.grammar import productive

_START = "start"
_INSTEAD: Mapping[Kind, str] = {
    "numeric": "other bounds",
    "textual": "shorter texts, or a simpler pattern",
    "array": "fewer items",
    "object": 'fewer names, or order="schema"',
}
"""What to write where a limit is reached."""
EAGER_DEPTH = 3
"""Rules of deeper parts are made when they are needed, where the white space depends on the depth."""


class Rules:
    """Collects the rules of a grammar.

    Where the white space depends on the depth, there is a rule for each node and depth. All nodes have a rule first that stands for every
    depth and is only measured; then those of the upper depths are made, and the others when a text comes to them.

    Attributes:
        rules: those that are done.
        unordered: objects in any order that have rules made later.
    """

    def __init__(self, expansion: Expansion, layout: Layout) -> None:
        self.expansion, self.layout = expansion, layout
        self.rules: dict[str, Expression] = {}
        self.unordered = Unordered()
        self._style = Style(layout.escapes, layout.ensure_ascii)
        self._numbers: dict[Node, int] = {}
        self._nodes: list[Node] = []
        self._made: set[tuple[Node, int]] = set()
        self._plain: dict[Values, Call] = {}
        self._plain_nodes: dict[Node, Call] = {}
        self._keys: dict[StringSet, Expression] = {}
        self._rests: dict[tuple[Expression, int], Expression] = {}
        self._letters: set[int] = set()
        self._callers: dict[str, dict[str, None]] = {}
        self._current = ""
        self._waiting: list[tuple[str, Node, int]] = []
        self._measured: IndentedLengths | None = None

    @property
    def escapes(self) -> Escapes:
        """How the form of a text says it."""
        return self.layout.escapes

    @property
    def ensure_ascii(self) -> bool:
        """How the form of a text says it."""
        return self.layout.ensure_ascii

    def add(self, rules: Mapping[str, Expression]) -> None:
        """Take rules that the spelling of texts calls."""
        self.rules.update(rules)

    def grammar(self, node: Node) -> Grammar:
        """The grammar of a node."""
        if isinstance(self.layout.whitespace, Indent):
            return self._indented(node, self.layout.whitespace.width)
        start = self._call(node, 0)
        self._work()
        if self.layout.whitespace == "flexible" and self.layout.space:
            self.rules[SPACE] = flexible_space(self.layout.space)
        place = Places(self.expansion, self._nodes)
        if not len(self.unordered):
            return Grammar(self.rules, start.rule, place=place)
        dead = self.unordered.measure(shortest(self.rules | self.unordered.standing()))
        self.rules |= dict.fromkeys(dead, NO_TEXT)
        return Grammar(self.rules, start.rule, self.unordered, place=place)

    def _indented(self, node: Node, width: int) -> Grammar:
        self._call(node, MEASURED)
        self._work()
        lengths = shortest({**self.rules, **self.unordered.standing()}, {LINE: LINE_LENGTH})
        self._measured = IndentedLengths(lengths, width)
        self.rules = {name: rule for name, rule in self.rules.items() if not name.endswith(f"@{MEASURED}")}
        self.unordered = Unordered(self._measured)
        self._current = _START
        self.rules[_START] = self.call(node, 0)
        self._work()
        return Grammar(self.rules, _START, Indented(self), place=Places(self.expansion, self._nodes))

    def least(self, name: str) -> int:
        """As `DeferredRules` says, of the rules of parts at their depth and of objects in any order."""
        assert self._measured is not None
        return int(self._measured[name]) if "@" in name else self.unordered.least(name)

    def rule_of(self, name: str) -> Expression:
        """The rule of a part at its depth."""
        number, _, depth = name.partition("@")
        return self._body(self._nodes[int(number)], int(depth))

    def voids(self) -> set[str]:
        """The rules without a word, but for those that only lead to themselves."""
        found = {name for name, rule in self.rules.items() if rule == NO_TEXT}
        alive, waiting = _AllBut(found), [*found]
        while waiting:
            for name in self._callers.get(waiting.pop(), ()):
                if name in self.rules and name not in found and not productive(self.rules[name], alive):
                    found.add(name)
                    waiting.append(name)
        return found

    def _work(self) -> None:
        while self._waiting:
            name, node, depth = self._waiting.pop()
            self._current = name
            self.rules[name] = self._body(node, depth)
        self.rules |= letter_rules(frozenset(self._letters))

    def call(self, node: Node, depth: int) -> Expression:
        """The rule of a node; where the layout depends on the depth, at that depth. NOTHING where it is known to have no word."""
        if not self.layout.indented:
            return self._call(node, 0)
        if self._measured is None:
            return self._call(node, MEASURED)
        if self.expansion.expand(node).is_plain:
            return self._call(node, 0)
        name = f"{self._number(node)}@{depth}"
        if name not in self._measured:
            return NO_TEXT
        return self._call(node, depth) if depth <= EAGER_DEPTH else Call(name)

    def _number(self, node: Node) -> int:
        known = self._numbers.get(node)
        if known is None:
            known = self._numbers[node] = len(self._nodes)
            self._nodes.append(node)
        return known

    def _call(self, node: Node, depth: int) -> Call:
        found = self._called(node, depth)
        self._callers.setdefault(found.rule, {})[self._current] = None
        return found

    def _called(self, node: Node, depth: int) -> Call:
        plain = self._plain_nodes.get(node)
        if plain is not None:
            return plain
        values = self.expansion.expand(node)
        if values.is_plain:
            return self._plain_call(node, values)
        name = f"{self._number(node)}@{depth}" if self.layout.indented else f"{self._number(node)}"
        key = node, depth
        if key not in self._made:
            self._made.add(key)
            self._waiting.append((name, node, depth))
        return Call(name)

    def _plain_call(self, node: Node, values: Values) -> Call:
        """The call for a node without arrays and objects: nodes of the same values share a rule."""
        known = self._plain.get(values)
        if known is None:
            name = f"{self._number(node)}"
            known = self._plain[values] = Call(name)
            self._waiting.append((name, node, 0))
        self._plain_nodes[node] = known
        return known

    def _in_any_order(self, plan: Plan, depth: int) -> Expression:
        """The texts of the objects of a plan, in any order."""
        if len(plan.names) > NAMES_LIMIT:
            raise LimitReached("the names that may come in any order", limit=NAMES_LIMIT, reached=len(plan.names))
        declared, others = entries_of(plan, self, depth)
        entries = Entries(plan, self.layout.marks(depth), tuple(declared), tuple(others))
        if len(declared) <= EAGER:
            return in_any_order(entries)
        body = self.unordered.add(entries)
        for name in names(body, Call):
            self._callers.setdefault(name, {})[self._current] = None
        return body

    def plain_name(self, name: str) -> bytes | None:
        """As `Writer` says."""
        if self._style.escapes != "all" or not name.isascii():
            return None
        plain = name.encode()
        self._letters.update(plain)
        return plain

    def name(self, name: str) -> Expression:
        """The texts of a name, with their quotes."""
        return quoted((name,), self._style).into(self)

    def rest(self, node: Node, depth: int) -> Expression:
        """As `Writer` says; entries whose values have one rule share it."""
        value = self.call(node, depth + 1)
        key = value, depth if self.layout.indented else 0
        known = self._rests.get(key)
        if known is None:
            marks = self.layout.marks(depth)
            known = self._rests[key] = sequence([*_parts(marks.colon), value, *_parts(marks.after)])
        return known

    def names(self, names: StringSet) -> Expression:
        """The texts of some names, with their quotes."""
        known = self._keys.get(names)
        if known is None:
            known = self._keys[names] = names.quoted(self)
        return known

    def _body(self, node: Node, depth: int) -> Expression:
        values = self.expansion.expand(node)
        literals = [word for word, there in _literals(values) if there]
        parts: list[Expression] = [Words(tuple(sorted(literals)))] if literals else []
        kind: Kind = "numeric"
        try:
            if values.numbers != NumberSet.NONE:
                parts.append(values.numbers.spelled(self))
            kind = "textual"
            if values.strings != StringSet.NONE:
                parts.append(values.strings.quoted(self))
            kind = "array"
            parts += [self._array(node, array, depth) for array in values.arrays]
            kind = "object"
            parts += [body for spec in values.objects for body in self._object(node, spec, depth)]
        except LimitReached as error:  # of a part of a value, an error of the keyword that asks for it
            at, keyword = self.expansion.asking(node, kind)
            pointer = self.expansion.documents.pointer(at, keyword)
            raise UnsupportedKeyword(pointer, keyword, reason=str(error), instead=_INSTEAD[kind]) from None
        return choice(parts) if len(parts) > 1 else parts[0] if parts else NO_TEXT

    def _array(self, node: Node, spec: ArraySpec, depth: int) -> Expression:
        try:
            return array_body(spec, self, depth, self.expansion)
        except Unkept as error:
            self._leave_out(node, error, "array")
            return self._array(node, replace(spec, unique=None), depth)

    def _object(self, node: Node, spec: ObjectSpec, depth: int) -> list[Expression]:
        ordered = self.layout.order == "schema"
        try:
            plans = plans_of(spec, self.expansion.covered, ordered=ordered)
        except Unkept as error:
            self._leave_out(node, error, "object")
            return self._object(node, replace(spec, low=0) if error.keyword == "minProperties" else replace(spec, some=()), depth)
        if any(plan.undoing for plan in plans):
            self.expansion.documents.report.note(*self.expansion.asking(node, "object", first="not"), "exact", LAST)
        return [in_order(plan, self, depth) if ordered else self._in_any_order(plan, depth) for plan in plans]

    def _leave_out(self, node: Node, error: Unkept, kind: Kind) -> None:
        at, keyword = self.expansion.asking(node, kind, first=error.keyword)
        self.expansion.leave_out(at, keyword, error.reason, error.instead)


class IndentedLengths(Mapping[str, float]):
    """At least the shortest words of the rules of parts at their depth, from the rules that stand for every depth.

    A word of n lines has none that is more than n deeper than its first one.
    """

    def __init__(self, lengths: Mapping[str, int], width: int) -> None:
        self._lengths, self._width = lengths, width

    def __getitem__(self, name: str) -> float:
        number, at, depth = name.partition("@")
        if not at:
            return self._lengths[name]
        lines, others = divmod(self._lengths[f"{number}@{MEASURED}"], LINE_LENGTH)
        return others + lines * (1 + self._width * (int(depth) + lines))

    def __iter__(self) -> Iterator[str]:
        return iter(self._lengths)

    def __len__(self) -> int:
        return len(self._lengths)


class Indented:
    """The deferred rules of indented JSON: parts at their depth, and objects in any order."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules

    def least(self, name: str) -> int:
        """As `DeferredRules` says."""
        return self._rules.least(name)

    def rule(self, name: str) -> Expression:
        """As `DeferredRules` says."""
        return self._rules.rule_of(name) if "@" in name else self._rules.unordered.rule(name)


def _literals(values: Values) -> list[tuple[bytes, bool]]:
    return [(b"null", values.null), (b"true", True in values.booleans), (b"false", False in values.booleans)]


class _AllBut:
    """All names but some."""

    def __init__(self, names: set[str]) -> None:
        self._names = names

    def __contains__(self, name: object) -> bool:
        return name not in self._names


def _parts(part: Expression) -> tuple[Expression, ...]:
    return part.parts if isinstance(part, Sequence) else (part,)
