"""The laws of a matcher over random grammars and random vocabularies; `bench/grammar_campaign.py` asks more, of thousands."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest

from fsmgen.automata import Call, Words, choice, repeat, sequence, text
from fsmgen.constraint import Constraint
from fsmgen.grammar import States
from tests.grammar_laws import Walks, automaton_laws
from tests.random_grammars import ALPHABETS, Grammars, random_tokens
from tests.reference import SpanTwin
from tests.reference_paths import ShortWords, TokenTwin

VOCABULARIES = 6


def walks_of(seed: int) -> Walks:
    made = Grammars(seed)
    return Walks(made.rules(), random_tokens(made.alphabet, seed % VOCABULARIES), random.Random(seed))


@pytest.mark.parametrize("block", range(5))
def test_masks_of_random_grammars_are_the_twins(block):
    rows = 0
    for seed in range(30 * block, 30 * block + 30):
        walks = walks_of(seed)
        assert list(walks.laws(walks=1, steps=3)) == [], (seed, walks.rules)
        rows += walks.rows
    assert rows > 25


def test_words_and_distances_of_random_grammars_are_the_twins():
    for seed in range(1000, 1040):
        made = Grammars(seed)
        rules = made.rules()
        assert list(automaton_laws(rules, made.alphabet, length=3)) == [], (seed, rules)


def test_the_laws_notice_a_wrong_bit_a_wrong_step_and_a_wrong_word(monkeypatch):
    right_row, right_step, right_end = Constraint.row, Constraint.after, States.accepting
    rules = {"start": choice([sequence([text("a"), Call("start"), text("b")]), text("ab")])}
    tokens, alphabet = random_tokens(ALPHABETS[0], 0), ALPHABETS[0]

    def messages() -> Iterator[str]:
        yield from Walks(rules, tokens, random.Random(0)).laws()
        yield from automaton_laws(rules, alphabet)

    assert list(messages()) == []
    with monkeypatch.context() as patch:
        patch.setattr(Constraint, "row", lambda self, state: right_row(self, state) ^ np.uint32(1))
        assert any("the mask has" in message for message in messages())
    with monkeypatch.context() as patch:
        patch.setattr(Constraint, "after", lambda self, state, token: right_step(self, state, token) if state != self.start else 0)
        assert any("advance and the mask differ" in message for message in messages())
    with monkeypatch.context() as patch:
        patch.setattr(States, "accepting", lambda self, state: right_end(self, state) != (self.distance(state) == 2))
        assert any("accepting is True" in message for message in messages())


def test_the_twins_agree_with_each_other_and_with_spans():
    rules = {"start": choice([sequence([Call("start"), text("b"), Call("x")]), Words((b"", b"a"))]), "x": repeat(Words((b"", b"ab")), 2, 3)}
    words = ShortWords(rules, "start", length=5, letters=b"ab").words
    twin = TokenTwin(rules, "start", [(97,), (98,), (97, 98)])
    for number in range(2, 64):
        word = bytes(97 + int(bit) for bit in bin(number)[3:])
        spans = SpanTwin(rules, "start", word)
        fewest = twin.fewest(tuple(word))
        assert spans.accepts == (tuple(word) in words) == (fewest == 0)
        assert spans.is_prefix == (fewest is not None)
