"""What may follow a text, in terms of the rules: which terminal or text, and in which rule it stands.

    >>> from fsmgen.automata import Call, sequence, text
    >>> from fsmgen.automata.expression import characters
    >>> from fsmgen.grammar import Grammar
    >>> name = characters([(ord("a"), ord("z"))])
    >>> found = expectations(Grammar({"start": sequence([text("let "), Call("NAME"), text(" = 1")]), "NAME": name}), b"let ")
    >>> [(expected.what, expected.kind, expected.within) for expected in found.expected]
    [('NAME', 'terminal', ('start',))]

Names are those that the user gave: the copies that front ends make of a rule (`NAME#0>2`), the rules that stand for its repeats
(`__names_star_0`) and those inside a part of a template (`0.start`) go by its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, TypeAlias

from fsmgen.automata import NOTHING, Call, Characters, Expression, Repeat, Sequence, Symbol, Words
from fsmgen.automata.expression import Ranges, names, union
from fsmgen.errors import EmptyLanguage
from fsmgen.grammar.chart import DONE, KEPT, Chart, InCharacter, Item
from fsmgen.grammar.deferred import EXPANDED_LIMIT, expanded
from fsmgen.grammar.grammar import Grammar, replaced

Kind: TypeAlias = Literal["terminal", "text", "characters", "symbol", "ignored"]
_PREFIX = re.compile(r"^(\d+\.)+")
_HELPER = re.compile(r"^__(.+)_(?:star|plus)_\d+$")
_SHOWN = 8


@dataclass(frozen=True, slots=True, order=True)
class Expected:
    """Something that may come next.

    Attributes:
        what: the name of a terminal, or what is spelled: a text as a literal, characters as ranges, the name of a symbol.
        kind: which of these it is; what a front end lets stand anywhere is `ignored`.
        begun: the terminal of which this is the rest; empty where nothing of it was read.
        within: the rules in which it stands.
    """

    what: str
    kind: Kind
    begun: str
    within: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a text leads to.

    Attributes:
        read: how many of its labels can begin a word.
        whole: whether that is all of them.
        accepted: whether what was read is a word.
        expected: what may follow, in order of rules and names.
        labels: the bytes that may follow, and the names of symbols.
    """

    read: int
    whole: bool
    accepted: bool
    expected: tuple[Expected, ...]
    labels: frozenset[int | str]


def expectations(grammar: Grammar, data: bytes) -> Prospect:
    """What may follow the text, or the longest beginning of it that can begin a word; errors as `Expecting` and its `after`."""
    return Expecting(grammar).after(data)


class Expecting:
    """What may follow texts of one grammar. What a text shares with the one before it is not read again: sorted texts are cheap.

    Raises:
        EmptyLanguage: the grammar has no word.
        LimitReached: the deferred rules are too many.
    """

    def __init__(self, grammar: Grammar) -> None:
        grammar = grammar.outlined()
        rules = _alive(grammar)
        self._symbols = tuple(dict.fromkeys(name for rule in rules.values() for name in names(rule, Symbol)))
        self._chart = Chart(rules, grammar.start, self._symbols)
        self._data = b""
        self._known: dict[int, Prospect] = {}

    def after(self, data: bytes) -> Prospect:
        """What may follow the text, or the longest beginning of it that can begin a word.

        Raises:
            LimitReached: the ways in which the text can be understood are too many.
        """
        chart = self._chart
        chart.back(min(chart.length, _shared(data, self._data)))
        self._data = data
        read = chart.read(data[chart.length :])
        number = chart.columns[-1].number
        if number not in self._known:
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[number] = self._prospect()
        return replace(self._known[number], read=read, whole=read == len(data))

    def _prospect(self) -> Prospect:
        """What may follow what the chart has read."""
        chart = self._chart
        found = {expected: None for item in chart.reading() for expected in _expected(chart, item)}
        ordered = sorted(found, key=lambda each: (each.kind == "ignored", each.begun == "", each.within, each.what))
        read = chart.labels()
        labels = frozenset(label if label < 256 else self._symbols[label - 256] for label in read) if self._symbols else read
        return Prospect(chart.length, True, chart.accepts, tuple(ordered), labels)


