"""The bench's texts are words of its patterns and grammars, and its tokens spell them."""

import re

import pytest

from bench import vocabularies
from bench.hard_grammars import CASES, _source
from bench.samples import SAMPLES, selected


def test_there_are_twelve_patterns_with_names_of_their_own():
    assert len(SAMPLES) == len({sample.name for sample in SAMPLES}) == 12


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_a_pattern_matches_its_text(sample):
    assert re.fullmatch(sample.pattern, sample.text)


def test_samples_are_selected_by_parts_of_their_names():
    assert [sample.name for sample in selected("integer, JSON")] == ["integer", "JSON answer"]
    assert selected("") == SAMPLES
    with pytest.raises(ValueError, match="'nothing'"):
        selected("nothing")


@pytest.mark.parametrize("name", vocabularies.NAMES)
def test_tokens_of_a_sample_spell_exactly_its_text(name):
    loaded = vocabularies.load(name)
    for sample in SAMPLES:
        assert loaded.vocabulary.decode(loaded.encode(sample.text)) == sample.text.encode()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hard_grammar_accepts_its_texts_of_every_length(case):
    grammar = _source(case).grammar
    assert grammar is not None
    automaton = grammar.automaton(case.name)
    words = [case.word(length).encode() for length in (10, 20, 60)]
    assert all(automaton.accepting(automaton.run(automaton.start, word)) for word in words)
    assert sorted(words, key=len) == words and len(words[0]) < len(words[-1])
