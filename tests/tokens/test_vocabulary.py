"""Widths, special ids, EOS ids, hashes: what a vocabulary settles after the tokenizer was read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fsmgen.errors import InvalidOption
from fsmgen.tokens import Vocabulary
from fsmgen.tokens.table import TokenTable

TOKENS = [b"a", b"b", b"", None, b"ab", b"a"]


def small(**options):
    return Vocabulary.from_tokens(TOKENS, **{"eos_ids": [3], **options})


def test_ids_are_text_or_special_or_nothing():
    vocabulary = small(size=8, special_ids={"<ctl>": 6})
    assert vocabulary.size == 8
    assert [vocabulary.token_bytes(t) for t in range(8)] == [b"a", b"b", b"", b"", b"ab", b"a", b"", b""]
    assert [t for t in range(8) if vocabulary.is_text(t)] == [0, 1, 4, 5]
    assert vocabulary.decode([0, 6, 1, 3, 7, 4]) == b"abab"
    assert vocabulary.single_bytes == frozenset(b"ab")


def test_the_trie_holds_text_tokens_only_and_is_made_once():
    vocabulary = small(size=40)
    assert vocabulary.trie() is vocabulary.trie()
    assert len(vocabulary.trie().nodes) == 3
    assert vocabulary.trie().duplicates.tolist() == [[0, 5]]


@pytest.mark.parametrize("token", [-1, -100, 6, 1000])
def test_an_id_that_is_not_in_the_vocabulary_is_an_error(token):
    with pytest.raises(IndexError):
        small().token_bytes(token)
    with pytest.raises(IndexError):
        small().decode([0, token])


def test_a_width_below_the_tokens_is_refused_unless_the_ids_beyond_are_absent():
    with pytest.raises(InvalidOption, match="at least 6"):
        small(size=5)
    table = [b"a", b"</s>", None, None]
    assert Vocabulary.from_tokens(table, eos_ids=[1], size=2).size == 2
    assert Vocabulary.from_tokens(table, eos_ids=[1]).size == 2
    with pytest.raises(InvalidOption, match="at least 4"):
        Vocabulary.from_tokens(table, eos_ids=[1], size=2, special_ids={"<x>": 3})


def test_eos_ids_may_be_several_and_are_never_text():
    vocabulary = small(eos_ids=[3, 1, 3], special_ids={"</s>": 3})
    assert vocabulary.eos_ids == (3, 1)
    assert vocabulary.special_ids == {"</s>": 3, "b": 1}
    assert vocabulary.token_bytes(1) == b""


@pytest.mark.parametrize("eos_ids", [[], [6], [-1], [0, 99]])
def test_eos_ids_must_be_ids_of_the_vocabulary(eos_ids):
    with pytest.raises(InvalidOption) as caught:
        small(eos_ids=eos_ids)
    assert caught.value.option == "eos_ids"


def test_an_eos_id_may_be_in_the_padding_of_given_tokens():
    assert Vocabulary.from_tokens([b"a"], eos_ids=[2], size=4).eos_ids == (2,)


def test_equality_and_hash_are_those_of_the_content():
    assert small() == small() and hash(small()) == hash(small())
    assert small() != 1
    others = [small(size=9), small(eos_ids=[2]), small(special_ids={"<x>": 2}), Vocabulary.from_tokens([b"a", None], eos_ids=[1])]
    assert len({small(), *others}) == 5
    facts = [TokenTable([b"a", b""], {"e": 1}, (1,), prefix, name) for prefix in (True, False) for name in ("NFC", None)]
    assert len({Vocabulary._settled(table, None) for table in facts}) == 4


@given(st.lists(st.binary(max_size=3), min_size=1, max_size=4), st.lists(st.binary(max_size=3), min_size=1, max_size=4))
def test_different_tokens_have_different_hashes(one, other):
    hashes = {Vocabulary.from_tokens([*tokens, None], eos_ids=[len(tokens)]).content_hash for tokens in (one, other)}
    assert len(hashes) == (1 if one == other else 2)


def test_a_vocabulary_cannot_be_changed():
    vocabulary = small()
    with pytest.raises(AttributeError):
        vocabulary.size = 3
    with pytest.raises(TypeError):
        vocabulary.special_ids["x"] = 1