def _shared(one: bytes, other: bytes) -> int:
    """How many bytes both begin with."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


@lru_cache(maxsize=4096)
def shown_name(rule: str) -> str:
    """The name that the user gave; empty for rules that only a front end knows."""
    name = _PREFIX.sub("", rule).split("#")[0]
    helper = _HELPER.match(name)
    name = helper[1] if helper else name
    return "" if name.startswith("%") else name


def _alive(grammar: Grammar) -> Mapping[str, Expression]:
    """All rules, without the calls of those that derive nothing."""
    rules = expanded(grammar.rules, grammar.deferred, EXPANDED_LIMIT) if grammar.deferred else grammar.rules
    dead = frozenset(Grammar(rules, grammar.start).unproductive())
    if grammar.start in dead:
        raise EmptyLanguage("the grammar")
    if not dead:
        return rules
    kept = {name: rule for name, rule in rules.items() if name not in dead}

    def change(leaf: Expression) -> Expression:
        return NOTHING if isinstance(leaf, Call) and leaf.rule in dead else leaf

    return {name: replaced(rule, change) for name, rule in kept.items()}


def _expected(chart: Chart, item: Item) -> Iterator[Expected]:
    """What an item reads next, as a terminal where it is one from its beginning."""
    if item.rule.startswith("%ignored"):
        yield from (Expected(what, "ignored", "", ()) for what, _ in _spelled(chart, item.chain))
        return
    for rule, origin in _owners(chart, item.rule, item.origin):
        within = tuple(sorted({shown_name(caller) for caller, _ in _callers(chart, rule, origin)}))
        if not _is_terminal(chart, rule):
            place = (shown_name(rule),) if shown_name(rule) else within
            yield from (Expected(what, kind, "", place) for what, kind in _spelled(chart, item.chain))
        elif origin < chart.length:
            known = " or ".join(what for what, _ in _terminal(chart, rule))
            yield from (Expected(what, kind, known, within) for what, kind in _spelled(chart, item.chain))
        else:
            yield from (Expected(what, kind, "", within) for what, kind in _terminal(chart, rule))


def _owners(chart: Chart, rule: str, origin: int) -> list[tuple[str, int]]:
    """The rule of the user's, and where it began: this one, or those that called this part of them."""
    return [(rule, origin)] if shown_name(rule) or rule == chart.start else list(_callers(chart, rule, origin))


def _callers(chart: Chart, rule: str, origin: int) -> Iterator[tuple[str, int]]:
    """The rules of the user's that called a rule where it began, and where they began."""
    seen, stack = {(rule, origin)}, [(rule, origin)]
    while stack:
        called, at = stack.pop()
        for item in chart.columns[at].waiting.get(called, ()):
            caller = (item.rule, item.origin)
            if caller not in seen:
                seen.add(caller)
                if shown_name(item.rule):
                    yield caller
                else:
                    stack.append(caller)


def _terminal(chart: Chart, rule: str) -> list[tuple[str, Kind]]:
    """A terminal by its text, if it has one, or by few texts if its name is not the user's; else by its name."""
    texts = _texts(chart, chart.chains.before(chart.rules[rule], DONE))
    name = shown_name(rule)
    if len(texts) == 1 or (texts and ("|" in name or name.startswith("__ANON"))):
        return [(repr(text), "text") for text in sorted(texts)]
    return [(name.replace("|", " or "), "terminal")]


def _texts(chart: Chart, chain: int) -> set[str]:
    """The texts that a chain reads before anything that may be ignored; empty if there are many."""
    found, stack = set[bytes](), [(chain, b"")]
    while stack:
        at, before = stack.pop()
        part, rest = chart.chains.cells[at]
        if at == DONE or (isinstance(part, Call) and part.rule.startswith("%ignored")):
            found.add(before)
        elif isinstance(part, Words):
            stack += [(rest, before + word) for word in part.words[: _SHOWN + 1]]
        elif isinstance(part, Characters):
            codes = [code for low, high in part.ranges for code in range(low, min(high, low + _SHOWN) + 1)]
            stack += [(rest, before + chr(code).encode()) for code in codes[: _SHOWN + 1]]
        elif isinstance(part, Call):
            stack.append((chart.chains.before(chart.rules[part.rule], rest), before))
        elif isinstance(part, Repeat):
            return set()
        else:
            stack += [(way, before) for way in chart.chains.ways(at)]
        if len(found) + len(stack) > _SHOWN:
            return set()
    return {_shown(word) for word in found}


def _is_terminal(chart: Chart, rule: str) -> bool:
    """Whether a rule of the user's calls none of the user's rules; the one to start from is no terminal."""
    return rule != chart.start and not any(shown_name(called) for called in names(chart.rules[rule], Call))


def _literal(chart: Chart, chain: int) -> str:
    """The text that a chain must begin with."""
    found = b""
    while chain != DONE:
        part, rest = chart.chains.cells[chain]
        match part:
            case Words((word,)):
                found += word
            case Characters(((low, high),)) if low == high:
                found += chr(low).encode()
            case Sequence():
                (rest,) = chart.chains.ways(chain)
            case _:
                break
        chain = rest
    return _shown(found)


def _spelled(chart: Chart, chain: int) -> Iterator[tuple[str, Kind]]:
    """What a chain reads next: a text as a literal, or characters as ranges."""
    part, _ = chart.chains.cells[chain]
    literal = _literal(chart, chain)
    match part:
        case Symbol(name):
            yield name, "symbol"
        case _ if literal:
            yield repr(literal), "text"
        case Words(words) if len(words) <= _SHOWN:
            yield from ((repr(_shown(word)), "text") for word in words if word)
        case Words(words):
            yield _ranges(union((word[0], word[0]) for word in words if word)), "characters"
        case Characters(ranges):
            yield _ranges(ranges), "characters"
        case InCharacter():
            yield "the rest of a character", "characters"


def _shown(data: bytes) -> str:
    return data.decode(errors="backslashreplace")


def _ranges(ranges: Ranges) -> str:
    shown = [repr(chr(low)) if low == high else f"{chr(low)!r}-{chr(high)!r}" for low, high in ranges[:_SHOWN]]
    return " ".join(shown + ["..."] * (len(ranges) > _SHOWN))
