"""What `fsmgen inspect` says of texts in terms of a grammar, and what it warns of."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import asdict
from itertools import groupby
from typing import Any

from fsmgen.automata import DEAD, Automaton, Call
from fsmgen.automata.expression import names
from fsmgen.automata.words import Labels, random_word, spelled
from fsmgen.cli.analysis import Row, outcome
from fsmgen.errors import LimitReached
from fsmgen.grammar import Grammar, Language, States
from fsmgen.grammar.expectations import Expected, Prospect, expectations, shown_name

_DEFINITION = re.compile(r"^[?!]*([a-z_]\w*)(?:\{[^}]*\})?(?:\.-?\d+)?[ \t]*:", re.MULTILINE)
_TRIED, _LENGTH, _WINDOW, _SHOWN = 60, 200, 40, 20
_FACTOR, _LEAST = 1.2, 4
"""Places to return to for each context, which is one where the text says where it is; and contexts of a window that tell something."""


def speaks_of_rules(grammar: Grammar) -> bool:
    """Whether there are rules that a user named."""
    return grammar.deferred is not None or sum(bool(shown_name(rule)) for rule in grammar.outlined().rules) > 1


def text_rows(language: Language, automaton: Automaton, text: str) -> Iterator[Row]:
    """What a text leads to, and what may follow, by the rules in which it stands."""
    prospect = _prospect(language, text)
    if prospect is None:
        yield f"text {text!r}", outcome(text, automaton)
        return
    yield f"text {text!r}", _status(text, prospect)
    for label, group in groupby(prospect.expected, key=_place):
        yield label, ", ".join(dict.fromkeys(each.what for each in group))


def text_facts(language: Language, automaton: Automaton, text: str) -> dict[str, Any]:
    """The same for machines."""
    prospect = _prospect(language, text)
    if prospect is None:
        return {"text": text, "outcome": outcome(text, automaton)}
    read = _data(text)[: prospect.read].decode(errors="backslashreplace")
    expected = [asdict(each) for each in prospect.expected]
    return {"text": text, "outcome": _status(text, prospect), "read": read, "accepted": prospect.accepted, "expected": expected}


def warnings(language: Language, lark: tuple[str, str], seed: int) -> Iterator[str]:
    """What may be a mistake in a grammar; `lark` is the text of one in lark's notation, and its start."""
    if not speaks_of_rules(language.grammar):
        return
    unused = dict.fromkeys([*_unreachable(language.grammar), *_unmentioned(*lark)])
    if unused:
        yield f"unreachable from the start: {', '.join(unused)}"
    if language.grammar.deferred is None:
        yield from growth(language.grammar.automaton(language.source), seed)


def growth(automaton: States, seed: int) -> Iterator[str]:
    """A warning where it stays open what the parts of a text mean that nests: then every level has several places to return to."""
    generator = random.Random(seed)
    for _ in range(_TRIED):
        word = _repeating(automaton.fresh(), generator)
        gained = list(_gained(automaton.fresh(), word))[1:]
        if len(gained) > 1 and all(contexts >= _LEAST and places > _FACTOR * contexts for contexts, places in gained):
            shown = spelled(word[:_SHOWN], automaton.symbols)
            contexts, places = gained[-1]
            yield (
                f"ambiguity grows with nesting: in {shown!r}..., {_WINDOW} bytes add {places} places to return to in {contexts} contexts; "
                "what those bytes mean is decided later, and until then new masks take longer"
            )
            return


def _repeating(states: States, generator: random.Random) -> Labels:
    """The beginning of a random word, and its end over and over, as far as that can begin a word."""
    word = random_word(states, generator, typical=generator.randint(1, 12), ending=0.0, by_class=True)
    begun = list(word[: generator.randint(1, 12)])
    piece = begun[-generator.randint(1, 3) :]
    state = states.run(states.start, begun)
    while len(begun) < _LENGTH:
        state = states.run(state, piece)
        if state == DEAD:
            break
        begun += piece
    return tuple(begun)


def _gained(states: States, word: Labels) -> Iterator[tuple[int, int]]:
    """How many contexts and places to return to each window of a word adds."""
    state, before = states.start, states.openness
    for at, label in enumerate(word, 1):
        state = states.step(state, label)
        if at % _WINDOW == 0:
            now = states.openness
            yield now[0] - before[0], now[1] - before[1]
            before = now


def _prospect(language: Language, text: str) -> Prospect | None:
    """None where there are no rules to speak of, or too many ways to understand the text."""
    if not speaks_of_rules(language.grammar):
        return None
    try:
        return expectations(language.grammar, _data(text))
    except LimitReached:
        return None


def _data(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _status(text: str, prospect: Prospect) -> str:
    more = "expected:" if prospect.expected else "nothing may follow"
    if not prospect.whole:
        return f"leaves the language after {_data(text)[: prospect.read].decode(errors='backslashreplace')!r}; {more}"
    if prospect.accepted:
        return f"accepted; {'may go on with:' if prospect.expected else 'nothing may follow'}"
    return f"a beginning; {more}"


def _place(expected: Expected) -> str:
    if expected.kind == "ignored":
        return "  ignored"
    rules = " or ".join(expected.within) or "the text"
    return f"  the rest of {expected.begun} in {rules}" if expected.begun else f"  in {rules}"


def _unreachable(grammar: Grammar) -> Iterator[str]:
    """The user's rules that the start does not lead to."""
    if grammar.deferred is not None:
        return
    grammar = grammar.outlined()
    seen, stack = {grammar.start}, [grammar.start]
    while stack:
        fresh = set(names(grammar.rules[stack.pop()], Call)) & grammar.rules.keys() - seen
        seen |= fresh
        stack += fresh
    used = {shown_name(rule) for rule in seen}
    yield from dict.fromkeys(name for rule in grammar.rules if (name := shown_name(rule)) and name not in used)


def _unmentioned(text: str, start: str) -> Iterator[str]:
    """Rules of a lark grammar that the start does not lead to; lark itself leaves them out."""
    pieces = _DEFINITION.split(text)
    bodies = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    seen, stack = {start}, [start]
    while stack:
        fresh = set(re.findall(r"[a-z_]\w*", bodies.get(stack.pop(), ""))) & bodies.keys() - seen
        seen |= fresh
        stack += fresh
    yield from (name for name in bodies if name not in seen and start in bodies)
