"""Regions: free text that a trigger ends where it occurs first, by brute force over all short texts."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

import fsmgen
from fsmgen.automata.words import random_word, spelled
from fsmgen.constraint import Constraint, compile
from fsmgen.errors import EmptyLanguage, InputError, InvalidOption, LimitReached
from fsmgen.frontends import (
    AmbiguousAnswerWarning,
    Region,
    free_text,
    free_until,
    integer,
    of_type,
    regex,
    region,
    sequence,
    special_token,
    template,
)
from fsmgen.grammar import Language
from fsmgen.tokens import Vocabulary
from fsmgen.tokens.bitmask import allowed_ids, new_rows
from tests.languages import BYTES
from tests.reference import accepts

TRIGGERS = ["a", "aa", "ab", "aba", "aab", "abab", "aabaa"]
BOUNDS = [(0, None), (0, 0), (0, 3), (2, None), (2, 4), (3, 3)]
THINKING = Vocabulary.from_tokens(
    [*BYTES, b"ab", b"ink", b"</th", b"ink>1", None, None, None], eos_ids=[260], special_ids={"</think>": 261, "<tool>": 262}
)


def texts(longest: int, alphabet: str = "abé"):
    return map("".join, itertools.chain(*(itertools.product(alphabet, repeat=n) for n in range(longest + 1))))


def within(length: int, bounds: tuple[int, int | None]) -> bool:
    return bounds[0] <= length and (bounds[1] is None or length <= bounds[1])


def checker(language: Language):
    automaton = language.grammar.automaton(language.source)

    def has(*pieces: str | int) -> bool:
        state = automaton.start
        for piece in pieces:
            state = automaton.run(state, piece.encode()) if isinstance(piece, str) else automaton.step(state, 256 + piece)
        return automaton.accepting(state)

    return has


@pytest.mark.parametrize("bounds", BOUNDS, ids=str)
@pytest.mark.parametrize("trigger", TRIGGERS)
def test_free_text_ends_at_the_first_occurrence_of_its_trigger(trigger, bounds):
    try:
        language = free_until(trigger, min_characters=bounds[0], max_characters=bounds[1])
    except EmptyLanguage:
        assert not any(first_ends_there(word, trigger, bounds) for word in texts(9, "ab"))
        return
    has = checker(language)
    for word in texts(6):
        wanted = first_ends_there(word, trigger, bounds)
        assert has(word) == wanted == accepts(language.grammar.rules["start"], word.encode())
        if wanted:
            assert language.read(word) == word[: -len(trigger)]


def first_ends_there(word: str, trigger: str, bounds: tuple[int, int | None]) -> bool:
    return word.endswith(trigger) and word.find(trigger) == len(word) - len(trigger) and within(len(word) - len(trigger), bounds)


@pytest.mark.parametrize("bounds", BOUNDS, ids=str)
@pytest.mark.parametrize("name", TRIGGERS)
def test_before_a_special_token_its_name_is_not_spelled_either(name, bounds):
    try:
        has = checker(free_until(special_token(name), min_characters=bounds[0], max_characters=bounds[1]))
    except EmptyLanguage:
        assert not any(first_ends_there(word + name, name, bounds) for word in texts(6, "ab"))
        return
    for word in texts(5):
        assert has(word, 0) == first_ends_there(word + name, name, bounds)
        assert not has(word) and not has(word, 0, "a")


@pytest.mark.parametrize("bounds", BOUNDS, ids=str)
@pytest.mark.parametrize("avoided", ["", *TRIGGERS])
def test_free_text_without_a_text(avoided, bounds):
    has = checker(free_text(without=avoided, min_characters=bounds[0], max_characters=bounds[1]))
    assert all(has(word) == (within(len(word), bounds) and (not avoided or avoided not in word)) for word in texts(5))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
def test_free_text_is_any_text_and_whole_characters(text):
    assert ANY(text) == ("</s>" not in text)
    automaton = of_type(str).grammar.automaton("")
    cut = automaton.run(automaton.start, text.encode()[:-1])
    assert automaton.accepting(cut) == (not text or text[-1].isascii())


ANY = checker(free_text(without="</s>"))


BOTH_KINDS = {"text": "</think>", "token": special_token("</think>"), "marks": "\n#### ", "overlapping token": special_token("aba")}


@pytest.mark.parametrize("trigger", BOTH_KINDS.values(), ids=BOTH_KINDS)
@pytest.mark.parametrize("after", ["end", "free"])
def test_random_answers_are_read_as_what_they_are_made_of(trigger, after):
    answer = regex("[a-c</]{1,3}")
    language = region(trigger, answer, after=after, min_characters=1, max_characters=12)
    automaton = language.grammar.automaton("")
    name = trigger if isinstance(trigger, str) else trigger.source.removeprefix("special token ").strip("'")
    for seed in range(40):
        word = spelled(random_word(automaton, random.Random(seed)), automaton.symbols)
        value = language.read(word)
        free, rest = word.split(name, 1)
        assert value.free == free and 1 <= len(free) <= 12 and value.answer + value.after == rest
        assert len(value.answer) == len(regex_prefix(rest)) and (after == "free" or value.after == "")


def regex_prefix(text: str) -> str:
    """The longest beginning that is an answer."""
    return "".join(itertools.takewhile(lambda character: character in "abc</", text[:3]))


def test_a_region_can_stand_in_a_template_and_in_a_sequence():
    form = template("Think: {thought}{answer}", thought=free_until("\nAnswer: "), answer=of_type(int))
    assert form.read("Think: 3 and 4\nare 7\nAnswer: 7") == {"thought": "3 and 4\nare 7", "answer": 7}
    twice = sequence(special_token("<tool>"), free_until(special_token("</think>")), integer(), free_text())
    assert twice.read("<tool>x</think>1</think>") == ("<tool>", "x", 1, "</think>")
    with pytest.warns(AmbiguousAnswerWarning):
        assert twice.read("<tool>x</think>12</think>") == ("<tool>", "x", 12, "</think>")


def allowed(constraint: Constraint, matcher) -> set[int]:
    [row] = new_rows(1, constraint.vocabulary.size)
    matcher.write_mask(row)
    return set(allowed_ids(row).tolist())


def test_a_special_token_is_allowed_exactly_where_the_region_may_end():
    constraint = compile(region(special_token("</think>"), of_type(int, 0, 9), min_characters=2), THINKING)
    matcher = constraint.matcher()
    assert 261 not in allowed(constraint, matcher) and 262 not in allowed(constraint, matcher)
    assert matcher.advance(256) and 261 in allowed(constraint, matcher)
    assert matcher.advance(258) and not matcher.advance(259) and 259 not in allowed(constraint, matcher)
    assert matcher.advance(257) and not matcher.advance(ord(">"))
    assert matcher.advance(261) and allowed(constraint, matcher) == {ord("0") + n for n in range(10)}
    matcher.rollback()
    assert matcher.advance(ord("x")) and matcher.advance(261) and matcher.advance(ord("7")) and allowed(constraint, matcher) == {260}


def test_a_token_may_contain_the_end_of_a_region_and_the_beginning_of_the_answer():
    constraint = compile(region("</think>", of_type(int, 0, 9)), THINKING)
    matcher = constraint.matcher()
    assert matcher.advance_bytes(b"a</th") and matcher.advance(259) and matcher.accepting
    assert allowed(constraint, matcher) == {260}
    matcher.rollback(2)
    assert not matcher.accepting and 259 in allowed(constraint, matcher)


def test_a_budget_closes_the_region_in_time():
    constraint = compile(region("\n#", of_type(int, 0, 9)), THINKING)
    matcher = constraint.matcher()
    [row] = new_rows(1, THINKING.size)
    assert matcher.advance_bytes(b"so") and matcher.write_mask(row, budget=4)
    assert set(allowed_ids(row).tolist()) == {ord("\n")}


def added(special: bool) -> Vocabulary:
    """A byte-level tokenizer to which `</think>` was added, as a special token or as text."""
    tokenizer = Tokenizer(models.BPE(vocab={letter: i for i, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}, merges=[]))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    tokenizer.add_special_tokens(["<eos>"])
    tokenizer.add_tokens([AddedToken("</think>", special=special, normalized=False)])
    return Vocabulary.from_tokenizer(tokenizer, eos_ids=[256])


@pytest.mark.parametrize("special", [True, False])
def test_a_named_token_that_a_tokenizer_counts_as_text_is_that_text(special):
    vocabulary = added(special)
    assert "</think>" in (vocabulary.special_ids if special else vocabulary.added_ids)
    constraint = compile(region(special_token("</think>"), of_type(int, 0, 9)), vocabulary)
    matcher = constraint.matcher()
    assert matcher.advance_bytes(b"3 < 4") and 257 in allowed(constraint, matcher)
    assert matcher.advance_bytes(b"</think>") is not special
    assert special or matcher.advance_bytes(b"7")
    assert special or constraint.language.read("3 < 4</think>7") == Region("3 < 4", 7)


def test_a_name_that_is_no_token_at_all_is_refused():
    with pytest.raises(InputError, match="'<think>' is no special token"):
        compile(region(special_token("<think>"), int), added(False))


def test_wrong_regions_are_refused():
    for trigger in ("", integer(), 5, "\ud800"):
        with pytest.raises(InputError):
            free_until(trigger)
    with pytest.raises(InputError, match="name of a special token"):
        special_token("")
    with pytest.raises(InvalidOption, match="after"):
        region("x", int, after="more")
    with pytest.raises(InvalidOption, match="max_characters"):
        free_text(min_characters=3, max_characters=2)
    with pytest.raises(InvalidOption, match="min_characters"):
        free_until("x", min_characters=-1)
    with pytest.raises(LimitReached, match="states of a region"):
        free_until("</think>", max_characters=1_000_000)
    with pytest.raises(InputError, match="'y' is no answer of any text until 'x'"):
        free_until("x").read("y")


def test_a_model_thinks_first_and_answers_then():
    model = fsmgen.load_model("embedded:stories")
    prompt = "Question: One box holds 9 pillows. How many pillows do 7 boxes hold?\nAnswer:"
    form = region("\nAnswer: ", of_type(int, 0, 999), max_characters=60)
    [answer] = fsmgen.generate(model, [prompt], form, max_tokens=60)
    assert answer.text == f"{answer.value.free}\nAnswer: {answer.value.answer}"
    assert len(answer.value.free) <= 60 and "\nAnswer: " not in answer.value.free and 0 <= answer.value.answer <= 999
