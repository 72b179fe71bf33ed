"""The laws of every Matcher, against the twin of `tests/reference.py`."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fsmgen.automata import DEAD
from fsmgen.constraint import Constraint, Limits, Matcher, compile, fill_masks
from fsmgen.errors import TableFull, Unspellable
from fsmgen.frontends.regex import parse
from fsmgen.grammar import Language
from fsmgen.tokens import Vocabulary
from fsmgen.tokens.bitmask import allowed_ids, mask_words, new_rows
from tests.languages import EXPRESSIONS, VOCABULARIES, language
from tests.reference import ReferenceMatcher, derive, shortest_length

ALL = [(name, vocabulary) for name in EXPRESSIONS for vocabulary in VOCABULARIES]
CASES = [case for case in ALL if ReferenceMatcher(EXPRESSIONS[case[0]], VOCABULARIES[case[1]]).fewest_tokens() is not None]
_compiled: dict[tuple[str, str], Constraint] = {}


def constraint_of(case: tuple[str, str]) -> Constraint:
    if case not in _compiled:
        _compiled[case] = compile(language(case[0]), VOCABULARIES[case[1]])
    return _compiled[case]


def mask(matcher: Matcher, budget: int | None = None) -> set[int]:
    [row] = new_rows(1, matcher.constraint.vocabulary.size)
    row[:] = 0x55555555
    matcher.write_mask(row, budget=budget)
    return set(allowed_ids(row).tolist())


def walk(case: tuple[str, str], choices: list[int]) -> tuple[Matcher, ReferenceMatcher, list[int]]:
    """A matcher and its twin after a random walk that stops before an end token."""
    constraint = constraint_of(case)
    matcher, twin, path = constraint.matcher(), ReferenceMatcher(EXPRESSIONS[case[0]], constraint.vocabulary), []
    for number in choices:
        ids = sorted(mask(matcher) - set(constraint.vocabulary.eos_ids))
        if not ids:
            break
        path.append(ids[number % len(ids)])
        assert matcher.advance(path[-1])
        twin = twin.after(path[-1])
    return matcher, twin, path


walks = st.lists(st.integers(0, 10_000), max_size=6)
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]} over {case[1]}")


@every_case
@settings(max_examples=15)
@given(choices=walks)
def test_a_token_is_allowed_exactly_when_the_twin_says_so(case, choices):
    matcher, twin, _ = walk(case, choices)
    assert mask(matcher) == twin.allowed()


@every_case
@settings(max_examples=8)
@given(choices=walks)
def test_mask_and_advance_agree_on_every_id(case, choices):
    matcher, _, _ = walk(case, choices)
    allowed = mask(matcher)
    assert allowed, "a reachable row is empty"
    for token in range(-1, matcher.constraint.vocabulary.size + 3):
        other = matcher.fork()
        assert other.advance(token) == (token in allowed)
        if token not in matcher.constraint.vocabulary.eos_ids and not matcher.finished:
            assert (matcher.constraint.after(matcher.state, token) != DEAD) == (token in allowed), "asked of the automaton, not of the row"
        assert other.steps == matcher.steps + (token in allowed)


@every_case
@settings(max_examples=8)
@given(choices=walks)
def test_the_end_token_is_allowed_exactly_in_accepting_states_and_finishes(case, choices):
    matcher, _, _ = walk(case, choices)
    eos = set(matcher.constraint.vocabulary.eos_ids)
    assert bool(mask(matcher) & eos) == matcher.accepting
    assert not matcher.finished
    if matcher.accepting:
        assert mask(matcher) & eos == eos
        assert matcher.advance(min(eos))
        assert matcher.finished and matcher.accepting and mask(matcher) == eos
        assert matcher.advance(max(eos)) and not matcher.advance_bytes(b"a")
        matcher.rollback()
        assert not matcher.finished


@every_case
@settings(max_examples=8)
@given(choices=walks, data=st.data())
def test_how_a_text_is_cut_into_tokens_does_not_matter(case, choices, data):
    matcher, _, path = walk(case, choices)
    vocabulary = matcher.constraint.vocabulary
    other = matcher.constraint.matcher()
    for token in path:
        piece = vocabulary.token_bytes(token)
        if not vocabulary.is_text(token):
            assert other.advance(token)
            continue
        cut = data.draw(st.integers(0, len(piece))) if case[1] != "few bytes" else 0  # there the middle of a token can be a dead end
        assert other.advance_bytes(piece[:cut]) and other.advance_bytes(piece[cut:])
    assert other.state == matcher.state


@every_case
@settings(max_examples=6)
@given(choices=walks)
def test_a_step_that_was_put_off_is_as_if_it_had_been_taken(case, choices):
    """A token that the row at hand allows is taken without its state; whatever is asked first builds it."""
    _, _, path = walk(case, choices)
    questions = {
        "state": lambda m: m.state >= 0, "accepting": lambda m: m.accepting, "finished": lambda m: m.finished, "forced": Matcher.forced,
        "bound": Matcher.min_tokens_to_accept, "rollback": lambda m: (m.rollback(), mask(m)), "fork": lambda m: mask(m.fork()),
        "has_row": lambda m: (m.has_row(), mask(m))[1], "end": lambda m: (m.advance(m.constraint.vocabulary.eos_ids[0]), m.steps, mask(m)),
    }  # fmt: skip
    for question in questions.values() if path else ():
        fresh = [compile(language(case[0]), VOCABULARIES[case[1]]).matcher() for _ in range(2)]
        for i, matcher in enumerate(fresh):
            for token in path:
                mask(matcher) if i == 0 else None  # without a row at hand every state is built at once
                assert matcher.advance(token)
        assert question(fresh[0]) == question(fresh[1])
        assert [m.steps for m in fresh] == [fresh[1].steps] * 2 and mask(fresh[0]) == mask(fresh[1])


def test_the_state_after_a_token_of_the_row_at_hand_is_built_by_the_next_mask():
    matcher = compile(language(r"\d{3}"), VOCABULARIES["bytes and merges"]).matcher()
    mask(matcher)
    built = matcher.constraint.walker.automaton.state_count
    assert not matcher.advance(ord("a")) and matcher.advance(ord("1")) and matcher.steps == 1 and len(matcher._states) == 1
    mask(matcher)
    assert len(matcher._states) == 2 and matcher.constraint.walker.automaton.state_count >= built


@every_case
@settings(max_examples=8)
@given(choices=walks, data=st.data())
def test_rollback_undoes_and_a_fork_is_independent(case, choices, data):
    matcher, _, path = walk(case, choices)
    back = data.draw(st.integers(0, len(path)))
    shorter, _, _ = walk(case, [])
    for token in path[: len(path) - back]:
        shorter.advance(token)
    fork = matcher.fork()
    fork.rollback(back)
    assert fork.state == shorter.state and mask(fork) == mask(shorter)
    assert matcher.steps == len(path)


@every_case
@settings(max_examples=8)
@given(choices=walks)
def test_bounds_and_budgets_are_the_twins(case, choices):
    matcher, twin, _ = walk(case, choices)
    bound, fewest = matcher.min_tokens_to_accept(), twin.fewest_tokens()
    assert fewest is not None and bound.count >= fewest and (bound.count == fewest or not bound.exact)
    assert bound.exact or bound.count <= shortest_length(twin.language)
    for budget in range(bound.count + 1, bound.count + 4):
        allowed = mask(matcher, budget)
        assert allowed and allowed <= twin.allowed(budget)
        if bound.exact:
            assert allowed == twin.allowed(budget)


@every_case
@settings(max_examples=8)
@given(choices=walks)
def test_forced_bytes_are_the_twins(case, choices):
    matcher, twin, _ = walk(case, choices)
    assert matcher.forced() == twin.forced()


@every_case
@settings(max_examples=6)
@given(extra=st.integers(0, 4), choices=st.lists(st.integers(0, 10_000), min_size=30, max_size=30))
def test_every_walk_within_a_budget_ends_with_a_word(case, extra, choices):
    constraint = constraint_of(case)
    budget = constraint.shortest().count + 1 + extra
    constraint.require_budget(budget)
    matcher = constraint.matcher()
    for left, number in zip(range(budget, 0, -1), choices, strict=False):
        ids = sorted(mask(matcher, left))
        assert matcher.advance(ids[number % len(ids)])
        if matcher.finished:
            break
    assert matcher.finished


@pytest.mark.parametrize("case", [case for case in ALL if case not in CASES], ids=str)
def test_a_language_that_the_tokens_cannot_spell_is_refused_with_the_bytes(case):
    with pytest.raises(Unspellable) as error:
        constraint_of(case)
    assert error.value.missing


def test_counts_do_not_share_rows_where_tokens_cannot_spell_every_count():
    """From an odd count of 40 no `aa` leads to the end, though the bytes ahead look the same as from an even one."""
    pattern = "a{40}b"
    vocabulary = Vocabulary.from_tokens([b"aa", b"b", None], eos_ids=(2,))
    matcher = compile(Language.of(parse(pattern), pattern), vocabulary).matcher()
    for _ in range(20):
        assert mask(matcher) == {0}
        assert matcher.advance(0)
    assert mask(matcher) == {1}


def test_the_small_languages_of_this_contract_have_exact_bounds():
    assert all(constraint_of(case).shortest().exact for case in CASES)


def test_rows_that_were_evicted_are_built_again():
    constraint = compile(language(r"\d{3}"), VOCABULARIES["bytes and merges"], limits=Limits(row_bytes=1))
    matcher = constraint.matcher()
    first = mask(matcher)
    matcher.advance(ord("1"))
    second = mask(matcher)
    matcher.rollback()
    assert mask(matcher) == first != second
    assert np.array_equal(constraint.row(matcher.state), constraint.row(constraint.start))


COUNTED = {
    r"[ab]{3,40}1?": "a",
    r"(?:a|bb|é|日){5,40}": "bb",
    r"(?:[ab]{2,30}1){2,20}": "aba1",
    r"(?:aé){20,}": "aé",
    r"[ab1]{10,60}Ans: \d": "ab",
}


@pytest.mark.parametrize("pattern", COUNTED)
@pytest.mark.parametrize("vocabulary", ["bytes and merges", "odd ids"])
def test_masks_are_exact_at_every_count_of_a_repeat(pattern, vocabulary):
    """Counts share rows while no token can tell them apart; near the bounds each has its own."""
    expression = parse(pattern)
    matcher = compile(Language.of(expression, pattern), VOCABULARIES[vocabulary]).matcher()
    twin = ReferenceMatcher(expression, VOCABULARIES[vocabulary])
    for count in range(70):
        assert mask(matcher) == twin.allowed(), count
        if not matcher.advance_bytes(COUNTED[pattern].encode()):
            break
        twin.language = derive(twin.language, COUNTED[pattern].encode())
    assert count > 15


EOS = 274
"""The end token of "bytes and merges"."""


def test_full_tables_end_no_sequence():
    """With room for a few dozen states matchers move to new tables again and again, and nothing that they say changes."""
    pattern = "(?:[ab]{2,60}1){2,60}"
    language_, vocabulary = Language.of(parse(pattern), pattern), VOCABULARIES["bytes and merges"]
    small, large = (compile(language_, vocabulary, limits=Limits(table_bytes=size)) for size in (29_000, 1 << 29))
    pairs = [(small.matcher(), large.matcher()) for _ in range(6)]
    generator, seen = random.Random(0), [small]
    for _ in range(600):
        one, other = generator.choice(pairs)
        assert mask(one) == mask(other) and one.accepting == other.accepting and one.forced() == other.forced()
        step = generator.choice(sorted(mask(other) - {EOS} or {EOS}))
        if other.steps > 5 and generator.random() < 0.1:
            one.rollback(3), other.rollback(3)
        elif not other.finished:
            assert one.advance(step) and other.advance(step)
        seen += [one.constraint] if one.constraint is not seen[-1] else []
    assert len(seen) > 2
    assert small.matcher().constraint is not small


def test_a_sequence_that_fills_the_tables_alone_is_an_error_that_names_the_limit():
    pattern, limits = "[ab]{2,9000}", Limits(table_bytes=100_000)
    constraint = compile(Language.of(parse(pattern), pattern), VOCABULARIES["bytes and merges"], limits=limits)
    matcher = constraint.matcher()
    with pytest.raises(TableFull, match="the limit is 100000"):
        matcher.advance_bytes(b"ab" * 4000)
    assert matcher.steps == 0 and mask(matcher)


def test_eight_threads_share_a_constraint_whose_tables_fill_up():
    pattern = "(?:[ab]{2,30}1){2,20}"
    language_, vocabulary = Language.of(parse(pattern), pattern), VOCABULARIES["bytes and merges"]
    small, large = (compile(language_, vocabulary, limits=Limits(table_bytes=size)) for size in (29_000, 1 << 29))

    def walk(constraint: Constraint, seed: int) -> list[set[int]]:
        matcher, generator, seen = constraint.matcher(), random.Random(seed), []
        for _ in range(40):
            seen.append(mask(matcher))
            matcher.advance(generator.choice(sorted(seen[-1])))
        return seen

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(partial(walk, small), range(16))) == [walk(large, seed) for seed in range(16)]


def test_rows_filled_by_threads_are_those_filled_one_by_one():
    vocabulary = VOCABULARIES["bytes and merges"]
    constraints = [compile(Language.of(parse(pattern), pattern), vocabulary) for pattern in ("a{2,9}b", "[ab]*", "(ab|b){3}", "b+a?")]
    matchers = [*(constraint.matcher() for constraint in constraints for _ in range(2)), None]
    for step in range(4):
        single, together = (np.zeros((len(matchers), mask_words(vocabulary.size)), np.uint32) for _ in range(2))
        with ThreadPoolExecutor(4) as pool:
            left_out = fill_masks(matchers, together, [9 - step] * len(matchers), pool=pool)
        assert (fill_masks(matchers, single, [9 - step] * len(matchers)) == left_out).all()
        assert (single == together).all()
        assert all(matcher is None or matcher.advance(int(allowed_ids(row)[-1])) for matcher, row in zip(matchers, single, strict=True))
