"""The ladder, number by number, and its laws."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsmgen.evaluation.extraction import RUNGS, AnswerForm, Cause, extract, normalise
from fsmgen.evaluation.outcomes import Kind, judge

NONE, BAD, MANY, CUT = Cause.NO_MARKER, Cause.MALFORMED, Cause.AMBIGUOUS, Cause.TRUNCATED
CASES = [  # text, then strict, flexible, lenient
    ("3 + 4 = 7. The answer is 7.", "7", "7", "7"),
    ("The answer is 7", "7", "7", "7"),
    ("The answer is\n$1,234.50. ", "1234.5", "1234.5", "1234.5"),
    ("The answer is -5.", "-5", "-5", "-5"),
    ("The answer is 7. 3 + 4 = 7.", BAD, "7", "7"),
    ("The answer is 12 apples.", BAD, "12", "12"),
    ("THE ANSWER IS 12.", NONE, "12", "12"),
    ("The answer is 8. The answer is 9.", "9", "9", "9"),
    ("Answer: 8\nThe answer is 9 cups.", BAD, MANY, "9"),
    ("The answer is 1/5.", BAD, MANY, "5"),
    ("The answer is 3 or 4.", BAD, MANY, "4"),
    ("The answer is twelve.", BAD, BAD, NONE),
    ("steps\n#### 18", NONE, "18", "18"),
    ('{"reason": "3 + 4 = 7.", "answer": 7}', NONE, "7", "7"),
    ('{"answer": 7, "reason": "3 + 4 = 7."}', NONE, "7", "7"),
    ('{"answer": "1,007"}', NONE, "1007", "1007"),
    ("So \\boxed{12}", NONE, "12", "12"),
    ("He has 3 left\nA: 3", NONE, "3", "3"),
    ("What is IA: 3?", NONE, NONE, "3"),
    ("3 + 4 = 7", NONE, "7", "7"),
    (" 12 ", NONE, "12", "12"),
    ("It costs 1,234, and no more", NONE, NONE, "1234"),
    ("a 1.5kg bag of 3.", NONE, NONE, "3"),
    ("13-3 and 4", NONE, NONE, "4"),
    ("x12", NONE, NONE, NONE),
    ("", NONE, NONE, NONE),
]
TRUNCATED = [
    ("The answer is 7. And", CUT, "7", "7"),
    ("The answer is 7.", "7", "7", "7"),
    ("The answer is 7", CUT, CUT, CUT),
    ("#### 18", CUT, CUT, CUT),
    ("3 + 4 = 7 and then", CUT, CUT, "7"),
    ("3 + 4 = 7", CUT, CUT, CUT),
    ("no number", CUT, CUT, CUT),
]


@pytest.mark.parametrize(
    ("text", "expected", "truncated"), [(c[0], c[1:], False) for c in CASES] + [(c[0], c[1:], True) for c in TRUNCATED]
)
def test_each_rung_reads_what_the_table_says(text, expected, truncated):
    found = [extract(text, rung, truncated=truncated) for rung in RUNGS]
    assert tuple(each.value or each.cause for each in found) == expected


@given(st.text(st.sampled_from('The answer is:#=A \n.,$-+0123456789}{"x'), max_size=40) | st.text(max_size=30), st.booleans())
def test_there_is_a_value_or_a_cause_and_a_stricter_value_holds_on_every_later_rung(text, truncated):
    found = [extract(text, rung, truncated=truncated) for rung in RUNGS]
    for each in found:
        assert (each.value is None) != (each.cause is None)
        assert each.value is None or normalise(each.value) == each.value
    for strict, loose in pairwise(found):
        assert strict.value is None or loose == strict


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9))
def test_all_spellings_of_a_number_are_one_value(number):
    expected = normalise(f"{number:f}")
    assert expected is not None
    assert Decimal(expected) == number
    for spelling in (f"{number:,f}", f"${number:f}", f"{number:f}000", f" {number:f}.", f"{number:f}".replace(".", ".") + "0."):
        assert normalise(spelling) == expected
    text = f"Let us see. The answer is {number:,f}."
    assert {extract(text, rung).value for rung in RUNGS} == {expected}


@pytest.mark.parametrize("text", ["", "twelve", "1,2", "1,23", "12,3456", "1 2", "--1", "٣", "0x10", "1e3", "."])
def test_what_is_no_number_has_no_normal_form(text):
    assert normalise(text) is None


def test_the_declared_form_is_a_parameter():
    form = AnswerForm("A:", "")
    assert extract("8 * 2 = 16\nA: 16", "strict", form=form).value == "16"
    assert extract("The answer is 16.", "strict", form=form).cause is NONE
    assert (form.name, AnswerForm().name) == ("A: <number>", "The answer is <number>.")


@pytest.mark.parametrize(
    ("text", "truncated", "closed", "kind", "label"),
    [
        ("The answer is 7.", False, False, Kind.CORRECT, "correct"),
        ("The answer is 7.0.", True, True, Kind.CORRECT, "correct"),
        ("The answer is 8.", False, False, Kind.WRONG, "wrong"),
        ("The answer is 8.", False, True, Kind.CLOSED_BY_BUDGET, "closed by budget"),
        ("I do not know", False, False, Kind.UNEXTRACTABLE, "unextractable: no marker"),
        ("The answer is x.", False, False, Kind.UNEXTRACTABLE, "unextractable: malformed"),
        ("The answer is 7 or 8.", False, False, Kind.UNEXTRACTABLE, "unextractable: ambiguous"),
        ("I do", True, False, Kind.TRUNCATED, "truncated"),
        ("The answer is 7", True, False, Kind.TRUNCATED, "truncated"),
    ],
)
def test_an_outcome_keeps_why_an_answer_is_not_correct(text, truncated, closed, kind, label):
    outcome = judge(extract(text, "flexible", truncated=truncated), "7", closed=closed)
    assert (outcome.kind, outcome.label, outcome.closed) == (kind, label, closed)
