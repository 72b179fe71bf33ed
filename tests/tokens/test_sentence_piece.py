"""Small SentencePiece models, trained here, for every option that has a say in the bytes."""

import io
from functools import cache

import pytest
from hypothesis import given
from sentencepiece import SentencePieceProcessor, SentencePieceTrainer

from fsmgen.errors import InvalidOption, UnsupportedTokenizer
from fsmgen.tokens import Vocabulary
from tests.tokens.texts import spelled, texts

CORPUS = [
    "the cat sat on the mat",
    "a cat said caf\u00e9 twice",
    "def f(x): return x + 12",
    "\u65e5\u672c\u8a9e and \ud55c\uad6d\uc5b4",
] * 20


@cache
def trained(**options):
    writer = io.BytesIO()
    defaults = {
        "model_type": "unigram",
        "vocab_size": 330,
        "byte_fallback": True,
        "normalization_rule_name": "identity",
        "remove_extra_whitespaces": False,
        "hard_vocab_limit": False,
        "minloglevel": 2,
    }
    SentencePieceTrainer.train(sentence_iterator=iter(CORPUS), model_writer=writer, **defaults | options)
    return SentencePieceProcessor(model_proto=writer.getvalue())


@pytest.mark.parametrize("model_type", ["unigram", "bpe", "char"])
@pytest.mark.parametrize("dummy_prefix", [True, False])
@given(text=texts)
def test_ids_spell_the_text(model_type, dummy_prefix, text):
    processor = trained(model_type=model_type, add_dummy_prefix=dummy_prefix)
    vocabulary = Vocabulary.from_tokenizer(processor)
    expected = spelled(text, mark=True, prefix="always" if dummy_prefix else "no")
    assert vocabulary.decode(processor.encode(text)) == expected
    assert (vocabulary.dummy_prefix, vocabulary.normalizer) == (dummy_prefix, None)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"normalization_rule_name": "nmt_nfkc"}, "nmt_nfkc"),
        ({"normalization_rule_name": "nfkc_cf", "remove_extra_whitespaces": True}, "nfkc_cf, remove_extra_whitespaces"),
        ({"remove_extra_whitespaces": True}, "remove_extra_whitespaces"),
    ],
)
def test_what_changes_the_text_is_named(options, name):
    processor = trained(**options)
    vocabulary = Vocabulary.from_tokenizer(processor)
    assert vocabulary.normalizer == name
    normalized = processor.normalize("  the \ufb01rst  CAT  ").replace("\u2581", " ")
    assert vocabulary.decode(processor.encode("  the \ufb01rst  CAT  ")) == normalized.encode()


def test_user_defined_symbols_are_text_and_control_symbols_are_not():
    processor = trained(user_defined_symbols="<think>,   ", control_symbols="<ctl>")
    vocabulary = Vocabulary.from_tokenizer(processor)
    assert vocabulary.token_bytes(processor.piece_to_id("<think>")) == b"<think>"
    assert vocabulary.special_ids == {"<unk>": 0, "<s>": 1, "</s>": 2, "<ctl>": processor.piece_to_id("<ctl>")}
    text = "cat <think>   mat"
    assert processor.piece_to_id("<think>") in processor.encode(text)
    assert vocabulary.decode(processor.encode(text)) == b" " + text.encode()


def test_without_byte_fallback_some_bytes_are_no_token():
    vocabulary = Vocabulary.from_tokenizer(trained(byte_fallback=False, vocab_size=60))
    assert ord("t") in vocabulary.single_bytes
    assert 0x00 not in vocabulary.single_bytes


def test_a_piece_that_looks_like_a_byte_is_text_unless_it_is_one():
    processor = trained(byte_fallback=False, vocab_size=60, user_defined_symbols="<0x41>")
    vocabulary = Vocabulary.from_tokenizer(processor)
    assert vocabulary.token_bytes(processor.piece_to_id("<0x41>")) == b"<0x41>"
    assert processor.decode([processor.piece_to_id("<0x41>")]) == "<0x41>"


def test_a_model_without_eos_needs_one():
    processor = trained(eos_id=-1)
    with pytest.raises(InvalidOption, match="names no end-of-sequence token"):
        Vocabulary.from_tokenizer(processor)
    assert Vocabulary.from_tokenizer(processor, eos_ids=[1]).eos_ids == (1,)


def test_words_that_end_with_their_space_are_refused():
    with pytest.raises(UnsupportedTokenizer) as caught:
        Vocabulary.from_tokenizer(trained(treat_whitespace_as_suffix=True))
    assert caught.value.component == "treat_whitespace_as_suffix"


def test_a_model_that_changes_text_when_it_decodes_is_refused(tmp_path):
    rules = tmp_path / "rules.tsv"
    rules.write_text("61\t62\n")
    with pytest.raises(UnsupportedTokenizer) as caught:
        Vocabulary.from_tokenizer(trained(denormalization_rule_tsv=str(rules)))
    assert caught.value.component == "denormalizer_spec"
