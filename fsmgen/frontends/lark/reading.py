"""What lark reads: rules without operators, terminals as patterns, and what is ignored.

lark applies templates, imports, `%override`, `%extend`, modifiers, optionals and repeats; what it hands back are plain alternatives.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lark.grammar import Rule
from lark.grammar import Terminal as LarkTerminal
from lark.lexer import PatternStr, TerminalDef
from lark.load_grammar import Grammar, load_grammar
from lark.tree import Tree

from fsmgen.errors import InputError, InvalidGrammar, LimitReached
from fsmgen.frontends.lark.files import CHARACTER_LIMIT, Files, statements
from fsmgen.frontends.lark.places import place_of_name, position_of_name, undefined_name

ALTERNATIVE_LIMIT = 20_000
"""Alternatives that lark may make of one rule: `[a] [b] [c]` are eight."""
Alternatives = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal's pattern, in the syntax of `re`; of a string, the string itself too; and how it is written, where that is one part."""

    name: str
    pattern: str
    string: str | None
    raw: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """A grammar as lark understands it.

    Attributes:
        rules: by name, the alternatives; a symbol that is no terminal is a rule.
        terminals: those that are used, by name.
        ignored: names of the terminals that may stand anywhere between others.
        start: the rule to start from.
        texts: the texts that it was read from, by name.
        parsed: lark's own objects, for its parse table.
    """

    rules: Mapping[str, Alternatives]
    terminals: Mapping[str, Terminal]
    ignored: tuple[str, ...]
    start: str
    texts: Mapping[str, str]
    parsed: tuple[list[TerminalDef], list[Rule]]

    @property
    def text(self) -> str:
        """The grammar itself, without what it imports."""
        return next(iter(self.texts.values()))

    def place(self, terminal: str) -> tuple[str, int]:
        """Text and offset of a terminal's first mention."""
        for text in self.texts.values():
            if (position := position_of_name(text, terminal)) is not None:
                return text, position
        raw = self.terminals[terminal].raw if terminal in self.terminals else None
        text = next((text for text in self.texts.values() if raw and raw in text), self.text)
        return text, max(0, text.find(raw)) if raw else 0


def read(text: str, *, start: str, folder: Path | None, import_paths: Iterable[str | Path], declare: Mapping[str, str]) -> Source:
    """What lark makes of a text.

    Raises:
        InvalidGrammar: lark cannot read it, or a name is missing.
        LimitReached: it is too long, or lark would make too much of it.
    """
    if len(text) > CHARACTER_LIMIT:
        raise LimitReached("the characters of a grammar", limit=CHARACTER_LIMIT, reached=len(text))
    files = Files(folder, import_paths)
    files.gather(text)
    try:
        grammar, _ = load_grammar(text, files.name, [files], False)
    except Exception as error:  # lark's own, its failed assertions, and those of whatever reads patterns for it
        for part in files.texts.values():
            statements(part)
        raise place_of_name(files.texts, error, _defined(files.texts)) from None
    return _compiled(grammar, start, files.texts, declare)


def _compiled(grammar: Grammar, start: str, texts: Mapping[str, str], declare: Mapping[str, str]) -> Source:
    names = {name for name, *_ in grammar.rule_defs}
    if start not in names:
        raise undefined_name(texts, start, names)
    for name, _, tree, _ in grammar.rule_defs:
        if tree is None:
            raise _misplaced(texts, f"rule {name} is declared; only terminals can be given as texts", name)
        _alternatives(tree, name)
    try:
        terminals, rules, ignored = grammar.compile([start], set())
    except Exception as error:  # lark's own, its failed assertions, and those of whatever reads patterns for it
        raise place_of_name(texts, error, names) from None
    terminals += _declared(grammar, rules, ignored, texts, declare)
    _check_calls(rules, texts)
    alternatives: dict[str, list[tuple[str, ...]]] = {}
    for rule in rules:
        alternatives.setdefault(str(rule.origin.name), []).append(tuple(str(symbol.name) for symbol in rule.expansion))
    return Source(
        {name: tuple(found) for name, found in alternatives.items()},
        {str(terminal.name): _terminal(terminal) for terminal in terminals},
        tuple(dict.fromkeys(map(str, ignored))), start, dict(texts), (terminals, rules),
    )  # fmt: skip


