"""A compiled constraint: a language over a vocabulary, with the rows of masks that were asked for so far."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import numpy as np

from fsmgen.automata import DEAD, NEVER, UNBUILT
from fsmgen.constraint import saving
from fsmgen.constraint.distances import DistanceTable, LabelDistances, TokenBound, TokenDistances
from fsmgen.constraint.filling import LONGER, USUAL
from fsmgen.constraint.limits import DEFAULT_LIMITS, Limits
from fsmgen.constraint.matcher import Matcher
from fsmgen.constraint.openings import OpeningMatcher, OpeningTokens
from fsmgen.constraint.readers import report_of
from fsmgen.constraint.rows import RowBank
from fsmgen.constraint.token_fsm import EDGE_LIMIT, TokenFsm, token_fsm
from fsmgen.constraint.walker import LABEL_DISTANCES, Walker
from fsmgen.errors import BudgetTooSmall, InputError, LimitReached, Unspellable, UnsupportedFeature, VocabularyError
from fsmgen.grammar import Language, ReportEntry, States
from fsmgen.tokens import Vocabulary
from fsmgen.tokens.bitmask import Row, row_of


def compile(language: Language, vocabulary: Vocabulary, *, limits: Limits = DEFAULT_LIMITS) -> Constraint:
    """Join a language and a vocabulary.

    Cost: the automaton's parts; its states and its masks are built when they are asked for.

    Raises:
        EmptyLanguage: the grammar derives no word.
        Unspellable: no sequence of tokens spells a word.
        VocabularyError: the vocabulary has no end-of-sequence token.
        InputError: a named symbol is no special token, or ends the sequence.
        LimitReached: bytes without a token of their own make a search necessary, and it is too large.
    """
    return Constraint(language, vocabulary, limits)


def load_constraint(path: str | Path, vocabulary: Vocabulary, *, limits: Limits = DEFAULT_LIMITS) -> Constraint:
    """The constraint in a file that `Constraint.save` wrote.

    Raises:
        BrokenFile: it is no such file, is damaged, or is of another version.
        OtherVocabulary: it was saved for another vocabulary.
        OSError: it cannot be read.
    """
    return compile(saving.load(Path(path), vocabulary), vocabulary, limits=limits)


class Constraint:
    """What `compile` returns. Immutable in what it means; safe to use from many threads.

    Attributes:
        language: what is allowed.
        vocabulary: over which tokens.
        limits: how much it may take.
        known_row: the mask row of a state, if it is at hand.
    """

    def __init__(self, language: Language, vocabulary: Vocabulary, limits: Limits, *, like: Constraint | None = None) -> None:
        if not vocabulary.eos_ids:
            raise VocabularyError("the vocabulary has no end-of-sequence token, so an answer could never end")
        self.language, self.vocabulary, self.limits = language, vocabulary, limits
        automaton = like.walker.automaton.fresh() if like else _automaton(language, vocabulary, limits)
        self._family: _Family = like._family if like else _Family(self)
        self.walker: Walker = Walker(automaton, vocabulary, _symbol_tokens(automaton.symbols, vocabulary))
        self.start = automaton.start
        missing = _missing_bytes(automaton, vocabulary)
        self._distances: DistanceTable = TokenDistances(self.walker, limits.graph_nodes) if missing else LabelDistances(self.walker)
        if self._distances.of(self.start) == NEVER:
            raise Unspellable(language.source, missing=missing)
        self._rows, self._usual_rows = (RowBank(vocabulary.size, limits.row_bytes // 2) for _ in range(2))
        self.known_row: Callable[[int], Row | None] = self._rows.get
        self._eos_row = row_of(vocabulary.eos_ids, vocabulary.size)
        self._steps: dict[int, int] = {}
        self._size, self._all_alive = vocabulary.size, not self._distances.exact
        self._opening: OpeningTokens | None = like._opening if like else self._opened()

    def _opened(self) -> OpeningTokens | None:
        """The bound in tokens on the beginning of an answer."""
        opening = self.language.opening
        if opening is None:
            return None
        automaton = opening.grammar.spelled(self.vocabulary.added_ids).automaton(self.language.source)
        return OpeningTokens(opening, self, Walker(automaton, self.vocabulary, _symbol_tokens(automaton.symbols, self.vocabulary)))

    def matcher(self) -> Matcher:
        """A matcher at the start of a new sequence."""
        current = self._family.current
        return Matcher(current) if self._opening is None else OpeningMatcher(current, self._opening)

    def renewed(self) -> Constraint:
        """The same constraint with tables that are not full, for a matcher whose tables are."""
        with self._family.lock:
            if self._family.current is self:
                self._family.current = Constraint(self.language, self.vocabulary, self.limits, like=self)
            return self._family.current

    def shortest(self) -> TokenBound:
        """Tokens of the shortest answer."""
        return self.bound(self.start) if self._opening is None else self.matcher().min_tokens_to_accept()

    def distance(self, state: int) -> int:
        """An upper bound of the tokens from a state to acceptance that is at hand; NEVER if there are none."""
        return self._distances.of(state)

    def bound(self, state: int) -> TokenBound:
        """Fewest tokens from a state to acceptance: exact where the token graph is small, else an upper bound."""
        table = self._best_distances
        return TokenBound(table.of(state), table.exact)

    def require_budget(self, max_tokens: int) -> None:
        """Check that an answer and its end-of-sequence token fit `max_tokens`.

        Raises:
            BudgetTooSmall: the shortest answer is longer.
            LimitReached: the upper bound is too long, and the exact number is out of reach.
        """
        if self._distances.of(self.start) + 1 <= max_tokens if self._opening is None else self._opening.fits(max_tokens):
            return
        shortest = (self._exact_distances.of(self.start) if self._opening is None else self.shortest().count) + 1
        if shortest > max_tokens:
            raise BudgetTooSmall(self.language.source, shortest=shortest, budget=max_tokens)

    def accepting(self, state: int) -> bool:
        """Whether the text may end in this state."""
        return self.walker.automaton.accepting(state)

    def alive(self, state: int) -> bool:
        """Whether tokens lead from this state to acceptance."""
        return state != DEAD and self._distances.of(state) != NEVER

    def row(self, state: int) -> Row:
        """The mask row of a state, read-only; built at most once while the bank has room."""
        known = self._rows.get(state)
        if known is None:
            alike, usual, signature = self.walker.filler.alike(state, counted=not self._distances.exact)
            known = self._rows.get(alike)
            if known is None:
                known = self._rows.keep(alike, self._whole_row(alike, usual, signature))
            self._rows.share(state, known)
        return known

    def has_row(self, state: int, budget: int | None = None) -> bool:
        """Whether the row of a state, or the one within a budget, is at hand."""
        return (budget is None or budget - 2 >= self._farthest) and self._rows.get(state) is not None

    def after(self, state: int, token: int) -> int:
        """The state after a token that does not end the sequence; DEAD if it is not allowed."""
        if not 0 <= token < self._size:
            return DEAD
        key = state * self._size + token
        known = self._steps.get(key)
        if known is None:
            known = self.walker.after(state, token)
            known = known if self._all_alive or self.alive(known) else DEAD
            if len(self._steps) >= self.limits.steps:
                self._steps.clear()
            self._steps[key] = known
        return known

    def toward(self, state: int, token: int) -> int:
        """The same, but UNBUILT for a token that the row at hand allows, where the state after it is not known yet."""
        if not 0 <= token < self._size:
            return DEAD
        known = self._steps.get(state * self._size + token)
        if known is not None:
            return known
        row = self._rows.get(state)
        if row is None:
            return self.after(state, token)
        return UNBUILT if row.item(token >> 5) >> (token & 31) & 1 else DEAD

    def after_bytes(self, state: int, data: bytes) -> int:
        """The state after a text; DEAD if no answer goes on like this."""
        after = self.walker.automaton.run(state, data)
        return after if self.alive(after) else DEAD

    def forced(self, state: int) -> bytes:
        """The bytes with which every continuation of a state begins."""
        automaton, result = self.walker.automaton, bytearray()
        while not automaton.accepting(state):
            ways = np.flatnonzero(automaton.row(state)[automaton.classes] != DEAD)
            if len(ways) != 1 or ways[0] > 255:
                break
            result.append(int(ways[0]))
            state = automaton.step(state, int(ways[0]))
        return bytes(result)

    def _whole_row(self, state: int, usual: int, signature: int) -> Row:
        """The row of a state: that of the usual tokens, where states share it that differ in a count, and the few longer ones."""
        filler, table = self.walker.filler, self._distances.from_state(state)
        if table is not LABEL_DISTANCES:
            return self._built_row(state, self._distances, NEVER - 1)[0]
        if usual == state:
            row = filler.row(state, USUAL + LONGER, signature)
        else:
            row = self._usual_row(usual) | filler.row(state, LONGER, signature)
        if self.accepting(state):
            row = row | self._eos_row  # not in place: states may share the row
        if self.walker.has_others:
            row = row if row.flags.writeable else row.copy()
            self.walker.allow_others(state, table, NEVER - 1, row)
        return row

    def _usual_row(self, state: int) -> Row:
        known = self._usual_rows.get(state)
        return self._usual_rows.keep(state, self.walker.filler.row(state, USUAL)) if known is None else known

    def row_within(self, state: int, budget: int) -> tuple[Row, bool]:
        """The mask row of a state of the tokens after which an answer can still end within `budget` tokens, end token included.

        Returns:
            The row, and whether the budget left a token out. Where distances are upper bounds a token is left out unless it is sure to fit.

        Raises:
            BudgetTooSmall: nothing is left.
        """
        if budget - 2 >= self._farthest:
            return self.row(state), False
        row, removed = self._built_row(state, self._best_distances, budget - 2)
        if not row.any():
            bound = self.bound(state)
            raise BudgetTooSmall(self.language.source, shortest=bound.count + 1, budget=budget)
        return row, removed > 0

    def save(self, path: str | Path, *, overwrite: bool = False) -> None:
        """Write the constraint to a file, for `load_constraint`: rules, source, how answers are read, and the vocabulary's hash.

        Raises:
            InputError: its answers are read by a function that a file cannot name.
            OutputExists: there is such a file, and `overwrite` is False.
            OSError: it cannot be written.
        """
        saving.save(self, Path(path), overwrite=overwrite)

    def report(self) -> tuple[ReportEntry, ...]:
        """What became of each keyword of a schema, in its parts too; as `ReportEntry` says. Empty for others."""
        return report_of(self.language)

    def token_fsm(self, *, limit: int = EDGE_LIMIT) -> TokenFsm:
        """The whole machine over tokens, written out. For a finite or small language: the cost is two walks of the vocabulary a state.

        Raises:
            LimitReached: more than `limit` states or edges.
            UnsupportedFeature: a bound in tokens, which the states do not count.
        """
        if self._opening is not None:
            raise UnsupportedFeature("the machine of a language that is bounded in tokens", source=self.language.source, position=0)
        return token_fsm(self, limit=limit)

    @property
    def eos_row(self) -> Row:
        """The row that allows the end-of-sequence tokens only."""
        return self._eos_row

    def _built_row(self, state: int, table: DistanceTable, limit: int) -> tuple[Row, int]:
        row = self._eos_row.copy() if self.accepting(state) else np.zeros_like(self._eos_row)
        removed = self.walker.allow(state, table.from_state(state), limit, row)
        return row, removed

    @cached_property
    def _farthest(self) -> int:
        """No state is farther from acceptance; NEVER if there is no such bound."""
        return self.walker.automaton.farthest()

    @cached_property
    def _exact_distances(self) -> TokenDistances:
        known = self._distances
        return known if isinstance(known, TokenDistances) else TokenDistances(self.walker, self.limits.graph_nodes)

    @cached_property
    def _best_distances(self) -> DistanceTable:
        """Exact distances from the start, if they are within the limit."""
        try:
            self._exact_distances.from_state(self.start)
        except LimitReached:
            return self._distances
        return self._exact_distances


def _automaton(language: Language, vocabulary: Vocabulary, limits: Limits) -> States:
    """The automaton of the language, with the symbols that are ordinary text to the vocabulary spelled as text."""
    grammar = language.grammar if len(vocabulary.single_bytes) == 256 else language.grammar.expanded()
    automaton = grammar.automaton(language.source, table_bytes=limits.table_bytes)
    if any(name in vocabulary.added_ids for name in automaton.symbols):
        spelled = grammar.spelled(vocabulary.added_ids)
        return spelled.automaton(language.source, table_bytes=limits.table_bytes)
    return automaton


def _missing_bytes(automaton: States, vocabulary: Vocabulary) -> set[int]:
    """The bytes that some word uses and that are no token of their own."""
    return set() if len(vocabulary.single_bytes) == 256 else {label for label in automaton.labels if label < 256} - vocabulary.single_bytes


class _Family:
    """A constraint and those that took its place when its tables were full: states are numbers of one of them only."""

    def __init__(self, first: Constraint) -> None:
        self.lock, self.current = threading.Lock(), first


def _symbol_tokens(symbols: tuple[str, ...], vocabulary: Vocabulary) -> tuple[tuple[int, int], ...]:
    """Token id and label of each named symbol."""
    unknown = [name for name in symbols if name not in vocabulary.special_ids]
    if unknown:
        known = ", ".join(vocabulary.special_ids) or "none"
        raise InputError(f"{unknown[0]!r} is no special token of this vocabulary; its special tokens are: {known}")
    pairs = tuple((vocabulary.special_ids[name], 256 + i) for i, name in enumerate(symbols))
    ending = [name for name in symbols if vocabulary.special_ids[name] in vocabulary.eos_ids]
    if ending:
        raise InputError(f"{ending[0]!r} ends the sequence, so it cannot stand inside an answer")
    return pairs
