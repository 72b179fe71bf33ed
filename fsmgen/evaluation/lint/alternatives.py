"""Alternatives of a constraint that change nothing: without a text, with none of their own, or that a tokenizer cannot write.

>>> from fsmgen.frontends import regex
>>> [finding.where for finding in dead_alternatives(regex("([0-9]+|42|x)y")).findings]
["'42'"]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fsmgen.automata import NOTHING, Automaton, Call, Expression, Repeat, Sequence, Words, choice, is_included, text
from fsmgen.automata import Choice as Alternatives
from fsmgen.automata.expression import names
from fsmgen.automata.words import shortest_word, spelled
from fsmgen.constraint import compile
from fsmgen.errors import LimitReached, Unspellable
from fsmgen.evaluation.lint.report import Check, Finding
from fsmgen.grammar import Grammar, Language
from fsmgen.tokens import Vocabulary

PARTS_LIMIT, PAIR_LIMIT = 64, 20_000
_MANY = f"some have more than {PARTS_LIMIT} alternatives, or too many states to compare"


def dead_alternatives(language: Language, vocabulary: Vocabulary | None = None) -> Check:
    """Every alternative of every rule; those that call rules are compared with none."""
    grammar = language.grammar
    findings = [Finding(rule, "rule without a text", "no text of finite length matches it") for rule in sorted(grammar.unproductive())]
    looked_at, skipped = len(grammar.rules), False
    for expression in grammar.rules.values():
        for node in _choices(expression):
            looked_at += len(node.parts)
            found, given_up = _redundant(node.parts)
            findings += found
            skipped |= given_up
    if vocabulary is not None:
        findings += _unspellable(grammar, vocabulary)
    return Check("alternatives that a text needs", looked_at, tuple(findings), "warning", _MANY if skipped else "")


def _choices(expression: Expression) -> Iterator[Alternatives]:
    yield from (node for node in _nodes(expression) if isinstance(node, Alternatives))


def _nodes(expression: Expression) -> Iterator[Expression]:
    """The expression and everything inside it."""
    stack = [expression]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, Sequence | Alternatives):
            stack.extend(reversed(node.parts))
        elif isinstance(node, Repeat):
            stack.append(node.part)


def _redundant(parts: Iterable[Expression]) -> tuple[list[Finding], bool]:
    """Alternatives all of whose texts the others have; and whether some were not compared."""
    plain = [part for part in parts if not names(part, Call)]
    if len(plain) > PARTS_LIMIT:
        return [], True
    findings, given_up, kept = [], False, list(plain)
    for part in plain:
        others = [other for other in kept if other is not part]
        try:
            needless = part == NOTHING or (bool(others) and is_included(_automaton(part), _automaton(choice(others)), limit=PAIR_LIMIT))
        except LimitReached:
            given_up = True
            continue
        if needless:
            kept.remove(part)
            findings.append(Finding(_shown(part), "needless alternative", "the other alternatives have all of its texts"))
    return findings, given_up


def _unspellable(grammar: Grammar, vocabulary: Vocabulary) -> Iterator[Finding]:
    if len(vocabulary.single_bytes) == 256:
        return
    for expression in grammar.rules.values():
        options: list[Expression] = [text(word) for node in _nodes(expression) if isinstance(node, Words) for word in node.words]
        options += [part for node in _choices(expression) for part in node.parts if not isinstance(part, Words) and not names(part, Call)]
        for part in options:
            try:
                compile(Language.of(part, _shown(part)), vocabulary)
            except Unspellable as error:
                yield Finding(_shown(part), "no tokens for it", str(error))


def _automaton(part: Expression) -> Automaton:
    return Grammar.of(part).automaton("an alternative")


def _shown(part: Expression) -> str:
    """The alternative's only text, or its shortest one."""
    if part == NOTHING:
        return "an alternative without a text"
    shortest = repr(spelled(shortest_word(_automaton(part)), ()))
    return shortest if isinstance(part, Words) and len(part.words) == 1 else f"the one of {shortest}"