def _check_calls(rules: list[Rule], texts: Mapping[str, str]) -> None:
    """Refuse a template that stands without its arguments, which lark takes for a rule that does not exist.

    Raises:
        InvalidGrammar: there is one.
    """
    origins = {rule.origin for rule in rules}
    for rule in rules:
        for symbol in rule.expansion:
            if not symbol.is_term and symbol not in origins:
                raise _misplaced(texts, f"template {symbol.name} is used without its arguments", str(symbol.name))


def _terminal(terminal: TerminalDef) -> Terminal:
    pattern = terminal.pattern
    string = str(pattern.value) if isinstance(pattern, PatternStr) and not pattern.flags else None
    return Terminal(str(terminal.name), pattern.to_regexp(), string, pattern.raw)


def _declared(
    grammar: Grammar, rules: list[Rule], ignored: list[str], texts: Mapping[str, str], declare: Mapping[str, str]
) -> list[TerminalDef]:
    """Terminals of `%declare` that are used, with the texts that the caller gives."""
    declared = [name for name, (tree, _) in grammar.term_defs if tree is None]
    for name in declare:
        if name not in declared:
            raise InputError(f"declare gives a text for {name}, and the grammar declares {', '.join(declared) or 'nothing'}")
    used = {str(symbol.name) for rule in rules for symbol in rule.expansion if isinstance(symbol, LarkTerminal)} | set(ignored)
    for name in declared:
        if name in used and not declare.get(name):
            raise _misplaced(texts, f"terminal {name} is declared and has no text; give it one with declare={{{name!r}: ...}}", name)
    return [TerminalDef(name, PatternStr(declare[name])) for name in declared if name in used]


def _misplaced(texts: Mapping[str, str], message: str, name: str) -> InvalidGrammar:
    text = next((text for text in texts.values() if position_of_name(text, name) is not None), next(iter(texts.values())))
    return InvalidGrammar(message, source=text, position=position_of_name(text, name) or 0)


def _defined(texts: Mapping[str, str]) -> list[str]:
    """The names before a colon, for suggestions."""
    lines = (line.strip("?! \t") for text in texts.values() for line in text.split("\n"))
    return [found[0] for line in lines if (found := re.match(r"\w+(?=[\s.{:])", line))]


def _alternatives(tree: Tree[object], rule: str) -> int:
    """How many alternatives lark will make of a part of a rule.

    Raises:
        LimitReached: too many, here or further inside.
    """
    inner = [_alternatives(child, rule) for child in tree.children if isinstance(child, Tree)]
    count = 1
    if tree.data == "expansions":
        count = sum(inner)
    elif tree.data == "expansion":
        for factor in inner:
            count = min(count * factor, 10 * ALTERNATIVE_LIMIT)
    elif tree.data == "maybe":
        count = inner[0] + 1
    elif tree.data == "alias":
        count = inner[0]
    elif tree.data == "expr":
        count = _repeated(inner[0], [str(child) for child in tree.children[1:]])
    if count > ALTERNATIVE_LIMIT:
        raise LimitReached(f"the alternatives that lark makes of rule {rule}", limit=ALTERNATIVE_LIMIT, reached=count)
    return count


def _repeated(inner: int, operator: list[str]) -> int:
    if operator[0] != "~":
        return {"?": inner + 1, "*": 2}.get(operator[0], 1)
    low, high = int(operator[1]), int(operator[-1])
    if high >= _NAIVE:
        return min(inner**9, 10 * ALTERNATIVE_LIMIT)
    return min(sum(inner ** min(times, 20) for times in range(max(low, 0), high + 1)), 10 * ALTERNATIVE_LIMIT) or 1


_NAIVE = 50
"""From this count on lark makes rules of a repeat, of at most nine parts each."""
