"""Answers that are texts or options, on each rung."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsmgen.errors import InvalidOption
from fsmgen.evaluation.extraction import RUNGS, AnswerForm, Cause, extract, normalise
from fsmgen.evaluation.outcomes import Kind, judge

TEXT = AnswerForm("So the answer is", ".", "text")
LETTER = AnswerForm("The answer is", ".", "option", ("(A)", "(B)", "(C)"))
YES = AnswerForm("The answer is", ".", "option", ("yes", "no"))
PIECES = st.lists(
    st.sampled_from(["(A)", "b", "C", " yes", " no", "The answer is ", "So the answer is", ".", "\n", "Answer: ", " a bad cat"]), max_size=6
)


def each(text: str, form: AnswerForm, *, truncated: bool = False) -> list[object]:
    found = [extract(text, rung, form=form, truncated=truncated) for rung in RUNGS]
    return [each.value if each.value is not None else each.cause for each in found]


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("Because. So the answer is a b.", TEXT, ["a b"] * 3),
        ("So the answer is x. So the answer is  y  z.", TEXT, ["y z"] * 3),
        ("So the answer is 3.5", TEXT, [Cause.MALFORMED, "3.5", "3.5"]),
        ("Answer: Rome", TEXT, [Cause.NO_MARKER, "Rome", "Rome"]),
        ("Rome", TEXT, [Cause.NO_MARKER, Cause.NO_MARKER, "Rome"]),
        ("", TEXT, [Cause.NO_MARKER, Cause.NO_MARKER, Cause.MALFORMED]),
        ("The answer is (B).", LETTER, ["(B)"] * 3),
        ("The answer is b", LETTER, ["(B)"] * 3),
        ("The answer is (B) because of (B).", LETTER, [Cause.MALFORMED, "(B)", "(B)"]),
        ("The answer is A or B.", LETTER, [Cause.MALFORMED, Cause.AMBIGUOUS, "(B)"]),
        ("(C)", LETTER, [Cause.NO_MARKER, "(C)", "(C)"]),
        ("a cat, then B", LETTER, [Cause.NO_MARKER, Cause.NO_MARKER, "(B)"]),
        ("a cat", LETTER, [Cause.NO_MARKER] * 3),
        ("Answer: D", LETTER, [Cause.NO_MARKER, Cause.MALFORMED, Cause.MALFORMED]),
        ("Yes.", YES, [Cause.NO_MARKER, "yes", "yes"]),
        ("I know: no", YES, [Cause.NO_MARKER, Cause.NO_MARKER, "no"]),
        ("nothing", YES, [Cause.NO_MARKER] * 3),
        ('{"reason": "A b.", "answer": "a, b"}', TEXT, [Cause.NO_MARKER, "a, b", "a, b"]),
        ('{"answer": {"x": 1}, "reason": "A b."}', TEXT, [Cause.NO_MARKER, '{"x": 1}', '{"x": 1}']),
        ('{"answer": "a b', TEXT, [Cause.NO_MARKER, '"a b', '"a b']),
        ('{"answer": "B", "reason": "A comes first."}', LETTER, [Cause.NO_MARKER, "(B)", "(B)"]),
        ("<reason>A b.</reason><answer>a b</answer></reply>", TEXT, [Cause.NO_MARKER, "a b", "a b"]),
    ],
)
def test_each_rung_finds_what_it_says(text, form, expected):
    assert each(text, form) == expected


@pytest.mark.parametrize(("text", "form", "expected"), [
    ("So the answer is a b", TEXT, [Cause.TRUNCATED] * 3),
    ("So the answer is a b.", TEXT, ["a b"] * 3),
    ("The answer is (A", LETTER, [Cause.TRUNCATED] * 3),
    ("The answer is no", YES, [Cause.TRUNCATED] * 3),
    ("The answer is no.", YES, ["no"] * 3),
])  # fmt: skip
def test_a_text_that_was_cut_off_has_a_value_only_if_it_was_finished(text, form, expected):
    assert each(text, form, truncated=True) == expected


@given(PIECES, st.sampled_from([TEXT, LETTER, YES]), st.booleans())
def test_a_value_stays_on_later_rungs_and_is_its_own_normal_form(pieces, form, truncated):
    found = [extract("".join(pieces), rung, form=form, truncated=truncated) for rung in RUNGS]
    for before, after in pairwise(found):
        assert before.value in (None, after.value)
    for one in found:
        assert (one.value is None) != (one.cause is None)
        assert one.value is None or normalise(one.value, form=form) == one.value


def test_prediction_and_gold_are_normalised_alike():
    assert judge(extract("The answer is b.", "strict", form=LETTER), "B", form=LETTER).kind is Kind.CORRECT
    assert judge(extract("So the answer is  x  y.", "strict", form=TEXT), "x y.", form=TEXT).kind is Kind.CORRECT
    assert normalise("E", form=LETTER) is None
    assert (LETTER.name, TEXT.name) == ("The answer is <(A)|(B)|(C)>.", "So the answer is <text>.")
    assert AnswerForm.of({"before": "A:", "after": "", "kind": "option", "options": ["x", "y"]}).options == ("x", "y")


@pytest.mark.parametrize(
    "options", [{"kind": "word"}, {"kind": "option"}, {"options": ("a",)}, {"kind": "option", "options": ("A", "(a)")}]
)
def test_a_form_that_cannot_be_is_refused(options):
    with pytest.raises(InvalidOption):
        AnswerForm(**options)
