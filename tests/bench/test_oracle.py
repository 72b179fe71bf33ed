"""The oracle of the agreement bench and the derivatives of the tests' own twin say the same of prefixes and words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.oracle import Oracle, spelled_out
from bench.samples import SAMPLES
from fsmgen.automata import NOTHING
from fsmgen.frontends.regex import parse
from tests.reference import derive, nullable

SHORT = [sample for sample in SAMPLES if "5000" not in sample.name]
ORACLES = {sample.name: Oracle(sample.pattern) for sample in SHORT}
PIECES = ["1", ",", " ", "٣", "é", "The answer"]
pieces = st.one_of(st.binary(max_size=2), st.one_of(st.text(max_size=2), st.sampled_from(PIECES)).map(str.encode))


@pytest.mark.parametrize("sample", SHORT, ids=lambda sample: sample.name)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_prefixes_and_words_are_decided_as_by_derivatives(sample, data):
    cut = data.draw(st.integers(0, min(40, len(sample.text.encode()))))
    text = sample.text.encode()[:cut] + data.draw(pieces)
    rest = derive(parse(sample.pattern), text)
    oracle = ORACLES[sample.name]
    assert (oracle.begins(text), oracle.matches(text)) == (rest != NOTHING, nullable(rest))


def test_escapes_mean_what_they_mean_to_re():
    assert Oracle(r"\d").begins("\U0001ccf0".encode()) is False
    assert Oracle(r"[\da]").matches(b"a") and Oracle(r"[\da]").matches("٣".encode())
    assert Oracle(r"\D\S").matches(b"ab") and not Oracle(r"\D").begins(b"1")
    assert spelled_out(r"a\.[b\]c]") == r"a\.[b\]c]"
    with pytest.raises(ValueError):
        spelled_out(r"[\D]")
