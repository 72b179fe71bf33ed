"""lark's LALR parser with its basic or its contextual lexer."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from lark.common import LexerConf
from lark.exceptions import GrammarError, LexError
from lark.lexer import BasicLexer, ContextualLexer

from fsmgen.automata import Expression
from fsmgen.errors import InvalidGrammar
from fsmgen.frontends.lark.analysis import Analysis
from fsmgen.frontends.lark.bodies import bodies
from fsmgen.frontends.lark.copies import Copies
from fsmgen.frontends.lark.lexemes import Endings, Lexemes
from fsmgen.frontends.lark.memory import Remembering
from fsmgen.frontends.lark.ordered import Alternation, Tried
from fsmgen.frontends.lark.places import place_of_name
from fsmgen.frontends.lark.reading import Source
from fsmgen.frontends.lark.table import Annotated, ParseTable, annotated, parse_table

Endings_of = dict[str, tuple[Endings, ...]]
"""By terminal and past, how it can end."""


class Grouped:
    """The endings of terminals by group of parser states.

    Attributes:
        lexemes: the numbers that the endings use.
    """

    def __init__(self, lexemes: Lexemes, groups: Sequence[Endings_of]) -> None:
        self.lexemes, self._groups = lexemes, groups

    def endings(self, terminal: str, group: int, past: int) -> Endings:
        return self._groups[group][terminal][past] if terminal in self._groups[group] else ()

    def ignored(self, group: int, past: int) -> Endings:
        return self._groups[group][""][past]


def lalr_rules(source: Source, *, contextual: bool, merge: bool) -> dict[str, Expression]:
    """The rules of what lark's LALR parser accepts.

    Raises:
        InvalidGrammar: the grammar is not LALR(1).
    """
    terminals, rules = source.parsed
    try:
        table = parse_table(rules, source.start)
    except (GrammarError, LexError) as error:
        raise place_of_name(source.texts, error, source.rules) from None
    _refuse_global_flags(source)
    conf = LexerConf(terminals, re, list(source.ignored), skip_validation=True)
    alternation = Alternation(source)
    if contextual:
        accepted: dict[int, Collection[str]] = {i: sorted(names) for i, names in enumerate(table.accepts)}
        groups, group_of = _grouped(ContextualLexer(conf, accepted), alternation, table)
    else:
        groups, group_of = [alternation.table(Tried.of(BasicLexer(conf)))], (0,) * len(table.accepts)
    made = annotated(table, source.start, group_of)
    return _copied(made, Grouped(alternation.lexemes, groups), group_of[table.start], merge)


def _refuse_global_flags(source: Source) -> None:
    """Refuse patterns that cannot stand within lark's alternation of all of them.

    Raises:
        InvalidGrammar: there is one.
    """
    for name, terminal in source.terminals.items():
        try:
            re.compile(f"(?:{terminal.pattern})")
        except re.error as error:
            text, position = source.place(name)
            message = f"terminal {name}: {error.msg}; lark's lexer joins the patterns, so write the flags after the pattern, as in /a/i"
            raise InvalidGrammar(message, source=text, position=position) from None


def _copied(made: Annotated, terminals: Grouped, begin: int, merge: bool) -> dict[str, Expression]:
    analysis = Analysis(made.rules, made.start, frozenset(made.marks))
    lexing = Remembering(analysis, terminals, made.shifts, begin, made.start, merge)
    parts = bodies(analysis, made.start, merge=merge)
    return Copies(analysis, parts, lexing, made.start, made.marks).rules() | lexing.rules


def _grouped(lexer: ContextualLexer, alternation: Alternation, table: ParseTable) -> tuple[list[Endings_of], tuple[int, ...]]:
    """Groups of parser states whose lexers agree wherever two of them look for the same terminal, and the group of each state."""
    tables: dict[int, Endings_of] = {}
    for tried in lexer.lexers.values():
        if id(tried) not in tables:
            assert isinstance(tried, BasicLexer)
            tables[id(tried)] = alternation.table(Tried.of(tried))
    groups: list[Endings_of] = []
    number: dict[int, int] = {}
    for key, found in sorted(tables.items(), key=lambda item: -len(item[1])):
        number[key] = next((i for i, group in enumerate(groups) if _agree(group, found)), len(groups))
        if number[key] == len(groups):
            groups.append({})
        groups[number[key]] |= found
    return groups, tuple(number[id(lexer.lexers[state])] for state in range(len(table.accepts)))


def _agree(one: Endings_of, other: Endings_of) -> bool:
    return all(one.get(name, found) == found for name, found in other.items())
