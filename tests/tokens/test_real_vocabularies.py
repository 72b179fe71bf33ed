"""The law of vocabularies, on real ones: the bytes of the encoded ids are the text's bytes, and decoding is the tokenizer's own."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mistral_common.tokens.tokenizers.mistral import MistralTokenizer
from mistral_common.tokens.tokenizers.sentencepiece import SentencePieceTokenizer

from fsmgen.tokens import Vocabulary
from fsmgen.tokens.trie import build_trie
from tests.tokens.conftest import DATA
from tests.tokens.texts import spelled, texts

id_lists = st.lists(st.integers(0, 2**31), max_size=12)


@given(texts)
def test_tekken_ids_spell_the_text(tekken, tekken_vocabulary, text):
    assert tekken_vocabulary.decode(tekken.encode(text, bos=True, eos=True)) == text.encode()


def test_tekken_is_the_same_vocabulary_through_tokenizers(tekken_vocabulary, fast_tekken):
    fast = Vocabulary.from_tokenizer(fast_tekken, eos_ids=[2])
    assert fast == tekken_vocabulary and fast.special_ids == tekken_vocabulary.special_ids
    assert (fast.dummy_prefix, fast.normalizer) == (False, None)


@given(texts)
def test_tekken_ids_of_the_fast_tokenizer_spell_the_text(fast_tekken, tekken_vocabulary, text):
    plain = text.replace("</s>", "")
    assert tekken_vocabulary.decode(fast_tekken.encode(plain).ids) == plain.encode()


@given(id_lists)
def test_tekken_ids_decode_as_both_tokenizers_decode_them(tekken, fast_tekken, tekken_vocabulary, ids):
    ids = [token % tekken_vocabulary.size for token in ids]
    text = tekken_vocabulary.decode(ids).decode(errors="replace")
    assert text == fast_tekken.decode(ids)
    if not any(token in tekken.special_ids for token in ids):
        assert text == tekken.decode(ids)


def test_every_tekken_id_has_the_bytes_of_its_own_decoder(tekken, fast_tekken, tekken_vocabulary):
    for token in range(tekken_vocabulary.size):
        text = tekken_vocabulary.token_bytes(token).decode(errors="replace")
        assert text == fast_tekken.decode([token])
        assert tekken_vocabulary.is_text(token) == (token not in tekken.special_ids)


def test_tekken_has_every_byte_as_a_token(tekken_vocabulary):
    assert tekken_vocabulary.single_bytes == frozenset(range(256))
    assert tekken_vocabulary.size == 131072 and tekken_vocabulary.eos_ids == (2,)
    assert len(tekken_vocabulary.special_ids) == 1000 and tekken_vocabulary.special_ids["[INST]"] == 3


@given(texts)
def test_sentence_piece_ids_spell_the_text_after_the_dummy_prefix(sentence_piece, sentence_piece_vocabulary, text):
    ids = sentence_piece.encode(text, add_bos=True, add_eos=True)
    assert sentence_piece_vocabulary.decode(ids) == spelled(text, mark=True, prefix="always")


@given(id_lists)
def test_sentence_piece_ids_decode_as_the_processor_decodes_them(sentence_piece, sentence_piece_vocabulary, ids):
    start = sentence_piece.piece_to_id("a")
    ids = [start] + [token % sentence_piece_vocabulary.size for token in ids if token % sentence_piece_vocabulary.size != 0]
    text = sentence_piece_vocabulary.decode(ids).decode(errors="replace")
    own = sentence_piece.decode(ids)
    assert own == text or "\ufffd" in own


def test_sentence_piece_facts(sentence_piece, sentence_piece_vocabulary):
    vocabulary = sentence_piece_vocabulary
    assert (vocabulary.size, vocabulary.eos_ids, vocabulary.dummy_prefix, vocabulary.normalizer) == (32000, (2,), True, None)
    assert vocabulary.special_ids == {"<unk>": 0, "<s>": 1, "</s>": 2}
    assert vocabulary.single_bytes == frozenset(range(256))
    plain, byte = sentence_piece.piece_to_id("A"), sentence_piece.piece_to_id("<0x41>")
    assert vocabulary.token_bytes(plain) == vocabulary.token_bytes(byte) == b"A"
    assert [min(plain, byte), max(plain, byte)] in vocabulary.trie().duplicates.tolist()


def test_sentence_piece_inside_mistral_common_is_the_same_vocabulary(sentence_piece_vocabulary):
    inner = SentencePieceTokenizer(DATA / "tokenizer.model.v1")
    whole = MistralTokenizer.from_file(str(DATA / "tokenizer.model.v1"))
    assert Vocabulary.from_tokenizer(inner) == Vocabulary.from_tokenizer(whole) == sentence_piece_vocabulary


def test_control_tokens_of_a_later_sentence_piece_model_are_special():
    vocabulary = Vocabulary.from_tokenizer(SentencePieceTokenizer(DATA / "mistral_instruct_tokenizer_240323.model.v3"))
    assert vocabulary.size == 32768 and vocabulary.special_ids["[INST]"] == 3
    assert not vocabulary.is_text(3)


def test_a_sentence_piece_model_is_the_same_vocabulary_through_transformers(sentence_piece_vocabulary, fast_llama):
    fast = Vocabulary.from_tokenizer(fast_llama)
    assert fast == sentence_piece_vocabulary and fast.special_ids == sentence_piece_vocabulary.special_ids


@given(texts)
def test_ids_of_the_fast_llama_tokenizer_spell_the_text(fast_llama, sentence_piece_vocabulary, text):
    plain = text.replace("</s>", "")
    ids = fast_llama.encode(plain)
    assert sentence_piece_vocabulary.decode(ids) == spelled(plain, mark=True, prefix="unless space")


@given(texts)
def test_ids_of_the_first_llama_tokenizers_spell_the_text(prepending_llama, sentence_piece_vocabulary, text):
    plain = text.replace("</s>", "")
    ids = prepending_llama.encode(plain).ids
    assert sentence_piece_vocabulary.decode(ids) == spelled(plain, mark=True, prefix="always")


def test_prepending_and_replacing_is_the_dummy_prefix_and_no_normalizer(prepending_llama, sentence_piece_vocabulary):
    assert Vocabulary.from_tokenizer(prepending_llama, eos_ids=[2]) == sentence_piece_vocabulary


@given(id_lists)
def test_ids_decode_as_the_fast_llama_tokenizer_decodes_them(fast_llama, sentence_piece_vocabulary, ids):
    ids = [token % sentence_piece_vocabulary.size for token in ids]
    text = sentence_piece_vocabulary.decode(ids).decode(errors="replace")
    own = fast_llama.backend_tokenizer.decode(ids)
    assert own == text.removeprefix(" ") or "\ufffd" in own


@pytest.mark.parametrize("fixture", ["tekken_vocabulary", "sentence_piece_vocabulary"])
def test_walking_the_trie_meets_every_text_token_once(request, fixture):
    vocabulary = request.getfixturevalue(fixture)
    trie = vocabulary.trie()
    prefix, met = bytearray(trie.max_depth), {}
    for node in trie.nodes.tolist():
        byte, depth, token = node & 255, node >> 8 & 255, (node >> 16 & 0xFFFFFF) - 1
        prefix[depth] = byte
        if token >= 0:
            met[token] = bytes(prefix[: depth + 1])
    met |= {other: met[token] for token, other in trie.duplicates.tolist()}
    assert met == {t: vocabulary.token_bytes(t) for t in range(vocabulary.size) if vocabulary.is_text(t)}
    assert len(trie.long_tokens) == 0


def test_the_trie_of_131k_tokens_is_built_in_under_a_second(tekken_vocabulary):
    tokens = [tekken_vocabulary.token_bytes(t) for t in range(tekken_vocabulary.size)]
    build_trie(tokens[:100])
    times = []
    for _ in range(3):
        start = time.process_time()
        build_trie(tokens)
        times.append(time.process_time() - start)
    assert min(times) < 1
