"""The layout of mask rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsmgen.tokens import bitmask
from tests import reference_tokens as reference

sizes_and_ids = st.integers(1, 130).flatmap(lambda size: st.tuples(st.just(size), st.sets(st.integers(0, size - 1))))


@given(sizes_and_ids)
def test_a_row_gives_back_the_ids_it_was_made_of(case):
    size, ids = case
    row = bitmask.row_of(sorted(ids), size)
    assert row.dtype == np.uint32 and len(row) == bitmask.mask_words(size)
    assert bitmask.allowed_ids(row).tolist() == sorted(ids) == reference.allowed(row.tolist())
    assert bitmask.count(row) == len(ids)
    assert {t for t in range(size) if bitmask.is_allowed(row, t)} == ids


@pytest.mark.parametrize(("size", "words"), [(1, 1), (31, 1), (32, 1), (33, 2), (131072, 4096)])
def test_a_row_has_a_word_for_every_32_tokens(size, words):
    assert bitmask.mask_words(size) == words
    assert bitmask.new_rows(3, size).shape == (3, words)


def test_token_t_is_bit_t_mod_32_of_word_t_div_32():
    assert bitmask.row_of([0, 31, 32, 65], 70).tolist() == [1 | 1 << 31, 1, 2]


def test_rows_of_a_batch_are_views_that_can_be_read():
    rows = bitmask.new_rows(2, 40)
    rows[1, 1] = 0b101
    assert bitmask.allowed_ids(rows[1]).tolist() == [32, 34]


def test_an_id_beyond_the_size_is_an_error_even_inside_the_last_word():
    with pytest.raises(IndexError):
        bitmask.row_of([33], 33)
