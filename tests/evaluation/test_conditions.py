"""Conditions on figures, against Python's own reading of them, and their three values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsmgen.errors import InvalidCondition
from fsmgen.evaluation.conditions import Condition
from fsmgen.evaluation.statistics import Unsaid

NAMES = ("delta", "p", "low_2")
NUMBERS = st.sampled_from(["0", "-0.02", "1", ".5", "1e-3", "2.5E+1"])
VALUES = st.sampled_from(["delta", "p", "low_2", "-p"]) | NUMBERS
COMPARISONS = st.tuples(VALUES, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), VALUES).map(" ".join)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda inner: (
        st.tuples(inner, st.sampled_from([" and ", " or "]), inner).map("".join) | inner.map("({})".format) | inner.map("not ({})".format)
    ),
    max_leaves=6,
).filter(lambda source: any(name in source for name in NAMES))
FIGURES = st.fixed_dictionaries({name: st.sampled_from([-0.02, 0.0, 0.5, 1.0]) for name in NAMES})


@given(CONDITIONS, FIGURES)
def test_a_condition_means_what_it_means_in_python(source, figures):
    assert Condition(source).holds(figures) == eval(source, {}, dict(figures))


@given(CONDITIONS, FIGURES, st.sampled_from(NAMES))
def test_a_figure_without_a_value_leaves_undecided_exactly_what_it_could_decide(source, figures, missing):
    """What is decided all the same is so whatever the value would have been."""
    verdict = Condition(source).holds({**figures, missing: Unsaid("why")})
    if isinstance(verdict, bool):
        assert {Condition(source).holds({**figures, missing: value}) for value in (-9.0, -0.02, 0.0, 0.3, 0.5, 1.0, 99.0)} == {verdict}
    else:
        assert verdict.reason == f"{missing} has no value: why" and missing in source


def test_percentages_are_numbers():
    condition = Condition("p > 5% and delta < -2 %")
    assert condition.holds({"p": 0.051, "delta": -0.021}) is True
    assert condition.holds({"p": 0.049, "delta": -0.021}) is False


@pytest.mark.parametrize(
    ("source", "position"),
    [("", 0), ("delta", 5), ("delta < ", 8), ("(p < 1", 6), ("p < 1)", 5), ("p < 1 p > 2", 6), ("p < 1; q", 5), ("p = 1", 2),
     ("and < 1", 0),
     ("1 < 2 < 3", 6), ("p.real < 1", 1), ("f(1) < 2", 1), ("not", 3), ("--p < 1", 1),
     ("1 < 2", 0), ("p < 1e999", 4)],
)  # fmt: skip
def test_what_is_no_condition_is_refused_with_its_place(source, position):
    with pytest.raises(InvalidCondition) as raised:
        Condition(source)
    assert raised.value.position == position


def test_names_are_suggested_and_depth_has_a_limit():
    with pytest.raises(InvalidCondition, match="did you mean delta"):
        Condition("detla < 0").holds({"delta": 0.0, "p": 1.0})
    with pytest.raises(InvalidCondition, match="nested"):
        Condition("(" * 5000 + "p < 1" + ")" * 5000)
    assert Condition(" and ".join(["p < 1"] * 5000)).holds({"p": 0.0}) is True
