"""Sections hold every token of a trie once, and their words and the others together are their tokens."""

from __future__ import annotations

import random

import numpy as np
import pytest

from fsmgen.tokens import Vocabulary, allowed_ids, sections
from fsmgen.tokens.sections import Cut


def tokens_of(cut: Cut, section: int) -> set[int]:
    """The ids in the nodes of a section, by a walk over its ranges and the blocks that they lead to."""
    found, waiting = set[int](), [tuple(each) for each in cut.ranges[cut.sections[section, 4] : cut.sections[section, 5]].tolist()]
    while waiting:
        at, last = waiting.pop()
        for i in range(at, last):
            node = int(cut.blocks[i])
            found.add((node >> 16 & 0xFFFFFF) - 1)
            if (after := node >> 40) <= i:
                waiting.append((after + 1, int(cut.blocks[after]) >> 40))
    return found - {-1}


@pytest.fixture(params=range(4))
def vocabulary(request, monkeypatch) -> Vocabulary:
    monkeypatch.setattr(sections, "_CUT", 1)
    monkeypatch.setattr(sections, "_SECTION", request.param + 1)
    choose = random.Random(request.param)
    texts = {"".join(choose.choices("  ab(_.Z1é", k=choose.randint(2, 5))).encode() for _ in range(400)}
    pieces = texts | {bytes([byte]) for byte in range(256)}
    return Vocabulary.from_tokens([None, *sorted(pieces)], eos_ids=[0])


def test_each_token_is_in_one_section(vocabulary):
    for part in vocabulary.sections:
        parts = [tokens_of(part.all, i) for i in range(len(part.all.sections))]
        own = [int(32 * (word - 1) + bit) for _, word, bit, *_ in part.all.sections[:-1].tolist() if word]
        inside = sorted([*own, *(token for tokens in parts for token in tokens)])
        assert len(inside) == len(set(inside))
        for (byte, *_), tokens in zip(part.all.sections.tolist(), parts, strict=True):
            firsts = {vocabulary.token_bytes(token)[0] for token in tokens}
            assert firsts <= {byte} if byte >= 0 else not firsts & set(part.all.before)
    every = {token for part in vocabulary.sections for i in range(len(part.all.sections)) for token in tokens_of(part.all, i)}
    assert {token for token in range(1, vocabulary.size) if len(vocabulary.token_bytes(token) or b"") > 1} <= every


def test_words_are_letters_after_the_byte_and_the_rest_are_the_others(vocabulary):
    for part in vocabulary.sections:
        assert part.rests.before == part.all.before
        for i in range(len(part.all.sections)):
            words, rest = {int(token) for token in allowed_ids(part.words[i, 1:])}, tokens_of(part.rests, i)
            assert not words & rest
            assert words | rest == tokens_of(part.all, i)
            for token in words:
                spelled = vocabulary.token_bytes(token)[1 if i < len(part.all.before) else 0 :]
                assert spelled.isalpha()
                assert spelled.isascii()


def test_places_are_the_words_of_rows_in_which_the_tokens_are(vocabulary):
    for part in vocabulary.sections:
        for i in range(len(part.all.sections)):
            places = part.places[part.heads[i] : part.heads[i + 1]]
            if len(places):
                assert set(places.tolist()) == {1 + token // 32 for token in tokens_of(part.all, i)}
    assert part.words.shape[1] == 1 + (vocabulary.size + 31) // 32
    assert not np.any(part.words[:, 0])
