"""tiktoken encodings, built by hand."""

import pytest
import tiktoken
from hypothesis import given

from fsmgen.errors import InvalidOption
from fsmgen.tokens import Vocabulary
from tests.tokens.texts import texts

MERGES = [b"th", b"the", b" the", b"\xc3\xa9", b"\n\n", b"    ", b"  ", b"\xf0\x9f"]


def encoding(special_tokens):
    ranks = {bytes([byte]): byte for byte in range(256)} | {merged: 256 + i for i, merged in enumerate(MERGES)}
    return tiktoken.Encoding("by hand", pat_str=r"\s+|[^\s]+", mergeable_ranks=ranks, special_tokens=special_tokens)


PLAIN = encoding({"<|endoftext|>": 270, "<|x|>": 272})


@given(texts)
def test_ids_spell_the_text(text):
    vocabulary = Vocabulary.from_tokenizer(PLAIN)
    assert vocabulary.decode(PLAIN.encode_ordinary(text)) == text.encode()
    special = PLAIN.encode(text, allowed_special="all")
    assert vocabulary.decode(special) == text.replace("<|x|>", "").encode()


def test_special_tokens_gaps_and_the_end_of_text():
    vocabulary = Vocabulary.from_tokenizer(PLAIN)
    assert (vocabulary.size, vocabulary.eos_ids) == (273, (270,))
    assert vocabulary.special_ids == {"<|endoftext|>": 270, "<|x|>": 272}
    assert [t for t in range(vocabulary.size) if not vocabulary.is_text(t)] == list(range(264, 273))
    assert (vocabulary.dummy_prefix, vocabulary.normalizer) == (False, None)


def test_an_encoding_without_end_of_text_needs_eos_ids():
    with pytest.raises(InvalidOption):
        Vocabulary.from_tokenizer(encoding({}))
    assert Vocabulary.from_tokenizer(encoding({"<|im_end|>": 300}), eos_ids=[300]).eos_ids == (300,)


def test_a_gap_is_no_eos():
    with pytest.raises(InvalidOption, match="ids of tokens that exist"):
        Vocabulary.from_tokenizer(PLAIN, eos_ids=[271])
