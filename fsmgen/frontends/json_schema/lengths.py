"""The shortest words of rules."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Mapping

from fsmgen.automata import Call, Characters, Choice, Expression, Repeat, Sequence, Words
from fsmgen.automata.expression import Escaped, Layered, Table, names
from fsmgen.automata.quoted import Quoted, Signs, Unlisted

NEVER = float("inf")


def shortest(rules: Mapping[str, Expression], given: Mapping[str, int] | None = None) -> dict[str, int]:
    """Fewest bytes of the words of each rule that has a word; of some rules the length is given."""
    calls = {name: [called for called in names(rule, Call) if called in rules] for name, rule in rules.items()}
    callers: dict[str, list[str]] = {}
    for name, called in calls.items():
        for other in called:
            callers.setdefault(other, []).append(name)
    known: dict[str, float] = dict(given or {})
    waiting = deque(_called_first(calls))
    pending = set(waiting)
    while waiting:
        name = waiting.popleft()
        pending.discard(name)
        length = shortest_word(rules[name], known)
        if length < known.get(name, NEVER):
            known[name] = length
            again = [caller for caller in callers.get(name, ()) if caller not in pending]
            waiting += again
            pending.update(again)
    return {name: int(length) for name, length in known.items()}


def _called_first(calls: Mapping[str, list[str]]) -> list[str]:
    """The rules, each behind those that it calls as far as that can be."""
    order: list[str] = []
    seen: set[str] = set()
    for start in calls:
        stack = [(start, False)]
        while stack:
            name, done = stack.pop()
            if done:
                order.append(name)
            elif name not in seen:
                seen.add(name)
                stack.append((name, True))
                stack += [(called, False) for called in calls[name] if called not in seen]
    return order


def shortest_word(expression: Expression, known: Mapping[str, float]) -> float:
    """Fewest bytes of a word, by the lengths that are known of rules; infinite if it has none."""
    match expression:
        case Words(words):
            return min(map(len, words))
        case Characters(ranges):
            low = ranges[0][0]
            return 1 if low < 0x80 else 2 if low < 0x800 else 3 if low < 0x10000 else 4
        case Call(rule):
            return known.get(rule, NEVER)
        case Sequence(parts):
            return sum(shortest_word(part, known) for part in parts)
        case Choice(parts):
            return min((shortest_word(part, known) for part in parts), default=NEVER)
        case Repeat(part, low, _):
            return low * shortest_word(part, known) if low else 0
        case Layered():
            return _shortest_layered(expression, known)
        case Escaped(inner=states, rows=rows, others=others):
            ways = [(a, 1 if low <= high else 1 + known.get(rule, NEVER), b) for a, low, high, rule, b in rows]
            return _shortest_way(states, [*ways, *((a, shortest_word(part, known), b) for a, part, b in others)])
        case Quoted(inner=states, ways=ways, others=others, signs=signs):
            named = [(a, 2 + _shortest_spelling(word, signs, known), b) for a, word, b in ways]
            return _shortest_way(states, [*named, *((a, shortest_word(part, known), b) for a, part, b in others)])
        case Unlisted(words=listed):
            return _shortest_unlisted(listed)
        case Table(states, edges):
            return _shortest_way(states, [(a, shortest_word(part, known), b) for a, part, b in edges])
    raise TypeError(expression)


def _shortest_spelling(word: bytes, signs: Signs, known: Mapping[str, float]) -> float:
    return sum(1 if signs.plain(letter) else 1 + known.get(signs.rules[letter], NEVER) for letter in word)


def _shortest_unlisted(listed: tuple[bytes, ...]) -> int:
    """With its quotes, the shortest text of letters that are as they are: there are 94 of these."""
    counts = Counter(map(len, listed))
    return 2 + next(length for length in range(len(counts) + 1) if counts[length] < 94**length)


def _shortest_layered(table: Layered, known: Mapping[str, float]) -> float:
    """The length of the shortest word of `low` or more steps: more than one round beyond those makes none shorter."""
    steps = [(a, 1 if low <= high else known.get(rule, NEVER), b) for a, low, high, rule, b in table.rows]
    best, found = {0: 0.0}, NEVER
    for step in range(min(table.high, table.low + table.size) + 1):
        if step >= table.low:
            found = min(found, *(best.get(final, NEVER) for final in table.finals))
        reached: dict[int, float] = {}
        for source, length, target in steps:
            if best.get(source, NEVER) + length < reached.get(target, NEVER):
                reached[target] = best[source] + length
        best = reached
    return found


def _shortest_way(states: int, edges: list[tuple[int, float, int]]) -> float:
    """The length of the shortest way from state 0 to state 1."""
    ways: list[list[tuple[float, int]]] = [[] for _ in range(states)]
    for source, length, target in edges:
        if length < NEVER:
            ways[source].append((length, target))
    best = [NEVER] * states
    waiting = [(0.0, 0)]
    while waiting:
        length, state = heapq.heappop(waiting)
        if length >= best[state]:
            continue
        best[state] = length
        if state == 1:
            return length
        for further, target in ways[state]:
            heapq.heappush(waiting, (length + further, target))
    return best[1]
