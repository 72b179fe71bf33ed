"""Text while it arrives: what is emitted is always a prefix of the answer, and the answer ends before the first stop string."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsmgen.decoding.stops import TextStream

SMALL = st.text("ab#é€", max_size=30)
STOPS = st.lists(st.text("ab#é€", min_size=1, max_size=4), max_size=3)


def pieces(data: bytes, cuts: Sequence[int]) -> list[bytes]:
    """The data cut at some of its places, as tokens would."""
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    return [data[start:end] for start, end in pairwise(places)]


def fed(data: Sequence[bytes], stops: Sequence[str]) -> tuple[TextStream, list[str], bool]:
    """A stream that was given the tokens, what it emitted, and whether it met a stop string."""
    emitted: list[str] = []
    stream = TextStream(stops, emitted.append)
    for piece in data:
        if stream.write(piece):
            return stream, emitted, True
    stream.close()
    return stream, emitted, False


@given(text=SMALL, stops=STOPS, cuts=st.lists(st.integers(0, 99), max_size=6))
def test_the_text_ends_before_the_stop_string_that_is_complete_first(text: str, stops: list[str], cuts: list[int]) -> None:
    stream, emitted, stopped = fed(pieces(text.encode(), cuts), stops)
    found = [text.find(stop) for stop in stops if stop in text]
    assert stopped == bool(found)
    assert "".join(emitted) == stream.text
    assert all(stop not in stream.text for stop in stops) if not stopped else text.startswith(stream.text)
    if not stopped:
        assert stream.text == text


@given(text=SMALL, stop=st.text("ab#é€", min_size=1, max_size=4), cuts=st.lists(st.integers(0, 99), max_size=6))
def test_one_stop_string_cuts_where_str_find_says_however_the_bytes_are_cut(text: str, stop: str, cuts: list[int]) -> None:
    stream, _, _ = fed(pieces(text.encode(), cuts), [stop])
    assert stream.text == (text[: text.find(stop)] if stop in text else text)


@given(data=st.binary(max_size=20), cuts=st.lists(st.integers(0, 99), max_size=6))
def test_ill_formed_bytes_become_what_decode_with_replace_makes_of_them(data: bytes, cuts: list[int]) -> None:
    stream, emitted, _ = fed(pieces(data, cuts), [])
    assert stream.text == "".join(emitted) == data.decode(errors="replace")


@given(text=SMALL, stops=STOPS, cuts=st.lists(st.integers(0, 99), max_size=6))
def test_nothing_that_is_emitted_is_taken_back(text: str, stops: list[str], cuts: list[int]) -> None:
    stream, emitted, _ = fed(pieces(text.encode(), cuts), stops)
    assert all("�" not in piece for piece in emitted)
    assert all(stream.text.startswith("".join(emitted[:count])) for count in range(len(emitted) + 1))


@pytest.mark.parametrize("tokens", [[b"7\n\nQ", b": "], [b"7\n", b"\nQ:"], [b"7", b"\n\n"]])
def test_a_stop_string_inside_a_token_or_across_tokens_is_found(tokens: list[bytes]) -> None:
    stream, emitted, stopped = fed(tokens, ["\n\n"])
    assert (stream.text, emitted, stopped) == ("7", ["7"], True)


def test_what_looked_like_a_stop_string_and_is_none_is_emitted_in_the_end() -> None:
    assert fed([b"a#", b"b#"], ["##"])[1] == ["a", "#b", "#"]
