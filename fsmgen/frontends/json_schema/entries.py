"""The entries of objects, and tables that are made of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from fsmgen.automata import Expression, sequence
from fsmgen.automata.expression import Edge
from fsmgen.automata.quoted import Quoted, Way
from fsmgen.frontends.json_schema.lengths import shortest_word
from fsmgen.frontends.json_schema.spelling import signs
from fsmgen.frontends.json_schema.tables import table, trimmed


class Entry(NamedTuple):
    """A property.

    Attributes:
        name: in ASCII, or its texts with quotes.
        rest: what follows.
    """

    name: bytes | Expression
    rest: Expression

    def followed(self, part: Expression) -> Entry:
        """The same with something behind it."""
        return Entry(self.name, sequence([self.rest, part]))

    def shortest(self, known: Mapping[str, float]) -> float:
        """Fewest bytes, by the lengths that are known of rules."""
        name = Quoted(2, ((0, self.name, 1),), signs()) if isinstance(self.name, bytes) else self.name
        return shortest_word(name, known) + shortest_word(self.rest, known)


class Edges:
    """The edges of a table that is being made."""

    def __init__(self, states: int) -> None:
        self.states, self.edges = states, list[Edge]()
        self._ways: list[Way] = []

    def add(self, source: int, part: Expression, target: int) -> None:
        """An edge."""
        self.edges.append((source, part, target))

    def entry(self, source: int, entry: Entry, target: int) -> None:
        """The way of an entry."""
        if isinstance(entry.name, bytes):
            self.name(source, entry, self.rest(entry, target))
        else:
            self.edges.append((source, sequence([entry.name, entry.rest]), target))

    def rest(self, entry: Entry, target: int) -> int:
        """A state behind the name of an entry, from which on it leads to the target."""
        self.edges.append((self.states, entry.rest, target))
        self.states += 1
        return self.states - 1

    def name(self, source: int, entry: Entry, behind: int) -> None:
        """The way of the name of an entry."""
        if isinstance(entry.name, bytes):
            self._ways.append((source, entry.name, behind))
        else:
            self.edges.append((source, entry.name, behind))

    def table(self, *, whole: bool = False) -> Expression:
        """The table; `whole` if no way ends elsewhere than at 1."""
        return (table if whole else trimmed)(self.states, self.edges, self._ways, signs())
