"""Languages made of languages: what is read is what the inner language reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsmgen.automata import Call, choice, repeat, sequence, text
from fsmgen.errors import EmptyLanguage, InputError, InvalidOption
from fsmgen.frontends import after_marks, answer_is, any_of, boxed, integer, of_type, regex, wrapped
from fsmgen.frontends import choice as choice_of
from fsmgen.grammar import Grammar, Language
from tests.frontends.enumeration import membership, words

NESTED = Language(
    Grammar({"s": choice([text("x"), sequence([text("("), Call("s"), text(")")])])}, "s"), "nested", parse=lambda t: t.count("(")
)


def accepts(language: Language, answer: str) -> bool:
    automaton = language.grammar.automaton(language.source)
    return automaton.accepting(automaton.run(automaton.start, answer.encode()))


def test_the_marks_of_evaluations_stand_around_the_answer():
    assert words(boxed(integer(8, 11)), 12) == {r"\boxed{8}", r"\boxed{9}", r"\boxed{10}", r"\boxed{11}"}
    assert words(after_marks(integer(8, 9)), 12) == {"#### 8", "#### 9"}
    assert words(answer_is(integer(8, 9)), 20) == {"The answer is 8.", "The answer is 9."}
    assert boxed(integer()).read(r"\boxed{-12}") == -12
    assert after_marks(integer(thousands="optional")).read("#### 1,234") == 1234
    assert answer_is(of_type(float), "Answer: ", "!").read("Answer: 0.5!") == 0.5
    assert boxed(answer_is(integer(), "= ", "")).read(r"\boxed{= 3}") == 3


@given(before=st.text("ab{", max_size=3), after=st.text("ab}", max_size=3), inner=st.text("ab", max_size=4))
def test_a_wrapped_text_is_read_as_the_inner_one(before, after, inner):
    language = wrapped(regex("[ab]*"), before, after)
    assert membership(language)(before + inner + after)
    assert language.read(before + inner + after) == inner


def test_a_space_inside_is_the_inner_ones_and_a_space_outside_the_outer_ones():
    language = boxed(integer(1, 2, leading_space="optional"), leading_space="optional")
    assert words(language, 12) == {f"{outer}\\boxed{{{inner}{n}}}" for outer in ("", " ") for inner in ("", " ") for n in (1, 2)}
    assert {language.read(word) for word in words(language, 12)} == {1, 2}
    assert after_marks(NESTED, leading_space="required").with_leading_space("no").leading_space == "required"


def test_rules_that_call_each_other_stay_apart():
    both = any_of(NESTED, wrapped(NESTED, "[", "]"), after_marks(any_of(NESTED, integer(1, 2)), "#"), leading_space="optional")
    for answer, value in {"x": 0, "((x))": 2, "[(x)]": 1, "#(x)": 1, "#2": 2, " #((x))": 2}.items():
        assert accepts(both, answer) and both.read(answer) == value
    for answer in ("", "[x", "(x", "#", "3", "[1]", "  x", "#(1)"):
        assert not accepts(both, answer)


def test_any_of_reads_as_the_first_that_has_the_text():
    language = any_of(choice_of({"1": "one"}), integer(), regex("[a-z0-9]+"))
    assert [language.read(answer) for answer in ("1", "2", "02", "abc")] == ["one", 2, "02", "abc"]
    with pytest.raises(InputError, match="'A' is no answer of"):
        language.read("A")
    assert any_of(integer()).read("7") == 7


def test_a_text_that_has_no_value_is_an_input_error():
    for language, answer in [
        (integer(), "x"),
        (boxed(integer()), "5"),
        (boxed(integer()), r"\boxed{}"),
        (wrapped(regex("a*"), "ab", "ba"), "aba"),
        (of_type(bool), "yes"),
        (of_type(float), "1,0"),
        (choice_of(["a"]), "b"),
        (any_of(integer()), "\ud800"),
    ]:
        with pytest.raises(InputError, match="is no answer of"):
            language.read(answer)


def test_wrong_parts_are_refused():
    with pytest.raises(EmptyLanguage):
        any_of()
    with pytest.raises(InputError, match="lone surrogate"):
        wrapped(integer(), "\ud800")
    with pytest.raises(InvalidOption, match="leading_space"):
        boxed(integer(), leading_space="maybe")
    assert boxed(integer()).source == r"'\\boxed{' integer '}'"


def test_an_unknown_rule_stays_unknown_inside_a_wrapper():
    language = wrapped(Language(Grammar({"s": sequence([text("a"), Call("start")])}, "s"), "broken"), "b")
    with pytest.raises(InputError, match=r"rule '0\.start' is called"):
        language.grammar.automaton("")


def test_what_calls_no_rule_is_put_in_without_a_call():
    assert list(boxed(integer(), leading_space="optional").grammar.rules) == ["start"]
    assert repeat(text("a"), 0, 1) in Grammar.combined([Grammar.of(repeat(text("a"), 0, 1))], sequence).rules.values()
