"""Choice lists, and choices of values."""

from __future__ import annotations

import random
from enum import Enum, StrEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsmgen.errors import EmptyLanguage, InputError, InvalidOption
from fsmgen.frontends import choice, regex


@given(
    options=st.lists(st.text(st.sampled_from("abé"), max_size=4), min_size=1, max_size=8), other=st.text(st.sampled_from("abé"), max_size=4)
)
def test_the_words_are_the_options(options, other):
    automaton = choice(options).grammar.automaton("")
    for text in [*options, other]:
        assert automaton.accepting(automaton.run(automaton.start, text.encode())) == (text in options)


@pytest.mark.parametrize("space", ["no", "optional", "required"])
def test_a_leading_space_is_part_of_the_text_and_not_of_the_value(space):
    language = choice(["yes"], leading_space=space)
    automaton = language.grammar.automaton("")
    accepted = {text for text in ("yes", " yes", "  yes") if automaton.accepting(automaton.run(automaton.start, text.encode()))}
    assert accepted == {"no": {"yes"}, "optional": {"yes", " yes"}, "required": {" yes"}}[space]
    assert {language.read(text) for text in accepted} == {"yes"}


class Grade(Enum):
    PASS = "pass"
    FAIL = "fail"


class Letter(StrEnum):
    A = "a"


def test_a_mapping_and_an_enum_give_each_text_its_value():
    assert choice({"yes": True, "no": False}).read("no") is False
    assert choice(Grade).read("fail") is Grade.FAIL
    assert choice([Grade.PASS, "other", Letter.A]).read("pass") is Grade.PASS
    assert choice([Grade.PASS, "other", Letter.A]).read("a") is Letter.A
    assert choice(["x", "x"]).source == "choice ['x']"
    with pytest.raises(InputError, match="'maybe' is no answer of choice"):
        choice({"yes": True}).read("maybe")
    with pytest.raises(InputError, match="stands for both"):
        choice(["a", Letter.A])
    with pytest.raises(InputError, match="int"):
        choice(Enum("Number", ["ONE"]))
    with pytest.raises(InvalidOption, match="begins with a space"):
        choice([" a"], leading_space="optional")


def test_a_hundred_thousand_options_are_decided():
    generator = random.Random(1)
    options = {"".join(generator.choices("abcdefghij", k=generator.randint(5, 15))) for _ in range(100_000)}
    automaton = choice(options).grammar.automaton("")
    for option in generator.sample(sorted(options), 300):
        for text in (option, option[:-1], option + "a", option[1:]):
            assert automaton.accepting(automaton.run(automaton.start, text.encode())) == (text in options)


def test_wrong_lists_are_refused():
    with pytest.raises(EmptyLanguage, match="the list is empty"):
        choice([])
    with pytest.raises(InputError, match="one text"):
        choice("yes")
    with pytest.raises(InputError, match="int"):
        choice([1])
    with pytest.raises(InputError, match="lone surrogate"):
        choice(["\ud800"])
    with pytest.raises(InvalidOption, match="leading_space"):
        choice(["a"], leading_space="maybe")
    with pytest.raises(InvalidOption, match="already"):
        regex("a", leading_space="optional").with_leading_space("required")


def test_a_long_list_is_described_shortly():
    assert choice(map(str, range(2001))).source == "choice ['0', '1', '2', '3', '4', ... (2001 in all)]"
