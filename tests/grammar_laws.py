"""The laws of grammars and matchers, asked of one grammar: each function gives every disagreement with the twins as a text."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from fsmgen.automata import DEAD, Expression
from fsmgen.constraint import Constraint, Limits, Matcher, compile
from fsmgen.errors import BudgetTooSmall, EmptyLanguage, LimitReached, TableFull, Unspellable
from fsmgen.grammar import Grammar, Language, States
from fsmgen.grammar.network import lower
from fsmgen.tokens.bitmask import allowed_ids, new_rows
from tests.random_grammars import Alphabet, Tokens
from tests.reference_paths import ShortWords, Text, TokenTwin, spelled_labels

Rules = dict[str, Expression]
LIMITS = Limits(graph_nodes=3_000, table_bytes=64 << 20)


def automaton_laws(rules: Rules, alphabet: Alphabet, *, length: int = 5) -> Iterator[str]:
    """Every text of up to so many letters: a word exactly if it is one, dead exactly if nothing completes it, at the right distance."""
    states = States(lower(rules, "start"))
    words = ShortWords(rules, "start", length=length, letters=alphabet.letters).words
    begun = {word[:end] for word in words for end in range(len(word) + 1)}
    twin = TokenTwin(rules, "start", [(label,) for label in spelled_labels(rules)])
    stack: list[tuple[Text, int]] = [((), states.start)]
    for text, state in stack:  # grows while it runs
        if states.accepting(state) != (text in words):
            yield f"{text}: accepting is {states.accepting(state)}"
        ways = twin.fewest(text) if text not in begun or len(stack) < 100 else -1
        if (state == DEAD) != (ways is None):
            yield f"{text}: dead is {state == DEAD}, labels to the end {ways}"
        if state != DEAD and ways not in (-1, min(twin.most, states.distance(state))):
            yield f"{text}: distance is {states.distance(state)}, labels to the end {ways}"
        if len(text) < length and state != DEAD:
            stack += [((*text, letter), stepped(states, state, letter)) for letter in alphabet.letters]
    visited = {text for text, _ in stack}
    yield from (f"{word}: a word that was not reached" for word in words if word not in visited)


def stepped(states: States, state: int, letter: int | str) -> int:
    """The state after a byte or a named symbol."""
    if isinstance(letter, int):
        return states.step(state, letter)
    return states.step(state, 256 + states.symbols.index(letter)) if letter in states.symbols else DEAD


@dataclass
class Walks:
    """One grammar over one vocabulary: what the matcher says along random walks, beside the twin."""

    rules: Rules
    tokens: Tokens
    random: random.Random
    rows: int = 0
    renewals: int = 0
    refused: str = ""
    _paths: list[tuple[list[int], list[set[int]]]] = field(default_factory=list)

    def laws(self, walks: int = 3, steps: int = 5) -> Iterator[str]:
        """All laws along so many walks."""
        self._twin = TokenTwin(self.rules, "start", self.tokens.texts)
        language = Language(Grammar(self.rules), "a random grammar")
        try:
            constraint = compile(language, self.tokens.vocabulary, limits=LIMITS)
        except (EmptyLanguage, Unspellable) as error:
            self.refused = type(error).__name__
            if self._twin.fewest(()) is not None:
                yield f"refused as {self.refused}, and the twin knows a word of {self._twin.fewest(())} tokens or more"
            return
        except LimitReached:
            self.refused = "LimitReached"
            return
        if self._twin.fewest(()) is None:
            yield "compiled, and no tokens spell a word"
            return
        for _ in range(walks):
            try:
                yield from self._walk(constraint.matcher(), steps)
            except TableFull:  # ambiguity that grows with the text
                self.refused = "TableFull"
        yield from self._again(compile(language, self.tokens.vocabulary, limits=LIMITS), backwards=True)
        small = Limits(graph_nodes=LIMITS.graph_nodes, table_bytes=100_000, row_bytes=1)
        with suppress(TableFull):  # where the shortest answers alone fill them
            yield from self._again(compile(language, self.tokens.vocabulary, limits=small), backwards=False)

    def _walk(self, matcher: Matcher, steps: int) -> Iterator[str]:
        text: Text = ()
        path: list[int] = []
        masks: list[set[int]] = []
        for _ in range(steps):
            masks.append(mask(matcher))
            yield from (f"after {path}: {message}" for message in self._place(matcher, text, masks[-1]))
            ways = sorted(masks[-1] - set(self.tokens.vocabulary.eos_ids))
            if not ways:
                break
            path.append(self.random.choice(ways))
            text += self.tokens.spelled[path[-1]] or ()
            matcher.advance(path[-1])
        self._paths.append((path[: len(masks) - 1], masks))
        back = self.random.randint(0, matcher.steps)
        if (kept := matcher.steps - back) < len(masks):
            matcher.rollback(back)
            if mask(matcher) != masks[kept]:
                yield f"after {path} and a rollback of {back}: {mask(matcher) ^ masks[kept]}"

    def _place(self, matcher: Matcher, text: Text, allowed: set[int]) -> Iterator[str]:
        self.rows += 1
        fewest = {t: self._twin.fewest(text + spelled) for t, spelled in enumerate(self.tokens.spelled) if spelled}
        here, eos = self._twin.fewest(text), set(self.tokens.vocabulary.eos_ids)
        wanted = {token for token, ways in fewest.items() if ways is not None} | (eos if here == 0 else set())
        if allowed != wanted:
            yield f"the mask has {sorted(allowed - wanted)} too many and {sorted(wanted - allowed)} too few"
        if not allowed:
            yield "the mask is empty"
        yield from self._advances(matcher, allowed, eos)
        yield from self._budgets(matcher, {t: w for t, w in fewest.items() if w is not None}, here)

    def _advances(self, matcher: Matcher, allowed: set[int], eos: set[int]) -> Iterator[str]:
        for token in range(-1, self.tokens.vocabulary.size + 2):
            other = matcher.fork()
            leads_on = matcher.constraint.after(matcher.state, token) != DEAD  # asked of the automaton, not of the row
            if other.advance(token) != (token in allowed) or (token not in eos and leads_on != (token in allowed)):
                yield f"advance and the mask differ on {token}"
            elif token in eos and token in allowed and (not other.finished or mask(other) != eos):
                yield f"{token} does not end the sequence"

    def _budgets(self, matcher: Matcher, fewest: dict[int, int], here: int | None) -> Iterator[str]:
        bound, most, eos = matcher.min_tokens_to_accept(), self._twin.most, set(self.tokens.vocabulary.eos_ids)
        if here is None or min(bound.count, most) < here or (bound.exact and min(bound.count, most) != here):
            yield f"{bound} for {here} tokens"
        for budget in range(1, most + 2):  # so that budget - 2 < most: what the twin can tell apart
            wanted = {t for t, ways in fewest.items() if ways <= budget - 2} | (eos if here == 0 else set())
            try:
                found = mask(matcher, budget)
            except BudgetTooSmall:
                found = set()
            enough = found == wanted if bound.exact else found <= wanted and (bool(found) or bound.count + 1 > budget)
            if not enough:
                yield f"within {budget}: {sorted(found)} for {sorted(wanted)}, {bound}"

    def _again(self, constraint: Constraint, *, backwards: bool) -> Iterator[str]:
        """The same walks over other tables: states are built in another order, or thrown away on the way."""
        for path, masks in self._paths:
            for end in reversed(range(len(masks))) if backwards else range(len(masks)):
                matcher = constraint.matcher()
                try:
                    same = all(map(matcher.advance, path[:end])) and mask(matcher) == masks[end]
                except TableFull:  # this text alone fills them
                    continue
                self.renewals += matcher.constraint is not constraint
                if not same:
                    yield f"after {path[:end]}: another mask over {'fresh' if backwards else 'renewed'} tables"


def mask(matcher: Matcher, budget: int | None = None) -> set[int]:
    """The ids that the matcher allows."""
    [row] = new_rows(1, matcher.constraint.vocabulary.size)
    row[:] = 0x55555555
    matcher.write_mask(row, budget=budget)
    return set(allowed_ids(row).tolist())
